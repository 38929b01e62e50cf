"""A network whose endpoints serve other VPCs, on Pulumi's mocks: names by zones, and doors for the named blocks."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from components.base.errors import ConfigError
from components.base.needs import SessionNeeds
from components.network.endpoint_policy import interface_policy
from components.network.hub import require_other_vpcs, require_private_dns
from components.network.network import SsmNetwork
from components.network.routes import Variant
from tests.components.graph import (
    ASSOCIATION,
    AUTHORIZATION,
    CN_NORTH_1,
    ENDPOINT,
    INGRESS,
    RECORD,
    STATE,
    US_EAST_1,
    ZONE,
    Answer,
    Graph,
    deploy,
    state_after,
)
from tests.components.network.test_network import PRIVATELINK, network
from tests.components.network.test_zones import SERVICE

SPOKES = [IPv4Network("10.1.0.0/16"), IPv4Network("10.2.0.0/16")]


def deploy_hub(**changed: Any) -> Graph:
    def program() -> None:
        pulumi.export("network", SsmNetwork("net", hub(**changed)).outputs)

    return deploy(program)


def hub(**changed: Any) -> Any:
    return network(Variant.PRIVATELINK, **{"share_endpoints": SPOKES, **changed})


def test_it_is_a_network_with_zones_and_doors() -> None:
    graph = deploy_hub()
    names = ["ssm.us-east-1.amazonaws.com", "ssmmessages.us-east-1.amazonaws.com"]

    assert (
        PRIVATELINK
        | {(type_, f"net-{name}") for name in names for type_ in (ZONE, RECORD)}
        | {(INGRESS, "net-endpoints-from-10.1.0.0/16"), (INGRESS, "net-endpoints-from-10.2.0.0/16")}
    ) == graph.names()


def test_no_endpoint_has_private_dns_which_cannot_have_the_name_of_a_zone() -> None:
    endpoints = deploy_hub(needs=SessionNeeds(log_group_arn="group")).of(ENDPOINT)

    assert {name: one.get("privateDnsEnabled") for name, one in endpoints.items()} == {
        "net-ssm": False,
        "net-ssmmessages": False,
        "net-logs": False,
        "net-s3": None,
    }


def test_a_zone_is_the_networks_own_and_leads_to_the_endpoint() -> None:
    graph = deploy_hub()
    zone = graph.one(ZONE, "net-ssm.us-east-1.amazonaws.com")

    assert zone.inputs["name"] == "ssm.us-east-1.amazonaws.com"
    assert zone.inputs["vpcs"] == [{"vpcId": "net-vpc-id"}]
    # Else each `up` takes the other VPCs away, which are in this list as soon as they have the zone.
    assert zone.ignores == {"vpcs"}
    assert graph.of(RECORD)["net-ssm.us-east-1.amazonaws.com"] == {
        "zoneId": "net-ssm.us-east-1.amazonaws.com-zone",
        "name": "ssm.us-east-1.amazonaws.com",
        "type": "A",
        "aliases": [{"name": "net-ssm.example", "zoneId": "net-ssm-entry", "evaluateTargetHealth": False}],
    }


def test_a_name_for_all_below_it_is_a_record_in_the_zone_of_what_it_is_below() -> None:
    graph = deploy_hub(endpoints=["ecr.dkr"])

    assert graph.of(ZONE)["net-dkr.ecr.us-east-1.amazonaws.com"]["name"] == "dkr.ecr.us-east-1.amazonaws.com"
    record = graph.of(RECORD)["net-below-dkr.ecr.us-east-1.amazonaws.com"]
    assert record["name"] == "*.dkr.ecr.us-east-1.amazonaws.com"
    assert record["zoneId"] == "net-dkr.ecr.us-east-1.amazonaws.com-zone"


def test_a_service_with_several_names_has_a_zone_for_each_and_one_for_a_name_and_all_below_it() -> None:
    names = ["ssm.us-east-1.amazonaws.com", "ssm.us-east-1.api.aws", "*.ssm.us-east-1.api.aws"]
    answer = {"availabilityZones": [*US_EAST_1.zones], "privateDnsNames": names, "vpcEndpointPolicySupported": True}
    only_ssm = {"com.amazonaws.us-east-1.ssm": answer}
    answers: dict[str, Answer] = {SERVICE: lambda args: only_ssm.get(args["serviceName"], "couldn't find resource")}
    graph = deploy(lambda: SsmNetwork("net", hub()), answers=answers)

    assert set(graph.of(ZONE)) == {"net-ssm.us-east-1.amazonaws.com", "net-ssm.us-east-1.api.aws"}
    assert {name: one["zoneId"] for name, one in graph.of(RECORD).items()} == {
        "net-ssm.us-east-1.amazonaws.com": "net-ssm.us-east-1.amazonaws.com-zone",
        "net-ssm.us-east-1.api.aws": "net-ssm.us-east-1.api.aws-zone",
        "net-below-ssm.us-east-1.api.aws": "net-ssm.us-east-1.api.aws-zone",
    }


def test_what_is_made_asks_for_each_service_once() -> None:
    asked: list[str] = []

    def answer(args: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(args["serviceName"].rsplit(".", maxsplit=1)[-1])
        return {"availabilityZones": [*US_EAST_1.zones], "privateDnsNames": [], "vpcEndpointPolicySupported": True}

    deploy(lambda: SsmNetwork("net", hub()), answers={SERVICE: answer})

    assert sorted(asked) == ["ssm", "ssmmessages"]


def test_the_group_lets_the_named_blocks_in_on_443_alone() -> None:
    rules = deploy_hub().of(INGRESS)

    assert {rule["cidrIpv4"] for rule in rules.values()} == {"10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"}
    for rule in rules.values():
        assert rule["securityGroupId"] == "net-endpoints-id"
        assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)


def test_an_agent_of_its_own_waits_for_the_names() -> None:
    ready: list[pulumi.Resource] = []
    deploy(lambda: ready.extend(SsmNetwork("net", hub()).path.ready))

    assert {one.pulumi_resource_type for one in ready} == {ASSOCIATION, ENDPOINT, INGRESS, RECORD}


def test_it_says_what_a_spoke_needs() -> None:
    graph = deploy_hub()

    assert graph.exports["network"]["shared"] == {
        "zone_ids": {
            f"{service}.us-east-1.amazonaws.com": f"net-{service}.us-east-1.amazonaws.com-zone"
            for service in ("ssm", "ssmmessages")
        },
        "endpoint_cidrs": ["10.0.0.0/20", "10.0.16.0/20"],
        "route_table_ids": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
    }


def test_a_network_that_is_for_itself_alone_says_nothing_of_it() -> None:
    assert "shared" not in deploy_hub(share_endpoints=()).exports["network"]


def test_vpcs_of_other_accounts_may_be_given_each_zone() -> None:
    rules = deploy_hub(spoke_vpcs=["vpc-0b"]).of(AUTHORIZATION)

    assert rules["net-ssm.us-east-1.amazonaws.com-vpc-0b"] == {
        "zoneId": "net-ssm.us-east-1.amazonaws.com-zone",
        "vpcId": "vpc-0b",
        "vpcRegion": "us-east-1",
    }
    assert len(rules) == 2
    assert deploy_hub().of(AUTHORIZATION) == {}


def test_principals_of_the_named_accounts_pass() -> None:
    endpoints = deploy_hub(endpoint_accounts=["222233334444"]).of(ENDPOINT)

    assert endpoints["net-ssm"]["policy"] == interface_policy("ssm", [US_EAST_1.account, "222233334444"])


def test_the_names_are_those_of_the_partition() -> None:
    zones = deploy_hub(region=CN_NORTH_1, zones=CN_NORTH_1.zones[:1], endpoints=["sts"]).of(ZONE)

    assert {zone["name"] for zone in zones.values()} == {
        "ssm.cn-north-1.amazonaws.com.cn",
        "ssmmessages.cn-north-1.amazonaws.com.cn",
        "sts.cn-north-1.amazonaws.com.cn",
    }


@pytest.mark.parametrize(
    ("before", "refused"),
    [
        pytest.param(hub(), True, id="a hub is to be none"),
        pytest.param(hub(share_endpoints=()), False, id="a network never was one"),
        pytest.param(network(Variant.NAT), False, id="a network has no endpoints"),
    ],
)
def test_private_dns_comes_back_only_without_zones(before: Any, refused: bool) -> None:  # noqa: FBT001 - a verdict
    state = state_after(deploy(lambda: (SsmNetwork("net", before), SsmNetwork("net-2", hub()))))
    said: list[str] = []

    def program() -> None:
        try:
            require_private_dns("net")
        except ConfigError as error:
            said.append(str(error))

    deploy(program, answers={STATE: lambda _: {"outputs": dict(state)}})

    assert bool(said) is refused
    if refused:
        assert said[0].startswith("ssm-only:shareEndpoints is []: this network is a hub, and EC2 gives its endpoints")


def test_a_zone_comes_after_the_endpoint_whose_private_dns_is_off() -> None:
    graph = deploy_hub()

    assert (ENDPOINT, "net-ssm") in graph.made_before(graph.one(ZONE, "net-ssm.us-east-1.amazonaws.com"))


@pytest.mark.parametrize(
    ("cidr", "refused"),
    [
        pytest.param("10.1.0.0/16", False, id="another block"),
        pytest.param("10.0.0.0/16", True, id="its own"),
        pytest.param("10.0.16.0/20", True, id="a part of it"),
        pytest.param("10.0.0.0/8", True, id="one that it is a part of"),
        pytest.param("0.0.0.0/0", True, id="the world"),
    ],
)
def test_blocks_are_other_vpcs(cidr: str, refused: bool) -> None:  # noqa: FBT001 - a verdict
    own = IPv4Network("10.0.0.0/16")
    if not refused:
        require_other_vpcs("shareEndpoints", [IPv4Network(cidr)], own)
        return
    with pytest.raises(ConfigError) as caught:
        require_other_vpcs("shareEndpoints", [IPv4Network("10.1.0.0/16"), IPv4Network(cidr)], own)

    assert str(caught.value) == (
        f"ssm-only:shareEndpoints[1] is '{cidr}': it overlaps this network's own block, 10.0.0.0/16, so no route leads "
        "from there to here. Use the blocks of the other VPCs."
    )


def test_a_hub_that_shares_with_itself_makes_nothing() -> None:
    def program() -> None:
        with pytest.raises(ConfigError, match="it overlaps"):
            SsmNetwork("net", hub(share_endpoints=[IPv4Network("10.0.0.0/8")]))

    assert deploy(program).resources == {}
