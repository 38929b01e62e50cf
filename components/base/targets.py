"""What an outbound rule can lead to: a block of addresses, another security group, or a prefix list."""

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

import pulumi

from .errors import ConfigError
from .reading import read_number

_GROUP = re.compile(r"sg-[0-9a-f]{8,17}")
_PREFIX_LIST = re.compile(r"pl-[0-9a-f]{8,17}")

# A part of a resource's name: the ends of a URN's parts are two colons.
_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)

# IpRange.Description, EC2 API reference. Blanks at the ends would be lost in a list of rules.
_WHY = re.compile(r"(?! )[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}(?<! )")


@dataclass(frozen=True, kw_only=True)
class SecurityGroupTarget:
    """A security group that somebody else made, as a rule's other end.

    Attributes:
        name: a part of the names of the rules that lead there. No other group has it.
        id: of the group.
        takes_rules: whether the rule that lets us in is added to it, and taken away with ours. Else its owner adds it.

    Raises:
        ConfigError: the name is none.
    """

    name: str
    id: pulumi.Input[str]
    takes_rules: bool = False

    def __post_init__(self) -> None:
        """The name has to be plain: the id may be known only once it is made."""
        _require_name(self.name)

    def __str__(self) -> str:
        """As a person calls it."""
        return self.name

    @property
    def label(self) -> str:
        """Which no other target has."""
        return f"group-{self.name}"


@dataclass(frozen=True, kw_only=True)
class PrefixListTarget:
    """A prefix list, AWS's or a person's own, as a rule's other end.

    Attributes:
        name: a part of the names of the rules that lead there. No other list has it.
        id: of the list.

    Raises:
        ConfigError: the name is none.
    """

    name: str
    id: pulumi.Input[str]

    def __post_init__(self) -> None:
        """As of a group."""
        _require_name(self.name)

    def __str__(self) -> str:
        """As a person calls it."""
        return self.name

    @property
    def label(self) -> str:
        """Which no other target has."""
        return f"list-{self.name}"


Target = IPv4Network | IPv6Network | SecurityGroupTarget | PrefixListTarget


def label_of(target: Target) -> str:
    """Its part of a rule's name. Exploded: the ends of a URN's parts are two colons, as in ``::/0``."""
    return target.exploded if isinstance(target, (IPv4Network, IPv6Network)) else target.label


def address_of(target: Target) -> str | None:
    """The one address that it is, if it is one."""
    if isinstance(target, (IPv4Network, IPv6Network)) and target.num_addresses == 1:
        return str(target.network_address)
    return None


def read_target(key: str, raw: object) -> Target:
    """Read what a person wrote.

    Raises:
        ConfigError: it is none of the three.
    """
    advice = (
        "use a block of IPv4 or IPv6 addresses, for example 10.0.0.0/16, or the id of a security group (sg-…) or of a "
        "prefix list (pl-…)."
    )
    if not isinstance(raw, str):  # a number is an address to ip_network
        raise ConfigError(key, raw, advice)
    if _GROUP.fullmatch(raw):
        return SecurityGroupTarget(name=raw, id=raw)
    if _PREFIX_LIST.fullmatch(raw):
        return PrefixListTarget(name=raw, id=raw)
    with suppress(ValueError):
        return ip_network(raw)
    try:
        loose = ip_network(raw, strict=False)
    except ValueError:
        raise ConfigError(key, raw, advice) from None
    raise ConfigError(key, raw, f"the address must be the block's first. Did you mean {loose}?")


PORTS = range(1, 65_535 + 1)
read_port = partial(read_number, PORTS)


def read_group(key: str, raw: object) -> str:
    """Read the id of a security group.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(raw, str) or not _GROUP.fullmatch(raw):
        raise ConfigError(key, raw, "use the id of a security group, for example sg-0123456789abcdef0.")
    return raw


def read_why(key: str, raw: object) -> str:
    """Read what a rule is for.

    Raises:
        ConfigError: EC2 takes no such description.
    """
    if not isinstance(raw, str) or not _WHY.fullmatch(raw):
        raise ConfigError(
            key,
            raw,
            "say in 1 to 255 letters, digits, blanks and ._-:/()#,@[]+=&;{}!$* what it is for: it becomes the "
            "rule's description, and EC2 takes no others.",
        )
    return raw


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError("target.name", name, "use 1 to 64 letters, digits and ._- characters.")
