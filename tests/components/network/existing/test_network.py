"""What is asked about a VPC that is there, and what is added to it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.base.errors import ConfigError
from components.network import ExistingNetwork, ExistingNetworkArgs, ExistingVpc, Variant, find_existing
from tests.components.graph import (
    CN_NORTH_1,
    EGRESS,
    ENDPOINT,
    INGRESS,
    INSTANCE,
    RECORD,
    SECURITY_GROUP,
    STATE,
    US_EAST_1,
    ZONE,
    Answer,
    Graph,
    deploy,
)
from tests.components.network.existing.account import (
    IN_A,
    IN_B,
    MESSAGES,
    OTHER_VPC,
    S3,
    SSM,
    VPC,
    Account,
    endpoint,
    gateway,
)
from tests.components.test_program import run

BY_TAGS = {"tags": {"team": "web"}, "subnetTags": {"tier": "private"}}
BARE = Account()
BOTH = [endpoint("vpce-1", SSM), endpoint("vpce-2", MESSAGES)]
ADMITTING = {"sgr-1": {"group": "sg-1", "isEgress": False, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}}
TO_INTERNET = [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]
MAIN = "main-amazon-linux-2023-arm64"


def up(account: Account, *, left: Mapping[str, Any] | None = None, **config: Any) -> Graph:
    """The program in this account; the stack's last update left that."""
    said = config.pop("network", {})
    by_tags = {"tags": BY_TAGS["tags"]} if "subnets" in said else BY_TAGS
    network = {"network": {**by_tags, **said}}
    texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in {**network, **config}.items()
    }
    state: Mapping[str, Answer] = {STATE: lambda _: {"outputs": dict(left or {})}}
    return run({f"ssm-only:{key}": value for key, value in texts.items()}, answers={**account.answers, **state})


def after(graph: Graph, **outputs: Any) -> Mapping[str, Any]:
    """What an update leaves: of an endpoint also its ARN, and what the network said of itself."""
    state = {
        one.urn: {"type": one.type, "outputs": {**one.inputs, "arn": f"arn:aws:ec2:::vpc-endpoint/{one.name}-id"}}
        for one in graph
    }
    urn = "urn:pulumi:test::ssm-only::ssm-only:components:ExistingNetwork::main"
    said = {"vpc_id": VPC, "subnet_ids": [IN_A, IN_B], "found_gateway_ids": [], **outputs}
    return {**state, urn: {"type": "ssm-only:components:ExistingNetwork", "outputs": said}}


def own(graph: Graph) -> list[Mapping[str, Any]]:
    """The endpoints that a graph made, as EC2 tells of them."""
    shape: Any = {
        "Interface": lambda id_, one: endpoint(id_, one["serviceName"], securityGroupIds=["main-endpoints-id"])
    }
    shape["Gateway"] = lambda id_, one: gateway(id_, *one["routeTableIds"])
    return [shape[one["vpcEndpointType"]](f"{name}-id", one) for name, one in graph.of(ENDPOINT).items()]


def test_a_bare_vpc_gets_what_is_missing_and_nothing_else() -> None:
    graph = up(BARE)

    kinds = {type_: set(graph.of(type_)) for type_ in (ENDPOINT, SECURITY_GROUP, EGRESS, INGRESS, INSTANCE)}
    assert kinds == {
        ENDPOINT: {"main-ssm", "main-ssmmessages", "main-s3"},
        SECURITY_GROUP: {"main-endpoints", "main"},
        EGRESS: {"main-to-endpoints", "main-to-s3"},
        # From all of the VPC the services' names lead to these endpoints now.
        INGRESS: {"main-endpoints-from-10.8.0.0/16"},
        INSTANCE: {MAIN},
    }
    assert {one.type.split(":")[1].split("/")[0] for one in graph} == {"ec2", "vpc", "iam"}
    assert graph.of(ENDPOINT)["main-ssm"]["subnetIds"] == [IN_A, IN_B]
    assert graph.of(ENDPOINT)["main-ssm"]["privateDnsEnabled"]
    assert graph.of(ENDPOINT)["main-s3"]["routeTableIds"] == ["rtb-main"]
    assert graph.of(EGRESS)["main-to-s3"]["prefixListId"] == f"pl of {S3}"
    assert graph.of(INSTANCE)[MAIN]["subnetId"] == IN_A
    assert "associatePublicIpAddress" not in graph.of(INSTANCE)[MAIN]
    made_before = graph.made_before(graph.one(INSTANCE, MAIN))
    assert {(ENDPOINT, "main-ssm"), (ENDPOINT, "main-ssmmessages"), (ENDPOINT, "main-s3")} <= made_before
    assert graph.exports["network"] == {
        "vpc_id": VPC,
        "subnet_ids": [IN_A, IN_B],
        "endpoints_group_id": "main-endpoints-id",
    }
    assert graph.exports["monthly_cost"].startswith("$29.20 ")


def test_what_is_there_is_used() -> None:
    account = Account(endpoints=[*BOTH, gateway("vpce-3", "rtb-main")], s3_tables=["rtb-main"])
    graph = up(account, network={"endpointRules": True})

    assert graph.of(ENDPOINT) == {}
    assert set(graph.of(SECURITY_GROUP)) == {"main"}
    added = graph.of(INGRESS)
    assert set(added) == {f"main-endpoints-from-{one}-in-sg-1" for one in (IN_A, IN_B)}
    assert {one["securityGroupId"] for one in added.values()} == {"sg-1"}
    assert {one["cidrIpv4"] for one in added.values()} == {"10.8.0.0/24", "10.8.1.0/24"}
    assert graph.of(EGRESS)["main-to-endpoints-sg-1"]["referencedSecurityGroupId"] == "sg-1"
    assert graph.exports["network"]["endpoints_group_id"] is None
    assert graph.exports["monthly_cost"].startswith("$0.00 ")


SPOKE = "10.1.0.0/16"


def test_it_can_be_the_hub_of_other_vpcs() -> None:
    graph = up(BARE, shareEndpoints=[SPOKE], endpointAccounts=["222233334444"])
    interfaces = {name: one for name, one in graph.of(ENDPOINT).items() if one["vpcEndpointType"] == "Interface"}
    names = {f"{service}.us-east-1.amazonaws.com" for service in ("ssm", "ssmmessages")}

    assert {one["privateDnsEnabled"] for one in interfaces.values()} == {False}
    assert all("222233334444" in one["policy"] for one in interfaces.values())
    assert {zone["name"] for zone in graph.of(ZONE).values()} == names
    assert {one["vpcs"][0]["vpcId"] for one in graph.of(ZONE).values()} == {VPC}
    assert {one["cidrIpv4"] for one in graph.of(INGRESS).values()} == {"10.8.0.0/16", SPOKE}
    assert {(RECORD, f"main-{name}") for name in names} <= graph.made_before(graph.one(INSTANCE, MAIN))
    shared = graph.exports["network"]["shared"]
    assert set(shared["zone_ids"]) == names
    assert shared["endpoint_cidrs"] == ["10.8.0.0/24", "10.8.1.0/24"]


def test_a_hub_that_is_there_stays_as_it_is() -> None:
    before = up(BARE, shareEndpoints=[SPOKE])
    zones = {f"{service}.us-east-1.amazonaws.com": [VPC] for service in ("ssm", "ssmmessages")}
    again = Account(endpoints=own(before), s3_tables=["rtb-main"], zones=zones)

    assert up(again, left=after(before), shareEndpoints=[SPOKE]).resources == before.resources


@pytest.mark.parametrize(
    ("account", "config", "message"),
    [
        pytest.param(
            Account(endpoints=[BOTH[0]], rules={"sgr-1": {**ADMITTING["sgr-1"], "cidrIpv4": "10.0.0.0/8"}}),
            {"shareEndpoints": [SPOKE]},
            f"{VPC} has endpoints of ssm already, and their private DNS answers in this VPC alone.",
            id="an endpoint is somebody else's",
        ),
        pytest.param(BARE, {"shareEndpoints": ["10.8.0.0/16"]}, "it overlaps this network's own block", id="its own"),
        pytest.param(
            BARE,
            {"shareEndpoints": [SPOKE], "network": {"endpoints": "shared", "endpointCidrs": ["10.2.0.0/24"]}},
            "this VPC has a hub, and is none",
            id="it has a hub",
        ),
    ],
)
def test_what_cannot_be_shared(
    monkeypatch: pytest.MonkeyPatch, account: Account, config: dict[str, Any], message: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", said.append)
    with pytest.raises(SystemExit):
        up(account, **config)

    assert [message in one for one in said] == [True]


def test_a_rule_of_ours_is_no_reason_to_take_it_away() -> None:
    rules = {"sgr-1": {**ADMITTING["sgr-1"], "cidrIpv4": "10.0.0.0/8"}}
    account = Account(endpoints=[*BOTH, gateway("vpce-3", "rtb-main")], s3_tables=["rtb-main"], rules=rules)
    network = "urn:pulumi:test::ssm-only::ssm-only:components:ExistingNetwork"
    ours = {
        f"{network}${INGRESS}::main-endpoints-from-{IN_A}-in-sg-1": {
            "type": INGRESS,
            "outputs": {"securityGroupRuleId": "sgr-1"},
        }
    }

    assert set(up(account, network={"endpointRules": True}).of(INGRESS)) == set(), "somebody else's lets all in"
    again = up(account, left=ours, network={"endpointRules": True})
    assert set(again.of(INGRESS)) == {f"main-endpoints-from-{one}-in-sg-1" for one in (IN_A, IN_B)}


@pytest.mark.parametrize(
    "by",
    [
        pytest.param({"cidrIpv4": "10.8.0.0/16"}, id="a block"),
        pytest.param({"prefixListId": "pl-10.8.0.0/16"}, id="a prefix list"),
    ],
)
def test_nothing_is_added_to_a_group_that_admits_us(by: Mapping[str, str]) -> None:
    rules = {"sgr-1": {**ADMITTING["sgr-1"], **by}}
    graph = up(Account(endpoints=BOTH, rules=rules))

    assert set(graph.of(INGRESS)) == set()
    assert set(graph.of(EGRESS)) == {"main-to-endpoints-sg-1", "main-to-s3"}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"referencedSecurityGroupId": "sg-9"}, id="another group"),
        pytest.param({"cidrIpv4": "10.8.0.0/16", "isEgress": True}, id="a way out"),
        pytest.param({"cidrIpv6": "::/0"}, id="IPv6"),
        pytest.param({"cidrIpv4": "10.8.0.0/16", "group": "sg-2"}, id="of another group"),
    ],
)
def test_a_rule_that_does_not_admit_us(rule: Mapping[str, Any]) -> None:
    with pytest.raises(SystemExit):
        up(Account(endpoints=BOTH, rules={"sgr-1": {**ADMITTING["sgr-1"], **rule}}))


def test_the_next_update_does_not_take_its_own_endpoints_for_others() -> None:
    before = up(BARE)
    account = replace(BARE, endpoints=own(before), s3_tables=["rtb-main"])

    assert up(account, left=after(before)).resources == before.resources
    # Without the state they are somebody's, whose group admits nobody.
    assert set(up(account, network={"endpointRules": True}).of(ENDPOINT)) == set()


def test_own_endpoints_beside_others_of_the_same_services() -> None:
    tables = {IN_A: "rtb-a", IN_B: "rtb-b"}
    theirs = [endpoint("vpce-1", SSM, privateDnsEnabled=False), gateway("vpce-3", "rtb-a")]
    first = Account(tables=tables, endpoints=theirs, s3_tables=["rtb-a"])
    before = up(first)
    assert before.of(ENDPOINT)["main-s3"]["routeTableIds"] == ["rtb-b"]

    again = replace(first, endpoints=[*theirs, *own(before)], s3_tables=["rtb-a", "rtb-b"])
    assert up(again, left=after(before, found_gateway_ids=["vpce-3"])).resources == before.resources


def test_a_new_subnet_with_the_tags_moves_nothing() -> None:
    before = up(BARE)
    subnets = {
        **BARE.subnets,
        "subnet-00000000000000001": ("us-east-1a", "10.7.0.0/25"),
        "subnet-00000000000000000": ("us-east-10", "10.8.7.0/24"),
    }
    account = replace(BARE, subnets=subnets, endpoints=own(before), s3_tables=["rtb-main"])

    graph = up(account, left=after(before))

    assert graph.of(INSTANCE)[MAIN] == before.of(INSTANCE)[MAIN]
    assert graph.exports["network"]["subnet_ids"] == [IN_A, IN_B, "subnet-00000000000000000"]
    # That zone does not have the service.
    assert graph.of(ENDPOINT)["main-ssm"]["subnetIds"] == [IN_A, IN_B]


def test_igw_makes_nothing_and_asks_for_a_public_address() -> None:
    account = Account(routes={"rtb-main": TO_INTERNET}, gateways=["igw-1"])
    graph = up(account, variant="igw")

    assert set(graph.of(ENDPOINT)) == set(graph.of(INGRESS)) == set()
    assert set(graph.of(EGRESS)) == {"main-to-internet"}
    assert graph.of(INSTANCE)[MAIN]["associatePublicIpAddress"] is True
    assert graph.exports["monthly_cost"].startswith("$3.65 ")


def test_nat_makes_nothing() -> None:
    account = Account(
        tables={IN_A: "rtb-a"},
        subnets={IN_A: ("us-east-1a", "10.8.0.0/24"), IN_B: ("us-east-1b", "10.8.1.0/24")},
        routes={"rtb-a": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}], "rtb-main": TO_INTERNET},
        nat_gateways={"nat-1": {"subnetId": IN_B}},
        gateways=["igw-1"],
    )
    graph = up(account, variant="nat", network={"subnets": [IN_A]})

    assert set(graph.of(ENDPOINT)) == set()
    assert "associatePublicIpAddress" not in graph.of(INSTANCE)[MAIN]
    assert graph.exports["monthly_cost"].startswith("$0.00 ")


HUB = {"endpoints": "shared", "endpointCidrs": ["10.1.0.0/24"]}
ZONES = dict.fromkeys(("ssm.us-east-1.amazonaws.com", "ssmmessages.us-east-1.amazonaws.com"), (VPC,))


def test_a_hub_is_reached_at_its_addresses() -> None:
    account = Account(routes={"rtb-main": [{"cidrBlock": "10.1.0.0/16", "transitGatewayId": "tgw-1"}]}, zones=ZONES)
    graph = up(account, network=HUB)

    assert set(graph.of(ENDPOINT)) == {"main-s3"}
    assert graph.of(EGRESS)["main-to-endpoints-10.1.0.0/24"]["cidrIpv4"] == "10.1.0.0/24"
    assert set(graph.of(SECURITY_GROUP)) == {"main"}


TO_ENDPOINTS = {"port": 443, "to": "10.1.0.0/24", "why": "also a proxy"}


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        pytest.param(
            TO_ENDPOINTS, {"main-to-endpoints-10.1.0.0/24"}, id="the hub's endpoints, to which it leads anyway"
        ),
        pytest.param(
            {**TO_ENDPOINTS, "port": 8443},
            {"main-to-endpoints-10.1.0.0/24", "main-to-tcp-8443-10.1.0.0/24"},
            id="another port there",
        ),
        pytest.param(
            {**TO_ENDPOINTS, "protocol": "udp"},
            {"main-to-endpoints-10.1.0.0/24", "main-to-udp-443-10.1.0.0/24"},
            id="another protocol",
        ),
        pytest.param(
            {**TO_ENDPOINTS, "to": "10.1.0.0/25"},
            {"main-to-endpoints-10.1.0.0/24", "main-to-tcp-443-10.1.0.0/25"},
            id="a part of it is another rule to EC2",
        ),
    ],
)
def test_a_way_to_a_hub_is_one_rule(entry: Mapping[str, Any], made: set[str]) -> None:
    """EC2 refuses a rule that is there already: "InvalidPermission.Duplicate"."""
    account = Account(routes={"rtb-main": [{"cidrBlock": "10.1.0.0/16", "transitGatewayId": "tgw-1"}]}, zones=ZONES)
    graph = up(account, network=HUB, egress=[entry])
    rules = graph.of(EGRESS)
    ends = [
        tuple(rule.get(key) for key in ("ipProtocol", "fromPort", "cidrIpv4", "prefixListId"))
        for rule in rules.values()
    ]

    assert set(rules) == {*made, "main-to-s3"}
    assert len({*ends}) == len(ends)
    # Before the hub, a stack had a person's rule, which becomes this one in place.
    assert "main-to-tcp-443-10.1.0.0/24" in graph.one(EGRESS, "main-to-endpoints-10.1.0.0/24").known_as


def test_a_way_to_endpoints_that_are_there_is_one_rule() -> None:
    group = "sg-0123456789abcdef0"
    endpoints = [{**one, "securityGroupIds": [group]} for one in BOTH]
    rules = {"sgr-1": {**ADMITTING["sgr-1"], "group": group, "cidrIpv4": "10.8.0.0/16"}}
    graph = up(Account(endpoints=endpoints, rules=rules), egress=[{**TO_ENDPOINTS, "to": group}])

    assert set(graph.of(EGRESS)) == {f"main-to-endpoints-{group}", "main-to-s3"}
    assert graph.one(EGRESS, f"main-to-endpoints-{group}").known_as == {f"main-to-tcp-443-group-{group}"}


def test_a_way_to_the_endpoints_that_the_stack_made_is_refused() -> None:
    group = "sg-0123456789abcdef0"
    arn = {"arn": f"arn:aws:ec2:us-east-1:123456789012:security-group/{group}"}
    urn = "urn:pulumi:test::ssm-only::ssm-only:components:{}$aws:ec2/securityGroup:SecurityGroup::main-endpoints"
    asked = {"egress": [{**TO_ENDPOINTS, "to": group}]}
    for component in ("ExistingNetwork", "SsmNetwork"):
        left = {urn.format(component): {"type": SECURITY_GROUP, "outputs": arn}}
        with pytest.raises(SystemExit):
            up(BARE, left=left, **asked)
    # The group of an instance that is called so is none of endpoints.
    left = {urn.format("SsmInstance"): {"type": SECURITY_GROUP, "outputs": arn}}

    assert f"main-to-tcp-443-group-{group}" in up(BARE, left=left, **asked).of(EGRESS)


def refusal(account: Account, **vpc: Any) -> str:
    said: list[str] = []

    def program() -> None:
        wanted = ExistingVpc(**{"tags": {"team": "web"}, "subnet_tags": {"tier": "private"}, **vpc})
        try:
            find_existing("main", wanted, region=US_EAST_1, variant=Variant.PRIVATELINK)
        except ConfigError as error:
            said.append(str(error))

    deploy(program, answers=account.answers)
    return "".join(said)


STS_OF_CHINA = "cn.com.amazonaws.cn-north-1.sts"


@pytest.mark.parametrize(
    ("there", "made"),
    [
        pytest.param([], {"ssm", "ssmmessages", "sts", "secretsmanager"}, id="what is made"),
        pytest.param([STS_OF_CHINA], {"ssm", "ssmmessages", "secretsmanager"}, id="one with the country's prefix"),
        pytest.param(
            ["com.amazonaws.cn-north-1.secretsmanager"],
            {"ssm", "ssmmessages", "sts"},
            id="one that is named as elsewhere",
        ),
        pytest.param(
            ["com.amazonaws.cn-north-1.sts"],
            {"ssm", "ssmmessages", "sts", "secretsmanager"},
            id="a name that no service of China has",
        ),
    ],
)
def test_a_service_has_the_name_that_aws_knows_in_china(there: list[str], made: set[str]) -> None:
    account = Account(
        subnets={IN_A: ("cn-north-1a", "10.8.0.0/24")},
        endpoints=[endpoint(f"vpce-{index}", service) for index, service in enumerate(there)],
        rules={"sgr-1": {**ADMITTING["sgr-1"], "cidrIpv4": "10.8.0.0/16"}},
    )

    def program() -> None:
        vpc = ExistingVpc(vpc=VPC, subnets=[IN_A])
        more = ["sts", "secretsmanager"]
        plan = find_existing("net", vpc, region=CN_NORTH_1, variant=Variant.PRIVATELINK, endpoints=more)
        ExistingNetwork("net", ExistingNetworkArgs(plan=plan, region=CN_NORTH_1, endpoints=more))

    interfaces = [
        one["serviceName"]
        for one in deploy(program, region=CN_NORTH_1, answers=account.answers).of(ENDPOINT).values()
        if one["vpcEndpointType"] == "Interface"
    ]

    assert {*interfaces} == {STS_OF_CHINA if one == "sts" else f"com.amazonaws.cn-north-1.{one}" for one in made}


def test_exactly_one_vpc_has_the_tags() -> None:
    two = replace(BARE, vpcs={OTHER_VPC: {"team": "web"}, VPC: {"team": "web", "stage": "dev"}})

    assert f'network.tags is {{"team": "web"}}: {VPC}, {OTHER_VPC} have these tags in us-east-1.' in refusal(two)
    assert refusal(two, tags={"team": "web", "stage": "dev"}) == ""
    assert "us-east-1 has no such VPC" in refusal(two, tags={"team": "db"})
    assert f"network.vpc is '{VPC}': us-east-1 has no such VPC" in refusal(replace(BARE, vpcs={}), tags={}, vpc=VPC)


def test_a_hosted_zone_of_the_name() -> None:
    elsewhere = replace(BARE, zones=dict.fromkeys(ZONES, (OTHER_VPC,)))

    assert "is associated with" in refusal(replace(BARE, zones=ZONES))
    assert refusal(elsewhere) == ""


def test_everything_is_asked_with_the_callers_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    invoke = pulumi.runtime.invoke

    def recording(token: str, args: Any, opts: Any = None, *more: Any, **others: Any) -> Any:
        by_parent = opts.parent.get_provider(token) if opts and opts.parent else None
        asked[token.rsplit(":", maxsplit=1)[-1]] = opts.provider or by_parent if opts else None
        return invoke(token, args, opts, *more, **others)

    monkeypatch.setattr(pulumi.runtime, "invoke", recording)
    read = aws.ec2.DefaultNetworkAcl.get

    def reading(name: str, id_: str, *, opts: pulumi.ResourceOptions) -> Any:
        asked["DefaultNetworkAcl"] = opts.provider
        return read(name, id_, opts=opts)

    monkeypatch.setattr(aws.ec2.DefaultNetworkAcl, "get", reading)
    providers: list[pulumi.ProviderResource] = []

    def program() -> None:
        providers.append(pulumi.ProviderResource("aws", "frankfurt", {"region": "eu-central-1"}))
        opts = pulumi.InvokeOptions(provider=providers[0])
        vpc = ExistingVpc(vpc=VPC, subnets=[IN_A])
        plan = find_existing("web", vpc, region=US_EAST_1, variant=Variant.PRIVATELINK, opts=opts)
        args = ExistingNetworkArgs(plan=plan, region=US_EAST_1)
        ExistingNetwork("web", args, pulumi.ResourceOptions(provider=providers[0]))

    rules = {"sgr-1": {**ADMITTING["sgr-1"], "cidrIpv4": "10.0.0.0/8"}}
    graph = deploy(program, answers=Account(endpoints=[BOTH[0]], rules=rules, tables={IN_A: "rtb-a"}).answers)

    assert set(graph.of(ENDPOINT)) == {"web-ssmmessages", "web-s3"}
    assert len(asked) == 13
    assert {name for name, provider in asked.items() if provider is not providers[0]} == {"readStackResourceOutputs"}
