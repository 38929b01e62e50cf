"""A small VPC in words of its own, from which the oracles are made: they must not share a thought with the model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HTTPS = 443
# Where answers arrive ("Ephemeral ports", Amazon VPC user guide).
LINUX, WINDOWS, NAT = (32768, 60999), (49152, 65535), (1024, 65535)
ANY_PORT = (0, 65535)
ANYWHERE = ("0.0.0.0/0", "::/0")
# What answers on the internet to the names that an agent asks for, in both families.
SERVICES = {
    "ssm": ("52.94.10.20", "2600:1f18:7::20"),
    "ssmmessages": ("52.94.10.30", "2600:1f18:7::30"),
    "s3": ("52.216.7.7", "2600:1fa0:7::7"),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a security group, or one entry of a network ACL; protocol `-1` is any.

    Attributes:
        outward: from inside to outside.
        networks: of the other end.
        groups: security groups whose members are the other end.
        lists: prefix lists of the other end.
        allow: else it denies, which only an ACL can.
        number: an ACL's lowest that fits decides.
    """

    outward: bool
    protocol: str = "tcp"
    ports: tuple[int, int] = (HTTPS, HTTPS)
    networks: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    allow: bool = True
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a network leads: `local`, `igw`, `eigw`, `s3` (a gateway endpoint), `gone`, or a card."""

    destination: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet with its table, and its ACL's entries."""

    name: str
    block: str
    block6: str | None
    routes: tuple[Route, ...]
    entries: tuple[Rule, ...]


class Kind(Enum):
    """What a network interface belongs to."""

    INSTANCE = "instance"
    ENDPOINT = "endpoint"
    NAT = "nat"


@dataclass(frozen=True, kw_only=True)
class Card:
    """A network interface.

    Attributes:
        public: its public IPv4 address.
        checked: it takes and sends only what bears its own address.
        windows: which ports answers come to.
        dual_stack: the agent asks over IPv6 too.
    """

    name: str
    kind: Kind
    subnet: str
    address: str
    address6: str | None = None
    groups: tuple[str, ...] = ()
    public: str | None = None
    checked: bool = True
    windows: bool = False
    dual_stack: bool = False

    @property
    def ports(self) -> tuple[int, int]:
        return WINDOWS if self.windows else LINUX


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """All of it.

    Attributes:
        blocks: its networks.
        groups: the rules of each security group.
        lists: the networks of each prefix list.
        endpoints: the interfaces of the endpoint for each service.
        named: the services whose names lead to their endpoints.
    """

    blocks: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    cards: tuple[Card, ...]
    groups: Mapping[str, tuple[Rule, ...]]
    lists: Mapping[str, tuple[str, ...]]
    endpoints: Mapping[str, tuple[str, ...]]
    named: frozenset[str]

    def of(self, kind: Kind) -> list[Card]:
        return [card for card in self.cards if card.kind is kind]

    def subnet(self, name: str) -> Subnet:
        return next(one for one in self.subnets if one.name == name)

    def card(self, name: str) -> Card:
        return next(one for one in self.cards if one.name == name)

    def answers(self, service: str, card: Card) -> list[str]:
        """The addresses that the name of a service has for an interface; an agent tries all of them."""
        both = [SERVICES[service]]
        if service in self.named:
            cards = [self.card(name) for name in self.endpoints[service]]
            both = [(one.address, one.address6 or "") for one in cards]
        return [address for pair in both for address in (pair if card.dual_stack else pair[:1])]

    def rules(self, card: Card, *, outward: bool) -> Iterator[tuple[Rule, Sequence[str]]]:
        """What the groups of an interface let through, each with the networks at the other end."""
        for rule in (rule for group in card.groups for rule in self.groups[group] if rule.outward is outward):
            members = [one for one in self.cards if set(one.groups) & set(rule.groups)]
            addresses = [text for one in members for text in (one.address, one.address6) if text]
            lists = [network for one in rule.lists for network in self.lists[one]]
            yield rule, [*rule.networks, *addresses, *lists]

    def edges(self) -> set[int]:
        """The ports at which the entries of ACLs begin, and those just behind their ends."""
        entries = [entry for subnet in self.subnets for entry in subnet.entries]
        return {port for entry in entries for port in (entry.ports[0], entry.ports[1] + 1)}


def pairs(vpc: Vpc, card: Card) -> list[tuple[int, int]]:
    """Ports of a sender, each with the port that a NAT puts in its place: all that an ACL may tell from each other.

    No port twice: a NAT that has given one away drops the next packet that wants it.
    """
    own, translated = (_telling(limits, vpc.edges()) for limits in (card.ports, NAT))
    spare = (port for port in range(50000, 60000) if port not in own)
    spare_translated = (port for port in range(2000, 9000) if port not in translated)
    own += islice(spare, max(len(translated) - len(own), 0))
    translated += islice(spare_translated, max(len(own) - len(translated), 0))
    return list(zip(own, translated, strict=True))


def _telling(limits: tuple[int, int], edges: set[int]) -> list[int]:
    """Ports that stand for all of a range: between two edges each is like the next."""
    first, last = limits
    inside = {port for edge in edges for port in (edge - 1, edge) if first <= port <= last}
    return sorted({first, last} | inside)


def holds(network: str, address: str) -> bool:
    return ip_address(address) in ip_network(network)


def is_six(network: str) -> bool:
    return ip_network(network).version == 6
