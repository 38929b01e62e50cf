"""Ready lines for the person who wants a session, and what each needs on that person's machine."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..base.document_names import DEFAULT_DOCUMENT
from ..base.region import Region

# AWS's own documents, the same in every account.
PORT_FORWARDING = "AWS-StartPortForwardingSession"
REMOTE_HOST = "AWS-StartPortForwardingSessionToRemoteHost"
SSH = "AWS-StartSSHSession"

# A line, or more than one, each by what it leads to.
Line = str | Mapping[str, str]

# What a person puts something else in place of.
_EXAMPLE_HOST = "db.example.internal"
_PUBLIC_KEY = "file://~/.ssh/id_ed25519.pub"

_SSH_PORT = 22

# Below it only root may listen on a person's machine.
_FIRST_FREE_PORT = 1024

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True, kw_only=True)
class Ways:
    """The ways into an instance that a person may take.

    Attributes:
        document: what opens a shell; None for no shell at all.
        port_forwarding: to a port of the instance.
        remote_hosts: to a port of any host that the instance reaches.
        remote_host: which stands in the line for that.
        remote_port: of that host.
        named_hosts: host and port of each that has a line of its own, in place of that one.
        ssh: through Session Manager.
        ssh_users: users of the instance for whom EC2 Instance Connect may take a person's key.
        instance_connect: through an EC2 Instance Connect Endpoint, which needs no agent.
        login_port: to which that leads: of SSH or of RDP.
        through_endpoint: only from inside a VPC. A browser's request comes from the console, not from there.
        mfa: users need a second factor, with access keys too.
    """

    document: str | None = DEFAULT_DOCUMENT
    port_forwarding: bool = False
    remote_hosts: bool = False
    remote_host: str = _EXAMPLE_HOST
    remote_port: int = 5432
    named_hosts: Sequence[tuple[str, int]] = ()
    ssh: bool = False
    ssh_users: Sequence[str] = ()
    instance_connect: bool = False
    login_port: int = _SSH_PORT
    through_endpoint: bool = False
    mfa: bool = False

    @property
    def lines(self) -> Sequence[str]:
        """Names of the ready lines, in the order in which people want them."""
        allowed = {
            "shell": self.document is not None,
            # The console's link opens the account's default document and no other.
            "console": self.document == DEFAULT_DOCUMENT and not self.through_endpoint,
            "port_forward": self.port_forwarding,
            "remote_host": self.remote_hosts and not self.named_hosts,
            "remote_hosts": bool(self.named_hosts),
            "ssh_config": self.ssh,
            "ssh_key": self.ssh and bool(self.ssh_users),
            "instance_connect": self.instance_connect,
        }
        return tuple(name for name, is_allowed in allowed.items() if is_allowed)


def ready_lines(region: Region, host: str, instance_id: str, ways: Ways) -> Mapping[str, Line]:
    """Each line that the ways allow, by its name; host is what ``ssh_config`` calls the instance."""
    return {name: _RENDER[name](region, host, instance_id, ways) for name in ways.lines}


def instance_outputs(region: Region, host: str, ways: Ways, known: Mapping[str, str]) -> Mapping[str, Line]:
    """What a stack hands on of one instance: what is known of it, its id among that, and its ready lines."""
    return {**known, **ready_lines(region, host, known["id"], ways)}


def needs(ways: Ways) -> Mapping[str, str]:
    """What each line needs on the person's machine; the first that is the AWS CLI's tells what all of those need."""
    start = _START + (_SECOND_FACTOR if ways.mfa else "")
    first, *others = [name for name in ways.lines if name not in _APART]
    told = {**_APART, first: start, **dict.fromkeys(others, f"as {first}")}
    return {name: "; ".join(filter(None, (told[name], _NEEDS.get(name)))) for name in ways.lines}


def session_command(region: str, instance_id: str, document_name: str | None = None) -> str:
    """The AWS CLI's line that opens a shell; a document other than the default must be named in it."""
    document = None if document_name == DEFAULT_DOCUMENT else document_name
    return _start_session(region, instance_id, document)


def session_link(partition: str, region: str, instance_id: str) -> str:
    """Where the console opens the same session in a browser."""
    if partition not in _CONSOLES:
        return f"The console's address in partition {partition} is not known here."
    return f"https://{_CONSOLES[partition]}/systems-manager/session-manager/{instance_id}?region={region}"


def port_forward_command(region: str, instance_id: str, *, port: int = 80, local_port: int = 8080) -> str:
    """The line after which localhost:local_port is the instance's port."""
    return _start_session(
        region, instance_id, PORT_FORWARDING, {"portNumber": [str(port)], "localPortNumber": [str(local_port)]}
    )


def remote_host_command(
    region: str, instance_id: str, *, host: str = _EXAMPLE_HOST, port: int = 5432, local_port: int | None = None
) -> str:
    """The line after which localhost:local_port is that port of a host which the instance reaches.

    Without a local_port it is the same one, or 8000 more where only root may listen: 8443 for 443.
    """
    if local_port is None:
        local_port = port if port >= _FIRST_FREE_PORT else 8000 + port
    return _start_session(
        region,
        instance_id,
        REMOTE_HOST,
        {"host": [host], "portNumber": [str(port)], "localPortNumber": [str(local_port)]},
    )


def ssh_config(region: str, host: str, instance_id: str, user: str | None = None) -> str:
    """Lines for ~/.ssh/config after which ``ssh host`` goes through Session Manager. No inbound port is opened."""
    # ssh puts in the instance's id for %h and the port for %p, and gives the line to the person's shell.
    proxy = f"aws ssm start-session --target %h --region {region} --document-name {SSH} --parameters portNumber=%p"
    login = f"  User {user}\n" if user else ""
    return f"Host {host}\n  HostName {instance_id}\n{login}  ProxyCommand {proxy}\n"


def ssh_key_command(region: str, instance_id: str, user: str) -> str:
    """The line after which the instance takes the person's key from this user, for 60 seconds."""
    return shlex.join(
        [
            *("aws", "ec2-instance-connect", "send-ssh-public-key", "--region", region),
            *("--instance-id", instance_id, "--instance-os-user", user, "--ssh-public-key", _PUBLIC_KEY),
        ]
    )


def instance_connect_command(region: str, instance_id: str, *, port: int = _SSH_PORT, user: str | None = None) -> str:
    """The line that goes through an EC2 Instance Connect Endpoint: a shell over SSH, or a tunnel for another port.

    Without a user the AWS CLI takes ``ec2-user``. A tunnel begins at a local port 10000 higher.
    """
    place = ["--instance-id", instance_id, "--region", region]
    if port == _SSH_PORT:
        login = ["--os-user", user] if user else []
        return shlex.join(["aws", "ec2-instance-connect", "ssh", *place, *login, "--connection-type", "eice"])
    ports = ["--remote-port", str(port), "--local-port", str(10_000 + port)]
    return shlex.join(["aws", "ec2-instance-connect", "open-tunnel", *place, *ports])


def _start_session(
    region: str, instance_id: str, document: str | None, parameters: Mapping[str, Sequence[str]] | None = None
) -> str:
    words = ["aws", "ssm", "start-session", "--target", instance_id, "--region", region]
    if document is not None:
        words += ["--document-name", document]
    if parameters is not None:
        words += ["--parameters", json.dumps(parameters)]
    return shlex.join(words)


_RENDER: Mapping[str, Callable[[Region, str, str, Ways], Line]] = {
    "shell": lambda region, _host, id_, ways: session_command(region.name, id_, ways.document),
    "console": lambda region, _host, id_, _ways: session_link(region.partition, region.name, id_),
    "port_forward": lambda region, _host, id_, _ways: port_forward_command(region.name, id_),
    "remote_host": lambda region, _host, id_, ways: remote_host_command(
        region.name, id_, host=ways.remote_host, port=ways.remote_port
    ),
    "remote_hosts": lambda region, _host, id_, ways: {
        f"{host}:{port}": remote_host_command(region.name, id_, host=host, port=port) for host, port in ways.named_hosts
    },
    "ssh_config": lambda region, host, id_, ways: ssh_config(region.name, host, id_, *ways.ssh_users[:1]),
    "ssh_key": lambda region, _host, id_, ways: ssh_key_command(region.name, id_, ways.ssh_users[0]),
    "instance_connect": lambda region, _host, id_, ways: instance_connect_command(
        region.name, id_, port=ways.login_port, user=next(iter(ways.ssh_users), None)
    ),
}

# "Install the Session Manager plugin for the AWS CLI", Systems Manager user guide, as of 2026. The plugin's floor is
# the version that signs its OpenDataChannel request; AWS announces the end of older ones.
_START = "AWS CLI 1.16.12 or newer, Session Manager plugin 1.2.764.0 or newer, an operator's credentials"

# A user's access keys carry no second factor: "Configuring MFA-protected API access", IAM user guide.
_SECOND_FACTOR = "; a user's access keys are not enough: those that `aws sts get-session-token` gives for a code"

# What has nothing to do with the plugin.
_APART = {
    "console": "a browser that is signed in to the account as an operator",
    "instance_connect": "AWS CLI 2.12 or newer, an operator's credentials, an OpenSSH client, and on the instance EC2 "
    "Instance Connect, which Amazon Linux and Ubuntu bring along; for Windows an RDP client instead of both",
}

# Beside what stands before.
_NEEDS = {
    "port_forward": "put your ports for 80 and 8080",
    "remote_host": "put your host and ports for those in the line",
    "ssh_config": "an OpenSSH client with these lines in ~/.ssh/config, a key pair, "
    "and on the instance an SSH server that knows the public key",
    "ssh_key": "the key pair ~/.ssh/id_ed25519, and on the instance EC2 Instance Connect, which Amazon Linux and "
    "Ubuntu bring along; ssh within 60 seconds",
}
