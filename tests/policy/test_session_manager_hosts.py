"""How an instance comes by its interface: groups, subnet and address, from wherever a program may write them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha1
from typing import Any

import pytest

from tests.policy.judging import UNKNOWN
from tests.policy.session_manager_stacks import (
    EC2,
    INSTANCE,
    PUBLIC,
    Stack,
    changed,
    joined,
    made,
    scaled,
    without,
)
from tests.policy.test_session_manager_reachable import inside
from tests.policy.test_session_manager_shapes import WORLD, by_template, check, interface

PRIVATE = changed(PUBLIC, "subnet", mapPublicIpOnLaunch=False)


def by_card(**card: Any) -> Stack:
    """The instance with all that its launch template says of its first interface."""
    cards = [{"deviceIndex": 1}, {"deviceIndex": 0, "subnetId": UNKNOWN, "securityGroups": [UNKNOWN], **card}]
    stack = changed(by_template(vpcSecurityGroupIds=None, networkInterfaces=cards), "web", subnetId=None)
    return tuple(
        replace(one, needs={**one.needs, "networkInterfaces": ("group", "subnet")}) if one.name == "template" else one
        for one in changed(stack, "template", vpcSecurityGroupIds=None)
    )


def added(stack: Stack, interface_of: str) -> Stack:
    """A group that lets all out, added to an interface."""
    return (
        *stack,
        made(
            f"{EC2}/securityGroup:SecurityGroup",
            "other",
            {"egress": inside("egress", cidrBlocks=[WORLD])},
            vpcId="vpc",
        ),
        made(
            f"{EC2}/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment",
            "added",
            securityGroupId="other",
            networkInterfaceId=interface_of,
        ),
    )


NO_GROUP = changed(PUBLIC, "web", vpcSecurityGroupIds=None)
BY_NAME = joined(NO_GROUP, "web", securityGroups="group")
CLOSED = "no rule of group lets"
NO_ADDRESS = "has no public address"
FOREIGN = changed(NO_GROUP, "web", launchTemplate={"id": "lt-1"})
EITHER = made(f"{EC2}/eip:Eip", "own", {}, instance=("web", "second"))
SECOND = replace(INSTANCE, name="second")
ANY_ZONE = changed(scaled(PUBLIC), "fleet", vpcZoneIdentifiers=None, availabilityZones=["us-east-1a"])

BARE_DEBIAN = changed(PUBLIC, "web", ami="resolve:ssm:/aws/service/debian/release/12/latest/arm64")
INSTALLS = "#!/bin/sh\napt-get install -y amazon-ssm-agent\n"
IPV6_ONLY = changed(PUBLIC, "subnet", ipv6Native=True, cidrBlock=None, ipv6CidrBlock="2600:1f18::/64")
# With a way out by IPv6.
WITH_IPV6 = (
    *changed(changed(IPV6_ONLY, "subnet", assignIpv6AddressOnCreation=True), "egress", cidrIpv4=None, cidrIpv6="::/0"),
    made(
        f"{EC2}/route:Route",
        "route-6",
        {"destinationIpv6CidrBlock": "::/0"},
        routeTableId="table",
        gatewayId="gateway",
    ),
)

FROM_OFFICE = {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/8"]}
MIXED_INGRESS = (
    *changed(without(PUBLIC, "egress"), "group", ingress=[FROM_OFFICE]),
    made(
        f"{EC2}/securityGroupRule:SecurityGroupRule",
        "ingress",
        {**FROM_OFFICE, "type": "ingress", "fromPort": 22, "toPort": 22},
        securityGroupId="group",
    ),
)

SHAPES = [
    pytest.param(
        joined(without(PUBLIC, "egress"), "group", ingress="vpc"), CLOSED, id="unknown rules for what comes in"
    ),
    pytest.param(joined(without(PUBLIC, "egress"), "group", egress="vpc"), "?egress of group", id="unknown rules out"),
    pytest.param(MIXED_INGRESS, CLOSED, id="rules of both kinds for what comes in"),
    pytest.param(
        (
            *joined(PUBLIC, "egress", securityGroupId=("group", "second-group")),
            made(f"{EC2}/securityGroup:SecurityGroup", "second-group", vpcId="vpc"),
        ),
        "?whether egress is a rule of it",
        id="a rule of one of two groups",
    ),
    pytest.param(changed(BARE_DEBIAN, "web", userData=INSTALLS), None, id="user data that installs an agent"),
    pytest.param(
        changed(BARE_DEBIAN, "web", userData="#!/bin/sh\n"), "no SSM agent", id="user data that installs none"
    ),
    pytest.param(
        changed(BARE_DEBIAN, "web", userData=sha1(INSTALLS.encode()).hexdigest()),  # noqa: S324 - as the provider has it
        "?kept no more than a hash",
        id="the hash of user data",
    ),
    pytest.param(
        changed(IPV6_ONLY, "web", userData=UNKNOWN),
        "has no IPv4 address",
        id="an IPv6-only subnet and no user data",
    ),
    pytest.param(
        joined(WITH_IPV6, "web", userData="vpc"),
        "?the user data of web",
        id="an IPv6-only subnet and user data that may tell the agent",
    ),
    pytest.param(BY_NAME, None, id="groups under securityGroups"),
    pytest.param(without(BY_NAME, "egress"), CLOSED, id="a closed group under securityGroups"),
    pytest.param(
        without(changed(NO_GROUP, "web", securityGroups=["group-1"]), "egress"), CLOSED, id="a closed group by its name"
    ),
    pytest.param(by_card(), None, id="a template's first interface"),
    pytest.param(without(by_card(), "egress"), CLOSED, id="a template's first interface with a closed group"),
    pytest.param(by_card(associatePublicIpAddress="false"), NO_ADDRESS, id="one that wants no address"),
    pytest.param(
        changed(by_card(associatePublicIpAddress="true"), "subnet", mapPublicIpOnLaunch=False),
        None,
        id="one that wants an address",
    ),
    pytest.param(FOREIGN, "?does not make its launch template", id="another stack's template, which may name groups"),
    pytest.param(
        changed(FOREIGN, "web", subnetId=None), "?does not make its launch template", id="and which may name the subnet"
    ),
    pytest.param(
        changed(without(PUBLIC, "egress"), "web", launchTemplate={"id": "lt-1"}),
        CLOSED,
        id="another stack's template beside groups of its own",
    ),
    pytest.param(
        added(without(PUBLIC, "egress"), "web"), None, id="a group that is attached to the instance's interface"
    ),
    pytest.param(
        added(without(interface(), "egress"), "card"), None, id="a group that is attached to an interface of its own"
    ),
    pytest.param(
        added((*without(PUBLIC, "egress"), SECOND), "second"), CLOSED, id="a group that is attached to another instance"
    ),
    pytest.param(added(NO_GROUP, "web"), None, id="a group that is attached beside the default one"),
    pytest.param(
        joined(added((*without(PUBLIC, "egress"), SECOND), "web"), "added", networkInterfaceId=("web", "second")),
        "?whose group added adds",
        id="a group that is attached to one of two",
    ),
    pytest.param(
        (*PRIVATE, made(f"{EC2}/eip:Eip", "own", {}, instance="web")), None, id="an Elastic IP address of the instance"
    ),
    pytest.param(
        (*PRIVATE, SECOND, EITHER), "?which instance gets the address own", id="an Elastic IP address of one of two"
    ),
    pytest.param(
        (*PRIVATE, SECOND, made(f"{EC2}/eip:Eip", "own", {}, instance="second")),
        NO_ADDRESS,
        id="an Elastic IP address of the other one",
    ),
    pytest.param(changed(PUBLIC, "web", subnetId="subnet-1"), "?subnet-1", id="another stack's subnet"),
    pytest.param(
        changed(without(PUBLIC, "egress"), "web", subnetId="subnet-1"),
        "no rule of group lets tcp 443 out to any address",
        id="another stack's subnet and a closed group",
    ),
    pytest.param(
        changed(changed(PUBLIC, "egress", fromPort=80, toPort=80), "web", subnetId=None),
        CLOSED,
        id="no subnet and a group that is closed for https",
    ),
    pytest.param(
        changed(changed(PUBLIC, "egress", cidrIpv4="10.0.0.0/8"), "web", subnetId=None),
        "?the subnet of web",
        id="no subnet and a group that may let to where an endpoint is",
    ),
    pytest.param(
        changed(without(PUBLIC, "egress"), "subnet", vpcId="vpc-1"), CLOSED, id="another stack's VPC and a closed group"
    ),
    pytest.param(ANY_ZONE, "?starts in the account's default VPC", id="an Auto Scaling group with zones alone"),
]


@pytest.mark.parametrize(("stack", "said"), SHAPES)
def test_an_interface_is_read(stack: Stack, said: str | None) -> None:
    check(stack, said)
