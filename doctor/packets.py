"""What routes, security groups and network ACLs let through, as AWS describes them. IPv4, which the agent uses.

Where the API does not tell everything, a packet is taken to pass: a cause that is none costs a person more than one
that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from doctor.facts import UnknownError, known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mypy_boto3_ec2.type_defs import (
        InstanceTypeDef,
        IpPermissionOutputTypeDef,
        NetworkAclEntryTypeDef,
        NetworkAclTypeDef,
        RouteTableTypeDef,
        RouteTypeDef,
        SubnetTypeDef,
        VpcEndpointTypeDef,
    )

    from doctor.facts import Network

HTTPS = range(443, 443 + 1)
# Where answers arrive: Linux takes these ports from 32768 up to 60999, Windows from 49152 up to 65535.
ANSWERS = range(32768, 65535 + 1)

_EVERYWHERE = IPv4Network("0.0.0.0/0")
# RFC 1918 and RFC 6598: nothing of AWS's answers there on the internet.
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))


def _public() -> Iterator[IPv4Network]:
    left = [_EVERYWHERE]
    for private in _PRIVATE:
        left = [
            part
            for block in left
            for part in (block.address_exclude(private) if private.subnet_of(block) else (block,))
        ]
    yield from left


PUBLIC = tuple(_public())


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
    groups = known(network.groups)
    # A VPC that is shared shows only the groups of one's own account.
    if any(group_id not in groups for group_id in group_ids):
        return True
    services = _service_lists(known(network.route_tables))
    permissions: list[IpPermissionOutputTypeDef] = [
        one
        for group_id in group_ids
        for one in groups[group_id].get(side, [])  # type: ignore[attr-defined]
    ]
    return any(
        _is_https(one)
        and (
            any(_overlaps(block["CidrIp"], peers) for block in one.get("IpRanges", []))
            or any(pair.get("GroupId") in peer_groups for pair in one.get("UserIdGroupPairs", []))
            or any(listed.get("PrefixListId") not in services for listed in one.get("PrefixListIds", []))
        )
        for one in permissions
    )


def _service_lists(tables: Sequence[RouteTableTypeDef]) -> set[str]:
    """Prefix lists of S3 and DynamoDB: a gateway endpoint puts its own into the routes. Others may hold any address."""
    return {
        route["DestinationPrefixListId"]
        for table in tables
        for route in table.get("Routes", [])
        if "DestinationPrefixListId" in route and route.get("GatewayId", "").startswith("vpce-")
    }


def _is_https(permission: IpPermissionOutputTypeDef) -> bool:
    protocol = permission.get("IpProtocol")
    if protocol == "-1":
        return True
    return protocol == "tcp" and permission.get("FromPort", 0) <= HTTPS[0] <= permission.get("ToPort", 65535)


def acls_let(instance: InstanceTypeDef, network: Network, subnets: Sequence[SubnetTypeDef]) -> bool:
    """Whether network ACLs let https out of the instance's subnet and its answers back in.

    Args:
        instance: the instance.
        network: its VPC.
        subnets: where the endpoint is; empty for the internet.
    """
    acls, own = known(network.acls), instance["SubnetId"]
    mine = _entries(acls, own)
    if not subnets:
        return _asks(mine, PUBLIC)
    address = (address_of(instance),)
    return any(
        # An ACL stands at the subnet's border: nothing filters what stays inside.
        subnet["SubnetId"] == own
        or (_asks(mine, blocks_of([subnet])) and _answers(_entries(acls, subnet["SubnetId"]), address))
        for subnet in subnets
    )


def _entries(acls: Sequence[NetworkAclTypeDef], subnet_id: str) -> list[NetworkAclEntryTypeDef] | None:
    for acl in acls:
        if any(one.get("SubnetId") == subnet_id for one in acl.get("Associations", [])):
            return acl.get("Entries", [])
    return None


def _asks(entries: list[NetworkAclEntryTypeDef] | None, peers: Collection[IPv4Network]) -> bool:
    return _passes(entries, peers, HTTPS, egress=True) and _passes(entries, peers, ANSWERS, egress=False)


def _answers(entries: list[NetworkAclEntryTypeDef] | None, peers: Collection[IPv4Network]) -> bool:
    return _passes(entries, peers, HTTPS, egress=False) and _passes(entries, peers, ANSWERS, egress=True)


def _passes(
    entries: list[NetworkAclEntryTypeDef] | None, peers: Collection[IPv4Network], ports: range, *, egress: bool
) -> bool:
    """Whether any of the packets pass: the entry with the lowest number that fits decides."""
    if entries is None:
        return True
    for entry in sorted(entries, key=lambda one: one["RuleNumber"]):
        if entry["Egress"] != egress or entry.get("Protocol") not in ("-1", "6") or "CidrBlock" not in entry:
            continue
        limits = entry.get("PortRange", {})
        first, last = limits.get("From", 0), limits.get("To", 65535)
        if entry["RuleAction"] == "allow":
            if _overlaps(entry["CidrBlock"], peers) and first <= ports[-1] and ports[0] <= last:
                return True
        elif _holds(entry["CidrBlock"], peers) and first <= ports[0] and ports[-1] <= last:
            return False
    return False


def _overlaps(cidr: str, peers: Collection[IPv4Network]) -> bool:
    return any(_block(cidr).overlaps(peer) for peer in peers)


def _holds(cidr: str, peers: Collection[IPv4Network]) -> bool:
    return all(peer.subnet_of(_block(cidr)) for peer in peers)


def _block(cidr: str) -> IPv4Network:
    return IPv4Network(cidr, strict=False)
