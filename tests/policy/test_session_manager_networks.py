"""What a VPC comes with, and what other services do to its ways and names, as far as a stack tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy import test_session_manager_hosts as hosts
from tests.policy import test_session_manager_shapes as shapes
from tests.policy.judging import UNKNOWN
from tests.policy.session_manager_stacks import (
    BASE,
    EC2,
    GATEWAY,
    NAT,
    OUTER,
    PRIVATELINK,
    PUBLIC,
    ROUTE,
    Stack,
    changed,
    depending,
    joined,
    made,
    without,
)
from tests.policy.test_session_manager_reachable import JUNK, undetermined, unreachable
from tests.policy.test_session_manager_shapes import DEFAULT_GROUP, DEFAULT_TABLE, WORLD, check

EMPTIED = made(DEFAULT_GROUP, "emptied", {"ingress": [], "egress": []}, vpcId="vpc")
[MAIN] = depending(
    (
        made(
            DEFAULT_TABLE,
            "main",
            {"routes": [{"cidrBlock": WORLD, "gatewayId": UNKNOWN}]},
            defaultRouteTableId="vpc",
        ),
    ),
    "main",
    routes="gateway",
)
# The account's own VPC and one of its subnets, as a program adopts them.
DEFAULT = (
    made(f"{EC2}/defaultVpc:DefaultVpc", "vpc"),
    made(f"{EC2}/defaultSubnet:DefaultSubnet", "subnet", {"availabilityZone": "us-east-1a"}, vpcId="vpc"),
    *without(BASE, "vpc", "subnet", "table", "association"),
)
NAMED_DEFAULT = joined(without(PUBLIC, "egress"), "web", vpcSecurityGroupIds="vpc")


# A VPC without a way of its own: another one's endpoints may be beyond the transit gateway.
SPOKE = (
    *BASE,
    made(
        f"{EC2}/route:Route",
        "hub",
        {"destinationCidrBlock": "10.0.0.0/8", "transitGatewayId": "tgw-1"},
        routeTableId="table",
    ),
)
PROFILE = made("aws:route53/profilesAssociation:ProfilesAssociation", "names", {"profileId": "rp-1"}, resourceId="vpc")
FOREIGN_RULE = made(
    "aws:route53/resolverRuleAssociation:ResolverRuleAssociation", "rule", {"resolverRuleId": "rslvr-rr-1"}, vpcId="vpc"
)


def forwarding(domain: str, kind: str = "FORWARD") -> Stack:
    """A rule of Route 53's resolver for the VPC."""
    return (
        made("aws:route53/resolverRule:ResolverRule", "forward", {"domainName": domain, "ruleType": kind}),
        made(
            "aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
            "rule",
            vpcId="vpc",
            resolverRuleId="forward",
        ),
    )


def by_dhcp(*servers: str, kind: str = "vpcDhcpOptions:VpcDhcpOptions") -> Stack:
    """Endpoints in a VPC whose DHCP options name these servers."""
    options = made(f"{EC2}/{kind}", "dhcp", {"domainNameServers": list(servers)} if servers else {})
    association = made(
        f"{EC2}/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation", "used", vpcId="vpc", dhcpOptionsId="dhcp"
    )
    return (*PRIVATELINK, options, association)


def learning(table: str) -> Stack:
    """A table without a default route that learns from a virtual private gateway."""
    token = f"{EC2}/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
    return (*without(PUBLIC, "route"), *OUTER[:2], made(token, "learnt", {"vpnGatewayId": "vgw-1"}, routeTableId=table))


NAMES = [
    pytest.param(by_dhcp("10.0.0.2"), None, id="the address of the VPC's resolver"),
    pytest.param(by_dhcp("169.254.169.253"), None, id="the resolver's address in every VPC"),
    pytest.param(by_dhcp("10.0.0.3"), "?what 10.0.0.3 answer", id="the address of somebody else"),
    pytest.param(
        by_dhcp("AmazonProvidedDNS", "10.0.0.53"), "?what 10.0.0.53 answer", id="the resolver and somebody else"
    ),
    pytest.param(
        by_dhcp(kind="defaultVpcDhcpOptions:DefaultVpcDhcpOptions"), None, id="the DHCP options that AWS makes"
    ),
    pytest.param(SPOKE, "has no route", id="no way, and nobody else who answers"),
    pytest.param((*SPOKE, PROFILE), "?the Route 53 profile of names", id="a Route 53 profile"),
    pytest.param((*PRIVATELINK, PROFILE), None, id="a Route 53 profile beside endpoints of its own"),
    pytest.param((*SPOKE, FOREIGN_RULE), "?the rule of rule forwards", id="another stack's forwarding rule"),
    pytest.param((*SPOKE, *forwarding("amazonaws.com")), "?the rule of rule", id="a rule for AWS's names"),
    pytest.param((*SPOKE, *forwarding(".")), "?the rule of rule", id="a rule for all names"),
    pytest.param((*SPOKE, *forwarding("corp.example")), "has no route", id="a rule for the office's names"),
    pytest.param((*SPOKE, *forwarding(".", "SYSTEM")), "has no route", id="a rule for the resolver itself"),
]
PUBLIC_ENDPOINT = (*PUBLIC, made(f"{EC2}/vpcEndpoint:VpcEndpoint", "lattice", vpcId="vpc"))


def blocking(mode: str, exclusion: str = "", **of: str) -> Stack:
    """VPC Block Public Access, and what is excluded from it."""
    token = f"{EC2}/vpcBlockPublicAccess"
    options = made(f"{token}Options:VpcBlockPublicAccessOptions", "block", {"internetGatewayBlockMode": mode})
    props = {"internetGatewayExclusionMode": exclusion}
    excluded = made(f"{token}Exclusion:VpcBlockPublicAccessExclusion", "excluded", props, **of)
    return (options, excluded) if exclusion else (options,)


BLOCKED = [
    pytest.param((*PUBLIC, *blocking("off")), None, id="Block Public Access that is off"),
    pytest.param((*PUBLIC, *blocking("block-ingress")), "Block Public Access", id="and that lets NAT alone out"),
    pytest.param((*NAT, *blocking("block-ingress")), None, id="and that lets NAT out"),
    pytest.param((*NAT, *blocking("block-bidirectional")), "Block Public Access", id="and that lets nothing out"),
    pytest.param(
        (*PUBLIC, *blocking("block-bidirectional", "allow-bidirectional", subnetId="subnet")),
        None,
        id="and excludes the subnet",
    ),
    pytest.param(
        (*PUBLIC, *blocking("block-bidirectional", "allow-egress", vpcId="vpc")),
        "Block Public Access",
        id="and excludes the VPC's NAT alone",
    ),
    pytest.param(
        (*NAT, *blocking("block-bidirectional", "allow-egress", vpcId="vpc")), None, id="and excludes the VPC's NAT"
    ),
]
UNTYPED = [
    pytest.param(changed(PRIVATELINK, "ssm", serviceName=UNKNOWN), "?serviceName of ssm", id="an endpoint of no name"),
    pytest.param(
        changed(PUBLIC_ENDPOINT, "lattice", vpcEndpointType="Resource", serviceName=UNKNOWN),
        None,
        id="an endpoint of VPC Lattice, which has no service",
    ),
    pytest.param(
        changed(changed(PRIVATELINK, "ssm", vpcEndpointType=None), "ssmmessages", vpcEndpointType=None),
        "vpc has no endpoint for ssm,",
        id="endpoints of no type, which is that of S3's alone",
    ),
]
TABLES = [
    pytest.param(learning("table"), "?what learnt adds", id="the instance's table learns routes"),
    pytest.param(learning("outer-table"), "has no route", id="another table learns routes"),
    pytest.param(
        (
            *joined(changed(PUBLIC, "route", gatewayId=None), "route", vpcPeeringConnectionId="peering"),
            made(f"{EC2}/vpcPeeringConnection:VpcPeeringConnection", "peering", {"peerVpcId": "vpc-9"}, vpcId="vpc"),
        ),
        "of table leads to peering, and a peering connection leads to no internet",
        id="a route to a peering connection, by its name",
    ),
]


@pytest.mark.parametrize(("stack", "said"), [*NAMES, *UNTYPED, *BLOCKED, *TABLES])
def test_what_else_makes_ways_and_names_is_read(stack: Stack, said: str | None) -> None:
    check(stack, said)


DEFAULTS = [
    pytest.param(DEFAULT, "?the main route table of vpc: the stack does not make", id="the default VPC"),
    pytest.param(without(DEFAULT, "egress"), "no rule of group lets", id="the default VPC and a closed group"),
    pytest.param((*DEFAULT, GATEWAY, MAIN), "?what else is in vpc", id="the default VPC with its table adopted"),
    pytest.param(
        (*DEFAULT, GATEWAY, *joined((ROUTE,), "route", routeTableId="vpc")),
        "?the main route table of vpc",
        id="the default VPC with a route more",
    ),
    pytest.param(
        changed(DEFAULT, "web", vpcSecurityGroupIds=None),
        "?the default security group of vpc",
        id="the default VPC's default group",
    ),
    pytest.param(NAMED_DEFAULT, None, id="the default group, by its id"),
    pytest.param(
        (*NAMED_DEFAULT, EMPTIED), "no rule of emptied lets", id="the default group, by its id and emptied by another"
    ),
    pytest.param(
        (*joined(without(PUBLIC, "table", "route"), "association", routeTableId="vpc"), MAIN),
        None,
        id="the main table, by its id and adopted by another",
    ),
    pytest.param(
        joined(without(PUBLIC, "table", "route"), "association", routeTableId="vpc"),
        "the main route table of vpc has no route",
        id="the main table, by its id",
    ),
]


IDS = {
    "id": "vpc-1",
    "mainRouteTableId": "rtb-1",
    "defaultSecurityGroupId": "sg-1",
    "defaultNetworkAclId": "acl-1",
}


def known(stack: Stack, name: str, **ids: Any) -> Stack:
    """The stack after an update: AWS has given its VPC ids, and a property has one of them."""
    given = {"vpc": IDS, name: ids}
    return tuple(replace(one, props={**one.props, **given.get(one.name, {})}) for one in stack)


BY_MAIN = joined(without(PUBLIC, "association", "table"), "route", routeTableId="vpc")
ENTRY = made(
    f"{EC2}/networkAclRule:NetworkAclRule",
    "entry",
    {"ruleNumber": 50, "egress": True, "protocol": "-1", "ruleAction": "deny", "cidrBlock": WORLD},
    networkAclId="vpc",
)
IN_DEFAULT_ACL = (*PUBLIC, ENTRY)
AFTER = [
    pytest.param(known(BY_MAIN, "route", routeTableId="rtb-1"), None, id="a route in the main table"),
    pytest.param(
        known(BY_MAIN, "route", routeTableId="rtb-2"), "the main route table of vpc has no route", id="in another table"
    ),
    pytest.param(known(NAMED_DEFAULT, "web", vpcSecurityGroupIds=["sg-1"]), None, id="the default group"),
    pytest.param(known(NAMED_DEFAULT, "web", vpcSecurityGroupIds=["sg-2"]), "?sg-2", id="another group"),
    pytest.param(
        IN_DEFAULT_ACL, "the default network ACL of vpc lets no tcp 443 out", id="an entry of the default ACL"
    ),
    pytest.param(
        known(IN_DEFAULT_ACL, "entry", networkAclId="acl-1"),
        "the default network ACL of vpc lets no tcp 443 out",
        id="an entry of the default ACL, by its id",
    ),
    pytest.param(known(IN_DEFAULT_ACL, "entry", networkAclId="acl-2"), None, id="an entry of another ACL"),
    pytest.param(
        known(IN_DEFAULT_ACL, "entry", networkAclId="acl-1", ruleNumber=200), None, id="an entry behind EC2's own"
    ),
]
# A preview that knows an id of nothing in the stack.
HIDDEN = [
    pytest.param(changed(PUBLIC, "association", subnetId=UNKNOWN), "?subnetId of association", id="whose table"),
    pytest.param(
        changed(PUBLIC, "association", routeTableId=UNKNOWN), "?routeTableId of association", id="which table"
    ),
    pytest.param(changed(PUBLIC, "route", routeTableId=UNKNOWN), "?routeTableId of route", id="whose route"),
    pytest.param(
        (*PUBLIC, made(f"{EC2}/networkAcl:NetworkAcl", "acl", {"subnetIds": [UNKNOWN]}, vpcId="vpc")),
        "?subnetIds[0] of acl",
        id="whose network ACL",
    ),
    pytest.param(
        (
            *PUBLIC,
            made(
                f"{EC2}/routeTableAssociation:RouteTableAssociation",
                "other",
                {"subnetId": UNKNOWN},
                routeTableId="table",
            ),
        ),
        None,
        id="whose table, of a subnet that has one",
    ),
    pytest.param(
        (
            *PUBLIC,
            made(
                f"{EC2}/routeTableAssociation:RouteTableAssociation",
                "edge",
                gatewayId="gateway",
                routeTableId="table",
            ),
        ),
        None,
        id="a table of a gateway",
    ),
]


@pytest.mark.parametrize(("stack", "said"), [*AFTER, *HIDDEN])
def test_an_id_is_joined_with_what_it_is_of(stack: Stack, said: str | None) -> None:
    check(stack, said)


EVERY: list[Any] = [
    one.values[0] for one in (*hosts.SHAPES, *shapes.SHAPES, *NAMES, *TABLES, *DEFAULTS, *AFTER, *HIDDEN)
]


@given(st.data())
def test_junk_in_any_of_these_shapes_never_raises(data: st.DataObject) -> None:
    """And whatever is said of it names no URN, which nobody finds in a program."""
    stack = list(data.draw(st.sampled_from(EVERY)))
    for _ in range(3):
        place = data.draw(st.integers(0, len(stack) - 1))
        one = stack[place]
        key = data.draw(st.sampled_from([*one.props, *one.needs, "vpcId", "securityGroups", "roles"]))
        others = data.draw(st.lists(st.sampled_from([other.name for other in stack]), max_size=2))
        props, needs = {**one.props, key: data.draw(JUNK)}, {**one.needs, key: tuple(others)}
        stack[place] = replace(one, props=props, needs=needs)
    said = [*unreachable(tuple(stack)), *undetermined(tuple(stack))]

    assert [text for _, text in said if "urn:pulumi" in text] == []


@pytest.mark.parametrize(("stack", "said"), DEFAULTS)
def test_what_a_vpc_comes_with_is_read(stack: Stack, said: str | None) -> None:
    check(stack, said)
