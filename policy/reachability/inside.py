"""The way of a packet to a private address in this VPC or a peered one, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reachability.findings import Change
from reachability.forwarding import At, borders, by_table, rerouted, unseen
from reachability.model import Route, Target, Unknown
from reachability.origins import Origin
from reachability.peers import HTTPS
from reachability.ways import Way, hop, link

if TYPE_CHECKING:
    from reachability.findings import Mend
    from reachability.model import Subnet, Vpc
    from reachability.peers import Peer
    from reachability.view import View

# Private addresses are none on the internet, and no gateway leads to them.
_NO_WAY_IN = {Target.INTERNET_GATEWAY, Target.EGRESS_ONLY_GATEWAY, Target.NAT_GATEWAY, Target.GATEWAY_ENDPOINT}


def inside(view: View, origin: Origin, subnet: Subnet, vpc: Vpc, peer: Peer) -> Way:
    """To an address in a subnet, and back.

    Args:
        view: of the world.
        origin: what sends the packet.
        subnet: where it is to go.
        vpc: where that is.
        peer: the address there.
    """

    def follow(at: At, route: Route | None) -> Way:
        return _route(at, route).then(borders(at, subnet))

    end = Origin(
        things="subnets",
        key=subnet.id,
        name=subnet.name,
        vpc=vpc,
        subnet=subnet,
        peer=peer,
        answers=HTTPS,
        public=False,
        to_be_public=(),
        role=origin.role,
    )
    back = by_table(view, end, origin.peer, _route)
    return by_table(view, origin, peer, follow).then(Way(back=back.there))


def _route(at: At, route: Route | None) -> Way:
    if route is not None and not route.blackhole:
        if route.kind is Target.LOCAL:
            return Way((hop("route-local", table=at.table.name, peer=at.peer.name),))
        if route.kind is Target.PEERING:
            return _over_peering(at, route)
        if route.kind not in _NO_WAY_IN:
            return Way((unseen(at, route),))
    if route is not None and route.blackhole:
        # In its own VPC the local route leads there, once nothing comes before it.
        local = rerouted(at.table, Route(destination=route.destination, kind=Target.LOCAL))
        mend = local if at.peer.vpc == at.origin.vpc.id else _by_peering(at)
        return Way((link("blackhole-inside", mend, table=at.table.name, peer=at.peer.name),))
    return _none(at)


def _none(at: At) -> Way:
    return Way((link("no-route-inside", _by_peering(at), table=at.table.name, peer=at.peer.name),))


def _over_peering(at: At, route: Route) -> Way:
    peering = at.view.find(at.view.world.peerings, route.target)
    if isinstance(peering, Unknown):
        return Way((peering,))
    ends = [at.view.key(ref) for ref in peering.vpcs]
    if unknown := next((one for one in ends if isinstance(one, Unknown)), None):
        return Way((Unknown(f"what is beyond {peering.name}", unknown.source or unknown.what),))
    if {at.origin.vpc.id, at.peer.vpc} != set(ends):
        return _none(at)
    if isinstance(peering.active, Unknown):
        return Way((peering.active,))
    if not peering.active:
        mend = (Change("peerings", peering.id, "active", True),)  # noqa: FBT003 - the value
        return Way((link("peering-not-active", mend, peering=peering.name),))
    return Way((hop("route-peering", table=at.table.name, peering=peering.name, peer=at.peer.name),))


def _by_peering(at: At) -> Mend:
    """A route over the peering of the two VPCs, if there is one."""
    for one in at.view.world.peerings.values():
        if {at.origin.vpc.id, at.peer.vpc} == set(one.vpcs):
            return rerouted(at.table, Route(destination=at.peer.cidr, kind=Target.PEERING, target=one.id))
    return ()
