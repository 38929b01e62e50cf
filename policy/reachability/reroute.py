"""A route to the internet where there is none: of all that could be, the one with the least left to change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reachability.blocks import EVERYWHERE
from reachability.findings import Change
from reachability.forwarding import borders, by_table, rerouted, shown
from reachability.model import Endpoint, EndpointKind, InternetGateway, Route, RouteTable, Target, Unknown
from reachability.routes import gateway_endpoints
from reachability.ways import Way, best, link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reachability.findings import Link, Mend
    from reachability.forwarding import At
    from reachability.model import Host, Subnet
    from reachability.view import View


class _Exit(NamedTuple):
    """What a route could lead to, and what has to be made for it."""

    kind: Target
    key: str
    name: str
    made: Mend = ()


def reroute(at: At, cause: str, old: Route | None, follow: Callable[[At, Route | None], Way]) -> Way:
    """The best of the routes that could be there.

    Args:
        at: where the packet is.
        cause: why it gets no further.
        old: the route that leads it astray; None if there is none.
        follow: what becomes of the packet on a route.
    """
    if at.origin.subnet.id in at.origin.passed:
        return _moved(at, follow)
    ways = []
    for one in _exits(at):
        destination = EVERYWHERE[at.peer.family] if old is None else old.destination
        route = Route(destination=destination, kind=one.kind, target=one.key)
        missing = _in_table(at, one) if one.kind is Target.GATEWAY_ENDPOINT else _missing(at, cause, old, one, route)
        changed = replace(at, view=at.view.changed(missing.mend))
        ways.append(Way((missing,)).then(follow(changed, route)))
    return best(ways)


def _moved(at: At, follow: Callable[[At, Route | None], Way]) -> Way:
    """What forwards the packets, in another subnet: in that of its users there is no way but through itself."""
    origin = at.origin
    ways = [Way((link("nat-loop", origin=origin.name, subnet=origin.subnet.name, table=at.table.name, public="none"),))]
    for subnet in _other_subnets(at):
        missing = link(
            "nat-loop",
            (Change(origin.things, origin.key, "subnet", subnet.id),),
            origin=origin.name,
            subnet=origin.subnet.name,
            table=at.table.name,
            public=subnet.name,
        )
        there = replace(origin, subnet=subnet)
        onward = by_table(at.view.changed(missing.mend), there, at.peer, follow)
        before = Way() if origin.before is None else borders(replace(at, origin=origin.before), subnet)
        ways.append(Way((missing,)).then(before, onward))
    return best(ways[1:] or ways)


def _in_table(at: At, one: _Exit) -> Link:
    there = one.key in at.view.world.endpoints
    cause = "gateway-endpoint-not-in-table" if there else "gateway-endpoint-missing"
    return link(cause, one.made, table=at.table.name, endpoint=one.name, peer=at.peer.name)


def _missing(at: At, cause: str, old: Route | None, one: _Exit, route: Route) -> Link:
    key = "" if old is None else at.view.key(old.target)
    return link(
        "nat-without-internet" if at.origin.forwards else cause,
        (*one.made, *_led(at, route)),
        table=at.table.name,
        subnet=at.origin.subnet.name,
        gateway=one.name,
        origin=at.origin.name,
        destination=shown(at, route),
        to=key.what if isinstance(key, Unknown) else at.view.world.elsewhere.get(key, key),
    )


def _led(at: At, route: Route) -> Mend:
    """The route in the table, or in a table of the subnet's own where the packets came here by the same one."""
    subnet = at.origin.subnet
    if at.table.id not in at.origin.passed:
        return rerouted(at.table, route)
    own = RouteTable(id=f"{subnet.id}/table", name=f"a table of {subnet.name}", vpc=at.origin.vpc.id, routes=(route,))
    return (Change("tables", own.id, "", own), Change("subnets", subnet.id, "table", own.id))


def _other_subnets(at: At) -> list[Subnet]:
    """The VPC's subnets that somebody means to be public, else another that there is."""
    view, vpc, passed = at.view, at.origin.vpc, at.origin.passed
    others = [one for one in view.world.subnets.values() if one.vpc == vpc.id and one.id not in passed]
    tables = [view.table_of(one, vpc) for one in others]
    public = [
        subnet
        for subnet, table in zip(others, tables, strict=True)
        if isinstance(table, RouteTable) and any(one.kind is Target.INTERNET_GATEWAY for one in table.routes)
    ]
    return public or others[:1]


def _exits(at: At) -> Iterator[_Exit]:
    yield from _gateway_endpoints(at)
    if not at.origin.forwards:
        yield from _by_family(at)
    vpc = at.origin.vpc
    there = [one for one in at.view.world.internet_gateways.values() if one.vpc in (vpc.id, None)]
    for gateway in there:
        yield _Exit(Target.INTERNET_GATEWAY, gateway.id, gateway.name)
    if not there:
        made = InternetGateway(id=f"{vpc.id}/internet-gateway", name="a new internet gateway", vpc=vpc.id)
        yield _Exit(Target.INTERNET_GATEWAY, made.id, made.name, (Change("internet_gateways", made.id, "", made),))


def _by_family(at: At) -> Iterator[_Exit]:
    """IPv4 goes through NAT, which IPv6 has another gateway for."""
    world, vpc = at.view.world, at.origin.vpc
    if at.peer.family == 6:  # noqa: PLR2004 - the family's name
        for gateway in world.egress_only_gateways.values():
            if gateway.vpc == vpc.id:
                yield _Exit(Target.EGRESS_ONLY_GATEWAY, gateway.id, gateway.name)
        return
    for nat in world.nat_gateways.values():
        if nat.vpc == vpc.id:
            yield _Exit(Target.NAT_GATEWAY, nat.id, nat.name)
    for host in at.view.once("nat instances", lambda: _nat_instances(at.view)):
        if _vpc_of(at.view, host) == vpc.id:
            yield _Exit(Target.HOST, host.id, host.name)


def _nat_instances(view: View) -> list[Host]:
    return [one for one in view.world.hosts.values() if one.source_dest_check is False]


def _vpc_of(view: View, host: Host) -> str | Unknown:
    subnet = view.find(view.world.subnets, host.subnet)
    return subnet if isinstance(subnet, Unknown) else view.key(subnet.vpc)


def _gateway_endpoints(at: At) -> Iterator[_Exit]:
    """For S3, which has gateway endpoints; one costs nothing."""
    vpc, table = at.origin.vpc, at.table
    there = gateway_endpoints(at.view, at.peer)
    for endpoint in there:
        if endpoint.vpc == vpc.id:
            mend = (Change("endpoints", endpoint.id, "tables", table.id, adds=True),)
            yield _Exit(Target.GATEWAY_ENDPOINT, endpoint.id, endpoint.name, mend)
    if at.peer.service == "s3" and at.peer.family == 4 and not there:  # noqa: PLR2004 - the family's name
        new = Endpoint(
            id=f"{vpc.id}/s3",
            name="a new gateway endpoint for s3",
            service="s3",
            kind=EndpointKind.GATEWAY,
            vpc=vpc.id,
            tables=(table.id,),
        )
        yield _Exit(Target.GATEWAY_ENDPOINT, new.id, new.name, (Change("endpoints", new.id, "", new),))
