"""What is there beside a stack: a snapshot of a VPC, in the words of the stack, joined with what the stack says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from reachability.model import Group, NetworkAcl, OneOf, RouteTable, Subnet, Thing, Unknown, Vpc, World, Zone
from ssm_guard.config_error import ConfigError
from ssm_guard.reach import endpoints, network, types

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ssm_guard.stack import Stack

# What may be in a snapshot and be the stack's too, under the id that AWS gave it; and where a resource that adopts what
# is there names that.
_ID = dict.fromkeys(
    (
        *(*types.VPCS, *types.SUBNETS, *types.TABLES, *types.ACLS, *types.GROUPS, types.ENDPOINT, types.NAT_GATEWAY),
        *(types.INTERNET_GATEWAY, types.EGRESS_ONLY, types.PEERING, types.PREFIX_LIST, types.ZONE),
    ),
    "id",
)
_ADOPTED = {types.DEFAULT_TABLE: "defaultRouteTableId", types.DEFAULT_ACL: "defaultNetworkAclId"}

SEVERAL_REGIONS = Unknown("the Region", "the stack names several")


def is_named(stack: Stack, world: World, snapshot: World) -> bool:
    """Whether a stack, whose world this is without the snapshot, has or names anything of it."""
    keys = {key for _, part in _parts(snapshot) for key in part}
    return not keys.isdisjoint(_ours(stack)) or _renamed(world, dict.fromkeys(keys, "")) != world


def in_words_of(stack: Stack, snapshot: World, deleted: Collection[str] = ()) -> World:
    """The snapshot with the stack's names for what is the stack's, and with what the stack changes of the rest.

    Args:
        stack: all its resources.
        snapshot: by AWS's ids.
        deleted: the ids of what an update takes away.
    """
    ours = _ours(stack)
    adopted = {one.urn for one in stack.of((types.DEFAULT_VPC, types.DEFAULT_SUBNET))}
    gone = {*deleted, *ours.values()} - adopted
    parts: dict[str, Any] = {
        name: {key: thing for key, thing in part.items() if key not in gone}
        for name, part in _parts(_renamed(snapshot, ours))
    }
    parts["vpcs"] = network.amended_vpcs(stack, parts["vpcs"])
    parts["subnets"] = network.amended_subnets(stack, parts["subnets"])
    parts["endpoints"] = endpoints.amended(stack, parts["endpoints"])
    return replace(snapshot, **parts)


def _parts(world: World) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All that a world has by key."""
    for one in fields(World):
        part = getattr(world, one.name)
        if isinstance(part, Mapping):
            yield one.name, part


def _ours(stack: Stack) -> dict[str, str]:
    """The URN of each resource that a snapshot may have too, by its id."""
    found = {}
    for keys in (_ID, _ADOPTED):
        for resource in stack.of(keys):
            value = stack.properties(resource)[keys[stack.token(resource)]].value
            if isinstance(value, str):
                found[value] = resource.urn
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of a world
    """The same with other names for some keys, wherever they stand; what a message calls a thing stays."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, tuple):
        return tuple(_renamed(one, names) for one in value)
    if isinstance(value, Mapping):
        return {_renamed(key, names): _renamed(one, names) for key, one in value.items()}
    if not is_dataclass(value) or isinstance(value, type | Unknown):
        return value
    kept = ("name",) if isinstance(value, Thing) else ("what", "source") if isinstance(value, OneOf) else ()
    return replace(value, **{key: _renamed(one, names) for key, one in vars(value).items() if key not in kept})


def beside(world: World, there: World) -> World:
    """The world of a stack with what is there beside it.

    Where both have something under one key, it is what is there and the stack adds to: a security group that gets a
    rule of the stack's, a table that gets a route.

    Raises:
        ConfigError: the two are in different Regions.
    """
    regions = (world.region, there.region)
    if all(isinstance(one, str) for one in regions) and world.region != there.region:
        raise ConfigError(f"it is of a VPC in {there.region}, and the stack is in {world.region}")
    zones = {key: zone for key, zone in there.zones.items() if not _is_ours(zone, world)}
    others = dict(_parts(replace(there, zones=zones)))
    parts: dict[str, Any] = {
        name: {
            **others[name],
            **ours,
            **{key: _united(ours[key], others[name][key]) for key in ours if key in others[name]},
        }
        for name, ours in _parts(world)
    }
    known = world.region if isinstance(world.region, str) or world.region == SEVERAL_REGIONS else there.region
    return replace(world, region=known, **parts)


def _is_ours(zone: Zone, world: World) -> bool:
    """Two zones of one name can't answer in one VPC: the stack has its own in the other's place."""
    return any(own.domain == zone.domain and {*own.vpcs} & {*zone.vpcs} for own in world.zones.values())


def _united(ours: Any, there: Any) -> Any:  # noqa: ANN401 - two things of one kind
    """What is there, and what the stack adds to it."""
    if isinstance(there, Group):
        return replace(there, ingress=(*there.ingress, *ours.ingress), egress=(*there.egress, *ours.egress))
    if isinstance(there, RouteTable):
        new = {route.destination for route in ours.routes}
        kept = (route for route in there.routes if route.destination not in new)
        return replace(there, routes=(*kept, *ours.routes))
    if isinstance(there, NetworkAcl):
        numbers = {(entry.number, entry.egress) for entry in ours.entries}
        before = (entry for entry in there.entries if (entry.number, entry.egress) not in numbers)
        return replace(there, entries=(*before, *ours.entries))
    if isinstance(there, Zone):
        new_ones = (replace(one, name=endpoints.full_name(one.name, there.domain)) for one in ours.records)
        return replace(there, vpcs=(*there.vpcs, *ours.vpcs), records=(*there.records, *new_ones))
    if isinstance(there, Subnet):
        return replace(there, maps_public_ip=ours.maps_public_ip)
    return there if isinstance(there, Vpc) else ours
