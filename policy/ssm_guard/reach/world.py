"""The world of a stack: everything that its resources say, by URN, and what only ids stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from reachability.model import Unknown, World
from ssm_guard.reach import endpoints, hosts, network, roles, routing, rules, types, unread
from ssm_guard.reach.look import Look, looks
from ssm_guard.reach.there import SEVERAL_REGIONS, beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reachability.model import RouteTable, Thing, Vpc
    from ssm_guard.reach.hosts import Started
    from ssm_guard.stack import Stack

_NOTHING = World()
AnyThing = TypeVar("AnyThing", bound="Thing")
_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)[a-z]")


@dataclass(frozen=True)
class Loaded:
    """A world, and who starts each of its hosts."""

    world: World
    started: dict[str, Started]


def load(stack: Stack, there: World = _NOTHING) -> Loaded:
    """The world of a stack.

    Args:
        stack: all its resources.
        there: what is known beside them, in the words of the stack.

    Raises:
        ConfigError: what is there is in another Region.
    """
    subnets = _by_id(network.subnets(stack))
    tables = _by_id(routing.tables(stack))
    homes = {**there.subnets, **subnets}
    started = {one.host.id: one for one in hosts.hosts(stack, homes)}
    own = _by_id(network.vpcs(stack))
    gateways = _by_id(network.internet_gateways(stack))
    egress_only = _by_id(network.egress_only_gateways(stack))
    endpoints_ = _by_id(endpoints.endpoints(stack))
    in_vpc = (subnets, tables, gateways, egress_only, endpoints_)
    foreign = {vpc for things in in_vpc for thing in things.values() if isinstance(vpc := thing.vpc, str) and vpc}
    vpcs: dict[str, Vpc] = {key: network.foreign_vpc(key) for key in sorted(foreign - own.keys())} | own
    # Of a VPC that is shared, its owner takes the snapshot: two accounts are no mistake, as two Regions are.
    account = roles.account_of(stack) or there.account
    world = World(
        region=_region(stack),
        account=account,
        vpcs=vpcs,
        subnets=subnets,
        tables=tables,
        acls=_by_id(rules.acls(stack)),
        groups=_by_id(rules.groups(stack)),
        prefix_lists=_by_id(rules.prefix_lists(stack)),
        internet_gateways=gateways,
        egress_only_gateways=egress_only,
        nat_gateways=_by_id(network.nat_gateways(stack, homes)),
        peerings=_by_id(network.peerings(stack)),
        endpoints=endpoints_,
        zones=_by_id(endpoints.zones(stack)),
        roles=_by_id(roles.roles(stack, account)),
        profiles=_by_id(roles.profiles(stack)),
        hosts={key: one.host for key, one in started.items()},
        elsewhere=_elsewhere(stack, tables.values()),
        default_host_management=roles.default_host_management(stack),
        preferences=roles.preferences(stack),
    )
    # After what is there: of that too the stack's own resources may change what is not known then.
    return Loaded(unread.with_gaps(world if there is _NOTHING else beside(world, there), stack), started)


def _by_id(things: Iterable[AnyThing]) -> dict[str, AnyThing]:
    return {thing.id: thing for thing in things}


def _elsewhere(stack: Stack, tables: Iterable[RouteTable]) -> dict[str, str]:
    targets = {route.target for table in tables for route in table.routes if isinstance(route.target, str)}
    return {key: Look(stack, owner).label if (owner := stack.at(key)) else key for key in targets if key}


def _region(stack: Stack) -> str | Unknown:
    """The Region that zones and services' names tell; a stack of several Regions has none."""
    found = set(_regions(stack))
    if len(found) == 1:
        return found.pop()
    return SEVERAL_REGIONS if found else Unknown("the Region", "no resource of the stack names it")


def _regions(stack: Stack) -> Iterator[str]:
    for one in looks(stack, (*types.SUBNETS, *types.INSTANCES)):
        zone, region = one["availabilityZone"].value, one["region"].value
        if isinstance(region, str) and region:
            yield region
        elif isinstance(zone, str) and (found := _ZONE.match(zone)):
            yield found[1]
    for one in looks(stack, [types.ENDPOINT]):
        name = one["serviceName"].value
        if isinstance(name, str) and (found := endpoints.SERVICE.fullmatch(name)):
            yield found[1]
