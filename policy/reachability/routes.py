"""Which route a packet takes: the longest prefix of the table's own routes, the VPC's and its endpoints'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reachability.blocks import Spans, block, common, without
from reachability.model import EndpointKind, Route, Target, Unknown
from reachability.peers import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.model import Endpoint, RouteTable, Vpc
    from reachability.peers import Peer
    from reachability.view import View

# A prefix list of AWS's own has longer prefixes than those by which anybody routes the same addresses.
_LISTED = 1000
# EC2 takes a VPC's blocks from these lengths on ("VPC CIDR blocks", VPC user guide): of one that is not known yet.
_SHORTEST = {4: 16, 6: 44}
# What a route inside of the VPC's own blocks may lead to ("Route table and subnet priority", VPC user guide).
_MAY_BEAT_LOCAL = {Target.HOST, Target.INTERFACE, Target.FIREWALL, Target.NAT_GATEWAY}


@dataclass(frozen=True)
class Taken:
    """What a table does with packets to a part of the addresses that the other end may have.

    Attributes:
        route: the one that decides; None if none fits.
        doubt: why it is not known whether it is so; with no route, nothing is known.
    """

    route: Route | None
    doubt: Unknown | None = None


@dataclass(frozen=True)
class _Fit:
    route: Route
    prefix: int
    spans: Spans
    doubt: Unknown | None = None


def taken(view: View, table: RouteTable, vpc: Vpc, peer: Peer) -> tuple[Taken, ...]:
    """What packets meet: a route for each part of the addresses, and each that may be there or fit."""
    return view.once(("taken", table.id, peer), lambda: tuple(_taken(view, table, vpc, peer)))


def _taken(view: View, table: RouteTable, vpc: Vpc, peer: Peer) -> Iterator[Taken]:
    fits = [*_local(vpc, peer), *_implied(view, table, peer)]
    fits += [fit for route in table.routes for fit in _fits(view, route, peer)]
    left, routes = peer.spans, list[Route | None]()
    # Of two routes with one prefix the table's own comes first: EC2 lets the local route be replaced.
    for fit in sorted(fits, key=lambda one: (one.prefix, one.route.kind is not Target.LOCAL), reverse=True):
        if fit.doubt is None and (met := common(left, fit.spans)):
            if peer.counted(met):
                routes.append(fit.route)
            left = without(left, met)
    left = peer.counted(left)
    yield from map(Taken, dict.fromkeys([*routes, None] if left or not routes else routes))
    is_local = not left and all(route is not None and route.kind is Target.LOCAL for route in routes)
    for fit in fits:
        if fit.doubt and (not is_local or fit.route.kind in _MAY_BEAT_LOCAL or isinstance(fit.route.kind, Unknown)):
            yield Taken(fit.route, fit.doubt)
    if table.gaps and not is_local:
        yield Taken(None, table.gaps)


def _local(vpc: Vpc, peer: Peer) -> Iterator[_Fit]:
    """The VPC's own routes: whatever its blocks are, they hold what is in it."""
    if peer.vpc == vpc.id:
        lengths = [
            found.prefix
            for cidr in vpc.cidrs
            if (found := block(cidr)) and found.family == peer.family and common(peer.spans, [found.span])
        ]
        local = Route(destination=peer.cidr, kind=Target.LOCAL)
        yield _Fit(local, max(lengths, default=_SHORTEST[peer.family]), peer.spans)


def _implied(view: View, table: RouteTable, peer: Peer) -> Iterator[_Fit]:
    """The routes that gateway endpoints put into the tables that they are associated with."""
    for endpoint in gateway_endpoints(view, peer):
        route = Route(destination=peer.prefix_list, kind=Target.GATEWAY_ENDPOINT, target=endpoint.id)
        if isinstance(endpoint.tables, Unknown):
            yield _Fit(route, _LISTED, peer.spans, endpoint.tables)
            continue
        keys = [view.key(ref) for ref in endpoint.tables]
        if table.id in keys:
            yield _Fit(route, _LISTED, peer.spans)
        elif doubt := next((key for key in keys if isinstance(key, Unknown)), None):
            yield _Fit(route, _LISTED, peer.spans, doubt)


def gateway_endpoints(view: View, peer: Peer) -> list[Endpoint]:
    """The gateway endpoints for a service on the internet. They are for IPv4."""
    if not peer.service or peer.family != 4:  # noqa: PLR2004 - the family's name
        return []
    return view.once(
        ("gateway endpoints", peer.service),
        lambda: [
            one
            for one in view.world.endpoints.values()
            if one.kind is EndpointKind.GATEWAY and one.service == peer.service
        ],
    )


def _fits(view: View, route: Route, peer: Peer) -> Iterator[_Fit]:
    """What a route fits; a prefix list counts by its entries."""
    if route.kind is Target.GATEWAY_ENDPOINT:
        endpoint = view.find(view.world.endpoints, route.target)
        if isinstance(endpoint, Unknown) or endpoint.service == peer.service:
            yield _Fit(route, _LISTED, peer.spans, endpoint if isinstance(endpoint, Unknown) else None)
        return
    destination = view.key(route.destination)
    found = block(destination)
    if found is not None:
        if found.family == peer.family and (met := common(peer.spans, [found.span])):
            yield _Fit(route, found.prefix, met)
        return
    yield from _fits_listed(view, route, destination, peer)


def _fits_listed(view: View, route: Route, destination: str | Unknown, peer: Peer) -> Iterator[_Fit]:
    prefix_list = view.find(view.world.prefix_lists, destination)
    if isinstance(prefix_list, Unknown):
        yield _Fit(route, 0, peer.spans, prefix_list)
    elif prefix_list.service or isinstance(prefix_list.entries, Unknown):
        spans = listed(view, destination, peer)
        if isinstance(spans, Unknown):
            yield _Fit(route, 0, peer.spans, spans)
        elif spans:
            yield _Fit(route, _LISTED, spans)
    else:
        for entry in map(block, prefix_list.entries):
            if entry and entry.family == peer.family and (met := common(peer.spans, [entry.span])):
                yield _Fit(route, entry.prefix, met)
