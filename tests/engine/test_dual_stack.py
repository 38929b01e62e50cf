"""IPv6 on the real engine: a stack of each variant gets it while it runs, and EC2 is asked what came of it."""

from __future__ import annotations

import base64
from ipaddress import IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.calls import recorded
from tests.engine.guides import OF_OPTION, OF_VARIANT, deployer, unallowed, unasked
from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud

WORLD = "::/0"


@pytest.fixture(scope="class")
def before(request: pytest.FixtureRequest, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack in one zone, without IPv6."""
    variant = request.cls.variant
    cloud.start()
    account = cloud.account()
    with recorded(cloud) as asked:
        with configured(cloud, f"six-{variant}", tmp_path_factory.mktemp("stack")) as stack:
            stack.up({"variant": variant, "zones": 1})
            yield stack
        assert account == cloud.account()
    sids = OF_OPTION[f"dualStack in {variant}"]
    assert unallowed(asked, deployer(sids)) == set()
    assert unasked(asked, deployer(sids - OF_VARIANT[variant])) == set()


@pytest.fixture(scope="class")
def stack(before: Stack, request: pytest.FixtureRequest) -> Stack:
    """The same, with IPv6, and then in one zone more."""
    config = {"variant": request.cls.variant, "dualStack": True}
    instance, parts = instance_of(before)["InstanceId"], []
    for zones in (1, 2):
        # A preview, which knows no address yet, comes first.
        assert before.changes({**config, "zones": zones})
        assert "[advisory]" not in before.up({**config, "zones": zones})
        parts.append(parts_of(before))
    # Neither moves anything that was there.
    assert instance_of(before)["InstanceId"] == instance
    assert parts[0].items() < parts[1].items()
    return before


def instance_of(stack: Stack) -> Any:
    id_ = stack.outputs()["instances"]["main"]["id"]
    return stack.cloud.ec2.describe_instances(InstanceIds=[id_])["Reservations"][0]["Instances"][0]


def in_vpc(stack: Stack, describe: str, answer: str) -> list[Any]:
    vpc: Any = [{"Name": "vpc-id", "Values": [stack.outputs()["network"]["vpc_id"]]}]
    return list(getattr(stack.cloud.ec2, describe)(Filters=vpc)[answer])


def parts_of(stack: Stack) -> dict[str, list[IPv6Network]]:
    """The IPv6 blocks of each subnet."""
    return {
        subnet["SubnetId"]: [IPv6Network(one["Ipv6CidrBlock"]) for one in subnet["Ipv6CidrBlockAssociationSet"]]
        for subnet in in_vpc(stack, "describe_subnets", "Subnets")
    }


class Facts:
    """What is asked of each variant. One class each, since the tests of a class share a worker, and so the stack."""

    variant: str
    hop: str | None

    def test_each_of_the_instances_subnets_has_a_part_of_the_vpcs_block(self, stack: Stack) -> None:
        (vpc,) = in_vpc(stack, "describe_vpcs", "Vpcs")
        (block,) = (IPv6Network(one["Ipv6CidrBlock"]) for one in vpc["Ipv6CidrBlockAssociationSet"])
        parts = parts_of(stack)
        inside = stack.outputs()["network"]["subnet_ids"]

        assert [subnet for subnet, blocks in parts.items() if blocks] == [one for one in parts if one in inside]
        ours = [one for subnet in inside for one in parts[subnet]]
        assert len(set(ours)) == len(inside) == 2
        assert all(one.prefixlen == 64 and one.subnet_of(block) for one in ours)

    def test_ipv6_leads_where_the_variant_leads(self, stack: Stack) -> None:
        inside = stack.outputs()["network"]["subnet_ids"]
        hops = {
            (route.get("GatewayId") or route["EgressOnlyInternetGatewayId"]).split("-")[0]
            for table in in_vpc(stack, "describe_route_tables", "RouteTables")
            for route in table["Routes"]
            if route.get("DestinationIpv6CidrBlock") == WORLD
            if {one.get("SubnetId") for one in table["Associations"]} & {*inside}
        }

        assert hops == ({self.hop} if self.hop else set())

    def test_the_instance_has_an_address_and_says_it(self, stack: Stack) -> None:
        instance = instance_of(stack)
        (address,) = (one["Ipv6Address"] for one in instance["NetworkInterfaces"][0]["Ipv6Addresses"])
        said = stack.outputs()["instances"]["main"]
        (part,) = parts_of(stack)[instance["SubnetId"]]

        assert IPv6Address(address) in part
        assert said["ipv6_address"] == address
        assert said["private_ip"] == instance["PrivateIpAddress"]

    def test_nothing_comes_in_over_ipv6(self, stack: Stack) -> None:
        groups = in_vpc(stack, "describe_security_groups", "SecurityGroups")
        (own,) = (group["GroupId"] for group in instance_of(stack)["SecurityGroups"])

        let_in = [
            (rule["FromPort"], rule["ToPort"], one["CidrIpv6"])
            for group in groups
            for rule in group["IpPermissions"]
            for one in rule["Ipv6Ranges"]
        ]
        (vpc,) = in_vpc(stack, "describe_vpcs", "Vpcs")
        block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
        assert let_in == ([] if self.hop else [(443, 443, block)]), "the endpoints let the VPC in"
        out = {
            (rule["FromPort"], rule["ToPort"], one["CidrIpv6"])
            for group in groups
            if group["GroupId"] == own
            for rule in group["IpPermissionsEgress"]
            for one in rule["Ipv6Ranges"]
        }
        assert out == ({(443, 443, WORLD)} if self.hop else set())

    def test_endpoints_have_both_families_where_services_take_ipv6(self, stack: Stack) -> None:
        endpoints = in_vpc(stack, "describe_vpc_endpoints", "VpcEndpoints")

        assert {one["ServiceName"].rsplit(".", 1)[1]: one["IpAddressType"] for one in endpoints} == (
            {"s3": "ipv4"} if self.hop else {"ssm": "dualstack", "ssmmessages": "dualstack", "s3": "ipv4"}
        )

    def test_the_agent_is_told_where_ipv6_leads_out(self, stack: Stack) -> None:
        asked: Any = stack.cloud.ec2.describe_instance_attribute(
            InstanceId=instance_of(stack)["InstanceId"], Attribute="userData"
        )
        told = base64.b64decode(asked["UserData"]["Value"]).decode()

        assert f"\ndual_stack={'true' if self.hop else 'false'}\n" in told

    def test_it_settles(self, stack: Stack) -> None:
        assert stack.changes({"variant": self.variant, "dualStack": True, "zones": 2}) == {}


class TestIgw(Facts):
    variant, hop = "igw", "igw"


class TestNat(Facts):
    variant, hop = "nat", "eigw"


class TestPrivatelink(Facts):
    variant, hop = "privatelink", None
