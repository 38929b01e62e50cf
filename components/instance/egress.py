"""Where an instance may open connections to, beside Systems Manager: closed, until somebody says what for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from ipaddress import IPv4Network, IPv6Network

from ..base.errors import ConfigError
from ..base.reading import Reader, read_choice, read_fields, read_list
from ..base.targets import SecurityGroupTarget, Target, label_of, read_port, read_target, read_why

HTTPS = 443
ANYWHERE = IPv4Network("0.0.0.0/0")
ANYWHERE_IPV6 = IPv6Network("::/0")

EXAMPLE = "{port: 80, to: 0.0.0.0/0, why: package mirrors}"


class Protocol(str, Enum):
    """What has ports; EC2's names."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, kw_only=True)
class Egress:
    """A way out.

    Attributes:
        port: that is connected to.
        to: whose.
        why: what for; people read it in the rule's description.
        protocol: of the port.

    Raises:
        ConfigError: EC2 takes no such description.
    """

    port: int
    to: Target
    why: str
    protocol: Protocol = Protocol.TCP

    def __post_init__(self) -> None:
        """Check here too, for programs that make one by hand."""
        read_why("egress.why", self.why)

    @property
    def name(self) -> str:
        """Which no other entry has."""
        return f"{self.protocol.value}-{self.port}-{label_of(self.to)}"


# Systems Manager is at no fixed address of the internet.
_OPEN_ANYWAY = Egress(port=HTTPS, to=ANYWHERE, why="Systems Manager")
_OPEN_ANYWAY_IPV6 = Egress(port=HTTPS, to=ANYWHERE_IPV6, why="Systems Manager")


def read_egress(key: str, raw: object) -> Sequence[Egress]:
    """Read a list of ways out.

    Raises:
        ConfigError: an entry is none.
    """
    return read_list(_read_entry, f"a list, for example [{EXAMPLE}]", key, raw)


def first_tcp(entries: Sequence[Egress]) -> Egress | None:
    """The first that lets TCP connections out, which are all that a session forwards."""
    return next((entry for entry in entries if entry.protocol is Protocol.TCP), None)


def require_useful(entries: Mapping[str, Egress], *, inside: IPv4Network | None, dual_stack: bool = False) -> None:
    """Make sure that each entry opens something that nothing else has opened, and that a route leads there.

    Args:
        entries: of one instance, by the key that an error names.
        inside: the network's own block, if nothing leads out of it.
        dual_stack: whether the network has IPv6 too.

    Raises:
        ConfigError: one opens nothing.
    """
    # EC2 refuses a rule that is there already.
    open_anyway = [_OPEN_ANYWAY, *([_OPEN_ANYWAY_IPV6] if dual_stack else [])]
    seen = {one.name: "every instance of igw and nat" for one in open_anyway if not inside}
    for key, entry in entries.items():
        if entry.name in seen:
            raise ConfigError(key, entry.name, f"{seen[entry.name]} has it already. Remove it here.")
        seen[entry.name] = key
        require_reachable(f"{key}.to", entry.to, inside=inside)


def require_reachable(key: str, to: Target, *, inside: IPv4Network | None) -> None:
    """Make sure that a route leads there. Where a group or a list is, its owner knows.

    Args:
        key: that an error names.
        to: where an entry leads.
        inside: the network's own block, if nothing leads out of it.

    Raises:
        ConfigError: it is outside.
    """
    if inside is None or not isinstance(to, (IPv4Network, IPv6Network)):
        return
    if not (isinstance(to, IPv4Network) and to.subnet_of(inside)):
        raise ConfigError(
            key,
            str(to),
            f"no route of privatelink leads out of its own block, {inside}. Use a part of that, or nat or igw.",
        )


def with_more(ways: Sequence[Egress], more: Sequence[Egress], *, is_closed: bool) -> tuple[Egress, ...]:
    """All of the ways, and what of more none of them opens: EC2 refuses a rule that is there already.

    Args:
        ways: a person's list.
        more: what something else needs, which people need not compare with their list.
        is_closed: whether Systems Manager is reached at endpoints. Else its port is open to anywhere.
    """
    merged = {way.name: way for way in ways}
    for way in more:
        if way.name not in merged or (isinstance(way.to, SecurityGroupTarget) and way.to.takes_rules):
            merged[way.name] = replace(merged.get(way.name, way), to=way.to)
    return tuple(way for way in merged.values() if is_closed or way.name != _OPEN_ANYWAY.name)


def _read_entry(key: str, entry: object) -> Egress:
    if not isinstance(entry, dict) or not {"port", "to", "why"} <= entry.keys():
        raise ConfigError(key, entry, f"a way out is a map with port, to and why, for example {EXAMPLE}.")
    return Egress(**read_fields(_READERS, f"{key}.", entry))


_READERS: Mapping[str, Reader] = {
    "port": read_port,
    "to": read_target,
    "why": read_why,
    "protocol": partial(read_choice, Protocol),
}
