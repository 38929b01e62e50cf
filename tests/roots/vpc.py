"""A VPC as Linux sees it: each interface, each subnet, and each gateway is a network namespace of its own.

| In AWS | Here |
|---|---|
| network interface with its security groups | a namespace; nftables with connection tracking at its only wire |
| subnet with its table and its network ACL | a router; nftables without connection tracking at its outer wires |
| the VPC's own router (`local`) | a router that knows the subnets' networks |
| internet gateway | a router that translates the public addresses, one to one |
| egress-only internet gateway | a router that lets only answers in |
| NAT gateway, NAT instance | an interface that forwards and masquerades |
| the internet, and a gateway endpoint | machines that answer to every address |

A route to an interface in another subnet is a wire of its own: packets keep their destination on the way there.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.reachability.plain import HTTPS, Kind, is_six, pairs
from tests.roots.namespaces import Namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.reachability.plain import Card, Rule, Subnet, Vpc
    from tests.roots.namespaces import Namespace

# RFC 5737 and RFC 3849: for documentation, so never of a real machine.
ELASTIC = "203.0.113.0/24"
OF_EGRESS_ONLY = "2001:db8:ffff::1"
# On these wires a packet is outside the subnet.
OUTSIDE = "x"
# A packet between two namespaces of one machine takes microseconds; this is for a machine that is busy.
PATIENCE = 1.0


@contextmanager
def built(vpc: Vpc) -> Iterator[Network]:
    """The VPC; at the end nothing of it is left, whatever happened."""
    network = Network(vpc)
    try:
        network.build()
        yield network
    finally:
        network.close()


class Network:
    """A VPC in namespaces."""

    def __init__(self, vpc: Vpc) -> None:
        self._vpc, self._spaces = vpc, Namespaces()
        self._listening: list[socket.socket] = []

    def close(self) -> None:
        for one in self._listening:
            one.close()
        self._spaces.close()

    def build(self) -> None:
        make, vpc = self._spaces.make, self._vpc
        self._router, self._internet, self._igw, self._eigw, self._s3 = (make() for _ in range(5))
        self._subnets = {one.name: make() for one in vpc.subnets}
        self._cards = {one.name: make() for one in vpc.cards}
        for card in vpc.cards:
            self._plug(card)
        for subnet in vpc.subnets:
            self._route(subnet)
            self._filter(subnet)
        self._connect_gateways()
        self._spaces.settle()
        for space in (self._internet, self._s3, *(self._cards[one.name] for one in vpc.of(Kind.ENDPOINT))):
            self._listen(space)

    def _plug(self, card: Card) -> None:
        """An interface into its subnet."""
        space, subnet = self._cards[card.name], self._subnets[card.subnet]
        self._spaces.cable(space, "eth0", subnet, card.name)
        for address, everywhere in ((card.address, "0.0.0.0/0"), (card.address6, "::/0")):
            if address:
                space.ip(f"address add {address} dev eth0 nodad", f"route add {everywhere} dev eth0")
                subnet.ip(f"route add {address} dev {card.name}")
        if card.kind is not Kind.NAT:
            space.nft(
                "table inet groups {",
                *self._chain("into", "prerouting priority -150", "iifname", card, outward=False),
                *self._chain("out", "postrouting priority 50", "oifname", card, outward=True),
                "}",
            )
        if card.kind is Kind.NAT or not card.checked:
            space.nft("table ip nat {", "chain out {", "type nat hook postrouting priority 100")
            space.nft(f"ip saddr {card.address} accept", *self._masquerades(), "}", "}")

    def _chain(self, name: str, hook: str, wire: str, card: Card, *, outward: bool) -> Iterator[str]:
        """One direction of an interface's security groups."""
        yield f"chain {name} {{"
        yield f"type filter hook {hook}; policy drop"
        yield f"{wire} lo accept"
        own = "saddr" if outward else "daddr"
        for family, address in (("ip", card.address), ("ip6", card.address6)):
            if card.checked:
                yield f"{family} {own} != {address} drop" if address else f"meta nfproto {_family(family)} drop"
        yield "ct state established accept"
        for rule, networks in self._vpc.rules(card, outward=outward):
            yield from (f"{match} accept" for match in _matches(rule, networks))
        yield "}"

    def _masquerades(self) -> Iterator[str]:
        """A NAT takes any of its ports: here the sender's port tells which, so that a test can try all that differ."""
        for sender in self._vpc.of(Kind.INSTANCE):
            for one, own in pairs(self._vpc, sender):
                yield f"ip saddr {sender.address} tcp sport {one} masquerade to :{own}"

    def _route(self, subnet: Subnet) -> None:
        """A subnet's table, and the wires that it needs."""
        space, number = self._subnets[subnet.name], self._vpc.subnets.index(subnet)
        ways = {"local": self._router, "igw": self._igw, "eigw": self._eigw, "s3": self._s3}
        cards = {one.name: one for one in self._vpc.cards}
        wires: set[str] = set()
        self._spaces.cable(space, f"{OUTSIDE}local", self._router, f"s{number}")
        for block in filter(None, (subnet.block, subnet.block6)):
            self._router.ip(f"route add {block} dev s{number}")
        for route in subnet.routes:
            name = f"{OUTSIDE}{route.target}"
            if route.target == "gone":
                space.ip(f"route add blackhole {route.destination}")
                continue
            if route.target in cards and cards[route.target].subnet == subnet.name:
                name = route.target
            elif name not in wires and route.target in cards:
                self._lead(subnet, cards[route.target], name)
            elif name not in wires and route.target != "local":
                self._spaces.cable(space, name, ways[route.target], f"s{number}")
            wires.add(name)
            space.ip(f"route add {route.destination} dev {name}")

    def _lead(self, subnet: Subnet, card: Card, name: str) -> None:
        """From a subnet to an interface in another, whatever the packet's destination is."""
        there, number = self._subnets[card.subnet], self._vpc.subnets.index(subnet)
        table = 100 + self._vpc.cards.index(card)
        self._spaces.cable(self._subnets[subnet.name], name, there, f"{OUTSIDE}{number}{card.name}")
        there.ip(f"rule add iif {OUTSIDE}{number}{card.name} lookup {table}")
        there.ip(f"route replace 0.0.0.0/0 dev {card.name} table {table}")

    def _filter(self, subnet: Subnet) -> None:
        """A subnet's network ACL."""
        space = self._subnets[subnet.name]
        space.nft("table inet acl {")
        for outward in (False, True):
            space.nft("chain out {" if outward else "chain into {")
            entries = sorted((one for one in subnet.entries if one.outward is outward), key=lambda one: one.number)
            for entry in entries:
                verdict = "accept" if entry.allow else "drop"
                space.nft(*(f"{match} {verdict}" for match in _matches(entry, entry.networks)))
            space.nft("drop", "}")
        space.nft("chain border {", "type filter hook forward priority 0")
        space.nft(f'iifname "{OUTSIDE}*" jump into', f'oifname "{OUTSIDE}*" jump out', "}", "}")

    def _connect_gateways(self) -> None:
        spaces, vpc, internet = self._spaces, self._vpc, self._internet
        for name, gateway in (("igw", self._igw), ("eigw", self._eigw), ("s3", self._s3)):
            spaces.cable(gateway, "vpc", self._router, name)
            gateway.ip(*(f"route add {block} dev vpc" for block in vpc.blocks))
        for name, gateway in (("igw", self._igw), ("eigw", self._eigw)):
            spaces.cable(gateway, "net", internet, name)
            gateway.ip("route add 0.0.0.0/0 dev net", "route add ::/0 dev net")
        public = {card.address: card.public for card in vpc.cards if card.public}
        self._igw.nft("table ip nat {", "chain into {", "type nat hook prerouting priority -100")
        self._igw.nft(*(f"ip daddr {there} dnat to {here}" for here, there in public.items()), "}")
        self._igw.nft("chain out {", "type nat hook postrouting priority 100")
        self._igw.nft(*(f"ip saddr {here} snat to {there}" for here, there in public.items()), "}")
        self._igw.nft("chain pass {", "type filter hook forward priority 0", "ct state established accept")
        self._igw.nft(*(f"ip saddr {here} accept" for here in public), "iifname vpc drop", "}", "}")
        self._eigw.ip(f"address add {OF_EGRESS_ONLY} dev net nodad")
        self._eigw.nft("table ip6 nat {", "chain out {", "type nat hook postrouting priority 100")
        self._eigw.nft("oifname net masquerade", "}", "}")
        internet.ip(f"route add {ELASTIC} dev igw", f"route add {OF_EGRESS_ONLY} dev eigw")
        internet.ip(*(f"route add {block} dev igw" for block in vpc.blocks if is_six(block)))
        for space in (internet, self._s3):
            space.ip("route add local 0.0.0.0/0 dev lo table main", "route add local ::/0 dev lo table main")

    def _listen(self, space: Namespace) -> None:
        for family, everywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 - in there
            with space.entered():
                one = socket.socket(family)
            if family is socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((everywhere, HTTPS))
            one.listen(256)
            self._listening.append(one)

    def connected(self, questions: Sequence[tuple[Card, str]]) -> list[set[bool]]:
        """Whether connections from an interface to an address come about: both, if it depends on their ports."""
        begun = [self._begin(card, address) for card, address in questions]
        waiting = {one for sockets in begun for one in sockets}
        there, until = set[socket.socket](), time.monotonic() + PATIENCE
        while waiting and (left := until - time.monotonic()) > 0:
            _, ended, _ = select.select((), waiting, (), left)
            there |= {one for one in ended if not one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)}
            waiting -= set(ended)
        for one in (one for sockets in begun for one in sockets):
            one.close()
        return [{one in there for one in sockets} for sockets in begun]

    def _begin(self, card: Card, address: str) -> list[socket.socket]:
        """Asks for the connections."""
        sockets = []
        with self._cards[card.name].entered():
            for port, _ in pairs(self._vpc, card):
                one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.settimeout(0)
                one.bind(("", port))
                sockets.append(one)
                assert one.connect_ex((address, HTTPS)) in (0, errno.EINPROGRESS)
        return sockets


def _matches(rule: Rule, networks: Sequence[str]) -> Iterator[str]:
    """How nftables says what a rule fits. A rule is about the other end's address, and about the receiver's port."""
    end = "daddr" if rule.outward else "saddr"
    ports = {"tcp": f" tcp dport {rule.ports[0]}-{rule.ports[1]}", "udp": " meta l4proto udp", "-1": ""}[rule.protocol]
    for network in networks:
        yield f"{'ip6' if is_six(network) else 'ip'} {end} {network}{ports}"


def _family(name: str) -> str:
    return {"ip": "ipv4", "ip6": "ipv6"}[name]
