"""What routes, security groups and network ACLs let through, as AWS describes them. IPv4, which the agent uses.

Where the API does not tell everything, a packet is taken to pass: a cause that is none costs a person more than one
that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import TYPE_CHECKING

from doctor.facts import UnknownError, known
from doctor.world import network_of, subnet_of
from reachability import acls, blocks, groups
from reachability.findings import Link
from reachability.peers import HTTPS, Peer
from reachability.view import View

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mypy_boto3_ec2.type_defs import (
        InstanceTypeDef,
        RouteTableTypeDef,
        RouteTypeDef,
        SubnetTypeDef,
        VpcEndpointTypeDef,
    )

    from doctor.facts import Network

# Where answers arrive: Linux takes these ports from 32768 up to 60999, Windows from 49152 up to 65535.
ANSWERS = (32768, 65535)

# No service of AWS's answers elsewhere on the internet.
PUBLIC = tuple(
    block for low, high in blocks.PUBLIC[4] for block in summarize_address_range(IPv4Address(low), IPv4Address(high))
)


class Exit(Enum):
    """What becomes of a packet for the internet. The order is that of preference where there are several routes."""

    OPEN = "open"
    UNSEEN = "unseen"
    NO_PUBLIC_ADDRESS = "no-public-address"
    NAT_NOT_AVAILABLE = "nat-not-available"
    NAT_WITHOUT_INTERNET = "nat-without-internet"
    BLACKHOLE = "blackhole"
    NO_ROUTE = "no-route"


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """Where a subnet's packets for the internet go.

    Attributes:
        exit: what becomes of them there.
        target: the gateway that the route names; the route table's id if there is no route.
    """

    exit: Exit
    target: str


def way_out(instance: InstanceTypeDef, network: Network) -> WayOut:
    """The best of the instance's ways to the internet.

    Raises:
        UnknownError: routes or NAT gateways could not be asked, or there is no IPv4 address.
    """
    address_of(instance)
    table = table_of(known(network.route_tables), instance["SubnetId"])
    found = [
        WayOut(exit=_follow(route, target, instance, network), target=target)
        for route in table.get("Routes", [])
        if (target := _gateway(route))
    ]
    order = list(Exit)
    none = WayOut(exit=Exit.NO_ROUTE, target=table.get("RouteTableId", "the route table"))
    return min(found, key=lambda way: order.index(way.exit), default=none)


def address_of(instance: InstanceTypeDef) -> IPv4Network:
    """The instance's private IPv4 address.

    Raises:
        UnknownError: it has none: it is in a subnet for IPv6 alone.
    """
    if "PrivateIpAddress" not in instance:
        raise UnknownError("the instance has no IPv4 address, and only IPv4 is followed")
    return IPv4Network(instance["PrivateIpAddress"])


def table_of(tables: Sequence[RouteTableTypeDef], subnet_id: str) -> RouteTableTypeDef:
    """The table that the subnet is associated with, else the VPC's main one."""
    main: RouteTableTypeDef = {}
    for table in tables:
        for association in table.get("Associations", []):
            if association.get("SubnetId") == subnet_id:
                return table
            if association.get("Main"):
                main = table
    return main


# The keys of a route that name its target; for gateways, `GatewayId` has several kinds (EC2 API reference, Route).
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def _gateway(route: RouteTypeDef) -> str:
    """What a route leads to; empty if it stays in the VPC, is not for IPv4, or is a gateway endpoint's own."""
    target = next((str(route[key]) for key in _TARGETS if key in route), "")  # type: ignore[literal-required]
    of_endpoint = target.startswith("vpce-") and "DestinationPrefixListId" in route
    if target == "local" or of_endpoint or "DestinationIpv6CidrBlock" in route:
        return ""
    return target


def _follow(route: RouteTypeDef, target: str, instance: InstanceTypeDef, network: Network) -> Exit:
    if route.get("State") == "blackhole":
        return Exit.BLACKHOLE
    if target.startswith("igw-"):
        return Exit.OPEN if instance.get("PublicIpAddress") else Exit.NO_PUBLIC_ADDRESS
    if target.startswith("nat-"):
        return _through_nat(target, network)
    return Exit.UNSEEN


def _through_nat(target: str, network: Network) -> Exit:
    nat = known(network.nat_gateways).get(target, {})
    if nat.get("State", "available") != "available":
        return Exit.NAT_NOT_AVAILABLE
    if nat.get("ConnectivityType") == "private":
        return Exit.UNSEEN
    # A regional NAT gateway is in no subnet, and has a route to the internet gateway of its own.
    if "SubnetId" not in nat:
        return Exit.OPEN
    table = table_of(known(network.route_tables), nat["SubnetId"])
    leads_out = any(
        _gateway(route).startswith("igw-") and route.get("State") != "blackhole" for route in table.get("Routes", [])
    )
    return Exit.OPEN if leads_out else Exit.NAT_WITHOUT_INTERNET


def subnets_of(endpoint: VpcEndpointTypeDef, network: Network) -> list[SubnetTypeDef]:
    """The endpoint's subnets, as far as the VPC's description has them."""
    subnets = known(network.subnets)
    return [subnets[one] for one in endpoint.get("SubnetIds", []) if one in subnets]


def blocks_of(subnets: Iterable[SubnetTypeDef]) -> tuple[IPv4Network, ...]:
    """The subnets' IPv4 addresses; one for IPv6 alone has none."""
    return tuple(IPv4Network(one["CidrBlock"]) for one in subnets if one.get("CidrBlock"))


def groups_let(
    side: str,
    group_ids: Sequence[str],
    network: Network,
    *,
    peers: Collection[IPv4Network],
    peer_groups: Collection[str],
) -> bool:
    """Whether security groups let https pass between their members and any of the peers.

    Args:
        side: `IpPermissions`, into the members, or `IpPermissionsEgress`, out of them.
        group_ids: the groups; a packet passes if one of them lets it.
        network: the VPC.
        peers: addresses at the other end.
        peer_groups: security groups at the other end.
    """
    # A VPC that is shared shows only the groups of one's own account.
    if any(group_id not in known(network.groups) for group_id in group_ids):
        return True
    known(network.route_tables)
    world = network_of(network)
    peer = _peer(peers, peer_groups)
    step = groups.groups_let(
        View(world), world.vpcs[network.vpc_id], (*group_ids,), peer, egress=side == "IpPermissionsEgress"
    )
    return not isinstance(step, Link)


def _peer(addresses: Iterable[IPv4Network], group_ids: Collection[str] = ()) -> Peer:
    """The other end, as the model knows it."""
    return Peer(
        name="",
        family=4,
        spans=blocks.spans_of(map(str, addresses), 4),
        cidr="",
        groups=(*group_ids,),
    )


def acls_let(instance: InstanceTypeDef, network: Network, subnets: Sequence[SubnetTypeDef]) -> bool:
    """Whether network ACLs let https out of the instance's subnet and its answers back in.

    Args:
        instance: the instance.
        network: its VPC.
        subnets: where the endpoint is; empty for the internet.
    """
    known(network.acls)
    view, own = View(network_of(network)), instance["SubnetId"]
    if not subnets:
        return _asks(view, network, own, PUBLIC)
    address = (address_of(instance),)
    return any(
        # An ACL stands at the subnet's border: nothing filters what stays inside.
        subnet["SubnetId"] == own
        or (_asks(view, network, own, blocks_of([subnet])) and _answers(view, network, subnet["SubnetId"], address))
        for subnet in subnets
    )


def _asks(view: View, network: Network, subnet_id: str, peers: Iterable[IPv4Network]) -> bool:
    return _passes(view, network, subnet_id, peers, out=HTTPS, into=ANSWERS)


def _answers(view: View, network: Network, subnet_id: str, peers: Iterable[IPv4Network]) -> bool:
    return _passes(view, network, subnet_id, peers, out=ANSWERS, into=HTTPS)


def _passes(
    view: View,
    network: Network,
    subnet_id: str,
    peers: Iterable[IPv4Network],
    *,
    out: tuple[int, int],
    into: tuple[int, int],
) -> bool:
    """Whether any of the packets pass, in both directions."""
    subnet, peer = subnet_of(network, subnet_id), _peer(peers)
    steps = (
        acls.acl_lets(view, subnet, peer, egress=True, ports=out),
        acls.acl_lets(view, subnet, peer, egress=False, ports=into),
    )
    return not any(isinstance(step, Link) for step in steps)
