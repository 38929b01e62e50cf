"""What a thousand instances cost: as many times as much as one more costs, and no more. Calls are counted, not time."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reachability.reasoning import judge
from reachability.view import View
from tests.reachability.mutations import sets, table
from tests.reachability.worlds import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from reachability.model import World


def many(world: World, count: int) -> World:
    """So many hosts, each with a group, a profile and a role of its own."""
    host, group = world.hosts["host"], world.groups["web"]
    profile, role = world.profiles["profile"], world.roles["role"]
    keys = [f"web-{number}" for number in range(count)]
    return replace(
        world,
        hosts={
            **world.hosts,
            **{key: replace(host, id=key, name=key, groups=(key,), profile=key) for key in keys},
        },
        groups={**world.groups, **{key: replace(group, id=key, name=key) for key in keys}},
        profiles={**world.profiles, **{key: replace(profile, id=key, role=key) for key in keys}},
        roles={**world.roles, **{key: replace(role, id=key, name=key) for key in keys}},
    )


def calls(world: World) -> int:
    """How many functions the verdicts on all hosts call."""
    counted = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    view = View(world)
    sys.setprofile(count)
    try:
        for host in world.hosts.values():
            judge(view, host)
    finally:
        sys.setprofile(None)
    return counted


BREAKS: dict[str, Callable[[World], World]] = {
    "that works": lambda world: world,
    "without rules": sets("groups", "web", egress=()),
    "without routes": lambda world: table("inner" if "inner" in world.tables else "out")(world),
}


@pytest.mark.parametrize("breaks", BREAKS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_twice_as_many_hosts_cost_twice_as_much(variant: str, breaks: str) -> None:
    world = BREAKS[breaks](VARIANTS[variant]())
    one, two, four = (calls(many(world, count)) for count in (10, 20, 40))

    assert (four - two) / (two - one) < 2.2
