"""Whether the agent's packets get to Systems Manager, and the answers back."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from doctor import endpoints, packets
from doctor.checks.cause import Cause, show_groups, show_in_vpc, show_vpc_attribute
from doctor.facts import known
from doctor.packets import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_ec2.type_defs import VpcEndpointTypeDef

    from doctor.facts import Facts, Running

_EXITS = {
    Exit.UNSEEN: "Packets leave {subnet} through {target}: whether Systems Manager is reached behind it, by endpoints "
    "or over the internet, does not show here. Ask who runs that network.",
    Exit.NO_PUBLIC_ADDRESS: "The way out is {target}, and the instance has no public IPv4 address. Give it one, or "
    "lead the subnet through a NAT gateway.",
    Exit.NAT_NOT_AVAILABLE: "The way out is {target}, and it is not available. Replace it.",
    Exit.NAT_WITHOUT_INTERNET: "The way out is {target}, and its own subnet has no route to an internet gateway. Put "
    "the NAT gateway into a public subnet.",
    Exit.BLACKHOLE: "The route out of {subnet} leads to {target}, which is gone. Change the route.",
    Exit.NO_ROUTE: "{target} has no route out of {subnet}, and there is no endpoint for ssm and ssmmessages. Add the "
    "endpoints, or a route to a NAT gateway.",
}


def check_dns(facts: Facts, running: Running) -> Iterator[Cause]:
    """The VPC answers names, and lets endpoints answer to their services' names."""
    network = running.network
    if not known(network.dns_support):
        yield Cause(
            name="dns-support-off",
            text=f"{network.vpc_id} has enableDnsSupport off, so the instance finds no service by its name. "
            "Turn it on.",
            command=show_vpc_attribute(facts, network.vpc_id, "enableDnsSupport"),
        )
    elif endpoints.named(network) and not known(network.dns_hostnames) and not _leaves(running):
        yield Cause(
            name="dns-hostnames-off",
            text=f"{network.vpc_id} has enableDnsHostnames off, so the services' names do not lead to its endpoints. "
            "Turn it on.",
            command=show_vpc_attribute(facts, network.vpc_id, "enableDnsHostnames"),
        )


def check_endpoints_there(facts: Facts, running: Running) -> Iterator[Cause]:
    """A VPC that has endpoints for some of the services, and no other way out, has them for all."""
    network = running.network
    there = endpoints.present(network)
    if not there or endpoints.all_named(network) or _leaves(running):
        return
    command = show_in_vpc(facts, "vpc-endpoints", network.vpc_id)
    services = {endpoints.service_of(one) for one in there}
    if missing := [service for service in endpoints.SERVICES if service not in services]:
        text = (
            f"{network.vpc_id} has no endpoint for {' and '.join(missing)}, and there is no other way out. "
            "Add the endpoint."
        )
        yield Cause(name="endpoint-missing", text=text, command=command)
    for one in there:
        if not one.get("PrivateDnsEnabled"):
            text = (
                f"{endpoints.label(one)} has private DNS off, so the service's name does not lead to it, and there is "
                "no other way out. Turn private DNS on."
            )
            yield Cause(name="private-dns-off", text=text, command=command)


def check_endpoints_work(facts: Facts, running: Running) -> Iterator[Cause]:
    """Where an endpoint has private DNS, the agent goes there and nowhere else, whatever other way there may be."""
    command = show_in_vpc(facts, "vpc-endpoints", running.network.vpc_id)
    for one in endpoints.named(running.network):
        label = endpoints.label(one)
        if (state := one.get("State", "available").lower()) != "available":
            yield Cause(name="endpoint-not-available", text=f"{label} is {state}, not available.", command=command)
        elif not one.get("SubnetIds"):
            text = f"{label} is in no subnet, so it has no address. Add a subnet to it."
            yield Cause(name="endpoint-without-subnets", text=text, command=command)


def check_endpoint_groups(facts: Facts, running: Running) -> Iterator[Cause]:
    """The endpoints' groups let the instance in."""
    instance, network = running.instance, running.network
    address = (IPv4Network(instance["PrivateIpAddress"]),)
    own = _group_ids(running)
    closed = [
        one
        for one in endpoints.usable(network)
        if not packets.groups_let("IpPermissions", endpoints.group_ids(one), network, peers=address, peer_groups=own)
    ]
    if closed:
        groups = sorted({group for one in closed for group in endpoints.group_ids(one)})
        yield Cause(
            name="endpoint-group-closed",
            text=f"No group of {_listed(closed)} ({', '.join(groups)}) lets 443 in from the instance "
            f"({', '.join(own)}, {instance['PrivateIpAddress']}). Add such a rule.",
            command=show_groups(facts, groups),
        )


def check_way_out(facts: Facts, running: Running) -> Iterator[Cause]:
    """Services without an endpoint are reached over the internet."""
    network = running.network
    if endpoints.all_named(network):
        return
    way = packets.way_out(running.instance, network)
    # With some endpoints and no way out it is an endpoint that is missing, and `check_endpoints_there` says so.
    if way.exit is Exit.OPEN or (endpoints.present(network) and way.exit is not Exit.UNSEEN):
        return
    yield Cause(
        name=way.exit.value,
        text=_EXITS[way.exit].format(target=way.target, subnet=running.instance["SubnetId"]),
        command=show_in_vpc(facts, "route-tables", network.vpc_id),
    )


def check_egress(facts: Facts, running: Running) -> Iterator[Cause]:
    """The instance's groups let it out to the endpoints, or to the internet."""
    network, own = running.network, _group_ids(running)
    closed = [
        target
        for target in _targets(running)
        if not packets.groups_let(
            "IpPermissionsEgress",
            own,
            network,
            peers=packets.blocks_of(packets.subnets_of(target, network)) if target else packets.PUBLIC,
            peer_groups=endpoints.group_ids(target) if target else (),
        )
    ]
    if closed:
        yield Cause(
            name="egress-closed",
            text=f"No group of the instance ({', '.join(own)}) lets 443 out to {_listed(closed)}. Add such a rule.",
            command=show_groups(facts, own),
        )


def check_acls(facts: Facts, running: Running) -> Iterator[Cause]:
    """Network ACLs let requests out and answers in."""
    instance, network = running.instance, running.network
    closed = [
        target
        for target in _targets(running)
        if not packets.acls_let(instance, network, packets.subnets_of(target, network) if target else [])
    ]
    if closed:
        yield Cause(
            name="network-acl",
            text=f"Network ACLs stop 443 to {_listed(closed)}, or the answers (to ports from 1024 up). "
            "They know no connections, so each direction needs a rule.",
            command=show_in_vpc(facts, "network-acls", network.vpc_id),
        )


def _targets(running: Running) -> list[VpcEndpointTypeDef | None]:
    """What the agent sends its packets to; None is the internet."""
    network = running.network
    # Of an endpoint in another account's subnets nobody knows the addresses.
    targets: list[VpcEndpointTypeDef | None] = [
        one for one in endpoints.usable(network) if packets.subnets_of(one, network)
    ]
    beside = not endpoints.all_named(network)
    if beside and packets.way_out(running.instance, network).exit is Exit.OPEN:
        targets.append(None)
    return targets


def _listed(targets: Sequence[VpcEndpointTypeDef | None]) -> str:
    return " and ".join(endpoints.label(one) if one else "the internet" for one in targets)


def _leaves(running: Running) -> bool:
    """Whether packets may get to Systems Manager without an endpoint of this VPC."""
    return packets.way_out(running.instance, running.network).exit in (Exit.OPEN, Exit.UNSEEN)


def _group_ids(running: Running) -> list[str]:
    return [group["GroupId"] for group in running.instance.get("SecurityGroups", [])]
