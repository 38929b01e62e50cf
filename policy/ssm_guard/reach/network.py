"""VPCs, subnets and gateways of a stack."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from reachability.model import (
    InternetGateway,
    NatGateway,
    Peering,
    Subnet,
    Unknown,
    Vpc,
)
from ssm_guard.node import Doubt
from ssm_guard.reach import resolvers, types
from ssm_guard.reach.look import Look, looks, perhaps
from ssm_guard.reach.public_access import blocked
from ssm_guard.reach.routing import NOT_MADE, adopted, is_adopted, own_table
from ssm_guard.reach.rules import default_acls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reachability.model import Ref
    from ssm_guard.stack import Stack


def vpcs(stack: Stack) -> Iterator[Vpc]:
    """The VPCs, each with what is its own by default."""
    return iter(amended_vpcs(stack, {one.id: one for one in _made_vpcs(stack)}).values())


def _made_vpcs(stack: Stack) -> Iterator[Vpc]:
    """The VPCs, as each says itself."""
    for vpc in looks(stack, types.VPCS):
        is_default = is_adopted(stack, vpc.urn)
        made = foreign_vpc(vpc.urn, vpc.label) if is_default else Vpc(id=vpc.urn, name=vpc.label, cidrs=())
        yield replace(
            made,
            cidrs=tuple(_vpc_blocks(vpc)),
            dns_support=vpc.flag(vpc["enableDnsSupport"], otherwise=True),
            dns_hostnames=vpc.flag(vpc["enableDnsHostnames"], otherwise=is_default),
        )


def foreign_vpc(key: str, name: str = "") -> Vpc:
    """A VPC that the stack only names or adopts: another one made it, and whatever is in it."""
    name, source = name or key, NOT_MADE
    return Vpc(
        id=key,
        name=name,
        cidrs=(Unknown(f"the addresses of {name}", source),),
        dns_support=Unknown(f"enableDnsSupport of {name}", source),
        dns_hostnames=Unknown(f"enableDnsHostnames of {name}", source),
        name_servers=Unknown(f"the DHCP options of {name}", source),
        main_table=Unknown(f"the main route table of {name}", source),
        default_acl=Unknown(f"the default network ACL of {name}", source),
        default_group=Unknown(f"the default security group of {name}", source),
        gaps=Unknown(f"what else is in {name}", source),
    )


def amended_vpcs(stack: Stack, own: Mapping[str, Vpc]) -> dict[str, Vpc]:
    """VPCs, whoever makes them, with what resources of the stack change of them."""
    blocks, main = _blocks(stack), _main_tables(stack)
    servers, forwarded = resolvers.name_servers(stack), resolvers.forwarded(stack)
    acls = default_acls(stack)
    groups = adopted(stack, types.DEFAULT_GROUP, "vpcId")
    return {
        key: replace(
            vpc,
            cidrs=tuple(dict.fromkeys((*vpc.cidrs, *blocks.get(key, ())))),
            name_servers=servers.get(key, vpc.name_servers),
            main_table=main.get(key, vpc.main_table),
            default_acl=acls.get(key, vpc.default_acl),
            default_group=groups.get(key, vpc.default_group),
            gaps=forwarded.get(key, vpc.gaps),
        )
        for key, vpc in own.items()
    }


def amended_subnets(stack: Stack, own: Mapping[str, Subnet]) -> dict[str, Subnet]:
    """Subnets, whoever makes them, each with the table and the ACL that the stack gives it."""
    tables, acls = _tables_of_subnets(stack), _acls_of_subnets(stack)
    return {
        key: replace(subnet, table=tables.get(key, subnet.table), acl=acls.get(key, subnet.acl))
        for key, subnet in own.items()
    }


def _vpc_blocks(vpc: Look) -> Iterator[str | Unknown]:
    """An adopted default VPC has a block of AWS's choice, and every VPC a public one if it asks for it."""
    block = vpc["cidrBlock"]
    yield vpc.text(block) if vpc.is_written(block) else vpc.unknown(block)
    own = vpc["ipv6CidrBlock"]
    if vpc.is_written(own) or vpc.flag(vpc["assignGeneratedIpv6CidrBlock"]) is not False:
        yield own.value if isinstance(own.value, str) and own.value else vpc.unknown(own)


def _blocks(stack: Stack) -> dict[str, list[str | Unknown]]:
    found: dict[str, list[str | Unknown]] = defaultdict(list)
    for token, key in ((types.IPV4_BLOCK, "cidrBlock"), (types.IPV6_BLOCK, "ipv6CidrBlock")):
        for one in looks(stack, [token]):
            vpc = one.ref(one["vpcId"], types.VPCS)
            if isinstance(vpc, str):
                found[vpc].append(one.text(one[key]) or one.unknown(one[key]))
    return found


def _main_tables(stack: Stack) -> dict[str, Ref]:
    """The main table of each VPC that is a resource: EC2's own, adopted, or one that was put in its place."""
    found: dict[str, Ref] = {**adopted(stack, types.DEFAULT_TABLE, "defaultRouteTableId")}
    for one in looks(stack, [types.MAIN_ASSOCIATION]):
        vpc, table = one.ref(one["vpcId"], types.VPCS), one.ref(one["routeTableId"], types.TABLES)
        if isinstance(vpc, str) and table is not None:
            found[vpc] = table
    return found


def subnets(stack: Stack) -> Iterator[Subnet]:
    """The subnets, each with its table and its ACL."""
    return iter(amended_subnets(stack, {one.id: one for one in _made_subnets(stack)}).values())


def _made_subnets(stack: Stack) -> Iterator[Subnet]:
    """The subnets, as each says itself."""
    left, excluded = blocked(stack)
    for subnet in looks(stack, types.SUBNETS):
        block = subnet["cidrBlock"]
        native = subnet.flag(subnet["ipv6Native"]) is True
        v6 = subnet["ipv6CidrBlock"]
        is_default = stack.token(subnet.resource) == types.DEFAULT_SUBNET
        vpc = subnet.ref(subnet["vpcId"], types.VPCS) or subnet.unknown(subnet["vpcId"])
        yield Subnet(
            id=subnet.urn,
            name=subnet.label,
            vpc=vpc,
            cidr=None if native else (subnet.text(block) or subnet.unknown(block)),
            cidr_v6=subnet.text(v6) or None,
            maps_public_ip=subnet.flag(subnet["mapPublicIpOnLaunch"], otherwise=is_default),
            dns64=subnet.flag(subnet["enableDns64"]),
            public_access=excluded.get(subnet.urn) or excluded.get(vpc, left),
        )


def _tables_of_subnets(stack: Stack) -> dict[str, Ref]:
    return _associated(stack, types.TABLE_ASSOCIATION, "routeTableId", types.TABLES)


def _acls_of_subnets(stack: Stack) -> dict[str, Ref]:
    found = _associated(stack, types.ACL_ASSOCIATION, "networkAclId", types.ACLS)
    doubts: dict[str, Ref] = {}
    for acl in looks(stack, types.ACLS):
        refs = acl.refs(acl["subnetIds"], types.SUBNETS)
        if isinstance(refs, Unknown):
            doubts |= dict.fromkeys(perhaps(stack, refs, types.SUBNETS), refs)
        else:
            found |= {ref: acl.urn for ref in refs if isinstance(ref, str)}
    return doubts | found


def _associated(stack: Stack, token: str, key: str, things: tuple[str, ...]) -> dict[str, Ref]:
    found: dict[str, Ref] = {}
    # A subnet that may be meant may have this one, or what it would have without.
    doubts: dict[str, Ref] = {}
    for one in looks(stack, [token]):
        subnet = one.ref(one["subnetId"], types.SUBNETS)
        thing = one.ref(one[key], (*things, *types.VPCS)) or one.unknown(one[key])
        if isinstance(subnet, str):
            found[subnet] = own_table(stack, thing)
        elif subnet is not None or isinstance(one["subnetId"].value, Doubt):  # one of a gateway names no subnet
            doubts |= dict.fromkeys(perhaps(stack, subnet, types.SUBNETS), one.unknown(one["subnetId"]))
    return doubts | found


def internet_gateways(stack: Stack) -> Iterator[InternetGateway]:
    """The internet gateways; one may be attached by a resource of its own."""
    attached: dict[str, Ref] = {}
    for one in looks(stack, [types.GATEWAY_ATTACHMENT]):
        gateway = one.ref(one["internetGatewayId"], [types.INTERNET_GATEWAY])
        vpc = one.ref(one["vpcId"], types.VPCS)
        if isinstance(gateway, str) and vpc is not None:
            attached[gateway] = vpc
    for one in looks(stack, [types.INTERNET_GATEWAY]):
        vpc = one.ref(one["vpcId"], types.VPCS) or attached.get(one.urn)
        yield InternetGateway(id=one.urn, name=one.label, vpc=vpc)


def egress_only_gateways(stack: Stack) -> Iterator[InternetGateway]:
    """The gateways for IPv6 that only let out."""
    for gateway in looks(stack, [types.EGRESS_ONLY]):
        yield InternetGateway(id=gateway.urn, name=gateway.label, vpc=gateway.ref(gateway["vpcId"], types.VPCS))


def nat_gateways(stack: Stack, homes: Mapping[str, Subnet]) -> Iterator[NatGateway]:
    """The NAT gateways; a zonal one is in the VPC of its subnet."""
    for gateway in looks(stack, [types.NAT_GATEWAY]):
        subnet = gateway.ref(gateway["subnetId"], types.SUBNETS)
        vpc: Ref | None = gateway.ref(gateway["vpcId"], types.VPCS)
        if vpc is None:
            home = homes.get(subnet) if isinstance(subnet, str) else None
            vpc = home.vpc if home else Unknown(f"the VPC of {gateway.label}", "its subnet is not known")
        kind = gateway.text(gateway["connectivityType"])
        regional = gateway.text(gateway["availabilityMode"]) == "regional"
        yield NatGateway(
            id=gateway.urn,
            name=gateway.label,
            vpc=vpc,
            subnet=None if regional else subnet,
            public=kind if isinstance(kind, Unknown) else kind != "private",
            has_address=regional or gateway.is_written(gateway["allocationId"]),
        )


def peerings(stack: Stack) -> Iterator[Peering]:
    """The peering connections that the stack asks for."""
    accepted = {
        ref
        for one in looks(stack, [types.PEERING_ACCEPTER])
        if isinstance(ref := one.ref(one["vpcPeeringConnectionId"], [types.PEERING]), str)
    }
    for peering in looks(stack, [types.PEERING]):
        own = peering.ref(peering["vpcId"], types.VPCS) or peering.unknown(peering["vpcId"])
        other = peering.ref(peering["peerVpcId"], types.VPCS) or peering.unknown(peering["peerVpcId"])
        is_open = Unknown(f"whether {peering.label} is accepted", "another account or stack accepts it")
        active = peering.urn in accepted or peering.flag(peering["autoAccept"]) or is_open
        yield Peering(
            id=peering.urn, name=peering.label, vpcs=(own, other), active=peering.urn in accepted or active or is_open
        )
