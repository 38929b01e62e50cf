"""The other shapes in which stacks write the same things: each is read, and the same shape with its fault is told."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.policy.judging import UNKNOWN
from tests.policy.session_manager_stacks import (
    CORE,
    EC2,
    EVERYTHING,
    INSTANCE,
    OUTER,
    PRIVATELINK,
    PUBLIC,
    TRUST,
    Stack,
    changed,
    depending,
    joined,
    made,
    without,
)
from tests.policy.test_session_manager_reachable import inline, inside, policy_of, undetermined, unreachable


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FIVE = policy_of("ssm:UpdateInstanceInformation", "ssmmessages:*")
WORLD = "0.0.0.0/0"


def interface(**props: Any) -> Stack:
    """The instance with a first interface of its own."""
    card = made(f"{EC2}/networkInterface:NetworkInterface", "card", props, subnetId="subnet", securityGroups="group")
    stack = changed(PUBLIC, "web", subnetId=None, vpcSecurityGroupIds=None)
    stack = changed(stack, "web", networkInterfaces=[{"deviceIndex": 0, "networkInterfaceId": UNKNOWN}])
    return (*depending(stack, "web", networkInterfaces="card"), card)


def by_template(**props: Any) -> Stack:
    """The instance with what its launch template says."""
    template = made(
        f"{EC2}/launchTemplate:LaunchTemplate",
        "template",
        {"iamInstanceProfile": {"name": "profile-1"}, **props},
        vpcSecurityGroupIds="group",
    )
    stack = changed(PUBLIC, "web", iamInstanceProfile=None, vpcSecurityGroupIds=None, launchTemplate={"id": UNKNOWN})
    return (
        *depending(stack, "web", launchTemplate="template"),
        depending((template,), "template", iamInstanceProfile="profile")[0],
    )


def elastic(stack: Stack, **needs: str) -> Stack:
    """An Elastic IP address in place of the subnet's."""
    address = made(f"{EC2}/eip:Eip", "address", {"domain": "vpc"})
    association = made(f"{EC2}/eipAssociation:EipAssociation", "association-of-it", {}, allocationId="address", **needs)
    return (*changed(stack, "subnet", mapPublicIpOnLaunch=False), address, association)


def nat_instance(**props: Any) -> Stack:
    """A NAT instance in a public subnet, and the instance behind it."""
    return (
        *changed(without(PUBLIC, "route"), "subnet", mapPublicIpOnLaunch=False),
        *changed(OUTER, "outer", mapPublicIpOnLaunch=True),
        made(
            f"{EC2}/securityGroup:SecurityGroup",
            "nat-group",
            {
                "ingress": inside("ingress", cidrBlocks=["10.0.0.0/16"]),
                "egress": inside("egress", cidrBlocks=[WORLD]),
            },
            vpcId="vpc",
        ),
        made(f"{EC2}/instance:Instance", "nat", props, subnetId="outer", vpcSecurityGroupIds="nat-group"),
        made(
            f"{EC2}/route:Route",
            "route",
            {"destinationCidrBlock": WORLD},
            routeTableId="table",
            networkInterfaceId="nat",
        ),
    )


def hub(*, record: bool = True, accepted: bool = True) -> Stack:
    """Endpoints in another VPC, over a peering connection, by private hosted zones."""
    names = ("ssm", "ssmmessages")
    stack = without(PRIVATELINK, "ingress", *names)
    endpoints = [
        made(
            f"{EC2}/vpcEndpoint:VpcEndpoint",
            name,
            {"serviceName": f"com.amazonaws.us-east-1.{name}", "vpcEndpointType": "Interface", "policy": EVERYTHING},
            vpcId="hub",
            subnetIds="hub-subnet",
            securityGroupIds="hub-group",
        )
        for name in names
    ]
    zones = [
        depending(
            (
                made(
                    "aws:route53/zone:Zone",
                    f"zone-{name}",
                    {"name": f"{name}.us-east-1.amazonaws.com", "vpcs": [{"vpcId": UNKNOWN}]},
                ),
            ),
            f"zone-{name}",
            vpcs="vpc",
        )[0]
        for name in names
    ]
    records = [
        depending(
            (
                made(
                    "aws:route53/record:Record",
                    f"record-{name}",
                    {"name": f"{name}.us-east-1.amazonaws.com", "type": "A", "aliases": [{"name": UNKNOWN}]},
                    zoneId=f"zone-{name}",
                ),
            ),
            f"record-{name}",
            aliases=name,
        )[0]
        for name in names
    ]
    return (
        *without(stack, "endpoints"),
        made(
            f"{EC2}/vpc:Vpc", "hub", {"cidrBlock": "10.9.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True}
        ),
        made(f"{EC2}/subnet:Subnet", "hub-subnet", {"cidrBlock": "10.9.0.0/24"}, vpcId="hub"),
        made(
            f"{EC2}/securityGroup:SecurityGroup",
            "hub-group",
            {"ingress": inside("ingress", cidrBlocks=["10.0.0.0/16"])},
            vpcId="hub",
        ),
        made(
            f"{EC2}/vpcPeeringConnection:VpcPeeringConnection",
            "peering",
            {"autoAccept": accepted},
            vpcId="vpc",
            peerVpcId="hub",
        ),
        made(
            f"{EC2}/route:Route",
            "there",
            {"destinationCidrBlock": "10.9.0.0/16"},
            routeTableId="table",
            vpcPeeringConnectionId="peering",
        ),
        joined(
            (
                made(
                    f"{EC2}/route:Route",
                    "back",
                    {"destinationCidrBlock": "10.0.0.0/16"},
                    vpcPeeringConnectionId="peering",
                ),
            ),
            "back",
            routeTableId="hub",
        )[0],
        *endpoints,
        *zones,
        *(records if record else ()),
    )


def spoke(*, associated: bool = True) -> Stack:
    """The other half of a hub's: its zones and its VPC are another stack's, known by their ids."""
    stack = without(PRIVATELINK, "endpoints", "ingress", "ssm", "ssmmessages")
    zones = [
        made("aws:route53/zoneAssociation:ZoneAssociation", f"zone-{name}", {"zoneId": f"Z{name}"}, vpcId="vpc")
        for name in ("ssm", "ssmmessages")
    ]
    return (
        *changed(stack, "egress", cidrIpv4="10.9.0.0/20"),
        made(
            f"{EC2}/vpcPeeringConnection:VpcPeeringConnection",
            "peering",
            {"autoAccept": True, "peerVpcId": "vpc-hub"},
            vpcId="vpc",
        ),
        made(
            f"{EC2}/route:Route",
            "there",
            {"destinationCidrBlock": "10.9.0.0/16"},
            routeTableId="table",
            vpcPeeringConnectionId="peering",
        ),
        *(zones if associated else ()),
    )


def listed(*cidrs: str) -> Stack:
    """The way out by a managed prefix list."""
    entries = [
        made(
            f"{EC2}/managedPrefixListEntry:ManagedPrefixListEntry",
            f"entry-{number}",
            {"cidr": cidr},
            prefixListId="list",
        )
        for number, cidr in enumerate(cidrs)
    ]
    rule = made(
        f"{EC2}/securityGroupRule:SecurityGroupRule",
        "egress",
        {"type": "egress", "protocol": "tcp", "fromPort": 443, "toPort": 443},
        securityGroupId="group",
        prefixListIds="list",
    )
    own = made(f"{EC2}/managedPrefixList:ManagedPrefixList", "list", {"name": "list-1", "addressFamily": "IPv4"})
    return (*without(PUBLIC, "egress"), rule, own, *entries)


def attached(text: str) -> Stack:
    """The rights by a policy of the stack's own."""
    policy = made("aws:iam/policy:Policy", "own-policy", {"name": "own-1", "policy": text})
    return (*joined(changed(PUBLIC, "attachment", policyArn=None), "attachment", policyArn="own-policy"), policy)


def written_in_the_role(**props: Any) -> Stack:
    return changed(without(PUBLIC, "attachment"), "role", **props)


def attached_to_roles(*names: str) -> Stack:
    """AWS's policy by an attachment that lists its roles."""
    other = made("aws:iam/role:Role", "other", {"name": "role-2", "assumeRolePolicy": TRUST})
    several = made(
        "aws:iam/policyAttachment:PolicyAttachment", "several", {"name": "several", "policyArn": CORE}, roles=names
    )
    return (*without(PUBLIC, "attachment"), other, several)


DEFAULT_TABLE = f"{EC2}/defaultRouteTable:DefaultRouteTable"
DEFAULT_GROUP = f"{EC2}/defaultSecurityGroup:DefaultSecurityGroup"
NO_TABLE = without(PUBLIC, "association", "table", "route")
NO_GROUP = changed(without(PUBLIC, "egress"), "web", vpcSecurityGroupIds=None)
SEPARATE = made(
    f"{EC2}/securityGroupRule:SecurityGroupRule",
    "other-egress",
    {"type": "egress", "protocol": "udp", "fromPort": 53, "toPort": 53, "cidrBlocks": [WORLD]},
    securityGroupId="group",
)


def default_table(**route: Any) -> Stack:
    table = made(DEFAULT_TABLE, "main", {"routes": [{"cidrBlock": WORLD, **route}]}, defaultRouteTableId="vpc")
    return (*NO_TABLE, depending((table,), "main", routes="gateway")[0])


SHAPES = [
    pytest.param(interface(), None, id="an interface of its own"),
    pytest.param(without(interface(), "egress"), "no rule of group lets", id="an interface's closed group"),
    pytest.param(by_template(), None, id="a launch template"),
    pytest.param(by_template(metadataOptions={"httpEndpoint": "disabled"}), "metadata", id="a launch template's fault"),
    pytest.param(elastic(PUBLIC, instanceId="web"), None, id="an Elastic IP by association"),
    pytest.param(elastic(interface(), networkInterfaceId="card"), None, id="an Elastic IP of the interface"),
    pytest.param(elastic(PUBLIC), "no public address", id="an Elastic IP of nobody"),
    pytest.param(nat_instance(sourceDestCheck=False), None, id="a NAT instance"),
    pytest.param(nat_instance(sourceDestCheck=True), "checks source and destination", id="a NAT instance that checks"),
    pytest.param(
        changed(without(PUBLIC, "egress"), "web", userData="#!/bin/sh\nexport https_proxy=http://10.0.0.9:3128\n"),
        "?the way of web to its proxy",
        id="an agent that goes through a proxy",
    ),
    pytest.param(
        changed(without(PUBLIC, "egress"), "web", userData="#!/bin/sh\necho no proxy here\n"),
        "no rule of group lets",
        id="a script without a proxy",
    ),
    pytest.param(
        changed(PUBLIC, "web", userDataBase64=encoded("dual_stack=true\nours='{\"UseDualStackEndpoint\": true}'")),
        None,
        id="an agent that may use IPv6 and has none",
    ),
    pytest.param(
        changed(PUBLIC, "subnet", ipv6Native=True, cidrBlock=None, ipv6CidrBlock="2600:1f18::/64"),
        "has no IPv4 address, and its agent is not told",
        id="an IPv6-only subnet and an agent that uses IPv4 names",
    ),
    pytest.param(
        changed(PUBLIC, "subnet", ipv6Native=True, cidrBlock=None, ipv6CidrBlock="2600:1f18::/64", enableDns64=True),
        "?where NAT64 leads web",
        id="an IPv6-only subnet with DNS64",
    ),
    pytest.param(
        (
            *changed(PUBLIC, "gateway", vpcId=None),
            made(
                f"{EC2}/internetGatewayAttachment:InternetGatewayAttachment",
                "attachment-of-it",
                internetGatewayId="gateway",
                vpcId="vpc",
            ),
        ),
        None,
        id="a gateway that is attached apart",
    ),
    pytest.param(default_table(gatewayId=UNKNOWN), None, id="the default table, adopted"),
    pytest.param(
        default_table(cidrBlock="10.9.0.0/16", gatewayId=UNKNOWN),
        "main has no route",
        id="the default table, elsewhere",
    ),
    pytest.param(
        (
            *without(PUBLIC, "association"),
            made(
                f"{EC2}/mainRouteTableAssociation:MainRouteTableAssociation", "main", vpcId="vpc", routeTableId="table"
            ),
        ),
        None,
        id="another main table",
    ),
    pytest.param(NO_GROUP, None, id="the VPC's default group"),
    pytest.param(
        (*NO_GROUP, made(DEFAULT_GROUP, "emptied", {"ingress": [], "egress": []}, vpcId="vpc")),
        "no rule of emptied lets",
        id="the VPC's default group, emptied",
    ),
    pytest.param(listed("0.0.0.0/1", "128.0.0.0/1"), None, id="a prefix list of everything"),
    pytest.param(listed("10.0.0.0/8"), "no rule of group lets", id="a prefix list of an office"),
    pytest.param(attached(FIVE), None, id="a policy of the stack"),
    pytest.param(attached(policy_of("ssmmessages:*")), "may not call ssm:", id="a policy with too little"),
    pytest.param(written_in_the_role(managedPolicyArns=[CORE]), None, id="a role that lists its policies"),
    pytest.param(
        written_in_the_role(inlinePolicies=[{"name": "own", "policy": FIVE}]), None, id="a role that writes them"
    ),
    pytest.param(
        written_in_the_role(inlinePolicies=[{"name": "own", "policy": policy_of("ssm:*")}]),
        "may not call ssmmessages:",
        id="a role that writes too little",
    ),
    pytest.param(without(attached_to_roles("role"), "egress"), "no rule of group lets", id="a list of roles"),
    pytest.param(
        (*attached_to_roles("role"), inline(policy_of("ssm:*"))), None, id="a list of roles, beside too little"
    ),
    pytest.param(
        (*attached_to_roles("other"), inline(policy_of("ssm:*"))),
        "may not call ssmmessages:",
        id="a list of other roles, beside too little",
    ),
    pytest.param(
        (*PUBLIC, inline(policy_of("ssm:*", effect="Deny", Condition={"Bool": {"aws:ViaAWSService": "true"}}))),
        None,
        id="a denial of what a service asks for somebody",
    ),
    pytest.param(
        (*PUBLIC, inline(policy_of("ssm:*", effect="Deny", Condition={"Bool": {"aws:ViaAWSService": "false"}}))),
        "may not call ssm:",
        id="a denial of what one asks by oneself",
    ),
    pytest.param(
        (
            *PUBLIC,
            inline(policy_of("ssm:*", effect="Deny", Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}})),
        ),
        "may not call ssm:",
        id="a denial of whoever is no service",
    ),
    pytest.param(
        changed(PUBLIC, "role", inlinePolicies=[{}]), None, id="a role that wants no policies but those attached"
    ),
    pytest.param(
        joined(
            (*PUBLIC, made("aws:iam/policy:Policy", "limit", {"name": "limit-1", "policy": policy_of("s3:*")})),
            "role",
            permissionsBoundary="limit",
        ),
        "permissions boundary",
        id="a boundary of the stack",
    ),
    pytest.param(
        (
            *changed(PRIVATELINK, "ssm", subnetIds=None),
            made(
                f"{EC2}/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",
                "joined",
                vpcEndpointId="ssm",
                subnetId="subnet",
            ),
        ),
        None,
        id="an endpoint whose subnet is a resource",
    ),
    pytest.param(
        (
            *PRIVATELINK,
            made(
                f"{EC2}/vpcEndpointPolicy:VpcEndpointPolicy",
                "narrow",
                {"policy": policy_of("ssm:GetParameter", Principal="*")},
                vpcEndpointId="ssm",
            ),
        ),
        "policy of ssm does not let",
        id="an endpoint whose policy is a resource",
    ),
    pytest.param(hub(), None, id="a hub's endpoints"),
    pytest.param(hub(record=False), "has no record", id="a hub without records"),
    pytest.param(spoke(), "?hosted zone Zssm", id="a spoke of another stack's hub"),
    pytest.param(spoke(associated=False), "no rule of group lets", id="a spoke without the hub's zones"),
    pytest.param((*PUBLIC, SEPARATE), None, id="rules of their own beside another"),
    pytest.param(
        without((*changed(PUBLIC, "group", egress=inside("egress", cidrBlocks=[WORLD])), SEPARATE), "egress"),
        "?which rules inside group stay",
        id="rules inside and of their own",
    ),
    pytest.param(hub(accepted=False), "?whether peering is accepted", id="a peering connection that waits"),
    pytest.param(
        (
            *PRIVATELINK,
            made(f"{EC2}/vpcDhcpOptions:VpcDhcpOptions", "dhcp", {"domainNameServers": ["10.0.0.9"]}),
            made(
                f"{EC2}/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation", "used", vpcId="vpc", dhcpOptionsId="dhcp"
            ),
        ),
        "?what 10.0.0.9 answer",
        id="name servers of one's own",
    ),
    pytest.param(
        (
            *PRIVATELINK,
            made(f"{EC2}/vpcDhcpOptions:VpcDhcpOptions", "dhcp", {"domainNameServers": ["AmazonProvidedDNS"]}),
            made(
                f"{EC2}/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation", "used", vpcId="vpc", dhcpOptionsId="dhcp"
            ),
        ),
        None,
        id="name servers of AWS's",
    ),
    pytest.param(changed(PUBLIC, "route", gatewayId="vgw-1"), "?vgw-1", id="a route to a virtual private gateway"),
    pytest.param(
        changed(PUBLIC, "attachment", policyArn="arn:aws:iam::1:policy/mine"), None, id="a policy of nobody knows"
    ),
]


@pytest.mark.parametrize(("stack", "said"), SHAPES)
def test_a_shape_is_read(stack: Stack, said: str | None) -> None:
    check(stack, said)


def check(stack: Stack, said: str | None) -> None:
    """None is reachable or not meant to be; a text with ? is said of what isn't known."""
    broken, unknown = unreachable(stack), undetermined(stack)

    if said is None:
        assert (broken, unknown) == ([], [])
    elif said.startswith("?"):
        assert broken == []
        assert said[1:] in unknown[0][1]
    else:
        assert unknown == []
        assert said in broken[0][1]


def test_what_a_component_of_another_language_hands_out_is_one_of_its_children() -> None:
    """Their outputs depend on the component alone: several subnets of it may be meant, and both must do."""
    component = made("awsx:ec2:Vpc", "network")
    assert component.token

    stack = (*joined(PUBLIC, "web", subnetId="network"), component)

    assert unreachable(stack) == []
    assert "subnetId of web" in undetermined(stack)[0][1]


def test_default_host_management_gives_the_rights_that_its_role_has() -> None:
    setting = made(
        "aws:ssm/serviceSetting:ServiceSetting",
        "setting",
        {
            "settingId": "arn:aws:ssm:us-east-1:123456789012:servicesetting/ssm/managed-instance/"
            "default-ec2-instance-management-role",
            "settingValue": "service-role/role-1",
        },
    )
    trusted = TRUST.replace("ec2.", "ssm.")
    stack = (*changed(changed(PUBLIC, "web", iamInstanceProfile=None), "role", assumeRolePolicy=trusted), setting)

    assert unreachable(stack) == []
    assert undetermined(stack) == []
    assert "may not call" in unreachable(without(stack, "attachment"))[0][1]


def test_two_stacks_worth_of_instances_are_judged_each_by_its_own() -> None:
    """Another VPC with a fault of its own, beside one that is whole."""
    other = tuple(
        replace(
            one,
            name=f"{one.name}-b",
            props=json.loads(json.dumps(dict(one.props)).replace('-1"', '-2"')),
            needs={key: tuple(f"{name}-b" for name in names) for key, names in one.needs.items()},
        )
        for one in without(PUBLIC, "egress")
    )

    assert [name for name, _ in unreachable((*PUBLIC, *other))] == ["web-b"]
    assert INSTANCE.name == "web"
    assert unreachable((*PUBLIC, inline(FIVE))) == []
