"""Route tables of a stack: inline routes united with those that are resources."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reachability.model import Route, RouteTable, Target, Unknown
from reachability.view import main_table_key
from ssm_guard.reach import types
from ssm_guard.reach.look import Look, looks, perhaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reachability.model import Ref
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack


def own_table(stack: Stack, table: Ref) -> Ref:
    """A VPC stands for its main table, which the program takes from it, or the resource that has adopted that."""
    vpc = vpc_behind(stack, table, "mainRouteTableId")
    return adopted(stack, types.DEFAULT_TABLE, "defaultRouteTableId").get(vpc, main_table_key(vpc)) if vpc else table


def vpc_behind(stack: Stack, ref: Ref | None, key: str) -> str:
    """The VPC that is named in place of what it comes with, or whose own thing has this id; empty for what is none."""
    owner = (stack.at(ref) or stack.having(types.VPCS[:1], key).get(ref)) if isinstance(ref, str) else None
    return owner.urn if owner and stack.token(owner) in types.VPCS else ""


def adopted(stack: Stack, token: str, key: str) -> dict[str, str]:
    """What a VPC comes with, where a resource has adopted it: `key` names the thing, and it comes from the VPC."""
    pairs = ((vpc_of_default(stack, one, key), one.urn) for one in looks(stack, [token]))
    return {vpc: urn for vpc, urn in pairs if isinstance(vpc, str)}


NOT_MADE = "the stack does not make this VPC"


def is_adopted(stack: Stack, vpc: str) -> bool:
    """Whether a VPC is the account's default one, in which anything may stand."""
    owner = stack.at(vpc)
    return owner is not None and stack.token(owner) == types.DEFAULT_VPC


def vpc_of_default(stack: Stack, one: Look, key: str) -> Ref | None:
    """The VPC whose own table, group or ACL a resource adopts; `key` names that thing in both."""
    value = one[key].value
    if isinstance(value, str):
        for vpc in looks(stack, types.VPCS):
            if vpc[key].value == value:
                return vpc.urn
    return one.ref(one[key], types.VPCS) or one.ref(one["vpcId"], types.VPCS)


def tables(stack: Stack) -> Iterator[RouteTable]:
    """The tables with their routes, inline and as resources; the main ones too that only routes name."""
    apart: dict[str, list[Route]] = defaultdict(list)
    doubts: dict[str, Unknown] = {}
    for one in looks(stack, [types.ROUTE]):
        ref = one.ref(one["routeTableId"], (*types.TABLES, *types.VPCS))
        route = _route(one, {key: one[key] for key in (*_DESTINATIONS, *_TARGETS)})
        if isinstance(ref, str):
            apart[str(own_table(stack, ref))].append(route)
        else:
            doubts |= dict.fromkeys(perhaps(stack, ref, types.TABLES), one.unknown(one["routeTableId"]))
    for table in looks(stack, types.TABLES):
        routes = table["routes"]
        gaps = doubts.get(table.urn)
        inline = []
        for item in routes.each() if table.is_written(routes) else ():
            if isinstance(item.value, dict):
                nodes = {key: item[_INLINE.get(key, key)] for key in (*_DESTINATIONS, *_TARGETS)}
                inline.append(_route(table, nodes))
            else:
                gaps = table.unknown(item)
        if table.texts(table["propagatingVgws"]):
            gaps = Unknown(f"the routes that {table.label} learns", "a virtual private gateway propagates them")
        yield RouteTable(
            id=table.urn,
            name=table.label,
            vpc=table.ref(table["vpcId"], types.VPCS) or vpc_of_default(stack, table, "defaultRouteTableId") or "",
            routes=(*inline, *_missing(inline, apart.pop(table.urn, []))),
            gaps=gaps,
        )
    yield from _unmanaged(stack, apart)


def _missing(inline: list[Route], apart: list[Route]) -> Iterator[Route]:
    """The routes of their own that the table's outputs don't repeat: a refresh shows each of them in both."""
    destinations = {route.destination for route in inline}
    return (route for route in apart if route.destination not in destinations)


def _unmanaged(stack: Stack, apart: Mapping[str, list[Route]]) -> Iterator[RouteTable]:
    """Tables that the stack adds routes to and that are no resources of it: a VPC's main one, or another stack's."""
    main = {main_table_key(vpc.urn): vpc for vpc in looks(stack, types.VPCS)}
    for key, routes in apart.items():
        vpc = main.get(key)
        if vpc:
            name = f"the main route table of {vpc.label}"
            gaps = Unknown(f"the other routes of {name}", NOT_MADE) if is_adopted(stack, vpc.urn) else None
            yield RouteTable(id=key, name=name, vpc=vpc.urn, routes=tuple(routes), gaps=gaps)
        else:
            gaps = Unknown(f"the other routes of {key}", "the stack does not make this table")
            yield RouteTable(id=key, name=key, vpc=Unknown(f"the VPC of {key}"), routes=tuple(routes), gaps=gaps)


_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
# What a route leads to, by the property that names it; a text that begins with vgw- under `gatewayId` is another kind.
_TARGETS: Mapping[str, tuple[Target, tuple[str, ...]]] = {
    "gatewayId": (Target.INTERNET_GATEWAY, (types.INTERNET_GATEWAY,)),
    "natGatewayId": (Target.NAT_GATEWAY, (types.NAT_GATEWAY,)),
    "egressOnlyGatewayId": (Target.EGRESS_ONLY_GATEWAY, (types.EGRESS_ONLY,)),
    "networkInterfaceId": (Target.HOST, types.INSTANCES),
    "vpcPeeringConnectionId": (Target.PEERING, (types.PEERING,)),
    "transitGatewayId": (Target.TRANSIT_GATEWAY, ()),
    "vpcEndpointId": (Target.FIREWALL, ()),
    "localGatewayId": (Target.LOCAL_GATEWAY, ()),
    "carrierGatewayId": (Target.CARRIER_GATEWAY, ()),
    "coreNetworkArn": (Target.CORE_NETWORK, ()),
}
# A route within a table has other names for its destinations.
_INLINE = {"destinationCidrBlock": "cidrBlock", "destinationIpv6CidrBlock": "ipv6CidrBlock"}
_VPN_GATEWAYS = ("aws:ec2/vpnGateway:VpnGateway",)


def _route(owner: Look, nodes: Mapping[str, Node]) -> Route:
    destination: Ref = next(
        (owner.text(nodes[key]) for key in _DESTINATIONS[:2] if owner.is_written(nodes[key])), ""
    ) or (
        owner.ref(nodes["destinationPrefixListId"], (types.PREFIX_LIST, types.ENDPOINT))
        or Unknown(f"where a route of {owner.label} leads to")
    )
    blackhole = owner["state"].value == "blackhole"
    for key in _TARGETS:
        node = nodes[key]
        if owner.is_written(node):
            kind, target = _target(owner, key, node)
            return Route(destination=destination, kind=kind, target=target, blackhole=blackhole)
    nowhere = Unknown(f"what a route of {owner.label} leads to", "the program does not say")
    return Route(destination=destination, kind=nowhere, blackhole=blackhole)


def _target(owner: Look, key: str, node: Node) -> tuple[Target, Ref]:
    """What a route leads to: its kind, and which one."""
    kind, of = _TARGETS[key]
    value = node.value if isinstance(node.value, str) else ""
    if kind is Target.INTERNET_GATEWAY and value == "local":
        return Target.LOCAL, ""
    if kind is Target.INTERNET_GATEWAY and (value.startswith("vgw-") or owner.may_be(node, _VPN_GATEWAYS)):
        return Target.VPN_GATEWAY, owner.named(node)
    if kind is Target.HOST and not owner.may_be(node, of):
        hosts = _hosts_of_interface(owner, node)
        return (Target.HOST, hosts[0]) if len(hosts) == 1 else (Target.INTERFACE, owner.named(node))
    return kind, (owner.ref(node, of) if of else owner.named(node)) or ""


def _hosts_of_interface(owner: Look, node: Node) -> list[str]:
    """The instances whose first interface a route leads to: by the interface's resource, or by its id."""
    stack = owner.stack
    named = {one.urn for one in stack.targets(owner.resource, node, [types.INTERFACE])}
    found = []
    for host in looks(stack, types.INSTANCES):
        own = host["primaryNetworkInterfaceId"].value
        attached = [host["primaryNetworkInterface"]["networkInterfaceId"]]
        attached += [one["networkInterfaceId"] for one in host["networkInterfaces"].each()]
        through = {one.urn for where in attached for one in stack.targets(host.resource, where, [types.INTERFACE])}
        if (isinstance(node.value, str) and own == node.value) or (named & through):
            found.append(host.urn)
    return found
