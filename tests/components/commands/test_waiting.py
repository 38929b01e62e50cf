"""The wait for a run's reports, which are versions of one parameter."""

import asyncio
import base64
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import pulumi
import pytest

from components.commands import waiting
from components.commands.runs import CommandError
from components.commands.waiting import Wait, wait_for

MADE = '{"run": "none yet"}'


def value(run: str, instance: str, code: int | None = 0, output: str = "") -> str:
    told = {"run": run, "instance": instance, "code": code, "output": base64.b64encode(output.encode()).decode()}
    return json.dumps(told)


@dataclass
class Store:
    """The versions of a parameter. Each pause writes those of the next step, and makes these the instances.

    Attributes:
        versions: that are there at the beginning, the first being version 1.
        steps: what is written in each pause.
        instances: that are there at each look; the last stay.
        asked: the versions that were read.
    """

    versions: list[str]
    steps: list[Sequence[str]] = field(default_factory=list)
    instances: list[Collection[str]] = field(default_factory=lambda: [["i-1"]])
    asked: list[int] = field(default_factory=list)
    now: float = 0

    async def version(self, _wait: Wait, selector: str) -> tuple[str, int]:
        number = int(selector.removeprefix(":") or len(self.versions))
        assert number > len(self.versions) - 100, "Parameter Store keeps a hundred"
        self.asked.append(number)
        return self.versions[number - 1], len(self.versions)

    async def there(self) -> Collection[str]:
        return self.instances.pop(0) if len(self.instances) > 1 else self.instances[0]

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.versions += self.steps.pop(0) if self.steps else []


Play = Callable[[Store], Collection[str]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Waits for run `new`; gives the ids of the instances that reported."""

    def run(store: Store) -> Collection[str]:
        monkeypatch.setattr(waiting, "_version", store.version)
        wait = Wait(
            command="migrate",
            parameter="/told",
            instances=store.there,
            seconds=60,
            online_seconds=30,
            hint="Look there.",
            opts=pulumi.InvokeOutputOptions(),
        )

        async def waited() -> Collection[str]:
            return set(await wait_for(wait, "new", clock=lambda: store.now, sleep=store.sleep))

        return asyncio.run(waited())

    return run


OLD = [MADE, value("old", "i-1"), value("old", "i-2")]


@pytest.mark.parametrize(
    ("store", "told"),
    [
        pytest.param(Store([MADE, value("new", "i-1")]), {"i-1"}, id="it is there at once"),
        pytest.param(Store([*OLD], [[], [value("new", "i-1")]]), {"i-1"}, id="it comes later"),
        pytest.param(
            Store([*OLD], [[value("new", "i-2")], [value("new", "i-1")]], [["i-1", "i-2"]]),
            {"i-1", "i-2"},
            id="two come after each other",
        ),
        pytest.param(
            Store([*OLD, value("new", "i-1"), value("new", "i-2")], instances=[["i-1", "i-2"]]),
            {"i-1", "i-2"},
            id="two are there at once",
        ),
        pytest.param(
            Store([*OLD], [[value("new", "i-1"), value("old", "i-3"), value("new", "i-2")]], [["i-1", "i-2"]]),
            {"i-1", "i-2"},
            id="one of an older run comes between them",
        ),
        pytest.param(
            Store([*OLD], [[value("new", "i-1")]], [["i-1", "i-2"], ["i-1"]]), {"i-1"}, id="one of a fleet is ended"
        ),
        pytest.param(
            Store([*OLD], [[value("new", "i-1")], [value("new", "i-9")]], [["i-1"], ["i-1", "i-9"]]),
            {"i-1", "i-9"},
            id="a fleet grows meanwhile",
        ),
        pytest.param(Store([*OLD], instances=[[]]), set(), id="there is no instance to run on"),
        pytest.param(Store([*OLD], [[value("new", "i-1"), "by hand"]]), {"i-1"}, id="somebody else writes to it"),
    ],
)
def test_it_ends_when_all_have_reported(play: Play, store: Store, told: Collection[str]) -> None:
    assert play(store) == told


def test_what_is_older_is_not_read(play: Play) -> None:
    store = Store([MADE, *[value("old", "i-1")] * 300], [[value("new", "i-1")]])
    play(store)

    assert store.asked == [301, 302]


def test_no_more_versions_are_read_than_parameter_store_keeps(play: Play) -> None:
    fleet = [f"i-{number}" for number in range(150)]
    halves = [[value("new", one) for one in fleet[:75]], [value("new", one) for one in fleet[75:]]]
    store = Store([*OLD], [*halves, []], [fleet])

    assert play(store) == set(fleet)


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        pytest.param(
            [value("new", "i-1", 3, "disk full")], "exit code 3 on i-1.*\n    disk full\nLook there", id="it fails"
        ),
        pytest.param([value("new", "i-1", None)], "did not end within 60 seconds on i-1", id="it is stopped"),
        pytest.param(
            [value("new", "i-2"), value("new", "i-1", 1)], "exit code 1 on i-1", id="it fails on one and not on another"
        ),
    ],
)
def test_a_failure_is_told(play: Play, reports: Sequence[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        play(Store([*OLD], [reports], [["i-1", "i-2"]]))


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param(OLD, id="nobody reports"),
        pytest.param([*OLD, value("new", "i-2")], id="the other one reports"),
        pytest.param([*OLD, value("old", "i-1", 1)], id="it reports of an older run"),
    ],
)
def test_it_does_not_wait_for_ever(play: Play, versions: Sequence[str]) -> None:
    store = Store([*versions])
    with pytest.raises(CommandError, match="not ended after 90 seconds on i-1: "):
        play(store)

    assert 90 <= store.now <= 95


def test_the_last_report_of_an_instance_counts(play: Play) -> None:
    """Somebody ran the association once more while the update waited."""
    store = Store([*OLD, value("new", "i-1", 1), value("new", "i-1", 0)])

    assert play(store) == {"i-1"}
