"""What routes, security groups and network ACLs let through, as AWS describes them. IPv4, which the agent uses.

Where the API does not tell everything, a packet is taken to pass: a cause that is none costs a person more than one
that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import TYPE_CHECKING

from doctor import endpoints
from doctor.facts import Unknown, UnknownError, known
from doctor.world import host_of, network_of, subnet_of
from reachability import acls, blocks, groups
from reachability.findings import Hop, Link
from reachability.model import Target
from reachability.outside import exits
from reachability.peers import HTTPS, Peer
from reachability.services import service_peer
from reachability.view import View

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mypy_boto3_ec2.type_defs import (
        InstanceTypeDef,
        SubnetTypeDef,
        VpcEndpointTypeDef,
    )

    from doctor.facts import Network
    from reachability.forwarding import Branch
    from reachability.model import World

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


# What the model finds missing behind a route; of several the first. What is not here is a check of its own.
_MISSING = {
    "nat-not-available": Exit.NAT_NOT_AVAILABLE,
    # Both lead to other networks, and these may have endpoints.
    "nat-private": Exit.UNSEEN,
    "route-to-peering": Exit.UNSEEN,
    "nat-loop": Exit.NAT_WITHOUT_INTERNET,
    "nat-without-internet": Exit.NAT_WITHOUT_INTERNET,
    "no-public-address": Exit.NO_PUBLIC_ADDRESS,
}


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """Where a subnet's packets for the internet go.

    Attributes:
        exit: what becomes of them there.
        target: the gateway that the route names; the route table's id if there is no route.
        blocked: whether VPC Block Public Access stops them there.
    """

    exit: Exit
    target: str
    blocked: bool = False


def way_out(instance: InstanceTypeDef, network: Network) -> WayOut:
    """The instance's way to the internet. Where its table leads parts of that other ways, the best of them.

    Raises:
        UnknownError: routes or NAT gateways could not be asked, or there is no IPv4 address.
    """
    address_of(instance)
    known(network.route_tables)
    view, host = View(_of_routes(instance, network)), host_of(instance)
    public = [_way(one, network) for one in exits(view, host, service_peer(view, endpoints.SERVICES[0], 4))]
    # Another network's endpoints have addresses that no service has on the internet.
    private = [_way(one, network) for one in exits(view, host, _elsewhere(view, network))]
    found = [*public, *(one for one in private if one.exit is Exit.UNSEEN)]
    return min(found, key=lambda one: [*Exit].index(one.exit))


# Several checks ask of every instance, and most instances of a stack are in one VPC or a few.
@lru_cache(maxsize=32)
def _view(network: Network, *, acls: bool) -> View:
    """The VPC as the model has it, with or without its network ACLs."""
    return View(network_of(network if acls else replace(network, acls=())))


def _of_routes(instance: InstanceTypeDef, network: Network) -> World:
    """The VPC without its network ACLs, and with every subnet that matters, also where it does not show."""
    nats = () if isinstance(network.nat_gateways, Unknown) else network.nat_gateways.values()
    subnets = [instance["SubnetId"], *(one["SubnetId"] for one in nats if "SubnetId" in one)]
    world = _view(network, acls=False).world
    return replace(world, subnets={one: subnet_of(network, one) for one in subnets} | {**world.subnets})


def _elsewhere(view: View, network: Network) -> Peer:
    """Whatever is not in the VPC."""
    own = blocks.spans_of(view.world.vpcs[network.vpc_id].cidrs, 4)
    everywhere = blocks.EVERYWHERE[4]
    spans = blocks.without(blocks.spans_of([everywhere], 4), own)
    return Peer(name="another network", family=4, spans=spans, cidr=everywhere)


def _way(branch: Branch, network: Network) -> WayOut:
    """What the model says of a route, in the doctor's words."""
    route = branch.taken.route
    if route is None:
        return WayOut(exit=Exit.NO_ROUTE, target=branch.at.table.name)
    target = str(route.target)
    if route.blackhole:
        return WayOut(exit=Exit.BLACKHOLE, target=target)
    # A VPC that is shared does not show the NAT gateways of its owner.
    if route.kind is Target.NAT_GATEWAY and target not in known(network.nat_gateways):
        return WayOut(exit=Exit.OPEN, target=target)
    missing = {step.cause for step in branch.way.steps if isinstance(step, Link)}
    arrives = any(isinstance(step, Hop) and step.step == "arrives" for step in branch.way.steps)
    found = (exit_ for cause, exit_ in _MISSING.items() if cause in missing)
    return WayOut(
        exit=next(found, Exit.OPEN if arrives else Exit.UNSEEN),
        target=target,
        blocked="public-access-blocked" in missing,
    )


def address_of(instance: InstanceTypeDef) -> IPv4Network:
    """The instance's private IPv4 address.

    Raises:
        UnknownError: it has none: it is in a subnet for IPv6 alone.
    """
    if "PrivateIpAddress" not in instance:
        raise UnknownError("the instance has no IPv4 address, and only IPv4 is followed")
    return IPv4Network(instance["PrivateIpAddress"])


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

    Raises:
        UnknownError: groups or routes could not be asked, or there is no group.
    """
    if not group_ids:
        raise UnknownError("AWS's answer leaves out the security groups")
    # A VPC that is shared shows only the groups of one's own account.
    if any(group_id not in known(network.groups) for group_id in group_ids):
        return True
    known(network.route_tables)
    view, peer = _view(network, acls=True), _peer(peers, peer_groups)
    step = groups.groups_let(
        view, view.world.vpcs[network.vpc_id], (*group_ids,), peer, egress=side == "IpPermissionsEgress"
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
    view, own = _view(network, acls=True), instance["SubnetId"]
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
