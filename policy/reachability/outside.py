"""The way of a packet to a service on the internet, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reachability.endpoint_policies import endpoint_works, role_of
from reachability.findings import Change
from reachability.forwarding import At, at_table, borders, branches, by_table, shown, unseen
from reachability.groups import groups_let
from reachability.model import PublicAccess, Target, Unknown
from reachability.origins import NAT_ANSWERS, Origin, host_origin, subnet_peer
from reachability.reroute import reroute
from reachability.ways import Way, hop, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.forwarding import Branch
    from reachability.model import Host, InternetGateway, NatGateway, Route, Subnet
    from reachability.peers import Peer
    from reachability.view import View
    from reachability.ways import Step


def outside(view: View, origin: Origin, peer: Peer) -> Way:
    """To a service on the internet, and back."""
    return by_table(view, origin, peer, _out)


def exits(view: View, host: Host, peer: Peer) -> tuple[Branch, ...]:
    """Each route by which a host's packets may leave its subnet for a peer outside of the VPC.

    Empty if its subnet or the table of that is not known.
    """
    origin = host_origin(view, host, peer.family, role=role_of(view, host))
    at = origin if isinstance(origin, Unknown) else at_table(view, origin, peer)
    return () if isinstance(at, Unknown) else branches(at, _out)


def _out(at: At, route: Route | None) -> Way:
    if route is None:
        return reroute(at, "no-route", None, _out)
    if route.blackhole:
        return reroute(at, "blackhole-route", route, _out)
    if route.kind is Target.PEERING:
        return reroute(at, "route-to-peering", route, _out)
    gateway = _GATEWAYS.get(route.kind) if isinstance(route.kind, Target) else None
    return Way((unseen(at, route),)) if gateway is None else gateway(at, route)


def _by_internet_gateway(at: At, route: Route) -> Way:
    view, origin, peer = at.view, at.origin, at.peer
    gateway = view.find(view.world.internet_gateways, route.target)
    if isinstance(gateway, Unknown):
        return Way((gateway,))
    steps: list[Step] = [hop("route", table=at.table.name, destination=shown(at, route), gateway=gateway.name)]
    steps += _attached(view, "internet_gateways", gateway, origin)
    steps += origin.lacks
    if origin.public is not True:
        lacks = link("no-public-address", origin.to_be_public, host=origin.name, gateway=gateway.name)
        steps.append(origin.public if isinstance(origin.public, Unknown) else lacks)
    through_nat = origin.forwards and not origin.peer.groups
    steps += _unblocked(origin.subnet, gateway.name, outward=through_nat)
    return Way(tuple(steps)).then(borders(at, None), _arrives(peer))


def _by_egress_only_gateway(at: At, route: Route) -> Way:
    view, origin, peer = at.view, at.origin, at.peer
    gateway = view.find(view.world.egress_only_gateways, route.target)
    if isinstance(gateway, Unknown):
        return Way((gateway,))
    steps = (
        hop("route", table=at.table.name, destination=shown(at, route), gateway=gateway.name),
        *_attached(view, "egress_only_gateways", gateway, origin),
        *_unblocked(origin.subnet, gateway.name, outward=True),
    )
    return Way(steps).then(borders(at, None), _arrives(peer))


def _attached(view: View, things: str, gateway: InternetGateway, origin: Origin) -> Iterator[Step]:
    key = None if gateway.vpc is None else view.key(gateway.vpc)
    if isinstance(key, Unknown):
        yield key
    elif key != origin.vpc.id:
        mend = (Change(things, gateway.id, "vpc", origin.vpc.id),)
        yield link("gateway-detached", mend, gateway=gateway.name, vpc=origin.vpc.name)


def _unblocked(subnet: Subnet, gateway: str, *, outward: bool) -> Iterator[Step]:
    """VPC Block Public Access: one of its modes leaves alone what comes from inside through a gateway of that kind."""
    if subnet.public_access is PublicAccess.CLOSED or (subnet.public_access is PublicAccess.NAT_ONLY and not outward):
        mend = (Change("subnets", subnet.id, "public_access", PublicAccess.OPEN),)
        yield link("public-access-blocked", mend, gateway=gateway, subnet=subnet.name, mode=subnet.public_access.value)


def _arrives(peer: Peer) -> Way:
    return Way((hop("arrives", service=peer.service),))


def _by_nat_gateway(at: At, route: Route) -> Way:
    view, origin, peer = at.view, at.origin, at.peer
    nat = view.find(view.world.nat_gateways, route.target)
    if isinstance(nat, Unknown):
        return Way((nat,))
    if peer.family != 4:  # noqa: PLR2004 - the family's name
        return Way((Unknown(f"what {nat.name} does with IPv6", "NAT64 is not followed"),))
    if nat.id in origin.passed:
        return reroute(at, "nat-without-internet", route, _out)
    steps: list[Step] = [hop("route", table=at.table.name, destination=shown(at, route), gateway=nat.name)]
    steps += _has(nat, "available", "nat-not-available")
    lacks = (*_has(nat, "public", "nat-private"), *_has(nat, "has_address", "nat-without-address"))
    way = Way(tuple(steps))
    if nat.subnet is None:
        blocked = Way((*lacks, *_unblocked(origin.subnet, nat.name, outward=True)))
        return way.then(blocked, borders(at, None), _arrives(peer))
    subnet = view.find(view.world.subnets, nat.subnet)
    if isinstance(subnet, Unknown):
        return way.then(Way((subnet,)))
    further = Origin(
        things="nat_gateways",
        key=nat.id,
        name=nat.name,
        vpc=origin.vpc,
        subnet=subnet,
        peer=subnet_peer(subnet, origin.vpc, peer.family),
        answers=NAT_ANSWERS,
        public=True,
        to_be_public=(),
        # To a gateway endpoint or a transit gateway a private one leads as well as any.
        lacks=lacks,
        role=origin.role,
        before=origin,
        passed=origin.passed | {nat.id, at.table.id, origin.subnet.id},
    )
    onward = view.once(("onward", further.passed, nat.id, peer, origin.role.id), lambda: outside(view, further, peer))
    return way.then(borders(at, subnet), onward)


def _has(nat: NatGateway, attribute: str, cause: str) -> Iterator[Step]:
    value = getattr(nat, attribute)
    if isinstance(value, Unknown):
        yield value
    elif not value:
        yield link(cause, (Change("nat_gateways", nat.id, attribute, True),), nat=nat.name)  # noqa: FBT003 - the value


def _by_nat_instance(at: At, route: Route) -> Way:
    view, origin, peer = at.view, at.origin, at.peer
    nat = view.find(view.world.hosts, route.target)
    if isinstance(nat, Unknown):
        return Way((nat,))
    if nat.id in origin.passed:
        return reroute(at, "nat-without-internet", route, _out)
    further = host_origin(view, nat, peer.family, role=origin.role)
    if isinstance(further, Unknown):
        return Way((further,))
    passed = origin.passed | {nat.id, at.table.id, origin.subnet.id}
    further = replace(further, before=origin, passed=passed)
    steps: list[Step] = [hop("route", table=at.table.name, destination=shown(at, route), gateway=nat.name)]
    if isinstance(nat.source_dest_check, Unknown):
        steps.append(nat.source_dest_check)
    elif nat.source_dest_check:
        mend = (Change("hosts", nat.id, "source_dest_check", False),)  # noqa: FBT003 - the value
        steps.append(link("source-dest-check", mend, nat=nat.name))
    keys = view.group_keys(nat.groups, further.vpc)
    steps.append(groups_let(view, further.vpc, keys, origin.peer, egress=False))
    steps.append(groups_let(view, further.vpc, keys, peer, egress=True))
    onward = view.once(("onward", further.passed, nat.id, peer, origin.role.id), lambda: outside(view, further, peer))
    return borders(at, further.subnet).then(Way(tuple(steps)), onward)


def _by_gateway_endpoint(at: At, route: Route) -> Way:
    endpoint = at.view.find(at.view.world.endpoints, route.target)
    if isinstance(endpoint, Unknown):
        return Way((endpoint,))
    steps: list[Step] = [hop("route", table=at.table.name, destination=shown(at, route), gateway=endpoint.name)]
    steps += endpoint_works(at.view, endpoint, at.origin.role)
    return Way(tuple(steps)).then(borders(at, None))


_GATEWAYS = {
    Target.INTERNET_GATEWAY: _by_internet_gateway,
    Target.EGRESS_ONLY_GATEWAY: _by_egress_only_gateway,
    Target.NAT_GATEWAY: _by_nat_gateway,
    Target.HOST: _by_nat_instance,
    Target.GATEWAY_ENDPOINT: _by_gateway_endpoint,
}
