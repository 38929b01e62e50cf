"""The same types from packages that are made on the spot: every case of the table, in the spelling of the bridge."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from ssm_guard.readers import CLOUDS, READERS, known_as
from ssm_guard.terraform import token
from tests.policy.cases import Case, azure, ec2, edges, elsewhere, gcp, other_clouds, templates
from tests.policy.judging import UNKNOWN, Made, ask_function, ask_stack_function
from tests.policy.test_edges import ON

# Each token as `pulumi package add terraform-provider hashicorp/aws` has it in its schema.
PACKAGES = {
    "aws:index/securityGroup:SecurityGroup": "aws:ec2/securityGroup:SecurityGroup",
    "aws:index/securityGroupRule:SecurityGroupRule": "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:index/defaultSecurityGroup:DefaultSecurityGroup": "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:index/vpcSecurityGroupIngressRule:VpcSecurityGroupIngressRule": (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    ),
    "aws:index/eksNodeGroup:EksNodeGroup": "aws:eks/nodeGroup:NodeGroup",
    "aws:index/ec2ManagedPrefixList:Ec2ManagedPrefixList": "aws:ec2/managedPrefixList:ManagedPrefixList",
    "aws:index/elb:Elb": "aws:elb/loadBalancer:LoadBalancer",
}
# Lists that Terraform writes as blocks, and so in the singular; whatever else is a list keeps its name.
BLOCKS = {
    "destinationConfigurations": "destination_configuration",
    "ec2InboundPermissions": "ec2_inbound_permission",
    "entries": "entry",
    "listeners": "listener",
    "permittedPublicSecurityGroupRuleRanges": "permitted_public_security_group_rule_range",
    "portInfos": "port_info",
    "portOverrides": "port_override",
    "portRanges": "port_range",
    "settings": "setting",
}
# Blocks that may stand once: an object in a package, a list of one in a module.
ONCE = {"remoteAccess": "remote_access"}
NAMES = {name: token for cloud in CLOUDS for name, token in cloud.terraform.items()}
OURS = {token: name for name, token in NAMES.items() if token in READERS}
CASES = [case for case in (*ec2.CASES, *edges.CASES, *elsewhere.CASES, *templates.CASES) if case.token in OURS]


def in_package(props: Any) -> Any:
    return {{"ingress": "ingresses", "egress": "egresses"}.get(key, key): value for key, value in props.items()}


def in_module(value: Any) -> Any:
    if isinstance(value, list):
        return [in_module(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, inner in value.items():
        name = BLOCKS.get(key) or re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key)
        # What is a map of anything keeps its keys.
        kept = inner if key in {"parameters", "templateBody", "desiredState"} else in_module(inner)
        found[name] = [kept] if key in ONCE and isinstance(kept, dict) else kept
    return found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_has_the_same_verdict_in_a_package_and_in_a_module(case: Case) -> None:
    usual = ask_function(NO_WORLD_SSH, case.token, case.props, ON)
    package = ask_function(NO_WORLD_SSH, token(OURS[case.token]), in_package(case.props), ON)
    module = ask_function(NO_WORLD_SSH, f"network:tf:{OURS[case.token]}", in_module(dict(case.props)), ON)

    assert len(usual.violations) == len(package.violations) == len(module.violations)
    assert len(usual.advisories) == len(package.advisories) == len(module.advisories)


CLOUD_CASES = [
    case for case in (*gcp.CASES, *azure.CASES, *other_clouds.CASES) if case.token in OURS and case.token in READERS
]
_SINGULAR = ((r"ies$", "y"), (r"(?<=ss)es$", ""), (r"s$", ""))


def as_terraform(value: Any) -> Any:
    """Terraform's own spelling: snake_case, a block in the singular, one that may stand once in a list of one."""
    if isinstance(value, list):
        return [as_terraform(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, inner in value.items():
        name = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key)
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            name = next((re.sub(end, one, name) for end, one in _SINGULAR if re.search(end, name)), name)
        kept = inner if key == "annotations" else as_terraform(inner)
        found[name] = [kept] if isinstance(kept, dict) and key != "annotations" else kept
    return found


def of_both_policies(token: str, props: Any) -> int:
    """How many violations the resource policy and the stack policy find together."""
    alone = ask_function(NO_WORLD_SSH, token, props).violations
    return len(alone) + len(ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, [Made(token, "it", props)]))


@pytest.mark.parametrize("case", CLOUD_CASES, ids=str)
def test_every_case_of_another_cloud_too(case: Case) -> None:
    package = of_both_policies(token(OURS[case.token]), case.props)
    module = of_both_policies(f"network:tf:{OURS[case.token]}", as_terraform(dict(case.props)))

    assert (package, module) == (len(case.blocked), len(case.blocked))


def test_the_tokens_are_those_of_the_bridge() -> None:
    assert {name: known_as(name).token for name in PACKAGES} == PACKAGES


def test_every_type_of_the_classic_provider_has_its_terraform_name() -> None:
    classic = {token for token in READERS if token.startswith("aws:")}

    assert classic - set(NAMES.values()) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("aws:elasticloadbalancingv2/loadBalancer:LoadBalancer", "aws:lb/loadBalancer:LoadBalancer"),
        ("aws:elasticloadbalancingv2/listener:Listener", "aws:lb/listener:Listener"),
        ("aws:applicationloadbalancing/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"),
        ("aws:elasticloadbalancing/loadBalancer:LoadBalancer", "aws:elb/loadBalancer:LoadBalancer"),
        ("aws:s3/bucket:Bucket", "aws:s3/bucket:Bucket"),
        ("odd", "odd"),
        ("", ""),
    ],
)
def test_a_token_of_an_older_provider_is_the_type_of_today(old: str, new: str) -> None:
    assert known_as(old).token == new


@pytest.mark.parametrize(("last", "blocked"), [("128.0.0.0/1", 1), ("128.0.0.0/2", 0)])
def test_rules_from_terraform_are_put_together(last: str, blocked: int) -> None:
    group, rule = "aws:index/securityGroup:SecurityGroup", "web:tf:aws_vpc_security_group_ingress_rule"
    common = {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "security_group_id": UNKNOWN}
    stack = [
        Made(group, "web", {"name": "web"}),
        *(
            Made(rule, cidr, {**common, "cidr_ipv4": cidr}, {"security_group_id": ("web",)})
            for cidr in ("0.0.0.0/1", last)
        ),
    ]

    assert len(ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, stack)) == blocked
