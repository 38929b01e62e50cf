"""Random rules against an oracle that asks address by address, and random junk on every type that is read."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy import ResourceValidationPolicy, StackValidationPolicy

from ssm_guard import POLICIES, terraform
from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from ssm_guard.readers import READERS, aws
from ssm_guard.readers.aws.cloudformation import CFN_READERS
from ssm_guard.remediation import remediate
from ssm_guard.reporting import NotKnownYetError
from tests.policy import test_across_resources as across
from tests.policy.cases import Case, azure, ec2, edges, elsewhere, gcp, other_clouds, templates
from tests.policy.cases.ec2 import GROUP
from tests.policy.judging import (
    UNKNOWN,
    Made,
    arguments,
    ask_function,
    ask_server,
    ask_stack_function,
    ask_stack_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

# One block is (version, first address, prefix), written by hand, so that the oracle shares no code with the pack.
Block = tuple[int, int, int]
BITS = {4: 32, 6: 128}
# All of IPv4; of IPv6 what IANA gives out, 2000::/3.
PUBLIC = {4: (0, 2**32 - 1), 6: (2**125, 2**126 - 1)}


def written(block: Block) -> str:
    version, address, prefix = block
    if version == 4:
        return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{prefix}"
    return ":".join(f"{address >> shift & 65535:x}" for shift in range(112, -1, -16)) + f"/{prefix}"


def span(block: Block) -> tuple[int, int]:
    version, address, prefix = block
    size = 2 ** (BITS[version] - prefix)
    return address // size * size, address // size * size + size - 1


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Blocks that often add up to the world: mostly wide, and at its corners."""
    version = draw(st.sampled_from([4, 6]))
    prefix = draw(st.one_of(st.integers(0, 4), st.integers(0, BITS[version])))
    corner = draw(st.integers(0, 15)) << (BITS[version] - 4)
    address = draw(st.one_of(st.just(corner), st.integers(0, 2 ** BITS[version] - 1)))
    return version, address, prefix


PORTS = st.one_of(st.none(), st.sampled_from([-1, 0, 21, 22, 23, 65535]), st.integers(0, 65535))
RULES = st.fixed_dictionaries(
    {
        "protocol": st.sampled_from(["tcp", "TCP", "6", 6.0, "-1", -1, "all", "udp", "17", "icmp", "47"]),
        "fromPort": PORTS,
        "toPort": PORTS,
        "blocks": st.lists(blocks(), max_size=6),
    }
)


def reaches_port_22(rule: dict[str, Any]) -> bool:
    """By hand: which packets to port 22 a rule lets in, whatever their source."""
    name = str(rule["protocol"]).lower()
    low, high = rule["fromPort"], rule["toPort"]
    if name in {"-1", "all"}:
        return True
    if name not in {"tcp", "6", "6.0"}:
        return False
    if low in {None, -1} or high in {None, -1}:
        return True
    return 22 in range(low, high + 1)


def is_open(rules: list[dict[str, Any]], version: int) -> bool:
    """Whether every address gets in: it is enough to ask at each place where a block begins or ends."""
    spans = [span(block) for rule in rules if reaches_port_22(rule) for block in rule["blocks"] if block[0] == version]
    first, last = PUBLIC[version]
    edges_of_spans = {edge + step for low, high in spans for edge, step in ((low, 0), (low, -1), (high, 0), (high, 1))}
    asked = {first, last, *(address for address in edges_of_spans if first <= address <= last)}
    return all(any(low <= address <= high for low, high in spans) for address in asked)


@given(st.lists(RULES, max_size=4))
@settings(max_examples=400)
def test_the_verdict_is_what_asking_every_address_gives(rules: list[dict[str, Any]]) -> None:
    ingress = [
        {
            "protocol": rule["protocol"],
            "fromPort": rule["fromPort"],
            "toPort": rule["toPort"],
            "cidrBlocks": [written(block) for block in rule["blocks"] if block[0] == 4],
            "ipv6CidrBlocks": [written(block) for block in rule["blocks"] if block[0] == 6],
        }
        for rule in rules
    ]
    said = ask_function(NO_WORLD_SSH, GROUP, {"ingress": ingress})

    assert (is_open(rules, 4) or is_open(rules, 6)) == bool(said.violations)
    assert said.advisories == []


def keys_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


def maps(
    keys: st.SearchStrategy[str], values: st.SearchStrategy[Any], *, max_size: int | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """What `st.dictionaries` gives, for a fifth less work: that one draws a key again until it is a new one."""
    return st.lists(st.tuples(keys, values), max_size=max_size).map(dict)


# The keys that the table knows, so that junk gets past the first door.
CASES = [*ec2.CASES, *edges.CASES, *elsewhere.CASES, *templates.CASES]
KEYS = sorted(
    {key for case in CASES for key in keys_in(case.props)}
    | {key for whole in (*across.CASES, *across.OPAQUE) for one in whole.stack for key in keys_in(one.props)}
    | {"Resources", "Type", "Properties", "Conditions", "Parameters", "Mappings", "Transform"}
    | {"role", "policy", "policyArn", "managedPolicyArns", "iamInstanceProfile", "vpcSecurityGroupIds", "keyName"}
    | {"metadataOptions", "subnetId", "serviceName", "gatewayId", "routeTableId", "routes", "instance", "instanceId"}
)
FUNCTIONS = [
    "Ref",
    "Condition",
    *(f"Fn::{name}" for name in ("If", "Sub", "Join", "Split", "Select", "FindInMap", "And")),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from(
        ["0.0.0.0/0", "::/0", "tcp", "-1", "ingress", "22", "${x}", "${", "a,b,c,d", UNKNOWN, *CFN_READERS]
    ),
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        maps(st.sampled_from([*KEYS, *FUNCTIONS]), inner, max_size=5),
        inner.map(lambda value: json.dumps(value, default=str)),
    ),
    max_leaves=25,
)
PROPS = maps(st.sampled_from(KEYS), JUNK, max_size=8)
FROM_TERRAFORM = [spelt for name in aws.CLOUD.terraform for spelt in (terraform.token(name), f"network:tf:{name}")]
TOKENS = st.sampled_from([*READERS, *FROM_TERRAFORM, "aws:ec2/instance:Instance", "aws-native:ec2:LaunchTemplate"])


@given(TOKENS, PROPS)
@settings(max_examples=1500)
def test_junk_gets_a_verdict_from_every_policy_for_a_resource(token: str, props: dict[str, Any]) -> None:
    """An exception here would end a whole deployment with a gRPC error."""
    for policy in POLICIES:
        if isinstance(policy, ResourceValidationPolicy):
            ask_function(policy, token, props)


RULES_OF_JUNK = maps(
    st.sampled_from(
        ["protocol", "fromPort", "toPort", "cidrBlocks", "ipv6CidrBlocks", "cidrs", "cidrBlock", "ipRange"]
    ),
    st.one_of(JUNK, st.sampled_from(["tcp", 22, ["0.0.0.0/0"], "0.0.0.0/0", ["0.0.0.0/1", "128.0.0.0/1", UNKNOWN]])),
)
REPAIRABLE = st.sampled_from([*aws.CLOUD.repairs, "aws:index/securityGroup:SecurityGroup"])
HELD = st.sampled_from(["ingress", "ingresses", "securityGroupIngress", "portInfos", "ec2InboundPermissions"])


@given(REPAIRABLE, maps(HELD, st.one_of(JUNK, st.lists(RULES_OF_JUNK, max_size=4))), RULES_OF_JUNK)
@settings(max_examples=800, deadline=None)
def test_junk_is_repaired_or_left_alone(token: str, held: dict[str, Any], top: dict[str, Any]) -> None:
    """What a repair gives has no violation; an exception would end the deployment here too."""
    repaired = asyncio.run(remediate(arguments(token, {**held, **top})))

    assert not repaired or not [
        text for text in ask_function(NO_WORLD_SSH, token, repaired).violations if "cannot judge" not in text
    ]


EVERY_TOKEN = [
    *READERS,
    *("aws:ec2/instance:Instance", "aws:ec2/natGateway:NatGateway", "aws:ec2/route:Route", "aws:ec2/eip:Eip"),
    *("aws:ec2/routeTable:RouteTable", "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc", "aws:ec2/vpcEndpoint:VpcEndpoint"),
    *("aws:ec2/internetGateway:InternetGateway", "aws:iam/instanceProfile:InstanceProfile", "aws:iam/role:Role"),
    *("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
    *("aws:lb/listener:Listener", "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"),
    *("aws:lb/targetGroupAttachment:TargetGroupAttachment", "aws:lightsail/instance:Instance"),
    *("aws-native:ec2:LaunchTemplate", "aws:ec2/launchTemplate:LaunchTemplate"),
    *FROM_TERRAFORM,
]
STACK_TOKENS = st.sampled_from(EVERY_TOKEN)
WRONG: list[object] = [None, True, 0, -1.5, float("inf"), "", "x", UNKNOWN, [], {}, [None], [[]], [{}], {"x": []}]
# Where readers look one level deeper.
HOLDERS = [
    *("ingress", "securityGroupIngress", "portInfos", "networking", "ec2InboundPermissions", "remoteAccess"),
    *("settings", "optionSettings", "listeners", "portRanges", "portOverrides", "destinationConfigurations"),
    *("permittedPublicSecurityGroupRuleRanges", "entries", "templateBody", "desiredState", "properties", "parameters"),
    *("routes", "defaultActions", "metadataOptions", "launchTemplateData", "provisioningArtifactParameters"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_one_wrong_value_everywhere_gets_a_verdict(wrong: object) -> None:
    """The same value under every key that the pack may ask for: on top, in a list of rules, and in a map."""
    flat = dict.fromkeys(KEYS, wrong)
    inner = {key: wrong for key in KEYS if key not in HOLDERS}
    for token in READERS:
        for props in (flat, {key: [inner] for key in HOLDERS}, dict.fromkeys(HOLDERS, inner)):
            ask_function(NO_WORLD_SSH, token, props)
    ask_every_stack_policy([Made(token, f"r{number}", flat) for number, token in enumerate(EVERY_TOKEN)])


def with_one_wrong(held: Any) -> Iterator[Any]:
    """The same properties with one value replaced, at each place in turn, and by each wrong value."""
    entries = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for key, inner in entries:
        for value in (*WRONG, *with_one_wrong(inner)):
            copy = held.copy()
            copy[key] = value
            yield copy


OTHER_CLOUDS = (*gcp.CASES, *azure.CASES, *other_clouds.CASES)
BLOCKED = {case.token: case for case in reversed(OTHER_CLOUDS) if case.blocked}


@pytest.mark.parametrize("case", BLOCKED.values(), ids=str)
def test_one_wrong_value_at_each_place_of_a_rule_gets_a_verdict(case: Case) -> None:
    """Their rules lie deeper than junk gets by chance: a policy's rules, their match, its ports."""
    for props in with_one_wrong(case.props):
        ask_function(NO_WORLD_SSH, case.token, props)
        asyncio.run(remediate(arguments(case.token, props)))
        with contextlib.suppress(NotKnownYetError):
            ask_stack_function(NO_WORLD_SSH_ACROSS_RESOURCES, [Made(case.token, "it", props)])


@pytest.mark.parametrize("case", BLOCKED.values(), ids=str)
def test_one_wrong_value_at_each_place_of_a_rule_gets_a_verdict_over_grpc(case: Case, analyzer: AnalyzerStub) -> None:
    """A policy that raises ends the call, and with it a team's preview. Test data can't write an endless number."""
    spoiled = [props for props in with_one_wrong(case.props) if "Infinity" not in json.dumps(props)]

    for props in spoiled:
        ask_server(analyzer, "no-world-ssh", case.token, props)
    stack = [Made(case.token, f"r{number}", props) for number, props in enumerate(spoiled)]
    ask_stack_server(analyzer, "no-world-ssh-across-resources", stack)


def ask_every_stack_policy(stack: list[Made]) -> None:
    for policy in POLICIES:
        if isinstance(policy, StackValidationPolicy):
            try:
                ask_stack_function(policy, stack)
            except NotKnownYetError as error:
                assert error.message  # noqa: PT017 - the SDK's own way to say "unknown", not a failure


@given(st.lists(st.tuples(STACK_TOKENS, PROPS, st.sampled_from(KEYS)), max_size=6))
@settings(max_examples=400)
def test_junk_gets_a_verdict_from_every_policy_for_a_stack(parts: list[tuple[str, dict[str, Any], str]]) -> None:
    names = tuple(f"r{number}" for number in range(len(parts)))
    stack = [Made(token, name, props, {key: names}) for name, (token, props, key) in zip(names, parts, strict=True)]
    ask_every_stack_policy(stack)


# Pieces of YAML: those of CloudFormation, and the corners of PyYAML that raise something of their own.
CLOUDFORMATION = [
    *("Resources:\n", "  A:\n", "  1:\n", "    Type: AWS::EC2::SecurityGroup\n", "    Properties:\n", "      "),
    *("Transform: {Name: AWS::Include}\n", "Conditions: {C: !Condition C}\n", "SecurityGroupIngress: "),
    *("IpProtocol: -1", "CidrIp: ", "0.0.0.0/0", "!Ref ", "!Sub ", "!If [C, 1, 2]", "!GetAtt A.B"),
]
YAML = [
    *("- ", "{", "}", "[", "]", ", ", ": ", "\n", "<<: ", "&a ", "*a", "? ", "|\n ", "~", "\t", "---\n", "%YAML 9.9\n"),
    *("!!int ''", "!!bool x", "!!timestamp x", "!!binary x", "!!python/none", "!!set {a, b}"),
    *("0x" + "f" * 5000, "1:30:00", "022", "\x00", "\ud800"),
]
PIECES = st.sampled_from([*CLOUDFORMATION, *YAML])


@given(st.lists(PIECES, max_size=20).map("".join))
@settings(max_examples=1000)
def test_junk_for_a_template_gets_a_verdict(body: str) -> None:
    ask_function(NO_WORLD_SSH, templates.STACK, {"templateBody": body})
    ask_function(
        NO_WORLD_SSH,
        "aws:cloudcontrol/resource:Resource",
        {"typeName": "AWS::EC2::SecurityGroup", "desiredState": body},
    )
