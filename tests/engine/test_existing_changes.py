"""Into a VPC that somebody else made, from one variant to another within it, and out again, in two zones.

At every step each instance has a way to Systems Manager, and in the end the VPC is as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import Stack, configured
from tests.engine.watching import alive, change
from tests.engine.ways import Vpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_ec2 import EC2Client

    from tests.engine.embedded import Cloud


pytestmark = pytest.mark.long


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """A VPC with a public and a private subnet in each of two zones, which an internet and a NAT gateway serve."""

    vpc: str
    public: tuple[str, str]
    private: tuple[str, str]


@pytest.fixture
def theirs(cloud: Cloud) -> Iterator[Theirs]:
    cloud.start()
    ec2 = cloud.ec2
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    public = make_subnet(ec2, vpc, 0), make_subnet(ec2, vpc, 1)
    public_table = make_table(ec2, vpc, public, GatewayId=internet)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    private = make_subnet(ec2, vpc, 2), make_subnet(ec2, vpc, 3)
    private_table = make_table(ec2, vpc, private, NatGatewayId=nat)
    yield Theirs(vpc=vpc, public=public, private=private)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    for table in ec2.describe_route_tables(RouteTableIds=[public_table, private_table])["RouteTables"]:
        for association in table["Associations"]:
            ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    for subnet in (*public, *private):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.detach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=internet)
    ec2.delete_vpc(VpcId=vpc)


def make_subnet(ec2: EC2Client, vpc: str, number: int) -> str:
    """The second and the fourth are in another zone."""
    zone = ("us-east-1a", "us-east-1b")[number % 2]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=zone)
    return made["Subnet"]["SubnetId"]


def make_table(ec2: EC2Client, vpc: str, subnets: tuple[str, str], **default: str) -> str:
    """The route table of these, with a default route that leads there."""
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    where: Any = default
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **where)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


@pytest.fixture
def stack(cloud: Cloud, theirs: Theirs, tmp_path: Path) -> Iterator[Stack]:
    before = {**cloud.account(), **of_network(cloud, theirs.vpc)}
    with configured(cloud, "moving", tmp_path) as made:
        yield made
    assert {**cloud.account(), **of_network(cloud, theirs.vpc)} == before


def of_network(cloud: Cloud, vpc: str) -> dict[str, Any]:
    """What a stack may add to what others own, and has to take away again."""
    here: Any = [{"Name": "vpc-id", "Values": [vpc]}]
    tables = cloud.ec2.describe_route_tables(Filters=here)["RouteTables"]
    return {"routes": {one["RouteTableId"]: one["Routes"] for one in tables}}


def config(theirs: Theirs, where: str, variant: str) -> dict[str, Any]:
    """Two instances, each in a zone, in the stack's own VPC or in theirs."""
    instances = [{"name": "first"}, {"name": "second", "zone": 2}]
    if where == "own":
        return {"variant": variant, "zones": 2, "instances": instances}
    network = {"vpc": theirs.vpc, "subnets": [*subnets_of(theirs, variant)]}
    return {"variant": variant, "network": network, "instances": instances}


def subnets_of(theirs: Theirs, variant: str) -> tuple[str, str]:
    """As in a network of one's own."""
    return theirs.public if variant == "igw" else theirs.private


class Walk:
    """Two, so that each has a worker: each of the six changes within once, between the way in and the way out."""

    steps: tuple[tuple[str, str], ...]

    def test_at_no_step_is_an_instance_without_a_way(self, stack: Stack, theirs: Theirs) -> None:
        stack.up(config(theirs, *self.steps[0]))
        for before, after in pairwise(self.steps):
            old = stack.outputs()
            looking = change(stack, config(theirs, *after))
            new = stack.outputs()
            vpcs = {theirs.vpc, old["network"]["vpc_id"], new["network"]["vpc_id"]}

            assert looking.gaps == [], (before, after)
            assert looking.steps, "something was changed"
            assert sorted(one for vpc in vpcs for one in alive(looking.ec2, vpc)) == sorted(ids(new))
            assert [Vpc(looking.ec2, one).missing() for one in ids(new)] == [[], []], "in a new VPC too"
            if after[0] == "theirs":
                assert new["network"]["subnet_ids"] == [*subnets_of(theirs, after[1])]
            kept = old["network"]["subnet_ids"] == new["network"]["subnet_ids"]
            assert (ids(new) == ids(old)) == kept, "an instance keeps its subnet"
        assert stack.changes(config(theirs, *self.steps[-1])) == {}


class TestIn(Walk):
    steps = (
        ("own", "privatelink"),
        ("theirs", "privatelink"),
        ("theirs", "nat"),
        ("theirs", "igw"),
        ("theirs", "privatelink"),
    )


class TestOut(Walk):
    steps = (
        ("theirs", "privatelink"),
        ("theirs", "igw"),
        ("theirs", "nat"),
        ("theirs", "privatelink"),
        ("own", "nat"),
    )


def ids(outputs: Mapping[str, Any]) -> list[str]:
    return [one["id"] for one in outputs["instances"].values()]
