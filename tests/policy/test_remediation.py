"""The opt-in repair, over the served pack: what the engine would be told to create instead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime import proto
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from ssm_guard.remediation import remediate
from tests.policy.cases import azure, gcp
from tests.policy.cases.ec2 import GROUP, INGRESS_RULE, RULE, rule
from tests.policy.cases.edges import ENTRY
from tests.policy.judging import UNKNOWN, arguments, urn_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

LIGHTSAIL = "aws:lightsail/instancePublicPorts:InstancePublicPorts"
LIGHTSAIL_RULE = {"protocol": "tcp", "fromPort": 22.0, "toPort": 22.0, "cidrs": ["0.0.0.0/0"]}
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
            {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "self": True}]},
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
            {"type": "ingress", **rule(ipv6CidrBlocks=["2001:db8::/32"])},
            id="a single rule keeps its other source",
        ),
        pytest.param(
            "aws-native:ec2:SecurityGroup",
            {"securityGroupIngress": [{"ipProtocol": "-1", "cidrIp": WORLD}, {"ipProtocol": "-1", "cidrIp": OFFICE}]},
            {"securityGroupIngress": [{"ipProtocol": "-1", "cidrIp": OFFICE}]},
            id="a native rule",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(low=20.0, high=443.0)]},
            {"ingress": [rule(low=20, high=21), rule(low=23, high=443)]},
            id="a range is split around the port",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(low=22.0, high=443.0, cidrBlocks=[OFFICE, WORLD], self=True, description="x")]},
            {
                "ingress": [
                    rule(low=22.0, high=443.0, cidrBlocks=[OFFICE], self=True, description="x"),
                    rule(low=23, high=443, cidrBlocks=[WORLD], description="x"),
                ]
            },
            id="a range for an office too keeps the office on every port",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule(low=None, high=None)]},
            {"ingress": [rule(low=0, high=21), rule(low=23, high=65535)]},
            id="every tcp port is split too",
        ),
        pytest.param(
            GROUP,
            {"ingress": [rule("-1", 0.0, 0.0), rule(low=443.0, high=443.0)]},
            {"ingress": [rule(low=443.0, high=443.0)]},
            id="every protocol can't be split, and goes",
        ),
        pytest.param(
            GROUP,
            {
                "ingress": [
                    rule(cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"]),
                    rule(cidrBlocks=["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2", OFFICE]),
                ]
            },
            {"ingress": [rule(cidrBlocks=[OFFICE])]},
            id="the quarters below the halves go too",
        ),
        pytest.param(
            "aws:index/securityGroup:SecurityGroup",
            {"ingresses": [rule(low=22.0, high=23.0)]},
            {"ingresses": [rule(low=23, high=23)]},
            id="a group of a Terraform package",
        ),
        pytest.param(
            RULE,
            {"type": "ingress", **rule(low=20.0, high=443.0, cidrBlocks=[WORLD, OFFICE])},
            None,
            id="a single rule can't be split",
        ),
        pytest.param(
            "aws:ec2/networkAcl:NetworkAcl",
            {"ingress": [ENTRY, {**ENTRY, "ruleNo": 101, "cidrBlock": OFFICE}]},
            {"ingress": [{**ENTRY, "ruleNo": 101, "cidrBlock": OFFICE}]},
            id="an entry of a network ACL",
        ),
        pytest.param(
            "aws:ec2/networkAcl:NetworkAcl",
            {"ingress": [{**ENTRY, "fromPort": 20, "toPort": 443}]},
            None,
            id="an entry of a network ACL can't be split",
        ),
        pytest.param(
            LIGHTSAIL,
            {"portInfos": [LIGHTSAIL_RULE, {**LIGHTSAIL_RULE, "fromPort": 443.0, "toPort": 443.0}]},
            {"portInfos": [{**LIGHTSAIL_RULE, "fromPort": 443.0, "toPort": 443.0}]},
            id="a Lightsail port beside another",
        ),
        pytest.param(LIGHTSAIL, {"portInfos": [LIGHTSAIL_RULE]}, None, id="Lightsail takes no empty list of ports"),
        pytest.param(
            LIGHTSAIL,
            {"portInfos": [{**LIGHTSAIL_RULE, "ipv6Cidrs": ["2001:db8::/32"]}]},
            None,
            id="Lightsail without IPv4 sources is open to every IPv4 address",
        ),
        pytest.param(
            "aws:elasticbeanstalk/environment:Environment",
            {
                "settings": [
                    {
                        "namespace": "aws:autoscaling:launchconfiguration",
                        "name": "SSHSourceRestriction",
                        "value": "tcp,22,22,0.0.0.0/0",
                    }
                ]
            },
            None,
            id="a setting of Beanstalk is no rule",
        ),
        pytest.param(
            "aws:globalaccelerator/listener:Listener",
            {"portRanges": [{"fromPort": 22, "toPort": 22}]},
            None,
            id="an accelerator's listener has to have ports",
        ),
        pytest.param(
            "aws:elb/loadBalancer:LoadBalancer",
            {"listeners": [{"lbPort": 22, "instancePort": 22}, {"lbPort": 443, "instancePort": 443}]},
            None,
            id="a load balancer's listener has to have a port",
        ),
        pytest.param(
            "aws:globalaccelerator/endpointGroup:EndpointGroup",
            {"portOverrides": [{"listenerPort": 2222, "endpointPort": 22}]},
            None,
            id="an override has to have a port",
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


GCP: dict[str, Any] = {"network": "n", "allows": [{"protocol": "tcp", "ports": ["22"]}]}
HETZNER = {"direction": "in", "protocol": "tcp", "port": "22"}
DROPLETS = {"protocol": "tcp", "portRange": "22"}
HTTPS = {"protocol": "tcp", "portRange": "443", "sourceAddresses": [WORLD]}


@pytest.mark.parametrize(
    ("token", "before", "after"),
    [
        pytest.param(
            gcp.FIREWALL,
            {**GCP, "sourceRanges": [WORLD, OFFICE]},
            {**GCP, "sourceRanges": [OFFICE]},
            id="Google: the world goes, the office stays",
        ),
        pytest.param(
            gcp.FIREWALL,
            {**GCP, "allows": [{"protocol": "tcp"}, {"protocol": "all"}], "sourceRanges": [OFFICE, WORLD]},
            None,
            id="Google: a rule for other ports too is nobody else's to take",
        ),
        pytest.param(
            gcp.FIREWALL,
            {**GCP, "allows": [*GCP["allows"], {"protocol": "tcp", "ports": ["443"]}], "sourceRanges": [OFFICE, WORLD]},
            None,
            id="Google: https has the same sources",
        ),
        pytest.param(
            gcp.FIREWALL,
            {**GCP, "allows": [*GCP["allows"], {"protocol": "icmp"}], "sourceRanges": [OFFICE, WORLD]},
            None,
            id="Google: ping has the same sources",
        ),
        pytest.param(gcp.FIREWALL, {**GCP, "sourceRanges": [WORLD]}, None, id="Google: no source would be everybody"),
        pytest.param(
            azure.GROUP,
            {"securityRules": [azure.ALLOW, {**azure.ALLOW, "destinationPortRange": "443"}]},
            {"securityRules": [{**azure.ALLOW, "destinationPortRange": "443"}]},
            id="Azure: the rule goes, https stays",
        ),
        pytest.param(
            azure.GROUP,
            {"securityRules": [{**azure.ALLOW, "destinationPortRange": "20-443"}]},
            None,
            id="Azure: a range that holds more is nobody else's to take",
        ),
        pytest.param(
            "digitalocean:index/firewall:Firewall",
            {"inboundRules": [{**DROPLETS, "sourceAddresses": [OFFICE, WORLD]}]},
            {"inboundRules": [{**DROPLETS, "sourceAddresses": [OFFICE]}]},
            id="DigitalOcean: the world goes, the office stays",
        ),
        pytest.param(
            "digitalocean:index/firewall:Firewall",
            {"inboundRules": [{**DROPLETS, "sourceAddresses": [WORLD]}, HTTPS]},
            {"inboundRules": [HTTPS]},
            id="DigitalOcean: the rule goes, https stays",
        ),
        pytest.param(
            "digitalocean:index/firewall:Firewall",
            {"inboundRules": [{**DROPLETS, "sourceAddresses": [WORLD]}]},
            None,
            id="DigitalOcean: a firewall must have a rule",
        ),
        pytest.param(
            "hcloud:index/firewall:Firewall",
            {"rules": [{**HETZNER, "sourceIps": [WORLD, "::/0", OFFICE]}]},
            {"rules": [{**HETZNER, "sourceIps": [OFFICE]}]},
            id="Hetzner: both worlds go, the office stays",
        ),
        pytest.param(
            "hcloud:index/firewall:Firewall",
            {"rules": [{**HETZNER, "sourceIps": [WORLD]}]},
            {"rules": []},
            id="Hetzner: a firewall may have no rule",
        ),
    ],
)
def test_repair_on_other_clouds(
    repairing: AnalyzerStub, token: str, before: dict[str, Any], after: dict[str, Any] | None
) -> None:
    assert repaired(repairing, token, before) == after


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


PORTS_ASKED = (0, 20, 21, 22, 23, 24, 443, 65535)
# Sixteen pieces of IPv4, of which the last two hold no public address.
SOURCES = [f"{first * 16}.0.0.0/4" for first in range(16)]
HALVES = ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"]


def pieces(source: str) -> set[int]:
    """By hand: which of the sixteen a source holds."""
    address, _, prefix = source.partition("/")
    first, size = int(address.partition(".")[0]) // 16, 16 >> int(prefix)
    return set(range(first, first + size))


def reached(ingress: list[Any], port: int) -> set[int]:
    rules = [rule for rule in ingress if rule["fromPort"] <= port <= rule["toPort"]]
    return {piece for rule in rules for source in rule["cidrBlocks"] for piece in pieces(source)}


TCP_RULES = st.builds(
    lambda ports, sources: rule(low=min(ports), high=max(ports), cidrBlocks=sources),
    st.lists(st.sampled_from(PORTS_ASKED), min_size=2, max_size=2),
    st.lists(st.sampled_from([*SOURCES, *HALVES, *HALVES]), min_size=1, max_size=4),
)


@given(st.lists(TCP_RULES, max_size=5))
@settings(max_examples=300, deadline=None)
def test_what_is_left_is_closed_and_all_that_was_no_offence(ingress: list[dict[str, Any]]) -> None:
    after = asyncio.run(remediate(arguments(GROUP, {"ingress": ingress}))).get("ingress", ingress)
    world = set(range(14))

    assert not reached(after, 22) >= world
    for port in PORTS_ASKED:
        if port != 22:
            assert reached(after, port) == reached(ingress, port)
    if not reached(ingress, 22) >= world:
        assert after == ingress
