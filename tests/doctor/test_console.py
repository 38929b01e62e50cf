"""What the doctor reads of a console, which belongs to whoever controls the instance."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.console import Report, last_report

READY = {"result": "ready", "agent": "3.3.2299.0", "reason": "", "unreachable": [], "advice": ""}
BROKEN = {
    "result": "not-ready",
    "agent": "3.2.1.0",
    "reason": "unreachable",
    "unreachable": ["ssm", "s3"],
    "advice": "Add the endpoint.",
}


def line(result: Any) -> str:
    return f"ssm-only: {json.dumps(result)}"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("", None, id="nothing yet"),
        pytest.param("Linux version 6.12\nlogin: \n", None, id="of another instance"),
        pytest.param("ssm-only: ready: SSM agent 3.3 runs.\n", None, id="the line for a person"),
        pytest.param(line(READY) + "\n", "ready", id="one result"),
        pytest.param(line(READY), "ready", id="without an end of line"),
        pytest.param(f"[   31.4] cloud-init[900]: {line(READY)}\r\n", "ready", id="with a time in front"),
        pytest.param(f"{line(BROKEN)}\n{line(READY)}\nlogin: \n", "ready", id="the last of two boots"),
        pytest.param(f"{line(READY)}\n{line(BROKEN)}\n", "unreachable", id="the last of two boots, broken"),
        pytest.param(f"{line(READY)}\nssm-only: {{not JSON}}\n", "ready", id="one before what is broken"),
        pytest.param(line(READY)[:-9], None, id="cut off"),
        pytest.param(line({"resolution": "high"}), None, id="another program's"),
    ],
)
def test_the_last_result(output: str, expected: str | None) -> None:
    report = last_report(output)

    assert (report and (report.reason or "ready")) == expected


def test_every_field_is_read() -> None:
    assert last_report(line(BROKEN)) == Report(
        ready=False,
        agent="3.2.1.0",
        reason="unreachable",
        unreachable=("ssm", "s3"),
        advice="Add the endpoint.",
    )
    assert last_report(line(READY)) == Report(ready=True, agent="3.3.2299.0")


def test_fields_of_another_kind_break_nothing() -> None:
    assert last_report(line({"result": 7, "unreachable": "ssm", "agent": None})) == Report(ready=False, agent="None")


@given(text=st.text() | st.sampled_from(["\x1b]0;title\x07", "\x1b[2Jgone", "a\rb", "\N{RIGHT-TO-LEFT OVERRIDE}"]))
def test_nothing_on_a_console_moves_the_terminal(text: str) -> None:
    report = last_report(line(BROKEN | {"advice": text, "reason": text, "agent": text, "unreachable": [text]}))
    assert report is not None

    for shown in (report.advice, report.reason, report.agent, *report.unreachable):
        assert all(letter.isprintable() for letter in shown)
        assert len(shown) <= 300
        assert shown == "".join(filter(str.isprintable, text))[:300]


@given(output=st.text())
def test_any_output_can_be_read(output: str) -> None:
    last_report(output + line(READY) + output)
