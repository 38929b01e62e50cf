"""Each variant's network, resource by resource, on Pulumi's mocks."""

import dataclasses
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.errors import ConfigError
from components.network import SsmNetwork, SsmNetworkArgs
from components.routes import WAYS, NextHop, Variant
from tests.components.graph import (
    ASSOCIATION,
    DEFAULT_SECURITY_GROUP,
    EIP,
    ENDPOINT,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
    Graph,
    deploy,
)

ZONES = ("us-east-1a", "us-east-1b")


BASE = SsmNetworkArgs(
    variant=Variant.PRIVATELINK,
    region="us-east-1",
    zones=ZONES,
    cidr=IPv4Network("10.0.0.0/16"),
    tags={"team": "platform"},
)


def network(variant: Variant, **changed: Any) -> SsmNetworkArgs:
    return dataclasses.replace(BASE, variant=variant, **changed)


def deploy_network(variant: Variant, **changed: Any) -> Graph:
    return deploy(lambda: SsmNetwork("net", network(variant, **changed)))


def subnets(*labels: str) -> set[tuple[str, str]]:
    """What stands in every network for each of its subnets."""
    return {(type_, label) for label in labels for type_ in (SUBNET, ROUTE_TABLE, ASSOCIATION)}


ALWAYS = {(VPC, "net-vpc"), (DEFAULT_SECURITY_GROUP, "net-default")}


def test_every_variant_has_a_way() -> None:
    assert set(Variant) == set(WAYS)


def test_igw_is_public_subnets_with_a_gateway_and_nothing_else() -> None:
    graph = deploy_network(Variant.IGW)

    assert (
        ALWAYS
        | subnets("net-public-us-east-1a", "net-public-us-east-1b")
        | {
            (INTERNET_GATEWAY, "net-internet"),
            (ROUTE, "net-public-us-east-1a"),
            (ROUTE, "net-public-us-east-1b"),
        }
        == graph.names()
    )
    assert {True} == {subnet["mapPublicIpOnLaunch"] for subnet in graph.of(SUBNET).values()}
    assert {"net-internet-id"} == {route["gatewayId"] for route in graph.of(ROUTE).values()}


NAT = (
    ALWAYS
    | subnets("net-private-us-east-1a", "net-private-us-east-1b", "net-public-us-east-1a")
    | {
        (INTERNET_GATEWAY, "net-internet"),
        (NAT_GATEWAY, "net-nat-us-east-1a"),
        (EIP, "net-nat-us-east-1a"),
        (ROUTE, "net-public-us-east-1a"),
        (ROUTE, "net-private-us-east-1a"),
        (ROUTE, "net-private-us-east-1b"),
    }
)


def test_nat_has_one_gateway_for_all_zones() -> None:
    graph = deploy_network(Variant.NAT)

    assert graph.names() == NAT
    assert {False} == {subnet["mapPublicIpOnLaunch"] for subnet in graph.of(SUBNET).values()}
    assert next_hops(graph) == {
        "net-public-us-east-1a": "net-internet-id",
        "net-private-us-east-1a": "net-nat-us-east-1a-id",
        "net-private-us-east-1b": "net-nat-us-east-1a-id",
    }
    assert graph.of(NAT_GATEWAY)["net-nat-us-east-1a"]["subnetId"] == "net-public-us-east-1a-id"


def test_nat_has_one_gateway_in_each_zone_if_asked() -> None:
    graph = deploy_network(Variant.NAT, nat_per_zone=True)

    assert (
        NAT
        | subnets("net-public-us-east-1b")
        | {
            (NAT_GATEWAY, "net-nat-us-east-1b"),
            (EIP, "net-nat-us-east-1b"),
            (ROUTE, "net-public-us-east-1b"),
        }
        == graph.names()
    )
    assert next_hops(graph) == {
        "net-public-us-east-1a": "net-internet-id",
        "net-public-us-east-1b": "net-internet-id",
        "net-private-us-east-1a": "net-nat-us-east-1a-id",
        "net-private-us-east-1b": "net-nat-us-east-1b-id",
    }


def test_nat_gateways_wait_for_the_internet_gateway() -> None:
    graph = deploy_network(Variant.NAT)

    for type_ in (NAT_GATEWAY, EIP):
        assert (INTERNET_GATEWAY, "net-internet") in graph.made_before(graph.one(type_, "net-nat-us-east-1a"))


PRIVATELINK = (
    ALWAYS
    | subnets("net-private-us-east-1a", "net-private-us-east-1b")
    | {
        (SECURITY_GROUP, "net-endpoints"),
        (ENDPOINT, "net-ssm"),
        (ENDPOINT, "net-ssmmessages"),
        (ENDPOINT, "net-s3"),
    }
)


def test_privatelink_is_endpoints_and_no_way_out() -> None:
    graph = deploy_network(Variant.PRIVATELINK)

    assert graph.names() == PRIVATELINK
    assert {False} == {subnet["mapPublicIpOnLaunch"] for subnet in graph.of(SUBNET).values()}


def test_privatelink_has_ec2messages_if_asked() -> None:
    graph = deploy_network(Variant.PRIVATELINK, ec2messages=True)

    assert PRIVATELINK | {(ENDPOINT, "net-ec2messages")} == graph.names()


def test_interface_endpoints_stand_in_every_zone_and_answer_to_the_public_names() -> None:
    endpoints = deploy_network(Variant.PRIVATELINK).of(ENDPOINT)

    for service in ("ssm", "ssmmessages"):
        assert {
            "vpcId": "net-vpc-id",
            "vpcEndpointType": "Interface",
            "serviceName": f"com.amazonaws.us-east-1.{service}",
            "subnetIds": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
            "securityGroupIds": ["net-endpoints-id"],
            "privateDnsEnabled": True,
            "tags": {"team": "platform", "Name": f"net-{service}"},
        } == endpoints[f"net-{service}"]


def test_s3_is_on_the_route_table_of_every_zone() -> None:
    assert deploy_network(Variant.PRIVATELINK).of(ENDPOINT)["net-s3"] == {
        "vpcId": "net-vpc-id",
        "vpcEndpointType": "Gateway",
        "serviceName": "com.amazonaws.us-east-1.s3",
        "routeTableIds": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
        "tags": {"team": "platform", "Name": "net-s3"},
    }


def test_the_endpoints_group_is_empty_until_an_instance_adds_itself() -> None:
    assert deploy_network(Variant.PRIVATELINK).of(SECURITY_GROUP)["net-endpoints"] == {
        "vpcId": "net-vpc-id",
        "description": "Interface endpoints of Systems Manager",
        "tags": {"team": "platform", "Name": "net-endpoints"},
    }


@pytest.mark.parametrize("variant", Variant)
class TestInEveryVariant:
    def test_the_vpc_answers_dns(self, variant: Variant) -> None:
        vpc = deploy_network(variant).of(VPC)["net-vpc"]

        assert vpc["cidrBlock"] == "10.0.0.0/16"
        assert vpc["enableDnsSupport"] is True
        assert vpc["enableDnsHostnames"] is True

    def test_the_default_group_is_emptied(self, variant: Variant) -> None:
        group = deploy_network(variant).of(DEFAULT_SECURITY_GROUP)["net-default"]

        assert (group["vpcId"], group["ingress"], group["egress"]) == ("net-vpc-id", [], [])

    def test_each_subnet_has_its_zone_its_addresses_and_its_own_route_table(self, variant: Variant) -> None:
        graph = deploy_network(variant)

        for name, subnet in graph.of(SUBNET).items():
            assert name.endswith(subnet["availabilityZone"])
            assert {"subnetId": f"{name}-id", "routeTableId": f"{name}-id"} == graph.of(ASSOCIATION)[name]
        blocks = [IPv4Network(subnet["cidrBlock"]) for subnet in graph.of(SUBNET).values()]
        assert len(blocks) == len(set(blocks))

    def test_what_takes_tags_has_them(self, variant: Variant) -> None:
        untaggable = {ROUTE, ASSOCIATION}

        for resource in deploy_network(variant):
            if resource.type not in untaggable:
                assert {"team": "platform", "Name": resource.name} == resource.inputs["tags"]

    def test_nothing_names_the_region_that_the_provider_has(self, variant: Variant) -> None:
        assert all("region" not in resource.inputs for resource in deploy_network(variant))

    def test_two_networks_live_in_one_stack(self, variant: Variant) -> None:
        def both() -> None:
            SsmNetwork("one", network(variant))
            SsmNetwork("two", network(variant))

        graph = deploy(both)

        assert 2 * len(deploy_network(variant).names()) == len(graph.names())

    def test_a_block_that_is_too_small_makes_nothing(self, variant: Variant) -> None:
        def program() -> None:
            with pytest.raises(ConfigError):
                SsmNetwork("net", network(variant, cidr=IPv4Network("10.0.0.0/28")))

        assert deploy(program).resources == {}


@pytest.mark.parametrize("variant", [variant for variant in Variant if not WAYS[variant].has(NextHop.INTERNET_GATEWAY)])
def test_no_variant_without_an_internet_gateway_has_a_default_route(variant: Variant) -> None:
    graph = deploy_network(variant)

    assert graph.of(ROUTE) == {}
    assert [table for table in graph.of(ROUTE_TABLE).values() if table.get("routes")] == []


def next_hops(graph: Graph) -> dict[str, str]:
    for route in graph.of(ROUTE).values():
        assert route["destinationCidrBlock"] == "0.0.0.0/0"
    return {name: route.get("gatewayId") or route["natGatewayId"] for name, route in graph.of(ROUTE).items()}
