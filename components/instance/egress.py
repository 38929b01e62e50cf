"""Where an instance may open connections to, beside Systems Manager: closed, until somebody says what for."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from components.base.errors import ConfigError
from components.base.reading import Reader, read_choice, read_fields, read_list, read_number

# What an entry can lead to; a security group or a prefix list would be one more of these.
Target = IPv4Network | IPv6Network

HTTPS = 443
ANYWHERE = IPv4Network("0.0.0.0/0")
ANYWHERE_IPV6 = IPv6Network("::/0")

# IpRange.Description, EC2 API reference. Blanks at the ends would be lost in a list of rules.
_WHY = re.compile(r"(?! )[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}(?<! )")

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
        _require_why("egress.why", self.why)

    @property
    def name(self) -> str:
        """Which no other entry has. Exploded: the ends of a URN's parts are two colons, as in ``::/0``."""
        return f"{self.protocol.value}-{self.port}-{self.to.exploded}"


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
    # EC2 refuses a rule that is there already. Systems Manager is at no fixed address of the internet.
    open_anyway: Sequence[Target] = [ANYWHERE, ANYWHERE_IPV6] if dual_stack else [ANYWHERE]
    seen = {
        Egress(port=HTTPS, to=to, why="Systems Manager").name: "every instance of igw and nat"
        for to in open_anyway
        if not inside
    }
    for key, entry in entries.items():
        if entry.name in seen:
            raise ConfigError(key, entry.name, f"{seen[entry.name]} has it already. Remove it here.")
        seen[entry.name] = key
        if inside and not (isinstance(entry.to, IPv4Network) and entry.to.subnet_of(inside)):
            raise ConfigError(
                f"{key}.to",
                str(entry.to),
                f"no route of privatelink leads out of its own block, {inside}. Use a part of that, or nat or igw.",
            )


def _read_entry(key: str, entry: object) -> Egress:
    if not isinstance(entry, dict) or not {"port", "to", "why"} <= entry.keys():
        raise ConfigError(key, entry, f"a way out is a map with port, to and why, for example {EXAMPLE}.")
    return Egress(**read_fields(_READERS, f"{key}.", entry))


def _read_target(key: str, raw: object) -> Target:
    advice = "use a block of IPv4 or IPv6 addresses, for example 10.0.0.0/16."
    if not isinstance(raw, str):  # a number is an address to ip_network
        raise ConfigError(key, raw, advice)
    with suppress(ValueError):
        return ip_network(raw)
    try:
        loose = ip_network(raw, strict=False)
    except ValueError:
        raise ConfigError(key, raw, advice) from None
    raise ConfigError(key, raw, f"the address must be the block's first. Did you mean {loose}?")


def _read_why(key: str, raw: object) -> str:
    _require_why(key, raw)
    return str(raw)


def _require_why(key: str, why: object) -> None:
    if not isinstance(why, str) or not _WHY.fullmatch(why):
        raise ConfigError(
            key,
            why,
            "say in 1 to 255 letters, digits, blanks and ._-:/()#,@[]+=&;{}!$* what it is for: it becomes the "
            "rule's description, and EC2 takes no others.",
        )


_READERS: Mapping[str, Reader] = {
    "port": partial(read_number, range(1, 65_535 + 1)),
    "to": _read_target,
    "why": _read_why,
    "protocol": partial(read_choice, Protocol),
}
