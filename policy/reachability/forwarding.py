"""A packet at the route table of its subnet: what the table does with it, and the ACLs at the subnets' borders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reachability.acls import acl_lets
from reachability.findings import Change
from reachability.model import Target, Unknown
from reachability.peers import HTTPS
from reachability.routes import taken
from reachability.view import main_table_key
from reachability.ways import Way, each

if TYPE_CHECKING:
    from collections.abc import Callable

    from reachability.findings import Mend
    from reachability.model import Route, RouteTable, Subnet
    from reachability.origins import Origin
    from reachability.peers import Peer
    from reachability.routes import Taken
    from reachability.view import View


@dataclass(frozen=True, kw_only=True)
class At:
    """Where a packet is.

    Attributes:
        view: of the world.
        origin: what sent it, or forwards it here.
        table: that of the origin's subnet.
        peer: where it is to go.
    """

    view: View
    origin: Origin
    table: RouteTable
    peer: Peer


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One of the ways that a packet may take at a table.

    Attributes:
        at: where it is.
        taken: the route, and whether it is known that it is taken.
        way: what becomes of the packet there.
    """

    at: At
    taken: Taken
    way: Way


def at_table(view: View, origin: Origin, peer: Peer) -> At | Unknown:
    """A packet at the table of its origin's subnet."""
    table = view.table_of(origin.subnet, origin.vpc)
    return table if isinstance(table, Unknown) else At(view=view, origin=origin, table=table, peer=peer)


def branches(at: At, follow: Callable[[At, Route | None], Way]) -> tuple[Branch, ...]:
    """Each route that the packet may take, with what becomes of it there: one at the least."""
    found = taken(at.view, at.table, at.origin.vpc, at.peer)
    return tuple(Branch(at=at, taken=one, way=_on(at, one, follow)) for one in found)


def by_table(view: View, origin: Origin, peer: Peer, follow: Callable[[At, Route | None], Way]) -> Way:
    """Wherever the subnet's table leads, as far as that is known.

    Args:
        view: of the world.
        origin: what sends the packet.
        peer: where it is to go.
        follow: what becomes of it on a route; None is that there is none.
    """
    at = at_table(view, origin, peer)
    if isinstance(at, Unknown):
        return Way((at,))
    found = branches(at, follow)
    which = Unknown(peer.which, f"{at.table.name} leads a part of them another way")
    way = each([one.way for one in found if one.taken.doubt is None], which)
    for one in found:
        if one.taken.doubt is not None:
            way = each([way, one.way], one.taken.doubt)
    return way


def _on(at: At, one: Taken, follow: Callable[[At, Route | None], Way]) -> Way:
    route = one.route
    if route is None:
        return follow(at, None) if one.doubt is None else Way((one.doubt,))
    if isinstance(route.kind, Unknown):
        return Way((route.kind,))
    if isinstance(route.blackhole, Unknown):
        return follow(at, replace(route, blackhole=False)).then(Way((route.blackhole,)))
    return follow(at, route)


def borders(at: At, far: Subnet | None) -> Way:
    """Through the ACLs of both subnets and back. One stands at a subnet's border: nothing filters what stays inside."""
    if far is not None and far.id == at.origin.subnet.id:
        return Way()
    view, peer, origin = at.view, at.peer, at.origin
    near, answers = origin.subnet, origin.answers
    there = [acl_lets(view, near, peer, egress=True, ports=HTTPS)]
    back = [acl_lets(view, near, peer, egress=False, ports=answers, answer=True)]
    if far is not None:
        there.append(acl_lets(view, far, origin.peer, egress=False, ports=HTTPS))
        back.insert(0, acl_lets(view, far, origin.peer, egress=True, ports=answers, answer=True))
    return Way(tuple(there), tuple(back))


def rerouted(table: RouteTable, route: Route) -> Mend:
    """One more route in a table, in the place of one to the same destination."""
    made = (Change("tables", table.id, "", table),) if table.id == main_table_key(table.vpc) else ()
    return (*made, Change("tables", table.id, "routes", route, adds=True))


def unseen(at: At, route: Route) -> Unknown:
    """What the world does not tell of a route's target."""
    key = at.view.key(route.target)
    kind = route.kind.value if isinstance(route.kind, Target) else route.kind.what
    if isinstance(key, Unknown):
        return Unknown(f"what a {kind} does with packets for {at.peer.name}", key.source or key.what)
    host = at.view.world.hosts.get(key)
    name = host.name if host else at.view.world.elsewhere.get(key, key)
    return Unknown(f"what the {kind} {name} does with packets for {at.peer.name}", "it is beyond what was read")


def shown(at: At, route: Route) -> str:
    """What a route's destination is called."""
    key = at.view.key(route.destination)
    if isinstance(key, Unknown):
        return key.what
    listed = at.view.world.prefix_lists.get(key)
    return listed.name if listed else key or at.peer.name
