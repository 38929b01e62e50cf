"""Whether the agent's packets get to Systems Manager, and the answers back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctor import endpoints, packets, policies
from doctor.checks.cause import Cause, show_groups, show_in_vpc, show_instance, show_vpc_attribute
from doctor.facts import SESSION_ACTIONS, Unknown, known
from doctor.packets import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_ec2.type_defs import InstanceTypeDef, VpcEndpointTypeDef

    from doctor.facts import Facts, Network, Running

_EXITS = {
    Exit.UNSEEN: "Packets leave {subnet} through {target}: whether Systems Manager is reached behind it, by endpoints "
    "or over the internet, does not show here. Ask who runs that network.",
    Exit.NO_PUBLIC_ADDRESS: "The way out is {target}, and the instance has no public IPv4 address. Give it one, or "
    "lead the subnet through a NAT gateway.",
    Exit.NAT_NOT_AVAILABLE: "The way out is {target}, and it is not available. Replace it.",
    Exit.NAT_WITHOUT_INTERNET: "The way out is {target}, and its own subnet has no route to an internet gateway. Put "
    "the NAT gateway into a public subnet.",
    Exit.BLACKHOLE: "The route out of {subnet} leads to {target}, which is gone. Change the route.",
    Exit.NO_ROUTE: "{target} has no route out of {subnet}, and there is no endpoint for ssm and ssmmessages. Unless "
    "the agent is told of a proxy that it reaches, which does not show here, add the endpoints, or a route to a NAT "
    "gateway.",
}
# What decides is not in the API: the other side of a network, or the agent's own configuration.
_UNCERTAIN = {Exit.UNSEEN, Exit.NO_ROUTE}


def check_address(facts: Facts, running: Running) -> Iterator[Cause]:
    """An agent needs an IPv4 address, or the setting that lets it do without."""
    if "PrivateIpAddress" not in running.instance:
        yield Cause(
            name="ipv6-only",
            text="The instance has no IPv4 address. An agent asks over IPv6 from 3.3.3270.0 on, and if "
            "UseDualStackEndpoint is set in its configuration, which does not show here. Set it, or take a subnet with "
            "IPv4 addresses.",
            command=show_instance(facts, "NetworkInterfaces"),
            certain=False,
        )


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
    elif endpoints.named(network) and not known(network.dns_hostnames) and not leaves(running.instance, network):
        yield Cause(
            name="dns-hostnames-off",
            text=f"{network.vpc_id} has enableDnsHostnames off, so the services' names do not lead to its endpoints. "
            "Turn it on.",
            command=show_vpc_attribute(facts, network.vpc_id, "enableDnsHostnames"),
        )


def check_name_servers(facts: Facts, running: Running) -> Iterator[Cause]:
    """The names of endpoints and of private zones are answered by the VPC's own resolver, and by no other."""
    network = running.network
    if not endpoints.named(network) or leaves(running.instance, network):
        return
    if servers := known(network.name_servers):
        yield Cause(
            name="other-name-servers",
            text=f"The DHCP options of {network.vpc_id} name {', '.join(servers)} in place of the VPC's own resolver. "
            "Unless these ask it for the services' names, which does not show here, the names do not lead to the "
            "endpoints. Let them forward amazonaws.com to it, or name AmazonProvidedDNS.",
            command=f"aws ec2 describe-dhcp-options {facts.place}",
            certain=False,
        )


def check_endpoints_there(facts: Facts, running: Running) -> Iterator[Cause]:
    """A VPC that has endpoints for some of the services, and no other way out, has them for all."""
    network = running.network
    there = endpoints.present(network)
    if not there or leaves(running.instance, network) or endpoints.all_named(network):
        return
    command = show_in_vpc(facts, "vpc-endpoints", network.vpc_id)
    services = {endpoints.service_of(one) for one in there}
    lacking = [service for service in endpoints.SERVICES if not endpoints.zoned(network, service)]
    if missing := [service for service in lacking if service not in services]:
        text = (
            f"{network.vpc_id} has no endpoint for {' and '.join(missing)}, and there is no other way out. "
            f"Add the endpoint.{_doubt(network)}"
        )
        yield Cause(name="endpoint-missing", text=text, command=command, certain=not _doubt(network))
    for one in there:
        if not one.get("PrivateDnsEnabled") and endpoints.service_of(one) in lacking:
            text = (
                f"{endpoints.label(one)} has private DNS off, so the service's name does not lead to it, and there is "
                f"no other way out. Turn private DNS on.{_doubt(network)}"
            )
            yield Cause(name="private-dns-off", text=text, command=command, certain=not _doubt(network))
    known(network.zones)


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


def check_endpoint_policies(facts: Facts, running: Running) -> Iterator[Cause]:
    """The endpoints' own policies let the agent's calls through."""
    for one in endpoints.named(running.network):
        of_service = [action for action in SESSION_ACTIONS if action.startswith(f"{endpoints.service_of(one)}:")]
        policy = one.get("PolicyDocument")
        if policy and (stopped := [action for action in of_service if not policies.allows(policy, action)]):
            yield Cause(
                name="endpoint-policy",
                text=f"The policy of {endpoints.label(one)} does not let {', '.join(stopped)} through. Allow that.",
                command=show_in_vpc(facts, "vpc-endpoints", running.network.vpc_id),
            )


def check_endpoint_groups(facts: Facts, running: Running) -> Iterator[Cause]:
    """The endpoints' groups let the instance in."""
    instance, network = running.instance, running.network
    address = (packets.address_of(instance),)
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
        text=_EXITS[way.exit].format(target=way.target, subnet=running.instance["SubnetId"]) + _doubt(network),
        command=show_in_vpc(facts, "route-tables", network.vpc_id),
        certain=way.exit not in _UNCERTAIN and not _doubt(network),
    )
    known(network.zones)


def check_public_access(facts: Facts, running: Running) -> Iterator[Cause]:
    """VPC Block Public Access lets the way out be used."""
    network = running.network
    if endpoints.all_named(network):
        return
    way = packets.way_out(running.instance, network)
    if way.exit is not Exit.OPEN:
        return
    access = known(network.public_access)
    if way.blocked:
        yield Cause(
            name="public-access-blocked",
            text=f"VPC Block Public Access is {access.mode} in this account and Region, so nothing gets through "
            f"{way.target}. Exclude {network.vpc_id} from it, or add endpoints for ssm and ssmmessages.",
            command=f"aws ec2 describe-vpc-block-public-access-options {facts.place}",
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


def leaves(instance: InstanceTypeDef, network: Network) -> bool:
    """Whether packets may get to AWS's services without an endpoint of this VPC."""
    return packets.way_out(instance, network).exit in (Exit.OPEN, Exit.UNSEEN)


def _doubt(network: Network) -> str:
    """What is added where the agent may reach the services by names that do not show here."""
    doubt = ""
    if isinstance(network.zones, Unknown):
        doubt += " A private hosted zone may lead the names to another VPC: that could not be told."
    if others := endpoints.fips(network):
        doubt += f" An agent whose configuration says so goes to {_listed(others)} instead: that does not show here."
    return doubt


def _group_ids(running: Running) -> list[str]:
    return [group["GroupId"] for group in running.instance.get("SecurityGroups", [])]
