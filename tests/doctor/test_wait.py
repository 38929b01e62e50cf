"""The wait itself: when it ends, what it asks, and what a person sees of it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from doctor import aws, display
from doctor.connections import Connections
from doctor.facts import Unknown
from doctor.waiting import INTERVAL_SECONDS, UNSEEN_SECONDS, Look, Outcome, wait
from tests.doctor.recorded import Api, FakeClock
from tests.doctor.world import LAUNCHED, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

A, B, C, D = "i-0000000a", "i-0000000b", "i-0000000c", "i-0000000d"
NAMED = {"a": A, "b": B, "c": C}
DENIED = Unknown(why="needs ssm:GetConnectionStatus")
THROTTLED = Unknown(why="ssm:GetConnectionStatus failed: ThrottlingException", passing=True)
LATE = Unknown(why="no time was left for ssm:GetConnectionStatus")


def managed(instance_id: str, status: str = "Online") -> Any:
    return {"InstanceId": instance_id, "PingStatus": status, "AgentVersion": "3.3.9", "LastPingDateTime": LAUNCHED}


def look(*online: str, states: Mapping[str, str] | None = None, **connected: bool | Unknown) -> Look:
    """What is heard and connected, of instances that run; unless it says something else."""
    there: Any = {
        one: {"State": {"Name": state}} for one, state in ({A: "running", B: "running"} | dict(states or {})).items()
    }
    connections = dict.fromkeys(online, True) | {NAMED[name]: answer for name, answer in connected.items()}
    return Look(managed={one: managed(one) for one in connections}, connected=connections, instances=there)


def run(
    looks: Sequence[Look], limit: float = 600, ids: Sequence[str] = (A, B)
) -> tuple[Outcome, FakeClock, list[Outcome]]:
    """A wait through these looks, the last of which stays."""
    clock, left = FakeClock(), list(looks)
    told: list[Outcome] = []

    def ask() -> Look:
        return left.pop(0) if len(left) > 1 else left[0]

    return wait(ids, ask, told.append, clock=clock, limit=limit), clock, told


def test_it_ends_as_soon_as_all_are_online() -> None:
    outcome, clock, told = run([look(), look(A), look(A, B)])

    assert outcome.offline == []
    assert clock.sleeps == [INTERVAL_SECONDS] * 2
    assert [one.offline for one in told] == [[A, B], [B], []]
    assert [(one, moment.minute, moment.second) for one, moment in outcome.online_since.items()] == [
        (A, 5, 5),
        (B, 5, 10),
    ]


def test_it_does_not_sleep_if_all_are_online_at_once() -> None:
    outcome, clock, _ = run([look(A, B)])

    assert (outcome.offline, clock.sleeps, outcome.waited) == ([], [], 0)


def test_it_ends_with_the_time_limit_and_looks_at_that_moment_too() -> None:
    outcome, clock, told = run([look(A)], limit=12)

    assert outcome.offline == [B]
    assert clock.sleeps == [5, 5, 2]
    assert (outcome.waited, len(told)) == (12, 4)


def test_a_limit_of_nothing_looks_once() -> None:
    outcome, clock, told = run([look(A)], limit=0)

    assert (outcome.offline, clock.sleeps, len(told)) == ([B], [], 1)


def test_connection_lost_is_not_online() -> None:
    seen = replace(look(A), managed={A: managed(A), B: managed(B, "ConnectionLost")})

    assert run([seen], limit=0)[0].offline == [B]


def test_who_is_heard_is_not_online_before_it_is_connected() -> None:
    outcome, clock, _ = run([look(A, b=False), look(A, b=False), look(A, b=True)])

    assert (outcome.offline, outcome.unconfirmed) == ([], {})
    assert clock.sleeps == [INTERVAL_SECONDS] * 2
    assert outcome.online_since[B].second == 10


def test_nobody_waits_for_an_answer_that_will_not_come() -> None:
    outcome, clock, _ = run([look(A, b=DENIED)])

    assert (outcome.offline, outcome.unconfirmed) == ([], {B: DENIED})
    assert clock.sleeps == []


def test_who_is_not_connected_and_stops_is_not_waited_for() -> None:
    outcome, clock, _ = run([look(A, b=False, states={B: "stopped"})])

    assert (outcome.offline, clock.sleeps) == ([B], [])


def test_whoever_goes_is_waited_for_again_and_since_begins_anew() -> None:
    outcome, _, _ = run([look(A), look(), look(A, B)])

    assert {one: moment.second for one, moment in outcome.online_since.items()} == {A: 10, B: 10}


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        pytest.param("pending", False, id="it has only just been launched"),
        pytest.param("running", False, id="it runs"),
        pytest.param("stopping", True, id="it is about to stop"),
        pytest.param("stopped", True, id="it is stopped"),
        pytest.param("shutting-down", True, id="it is about to be gone"),
        pytest.param("terminated", True, id="it is gone"),
    ],
)
def test_nobody_waits_for_what_can_not_come(state: str, *, ends: bool) -> None:
    _, clock, _ = run([look(A, states={B: state})])

    assert (clock.sleeps == []) == ends


def test_an_instance_that_ec2_does_not_show_gets_a_moment() -> None:
    """EC2 is eventually consistent: right after a launch it may not know of it."""
    _, gone, _ = run([look()], ids=[C])
    late, _, _ = run([look(), look(C, states={C: "running"})], ids=[C])

    assert gone.passed == UNSEEN_SECONDS
    assert late.offline == []


def test_without_a_word_of_ec2_it_waits_to_the_end() -> None:
    outcome, _, _ = run([Look(managed={}, connected={}, instances=Unknown(why="needs ec2:DescribeInstances"))])

    assert outcome.waited == 600


def test_an_answer_that_may_still_come_is_waited_for() -> None:
    outcome, clock, _ = run([look(A, b=THROTTLED), look(A, B)])
    late, _, _ = run([look(A, b=THROTTLED)])

    assert (outcome.offline, outcome.unconfirmed, clock.sleeps) == ([], {}, [INTERVAL_SECONDS])
    assert (late.offline, late.unconfirmed, late.waited) == ([], {B: THROTTLED}, 600)


@given(times=st.lists(st.integers(0, 2000), min_size=1, max_size=5), limit=st.integers(0, 1500))
def test_the_verdict_is_that_of_the_limit(times: list[int], limit: int) -> None:
    """Each instance comes at a time of its own: whoever came by the limit is online at the end, and nobody else."""
    clock = FakeClock()
    ids = [f"i-{number:08x}" for number in range(len(times))]
    arrivals = dict(zip(ids, times, strict=True))

    def ask() -> Look:
        came = [one for one, at in arrivals.items() if at <= clock.passed]
        return look(*came, states=dict.fromkeys(ids, "running"))

    outcome = wait(ids, ask, lambda _: None, clock=clock, limit=limit)

    assert outcome.offline == [one for one, at in arrivals.items() if at > limit]
    assert outcome.waited <= min(limit, max(times) + INTERVAL_SECONDS)


def several(number: int) -> list[str]:
    return [f"i-{one:08x}" for one in range(number)]


def test_more_instances_than_a_page_holds(api: Api) -> None:
    """Pages of 20 where AWS promises at most 50: every one is read."""
    ids = several(230)

    def information(asked: Mapping[str, Any]) -> Any:
        (wanted,) = asked["Filters"]
        assert wanted["Key"] == "InstanceIds"
        assert len(wanted["Values"]) <= 50
        assert asked["MaxResults"] <= 50
        start = int(asked.get("NextToken", 0))
        some = [managed(one) for one in wanted["Values"][start : start + 20]]
        more = {"NextToken": str(start + 20)} if start + 20 < len(wanted["Values"]) else {}
        return {"InstanceInformationList": some, **more}

    def instances(asked: Mapping[str, Any]) -> Any:
        (wanted,) = asked["Filters"]
        assert wanted["Name"] == "instance-id"
        assert len(wanted["Values"]) <= 200
        start = int(asked.get("NextToken", 0))
        some = [{"InstanceId": one} for one in wanted["Values"][start : start + 90]]
        more = {"NextToken": str(start + 90)} if start + 90 < len(wanted["Values"]) else {}
        # One launch is one reservation.
        return {"Reservations": [{"Instances": some[:40]}, {"Instances": some[40:]}], **more}

    api.answers |= {"DescribeInstanceInformation": information, "DescribeInstances": instances}
    clients = aws.connect(None)

    assert list(aws.managed(clients, ids)) == ids
    there = aws.instances(clients, ids)
    assert not isinstance(there, Unknown)
    assert list(there) == ids
    assert len(api.asked("DescribeInstanceInformation")) == 4 * 3 + 2
    assert len(api.asked("DescribeInstances")) == 3 + 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"Status": "connected"}, True, id="connected"),
        pytest.param({"Status": "Connected"}, True, id="connected, in the words of older documents"),
        pytest.param({"Status": "notconnected"}, False, id="not connected"),
        pytest.param({"Status": "Not Connected"}, False, id="not connected, in the words of older documents"),
        pytest.param(Refusal(code="AccessDeniedException"), DENIED, id="it may not be asked"),
        pytest.param(Refusal(code="ThrottlingException"), THROTTLED, id="it is asked too often"),
        pytest.param(
            Refusal(code="InvalidTarget"), Unknown(why="ssm:GetConnectionStatus failed: InvalidTarget"), id="never"
        ),
    ],
)
def test_whether_a_session_can_begin(api: Api, answer: Any, *, expected: bool | Unknown) -> None:
    api.answers["GetConnectionStatus"] = answer

    assert aws.connected(aws.connect(None), A) == expected
    assert api.asked("GetConnectionStatus") == [{"Target": A}]


def slow(api: Api, clock: FakeClock, seconds: float, *, connected: set[str]) -> None:
    """Each answer takes its time, as when AWS slows the calls down."""

    def answer(asked: Mapping[str, Any]) -> Any:
        clock.passed += seconds
        return {"Status": "connected" if asked["Target"] in connected else "notconnected"}

    api.answers["GetConnectionStatus"] = answer


def test_each_of_many_is_asked_until_it_is_connected(api: Api, clock: FakeClock) -> None:
    ids = several(230)
    connections = Connections(aws.connect(None), clock, limit=600)
    slow(api, clock, 0, connected=set(ids[:200]))

    assert connections.of(ids) == dict.fromkeys(ids, True) | dict.fromkeys(ids[200:], False)
    slow(api, clock, 0, connected=set(ids))
    assert connections.of(ids) == dict.fromkeys(ids, True)
    assert connections.of(ids) == dict.fromkeys(ids, True)
    assert [asked["Target"] for asked in api.asked("GetConnectionStatus")] == [*ids, *ids[200:]]


def test_who_may_not_be_asked_about_is_asked_about_once(api: Api, clock: FakeClock) -> None:
    """A policy may allow the question for some instances."""
    connections = Connections(aws.connect(None), clock, limit=600)
    api.answers["GetConnectionStatus"] = [Refusal(code="AccessDeniedException"), {"Status": "connected"}]

    assert connections.of([A, B]) == {A: DENIED, B: True}
    assert connections.of([A, B]) == {A: DENIED, B: True}
    assert len(api.asked("GetConnectionStatus")) == 2


def test_one_failure_of_aws_is_enough_for_a_look(api: Api, clock: FakeClock) -> None:
    """Each may take a minute. Whom AWS failed for comes last the next time."""
    connections = Connections(aws.connect(None), clock, limit=600)
    api.answers["GetConnectionStatus"] = [Refusal(code="ThrottlingException"), {"Status": "connected"}]

    assert connections.of([A, B, C]) == {A: THROTTLED, B: THROTTLED, C: THROTTLED}
    assert connections.of([C, A, B]) == {A: True, B: True, C: True}
    assert [asked["Target"] for asked in api.asked("GetConnectionStatus")] == [A, C, A, B]


def test_an_instance_that_always_fails_does_not_stand_before_the_others(api: Api, clock: FakeClock) -> None:
    connections = Connections(aws.connect(None), clock, limit=600)
    api.answers["GetConnectionStatus"] = lambda asked: (
        Refusal(code="ThrottlingException") if asked["Target"] == A else {"Status": "notconnected"}
    )
    connections.of([B, A, C])
    api.answers["GetConnectionStatus"] = lambda asked: (
        Refusal(code="ThrottlingException") if asked["Target"] == A else {"Status": "connected"}
    )

    assert connections.of([A, B, C]) == {A: THROTTLED, B: True, C: THROTTLED}
    assert connections.of([A, B, D]) == {A: THROTTLED, B: True, D: True}


def test_a_connection_is_forgotten_when_nothing_is_heard_any_more(api: Api, clock: FakeClock) -> None:
    connections = Connections(aws.connect(None), clock, limit=600)
    api.answers["GetConnectionStatus"] = [{"Status": "connected"}, {"Status": "notconnected"}]

    assert [connections.of(heard) for heard in ([A], [], [A])] == [{A: True}, {}, {A: False}]


@pytest.mark.parametrize("limit", [0, 600])
def test_slow_answers_do_not_outlast_the_limit_by_more_than_a_minute(api: Api, clock: FakeClock, limit: float) -> None:
    ids = several(230)
    connections = Connections(aws.connect(None), clock, limit)
    slow(api, clock, 7, connected={ids[0]})
    found = connections.of(ids)
    asked = len(api.asked("GetConnectionStatus"))

    assert limit + 60 <= clock.passed < limit + 60 + 7
    assert found == {ids[0]: True} | dict.fromkeys(ids[1:asked], False) | dict.fromkeys(ids[asked:], LATE)
    # What is known by then stays known.
    assert connections.of(ids) == found
    assert len(api.asked("GetConnectionStatus")) == asked


def test_the_look_at_the_limit_asks_again(api: Api, clock: FakeClock) -> None:
    connections = Connections(aws.connect(None), clock, limit=12)
    api.answers["GetConnectionStatus"] = [{"Status": "notconnected"}, {"Status": "connected"}]
    connections.of([A])
    clock.sleep(12)

    assert connections.of([A]) == {A: True}


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"])
def test_ec2_may_refuse_to_say_what_there_is(api: Api, code: str) -> None:
    api.answers["DescribeInstances"] = Refusal(code=code)

    assert aws.instances(aws.connect(None), [A]) == Unknown(why="needs ec2:DescribeInstances")


NAMES = {A: "web", B: "[bold]worker", C: C}


@pytest.fixture
def show() -> Callable[..., str]:
    """What a console holds after these outcomes."""

    def shown(outcomes: Sequence[Outcome], *, terminal: bool, limit: float = 600) -> str:
        console = Console(file=io.StringIO(), force_terminal=terminal, width=120, color_system=None)
        with display.shown(console, NAMES, limit=limit) as tell:
            for outcome in outcomes:
                tell(outcome)
        file: Any = console.file
        return str(file.getvalue())

    return shown


def seen(*online: str, waited: float = 0, **connected: bool | Unknown) -> Outcome:
    now = datetime(2026, 11, 22, 6, 5, tzinfo=timezone.utc)
    last = look(*online, states=None, **connected)
    since = {one: now for one in (A, B, C) if last.is_online(one)}
    return Outcome(ids=[A, B, C], last=last, online_since=since, waited=waited)


def test_plain_lines_where_there_is_no_terminal(show: Callable[..., str]) -> None:
    said = show(
        [seen(), seen(A, waited=5), seen(A, waited=59), seen(A, B, waited=64), seen(C, waited=70)], terminal=False
    )

    assert said.splitlines() == [
        "Waiting for 3 instances, at most 10 min.",
        f"web ({A}) is online, agent 3.3.9.",
        f"[bold]worker ({B}) is online, agent 3.3.9.",
        f"After 64 s: waiting for {C}.",
        f"web ({A}) is no longer online.",
        f"[bold]worker ({B}) is no longer online.",
        f"{C} is online, agent 3.3.9.",
    ]


def test_who_is_heard_and_not_connected_is_told_apart(show: Callable[..., str]) -> None:
    said = show([seen(a=False, b=DENIED, waited=60), seen(a=True, b=DENIED, waited=65)], terminal=False)

    assert said.splitlines()[1:] == [
        f"[bold]worker ({B}) is online as far as it could be asked, agent 3.3.9.",
        f"After 60 s: waiting for web (not connected), {C}.",
        f"web ({A}) is online, agent 3.3.9.",
    ]


def test_a_log_gets_a_line_a_minute(show: Callable[..., str]) -> None:
    said = show([seen(waited=second) for second in range(0, 301, 5)], terminal=False)

    assert [line.split(":")[0] for line in said.splitlines()[1:]] == [
        f"After {minute * 60} s" for minute in range(1, 6)
    ]


def test_a_bar_on_a_terminal(show: Callable[..., str]) -> None:
    said = show([seen(), seen(A, waited=70)], terminal=True)

    assert f"waiting for web, [bold]worker, {C}" in said
    assert f"waiting for [bold]worker, {C}" in said
    assert "0/3 online" in said
    assert "1/3 online" in said
    assert "of 10 min" in said
    assert f"web ({A}) is online, agent 3.3.9." in said
    assert "After 70 s" not in said


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(3, "waiting for 0, 1, 2.", id="all of three"),
        pytest.param(5, "waiting for 0, 1, 2 and 2 more.", id="three of five"),
    ],
)
def test_only_a_few_names_are_shown(number: int, expected: str) -> None:
    ids = several(number)
    console = Console(file=io.StringIO(), width=120)
    with display.shown(console, {one: str(index) for index, one in enumerate(ids)}, limit=600) as tell:
        tell(Outcome(ids=ids, last=Look(managed={}, connected={}, instances={}), online_since={}, waited=60))
    file: Any = console.file

    assert expected in file.getvalue()


class Slow(FakeClock):
    """Between two questions a quarter of a minute goes by."""

    def seconds(self) -> float:
        self.passed += 15
        return super().seconds()


@pytest.mark.parametrize("terminal", [False, True])
def test_it_shows_how_far_the_diagnosis_is(*, terminal: bool) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120, color_system=None)
    ids = several(9)

    assert list(display.each(console, "Looking for causes", ids, Slow())) == ids
    file: Any = console.file
    said = file.getvalue()
    assert said.startswith("Looking for causes: 9 instances.\n")
    assert ("Looking for causes: 3 of 9 are done.\n" in said) != terminal
    assert ("9/9" in said) == terminal


def test_nothing_is_shown_of_nothing() -> None:
    console = Console(file=io.StringIO(), width=120)

    assert list(display.each(console, "Looking for causes", [], FakeClock())) == []
    file: Any = console.file
    assert file.getvalue() == ""


def test_a_look_is_called_one(show: Callable[..., str]) -> None:
    assert show([], terminal=False, limit=0) == "Looking at 3 instances.\n"
