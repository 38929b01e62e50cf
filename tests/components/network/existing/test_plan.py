"""What is decided about a VPC that is there: each thing in the way beside the same VPC without it."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError, ProblemsError
from components.base.needs import SessionNeeds
from components.network.existing.facts import (
    NOTHING_KEPT,
    Acl,
    Kept,
    NatGateway,
    Route,
    RouteTable,
    Survey,
    ZoneState,
)
from components.network.existing.plan import NetworkPlan, plan_existing
from components.network.existing.settings import EndpointSource
from components.network.existing.wanted import WINDOWS_PORTS, Wanted
from components.network.routes import Variant
from components.network.zones import Offers
from tests.components.network.existing.vpcs import (
    BY_TAGS,
    ELSEWHERE,
    IN_A,
    IN_B,
    KMS,
    MESSAGES,
    OPEN,
    SSM,
    VPC,
    A,
    B,
    C,
    admits,
    default_route,
    endpoint,
    gateway,
    rule,
    subnet,
    survey,
    wanted,
)

GUIDE = Path(__file__).parents[4] / "docs" / "existing-vpc.md"
HTTPS = range(443, 444)
HUB: Mapping[str, Any] = {"endpoints": EndpointSource.SHARED, "endpoint_cidrs": [IPv4Network("10.1.0.0/24")]}
RULES: Mapping[str, Any] = {"endpoint_rules": True}
TO_HUB = RouteTable(id="rtb-1", routes=[Route(to=IPv4Network("10.0.0.0/8"), target="tgw-1")])
BOTH = [endpoint(SSM), endpoint(MESSAGES)]
ADMITTED = {"sg-1": admits("10.8.0.0/16")}
ASSOCIATED = dict.fromkeys((SSM, MESSAGES), ZoneState.ASSOCIATED)
NOTHING = json.dumps({"Statement": []})
WITH_IMAGES = dict.fromkeys((SSM, MESSAGES, "com.amazonaws.us-east-1.ecr.dkr"), (A, B))


def problems(seen: Survey, asked: Wanted, kept: Kept = NOTHING_KEPT) -> Sequence[str]:
    """What is in the way, as a person reads it."""
    try:
        plan_existing(seen, asked, kept)
    except ProblemsError as error:
        return str(error).split("\n")
    return []


def acl(*rules: Any) -> Mapping[str, Acl]:
    """One for both subnets, whose own rules come before those that let everything through."""
    return dict.fromkeys(("subnet-a", "subnet-b"), Acl(id="acl-1", rules=[*rules, *OPEN]))


def stops(*, egress: bool, ports: range, cidr: str) -> Mapping[str, Acl]:
    return acl(rule(90, egress=egress, allow=False, ports=ports, cidr=cidr))


IGW = wanted(Variant.IGW)
NAT = wanted(Variant.NAT)
PUBLIC: Mapping[str, Any] = {"table": default_route("igw-1"), "internet_gateways": ["igw-1"]}
NATTED: Mapping[str, Any] = {"table": default_route("nat-1"), "nat_gateways": {"nat-1": NatGateway(id="nat-1")}}


def natted(table: RouteTable, **changed: Any) -> Survey:
    """Through a NAT gateway in subnet-b, whose own table is this one."""
    gateways = {"nat-1": NatGateway(id="nat-1", subnet_id="subnet-b", **changed)}
    tables = {"subnet-a": default_route("nat-1"), "subnet-b": replace(table, id="rtb-2")}
    return survey(IN_A, IN_B, matched=["subnet-a"], tables=tables, nat_gateways=gateways, internet_gateways=["igw-1"])


ONE = wanted(Variant.NAT, {"subnets": ["subnet-a"]})


CASES = [
    pytest.param(survey(), wanted(), [], id="bare: everything is made"),
    pytest.param(
        survey(vpc=replace(VPC, dns_hostnames=False)),
        wanted(),
        ["network.vpc is 'vpc-1': its enableDnsHostnames is off", "--enable-dns-hostnames"],
        id="no host names",
    ),
    pytest.param(survey(vpc=replace(VPC, dns_support=False)), wanted(), ["enableDnsSupport is off"], id="no resolver"),
    pytest.param(survey(vpc=replace(VPC, dns_hostnames=False), **PUBLIC), IGW, [], id="igw needs no host names"),
    pytest.param(
        survey(subnet("subnet-a", A, "10.9.0.0/24", vpc_id="vpc-2"), IN_B),
        wanted(),
        ["network.subnets is 'subnet-a': it is in vpc-2"],
        id="a subnet of another VPC",
    ),
    pytest.param(survey(IN_A, matched=["subnet-a", "subnet-b"]), wanted(), ["no such subnet"], id="no such subnet"),
    pytest.param(survey(subnet("subnet-a", A, None), IN_B), wanted(), ["no IPv4 addresses"], id="IPv6 alone"),
    pytest.param(
        survey(IN_A, subnet("subnet-b", A, "10.8.1.0/24")),
        wanted(),
        ["'subnet-b': it is in us-east-1a, as subnet-a before it is"],
        id="two named subnets of a zone",
    ),
    pytest.param(
        survey(IN_A, subnet("subnet-b", A, "10.8.1.0/24")),
        wanted(vpc=BY_TAGS),
        [],
        id="two found subnets of a zone",
    ),
    pytest.param(survey(matched=[]), wanted(vpc=BY_TAGS), ["no subnet of vpc-1 has these tags"], id="none found"),
    pytest.param(survey(), wanted(types_in={2: ["t4g.micro"]}), [], id="a type that its zone has"),
    pytest.param(
        survey(IN_A, subnet("subnet-b", C, "10.8.1.0/24")),
        wanted(types_in={2: ["t4g.micro"]}),
        ["'subnet-b': it is in zone 2, us-east-1c, which has no t4g.micro; us-east-1a, us-east-1b has."],
        id="a type that its zone lacks",
    ),
    pytest.param(
        survey(),
        wanted(types_in={3: ["t4g.micro"]}),
        ["an instance is to be in zone 3", "in 2"],
        id="one zone too few",
    ),
    pytest.param(survey(), wanted(types_in={3: []}), [], id="nothing in that zone"),
    pytest.param(
        survey(offers=Offers(services={SSM: (B,), MESSAGES: (A, B)})),
        wanted(),
        [],
        id="a service in one of the zones",
    ),
    pytest.param(
        survey(offers=Offers(services={SSM: (C,), MESSAGES: (A, B)})),
        wanted(),
        [f"{SSM} is offered in us-east-1c, and none of the subnets"],
        id="a service in none of the zones",
    ),
    pytest.param(survey(replace(IN_A, free=2), IN_B), wanted(), [], id="just enough addresses"),
    pytest.param(
        survey(replace(IN_A, free=1), IN_B), wanted(), ["it has 1 free addresses, and 2 endpoints"], id="too few"
    ),
    pytest.param(
        survey(replace(IN_A, owner="210987654321"), IN_B),
        wanted(),
        ["it is shared with this account by 210987654321", "endpointCidrs: [10.8.0.0/16]"],
        id="a subnet of another account",
    ),
    # Endpoints that are there.
    pytest.param(survey(endpoints=BOTH, rules=ADMITTED), wanted(), [], id="both are there and admit us"),
    pytest.param(
        survey(endpoints=BOTH, rules={"sg-1": admits("10.8.0.0/24")}),
        wanted(),
        [
            "network.endpointRules is false: sg-1, of the endpoint vpce-ssm for",
            "let no TCP port 443 in from 10.8.1.0/24. Set it to true",
            "IpRanges=[{CidrIp=10.8.1.0/24}]",
        ],
        id="they admit one subnet of two",
    ),
    pytest.param(survey(endpoints=BOTH), wanted(vpc=RULES), [], id="they admit nobody, and rules may be added"),
    pytest.param(
        survey(endpoints=[replace(BOTH[0], state="pendingAcceptance"), BOTH[1]], rules=ADMITTED),
        wanted(),
        [f"its endpoint vpce-ssm for {SSM} is pendingAcceptance"],
        id="one is not available",
    ),
    pytest.param(
        survey(endpoints=[replace(BOTH[0], state="Available"), BOTH[1]], rules=ADMITTED),
        wanted(),
        [],
        id="its state in other letters",
    ),
    pytest.param(
        survey(endpoints=[replace(BOTH[0], subnet_ids=[]), BOTH[1]], rules=ADMITTED),
        wanted(),
        ["vpce-ssm for com.amazonaws.us-east-1.ssm is in no subnet", "--add-subnet-ids"],
        id="one is in no subnet",
    ),
    pytest.param(
        survey(endpoints=[replace(BOTH[0], policy=NOTHING), BOTH[1]], rules=ADMITTED),
        wanted(),
        ["the policy of its endpoint vpce-ssm stops ssm:UpdateInstanceInformation."],
        id="the policy of one stops the agent",
    ),
    pytest.param(
        survey(
            IN_A,
            IN_B,
            ELSEWHERE,
            matched=["subnet-a", "subnet-b"],
            endpoints=[replace(one, subnet_ids=["subnet-e"]) for one in BOTH],
            rules=ADMITTED,
        ),
        wanted(),
        [],
        id="they are in a subnet of another zone",
    ),
    pytest.param(
        survey(hosted_zones={SSM: ZoneState.ASSOCIATED}),
        wanted(),
        ["the private hosted zone ssm.us-east-1.amazonaws.com is associated with vpc-1"],
        id="a hosted zone has the name already",
    ),
    pytest.param(survey(hosted_zones={SSM: ZoneState.ELSEWHERE}), wanted(), [], id="a hosted zone of other VPCs"),
    # A hub.
    pytest.param(survey(table=TO_HUB, hosted_zones=ASSOCIATED), wanted(vpc=HUB), [], id="a hub"),
    pytest.param(survey(table=TO_HUB), wanted(vpc=HUB), [], id="a hub of an account that is not seen"),
    pytest.param(
        survey(table=TO_HUB, hosted_zones={**ASSOCIATED, SSM: ZoneState.ELSEWHERE}),
        wanted(vpc=HUB),
        ["ssm.us-east-1.amazonaws.com is not associated with vpc-1", "VPCId=vpc-1`"],
        id="a hub whose zone is not associated",
    ),
    pytest.param(
        survey(hosted_zones=ASSOCIATED),
        wanted(vpc=HUB),
        ["network.endpointCidrs is '10.1.0.0/24': the route table rtb-1 of subnet-a has no route to it."],
        id="no route to the hub",
    ),
    pytest.param(
        survey(table=default_route("nat-1"), hosted_zones=ASSOCIATED),
        wanted(vpc=HUB),
        ["leads to the NAT gateway nat-1 for it."],
        id="the route to the hub is that to the internet",
    ),
    pytest.param(
        survey(table=replace(TO_HUB, has_blackhole=True), hosted_zones=ASSOCIATED),
        wanted(vpc=HUB),
        ["through the transit gateway tgw-1, which is gone"],
        id="the route to the hub is a blackhole",
    ),
    pytest.param(
        survey(replace(IN_A, owner="210987654321"), hosted_zones=ASSOCIATED),
        wanted(vpc={**HUB, "subnets": ["subnet-a"], "endpoint_cidrs": [IPv4Network("10.8.4.0/24")]}),
        [],
        id="the owner of shared subnets has the endpoints in the same VPC",
    ),
    # Network ACLs.
    pytest.param(survey(acls=stops(egress=True, ports=HTTPS, cidr="10.9.0.0/16")), wanted(), [], id="another block"),
    pytest.param(
        survey(acls=stops(egress=True, ports=HTTPS, cidr="10.8.0.0/16")),
        wanted(),
        ["network ACL acl-1 of subnet-a stops TCP port 443 out to 10.8.1.0/24", "--egress --rule-number 89"],
        id="443 is stopped on the way to the endpoints",
    ),
    pytest.param(
        survey(acls=stops(egress=False, ports=range(1024, 65536), cidr="10.8.0.0/16")),
        wanted(),
        ["acl-1 of subnet-a stops TCP ports 32768-60999 in from 10.8.1.0/24", "--ingress"],
        id="their answers are stopped",
    ),
    pytest.param(
        survey(acls=stops(egress=False, ports=range(32768, 49152), cidr="10.8.0.0/16")),
        wanted(return_ports=[WINDOWS_PORTS]),
        [],
        id="answers to Linux are stopped, and there is only Windows",
    ),
    pytest.param(
        survey(
            IN_A,
            matched=["subnet-a"],
            acls={"subnet-a": Acl(id="acl-1", rules=[])},
        ),
        wanted(vpc={"subnets": ["subnet-a"]}),
        [],
        id="no ACL is asked within a subnet",
    ),
    pytest.param(survey(acls={}), wanted(), [], id="ACLs that are not seen"),
    pytest.param(
        survey(endpoints=[replace(one, subnet_ids=["subnet-unseen"]) for one in BOTH], rules=ADMITTED),
        wanted(),
        [],
        id="endpoints in subnets that are not seen",
    ),
    # The way out.
    pytest.param(survey(**PUBLIC), IGW, [], id="igw: to the internet gateway"),
    pytest.param(survey(), IGW, ["rtb-1 has no default route (0.0.0.0/0), and variant is igw"], id="igw: no route"),
    pytest.param(
        survey(table=default_route("igw-1")), IGW, ["igw-1, which is not attached"], id="igw: not attached any more"
    ),
    pytest.param(
        survey(**NATTED), IGW, ["the NAT gateway nat-1, and variant is igw. Use nat"], id="igw: a NAT gateway"
    ),
    pytest.param(
        survey(table=default_route("eni-1")),
        IGW,
        ["the network interface eni-1, and variant is igw"],
        id="igw: other",
    ),
    pytest.param(
        survey(**PUBLIC, acls=stops(egress=True, ports=HTTPS, cidr="0.0.0.0/0")),
        IGW,
        ["acl-1 of subnet-a stops TCP port 443 out to 0.0.0.0/0"],
        id="igw: 443 is stopped",
    ),
    pytest.param(survey(**NATTED), NAT, [], id="nat: a regional NAT gateway"),
    pytest.param(survey(), NAT, ["has no default route"], id="nat: no route"),
    pytest.param(survey(**PUBLIC), NAT, ["the internet gateway igw-1, and variant is nat. Use igw"], id="nat: public"),
    pytest.param(survey(table=default_route("nat-1")), NAT, ["nat-1, which is gone"], id="nat: gone"),
    pytest.param(
        survey(table=default_route("nat-1"), nat_gateways={"nat-1": NatGateway(id="nat-1", state="failed")}),
        NAT,
        ["nat-1, which is failed"],
        id="nat: failed",
    ),
    pytest.param(
        survey(table=default_route("nat-1"), nat_gateways={"nat-1": NatGateway(id="nat-1", is_public=False)}),
        NAT,
        ["nat-1, a private NAT gateway"],
        id="nat: private",
    ),
    pytest.param(natted(default_route("igw-1")), ONE, [], id="nat: in a public subnet"),
    pytest.param(
        natted(RouteTable(id="rtb-2")),
        ONE,
        ["whose own subnet subnet-b has no default route"],
        id="nat: in a private one",
    ),
    pytest.param(survey(table=default_route("tgw-1")), NAT, [], id="nat: a transit gateway, of which nothing is known"),
    pytest.param(
        survey(table=default_route("tgw-1", has_blackhole=True)),
        NAT,
        ["the transit gateway tgw-1, which is gone"],
        id="nat: a transit gateway that is gone",
    ),
    pytest.param(survey(table=default_route("pcx-1")), NAT, ["the peering connection pcx-1"], id="nat: peering"),
    # S3.
    pytest.param(
        survey(endpoints=[gateway(policy=NOTHING)]), wanted(), [], id="S3's policy stops all, and no log goes there"
    ),
    pytest.param(
        survey(endpoints=[gateway(policy=NOTHING)]),
        wanted(needs=SessionNeeds(bucket="logs")),
        ["S3 endpoint vpce-s3 does not let the logs of sessions through: s3:PutObject on arn:aws:s3:::logs/*"],
        id="S3's policy stops the logs",
    ),
    pytest.param(survey(endpoints=[gateway()]), wanted(needs=SessionNeeds(bucket="logs")), [], id="S3 is open"),
]


@pytest.mark.parametrize(("seen", "asked", "said"), CASES)
def test_what_stands_in_the_way(seen: Survey, asked: Wanted, said: Sequence[str]) -> None:
    lines = problems(seen, asked)

    assert bool(lines) is bool(said)
    assert [part for part in said if not any(part in line for line in lines)] == []
    assert [line for line in lines if not line.startswith("ssm-only:network.")] == []


def test_all_problems_are_told_at_once_each_a_line() -> None:
    seen = survey(
        vpc=replace(VPC, dns_hostnames=False),
        endpoints=[replace(BOTH[0], policy=NOTHING), replace(BOTH[1], state="failed")],
        acls=stops(egress=True, ports=HTTPS, cidr="10.8.0.0/16"),
    )

    lines = problems(seen, wanted())

    assert len(lines) == len(set(lines)) == 5  # and the group admits nobody
    assert all(line.startswith("ssm-only:network.") and line[-1] in ".`" for line in lines)


def test_one_error_is_the_first_of_them() -> None:
    with pytest.raises(ConfigError) as caught:
        plan_existing(survey(table=RouteTable(id="rtb-1")), NAT, NOTHING_KEPT)

    assert caught.value.key == "network.subnets"


def warned(seen: Survey, asked: Wanted) -> Sequence[str]:
    return plan_existing(seen, asked, NOTHING_KEPT).warnings


CONDITIONAL = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            }
        ]
    }
)


WARNINGS = [
    pytest.param(survey(), wanted(), [], id="nothing to say"),
    pytest.param(
        survey(endpoints=[replace(BOTH[0], policy=CONDITIONAL), BOTH[1]], rules=ADMITTED),
        wanted(),
        ["vpce-ssm lets ssm:UpdateInstanceInformation through under conditions"],
        id="a condition that cannot be told",
    ),
    pytest.param(
        survey(table=TO_HUB),
        wanted(vpc=HUB),
        ["sees no private hosted zone ssm.", "sees no private hosted zone ssmmessages."],
        id="a hub of an account that is not seen",
    ),
    pytest.param(
        survey(table=default_route("tgw-1")),
        NAT,
        ["leads to the transit gateway tgw-1. Whether"] * 2,
        id="a way out of which nothing is known",
    ),
    pytest.param(
        survey(acls=stops(egress=True, ports=HTTPS, cidr="10.8.1.0/25")),
        wanted(),
        ["stops some of TCP port 443 out to 10.8.1.0/24"],
        id="an ACL that stops a part",
    ),
    pytest.param(
        survey(IN_A, acls=stops(egress=True, ports=HTTPS, cidr="0.0.0.0/1")),
        wanted(vpc={"subnets": ["subnet-a"]}),
        [],
        id="an ACL that stops a part of the internet",
    ),
    pytest.param(
        survey(IN_A, acls={"subnet-a": Acl(id="acl-1", rules=[])}),
        wanted(vpc={"subnets": ["subnet-a"]}),
        ["acl-1 lets nothing through to the public addresses that S3 has"],
        id="an ACL that keeps S3 away",
    ),
    pytest.param(
        survey(endpoints=[gateway(policy=NOTHING)]),
        wanted(),
        ["does not let the agent's packages through", "does not let Amazon Linux's packages through"],
        id="S3's policy stops all",
    ),
    pytest.param(
        survey(endpoints=[gateway(policy=NOTHING)]),
        wanted(amazon_linux=False, buckets=["mine"]),
        ["the agent's packages", "your buckets through: s3:GetObject on arn:aws:s3:::mine/*"],
        id="no Amazon Linux, and a bucket of one's own",
    ),
    pytest.param(
        survey(endpoints=[gateway(policy=NOTHING)], offers=replace(survey().offers, services=WITH_IMAGES)),
        wanted(amazon_linux=False, endpoints=["ecr.dkr"]),
        [
            "the agent's packages",
            "the layers of images in ECR through: s3:GetObject on arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
        ],
        id="images, whose layers are in a bucket of ECR's",
    ),
    pytest.param(
        survey(endpoints=[gateway(policy=CONDITIONAL)]),
        wanted(amazon_linux=False),
        ["has conditions for the agent's packages"],
        id="conditions of S3's policy",
    ),
    pytest.param(
        survey(table=RouteTable(id="rtb-1", leads_to_s3=True)),
        wanted(),
        ["the route table rtb-1 has a way to S3 whose endpoint is not seen"],
        id="a way to S3 of which nothing is known",
    ),
    pytest.param(
        survey(
            IN_A,
            IN_B,
            ELSEWHERE,
            matched=["subnet-a", "subnet-b"],
            endpoints=[endpoint(SSM, subnet_ids=["subnet-e"]), BOTH[1]],
            rules=ADMITTED,
        ),
        wanted(),
        ["the endpoint vpce-ssm for com.amazonaws.us-east-1.ssm is in us-east-1c, and they are in us-east-1a"],
        id="an endpoint in no zone of ours, beside one that is in one of two",
    ),
    pytest.param(
        survey(**PUBLIC, block_mode="block-ingress"),
        IGW,
        ["network.vpc is 'vpc-1': VPC Block Public Access of us-east-1 is block-ingress in this account. Unless vpc-1"],
        id="the account stops answers through an internet gateway",
    ),
    pytest.param(survey(**NATTED, block_mode="block-ingress"), NAT, [], id="it lets a NAT gateway's through"),
    pytest.param(
        survey(**NATTED, block_mode="block-bidirectional"),
        NAT,
        ["-exclusion-mode allow-egress`"],
        id="the account stops a NAT gateway's too",
    ),
    pytest.param(
        survey(table=default_route("i-1"), block_mode="block-ingress"),
        NAT,
        ["leads to the instance i-1. Whether"] * 2 + ["-exclusion-mode allow-bidirectional`"],
        id="the account stops answers to a NAT instance",
    ),
    pytest.param(
        survey(table=default_route("tgw-1"), block_mode="block-bidirectional"),
        NAT,
        ["leads to the transit gateway tgw-1. Whether"] * 2,
        id="whose gateway is behind a transit gateway is not told",
    ),
]


@pytest.mark.parametrize(("seen", "asked", "said"), WARNINGS)
def test_what_is_warned_of(seen: Survey, asked: Wanted, said: Sequence[str]) -> None:
    lines = warned(seen, asked)

    assert len(lines) == len(said)
    assert [(part, line) for part, line in zip(said, lines, strict=True) if part not in line] == []


def test_the_guide_explains_every_message() -> None:
    (table,) = re.findall(r"\| It says \| Then \|\n(.*?)\n\n", GUIDE.read_text(), re.DOTALL)
    explained = {part for row in table.splitlines()[1:] for part in re.findall(r"`([^`]+)`", row.split(" | ")[0])}
    refused, told = ([one.values for one in cases] for cases in (CASES, WARNINGS))  # of pytest's own type
    lines = [line for seen, asked, _ in cast("Any", refused) for line in problems(seen, asked)]
    lines += [line for seen, asked, _ in cast("Any", told) for line in warned(seen, asked)]

    assert [line for line in lines if not any(part in line for part in explained)] == []
    # Those of which no plan is made, or whose VPC has to be shared or changed for it.
    others = {
        "has no such VPC in this account",
        "have these tags in",
        "which has these tags no more",
        "and none of these has the tags",
    }
    unsaid = {part for part in explained if not any(part in line for line in lines)}
    assert unsaid == others | {"which can make no way to S3 in them"}


def test_what_is_there_is_used_and_what_is_missing_is_made() -> None:
    plan = plan_existing(
        survey(endpoints=[endpoint(SSM), endpoint(MESSAGES, private_dns=False, id="vpce-x")], rules=ADMITTED),
        wanted(),
        NOTHING_KEPT,
    )

    assert plan.reused == {"ssm": "vpce-ssm"}
    # That of the same service without private DNS is passed by.
    assert plan.made == {"ssmmessages": ["subnet-a", "subnet-b"]}
    assert [(one.id, bool(one.closed_to)) for one in plan.groups] == [("sg-1", False)]
    assert (plan.s3_table_ids, plan.zones, plan.new_endpoints) == (["rtb-1"], [A, B], 2)


def test_an_endpoint_is_made_where_its_service_is_offered() -> None:
    seen = survey(offers=Offers(services={SSM: (B,), MESSAGES: (A, B)}))

    assert plan_existing(seen, wanted(), NOTHING_KEPT).made == {
        "ssm": ["subnet-b"],
        "ssmmessages": ["subnet-a", "subnet-b"],
    }
    # One that is there stays as it is.
    kept = Kept(services={SSM: ["subnet-a"]})
    assert plan_existing(seen, wanted(), kept).made["ssm"] == ["subnet-a", "subnet-b"]


def test_igw_and_nat_make_nothing() -> None:
    for seen, asked in ((survey(**PUBLIC), IGW), (survey(**NATTED), NAT)):
        plan = plan_existing(seen, asked, NOTHING_KEPT)

        assert (plan.made, plan.reused, plan.groups, plan.s3_table_ids) == ({}, {}, (), ())


def test_a_hub_serves_what_the_vpc_lacks() -> None:
    seen = survey(table=TO_HUB, endpoints=[endpoint(SSM)], rules=ADMITTED, hosted_zones=ASSOCIATED)
    plan = plan_existing(seen, wanted(vpc=HUB), NOTHING_KEPT)

    assert (plan.made, plan.reused, plan.hub) == ({}, {"ssm": "vpce-ssm"}, ["ssmmessages"])
    assert plan.hub_cidrs == [IPv4Network("10.1.0.0/24")]
    # Gateway endpoints work in their own VPC alone.
    assert plan.s3_table_ids == ["rtb-1"]


@pytest.mark.parametrize(
    ("groups", "rules", "planned"),
    [
        pytest.param((["sg-1"], ["sg-1"]), {}, [("sg-1", True)], id="one for both"),
        pytest.param((["sg-1"], ["sg-2"]), {}, [("sg-1", True), ("sg-2", True)], id="one each"),
        pytest.param((["sg-1", "sg-3"], ["sg-2", "sg-3"]), {}, [("sg-3", True)], id="the one that both have"),
        pytest.param((["sg-1"], ["sg-2"]), ADMITTED, [("sg-1", False), ("sg-2", True)], id="one admits us"),
        pytest.param((["sg-1", "sg-3"], ["sg-3"]), ADMITTED, [("sg-3", True)], id="both need a rule where one does"),
    ],
)
def test_few_groups_of_those_that_are_there(
    groups: tuple[Sequence[str], Sequence[str]], rules: Mapping[str, Any], planned: Sequence[tuple[str, bool]]
) -> None:
    endpoints = [endpoint(name, group_ids=ids) for name, ids in zip((SSM, MESSAGES), groups, strict=True)]
    plan = plan_existing(survey(endpoints=endpoints, rules=rules), wanted(vpc=RULES), NOTHING_KEPT)

    assert [(one.id, bool(one.closed_to)) for one in plan.groups] == planned


def test_each_route_table_has_one_way_to_s3() -> None:
    tables = {"subnet-a": RouteTable(id="rtb-1"), "subnet-b": RouteTable(id="rtb-2")}
    for found, made in (([], ["rtb-1", "rtb-2"]), ([gateway()], ["rtb-2"])):
        plan = plan_existing(survey(tables=tables, endpoints=found), wanted(), NOTHING_KEPT)

        assert plan.s3_table_ids == made
        assert plan.s3_found == [one.id for one in found]


def test_a_way_to_s3_of_our_own_stays_ours() -> None:
    table = RouteTable(id="rtb-1", leads_to_s3=True)

    assert plan_existing(survey(table=table), wanted(), Kept(table_ids=["rtb-1"])).s3_table_ids == ["rtb-1"]
    assert plan_existing(survey(table=table), wanted(), NOTHING_KEPT).s3_table_ids == []


IN_C = subnet("subnet-c", C, "10.8.2.0/24")
LOWER_IN_B = subnet("subnet-l", B, "10.8.0.128/25")


@pytest.mark.parametrize(
    ("seen", "kept", "chosen"),
    [
        pytest.param(survey(IN_B, IN_A), (), ["subnet-a", "subnet-b"], id="by the alphabet"),
        pytest.param(survey(IN_A, IN_B, LOWER_IN_B), (), ["subnet-a", "subnet-l"], id="the lowest of a zone"),
        pytest.param(survey(IN_A, IN_B, LOWER_IN_B), ["subnet-b"], ["subnet-b", "subnet-a"], id="that is there stays"),
        pytest.param(
            survey(IN_A, IN_B, IN_C),
            ["subnet-c", "subnet-b"],
            ["subnet-c", "subnet-b", "subnet-a"],
            id="others come behind",
        ),
    ],
)
def test_subnets_that_tags_find(seen: Survey, kept: Sequence[str], chosen: Sequence[str]) -> None:
    plan = plan_existing(seen, wanted(vpc=BY_TAGS), Kept(vpc_id="vpc-1", subnet_ids=kept))

    assert [one.id for one in plan.subnets] == chosen


def test_a_stack_that_was_in_another_vpc_moves() -> None:
    kept = Kept(vpc_id="vpc-0", subnet_ids=["subnet-0", "subnet-b"])

    assert plan_existing(survey(), wanted(vpc=BY_TAGS), kept).zones == [A, B]


def test_a_subnet_that_lost_its_tags_moves_no_instance_unseen() -> None:
    kept = Kept(vpc_id="vpc-1", subnet_ids=["subnet-a", "subnet-b", "subnet-c"])
    (line,) = problems(survey(IN_A, IN_C), wanted(vpc=BY_TAGS), kept)

    assert "this stack is in subnet-b, which has these tags no more." in line
    assert "subnets: [subnet-a, subnet-c]" in line
    assert problems(survey(IN_A, IN_B, IN_C), wanted(vpc=BY_TAGS), kept) == []


def test_other_tags_move_no_instance_unseen() -> None:
    """As where `variant` becomes igw, and the public subnets have tags of their own."""
    asked = wanted(vpc=BY_TAGS)
    (line,) = problems(survey(IN_A, IN_B), asked, Kept(vpc_id="vpc-1", subnet_ids=["subnet-x", "subnet-y"]))

    assert "this stack is in subnet-x, subnet-y, and none of these has the tags." in line
    assert "subnets: [subnet-a, subnet-b]" in line


def test_what_a_stack_has_is_not_asked_for_anew() -> None:
    seen = survey(replace(IN_A, free=0), IN_B, offers=Offers(services={}, types={}))
    asked = wanted(types_in={1: ["t4g.micro"]}, vpc={"subnets": ["subnet-a", "subnet-b"]})

    assert len(problems(seen, asked)) == 3
    assert (
        problems(
            seen,
            asked,
            Kept(services=dict.fromkeys((SSM, MESSAGES), ("subnet-a", "subnet-b")), types=[(A, "t4g.micro")]),
        )
        == []
    )


NAMES = (SSM, MESSAGES, KMS)
NEEDS: Callable[[bool], SessionNeeds] = lambda key: SessionNeeds(session_key_arn="key" if key else None)  # noqa: E731
_GROUPS = st.lists(st.sampled_from(["sg-1", "sg-2", "sg-3"]), min_size=1, max_size=2, unique=True)
_FOUND = st.lists(
    st.builds(
        endpoint,
        st.sampled_from(NAMES),
        private_dns=st.booleans(),
        group_ids=_GROUPS,
        subnet_ids=st.sampled_from([["subnet-a"], ["subnet-b"], ["subnet-a", "subnet-b"]]),
    ),
    max_size=6,
    # A VPC has one endpoint with private DNS for a service.
    unique_by=lambda one: (one.service, one.private_dns),
)


@given(found=_FOUND, key=st.booleans(), hub=st.booleans(), admitting=st.sets(st.sampled_from(["sg-1", "sg-2", "sg-3"])))
def test_every_service_is_reached_in_one_way(
    *, found: list[Any], key: bool, hub: bool, admitting: Collection[str]
) -> None:
    seen = survey(
        table=TO_HUB,
        endpoints=found,
        rules={id_: admits("10.8.0.0/16") for id_ in admitting},
        hosted_zones=dict.fromkeys(NAMES, ZoneState.ASSOCIATED) if hub else {},
    )
    asked = wanted(vpc={**RULES, **(HUB if hub else {})}, needs=NEEDS(key))

    plan = plan_existing(seen, asked, NOTHING_KEPT)

    ways = [*plan.made, *plan.reused, *plan.hub]
    assert sorted(ways) == sorted({"ssm", "ssmmessages", *(["kms"] if key else [])})
    # Never a second endpoint of a name, and the way to each that is used is open.
    private = {one.service.rsplit(".", maxsplit=1)[1]: one for one in found if one.private_dns}
    assert not plan.made.keys() & private.keys()
    assert all(_is_open(plan, private[service].group_ids, admitting) for service in plan.reused)


def _is_open(plan: NetworkPlan, groups: Collection[str], admitting: Collection[str]) -> bool:
    """Whether an instance's rule leads to one of the groups, and any of them lets it in."""
    led_to = [one for one in plan.groups if one.id in groups]
    return bool(led_to) and (any(one.closed_to for one in led_to) or not {*admitting}.isdisjoint(groups))


def test_only_a_subnet_that_is_not_let_in_gets_a_rule() -> None:
    seen = survey(endpoints=[endpoint(SSM), endpoint(MESSAGES)], rules={"sg-1": admits("10.8.0.0/24")})
    (planned,) = plan_existing(seen, wanted(vpc=RULES), NOTHING_KEPT).groups

    assert [subnet.id for subnet in planned.closed_to] == ["subnet-b"]
