"""The facts of an instance as a world of the model that the policy pack reasons on too. Plain values in and out.

What could not be asked is an `Unknown` of the model's, in the place of what it would have told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from doctor.checks.agent import lacks_agent
from doctor.console import Report
from doctor.facts import SESSION_ACTIONS, Unknown
from reachability import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from doctor.facts import Facts, HostedZone, Network, PrefixList, Profile, Running, Session
    from doctor.preferences import Preferences

T = TypeVar("T")

_PROTOCOLS = {"-1": model.Protocol.ALL, "6": model.Protocol.TCP, "tcp": model.Protocol.TCP}
_ACCESS = {one.value: one for one in model.PublicAccess} | {"off": model.PublicAccess.OPEN}
# The key of a route that names its target -> what that is; a `GatewayId` tells its kind itself.
_TARGETS = {
    "NatGatewayId": model.Target.NAT_GATEWAY,
    "EgressOnlyInternetGatewayId": model.Target.EGRESS_ONLY_GATEWAY,
    "VpcPeeringConnectionId": model.Target.PEERING,
    "TransitGatewayId": model.Target.TRANSIT_GATEWAY,
    "NetworkInterfaceId": model.Target.INTERFACE,
    "LocalGatewayId": model.Target.LOCAL_GATEWAY,
    "CarrierGatewayId": model.Target.CARRIER_GATEWAY,
    "CoreNetworkArn": model.Target.CORE_NETWORK,
}
_GATEWAYS = {"igw": model.Target.INTERNET_GATEWAY, "vgw": model.Target.VPN_GATEWAY, "vpce": model.Target.FIREWALL}
# What the preferences may ask for: the simulator is asked for these of them that come before a session begins.
_OF_PREFERENCES = (
    "kms:Decrypt",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "s3:GetEncryptionConfiguration",
    "s3:PutObject",
)
# What the names of AWS's own prefix lists begin with; they end with the service.
OF_AWS = "com.amazonaws."
_ADDRESSES = ("A", "AAAA", "CNAME")
_END_NAME = re.compile(r"(vpce-[0-9a-z]+)-")
_DEFAULT_ROLE = "the role of Default Host Management"


def world_of(
    facts: Facts, running: Running, preferences: Preferences | Unknown, session: Session | Unknown | None
) -> model.World:
    """All that the model wants to know of one instance, which has its own id as its key.

    Args:
        facts: of the instance.
        running: the rest of them.
        preferences: of the account, for sessions.
        session: what these are refused, if they ask for anything.

    Raises:
        KeyError: an answer of AWS's leaves out what it should have.
    """
    return replace(
        network_of(running.network),
        hosts={facts.id: _host(facts, running)},
        default_host_management=_default_management(running),
        preferences=_preferences(preferences),
        **_identity(running.profile, session),
    )


def network_of(network: Network) -> model.World:
    """What the model wants to know of the VPC.

    Raises:
        KeyError: an answer of AWS's leaves out what it should have.
    """
    tables = _or(network.route_tables, ())
    acls = _or(network.acls, ())
    groups = _or(network.groups, {})
    routes = [route for table in tables for route in table.get("Routes", [])]
    leads = [(kind, target) for kind, target in map(_target, routes) if target]
    return model.World(
        region=network.region,
        vpcs={network.vpc_id: _vpc(network, routes)},
        subnets={key: _subnet(one, network) for key, one in _or(network.subnets, {}).items()},
        tables={
            one["RouteTableId"]: model.RouteTable(
                id=one["RouteTableId"],
                name=one["RouteTableId"],
                vpc=network.vpc_id,
                routes=tuple(_routes(one.get("Routes", []))),
            )
            for one in tables
        },
        acls={one["NetworkAclId"]: _acl(one) for one in acls},
        groups={
            key: model.Group(
                id=key,
                name=key,
                ingress=tuple(map(_rule, one.get("IpPermissions", []))),
                egress=tuple(map(_rule, one.get("IpPermissionsEgress", []))),
            )
            for key, one in groups.items()
        },
        prefix_lists={key: _prefix_list(key, one) for key, one in network.prefix_lists.items()}
        # A gateway endpoint's own route tells which list is its service's; there are two such services.
        | {
            route["DestinationPrefixListId"]: model.PrefixList(
                id=route["DestinationPrefixListId"],
                name=route["DestinationPrefixListId"],
                service=_service_of(route["GatewayId"], network),
            )
            for route in routes
            if is_of_endpoint(route)
        },
        internet_gateways={
            target: model.InternetGateway(id=target, name=target, vpc=network.vpc_id)
            for kind, target in leads
            if kind is model.Target.INTERNET_GATEWAY
        },
        egress_only_gateways={
            target: model.InternetGateway(id=target, name=target, vpc=network.vpc_id)
            for kind, target in leads
            if kind is model.Target.EGRESS_ONLY_GATEWAY
        },
        nat_gateways={key: _nat(one, network.vpc_id) for key, one in _or(network.nat_gateways, {}).items()},
        peerings={
            target: model.Peering(
                id=target, name=target, vpcs=(network.vpc_id, model.Unknown(f"the other end of {target}"))
            )
            for kind, target in leads
            if kind is model.Target.PEERING
        },
        endpoints={one["VpcEndpointId"]: _endpoint(one, network.vpc_id) for one in _there(_or(network.endpoints, ()))},
        zones={one.id: _zone(one, network.vpc_id) for one in _or(network.zones, ())},
        elsewhere={target: target for _, target in leads},
    )


def _or(fact: T | Unknown, instead: T) -> T:
    return instead if isinstance(fact, Unknown) else fact


def _unknown(what: str, fact: Unknown) -> model.Unknown:
    return model.Unknown(what, f"it could not be asked: {fact.why}")


def _fact(what: str, fact: T | Unknown) -> T | model.Unknown:
    return _unknown(what, fact) if isinstance(fact, Unknown) else fact


def _vpc(network: Network, routes: Iterable[Any]) -> model.Vpc:
    """Its blocks are where the local routes of its tables lead."""
    name = network.vpc_id
    local = [_destination(route) for route in routes if route.get("GatewayId") == "local"]
    gaps = [
        _unknown(what, fact)
        for what, fact in ((f"the endpoints of {name}", network.endpoints), (f"the zones of {name}", network.zones))
        if isinstance(fact, Unknown)
    ]
    servers = network.name_servers
    return model.Vpc(
        id=name,
        name=name,
        cidrs=tuple(dict.fromkeys(local)),
        dns_support=_fact(f"enableDnsSupport of {name}", network.dns_support),
        dns_hostnames=_fact(f"enableDnsHostnames of {name}", network.dns_hostnames),
        name_servers=_unknown(f"the name servers of {name}", servers) if isinstance(servers, Unknown) else (*servers,),
        main_table=_own(network.route_tables, "RouteTableId", f"the main route table of {name}", main=True),
        default_acl=_default(network.acls, f"the default network ACL of {name}", "NetworkAclId", {"IsDefault": True}),
        default_group=_default(
            network.groups, f"the default security group of {name}", "GroupId", {"GroupName": "default"}
        ),
        gaps=gaps[0] if gaps else None,
    )


def _default(
    listed: Sequence[Any] | Mapping[str, Any] | Unknown, what: str, key: str, mark: Mapping[str, Any]
) -> model.Ref | None:
    """What a new subnet or interface of the VPC gets, by what marks it in EC2's answer."""
    if isinstance(listed, Unknown):
        return _unknown(what, listed)
    things = listed.values() if isinstance(listed, Mapping) else listed
    return next((str(one[key]) for one in things if all(one.get(name) == value for name, value in mark.items())), None)


def _own(
    listed: Sequence[Any] | Unknown, key: str, what: str, *, subnet: str = "", main: bool = False
) -> model.Ref | None:
    """The table or ACL that says that it is a subnet's, or the main one."""
    if isinstance(listed, Unknown):
        return _unknown(what, listed)
    for one in listed:
        for association in one.get("Associations", []):
            if (subnet and association.get("SubnetId") == subnet) or (main and association.get("Main")):
                return str(one[key])
    return None


def subnet_of(network: Network, key: str) -> model.Subnet:
    """A subnet of which the description need not be known."""
    return _subnet({"SubnetId": key}, network)


def _subnet(subnet: Any, network: Network) -> model.Subnet:  # noqa: ANN401 - as EC2 describes it
    key = subnet["SubnetId"]
    blocks = [one["Ipv6CidrBlock"] for one in subnet.get("Ipv6CidrBlockAssociationSet", []) if "Ipv6CidrBlock" in one]
    access = network.public_access
    return model.Subnet(
        id=key,
        name=key,
        vpc=network.vpc_id,
        cidr=subnet.get("CidrBlock"),
        cidr_v6=blocks[0] if blocks else None,
        table=_own(network.route_tables, "RouteTableId", f"the route table of {key}", subnet=key),
        acl=_own(network.acls, "NetworkAclId", f"the network ACL of {key}", subnet=key),
        maps_public_ip=subnet.get("MapPublicIpOnLaunch", False),
        dns64=subnet.get("EnableDns64", False),
        public_access=model.PublicAccess.OPEN
        if isinstance(access, Unknown) or {key, network.vpc_id} & {arn.rsplit("/", 1)[-1] for arn in access.excluded}
        else _ACCESS[access.mode],
    )


def _destination(route: Mapping[str, Any]) -> str:
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return str(route[next((key for key in keys if key in route), keys[0])])


def _target(route: Mapping[str, Any]) -> tuple[model.Target, str]:
    """What a route leads to; nothing for those that the model knows by itself."""
    for key, kind in _TARGETS.items():
        if key in route:
            return kind, str(route[key])
    gateway = str(route.get("GatewayId", "local"))
    if gateway == "local" or is_of_endpoint(route):
        return model.Target.LOCAL, ""
    return _GATEWAYS.get(gateway.split("-", maxsplit=1)[0], model.Target.INTERFACE), gateway


def is_of_endpoint(route: Mapping[str, Any]) -> bool:
    """Whether it is the route that a gateway endpoint puts into a table."""
    return "DestinationPrefixListId" in route and str(route.get("GatewayId", "")).startswith("vpce-")


def _service_of(endpoint_id: str, network: Network) -> str:
    for one in _or(network.endpoints, ()):
        if one.get("VpcEndpointId") == endpoint_id:
            return one.get("ServiceName", "").rsplit(".", 1)[-1]
    # Not DynamoDB's, as far as anybody knows: the other service that has gateway endpoints is not asked for.
    return "s3"


def _routes(routes: Iterable[Mapping[str, Any]]) -> Iterator[model.Route]:
    # Of two routes with one destination the propagated one is the lesser ("Route priority", VPC user guide).
    for route in sorted(routes, key=lambda one: one.get("Origin") == "EnableVgwRoutePropagation"):
        kind, target = _target(route)
        if target:
            gone = route.get("State") == "blackhole"
            yield model.Route(destination=_destination(route), kind=kind, target=target, blackhole=gone)


def _prefix_list(key: str, one: PrefixList) -> model.PrefixList:
    entries = _fact(f"the entries of {key}", one.cidrs)
    service = one.name.rpartition(".")[2] if one.name.startswith(OF_AWS) else ""
    return model.PrefixList(
        id=key, name=key, entries=entries if isinstance(entries, model.Unknown) else (*entries,), service=service
    )


def _zone(zone: HostedZone, vpc: str) -> model.Zone:
    """A zone as far as this VPC has it; who else asks it does not show."""
    records = zone.records
    return model.Zone(
        id=zone.id,
        name=zone.name,
        domain=zone.name.rstrip("."),
        vpcs=(vpc,),
        records=tuple(_record(one) for one in _or(records, ()) if one["Type"] in _ADDRESSES),
        gaps=_unknown(f"the records of the private hosted zone {zone.name}", records)
        if isinstance(records, Unknown)
        else None,
    )


def _record(record: Mapping[str, Any]) -> model.Record:
    """Where a name leads: an endpoint's own names begin with its id."""
    # Route 53 writes `*` as its code ("DNS domain name format", Route 53 developer guide).
    name = record["Name"].rstrip(".").replace("\\052", "*")
    values = [record.get("AliasTarget", {}).get("DNSName", "")]
    values += [one["Value"] for one in record.get("ResourceRecords", [])]
    ends = {found[1] for value in values if (found := _END_NAME.match(value))}
    other = model.Unknown(f"what {name} leads to", "its record names no endpoint")
    return model.Record(name=name, endpoint=ends.pop() if len(ends) == 1 else other)


def _acl(acl: Mapping[str, Any]) -> model.NetworkAcl:
    key = acl["NetworkAclId"]
    return model.NetworkAcl(id=key, name=key, entries=tuple(map(_entry, acl.get("Entries", []))))


def _entry(entry: Mapping[str, Any]) -> model.AclEntry:
    limits = entry.get("PortRange", {})
    return model.AclEntry(
        number=entry["RuleNumber"],
        egress=entry["Egress"],
        allow=entry["RuleAction"] == "allow",
        cidr=entry.get("CidrBlock") or entry["Ipv6CidrBlock"],
        protocol=_PROTOCOLS.get(entry.get("Protocol", ""), model.Protocol.OTHER),
        ports=(limits.get("From", 0), limits.get("To", 65535)),
    )


def _rule(permission: Mapping[str, Any]) -> model.Rule:
    return model.Rule(
        protocol=_PROTOCOLS.get(permission.get("IpProtocol", ""), model.Protocol.OTHER),
        ports=(permission.get("FromPort", 0), permission.get("ToPort", 65535)),
        cidrs=(
            *(one["CidrIp"] for one in permission.get("IpRanges", [])),
            *(one["CidrIpv6"] for one in permission.get("Ipv6Ranges", [])),
        ),
        groups=tuple(one["GroupId"] for one in permission.get("UserIdGroupPairs", []) if "GroupId" in one),
        prefix_lists=tuple(one["PrefixListId"] for one in permission.get("PrefixListIds", [])),
    )


def _nat(nat: Mapping[str, Any], vpc: str) -> model.NatGateway:
    key, addresses = nat["NatGatewayId"], nat.get("NatGatewayAddresses")
    return model.NatGateway(
        id=key,
        name=key,
        vpc=vpc,
        subnet=nat.get("SubnetId"),
        public=nat.get("ConnectivityType") != "private",
        # AWS makes no public one without: an answer that lists none leaves them out.
        has_address=not addresses or any("PublicIp" in one or "AllocationId" in one for one in addresses),
        available=nat.get("State", "available") == "available",
    )


def _there(endpoints: Iterable[Any]) -> Iterator[Any]:
    """EC2 still shows an endpoint for a while after it was deleted."""
    return (one for one in endpoints if one.get("State", "").lower() not in ("deleting", "deleted"))


def _endpoint(endpoint: Mapping[str, Any], vpc: str) -> model.Endpoint:
    key, service = endpoint["VpcEndpointId"], endpoint.get("ServiceName", "").rsplit(".", 1)[-1]
    gateway = endpoint.get("VpcEndpointType") == "Gateway"
    addresses = endpoint.get("IpAddressType", "ipv4")
    return model.Endpoint(
        id=key,
        name=f"{key} for {service}",
        service=service,
        kind=model.EndpointKind.GATEWAY if gateway else model.EndpointKind.INTERFACE,
        vpc=vpc,
        available=endpoint.get("State", "available").lower() == "available",
        subnets=tuple(endpoint.get("SubnetIds", [])),
        groups=tuple(one["GroupId"] for one in endpoint.get("Groups", [])),
        private_dns=endpoint.get("PrivateDnsEnabled", False),
        ipv4=addresses != "ipv6",
        ipv6=addresses != "ipv4",
        tables=tuple(endpoint.get("RouteTableIds", [])),
        policy=endpoint.get("PolicyDocument"),
    )


def host_of(instance: Mapping[str, Any]) -> model.Host:
    """What EC2 tells of an instance.

    Raises:
        KeyError: it leaves out what it should have told.
    """
    key = instance["InstanceId"]
    own = [address for one in instance.get("NetworkInterfaces", [])[:1] for address in one.get("Ipv6Addresses", [])]
    metadata = instance.get("MetadataOptions", {})
    return model.Host(
        id=key,
        name=key,
        subnet=instance["SubnetId"],
        groups=tuple(group["GroupId"] for group in instance.get("SecurityGroups", [])),
        address=instance.get("PrivateIpAddress", ""),
        address_v6=own[0]["Ipv6Address"] if own else "",
        public_ip="PublicIpAddress" in instance,
        ipv4="PrivateIpAddress" in instance,
        ipv6=bool(own),
        source_dest_check=instance.get("SourceDestCheck", True),
        platform=model.Platform.WINDOWS if instance.get("Platform") == "windows" else model.Platform.LINUX,
        metadata=metadata.get("HttpEndpoint") != "disabled",
        hop_limit=metadata.get("HttpPutResponseHopLimit", 1),
    )


def _host(facts: Facts, running: Running) -> model.Host:
    host, subnets = host_of(running.instance), running.network.subnets
    return replace(
        host,
        subnet=_unknown("its subnet", subnets) if isinstance(subnets, Unknown) else host.subnet,
        agent=_agent(facts, running),
        agent_version=_version(facts),
        # An agent that speaks to Systems Manager without an IPv4 address was told to use these names.
        dual_stack=False
        if host.ipv4
        else model.Unknown("UseDualStackEndpoint in the agent's configuration", "which no API shows"),
        profile=running.profile.arn if running.profile else None,
    )


def _agent(facts: Facts, running: Running) -> bool | model.Unknown:
    """Who has ever registered has an agent; else the image tells, unless user data installs one."""
    if isinstance(running.report, Report):
        return running.report.reason != "not-installed"
    if facts.managed is not None:
        return True
    if isinstance(running.image_name, Unknown):
        return _unknown("whether its image has an agent", running.image_name)
    if lacks_agent(running.image_name):
        return model.Unknown("whether its user data installs an agent", "which is not asked for")
    return True


def _version(facts: Facts) -> tuple[int, ...] | None:
    parts = (facts.managed or {}).get("AgentVersion", "").split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else None


def _default_management(running: Running) -> model.Ref | None:
    on = running.default_management
    if isinstance(on, Unknown):
        return _unknown(_DEFAULT_ROLE, on)
    return model.Unknown(_DEFAULT_ROLE, "its rights are not asked for") if on else None


def _preferences(preferences: Preferences | Unknown) -> model.Preferences | model.Unknown:
    if isinstance(preferences, Unknown):
        return _unknown("the account's preferences for sessions", preferences)
    return model.Preferences(log_group=preferences.log_group, bucket=preferences.bucket, key=preferences.key)


def _identity(profile: Profile | None, session: Session | Unknown | None) -> dict[str, Any]:
    """The profile and its role, with the rights that IAM's own simulator leaves it."""
    if profile is None:
        return {}
    role = profile.role if profile.exists else None
    if role is None or isinstance(role, Unknown):
        ref = None if role is None else _unknown(f"the role in {profile.name}", role)
        return {"profiles": {profile.arn: model.Profile(id=profile.arn, name=profile.name, role=ref)}}
    made = model.Role(
        id=role["Arn"],
        name=role["RoleName"],
        arn=role["Arn"],
        trust=json.dumps(role.get("AssumeRolePolicyDocument", {})),
        simulated=(_allowed("the agent", SESSION_ACTIONS, profile.refused), *_for_sessions(session)),
    )
    return {
        "roles": {role["Arn"]: made},
        "profiles": {profile.arn: model.Profile(id=profile.arn, name=profile.name, role=role["Arn"])},
    }


def _for_sessions(session: Session | Unknown | None) -> Iterator[tuple[str, ...] | model.Unknown]:
    if session is not None:
        facts = session if isinstance(session, Unknown) else session.refused
        refused = facts if isinstance(facts, Unknown) else [action for one in facts for action in one.actions]
        yield _allowed("sessions", _OF_PREFERENCES, refused)


def _allowed(what: str, actions: Sequence[str], refused: Sequence[str] | Unknown) -> tuple[str, ...] | model.Unknown:
    """What the simulator has judged already."""
    if isinstance(refused, Unknown):
        return _unknown(f"the role's rights for {what}", refused)
    return tuple(action for action in actions if action not in refused)
