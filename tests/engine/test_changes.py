"""From one variant to another on a live stack: at every step each instance has a way to Systems Manager.

Each class can have a worker of its own: all of these updates one after another would last longer than all other tests.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import Stack, configured
from tests.engine.watching import alive, change
from tests.engine.ways import Vpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.engine.embedded import Cloud


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Iterator[Stack]:
    with configured(cloud, "changing", tmp_path) as made:
        yield made


def settings(variant: str, others: Mapping[str, Any]) -> dict[str, Any]:
    of_nat = {} if variant == "nat" else {"natPerZone": False}
    return {"variant": variant, **others, **(of_nat if "natPerZone" in others else {})}


@pytest.mark.long
class Round:
    """Each of the six ordered pairs of variants once."""

    variants: tuple[str, ...]
    others: Mapping[str, Any]

    def test_at_no_step_of_a_change_is_an_instance_without_a_way(self, stack: Stack) -> None:
        stack.up(settings(self.variants[0], self.others))
        for before, variant in pairwise(self.variants):
            (old,) = stack.outputs()["instances"].values()
            looking = change(stack, settings(variant, self.others))
            (new,) = stack.outputs()["instances"].values()

            assert looking.gaps == [], (before, variant)
            assert looking.steps, "something was changed"
            assert alive(looking.ec2, looking.vpc_id) == [new["id"]]
            assert (new["id"] == old["id"]) == ("igw" not in {before, variant}), "a public address is given at launch"
        assert stack.changes(settings(self.variants[-1], self.others)) == {}


# Begun from both ends of a network's block.
class TestFromIgw(Round):
    variants = ("igw", "nat", "igw", "privatelink", "nat", "privatelink", "igw")
    others: Mapping[str, Any] = {"zones": 1}


class TestFromPrivatelinkInTwoZones(Round):
    variants = ("privatelink", "igw", "nat", "privatelink", "nat", "igw", "privatelink")
    others: Mapping[str, Any] = {"zones": 2, "natPerZone": True}


def with_fleet(variant: str) -> dict[str, Any]:
    return {"variant": variant, "zones": 2, "networkAcls": True, "fleets": [{"name": "workers"}]}


@pytest.mark.long
class TestFleet:
    def test_at_no_step_of_a_change_is_a_fleet_without_an_instance_that_has_a_way(self, stack: Stack) -> None:
        """Beside an instance, and past network ACLs, which change in place while both ways are in use."""
        stack.up(with_fleet("igw"))
        for before, variant in pairwise(("igw", "privatelink", "nat", "igw")):
            old = stack.outputs()["fleets"]["workers"]["group_name"]
            looking = change(stack, with_fleet(variant))
            new = stack.outputs()["fleets"]["workers"]["group_name"]
            groups = stack.cloud.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]

            assert looking.gaps == [], (before, variant)
            assert [names for names in looking.names if names != {"main", "workers"}] == [], (before, variant)
            assert [one["AutoScalingGroupName"] for one in groups] == [new]
            assert (new == old) == ("igw" not in {before, variant}), "a group stays where its subnets do"

        # What changes a subnet in place, and its tags do, makes no other group.
        assert stack.changes({**with_fleet("igw"), "tags": {"team": "web"}}).keys() == {"update"}
        # Where only zones come or go the group stays, and AWS moves what has to move.
        looking = change(stack, {**with_fleet("igw"), "zones": 1})
        assert looking.gaps == []
        assert stack.outputs()["fleets"]["workers"]["group_name"] == new


# What changes in place, step by step, each to the settings of its line.
OF_SERVICES: list[dict[str, Any]] = [
    {"variant": "privatelink", "zones": 1},
    {"variant": "privatelink", "zones": 2},
    {"variant": "privatelink", "zones": 2, "ec2messages": True},
    {"variant": "privatelink", "zones": 2, "sessions": {"cloudwatch": {}}},
    {"variant": "privatelink", "zones": 2, "endpoints": ["sts", "ecr.dkr"], "networkAcls": True},
    {"variant": "privatelink", "zones": 2, "endpoints": ["sts"], "networkAcls": True},
]
OF_WAYS: list[dict[str, Any]] = [
    OF_SERVICES[-1],
    {"variant": "nat", "zones": 2, "networkAcls": True},
    {"variant": "privatelink", "zones": 1},
    {"variant": "nat", "zones": 2, "natPerZone": True},
    {"variant": "nat", "zones": 2},
    {"variant": "privatelink", "zones": 1},
]


def walk(stack: Stack, steps: Sequence[Mapping[str, Any]]) -> str:
    """Goes from one to the next; gives the id of the instance, which stays."""
    stack.up(steps[0])
    (first,) = stack.outputs()["instances"].values()
    for config in steps[1:]:
        looking = change(stack, config)

        assert looking.gaps == [], config
        assert looking.steps, "something was changed"
        assert alive(looking.ec2, looking.vpc_id) == [first["id"]]
    return str(first["id"])


@pytest.mark.long
class TestServices:
    def test_at_no_step_of_another_change_is_an_instance_without_a_way(self, stack: Stack) -> None:
        walk(stack, OF_SERVICES)


@pytest.mark.long
class TestWays:
    def test_at_no_step_of_another_change_is_an_instance_without_a_way(self, stack: Stack) -> None:
        first = walk(stack, OF_WAYS)

        # Another block is another VPC: each instance has a way in its own.
        moved = {**OF_WAYS[-1], "cidr": "10.1.0.0/16"}
        looking = change(stack, moved)
        (new,) = stack.outputs()["instances"].values()

        assert looking.gaps == []
        assert alive(looking.ec2, looking.vpc_id) == []
        assert new["id"] != first
        assert stack.changes(moved) == {}


class TestInstance:
    def test_the_old_instance_stays_until_the_new_ones_agent_is_online(self, stack: Stack) -> None:
        """No machine runs on this AWS, so none ever comes."""
        stack.up({"variant": "igw", "zones": 1})
        (old,) = stack.outputs()["instances"].values()
        ec2, vpc_id = stack.cloud.ec2, stack.outputs()["network"]["vpc_id"]

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

    def test_an_instance_that_is_to_be_kept_is_not_replaced_by_any_change(self, stack: Stack) -> None:
        kept = {"name": "main", "keepInstance": True}
        stack.up({"variant": "privatelink", "zones": 2, "instances": [kept]})

        assert "keepInstance of main refuses it" in stack.up({"variant": "igw", "instances": [kept]}, code=1)
        moved = {"variant": "privatelink", "zones": 2, "instances": [{**kept, "zone": 2}]}
        assert "keepInstance of main refuses it. Set instances[0].zone back to 1." in stack.up(moved, code=1)
        # What no state is compared for, Pulumi itself refuses.
        elsewhere = {**moved, "instances": [{**kept, "placement": {"tenancy": "dedicated"}}]}
        assert "protect" in stack.up(elsewhere, code=1)
        stack.up({"variant": "privatelink", "zones": 2})
