"""What a stack has in types that the loader does not read: its instances are named, and what it adds to is not known.

A rule, a route or an association of aws-native's mends what a classic resource lacks, or breaks it: whoever left it out
would tell of a link that is missing and is there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reachability.model import Host, OneOf, Unknown
from ssm_guard.reach import types
from ssm_guard.reach.look import Look, looks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reachability.model import World
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack

# Each starts instances by settings that it writes in a way of its own, or by a template of aws-native's.
STARTERS = (
    "aws:ec2/fleet:Fleet",
    "aws:ec2/spotFleetRequest:SpotFleetRequest",
    "aws-native:autoscaling:AutoScalingGroup",
    "aws-native:ec2:Ec2Fleet",
    "aws-native:ec2:Instance",
    "aws-native:ec2:SpotFleet",
)


class _Added(NamedTuple):
    """What a type adds to: the property that names it, the types of that, and where the world has what changes."""

    key: str
    of: Collection[str]
    part: str
    field: str = "gaps"


_TO_GROUP = _Added("groupId", types.GROUPS, "groups")
_TO_TABLE = _Added("routeTableId", types.TABLES, "tables")
_TO_VPC = _Added("vpcId", types.VPCS, "vpcs")
_TO_ROLES = _Added("roles", [types.ROLE], "roles")
_ADDED: dict[str, tuple[_Added, ...]] = {
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": (_TO_TABLE,),
    "aws-native:ec2:SecurityGroupEgress": (_TO_GROUP,),
    "aws-native:ec2:SecurityGroupIngress": (_TO_GROUP,),
    "aws-native:ec2:Route": (_TO_TABLE,),
    "aws-native:ec2:NetworkAclEntry": (_Added("networkAclId", types.ACLS, "acls"),),
    "aws-native:ec2:SubnetRouteTableAssociation": (_Added("subnetId", types.SUBNETS, "subnets", "table"),),
    "aws-native:ec2:SubnetNetworkAclAssociation": (_Added("subnetId", types.SUBNETS, "subnets", "acl"),),
    "aws-native:ec2:VpcGatewayAttachment": (
        _Added("internetGatewayId", [types.INTERNET_GATEWAY], "internet_gateways", "vpc"),
    ),
    "aws-native:ec2:VpcCidrBlock": (_Added("vpcId", types.VPCS, "vpcs", "cidrs"),),
    "aws-native:ec2:VpcdhcpOptionsAssociation": (_Added("vpcId", types.VPCS, "vpcs", "name_servers"),),
    # One with private DNS answers in place of the internet, and S3's has a route in the tables that it names.
    "aws-native:ec2:VpcEndpoint": (_TO_VPC, _Added("routeTableIds", types.TABLES, "tables")),
    "aws-native:ec2:Eip": (_Added("instanceId", types.INSTANCES, "hosts", "public_ip"),),
    "aws-native:ec2:EipAssociation": (_Added("instanceId", types.INSTANCES, "hosts", "public_ip"),),
    "aws-native:iam:ManagedPolicy": (_TO_ROLES,),
    "aws-native:iam:Policy": (_TO_ROLES,),
    "aws-native:iam:RolePolicy": (_Added("roleName", [types.ROLE], "roles"),),
    "aws-native:route53:HostedZone": (_Added("vpcs", types.VPCS, "vpcs"),),
    "aws-native:route53:RecordSet": (_Added("hostedZoneId", [types.ZONE], "zones"),),
}


def host(one: Look) -> Host:
    """Instances of which no more than the name is known."""
    nothing = Unknown(f"what {one.label} is started with", _source(one))
    return Host(id=one.urn, name=one.label, subnet=nothing, groups=nothing, profile=nothing)


def with_gaps(world: World, stack: Stack) -> World:
    """The world, with what is not known of the things that resources of other types add to."""
    parts: dict[str, Any] = {}
    for token, adds in _ADDED.items():
        for one in looks(stack, [token]):
            for added in adds:
                gap = Unknown(f"what {one.label} adds", _source(one))
                part = parts.setdefault(added.part, {**getattr(world, added.part)})
                for key in _named(one, one[added.key], added.of):
                    if key in part:
                        old = getattr(part[key], added.field)
                        part[key] = replace(part[key], **{added.field: (*old, gap) if added.field == "cidrs" else gap})
    return replace(world, **parts) if parts else world


def _source(one: Look) -> str:
    return f"{one.resource.resource_type} is not read"


def _named(one: Look, node: Node, of: Collection[str]) -> Iterator[str]:
    """The keys of all that a property may name, be it one thing or a list."""
    items = [*node.each()] if isinstance(node.value, list) else [node]
    for item in items:
        ref = one.ref(item["vpcId"] if isinstance(item.value, dict) else item, of)
        yield from ref.ids if isinstance(ref, OneOf) else (ref,) if isinstance(ref, str) else ()
