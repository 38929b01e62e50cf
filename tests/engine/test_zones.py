"""A network's zones on the real engine: where its instance type is, and where it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud

A, B, C, D, E, F = (f"us-east-1{letter}" for letter in "abcdef")


@pytest.fixture(scope="module")
def stack(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with configured(cloud, "zoned", tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def zones_of(stack: Stack) -> list[str]:
    """Zones of the network's subnets, in the order of their addresses, as EC2 has them."""
    ours: Any = [{"Name": "tag:Name", "Values": ["main-private-*"]}]
    subnets = stack.cloud.ec2.describe_subnets(Filters=ours)["Subnets"]
    return [subnet["AvailabilityZone"] for subnet in sorted(subnets, key=lambda one: one["CidrBlock"])]


def test_it_keeps_its_zones(stack: Stack) -> None:
    """moto offers t4g.micro in all zones but e, as EC2 does in the account that it recorded."""
    offered = stack.cloud.ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t4g.micro"]}]
    )["InstanceTypeOfferings"]
    assert {offer["Location"] for offer in offered} == {A, B, C, D, F}

    refused = stack.up({"zones": [E]}, code=1)
    assert f"zone 1 would be {E}, which has no t4g.micro. All that is needed is in {A}, {B}, {C}, {D}, {F}." in refused
    assert "Traceback" not in refused
    assert zones_of(stack) == []

    # The third zone of the alphabet and, by its id, the first.
    stack.up({"zones": [C, "use1-az6"]})
    assert zones_of(stack) == [C, A]
    # By the alphabet of today these would be a and b.
    assert stack.changes({"zones": 2}) == {}

    stack.up({"zones": 3})
    assert zones_of(stack) == [C, A, B]
    assert stack.changes({"zones": 3}) == {}

    refused = stack.up({"zones": [A, C]}, code=1)
    assert f"ssm-only:zones[0] is '{A}': this stack is in {C}, {A}, {B}, whose addresses are in use." in refused
    assert zones_of(stack) == [C, A, B]


def test_it_keeps_its_region(stack: Stack) -> None:
    stack.up({"zones": 1})
    assert zones_of(stack) == [C]
    said = stack.cloud.pulumi(
        "preview", "-s", stack.name, "--config-file", str(stack.file), "-c", "aws:region=us-west-2", code=1
    )

    errors = [line for line in said.split("Diagnostics:")[1].splitlines() if "error:" in line]
    assert len(errors) == 1
    assert "aws:region is 'us-west-2': this stack is in us-east-1, and what it has there cannot move." in errors[0]
