"""The types that few stacks have: those that the loader reads, and those of which it says that it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ssm_guard.reach.unread import STARTERS
from tests.policy.session_manager_stacks import (
    CORE,
    EC2,
    PRIVATELINK,
    PUBLIC,
    Stack,
    changed,
    joined,
    made,
    scaled,
    without,
)
from tests.policy.shapes import WHEN
from tests.policy.test_session_manager_reachable import AS_WRITTEN, undetermined, unreachable

NATIVE = "aws-native:ec2"
SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"


def as_spot(stack: Stack) -> Stack:
    """The same instance, asked for on the spot market."""
    return tuple(replace(one, token=SPOT) if one.name == "web" else one for one in stack)


def by_configuration(stack: Stack, **props: Any) -> Stack:
    """The same with a group in place of the instance, which a launch configuration describes."""
    configuration = made(
        CONFIGURATION,
        "configuration",
        {"iamInstanceProfile": "profile-1", "imageId": "ami-1", **props},
        iamInstanceProfile="profile",
        securityGroups="group",
    )
    group = made(
        "aws:autoscaling/group:Group", "fleet", vpcZoneIdentifiers="subnet", launchConfiguration="configuration"
    )
    return (*without(stack, "web"), configuration, group)


JUDGED = {"a spot instance": as_spot, "a group with a launch configuration": by_configuration}


@pytest.mark.parametrize("built", JUDGED.values(), ids=JUDGED)
@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
def test_they_are_judged_as_instances_are(built: Any, when: str) -> None:
    works, broken = built(PUBLIC), built(without(PUBLIC, "egress"))

    assert (unreachable(works, when), undetermined(works, when)) == ([], [])
    [(_, said)] = unreachable(broken, when)
    assert "no rule of group lets tcp 443 out" in said


@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
def test_a_launch_configuration_asks_for_a_public_address(when: str) -> None:
    private = changed(PUBLIC, "subnet", mapPublicIpOnLaunch=False)

    assert unreachable(by_configuration(private, associatePublicIpAddress=True), when) == []
    [(name, said)] = unreachable(by_configuration(private), when)
    assert (name, "no public address" in said) == ("fleet", True)


def test_an_elastic_address_is_a_spot_instances_by_the_id_of_what_it_got() -> None:
    spot = changed(changed(as_spot(PUBLIC), "subnet", mapPublicIpOnLaunch=False), "web", id="sir-1")
    spot = changed(spot, "web", spotInstanceId="i-1")

    assert unreachable((*spot, made(f"{EC2}/eip:Eip", "own", {"instance": "i-1"}))) == []
    assert len(unreachable((*spot, made(f"{EC2}/eip:Eip", "own", {"instance": "i-2"})))) == 1


@pytest.mark.parametrize("token", STARTERS)
def test_what_starts_instances_and_is_not_read_is_named(token: str) -> None:
    stack = (*PUBLIC, made(token, "others", {"tags": [{"key": "team", "value": "db"}]}))
    [(name, said)] = undetermined(stack)

    assert unreachable(stack) == []
    assert name == "others"
    assert f"what others is started with: {token} is not read" in said


def test_a_tag_of_what_is_not_read_is() -> None:
    """So that an exemption or a selector holds for it, as for any other."""
    stack = (made(f"{NATIVE}:Instance", "others", {"tags": [{"key": "team", "value": "db"}]}),)

    assert unreachable(stack, tags={"team": "db"}) == []
    assert [name for name, _ in undetermined(stack)] == ["others"]


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(
            changed(scaled(PUBLIC), "fleet", launchTemplate={"id": "lt-1"}), id="a group by another stack's template"
        ),
        pytest.param(
            changed(
                changed(PUBLIC, "web", iamInstanceProfile=None, launchTemplate={"id": "lt-1"}),
                "web",
                vpcSecurityGroupIds=None,
            ),
            id="an instance by another stack's template, which has its profile",
        ),
        pytest.param(
            changed(PUBLIC, "web", iamInstanceProfile="profile-2"), id="an instance with another stack's profile"
        ),
        pytest.param(
            joined(without(PUBLIC, "profile"), "web", iamInstanceProfile="role"),
            id="an instance with a profile that comes from something else",
        ),
    ],
)
def test_who_may_be_meant_is_not_passed_over(stack: Stack) -> None:
    """And is no violation: it may be a server of another kind, which needs no way to Systems Manager."""
    broken = without(stack, "egress")

    assert (len(undetermined(stack)), unreachable(stack)) == (1, [])
    assert unreachable(broken) == []


def test_a_template_of_another_stack_tells_nothing_more_of_who_says_all_itself() -> None:
    stack = changed(PUBLIC, "web", launchTemplate={"id": "lt-1"})

    assert (undetermined(stack), unreachable(stack)) == ([], [])
    assert len(unreachable(without(stack, "egress"))) == 1


GROUP_ATTACHMENT = "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"
LOCKED = made(f"{EC2}/securityGroup:SecurityGroup", "locked", {"name": "locked-1"}, vpcId="vpc")


@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
def test_a_group_may_be_attached_to_an_instances_interface(when: str) -> None:
    other = joined((*PUBLIC, LOCKED), "web", vpcSecurityGroupIds="locked")
    attached = made(GROUP_ATTACHMENT, "attached", securityGroupId="group", networkInterfaceId="web")

    assert len(unreachable(other, when)) == 1
    assert (unreachable((*other, attached), when), undetermined((*other, attached), when)) == ([], [])


def test_a_group_may_be_attached_by_the_interfaces_id() -> None:
    other = changed(
        joined((*PUBLIC, LOCKED), "web", vpcSecurityGroupIds="locked"), "web", primaryNetworkInterfaceId="eni-1"
    )

    for eni, lacking in (("eni-1", 0), ("eni-2", 1)):
        attached = made(GROUP_ATTACHMENT, "attached", {"networkInterfaceId": eni}, securityGroupId="group")
        assert len(unreachable((*other, attached))) == lacking


def test_a_group_is_attached_beside_the_default_one() -> None:
    """Which lets all out, if nobody changed it: of its rules nothing is known here."""
    bare = (*changed(PUBLIC, "web", vpcSecurityGroupIds=None), LOCKED)
    attached = made(GROUP_ATTACHMENT, "attached", securityGroupId="locked", networkInterfaceId="web")

    assert unreachable((*bare, attached)) == []
    assert "it has the VPC's default one too" in undetermined((*bare, attached))[0][1]


@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
def test_a_policy_may_be_attached_to_several_roles_at_once(when: str) -> None:
    bare = without(PUBLIC, "attachment")
    attached = made("aws:iam/policyAttachment:PolicyAttachment", "all", {"policyArn": CORE}, roles="role")
    tags = {"tags": {"team": "web"}}

    assert "may not call" in unreachable(bare, when, **tags)[0][1]
    assert unreachable((*bare, attached), when, **tags) == []
    assert undetermined((*bare, attached), when) == []


@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
def test_private_dns_may_be_switched_by_a_resource_of_its_own(when: str) -> None:
    off = changed(PRIVATELINK, "ssm", privateDnsEnabled=False)
    token = "aws:vpc/endpointPrivateDns:EndpointPrivateDns"
    on = made(token, "names", {"privateDnsEnabled": True}, vpcEndpointId="ssm")

    assert "private DNS off" in unreachable(off, when)[0][1]
    assert (unreachable((*off, on), when), undetermined((*off, on), when)) == ([], [])
    off_again = changed((*off, on), "names", privateDnsEnabled=False)
    assert "private DNS off" in unreachable(off_again, when)[0][1]


def native(name: str, props: dict[str, Any] | None = None, module: str = NATIVE, **needs: str) -> Stack:
    return (made(f"{module}:{name}", "native", props, **needs),)


POLICY: dict[str, Any] = {"policyDocument": {"Statement": []}}
# What the stack lacks in classic types, and what of aws-native's may bring it.
BROUGHT = [
    pytest.param(PUBLIC, ("egress",), native("SecurityGroupEgress", groupId="group"), id="a rule that lets out"),
    pytest.param(
        PRIVATELINK, ("ingress",), native("SecurityGroupIngress", groupId="endpoints"), id="a rule that lets in"
    ),
    pytest.param(PUBLIC, ("route",), native("Route", routeTableId="table"), id="a route"),
    pytest.param(
        PUBLIC, ("association",), native("SubnetRouteTableAssociation", subnetId="subnet"), id="a subnet's table"
    ),
    pytest.param(PRIVATELINK, ("ssm",), native("VpcEndpoint", vpcId="vpc"), id="an endpoint"),
    pytest.param(
        PUBLIC, ("attachment",), native("RolePolicy", POLICY, "aws-native:iam", roleName="role"), id="a role's policy"
    ),
]


@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
@pytest.mark.parametrize(("stack", "lacks", "brought"), BROUGHT)
def test_what_may_bring_what_is_missing_is_no_violation(
    stack: Stack, lacks: tuple[str, ...], brought: Stack, when: str
) -> None:
    broken = without(stack, *lacks)
    tags = {"tags": {"team": "web"}}
    [(_, said)] = unreachable(broken, when, **tags)
    assert "will not answer" in said

    assert unreachable((*broken, *brought), when, **tags) == []


@pytest.mark.parametrize(
    "brought",
    [
        pytest.param(native("NetworkAclEntry", networkAclId="acl"), id="an entry of a network ACL"),
        pytest.param(native("SubnetNetworkAclAssociation", subnetId="subnet"), id="a subnet's network ACL"),
        pytest.param(native("VpcEndpoint", vpcId="vpc"), id="an endpoint, which may take the names"),
        pytest.param(native("VpcdhcpOptionsAssociation", vpcId="vpc"), id="name servers, where a name is private"),
        pytest.param(native("Route", routeTableId="table"), id="a route, which may be a longer prefix"),
        pytest.param(
            (made(f"{EC2}/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation", "native", routeTableId="table"),),
            id="routes that a virtual private gateway learns",
        ),
        pytest.param(native("ManagedPolicy", POLICY, "aws-native:iam", roles="role"), id="a policy, which may deny"),
    ],
)
def test_what_may_break_what_works_is_said(brought: Stack) -> None:
    works = PRIVATELINK if "VpcdhcpOptions" in brought[0].token else PUBLIC
    acl = made(
        f"{EC2}/networkAcl:NetworkAcl",
        "acl",
        {
            side: [{"ruleNo": 100, "action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}]
            for side in ("egress", "ingress")
        },
        vpcId="vpc",
        subnetIds="subnet",
    )
    works = (*works, acl)
    assert (unreachable(works), undetermined(works)) == ([], [])
    [(_, said)] = undetermined((*works, *brought))

    assert unreachable((*works, *brought)) == []
    assert "what native adds" in said


@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
@pytest.mark.parametrize(
    ("name", "key", "token"),
    [
        pytest.param("subnet", "subnetId", f"{NATIVE}:Subnet", id="a subnet"),
        pytest.param("group", "vpcSecurityGroupIds", f"{NATIVE}:SecurityGroup", id="a security group"),
        pytest.param("profile", "iamInstanceProfile", "aws-native:iam:InstanceProfile", id="a profile"),
        pytest.param("vpc", "vpcId", f"{NATIVE}:Vpc", id="a VPC"),
        pytest.param("gateway", "gatewayId", f"{NATIVE}:InternetGateway", id="an internet gateway"),
    ],
)
def test_an_instance_of_the_classic_provider_in_a_network_of_the_other(
    name: str, key: str, token: str, when: str
) -> None:
    stack = tuple(replace(one, token=token) if one.name == name else one for one in PUBLIC)
    assert any(name in needs for one in stack for which, needs in one.needs.items() if which == key)

    assert unreachable(stack, when) == []
    assert [who for who, _ in undetermined(stack, when)] == ["web"]


def test_what_uses_a_thing_adds_nothing_to_it() -> None:
    """Else one instance of aws-native's in a group would hide what every other one in it lacks."""
    other = made(f"{NATIVE}:Instance", "other", {}, subnetId="subnet", securityGroupIds="group")
    broken = (*without(PUBLIC, "egress"), other)

    assert [name for name, _ in unreachable(broken)] == ["web"]
    assert [name for name, _ in undetermined(broken)] == ["other"]
