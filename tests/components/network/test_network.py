"""Each variant's network, resource by resource, on Pulumi's mocks."""

import dataclasses
import json
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.base.errors import ConfigError
from components.base.needs import SessionNeeds
from components.base.path import AgentPath
from components.base.region import Region
from components.network.acls import WayOut
from components.network.endpoint_policy import interface_policy
from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.routes import WAYS, NextHop, Variant
from tests.components.graph import (
    ASSOCIATION,
    CN_NORTH_1,
    DEFAULT_SECURITY_GROUP,
    EIP,
    ENDPOINT,
    INGRESS,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    US_EAST_1,
    US_GOV_WEST_1,
    VPC,
    Graph,
    deploy,
)
from tests.components.moto_evaluator import permits

BASE = SsmNetworkArgs(
    variant=Variant.PRIVATELINK,
    region=US_EAST_1,
    zones=US_EAST_1.zones[:2],
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
            (ENDPOINT, "net-s3"),
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
        (ENDPOINT, "net-s3"),
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
        (INGRESS, "net-endpoints-from-vpc"),
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
        endpoint = dict(endpoints[f"net-{service}"])
        assert endpoint.pop("policy") == interface_policy(service, [US_EAST_1.account])
        assert {
            "vpcId": "net-vpc-id",
            "vpcEndpointType": "Interface",
            "serviceName": f"com.amazonaws.us-east-1.{service}",
            "subnetIds": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
            "securityGroupIds": ["net-endpoints-id"],
            "privateDnsEnabled": True,
            "tags": {"team": "platform", "Name": f"net-{service}"},
        } == endpoint


@pytest.mark.parametrize(
    ("variant", "tier", "endpoints"),
    [
        pytest.param(Variant.IGW, "public", None, id="igw"),
        pytest.param(Variant.NAT, "private", None, id="nat, without the subnets of its gateways"),
        pytest.param(Variant.PRIVATELINK, "private", "net-endpoints-id", id="privatelink"),
    ],
)
def test_it_says_what_others_can_build_on(variant: Variant, tier: str, endpoints: str | None) -> None:
    def program() -> None:
        made = SsmNetwork("net", network(variant))
        pulumi.export("network", made.outputs)
        pulumi.export("attributes", [made.vpc_id, made.subnet_ids, made.endpoints_group_id])

    subnet_ids = [f"net-{tier}-{zone}-id" for zone in BASE.zones]

    assert deploy(program).exports == {
        "network": {"vpc_id": "net-vpc-id", "subnet_ids": subnet_ids, "endpoints_group_id": endpoints},
        "attributes": ["net-vpc-id", subnet_ids, endpoints],
    }


def test_endpoints_admit_the_vpc_and_go_before_the_rule_that_does() -> None:
    graph = deploy_network(Variant.PRIVATELINK)

    assert graph.of(INGRESS) == {
        "net-endpoints-from-vpc": {
            "securityGroupId": "net-endpoints-id",
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/16",
            "tags": {"team": "platform", "Name": "net-endpoints-from-vpc"},
        }
    }
    # Pulumi deletes in the opposite order of that in which it makes.
    for service in ("ssm", "ssmmessages"):
        assert (INGRESS, "net-endpoints-from-vpc") in graph.made_before(graph.one(ENDPOINT, f"net-{service}"))


def test_s3_is_on_the_route_table_of_every_zone() -> None:
    s3 = dict(deploy_network(Variant.PRIVATELINK).of(ENDPOINT)["net-s3"])

    assert [one["Sid"] for one in json.loads(s3.pop("policy"))["Statement"]] == ["AwsBuckets"]
    assert s3 == {
        "vpcId": "net-vpc-id",
        "vpcEndpointType": "Gateway",
        "serviceName": "com.amazonaws.us-east-1.s3",
        "routeTableIds": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
        "tags": {"team": "platform", "Name": "net-s3"},
    }


@pytest.mark.parametrize(
    ("variant", "tables"),
    [
        pytest.param(Variant.IGW, ["net-public-us-east-1a-id", "net-public-us-east-1b-id"], id="igw"),
        pytest.param(
            Variant.NAT,
            ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
            id="nat, without the tables of its gateways",
        ),
    ],
)
def test_an_open_network_reaches_all_of_s3_beside_its_gateway(variant: Variant, tables: list[str]) -> None:
    endpoint = dict(deploy_network(variant).of(ENDPOINT)["net-s3"])

    # It is said in any case: an endpoint keeps the policy of a closed network that it was made for.
    assert permits(endpoint.pop("policy"), "s3:PutObject", "arn:aws:s3:::anybodys/object")
    assert endpoint == {
        "vpcId": "net-vpc-id",
        "vpcEndpointType": "Gateway",
        "serviceName": "com.amazonaws.us-east-1.s3",
        "routeTableIds": tables,
        "tags": {"team": "platform", "Name": "net-s3"},
    }
    assert [one.pulumi_resource_name for one in path_of(variant).ready if isinstance(one, aws.ec2.VpcEndpoint)] == [
        "net-s3"
    ]


LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:sessions"
KEY = "arn:aws:kms:us-east-1:123456789012:key/sessions"


@pytest.mark.parametrize(
    ("needs", "services"),
    [
        pytest.param(SessionNeeds(), [], id="nothing"),
        pytest.param(SessionNeeds(log_group_arn=LOG_GROUP), ["logs"], id="logs to CloudWatch"),
        pytest.param(SessionNeeds(session_key_arn=KEY), ["kms"], id="a key for sessions"),
        pytest.param(SessionNeeds(log_group_arn=LOG_GROUP, session_key_arn=KEY), ["logs", "kms"], id="both"),
        # S3 asks KMS by itself.
        pytest.param(SessionNeeds(bucket="logs", bucket_key_arn=KEY), [], id="logs to S3 with a key"),
    ],
)
class TestWhatSessionsNeed:
    def test_privatelink_has_these_endpoints(self, needs: SessionNeeds, services: list[str]) -> None:
        graph = deploy_network(Variant.PRIVATELINK, needs=needs)
        known = {"subnetIds", "securityGroupIds", "privateDnsEnabled", "vpcEndpointType", "vpcId"}
        like_ssm = {key: graph.of(ENDPOINT)["net-ssm"][key] for key in known}

        assert PRIVATELINK | {(ENDPOINT, f"net-{service}") for service in services} == graph.names()
        for service in services:
            endpoint = graph.of(ENDPOINT)[f"net-{service}"]
            assert endpoint["serviceName"] == f"com.amazonaws.us-east-1.{service}"
            assert {key: endpoint[key] for key in known} == like_ssm

    @pytest.mark.parametrize("variant", [Variant.IGW, Variant.NAT])
    def test_other_networks_have_none(self, needs: SessionNeeds, services: list[str], variant: Variant) -> None:
        assert deploy_network(variant, needs=needs).names() == deploy_network(variant).names()
        assert path_of(variant, needs=needs).services == ("ssm", "ssmmessages", *services, "s3")

    def test_the_agent_must_reach_them(self, needs: SessionNeeds, services: list[str]) -> None:
        path = path_of(Variant.PRIVATELINK, needs=needs, ec2messages=True)

        assert [*path.services] == ["ssm", "ssmmessages", "ec2messages", *services, "s3"]
        # The last of them is the gateway, before it come the interfaces.
        assert len(path.services) == len([one for one in path.ready if isinstance(one, aws.ec2.VpcEndpoint)])


def test_the_way_to_s3_leads_to_aws_the_logs_and_ones_own_buckets() -> None:
    def program() -> None:
        needs = SessionNeeds(bucket=pulumi.Output.from_input("session-logs"), bucket_prefix="prod")
        SsmNetwork("net", network(Variant.PRIVATELINK, needs=needs, buckets=["artefacts"]))

    policy = deploy(program).of(ENDPOINT)["net-s3"]["policy"]

    assert {one["Sid"]: one["Resource"] for one in json.loads(policy)["Statement"][1:]} == {
        "SessionLogs": ["arn:aws:s3:::session-logs/prod/*"],
        "SessionLogsEncryption": ["arn:aws:s3:::session-logs"],
        "OwnBuckets": ["arn:aws:s3:::artefacts"],
        "OwnObjects": ["arn:aws:s3:::artefacts/*"],
    }


@pytest.mark.parametrize("variant", Variant)
def test_a_bucket_that_cannot_be_makes_no_network(variant: Variant) -> None:
    def program() -> None:
        with pytest.raises(ConfigError, match=r"ssm-only:buckets\[1\] is '\*'"):
            SsmNetwork("net", network(variant, buckets=["artefacts", "*"]))

    assert deploy(program).resources == {}


@pytest.mark.parametrize("region", [CN_NORTH_1, US_GOV_WEST_1], ids=["China", "GovCloud"])
def test_endpoints_are_those_of_the_partition(region: Region) -> None:
    needs = SessionNeeds(log_group_arn="group", session_key_arn="key")
    zones = region.zones[:1]
    endpoints = deploy_network(Variant.PRIVATELINK, region=region, zones=zones, needs=needs, ec2messages=True)
    names = {one["serviceName"] for one in endpoints.of(ENDPOINT).values()}

    # Interfaces that begin with cn.com.amazonaws in China: aws-cdk-lib lists them (vpc-endpoint.ts), and none is ours.
    services = {"ssm", "ssmmessages", "ec2messages", "logs", "kms", "s3"}
    assert names == {f"com.amazonaws.{region.name}.{service}" for service in services}
    assert f'"arn:{region.partition}:s3:::amazon-ssm-{region.name}/*"' in endpoints.of(ENDPOINT)["net-s3"]["policy"]


def test_further_endpoints_are_like_the_others() -> None:
    graph = deploy_network(Variant.PRIVATELINK, endpoints=["ecr.api", "sts"])
    known = {"subnetIds", "securityGroupIds", "privateDnsEnabled", "vpcEndpointType", "vpcId"}
    ssm, sts = graph.of(ENDPOINT)["net-ssm"], graph.of(ENDPOINT)["net-sts"]

    assert PRIVATELINK | {(ENDPOINT, "net-ecr.api"), (ENDPOINT, "net-sts")} == graph.names()
    assert {key: sts[key] for key in known} == {key: ssm[key] for key in known}
    assert sts["policy"] == interface_policy("sts", [US_EAST_1.account])
    # It is no business of the agent's.
    assert path_of(Variant.PRIVATELINK, endpoints=["sts"]).services == path_of(Variant.PRIVATELINK).services


def test_an_endpoint_that_sessions_ask_for_too_is_made_once() -> None:
    needs = SessionNeeds(log_group_arn=LOG_GROUP)
    endpoints = deploy_network(Variant.PRIVATELINK, needs=needs, endpoints=["logs", "kms"]).of(ENDPOINT)

    assert set(endpoints) == {"net-ssm", "net-ssmmessages", "net-logs", "net-kms", "net-s3"}


@pytest.mark.parametrize("variant", [Variant.IGW, Variant.NAT])
def test_other_networks_have_no_further_endpoints(variant: Variant) -> None:
    assert deploy_network(variant, endpoints=["sts"]).names() == deploy_network(variant).names()


@pytest.mark.parametrize(("endpoints", "leads"), [(["ecr.api", "ecr.dkr"], True), (["ecr.api"], False), ([], False)])
def test_who_pulls_images_reaches_their_layers(endpoints: list[str], leads: bool) -> None:  # noqa: FBT001 - a verdict
    policy = deploy_network(Variant.PRIVATELINK, endpoints=endpoints).of(ENDPOINT)["net-s3"]["policy"]
    layer = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/a"

    assert permits(policy, "s3:GetObject", layer) is leads
    assert not permits(policy, "s3:PutObject", layer)


@pytest.mark.parametrize(
    ("endpoints", "names"),
    [
        pytest.param([], [], id="the agent's"),
        pytest.param(
            ["ecr.api", "sts"],
            ["cn.com.amazonaws.cn-north-1.ecr.api", "cn.com.amazonaws.cn-north-1.sts"],
            id="of China",
        ),
        pytest.param(["secretsmanager"], ["com.amazonaws.cn-north-1.secretsmanager"], id="named as elsewhere"),
    ],
)
def test_a_service_has_the_name_that_aws_knows_in_china(endpoints: list[str], names: list[str]) -> None:
    graph = deploy_network(Variant.PRIVATELINK, region=CN_NORTH_1, zones=CN_NORTH_1.zones[:1], endpoints=endpoints)

    assert {one["serviceName"] for one in graph.of(ENDPOINT).values()} == {
        *(f"com.amazonaws.cn-north-1.{service}" for service in ("ssm", "ssmmessages", "s3")),
        *names,
    }


def test_a_service_that_takes_no_policy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    endpoints = deploy_network(Variant.PRIVATELINK, endpoints=["old", "sts"]).of(ENDPOINT)

    assert "policy" not in endpoints["net-old"]
    assert [line[: line.index(",")] for line in warned] == ["The endpoint net-old can have no policy"]


def test_an_endpoint_whose_service_has_ended_keeps_its_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.log, "warn", lambda _: None)
    endpoint = deploy_network(Variant.PRIVATELINK, endpoints=["nowhere"]).of(ENDPOINT)["net-nowhere"]

    assert endpoint["serviceName"] == "com.amazonaws.us-east-1.nowhere"
    assert "policy" not in endpoint


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
        everything = network(variant, ec2messages=True, needs=SessionNeeds(log_group_arn="g", session_key_arn="k"))

        def both() -> None:
            SsmNetwork("one", everything)
            SsmNetwork("two", everything)

        alone = deploy(lambda: SsmNetwork("one", everything))

        assert 2 * len(alone.names()) == len(deploy(both).names())

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


ACL = "aws:ec2/networkAcl:NetworkAcl"
CONNECT = "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint"


@pytest.mark.parametrize(
    ("variant", "acls"),
    [
        pytest.param(Variant.IGW, {"net-public": ["net-public-us-east-1a-id", "net-public-us-east-1b-id"]}, id="igw"),
        pytest.param(
            Variant.NAT,
            {
                "net-private": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"],
                "net-public": ["net-public-us-east-1a-id"],
            },
            id="nat",
        ),
        pytest.param(
            Variant.PRIVATELINK,
            {"net-private": ["net-private-us-east-1a-id", "net-private-us-east-1b-id"]},
            id="privatelink",
        ),
    ],
)
def test_every_subnet_has_an_acl_if_asked(variant: Variant, acls: dict[str, list[str]]) -> None:
    graph = deploy_network(variant, network_acls=True)
    path = path_of(variant, network_acls=True)

    assert {name: acl["subnetIds"] for name, acl in graph.of(ACL).items()} == acls
    assert graph.names() - deploy_network(variant).names() == {(ACL, name) for name in acls}
    # An agent's first try would fail in between.
    assert {one.pulumi_resource_name for one in path.ready if isinstance(one, aws.ec2.NetworkAcl)} == set(acls)


def test_a_rule_is_as_ec2_has_it() -> None:
    ways = [WayOut(port=53, to=IPv4Network("10.1.0.0/16"), protocol="udp")]
    acl = deploy_network(Variant.IGW, network_acls=True, ways_out=ways).of(ACL)["net-public"]
    told = {"action": "allow", "protocol": "1", "fromPort": 0, "toPort": 0, "icmpType": 3, "icmpCode": 4}
    # As the provider reads them back: left out, a refresh would find them.
    other = {"action": "allow", "icmpType": 0, "icmpCode": 0}

    assert acl["egress"] == [
        {**other, "ruleNo": 100, "protocol": "6", "fromPort": 443, "toPort": 443, "cidrBlock": "0.0.0.0/0"},
        {**other, "ruleNo": 110, "protocol": "6", "fromPort": 1024, "toPort": 65535, "cidrBlock": "10.0.0.0/16"},
        {**told, "ruleNo": 120, "cidrBlock": "0.0.0.0/0"},
        {**other, "ruleNo": 130, "protocol": "17", "fromPort": 53, "toPort": 53, "cidrBlock": "10.1.0.0/16"},
    ]
    assert acl["ingress"] == [
        {**other, "ruleNo": 100, "protocol": "6", "fromPort": 1024, "toPort": 65535, "cidrBlock": "0.0.0.0/0"},
        {**other, "ruleNo": 110, "protocol": "6", "fromPort": 443, "toPort": 443, "cidrBlock": "10.0.0.0/16"},
        {**told, "ruleNo": 120, "cidrBlock": "0.0.0.0/0"},
        {**other, "ruleNo": 130, "protocol": "17", "fromPort": 1024, "toPort": 65535, "cidrBlock": "10.1.0.0/16"},
    ]


def test_more_rules_than_aws_takes_make_no_network() -> None:
    ways = [WayOut(port=port, to=IPv4Network("0.0.0.0/0")) for port in range(1, 30)]

    def program() -> None:
        with pytest.raises(ConfigError, match="ssm-only:networkAcls is true"):
            SsmNetwork("net", network(Variant.NAT, network_acls=True, ways_out=ways))

    assert deploy(program).resources == {}


@pytest.mark.parametrize("variant", Variant)
def test_an_instance_connect_endpoint_stands_in_one_subnet_of_instances(variant: Variant) -> None:
    graph = deploy_network(variant, instance_connect_ports=[22])
    tier = WAYS[variant].instances.value

    assert graph.names() - deploy_network(variant).names() == {
        (CONNECT, "net-instance-connect"),
        (SECURITY_GROUP, "net-instance-connect"),
    }
    assert graph.of(CONNECT)["net-instance-connect"] == {
        "subnetId": f"net-{tier}-us-east-1a-id",
        "securityGroupIds": ["net-instance-connect-id"],
        "preserveClientIp": False,
        "tags": {"team": "platform", "Name": "net-instance-connect"},
    }
    assert graph.of(SECURITY_GROUP)["net-instance-connect"]["ingress"] == []
    assert path_of(variant).connect_group_id is None


@pytest.mark.parametrize(
    ("variant", "mode"),
    [
        pytest.param(Variant.IGW, "allow-bidirectional", id="igw: answers come in through the internet gateway"),
        pytest.param(Variant.NAT, "allow-egress", id="nat: they come in through NAT"),
        pytest.param(Variant.PRIVATELINK, None, id="privatelink: nothing to exclude"),
    ],
)
def test_a_vpc_is_excluded_from_a_block_as_far_as_its_way_needs_it(variant: Variant, mode: str | None) -> None:
    exclusion = "aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion"
    graph = deploy_network(variant, public_access_exclusion=True)
    expected = {
        "vpcId": "net-vpc-id",
        "internetGatewayExclusionMode": mode,
        "tags": {"team": "platform", "Name": "net-public-access"},
    }

    assert graph.of(exclusion) == ({"net-public-access": expected} if mode else {})
    ready = [one.pulumi_resource_name for one in path_of(variant, public_access_exclusion=True).ready]
    assert ("net-public-access" in ready) is bool(mode)


def path_of(variant: Variant, **changed: Any) -> AgentPath:
    paths: list[AgentPath] = []
    deploy(lambda: paths.append(SsmNetwork("net", network(variant, **changed)).path))
    return paths[0]


def next_hops(graph: Graph) -> dict[str, str]:
    for route in graph.of(ROUTE).values():
        assert route["destinationCidrBlock"] == "0.0.0.0/0"
    return {name: route.get("gatewayId") or route["natGatewayId"] for name, route in graph.of(ROUTE).items()}
