"""Waiting for an agent, on Pulumi's mocks."""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.instance.instance import SsmInstance
from tests.components.graph import deploy
from tests.components.instance.test_instance import ALONE

ASK = "aws:ssm/getInstances:getInstances"


class Agents:
    """An account in which the agent is online at the n-th time of asking."""

    def __init__(self, online_at: int) -> None:
        self.online_at, self.asked = online_at, 0

    def __call__(self, args: Mapping[str, Any]) -> dict[str, Any]:
        named = {one["name"]: one["values"] for one in args["filters"]}
        assert named["PingStatus"] == ["Online"]
        self.asked += 1
        return {"ids": named["InstanceIds"] if self.asked >= self.online_at else []}


def up(monkeypatch: pytest.MonkeyPatch, agents: Agents, minutes: int, *, preview: bool = False) -> list[float]:
    """Makes an instance; the seconds that it waited."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: preview)
    args = dataclasses.replace(ALONE, wait_for_agent=minutes)
    deploy(lambda: pulumi.export("id", SsmInstance("box", args).instance_id), answers={ASK: agents})
    return [seconds for seconds in waited if seconds]  # Pulumi's SDK gives way with 0.


def test_it_waits_until_the_agent_is_online(monkeypatch: pytest.MonkeyPatch) -> None:
    assert up(monkeypatch, Agents(3), 1) == [10, 10]


@pytest.mark.parametrize(
    ("minutes", "preview"), [pytest.param(0, False, id="not asked for"), pytest.param(1, True, id="a preview")]
)
def test_it_does_not_wait(monkeypatch: pytest.MonkeyPatch, minutes: int, *, preview: bool) -> None:
    agents = Agents(3)

    assert up(monkeypatch, agents, minutes, preview=preview) == []
    assert agents.asked == 0


def test_in_the_end_it_says_who_did_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pulumi.RunError, match=r"box \(.*\) is not online after 1 minutes \(waitForAgent\)"):
        up(monkeypatch, Agents(7), 1)
    assert len(up(monkeypatch, Agents(6), 1)) == 5
