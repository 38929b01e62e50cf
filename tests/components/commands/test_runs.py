"""Which run an update starts, what an instance's report says, and the words of an error."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.commands.runs import (
    RUN,
    Report,
    choose_run,
    describe_failures,
    describe_silence,
    digest,
    failed,
    read_report,
)

OLD, NEW = digest("old"), digest("new")


@pytest.mark.parametrize(
    ("started", "succeeded", "run"),
    [
        pytest.param(None, None, f"{NEW}-1", id="the first"),
        pytest.param(f"{NEW}-1", f"{NEW}-1", f"{NEW}-1", id="nothing has changed since it succeeded"),
        pytest.param(f"{NEW}-3", f"{NEW}-3", f"{NEW}-3", id="it succeeded at the third try"),
        pytest.param(f"{OLD}-2", f"{OLD}-2", f"{NEW}-1", id="something has changed since it succeeded"),
        pytest.param(f"{NEW}-1", f"{OLD}-2", f"{NEW}-2", id="it failed, and an older one succeeded"),
        pytest.param(f"{NEW}-1", None, f"{NEW}-2", id="it failed, and none ever succeeded"),
        pytest.param(f"{OLD}-5", None, f"{NEW}-1", id="another failed"),
        pytest.param(None, f"{NEW}-1", f"{NEW}-2", id="somebody deleted the association, and a new one runs it again"),
        pytest.param("by hand", "by hand", f"{NEW}-1", id="what is no run of ours"),
    ],
)
def test_the_run_of_an_update(started: str | None, succeeded: str | None, run: str) -> None:
    assert choose_run(NEW, started, succeeded) == run
    assert RUN.fullmatch(run)


@given(st.lists(st.booleans(), max_size=8))
def test_a_run_is_never_started_twice(outcomes: list[bool]) -> None:
    """Else a report of the first would be taken for one of the second."""
    started: str | None = None
    succeeded: str | None = None
    seen = []
    for outcome in outcomes:
        run = choose_run(NEW, started, succeeded)
        if run != started or run != succeeded:
            seen.append(run)
        started, succeeded = run, run if outcome else succeeded

    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(("a", ["i-1"]), ("a", ["i-1"]), True, id="the same"),
        pytest.param(("a", 1, ["i-1", "x"]), ("a", 2, ["i-1", "x"]), False, id="an instance is no trigger"),
        pytest.param(("a", {"x": 1, "y": 2}), ("a", {"y": 2, "x": 1}), True, id="a map in another order"),
        pytest.param(("ab", "c"), ("a", "bc"), False, id="what one ends with, the other begins with"),
        pytest.param(("\ud800",), ("\ud801",), False, id="halves of pairs"),
    ],
)
def test_a_digest(one: tuple[Any, ...], other: tuple[Any, ...], *, same: bool) -> None:
    assert (digest(*one) == digest(*other)) == same


def report(instance: str, code: int | None, output: str = "") -> Report:
    return Report(run="r", instance=instance, code=code, output=output)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(
            {"run": "r", "instance": "i-1", "code": 3, "output": "b25l"}, report("i-1", 3, "one"), id="a failure"
        ),
        pytest.param({"run": "r", "instance": "i-1", "code": None, "output": ""}, report("i-1", None), id="stopped"),
        pytest.param(
            {"run": "r", "instance": "i-1", "code": 0, "output": base64.b64encode(b"\xbcx").decode()},
            report("i-1", 0, "\ufffdx"),
            id="cut within a character",
        ),
        pytest.param({"run": "none yet"}, None, id="none was written yet"),
        pytest.param(["run"], None, id="something else"),
    ],
)
def test_a_report(value: object, read: Report | None) -> None:
    assert read_report(json.dumps(value)) == read


def test_no_json_is_no_report() -> None:
    assert read_report("by hand") is None


def test_what_failed_is_told_in_the_order_of_ids() -> None:
    reports = {"i-3": report("i-3", 1), "i-1": report("i-1", None), "i-2": report("i-2", 0)}

    assert [one.instance for one in failed(reports)] == ["i-1", "i-3"]


def test_an_error_has_the_end_of_the_output() -> None:
    told = describe_failures("migrate", [report("i-1", 3, "one\ntwo\n")], 60, "Look there.")

    assert told.splitlines() == [
        "The script of command 'migrate' ended with exit code 3 on i-1. The end of what it wrote:",
        "    one",
        "    two",
        "Look there.",
    ]


def test_an_error_of_many_instances_names_all_and_shows_some() -> None:
    reports = [report(f"i-{number}", None) for number in range(5)]
    told = describe_failures("migrate", reports, 60, "Look there.")

    assert told.splitlines() == [
        *(
            f"The script of command 'migrate' did not end within 60 seconds on i-{n}. It wrote nothing."
            for n in range(3)
        ),
        "It failed on 2 more: i-3, i-4.",
        "Look there.",
    ]


def test_silence_names_who_is_silent() -> None:
    told = describe_silence("migrate", {"i-2", "i-1"}, 90, "Look there.")

    assert told.startswith("The script of command 'migrate' has not ended after 90 seconds on i-1, i-2: ")
    assert told.endswith("Look there.")
