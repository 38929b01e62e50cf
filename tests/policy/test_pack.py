"""The pack as the engine and another organisation meet it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import proto

from ssm_guard import POLICIES
from ssm_guard.readers import CLOUDS
from tests.policy.cases.ec2 import GROUP, rule
from tests.policy.conftest import PACK
from tests.policy.judging import Made, Said, ask_server, ask_stack_server, stack_request
from tests.policy.session_manager_stacks import PUBLIC, changed, without
from tests.policy.test_across_resources import HALVES, OPAQUE
from tests.policy.test_managed_instances_have_no_ingress import ATTACHED, BASE, OPEN
from tests.policy.test_privatelink_stays_private import GATEWAY, PRIVATE

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub


def test_no_world_ssh_blocks_unless_told_otherwise(analyzer: AnalyzerStub) -> None:
    """The SDK's default is ADVISORY: a forgotten level would let every violation through with a note."""
    info = analyzer.GetAnalyzerInfo(Empty())
    levels = {policy.name: policy.enforcementLevel for policy in info.policies}

    assert levels["no-world-ssh"] == proto.MANDATORY
    assert levels["session-manager-undetermined"] == proto.DISABLED


def test_it_says_which_clouds_it_covers(analyzer: AnalyzerStub) -> None:
    info = analyzer.GetAnalyzerInfo(Empty())

    assert {cloud.name for cloud in CLOUDS} <= set(info.tags)
    assert not info.provider
    assert f"description: {info.description}\n" in (PACK / "PulumiPolicy.yaml").read_text()


def test_every_policy_speaks_over_grpc(analyzer: AnalyzerStub) -> None:
    """A policy that is not in POLICIES, or whose function the server can't call, would be silent."""
    instance = Made("aws:ec2/instance:Instance", "app", {"keyName": "ops"})
    stacks = [HALVES[0].stack, OPAQUE[0].stack, (*BASE, ATTACHED, OPEN), (*PRIVATE, GATEWAY), without(PUBLIC, "egress")]
    # One has something to say only of what the others let through (test_settings.py), the other is off.
    heard = {"exempt-resources", "session-manager-undetermined"} | {
        policy.name
        for policy in POLICIES
        if ask_server(analyzer, policy.name, instance.token, instance.props) != Said()
        or ask_server(analyzer, policy.name, GROUP, {"ingress": [rule()]}) != Said()
        or any(ask_stack_server(analyzer, policy.name, stack) for stack in stacks)
    }

    assert {policy.name for policy in POLICIES} == heard


@pytest.mark.parametrize(
    ("level", "said"),
    [
        pytest.param(proto.MANDATORY, proto.ADVISORY, id="mandatory, as `all` may say of every policy, is advisory"),
        pytest.param(proto.REMEDIATE, proto.ADVISORY, id="remediate, which the SDK makes mandatory, is advisory"),
        pytest.param(proto.ADVISORY, proto.ADVISORY, id="advisory stays"),
        pytest.param(proto.DISABLED, None, id="off stays off"),
    ],
)
def test_what_is_not_known_stops_no_update(
    analyzer: AnalyzerStub, level: proto.EnforcementLevel.ValueType, said: proto.EnforcementLevel.ValueType | None
) -> None:
    """Beside it, what is known to be missing stops one as soon as a team asks for that."""
    unknown, broken = changed(PUBLIC, "web", subnetId="subnet-1"), without(PUBLIC, "egress")
    names = ("session-manager-undetermined", "session-manager-reachable")
    try:
        config = {name: proto.PolicyConfig(enforcementLevel=level) for name in names}
        analyzer.Configure(proto.ConfigureAnalyzerRequest(policyConfig=config))
        answers = [analyzer.AnalyzeStack(stack_request(stack)).diagnostics for stack in (unknown, broken)]
    finally:
        analyzer.Configure(proto.ConfigureAnalyzerRequest())
    heard = [
        {one.enforcementLevel for one in answer if one.policyName == name}
        for answer, name in zip(answers, names, strict=True)
    ]
    as_asked = {proto.REMEDIATE: proto.MANDATORY}.get(level, level)

    assert heard[0] == ({said} if said is not None else set())
    assert heard[1] == (set() if level == proto.DISABLED else {as_asked})


def test_every_policy_tells_a_person_what_to_do(analyzer: AnalyzerStub) -> None:
    for policy in analyzer.GetAnalyzerInfo(Empty()).policies:
        assert policy.displayName
        assert policy.description.endswith(".")
        assert policy.remediation_steps
        assert policy.severity != proto.POLICY_SEVERITY_UNSPECIFIED


def test_the_package_needs_nothing_but_its_own_folder(pack_copy: Path) -> None:
    """Another organisation has neither components/ nor localaws/ beside the pack."""
    subprocess.run([sys.executable, "-c", "import ssm_guard, reachability"], cwd=pack_copy, env={}, check=True)
