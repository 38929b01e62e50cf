"""Packets walked step by step through a plain VPC: the oracle that runs everywhere.

It knows a firewall's memory and a translator's table as sets and maps, and tries every port that can matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.reachability.plain import HTTPS, SERVICES, Kind, holds, is_six, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.reachability.plain import Card, Rule, Subnet, Vpc

# After so many routers a packet is dropped: it goes round in a circle.
TIME_TO_LIVE = 32


@dataclass(frozen=True, kw_only=True)
class Packet:
    """Of TCP: both ends, each an address and a port."""

    source: tuple[str, int]
    destination: tuple[str, int]

    def answer(self) -> Packet:
        return Packet(source=self.destination, destination=self.source)


@dataclass
class Walk:
    """One connection's packets through a VPC.

    Attributes:
        vpc: the VPC.
        translated: the port that a NAT takes for the sender's.
        seen: by interface, the packets that its groups let pass, and so their answers.
        translations: by interface, what an answer to it becomes.
        public: whose public address the internet gateway put in, and for what.
    """

    vpc: Vpc
    translated: int
    seen: dict[str, set[Packet]] = field(default_factory=dict)
    translations: dict[tuple[str, Packet], tuple[str, int]] = field(default_factory=dict)
    public: dict[str, str] = field(default_factory=dict)

    def connects(self, card: Card, address: str, port: int) -> bool:
        """Whether a first packet arrives, and its answer comes back."""
        asked = Packet(source=(own_address(card, address), port), destination=(address, HTTPS))
        end = self._leave(card, asked, TIME_TO_LIVE)
        if end is None:
            return False
        where, packet = end
        answer = packet.answer()
        back = self._leave(where, answer, TIME_TO_LIVE) if where else self._from_internet(answer)
        return back is not None and back == (card, asked.answer())

    def _leave(self, card: Card, packet: Packet, left: int) -> tuple[Card | None, Packet] | None:
        """Out of an interface: where it ends, None for the internet; None if it does not get anywhere."""
        if not left or not self._passes(card, packet, outward=True):
            return None
        subnet, address = self.vpc.subnet(card.subnet), packet.destination[0]
        owner = self._owner(address)
        target = "local" if owner and owner.subnet == subnet.name else route(subnet, address)
        forward = next((one for one in self.vpc.cards if one.name == target), owner if target == "local" else None)
        if forward and forward.subnet == subnet.name:
            return self._arrive(forward, packet, left)
        if not admits(subnet, packet, outward=True):
            return None
        if not forward:
            return self._to_internet(target, packet)
        admitted = admits(self.vpc.subnet(forward.subnet), packet, outward=False)
        return self._arrive(forward, packet, left) if admitted else None

    def _arrive(self, card: Card, packet: Packet, left: int) -> tuple[Card | None, Packet] | None:
        """At an interface, which may be the end or a translator."""
        if not self._passes(card, packet, outward=False):
            return None
        if (card.name, packet) in self.translations:
            return self._leave(card, replace(packet, destination=self.translations[card.name, packet]), left - 1)
        if packet.destination[0] in (card.address, card.address6):
            return card, packet
        if card.kind is not Kind.NAT and card.checked:
            return None
        sent = replace(packet, source=(card.address, self.translated))
        self.translations[card.name, sent.answer()] = packet.source
        return self._leave(card, sent, left - 1)

    def _passes(self, card: Card, packet: Packet, *, outward: bool) -> bool:
        """The interface's own check of addresses, and its security groups."""
        if card.kind is Kind.NAT:
            return True
        own = packet.source[0] if outward else packet.destination[0]
        if card.checked and own not in (card.address, card.address6):
            return False
        seen = self.seen.setdefault(card.name, set())
        if packet in seen or packet.answer() in seen:
            return True
        if any(fits(rule, networks, packet) for rule, networks in self.vpc.rules(card, outward=outward)):
            seen.add(packet)
            return True
        return False

    def _to_internet(self, target: str, packet: Packet) -> tuple[None, Packet] | None:
        source, port = packet.source
        if packet.destination[0] not in {address for both in SERVICES.values() for address in both}:
            return None
        if target == "s3":
            return None, packet
        if ":" in source:
            return (None, packet) if target in ("igw", "eigw") else None
        owner = self._owner(source)
        if target != "igw" or owner is None or owner.public is None:
            return None
        self.public[owner.public] = source
        return None, replace(packet, source=(owner.public, port))

    def _from_internet(self, packet: Packet) -> tuple[Card | None, Packet] | None:
        address, port = packet.destination
        private = replace(packet, destination=(self.public.get(address, address), port))
        owner = self._owner(private.destination[0])
        if owner is None or not admits(self.vpc.subnet(owner.subnet), private, outward=False):
            return None
        return self._arrive(owner, private, TIME_TO_LIVE)

    def _owner(self, address: str) -> Card | None:
        return next((one for one in self.vpc.cards if address in (one.address, one.address6)), None)


def own_address(card: Card, other: str) -> str:
    """The address that a card takes to speak to another."""
    own = card.address6 if ":" in other else card.address
    assert own, f"{card.name} has no address of the family of {other}"
    return own


def route(subnet: Subnet, address: str) -> str:
    """What the longest prefix that fits leads to; empty if none does."""
    fitting = [route for route in subnet.routes if holds(route.destination, address)]
    return max(fitting, key=lambda one: int(one.destination.split("/")[1])).target if fitting else ""


def admits(subnet: Subnet, packet: Packet, *, outward: bool) -> bool:
    """Whether the subnet's ACL lets it pass."""
    entries = [one for one in subnet.entries if one.outward is outward]
    for entry in sorted(entries, key=lambda one: one.number):
        if fits(entry, entry.networks, packet):
            return entry.allow
    return False


def fits(rule: Rule, networks: Sequence[str], packet: Packet) -> bool:
    """Whether a rule is about a packet."""
    other = packet.destination[0] if rule.outward else packet.source[0]
    if not any(is_six(network) == (":" in other) and holds(network, other) for network in networks):
        return False
    first, last = rule.ports
    return rule.protocol == "-1" or (rule.protocol == "tcp" and first <= packet.destination[1] <= last)


def connected(vpc: Vpc, questions: Iterable[tuple[Card, str]]) -> list[set[bool]]:
    """As `tests.roots.vpc.Network.connected`."""
    return [
        {Walk(vpc, translated).connects(card, address, port) for port, translated in pairs(vpc, card)}
        for card, address in questions
    ]
