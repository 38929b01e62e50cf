"""Random VPCs, in plain words, and the same as worlds of the model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from reachability import model
from tests.reachability.plain import (
    ANY_PORT,
    ANYWHERE,
    HTTPS,
    LINUX,
    SERVICES,
    WINDOWS,
    Card,
    Kind,
    Route,
    Rule,
    Subnet,
    Vpc,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hypothesis.strategies import DrawFn

REGION = "eu-west-1"
BLOCK, BLOCK6 = "10.0.0.0/16", "2a05:d018:7:100::/56"
LOCAL = tuple(Route(destination=block, target="local") for block in (BLOCK, BLOCK6))
OPEN = tuple(
    Rule(outward=outward, protocol="-1", ports=ANY_PORT, networks=ANYWHERE, number=100) for outward in (True, False)
)
# Where 443 goes, where answers arrive, ranges that hold a part of these, and one that has nothing to do with any.
PORTS = (
    ANY_PORT,
    (HTTPS, HTTPS),
    (1024, 65535),
    (32768, 60999),
    (49152, 65535),
    (32768, 65535),
    (40000, 50000),
    (80, 80),
)
# All that anybody takes, and less.
ANSWERS = ((1024, 65535), LINUX, WINDOWS, (40000, 50000))
LISTS = {
    "corp": ("10.0.1.0/24", "10.0.3.0/24"),
    "aws": ("52.94.10.0/24",),
    "aws6": ("2600:1f18:7::/48",),
    "s3": ("52.216.0.0/15",),
}
NETWORKS = (
    *ANYWHERE,
    BLOCK,
    BLOCK6,
    "10.0.1.0/24",
    "10.0.2.0/24",
    "10.0.1.10/32",
    "52.94.10.0/24",
    "52.94.10.20/32",
    "2600:1f18:7::/48",
    "2a05:d018:7:101::/64",
)
GROUPS = ("web", "ends", "other")
HTTPS_FROM_VPC = Rule(outward=False, networks=(BLOCK, BLOCK6))
HTTPS_FROM_GROUP = Rule(outward=False, groups=("web",))
# A world in which much is wrong is unreachable whatever the rest of it is: most of a world is right.
rarely = st.integers(0, 7).map(lambda one: one == 1)
mostly = st.integers(0, 7).map(lambda one: one != 1)


@st.composite
def vpcs(draw: DrawFn) -> Vpc:
    """A VPC with one or two instances; about half of them get to Systems Manager."""
    names = ("a", "b", "c")[: draw(st.integers(1, 3))]
    cards: list[Card] = []

    def add(name: str, kind: Kind, subnet: str, **more: object) -> None:
        number = 10 + len(cards)
        place = names.index(subnet) + 1
        is_public = kind is not Kind.ENDPOINT and draw(mostly if kind is Kind.NAT else st.booleans())
        cards.append(
            Card(
                name=name,
                kind=kind,
                subnet=subnet,
                address=f"10.0.{place}.{number}",
                address6=None if kind is Kind.NAT else f"2a05:d018:7:10{place}::{number:x}",
                public=f"203.0.113.{number}" if is_public else None,
                **more,  # type: ignore[arg-type]
            )
        )

    for number in range(draw(st.integers(1, 2))):
        add(
            f"i{number}",
            Kind.INSTANCE,
            draw(st.sampled_from(names)),
            groups=_some_groups(draw),
            checked=draw(mostly),
            windows=draw(rarely),
            dual_stack=draw(rarely),
        )
    if draw(st.booleans()):
        add("n0", Kind.NAT, draw(st.sampled_from(names)))
    endpoints: dict[str, tuple[str, ...]] = {}
    with_endpoints = draw(st.booleans())
    for service in ("ssm", "ssmmessages"):
        if draw(mostly if with_endpoints else rarely):
            there = draw(st.lists(st.sampled_from(names), min_size=0 if draw(rarely) else 1, max_size=2, unique=True))
            groups = _some_groups(draw)
            endpoints[service] = tuple(f"e{len(cards) + number}" for number in range(len(there)))
            for name, subnet in zip(endpoints[service], there, strict=True):
                add(name, Kind.ENDPOINT, subnet, groups=groups)
    forwards = [one.name for one in cards if one.kind is Kind.NAT or (one.kind is Kind.INSTANCE and not one.checked)]
    return Vpc(
        blocks=(BLOCK, BLOCK6),
        subnets=tuple(_subnet(draw, name, place + 1, forwards) for place, name in enumerate(names)),
        cards=tuple(cards),
        groups={name: _rules(draw) for name in GROUPS},
        lists=LISTS,
        endpoints=endpoints,
        named=frozenset(service for service in endpoints if draw(mostly)),
    )


def behind_nat(answers: tuple[int, int]) -> Vpc:
    """An instance behind a NAT gateway whose subnet takes answers to these ports: chance comes by it too seldom."""
    entries = (
        OPEN[0],
        Rule(outward=False, networks=ANYWHERE, number=100),
        Rule(outward=False, ports=answers, networks=ANYWHERE, number=101),
    )
    subnets = (("a", "n0", OPEN), ("b", "igw", entries))
    return Vpc(
        blocks=(BLOCK, BLOCK6),
        subnets=tuple(
            Subnet(
                name=name,
                block=f"10.0.{place}.0/24",
                block6=f"2a05:d018:7:10{place}::/64",
                routes=(*LOCAL, Route(destination=ANYWHERE[0], target=target)),
                entries=one,
            )
            for place, (name, target, one) in enumerate(subnets, 1)
        ),
        cards=(
            Card(name="i0", kind=Kind.INSTANCE, subnet="a", address="10.0.1.10", groups=("web",)),
            Card(name="n0", kind=Kind.NAT, subnet="b", address="10.0.2.11", public="203.0.113.11"),
        ),
        groups=dict.fromkeys(GROUPS, (OPEN[0],)),
        lists=LISTS,
        endpoints={},
        named=frozenset(),
    )


def _some_groups(draw: DrawFn) -> tuple[str, ...]:
    return tuple(draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True)))


def _subnet(draw: DrawFn, name: str, place: int, forwards: Sequence[str]) -> Subnet:
    routes = list(LOCAL)
    if draw(mostly):
        routes.append(
            Route(
                destination=ANYWHERE[0],
                target=draw(st.sampled_from([*forwards, *forwards, "igw", "igw", "igw", "gone"])),
            )
        )
    if draw(rarely):
        network = draw(st.sampled_from(("52.94.10.0/24", "52.94.0.0/16", "52.94.10.20/32", "128.0.0.0/1")))
        routes.append(Route(destination=network, target=draw(st.sampled_from(["igw", *forwards, "gone"]))))
    if draw(st.booleans()):
        routes.append(Route(destination=LISTS["s3"][0], target="s3"))
    if draw(st.booleans()):
        routes.append(Route(destination=ANYWHERE[1], target=draw(st.sampled_from(["igw", "eigw", "gone"]))))
    return Subnet(
        name=name,
        block=f"10.0.{place}.0/24",
        block6=f"2a05:d018:7:10{place}::/64",
        routes=tuple(routes),
        entries=OPEN if draw(st.booleans()) else tuple(_entries(draw)),
    )


def _entries(draw: DrawFn) -> Iterator[Rule]:
    """Mostly all that is not denied, or https and some of the answers."""
    for outward in (True, False):
        for number in draw(st.lists(st.integers(1, 9), max_size=4, unique=True)):
            protocol = draw(st.sampled_from(("tcp", "tcp", "-1", "udp")))
            yield Rule(
                outward=outward,
                allow=draw(st.booleans()),
                protocol=protocol,
                ports=ANY_PORT if protocol == "-1" else draw(st.sampled_from(PORTS)),
                networks=(draw(st.sampled_from((ANYWHERE[0], ANYWHERE[0], BLOCK, *NETWORKS))),),
                number=number,
            )
        if draw(st.booleans()):
            yield from (one for one in OPEN if one.outward is outward)
        else:
            yield Rule(outward=outward, networks=ANYWHERE, number=200)
            yield Rule(outward=outward, ports=draw(st.sampled_from(ANSWERS)), networks=ANYWHERE, number=201)


def _rules(draw: DrawFn) -> tuple[Rule, ...]:
    """Mostly all out and https in, and then some."""
    rules = [OPEN[0]] if draw(mostly) else []
    if draw(mostly):
        rules.append(draw(st.sampled_from((HTTPS_FROM_VPC, HTTPS_FROM_GROUP))))
    for _ in range(draw(st.integers(0, 2))):
        protocol = draw(st.sampled_from(("tcp", "tcp", "-1", "udp")))
        rules.append(
            Rule(
                outward=draw(st.booleans()),
                protocol=protocol,
                ports=ANY_PORT if protocol == "-1" else draw(st.sampled_from(PORTS)),
                networks=tuple(draw(st.lists(st.sampled_from(NETWORKS), max_size=2, unique=True))),
                groups=tuple(draw(st.lists(st.sampled_from(GROUPS), max_size=1))),
                lists=tuple(draw(st.lists(st.sampled_from(sorted(LISTS)), max_size=1))),
            )
        )
    return tuple(rules)


PROTOCOLS = {"tcp": model.Protocol.TCP, "-1": model.Protocol.ALL, "udp": model.Protocol.OTHER}
ALLOW_ALL = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
TRUST = json.dumps(
    {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}}
)


def as_world(vpc: Vpc) -> model.World:
    """The same, as the model has it; roles and agents are right."""
    igw, eigw = (
        model.InternetGateway(id="igw", name="igw", vpc="vpc"),
        model.InternetGateway(id="eigw", name="eigw", vpc="vpc"),
    )
    return model.World(
        region=REGION,
        vpcs={"vpc": model.Vpc(id="vpc", name="vpc", cidrs=vpc.blocks, dns_hostnames=True)},
        subnets={
            one.name: model.Subnet(
                id=one.name, name=one.name, vpc="vpc", cidr=one.block, cidr_v6=one.block6, table=one.name, acl=one.name
            )
            for one in vpc.subnets
        },
        tables={
            one.name: model.RouteTable(
                id=one.name,
                name=one.name,
                vpc="vpc",
                routes=tuple(_route(vpc, route) for route in one.routes if route.target not in ("local", "s3")),
            )
            for one in vpc.subnets
        },
        acls={
            one.name: model.NetworkAcl(
                id=one.name,
                name=one.name,
                entries=tuple(
                    model.AclEntry(
                        number=entry.number,
                        egress=entry.outward,
                        allow=entry.allow,
                        cidr=network,
                        protocol=PROTOCOLS[entry.protocol],
                        ports=entry.ports,
                    )
                    for entry in one.entries
                    for network in entry.networks
                ),
            )
            for one in vpc.subnets
        },
        groups={
            name: model.Group(
                id=name,
                name=name,
                ingress=tuple(_rule(rule) for rule in rules if not rule.outward),
                egress=tuple(_rule(rule) for rule in rules if rule.outward),
            )
            for name, rules in vpc.groups.items()
        },
        prefix_lists={
            name: model.PrefixList(id=name, name=name, entries=entries, service=name if name in SERVICES else "")
            for name, entries in vpc.lists.items()
        },
        internet_gateways={"igw": igw},
        egress_only_gateways={"eigw": eigw},
        nat_gateways={
            one.name: model.NatGateway(
                id=one.name, name=one.name, vpc="vpc", subnet=one.subnet, public=one.public is not None
            )
            for one in vpc.of(Kind.NAT)
        },
        endpoints={"s3": _gateway_endpoint(vpc), **{service: _endpoint(vpc, service) for service in vpc.endpoints}},
        hosts={one.name: _host(one) for one in vpc.of(Kind.INSTANCE)},
        roles={
            "role": model.Role(
                id="role", name="role", arn="arn:aws:iam::123456789012:role/role", trust=TRUST, documents=(ALLOW_ALL,)
            )
        },
        profiles={"profile": model.Profile(id="profile", name="profile", role="role")},
        addresses={
            service: tuple(f"{address}/{128 if ':' in address else 32}" for address in both)
            for service, both in SERVICES.items()
        },
    )


def _route(vpc: Vpc, route: Route) -> model.Route:
    kinds = {"igw": model.Target.INTERNET_GATEWAY, "eigw": model.Target.EGRESS_ONLY_GATEWAY}
    if route.target == "gone":
        return model.Route(
            destination=route.destination, kind=model.Target.INTERNET_GATEWAY, target="igw", blackhole=True
        )
    if route.target in kinds:
        return model.Route(destination=route.destination, kind=kinds[route.target], target=route.target)
    gateway = vpc.card(route.target).kind is Kind.NAT
    return model.Route(
        destination=route.destination,
        kind=model.Target.NAT_GATEWAY if gateway else model.Target.HOST,
        target=route.target,
    )


def _rule(rule: Rule) -> model.Rule:
    return model.Rule(
        protocol=PROTOCOLS[rule.protocol],
        ports=rule.ports,
        cidrs=rule.networks,
        groups=rule.groups,
        prefix_lists=rule.lists,
    )


def _endpoint(vpc: Vpc, service: str) -> model.Endpoint:
    cards = [vpc.card(name) for name in vpc.endpoints[service]]
    return model.Endpoint(
        id=service,
        name=service,
        service=service,
        vpc="vpc",
        subnets=tuple(one.subnet for one in cards),
        addresses=tuple(address for one in cards for address in (one.address, one.address6) if address),
        groups=cards[0].groups if cards else ("ends",),
        private_dns=service in vpc.named,
        ipv6=True,
    )


def _gateway_endpoint(vpc: Vpc) -> model.Endpoint:
    """Its routes are in the tables that it is associated with."""
    tables = tuple(one.name for one in vpc.subnets if "s3" in {route.target for route in one.routes})
    return model.Endpoint(id="s3", name="s3", service="s3", kind=model.EndpointKind.GATEWAY, vpc="vpc", tables=tables)


def _host(card: Card) -> model.Host:
    return model.Host(
        id=card.name,
        name=card.name,
        subnet=card.subnet,
        groups=card.groups,
        address=card.address,
        address_v6=card.address6 or "",
        public_ip=card.public is not None,
        ipv6=card.address6 is not None,
        source_dest_check=card.checked,
        platform=model.Platform.WINDOWS if card.windows else model.Platform.LINUX,
        dual_stack=card.dual_stack,
        profile="profile",
    )
