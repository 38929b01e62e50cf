"""Networks that work, each in one of the shapes that people build: what the tests break."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reachability.findings import Change
from reachability.mends import apply
from reachability.model import (
    AclEntry,
    Endpoint,
    EndpointKind,
    Group,
    Host,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    Peering,
    PrefixList,
    Profile,
    Protocol,
    Record,
    Role,
    Route,
    RouteTable,
    Rule,
    Subnet,
    Target,
    Vpc,
    World,
    Zone,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "eu-west-1"
ANYWHERE = "0.0.0.0/0"
HTTPS = (443, 443)
SERVICES = ("ssm", "ssmmessages")


def keyed(*things: Any) -> dict[str, Any]:
    return {one.id: one for one in things}


def changed(world: World, things: str, key: str, **values: Any) -> World:
    return apply(world, tuple(Change(things, key, name, value) for name, value in values.items()))


def gone(world: World, things: str, *keys: str) -> World:
    left: dict[str, Any] = {things: {key: one for key, one in getattr(world, things).items() if key not in keys}}
    return replace(world, **left)


def route(kind: Target, target: str, destination: str = ANYWHERE) -> Route:
    return Route(destination=destination, kind=kind, target=target)


def out(**to: Any) -> Rule:
    return Rule(protocol=Protocol.TCP, ports=HTTPS, **to)


def acl(key: str, *, asks: str, answers: tuple[int, int] = (1024, 65535), serves: str = "", to: str = "") -> NetworkAcl:
    """What is asked of `asks` and served to `serves`, each with its answers."""
    entries = [
        AclEntry(number=100, egress=True, allow=True, cidr=asks, protocol=Protocol.TCP, ports=HTTPS),
        AclEntry(number=100, egress=False, allow=True, cidr=asks, protocol=Protocol.TCP, ports=answers),
    ]
    if serves:
        entries += [
            AclEntry(number=200, egress=False, allow=True, cidr=serves, protocol=Protocol.TCP, ports=HTTPS),
            AclEntry(number=200, egress=True, allow=True, cidr=to or serves, protocol=Protocol.TCP, ports=answers),
        ]
    return NetworkAcl(id=key, name=key, entries=tuple(entries))


def managed(*hosts: Host) -> dict[str, Any]:
    """What gives hosts their rights, and the hosts with it."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "roles": keyed(
            Role(
                id="role",
                name="web-role",
                arn="arn:aws:iam::111122223333:role/web-role",
                trust=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
                managed=("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",),
            )
        ),
        "profiles": keyed(Profile(id="profile", name="web-profile", role="role")),
        "hosts": keyed(*(replace(one, profile="profile") for one in hosts)),
    }


def igw() -> World:
    """A public instance behind an internet gateway."""
    return World(
        region=REGION,
        vpcs=keyed(Vpc(id="vpc", name="main", cidrs=("10.0.0.0/16",))),
        subnets=keyed(
            Subnet(
                id="public",
                name="main-public",
                vpc="vpc",
                cidr="10.0.0.0/24",
                table="out",
                acl="acl-public",
                maps_public_ip=True,
            )
        ),
        tables=keyed(
            RouteTable(id="out", name="main-out", vpc="vpc", routes=(route(Target.INTERNET_GATEWAY, "gateway"),))
        ),
        acls=keyed(acl("acl-public", asks=ANYWHERE)),
        groups=keyed(Group(id="web", name="main-web", egress=(out(cidrs=(ANYWHERE,)),))),
        internet_gateways=keyed(InternetGateway(id="gateway", name="main-gateway", vpc="vpc")),
        **managed(Host(id="host", name="web", subnet="public", groups=("web",))),
    )


def nat() -> World:
    """A private instance behind a NAT gateway."""
    world = igw()
    return replace(
        world,
        subnets={
            **world.subnets,
            "private": Subnet(
                id="private", name="main-private", vpc="vpc", cidr="10.0.1.0/24", table="inner", acl="acl-private"
            ),
        },
        tables={
            **world.tables,
            "inner": RouteTable(id="inner", name="main-inner", vpc="vpc", routes=(route(Target.NAT_GATEWAY, "nat"),)),
        },
        acls=keyed(
            acl("acl-private", asks=ANYWHERE), acl("acl-public", asks=ANYWHERE, serves="10.0.1.0/24", to="10.0.1.0/24")
        ),
        nat_gateways=keyed(NatGateway(id="nat", name="main-nat", vpc="vpc", subnet="public")),
        **managed(Host(id="host", name="web", subnet="private", groups=("web",))),
    )


def nat_instance() -> World:
    """A private instance behind an instance that does NAT."""
    world = nat()
    inner = replace(world.tables["inner"], routes=(route(Target.HOST, "nat"),))
    return replace(
        world,
        nat_gateways={},
        tables={**world.tables, "inner": inner},
        groups={
            **world.groups,
            "nat": Group(
                id="nat",
                name="main-nat",
                ingress=(out(cidrs=("10.0.1.0/24",)),),
                egress=(out(cidrs=(ANYWHERE,)),),
            ),
        },
        hosts={
            **world.hosts,
            "nat": Host(
                id="nat", name="main-nat", subnet="public", groups=("nat",), source_dest_check=False, public_ip=True
            ),
        },
    )


def regional_nat() -> World:
    """A private instance behind a regional NAT gateway."""
    return changed(nat(), "nat_gateways", "nat", subnet=None)


def _endpoint(service: str, vpc: str, subnets: tuple[str, ...], **more: Any) -> Endpoint:
    values = {"private_dns": True, "groups": ("endpoints",), **more}
    return Endpoint(id=service, name=f"main-{service}", service=service, vpc=vpc, subnets=subnets, **values)


def privatelink() -> World:
    """A private instance with endpoints in the subnet beside, and S3 by a gateway endpoint."""
    return World(
        region=REGION,
        vpcs=keyed(Vpc(id="vpc", name="main", cidrs=("10.0.0.0/16",))),
        subnets=keyed(
            Subnet(id="private", name="main-private", vpc="vpc", cidr="10.0.1.0/24", table="inner", acl="acl-private"),
            Subnet(id="ends", name="main-ends", vpc="vpc", cidr="10.0.2.0/24", table="ends", acl="acl-ends"),
        ),
        tables=keyed(
            RouteTable(id="inner", name="main-inner", vpc="vpc"), RouteTable(id="ends", name="main-ends", vpc="vpc")
        ),
        acls=keyed(
            NetworkAcl(
                id="acl-private",
                name="acl-private",
                entries=(
                    *acl("", asks="10.0.2.0/24").entries,
                    AclEntry(number=300, egress=True, allow=True, cidr=ANYWHERE, protocol=Protocol.TCP, ports=HTTPS),
                    AclEntry(number=300, egress=False, allow=True, cidr=ANYWHERE, ports=(1024, 65535)),
                ),
            ),
            NetworkAcl(
                id="acl-ends",
                name="acl-ends",
                entries=(
                    AclEntry(number=100, egress=False, allow=True, cidr="10.0.1.0/24", ports=HTTPS),
                    AclEntry(number=100, egress=True, allow=True, cidr="10.0.1.0/24", ports=(1024, 65535)),
                ),
            ),
        ),
        groups=keyed(
            Group(id="web", name="main-web", egress=(out(groups=("endpoints",)), out(prefix_lists=("pl-s3",)))),
            Group(id="endpoints", name="main-endpoints", ingress=(out(groups=("web",)),)),
        ),
        prefix_lists=keyed(PrefixList(id="pl-s3", name="S3", service="s3")),
        endpoints=keyed(
            *(_endpoint(service, "vpc", ("ends",)) for service in SERVICES),
            Endpoint(id="s3", name="main-s3", service="s3", kind=EndpointKind.GATEWAY, vpc="vpc", tables=("inner",)),
        ),
        **managed(Host(id="host", name="web", subnet="private", groups=("web",))),
    )


def dual_stack() -> World:
    """An instance for IPv6 alone, behind an egress-only gateway."""
    world = igw()
    return replace(
        world,
        vpcs=keyed(Vpc(id="vpc", name="main", cidrs=("10.0.0.0/16", "2600:1f18::/56"))),
        subnets=keyed(
            Subnet(
                id="private",
                name="main-private",
                vpc="vpc",
                cidr=None,
                cidr_v6="2600:1f18::/64",
                table="inner",
                acl="acl-six",
            )
        ),
        tables=keyed(
            RouteTable(
                id="inner",
                name="main-inner",
                vpc="vpc",
                routes=(route(Target.EGRESS_ONLY_GATEWAY, "outward", "::/0"),),
            )
        ),
        acls=keyed(acl("acl-six", asks="::/0")),
        groups=keyed(Group(id="web", name="main-web", egress=(out(cidrs=("::/0",)),))),
        internet_gateways={},
        egress_only_gateways=keyed(InternetGateway(id="outward", name="main-outward", vpc="vpc")),
        **managed(
            Host(id="host", name="web", subnet="private", groups=("web",), ipv4=False, ipv6=True, dual_stack=True)
        ),
    )


def own_zone() -> World:
    """Endpoints without private DNS, and private hosted zones in its place."""
    world = privatelink()
    for service in SERVICES:
        world = changed(world, "endpoints", service, private_dns=False)
    return replace(world, zones=keyed(*(_zone(service, "vpc") for service in SERVICES)))


def _zone(service: str, *vpcs: str) -> Zone:
    domain = f"{service}.{REGION}.amazonaws.com"
    return Zone(
        id=f"zone-{service}",
        name=domain,
        domain=domain,
        vpcs=vpcs,
        records=(Record(name=domain, endpoint=service),),
    )


def hub() -> World:
    """Endpoints in another VPC, which is peered, with private hosted zones for both."""
    world = privatelink()
    spoke = Vpc(id="spoke", name="spoke", cidrs=("10.8.0.0/16",))
    away = Subnet(id="away", name="spoke-away", vpc="spoke", cidr="10.8.1.0/24", table="away", acl="acl-private")
    over = route(Target.PEERING, "peering", "10.0.0.0/16")
    ends = replace(world.acls["acl-ends"], entries=tuple(
        replace(one, cidr="10.8.1.0/24") for one in world.acls["acl-ends"].entries
    ))  # fmt: skip
    for service in SERVICES:
        world = changed(world, "endpoints", service, private_dns=False)
    return replace(
        world,
        vpcs={**world.vpcs, "spoke": spoke},
        subnets={**world.subnets, "away": away},
        tables={
            **world.tables,
            "away": RouteTable(id="away", name="spoke-away", vpc="spoke", routes=(over,)),
            "ends": replace(world.tables["ends"], routes=(route(Target.PEERING, "peering", "10.8.0.0/16"),)),
        },
        acls={**world.acls, "acl-ends": ends},
        groups={
            **world.groups,
            "web": Group(id="web", name="spoke-web", egress=(out(cidrs=("10.0.2.0/24",)),)),
            "endpoints": replace(world.groups["endpoints"], ingress=(out(cidrs=("10.8.0.0/16",)),)),
        },
        peerings=keyed(Peering(id="peering", name="main-peering", vpcs=("spoke", "vpc"))),
        zones=keyed(*(_zone(service, "vpc", "spoke") for service in SERVICES)),
        **managed(Host(id="host", name="web", subnet="away", groups=("web",))),
    )


VARIANTS: dict[str, Callable[[], World]] = {
    "igw": igw,
    "nat": nat,
    "nat instance": nat_instance,
    "regional nat": regional_nat,
    "privatelink": privatelink,
    "dual stack": dual_stack,
    "own zone": own_zone,
    "hub": hub,
}
