"""The other hosts to which a session forwards, one by one: which port of which, and where the rule for it leads."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from ..base.errors import ConfigError
from ..base.reading import Reader, read_fields, read_list, read_switch, read_text
from ..base.targets import SecurityGroupTarget, Target, address_of, read_port, read_target, read_why

EXAMPLE = "{host: db.example.internal, to: sg-0123456789abcdef0, port: 5432, why: orders}"

# What AWS-StartPortForwardingSessionToRemoteHost takes for a host is wider; no name or address has more than these.
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.:-]{1,251}[A-Za-z0-9])")


@dataclass(frozen=True, kw_only=True)
class RemoteHost:
    """A port of another host.

    Attributes:
        host: its name or address, as the instance finds it; the ready line has it.
        port: of it.
        to: where the rule of the instances' groups leads. A security group knows no names.
        why: what for; the rule's description.

    Raises:
        ConfigError: no session could be told this host, or EC2 takes no such description.
    """

    host: str
    port: int
    to: Target
    why: str

    def __post_init__(self) -> None:
        """Check here too, for programs that make one by hand."""
        _read_host("remoteHosts.host", self.host)
        read_why("remoteHosts.why", self.why)

    @property
    def name(self) -> str:
        """What the ready line is called."""
        return f"{self.host}:{self.port}"


def read_remote_hosts(key: str, raw: object) -> bool | Sequence[RemoteHost]:
    """Read a switch, all that the instances reach or none of it, or a list of hosts.

    Raises:
        ConfigError: it is neither, or an entry is no host.
    """
    if not isinstance(raw, list):
        return read_switch(key, raw)
    hosts = read_list(_read_entry, f"a list, for example [{EXAMPLE}]", key, raw)
    names = [one.name for one in hosts]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(f"{key}[{index}]", name, "it stands above already. Remove one of the two.")
    return hosts


def _read_entry(key: str, entry: object) -> RemoteHost:
    if not isinstance(entry, dict) or not {"port", "why"} <= entry.keys() or not {"host", "to"} & entry.keys():
        raise ConfigError(key, entry, f"a remote host is a map with host or to, port and why, for example {EXAMPLE}.")
    given = read_fields(_READERS, f"{key}.", entry)
    takes_rules = given.pop("add_rule", False)
    host, to = _both(key, given.pop("host", None), given.pop("to", None))
    if takes_rules:
        if not isinstance(to, SecurityGroupTarget):
            raise ConfigError(
                f"{key}.addRule", value=True, advice=f"a rule is added to a security group, and {to} is none."
            )
        to = replace(to, takes_rules=True)
    return RemoteHost(**given, host=host, to=to)


def _both(key: str, host: str | None, to: Target | None) -> tuple[str, Target]:
    """What a line names and where a rule leads, if one of the two says both."""
    if to is not None:
        name = host or address_of(to)
        if name is None:
            raise ConfigError(f"{key}.to", str(to), "it is no single address. Say which host the line is to name too.")
        return name, to
    with suppress(ValueError):
        return str(host), ip_network(ip_address(str(host)))
    raise ConfigError(
        f"{key}.host", host, "a security group knows no names. Say to too: an address, a block, sg-… or pl-…."
    )


def _read_host(key: str, raw: object) -> str:
    host = read_text(key, raw)
    if not _HOST.fullmatch(host):
        raise ConfigError(key, raw, "use a host's name or address, for example db.example.internal.")
    return host


def _read_to(key: str, raw: object) -> Target:
    if isinstance(raw, str) and raw.startswith("instance/"):
        raise ConfigError(
            key,
            raw,
            "nothing comes in to an instance of this stack, not even from another one. Forward to it directly: "
            "portForwarding, and its own port_forward line.",
        )
    return read_target(key, raw)


_READERS: Mapping[str, Reader] = {
    "host": _read_host,
    "to": _read_to,
    "port": read_port,
    "why": read_why,
    "addRule": read_switch,
}
