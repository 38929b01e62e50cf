"""What the `operators` key says: who may open which sessions, under which conditions."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from ..base.document_names import DOCUMENT_NAME, NAMES_OF_AWS
from ..base.errors import ConfigError
from ..base.reading import Reader, read_fields, read_json, read_list, read_number, read_switch, read_text
from .remote_hosts import RemoteHost, read_remote_hosts

KEY = "operators"

LINUX_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
# IAM's characters for names; a role has up to 64, a user and a group up to 128.
_IAM_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_PRINCIPAL = re.compile(r"arn:[a-z-]+:iam::\d{12}:(root|(user|role)/[\w+=,.@/-]+)", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_VPC = re.compile(r"vpce?-[0-9a-f]{8,17}")
# EC2 takes any character; these are the ones that every service of AWS takes.
_TAG_KEY = re.compile(r"[\w .:/=+@-]{1,128}")
_LONGEST_TAG_VALUE = 256

_TIME = "%Y-%m-%dT%H:%M:%SZ"

# aws:SourceIp is the address that reaches AWS from the internet, which is none of these.
_PRIVATE = tuple(
    ip_network(block)
    for block in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
)
_PRIVATE_6 = (ip_network("fc00::/7"), ip_network("fe80::/10"))


@dataclass(frozen=True, kw_only=True)
class OperatorRole:
    """A role that operators assume.

    Attributes:
        trust: ARNs of the users, roles or accounts (``…:root``) that may.
        mfa: only those who signed in with a second factor may. None of them may be a role then: the credentials of a
            role say nothing of a second factor. Of an account, users alone get through.
        external_id: a word that they have to give.
        max_hours: how long one assumption lasts at most, 1 to 12.

    Raises:
        ConfigError: no role could be made from this, or one that anybody could assume.
    """

    trust: Sequence[str]
    mfa: bool = False
    external_id: str | None = None
    max_hours: int = 1

    def __post_init__(self) -> None:
        """Refuse what would trust nobody, or everybody."""
        if not self.trust:
            raise ConfigError(f"{KEY}.role.trust", [], "a role needs somebody who may assume it. Give an ARN.")
        _refuse(
            "role.trust",
            self.trust,
            _PRINCIPAL,
            "use the ARN of a user, a role or an account, without wildcards, for example "
            "arn:PARTITION:iam::123456789012:role/Developers.",
        )
        if self.external_id is not None and not _EXTERNAL_ID.fullmatch(self.external_id):
            raise ConfigError(
                f"{KEY}.role.externalId", self.external_id, "use 2 to 1224 letters, digits and _+=,.@:/- characters."
            )
        for index, arn in enumerate(self.trust):
            if self.mfa and ":role/" in arn:
                # "Configuring MFA-protected API access", IAM user guide: what AssumeRole hands out has no trace of it.
                raise ConfigError(
                    f"{KEY}.role.trust[{index}]",
                    arn,
                    "role.mfa is true, and the credentials of a role never say whether its person used a second "
                    "factor: AWS would refuse everybody who comes from there. Remove it, or role.mfa.",
                )


@dataclass(frozen=True, kw_only=True)
class OperatorSettings:
    """Who may open which sessions. By default a shell on this stack's instances, and attached to nobody.

    Attributes:
        tags: an instance must have all of them; None means the instances of this stack.
        documents: session documents of this account that may open a shell; None means the one of the stack's
            preferences, an empty list no shell at all.
        port_forwarding: to a port of the instance.
        remote_hosts: to a port of any host that the instance reaches. A list opens the ways to these hosts too, and
            has a line for each; IAM cannot keep a person to them.
        ssh: through Session Manager. The person chooses the port, and the agent does not ask what listens there, so
            this is any TCP port of the instance; with a login (ssh -L, -D), any host that the instance reaches.
        ssh_users: users of the instance for whom EC2 Instance Connect takes a person's key.
        instance_connect: to the port of SSH or RDP, through the network's EC2 Instance Connect Endpoint: no agent has a
            part in it, no session is logged, and no tag of the instance is asked for.
        mfa: users and groups may open a session only with a second factor. Roles are asked where they are assumed.
        source_ips: only from these addresses of the internet.
        vpc: only through this VPC's endpoint (``vpc-…``), or this endpoint (``vpce-…``).
        valid_from: not before, in UTC, for example ``2026-12-01T08:00:00Z``.
        valid_until: not from then on.
        roles: names of roles that get the policy.
        users: names of users that get it.
        groups: names of groups that get it.
        role: a role to make for operators.

    Raises:
        ConfigError: a value can't be deployed, allows nothing, or allows more than it says.
    """

    tags: Mapping[str, str] | None = None
    documents: Sequence[str] | None = None
    port_forwarding: bool = False
    remote_hosts: bool | Sequence[RemoteHost] = False
    ssh: bool = False
    ssh_users: Sequence[str] = ()
    instance_connect: bool = False
    mfa: bool = False
    source_ips: Sequence[str] = ()
    vpc: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    roles: Sequence[str] = ()
    users: Sequence[str] = ()
    groups: Sequence[str] = ()
    role: OperatorRole | None = None

    def __post_init__(self) -> None:
        """Check here, not in the readers, so that settings that a program makes by hand are checked too."""
        self._check_instances()
        self._check_ways()
        self._check_conditions()
        self._check_second_factor()
        for kind, names in (("roles", self.roles), ("users", self.users), ("groups", self.groups)):
            _check_names(kind, names)

    def is_over(self, now: datetime) -> bool:
        """Whether the window in which sessions may be opened has ended."""
        end = _read_time("validUntil", self.valid_until)
        return end is not None and end <= now

    @property
    def named_hosts(self) -> Sequence[RemoteHost]:
        """Those of the list, if it is one."""
        return () if isinstance(self.remote_hosts, bool) else self.remote_hosts

    @property
    def unasked_roles(self) -> Sequence[str]:
        """Roles that let in under `mfa`, and that only their own trust policy or identity provider can ask for it."""
        made = self.role is not None and not self.role.mfa
        return [*self.roles, *(["the role that is made"] if made else [])] if self.mfa else []

    def _check_instances(self) -> None:
        if self.tags is None:
            return
        if not self.tags:
            raise ConfigError(
                f"{KEY}.tags",
                {},
                "that is every instance of the account. Give a tag, or remove the key for this stack's.",
            )
        for tag, value in self.tags.items():
            if len(value) > _LONGEST_TAG_VALUE:
                raise ConfigError(
                    f"{KEY}.tags.{tag}", value, f"a tag's value has up to {_LONGEST_TAG_VALUE} characters."
                )
            if not _TAG_KEY.fullmatch(tag):
                raise ConfigError(
                    f"{KEY}.tags.{tag}",
                    value,
                    "a tag's key has 1 to 128 letters, digits, spaces and .:/=+@_- characters.",
                )

    def _check_ways(self) -> None:
        for index, name in enumerate(self.documents or ()):
            if name.lower().startswith(NAMES_OF_AWS):
                raise ConfigError(
                    f"{KEY}.documents[{index}]",
                    name,
                    "AWS's own documents have switches: portForwarding, remoteHosts and ssh. "
                    "Those that run any command (AWS-StartInteractiveCommand) have none.",
                )
        _refuse("documents", self.documents or (), DOCUMENT_NAME, "use 3 to 128 letters, digits and _.- characters.")
        _refuse("sshUsers", self.ssh_users, LINUX_USER, "use a user's name on the instance, for example ec2-user.")
        if self.ssh_users and not (self.ssh or self.instance_connect):
            raise ConfigError(f"{KEY}.sshUsers", [*self.ssh_users], "without ssh nobody can use it. Set ssh to true.")
        if self.documents is not None and not (self.documents or self.port_forwarding or self.remote_hosts or self.ssh):
            raise ConfigError(
                f"{KEY}.documents",
                [],
                "no kind of session is left. Name one, or set portForwarding, remoteHosts or ssh.",
            )

    def _check_conditions(self) -> None:
        for index, block in enumerate(self.source_ips):
            _check_address(f"{KEY}.sourceIps[{index}]", block)
        if self.vpc is not None and not _VPC.fullmatch(self.vpc):
            raise ConfigError(f"{KEY}.vpc", self.vpc, "use the id of a VPC or of an interface endpoint.")
        if self.vpc is not None and self.source_ips:
            raise ConfigError(
                f"{KEY}.vpc",
                self.vpc,
                "through an endpoint nobody has an address of the internet. Keep vpc or sourceIps.",
            )
        if self.vpc is not None and self.instance_connect:
            raise ConfigError(
                f"{KEY}.instanceConnect",
                value=True,
                advice="vpc is set, and the tunnel begins at a service of the internet, to which no endpoint leads. "
                "Remove one of the two.",
            )
        if self.vpc is not None and self.ssh_users:
            # aws/aws-ec2-instance-connect-config#18 and #37. An endpoint of Systems Manager carries no other service.
            raise ConfigError(
                f"{KEY}.sshUsers",
                [*self.ssh_users],
                "vpc is set, and a key goes to EC2 Instance Connect, to which no endpoint leads. Remove one of the "
                "two; without sshUsers, the instances' userData can bring public keys.",
            )
        begin = _read_time("validFrom", self.valid_from)
        end = _read_time("validUntil", self.valid_until)
        if begin and end and begin >= end:
            raise ConfigError(f"{KEY}.validUntil", self.valid_until, f"it is not after validFrom ({self.valid_from}).")

    def _check_second_factor(self) -> None:
        if not self.mfa:
            return
        if (self.roles or self.role) and not (self.users or self.groups):
            raise ConfigError(
                f"{KEY}.mfa",
                value=True,
                advice="it is for users and groups, and none is named: the credentials of a role never say whether its "
                "person used a second factor. Ask for it where the role is assumed, with role.mfa or in the trust "
                "policy of a role of your own, and remove this.",
            )
        if self.role and not self.role.mfa and any(":role/" not in arn for arn in self.role.trust):
            raise ConfigError(
                f"{KEY}.role.mfa",
                value=False,
                advice="mfa is true, and whoever assumes the role would get in without a second factor. "
                "Set it to true too.",
            )


def read_operators(key: str, raw: object) -> OperatorSettings:
    """Read the map of the `operators` key.

    Raises:
        ConfigError: a key is not one of ours, or its value can't be deployed.
    """
    given = read_json(dict, "a map, for example {portForwarding: true, groups: [operators]}", key, raw)
    return OperatorSettings(**read_fields(_READERS, f"{key}.", given))


def _read_tags(key: str, raw: object) -> Mapping[str, str]:
    tags: dict[str, str] = read_json(dict, "a map, for example {team: platform}", key, raw)
    for tag, value in tags.items():
        if not isinstance(value, str):
            raise ConfigError(
                f"{key}.{tag}", value, f"a tag's value is text. Put it in quotes: {json.dumps(str(value))}."
            )
    return tags


def _read_role(key: str, raw: object) -> OperatorRole:
    example = "a map, for example {trust: [arn:PARTITION:iam::123456789012:role/Developers]}"
    return OperatorRole(**{"trust": (), **read_fields(_ROLE_READERS, f"{key}.", read_json(dict, example, key, raw))})


def _check_names(kind: str, names: Sequence[str]) -> None:
    _refuse(kind, names, _IAM_NAME, "use the name alone, not the ARN: letters, digits and _+=,.@- characters.")
    for index, name in enumerate(names):
        where = f"{KEY}.{kind}[{index}]"
        if name.lower() in (earlier.lower() for earlier in names[:index]):
            raise ConfigError(where, name, "it stands above already; IAM's names do not differ by case alone.")
        if kind == "roles" and name.startswith("AWSReservedSSO_"):
            raise ConfigError(
                where,
                name,
                "IAM Identity Center owns this role. Paste the stack's output operators.permission_set into the "
                "permission set instead.",
            )


def _check_address(key: str, block: str) -> None:
    try:
        network = ip_network(block)
    except ValueError:
        raise ConfigError(key, block, "use an address or a block, for example 198.51.100.0/24.") from None
    if network.prefixlen == 0:
        raise ConfigError(key, block, "that is every address. Remove it.")
    if _is_private(network):
        raise ConfigError(key, block, "AWS sees the address that a person has on the internet. For a VPC, use vpc.")


def _is_private(network: IPv4Network | IPv6Network) -> bool:
    return any(network.overlaps(private) for private in (*_PRIVATE, *_PRIVATE_6))


def _read_time(key: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    advice = "use a time in UTC like 2026-12-01T08:00:00Z, in quotes."
    try:
        time = datetime.strptime(text, _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ConfigError(f"{KEY}.{key}", text, advice) from None
    # strptime takes 2026-1-1 too, which IAM does not.
    if time.strftime(_TIME) != text:
        raise ConfigError(f"{KEY}.{key}", text, advice)
    return time


def _refuse(kind: str, names: Sequence[str], pattern: re.Pattern[str], advice: str) -> None:
    for index, name in enumerate(names):
        if not pattern.fullmatch(name):
            raise ConfigError(f"{KEY}.{kind}[{index}]", name, advice)


def _texts(example: str) -> Reader:
    return partial(read_list, read_text, f"a list, for example {example}")


_READERS: Mapping[str, Reader] = {
    "tags": _read_tags,
    "documents": _texts("[Session-Document]"),
    "portForwarding": read_switch,
    "remoteHosts": read_remote_hosts,
    "ssh": read_switch,
    "sshUsers": _texts("[ec2-user]"),
    "instanceConnect": read_switch,
    "mfa": read_switch,
    "sourceIps": _texts("[198.51.100.0/24]"),
    "vpc": read_text,
    "validFrom": read_text,
    "validUntil": read_text,
    "roles": _texts("[Operators]"),
    "users": _texts("[ann]"),
    "groups": _texts("[operators]"),
    "role": _read_role,
}

_ROLE_READERS: Mapping[str, Reader] = {
    "trust": _texts("[arn:PARTITION:iam::123456789012:role/Developers]"),
    "mfa": read_switch,
    "externalId": read_text,
    "maxHours": partial(read_number, range(1, 12 + 1)),
}
