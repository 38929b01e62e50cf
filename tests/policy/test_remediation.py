"""The opt-in repair, over the served pack: what the engine would be told to create instead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import proto
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from ssm_guard.remediation import remediate
from tests.policy.cases.ec2 import GROUP, INGRESS_RULE, RULE, rule
from tests.policy.judging import UNKNOWN, arguments, urn_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

OFFICE = "203.0.113.0/24"
WORLD = "0.0.0.0/0"


def secret(value: object) -> dict[str, object]:
    return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}


@pytest.fixture
def repairing(analyzer: AnalyzerStub) -> Iterator[AnalyzerStub]:
    config = {"no-world-ssh": proto.PolicyConfig(enforcementLevel=proto.REMEDIATE)}
    analyzer.Configure(proto.ConfigureAnalyzerRequest(policyConfig=config))
    yield analyzer
    analyzer.Configure(proto.ConfigureAnalyzerRequest())


def repaired(analyzer: AnalyzerStub, token: str, props: Mapping[str, object]) -> Any:
    """The properties after the repair; None where the pack changes nothing."""
    request = proto.AnalyzeRequest(
        type=token, urn=urn_of(token), name="it", properties=ParseDict(dict(props), Struct())
    )
    answer = analyzer.Remediate(request).remediations
    return MessageToDict(answer[0].properties) if answer else None


@pytest.mark.parametrize(
    ("token", "before", "after"),
    [
        pytest.param(
            GROUP,
            {"name": "web", "ingress": [rule(cidrBlocks=[OFFICE, WORLD])]},
            {"name": "web", "ingress": [rule(cidrBlocks=[OFFICE])]},
            id="the world goes, the office stays",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(), rule(low=443.0, high=443.0)]},
            {"ingress": [rule(low=443.0, high=443.0)]},
            id="a rule with nobody left goes, its neighbour stays",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(cidrBlocks=[WORLD], self=True)]},
            {"ingress": [rule(cidrBlocks=[], self=True)]},
            id="a rule for its own members stays",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(cidrBlocks=["0.0.0.0/1", OFFICE, "128.0.0.0/1"], securityGroups=["sg-1"])]},
            {"ingress": [rule(cidrBlocks=[OFFICE], securityGroups=["sg-1"])]},
            id="what adds up to the world goes, an office inside it stays",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(cidrBlocks=[UNKNOWN, WORLD])], "description": UNKNOWN},
            {"ingress": [rule(cidrBlocks=[UNKNOWN])], "description": UNKNOWN},
            id="what is unknown stays unknown",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(cidrBlocks=secret([OFFICE, WORLD]))], "description": secret("s3cr")},
            {"ingress": [rule(cidrBlocks=secret([OFFICE]))], "description": secret("s3cr")},
            id="what is secret stays secret",
        ),
        pytest.param(
            RULE,
            {"type": "ingress", **rule(cidrBlocks=[WORLD], ipv6CidrBlocks=["2001:db8::/32"])},
            {"type": "ingress", **rule(cidrBlocks=[], ipv6CidrBlocks=["2001:db8::/32"])},
            id="a single rule keeps its other source",
        ),
        pytest.param(
            "aws-native:ec2:SecurityGroup",
            {"securityGroupIngress": [{"ipProtocol": "-1", "cidrIp": WORLD}, {"ipProtocol": "-1", "cidrIp": OFFICE}]},
            {"securityGroupIngress": [{"ipProtocol": "-1", "cidrIp": OFFICE}]},
            id="a native rule",
        ),
        pytest.param(GROUP, {"ingress": [rule(cidrBlocks=[OFFICE])]}, None, id="nothing to repair"),
        pytest.param(
            INGRESS_RULE,
            {"ipProtocol": "-1", "cidrIpv4": WORLD},
            None,
            id="the world is all that the resource is about",
        ),
        pytest.param(
            "aws:cloudcontrol/resource:Resource",
            {
                "typeName": "AWS::EC2::SecurityGroupIngress",
                "desiredState": '{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}',
            },
            None,
            id="a place inside a text",
        ),
        pytest.param("aws:s3/bucket:Bucket", {"bucket": WORLD}, None, id="a bucket"),
    ],
)
def test_repair(
    repairing: AnalyzerStub, token: str, before: dict[str, object], after: dict[str, object] | None
) -> None:
    assert after == repaired(repairing, token, before)


def test_what_cannot_be_repaired_is_blocked(repairing: AnalyzerStub) -> None:
    request = proto.AnalyzeRequest(type=INGRESS_RULE, urn=urn_of(INGRESS_RULE), name="it")
    request.properties.update({"ipProtocol": "-1", "cidrIpv4": WORLD})
    (diagnostic,) = repairing.Analyze(request).diagnostics

    assert diagnostic.enforcementLevel == proto.MANDATORY


def test_it_says_what_it_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """stdout is the handshake with the engine; what a pack writes to stderr, the engine shows."""
    asyncio.run(remediate(arguments(GROUP, {"ingress": [rule(cidrBlocks=[OFFICE, WORLD])]})))

    assert capsys.readouterr() == ("", f"ssm-guard took the world out of it ({GROUP}): ingress[0].cidrBlocks[1]\n")


def test_nothing_is_repaired_unless_asked_for(analyzer: AnalyzerStub) -> None:
    assert repaired(analyzer, GROUP, {"ingress": [rule()]}) is None


def test_an_exempt_resource_is_left_alone(repairing: AnalyzerStub) -> None:
    config = proto.PolicyConfig(enforcementLevel=proto.REMEDIATE)
    config.properties.update({"exemptions": [{"urn": "*", "reason": "a honeypot"}]})
    repairing.Configure(proto.ConfigureAnalyzerRequest(policyConfig={"no-world-ssh": config}))

    assert repaired(repairing, GROUP, {"ingress": [rule()]}) is None
