"""Both verdicts over small stacks; `needs` stands for the ids that a preview doesn't know."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ssm_guard.managed_instances_have_no_ingress import MANAGED_INSTANCES_HAVE_NO_INGRESS
from tests.policy.cases.ec2 import GROUP, INGRESS_RULE, rule
from tests.policy.judging import UNKNOWN, Made, ask_stack_function
from tests.policy.shapes import WHEN, outputs

CORE = "arn:aws-cn:iam::aws:policy/AmazonSSMManagedInstanceCore"
OWN = json.dumps({"Statement": [{"Action": ["ssmmessages:OpenDataChannel"], "Resource": "*"}]})
BUCKETS = json.dumps({"Statement": [{"Action": ["s3:GetObject"], "Resource": "*"}]})

INSTANCE = Made(
    "aws:ec2/instance:Instance",
    "app",
    {"iamInstanceProfile": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]},
    {"iamInstanceProfile": ("profile",), "vpcSecurityGroupIds": ("web",)},
)
PROFILE = Made("aws:iam/instanceProfile:InstanceProfile", "profile", {"role": UNKNOWN}, {"role": ("role",)})
ROLE = Made("aws:iam/role:Role", "role")
ATTACHED = Made("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", {"policyArn": CORE}, {"role": ("role",)})
INLINE = Made("aws:iam/rolePolicy:RolePolicy", "inline", {"policy": OWN}, {"role": ("role",)})
POLICY = Made("aws:iam/policy:Policy", "policy", {"policy": OWN})
BY_POLICY = replace(ATTACHED, props={"policyArn": UNKNOWN}, needs={"role": ("role",), "policyArn": ("policy",)})

OPEN = Made(GROUP, "web", {"ingress": [rule(low=443, high=443, cidrBlocks=["10.0.0.0/8"])]})
CLOSED = Made(GROUP, "web", {"egress": [rule(low=443, high=443)]})
PENDING = Made(GROUP, "web", {"ingress": UNKNOWN})
RULE = Made(
    INGRESS_RULE,
    "https",
    {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/8", "securityGroupId": UNKNOWN},
    {"securityGroupId": ("web",)},
)
BASE = (INSTANCE, PROFILE, ROLE)

CONNECT = Made(
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint",
    "connect",
    {"securityGroupIds": [UNKNOWN]},
    {"securityGroupIds": ("doors",)},
)
DOORS = Made(GROUP, "doors", {"ingress": []})
OTHERS = Made(GROUP, "others", {"ingress": []})


def login(low: int = 22, high: int = 22, source: str = "doors", **more: object) -> Made:
    """The instance's group, which lets a group in."""
    return Made(
        GROUP, "web", {"ingress": [rule(low=low, high=high, securityGroups=[UNKNOWN], **more)]}, {"ingress": (source,)}
    )


AT_DOORS = Made(
    "aws:ec2/networkInterface:NetworkInterface", "eni", {"securityGroups": [UNKNOWN]}, {"securityGroups": ("doors",)}
)
LOGIN_RULE = Made(
    INGRESS_RULE,
    "login",
    {
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "referencedSecurityGroupId": UNKNOWN,
        "securityGroupId": UNKNOWN,
    },
    {"securityGroupId": ("web",), "referencedSecurityGroupId": ("doors",)},
)


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        pytest.param((*BASE, ATTACHED, OPEN), ["web.ingress[0] is an inbound rule"], id="an inline rule"),
        pytest.param((*BASE, ATTACHED, CLOSED), [], id="egress only"),
        pytest.param((*BASE, ATTACHED, PENDING), [], id="an ingress that AWS has yet to fill in"),
        pytest.param((*BASE, ATTACHED, CLOSED, RULE), ["https is an inbound rule"], id="a rule that is a resource"),
        pytest.param((*BASE, OPEN), [], id="a role without Session Manager"),
        pytest.param((*BASE, INLINE, OPEN), ["web.ingress[0]"], id="by an inline policy"),
        pytest.param((*BASE, replace(INLINE, props={"policy": BUCKETS}), OPEN), [], id="an inline policy for buckets"),
        pytest.param((*BASE, POLICY, BY_POLICY, OPEN), ["web.ingress[0]"], id="by a policy of one's own"),
        pytest.param(
            (*BASE, replace(POLICY, props={"policy": BUCKETS}), BY_POLICY, OPEN), [], id="a policy for buckets"
        ),
        pytest.param(
            (INSTANCE, PROFILE, replace(ROLE, props={"managedPolicyArns": [CORE]}), OPEN),
            ["web.ingress[0]"],
            id="by the role's own list",
        ),
        pytest.param(
            (replace(INSTANCE, needs={"vpcSecurityGroupIds": ("web",)}), PROFILE, ROLE, ATTACHED, OPEN),
            [],
            id="an instance without the profile",
        ),
        pytest.param(
            (
                replace(INSTANCE, props={"iamInstanceProfile": UNKNOWN, "vpcSecurityGroupIds": ["sg-1"]}),
                PROFILE,
                ROLE,
                ATTACHED,
                replace(OPEN, props={**OPEN.props, "id": "sg-1"}),
            ),
            ["web.ingress[0]"],
            id="by id",
        ),
    ],
)
@pytest.mark.parametrize("when", ["as it is written", *WHEN])
def test_verdict(stack: tuple[Made, ...], expected: list[str], when: str) -> None:
    said = ask_stack_function(MANAGED_INSTANCES_HAVE_NO_INGRESS, outputs(stack, when))

    assert expected == [text[: len(start)] for (_, text), start in zip(said, expected, strict=True)]
    assert {name for name, _ in said} <= {"app"}


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        pytest.param((CONNECT, DOORS, login()), [], id="SSH from the endpoint's group"),
        pytest.param((CONNECT, DOORS, login(3389, 3389)), [], id="RDP from it"),
        pytest.param((CONNECT, DOORS, CLOSED, LOGIN_RULE), [], id="in a rule that is a resource"),
        pytest.param((DOORS, login()), ["web.ingress[0]"], id="from a group that holds no endpoint"),
        pytest.param((CONNECT, DOORS, OTHERS, login(source="others")), ["web.ingress[0]"], id="from another group"),
        pytest.param((CONNECT, DOORS, login(443, 443)), ["web.ingress[0]"], id="to another port"),
        pytest.param((CONNECT, DOORS, login(20, 25)), ["web.ingress[0]"], id="to a range of ports"),
        pytest.param((CONNECT, DOORS, login(protocol="-1")), ["web.ingress[0]"], id="with every protocol"),
        pytest.param(
            (CONNECT, DOORS, login(cidrBlocks=["10.0.0.0/8"])), ["web.ingress[0]"], id="from an address beside it"
        ),
        pytest.param(
            (CONNECT, DOORS, AT_DOORS, login()), ["web.ingress[0]"], id="from a group in which a machine is too"
        ),
    ],
)
@pytest.mark.parametrize("when", ["as it is written", *WHEN])
def test_an_endpoint_of_instance_connect_may_log_in(stack: tuple[Made, ...], expected: list[str], when: str) -> None:
    said = ask_stack_function(MANAGED_INSTANCES_HAVE_NO_INGRESS, outputs((*BASE, ATTACHED, *stack), when))

    assert expected == [text[: len(start)] for (_, text), start in zip(said, expected, strict=True)]
