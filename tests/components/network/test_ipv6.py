"""IPv6 beside IPv4: the planner of addresses, and what a network of each variant has of it."""

import dataclasses
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.needs import SessionNeeds
from components.network.ipv6 import subnet_block
from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.routes import Tier, Variant
from tests.components.graph import (
    EGRESS_ONLY_GATEWAY,
    ENDPOINT,
    IPV6_BLOCK,
    ROUTE,
    SUBNET,
    US_EAST_1,
    VPC,
    Answer,
    Graph,
    deploy,
)

A, B, C = US_EAST_1.zones
BLOCK = IPv6Network("2001:db8:0:100::/56")
BLOCKS = st.integers(0, 2**56 - 1).map(lambda prefix: IPv6Network((prefix << 72, 56)))
PLACES = [(tier, number) for tier in Tier for number in range(6)]


@pytest.mark.parametrize(
    ("tier", "number", "block"),
    [
        pytest.param(Tier.PRIVATE, 0, "2001:db8:0:100::/64", id="private, from the front"),
        pytest.param(Tier.PRIVATE, 5, "2001:db8:0:105::/64", id="private, in the last zone that a Region has"),
        pytest.param(Tier.PUBLIC, 0, "2001:db8:0:1ff::/64", id="public, from the back"),
        pytest.param(Tier.PUBLIC, 5, "2001:db8:0:1fa::/64", id="public, in the last zone"),
    ],
)
def test_a_subnet_has_its_place(tier: Tier, number: int, block: str) -> None:
    assert str(subnet_block(BLOCK, tier, number)) == block


@given(BLOCKS)
def test_no_two_subnets_share_an_address_and_all_are_the_vpcs(vpc: IPv6Network) -> None:
    blocks = [subnet_block(vpc, tier, number) for tier, number in PLACES]

    assert len(set(blocks)) == len(PLACES)
    assert all(block.subnet_of(vpc) and block.prefixlen == 64 for block in blocks)


def network(variant: Variant, answers: Mapping[str, Answer] | None = None, **changed: Any) -> Graph:
    args = SsmNetworkArgs(
        variant=variant, region=US_EAST_1, zones=(A, B), cidr=IPv4Network("10.0.0.0/16"), dual_stack=True
    )
    return deploy(lambda: SsmNetwork("net", dataclasses.replace(args, **changed)), answers=answers)


def parts(graph: Graph) -> dict[str, str | None]:
    return {name: subnet.get("ipv6CidrBlock") for name, subnet in graph.of(SUBNET).items()}


def ways_out(graph: Graph) -> dict[str, str]:
    """What IPv6's default routes lead to."""
    routes = {name: one for name, one in graph.of(ROUTE).items() if "destinationIpv6CidrBlock" in one}
    assert {one["destinationIpv6CidrBlock"] for one in routes.values()} <= {"::/0"}
    return {name: one.get("gatewayId") or one["egressOnlyGatewayId"] for name, one in routes.items()}


def test_instances_of_igw_go_out_through_the_internet_gateway() -> None:
    graph = network(Variant.IGW)

    assert parts(graph) == {f"net-public-{A}": "2001:db8:0:1ff::/64", f"net-public-{B}": "2001:db8:0:1fe::/64"}
    assert ways_out(graph) == {f"net-public-{zone}-ipv6": "net-internet-id" for zone in (A, B)}
    assert graph.of(EGRESS_ONLY_GATEWAY) == {}


def test_instances_of_nat_go_out_through_a_gateway_that_lets_nothing_in() -> None:
    graph = network(Variant.NAT)

    assert parts(graph) == {
        f"net-private-{A}": "2001:db8:0:100::/64",
        f"net-private-{B}": "2001:db8:0:101::/64",
        f"net-public-{A}": None,
    }
    assert ways_out(graph) == {f"net-private-{zone}-ipv6": "net-egress-only-id" for zone in (A, B)}
    assert [*graph.of(EGRESS_ONLY_GATEWAY)] == ["net-egress-only"]


def test_in_privatelink_nothing_leads_out() -> None:
    graph = network(Variant.PRIVATELINK)

    assert parts(graph) == {f"net-private-{A}": "2001:db8:0:100::/64", f"net-private-{B}": "2001:db8:0:101::/64"}
    assert (graph.of(ROUTE), graph.of(EGRESS_ONLY_GATEWAY)) == ({}, {})


SERVICE = "aws:ec2/getVpcEndpointService:getVpcEndpointService"


@pytest.mark.parametrize(
    ("without", "addresses"),
    [
        pytest.param("", {"ssm": "dualstack", "ssmmessages": "dualstack", "logs": "dualstack"}, id="all take IPv6"),
        pytest.param("logs", {"ssm": "dualstack", "ssmmessages": "dualstack", "logs": "ipv4"}, id="one does not"),
    ],
)
def test_an_endpoint_has_ipv6_where_its_service_takes_it(without: str, addresses: dict[str, str]) -> None:
    def answer(args: Mapping[str, Any]) -> dict[str, Any]:
        assert args["serviceType"] == "Interface"
        lacks = without and args["serviceName"].endswith(without)
        return {"supportedIpAddressTypes": ["ipv4"] if lacks else ["ipv4", "ipv6"]}

    endpoints = network(Variant.PRIVATELINK, {SERVICE: answer}, needs=SessionNeeds(log_group_arn="g")).of(ENDPOINT)

    # S3's is a gateway, whose other prefix list no instance's group names.
    assert {name: one.get("ipAddressType") for name, one in endpoints.items()} == {
        **{f"net-{service}": kind for service, kind in addresses.items()},
        "net-s3": None,
    }


@pytest.mark.parametrize("variant", Variant)
class TestInEveryVariant:
    def test_a_zone_that_is_added_moves_nothing(self, variant: Variant) -> None:
        before, after = network(variant), network(variant, zones=(A, B, C))

        assert parts(before).items() < parts(after).items()
        assert ways_out(before).items() <= ways_out(after).items()

    def test_routes_and_subnets_wait_for_the_block(self, variant: Variant) -> None:
        graph = network(variant)
        waiting = [name for name, part in parts(graph).items() if part]

        for type_, names in ((SUBNET, waiting), (ROUTE, ways_out(graph))):
            for name in names:
                assert (IPV6_BLOCK, "net-ipv6") in graph.made_before(graph.one(type_, name))

    def test_what_starts_in_an_instances_subnet_gets_an_address(self, variant: Variant) -> None:
        for subnet in network(variant).of(SUBNET).values():
            assert subnet.get("assignIpv6AddressOnCreation", False) is ("ipv6CidrBlock" in subnet)

    def test_without_it_there_is_nothing_of_it(self, variant: Variant) -> None:
        with_ipv6, without = network(variant), network(variant, dual_stack=False)
        words = ("ipv6", "Ipv6", "egressOnly", "ipAddressType")

        assert without.names() < with_ipv6.names()
        assert [name for one in without for name in one.inputs if any(word in name for word in words)] == []

    def test_a_block_that_another_resource_brings_is_no_drift_of_the_vpc(self, variant: Variant) -> None:
        assert network(variant).one(VPC, "net-vpc").ignores == {"assignGeneratedIpv6CidrBlock"}
