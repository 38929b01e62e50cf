"""From one variant to another on a live stack: at every step each instance has a way to Systems Manager."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.engine.calls import recorded
from tests.engine.stack import Stack, configured
from tests.engine.ways import Vpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_ec2 import EC2Client

    from tests.engine.embedded import Cloud

# What no rule of AWS's APIs, but their names tell: a call that changes nothing.
READS = ("Describe", "Get", "List", "Head")


@dataclass
class Watch:
    """Looks at a VPC's instances after every call that changes something, before its answer goes on to the engine."""

    ec2: EC2Client
    vpc_id: str
    steps: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, actions: set[str]) -> None:
        changes = sorted(one for one in actions if not one.split(":")[1].startswith(READS))
        if not changes:
            return
        with self.lock:
            self.steps += changes
            for instance in alive(self.ec2, self.vpc_id):
                self.gaps += [f"{instance} after {changes}: {why}" for why in Vpc(self.ec2, instance).missing()]


def alive(ec2: EC2Client, vpc_id: str) -> list[str]:
    """The instances of a VPC that have not ended."""
    found = ec2.describe_instances(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Reservations"]
    ended = {"shutting-down", "terminated"}
    return [one["InstanceId"] for many in found for one in many["Instances"] if one["State"]["Name"] not in ended]


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Iterator[Stack]:
    with configured(cloud, "changing", tmp_path) as made:
        yield made


def asking(cloud: Cloud) -> EC2Client:
    """Asks moto itself: what the engine asks goes by way of the recorder."""
    return boto3.client(
        "ec2",
        region_name="us-east-1",
        endpoint_url=cloud.endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def change(stack: Stack, config: Mapping[str, Any]) -> Watch:
    """An `up` with other settings, watched."""
    looking = Watch(asking(stack.cloud), stack.outputs()["network"]["vpc_id"])
    with recorded(stack.cloud, looking):
        stack.up(config)
    return looking


# Each of the six ordered pairs once, begun from both ends of a network's block.
ROUNDS = [
    pytest.param(("igw", "nat", "igw", "privatelink", "nat", "privatelink", "igw"), {"zones": 1}, id="from igw"),
    pytest.param(
        ("privatelink", "igw", "nat", "privatelink", "nat", "igw", "privatelink"),
        {"zones": 2, "natPerZone": True},
        id="from privatelink, in two zones",
    ),
]


def settings(variant: str, others: Mapping[str, Any]) -> dict[str, Any]:
    of_nat = {} if variant == "nat" else {"natPerZone": False}
    return {"variant": variant, **others, **(of_nat if "natPerZone" in others else {})}


@pytest.mark.parametrize(("variants", "others"), ROUNDS)
def test_at_no_step_of_a_change_is_an_instance_without_a_way(
    stack: Stack, variants: tuple[str, ...], others: Mapping[str, Any]
) -> None:
    stack.up(settings(variants[0], others))
    for before, variant in pairwise(variants):
        (old,) = stack.outputs()["instances"].values()
        looking = change(stack, settings(variant, others))
        (new,) = stack.outputs()["instances"].values()

        assert looking.gaps == [], (before, variant)
        assert looking.steps, "something was changed"
        assert alive(looking.ec2, looking.vpc_id) == [new["id"]]
        assert (new["id"] == old["id"]) == ("igw" not in {before, variant}), "a public address is given at launch"
        assert stack.changes(settings(variant, others)) == {}, variant


# What changes in place, step by step, each to the settings of its line.
STEPS: list[dict[str, Any]] = [
    {"variant": "privatelink", "zones": 1},
    {"variant": "privatelink", "zones": 2},
    {"variant": "privatelink", "zones": 2, "ec2messages": True},
    {"variant": "privatelink", "zones": 2, "sessions": {"cloudwatch": {}}},
    {"variant": "privatelink", "zones": 1},
    {"variant": "nat", "zones": 2, "natPerZone": True},
    {"variant": "nat", "zones": 2},
    {"variant": "privatelink", "zones": 1},
]


def test_at_no_step_of_another_change_is_an_instance_without_a_way(stack: Stack) -> None:
    stack.up(STEPS[0])
    (first,) = stack.outputs()["instances"].values()
    for config in STEPS[1:]:
        looking = change(stack, config)

        assert looking.gaps == [], config
        assert looking.steps, "something was changed"
        assert alive(looking.ec2, looking.vpc_id) == [first["id"]]

    # Another block is another VPC: each instance has a way in its own.
    moved = {**STEPS[-1], "cidr": "10.1.0.0/16"}
    looking = change(stack, moved)
    (new,) = stack.outputs()["instances"].values()

    assert looking.gaps == []
    assert alive(looking.ec2, looking.vpc_id) == []
    assert new["id"] != first["id"]
    assert stack.changes(moved) == {}


def test_the_old_instance_stays_until_the_new_ones_agent_is_online(stack: Stack) -> None:
    """No machine runs on this AWS, so none ever comes."""
    stack.up({"variant": "igw", "zones": 1})
    (old,) = stack.outputs()["instances"].values()
    ec2, vpc_id = asking(stack.cloud), stack.outputs()["network"]["vpc_id"]

    said = stack.up({"variant": "nat", "zones": 1, "waitForAgent": 1}, code=1)
    both = alive(ec2, vpc_id)

    assert "is not online after 1 minutes (waitForAgent)" in said
    assert "Traceback" not in said
    assert "ssm-only:variant is 'nat': main: made anew" in said
    assert old["id"] in both
    assert len(both) == 2
    assert [Vpc(ec2, one).missing() for one in both] == [[], []]

    stack.up({"variant": "nat", "zones": 1})
    (new,) = stack.outputs()["instances"].values()

    assert alive(ec2, vpc_id) == [new["id"]] == [one for one in both if one != old["id"]]


def test_an_instance_that_is_to_be_kept_is_not_replaced_by_any_change(stack: Stack) -> None:
    kept = {"name": "main", "keepInstance": True}
    stack.up({"variant": "privatelink", "zones": 2, "instances": [kept]})

    assert "keepInstance of main refuses it" in stack.up({"variant": "igw", "instances": [kept]}, code=1)
    moved = {"variant": "privatelink", "zones": 2, "instances": [{**kept, "zone": 2}]}
    assert "protect" in stack.up(moved, code=1)
    stack.up({"variant": "privatelink", "zones": 2})
