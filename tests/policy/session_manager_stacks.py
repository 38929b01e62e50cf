"""Small stacks whose instance answers in Session Manager, one for each way out, for tests to break."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.policy.judging import UNKNOWN, Made

if TYPE_CHECKING:
    from collections.abc import Mapping

EC2 = "aws:ec2"
Stack = tuple[Made, ...]
TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
REGION = "us-east-1"


def made(token: str, name: str, props: Mapping[str, Any] | None = None, **needs: str | tuple[str, ...]) -> Made:
    """A resource; each of `needs` is a property that is another resource's id, or the ids of several."""
    named = {key: (names,) if isinstance(names, str) else names for key, names in needs.items()}
    unknown = dict.fromkeys(named, UNKNOWN)
    return Made(token, name, {**unknown, **(props or {})}, named)


VPC = made(f"{EC2}/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True})
SUBNET = made(
    f"{EC2}/subnet:Subnet",
    "subnet",
    {"cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-1a", "mapPublicIpOnLaunch": False},
    vpcId="vpc",
)
TABLE = made(f"{EC2}/routeTable:RouteTable", "table", vpcId="vpc")
ASSOCIATION = made(
    f"{EC2}/routeTableAssociation:RouteTableAssociation", "association", subnetId="subnet", routeTableId="table"
)
GROUP = made(f"{EC2}/securityGroup:SecurityGroup", "group", {"name": "group-1"}, vpcId="vpc")
EGRESS = made(
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "egress",
    {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"},
    securityGroupId="group",
)
ROLE = made("aws:iam/role:Role", "role", {"name": "role-1", "assumeRolePolicy": TRUST})
ATTACHMENT = made(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "attachment",
    {"policyArn": CORE, "role": "role-1"},
    role="role",
)
PROFILE = made(
    "aws:iam/instanceProfile:InstanceProfile", "profile", {"name": "profile-1", "role": "role-1"}, role="role"
)
INSTANCE = made(
    f"{EC2}/instance:Instance",
    "web",
    {"iamInstanceProfile": "profile-1", "ami": "ami-1", "tags": {"team": "web"}},
    iamInstanceProfile="profile",
    subnetId="subnet",
    vpcSecurityGroupIds="group",
)
BASE = (VPC, SUBNET, TABLE, ASSOCIATION, GROUP, EGRESS, ROLE, ATTACHMENT, PROFILE, INSTANCE)

GATEWAY = made(f"{EC2}/internetGateway:InternetGateway", "gateway", vpcId="vpc")
ROUTE = made(
    f"{EC2}/route:Route", "route", {"destinationCidrBlock": "0.0.0.0/0"}, routeTableId="table", gatewayId="gateway"
)


# What EC2 gives an endpoint without a policy.
EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})


def endpoint(service: str, **props: Any) -> Made:
    return made(
        f"{EC2}/vpcEndpoint:VpcEndpoint",
        service,
        {
            "serviceName": f"com.amazonaws.{REGION}.{service}",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "policy": EVERYTHING,
            **props,
        },
        vpcId="vpc",
        subnetIds="subnet",
        securityGroupIds="endpoints",
    )


ENDPOINTS = made(f"{EC2}/securityGroup:SecurityGroup", "endpoints", {"name": "endpoints-1"}, vpcId="vpc")
INGRESS = made(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "ingress",
    {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443},
    securityGroupId="endpoints",
    referencedSecurityGroupId="group",
)


def changed(stack: Stack, name: str, **props: Any) -> Stack:
    """The stack with these properties of one resource; a property that is written no more depends on nothing."""
    assert name in {one.name for one in stack}
    return tuple(_changed(one, props) if one.name == name else one for one in stack)


def _changed(one: Made, props: Mapping[str, Any]) -> Made:
    kept = {key: value for key, value in {**one.props, **props}.items() if value is not None}
    return replace(one, props=kept, needs={key: names for key, names in one.needs.items() if key not in props})


def joined(stack: Stack, name: str, **needs: str | tuple[str, ...]) -> Stack:
    """The stack with other resources behind properties of one."""
    other = made("", "", None, **needs)
    return tuple(
        replace(one, props={**one.props, **other.props}, needs={**one.needs, **other.needs})
        if one.name == name
        else one
        for one in stack
    )


def depending(stack: Stack, name: str, **needs: str) -> Stack:
    """The stack with other resources behind values that stand inside properties of one."""
    inside = {key: (other,) for key, other in needs.items()}
    return tuple(replace(one, needs={**one.needs, **inside}) if one.name == name else one for one in stack)


def without(stack: Stack, *names: str) -> Stack:
    """The stack without some of its resources."""
    assert set(names) <= {one.name for one in stack}
    return tuple(one for one in stack if one.name not in names)


PUBLIC = (*changed(BASE, "subnet", mapPublicIpOnLaunch=True), GATEWAY, ROUTE)
PRIVATELINK = (*BASE, ENDPOINTS, INGRESS, endpoint("ssm"), endpoint("ssmmessages"))
# A public subnet beside the instance's.
OUTER = (
    made(f"{EC2}/subnet:Subnet", "outer", {"cidrBlock": "10.0.1.0/24"}, vpcId="vpc"),
    made(f"{EC2}/routeTable:RouteTable", "outer-table", vpcId="vpc"),
    made(
        f"{EC2}/routeTableAssociation:RouteTableAssociation",
        "outer-association",
        subnetId="outer",
        routeTableId="outer-table",
    ),
    made(
        f"{EC2}/route:Route",
        "outer-route",
        {"destinationCidrBlock": "0.0.0.0/0"},
        routeTableId="outer-table",
        gatewayId="gateway",
    ),
)
NAT = (
    *BASE,
    GATEWAY,
    *OUTER,
    made(f"{EC2}/eip:Eip", "address", {"domain": "vpc"}),
    made(f"{EC2}/natGateway:NatGateway", "nat", {}, subnetId="outer", allocationId="address"),
    made(
        f"{EC2}/route:Route", "route", {"destinationCidrBlock": "0.0.0.0/0"}, routeTableId="table", natGatewayId="nat"
    ),
)
VARIANTS = {"public": PUBLIC, "nat": NAT, "privatelink": PRIVATELINK}


def many(count: int) -> Stack:
    """As many instances behind one pair of endpoints, each with a role and a group of its own."""
    shared = without(PRIVATELINK, "web", "group", "egress", "role", "attachment", "profile", "ingress")
    each = (GROUP, EGRESS, ROLE, ATTACHMENT, PROFILE, INSTANCE)
    own = {one.name for one in each}

    def numbered(one: Made, number: int) -> Made:
        props = json.loads(json.dumps(dict(one.props)).replace('-1"', f'-{number}"'))
        needs = {
            key: tuple(f"{name}-{number}" if name in own else name for name in names)
            for key, names in one.needs.items()
        }
        return Made(one.token, f"{one.name}-{number}", props, needs)

    everybody = _changed(replace(INGRESS, needs={"securityGroupId": ("endpoints",)}), {"cidrIpv4": "10.0.0.0/16"})
    everybody = _changed(everybody, {"referencedSecurityGroupId": None})
    return (*shared, everybody, *(numbered(one, number) for number in range(count) for one in each))


_ENTRY = {"protocol": "tcp", "action": "allow", "cidrBlock": "0.0.0.0/0"}
# One that lets https out and no answer in, and the rule that lets the answer in.
ACLS_BOTH = (
    made(
        f"{EC2}/networkAcl:NetworkAcl",
        "acl",
        {"egress": [{**_ENTRY, "ruleNo": 100, "fromPort": 443, "toPort": 443}], "ingress": []},
        vpcId="vpc",
        subnetIds="subnet",
    ),
    made(
        f"{EC2}/networkAclRule:NetworkAclRule",
        "answers",
        {
            "ruleNumber": 100,
            "egress": False,
            "protocol": "tcp",
            "ruleAction": "allow",
            "cidrBlock": "0.0.0.0/0",
            "fromPort": 1024,
            "toPort": 65535,
        },
        networkAclId="acl",
    ),
)


def scaled(stack: Stack) -> Stack:
    """The same with an Auto Scaling group in place of the instance."""
    template = made(
        f"{EC2}/launchTemplate:LaunchTemplate",
        "template",
        {"iamInstanceProfile": {"name": "profile-1"}, "imageId": "ami-1"},
        vpcSecurityGroupIds="group",
    )
    template = replace(template, needs={**template.needs, "iamInstanceProfile": ("profile",)})
    group = made(
        "aws:autoscaling/group:Group", "fleet", {"launchTemplate": {"id": UNKNOWN}}, vpcZoneIdentifiers="subnet"
    )
    group = replace(group, needs={**group.needs, "launchTemplate": ("template",)})
    return (*without(stack, "web"), template, group)
