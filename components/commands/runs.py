"""Runs of a command: which one an update starts, what instances report of it, and what is said where one failed."""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

_DIGITS = 12
RUN = re.compile(rf"[0-9a-f]{{{_DIGITS}}}-[1-9][0-9]*")

# Where several instances fail, it is mostly for the same reason.
_SHOWN = 3


class CommandError(pulumi.RunError):
    """A script failed, or did not end in time.

    Pulumi prints a ``RunError`` without the program's traceback.
    """


@dataclass(frozen=True, kw_only=True)
class Report:
    """How a script ended on one instance.

    Attributes:
        run: which run it was.
        instance: id of the instance.
        code: what the script ended with; None if it was stopped at the time-out.
        output: the end of what it wrote.
    """

    run: str
    instance: str
    code: int | None
    output: str


def digest(*parts: object) -> str:
    """What stays the same as long as all of these do."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:_DIGITS]


def choose_run(wanted: str, started: str | None, succeeded: str | None) -> str:
    """The run that this update is to see through.

    The one that succeeded, if nothing has changed since. Else a new one; also where one of the same digest was started
    and failed, or nobody saw how it ended, or the association is gone.

    Args:
        wanted: digest of all that decides whether the script runs again.
        started: the last run that was handed to Systems Manager, by the stack's state.
        succeeded: the last that was seen to succeed.
    """
    tries = max(_tries_of(wanted, started), _tries_of(wanted, succeeded))
    return f"{wanted}-{tries}" if tries and started == succeeded else f"{wanted}-{tries + 1}"


def _tries_of(wanted: str, run: str | None) -> int:
    """The number of a run of this digest; 0 if it is none."""
    ours = run is not None and RUN.fullmatch(run) is not None and run.startswith(f"{wanted}-")
    return int(str(run).rpartition("-")[2]) if ours else 0


def read_report(value: str) -> Report | None:
    """One version of a command's parameter; None if no script wrote it."""
    try:
        told: Any = json.loads(value)
        output = base64.b64decode(told["output"]).decode(errors="replace")
        return Report(run=told["run"], instance=told["instance"], code=told["code"], output=output)
    except (ValueError, KeyError, TypeError):
        return None


def describe_failures(name: str, reports: Sequence[Report], seconds: int, hint: str) -> str:
    """What a person is told when a script failed on these instances."""
    told = [f"{_ending(report, name, seconds)}{_tail(report)}" for report in reports[:_SHOWN]]
    if len(reports) > _SHOWN:
        told.append(
            f"It failed on {len(reports) - _SHOWN} more: {', '.join(one.instance for one in reports[_SHOWN:])}."
        )
    return "\n".join([*told, hint])


def describe_silence(name: str, silent: Collection[str], seconds: int, hint: str) -> str:
    """What a person is told when instances do not say how a script ended."""
    return (
        f"The script of command {name!r} has not ended after {seconds} seconds on {', '.join(sorted(silent))}: the "
        "instance may not be online (`python -m doctor` says why), may lack python3, or may not be let write its "
        f"report. {hint}"
    )


def failed(reports: Mapping[str, Report]) -> Sequence[Report]:
    """Those of scripts that did not end with 0, in the order of their instances' ids."""
    return [report for _, report in sorted(reports.items()) if report.code != 0]


def _ending(report: Report, name: str, seconds: int) -> str:
    how = f"did not end within {seconds} seconds" if report.code is None else f"ended with exit code {report.code}"
    return f"The script of command {name!r} {how} on {report.instance}."


def _tail(report: Report) -> str:
    """The output's lines, of which the first may be the rest of one."""
    lines = report.output.splitlines()
    if not lines:
        return " It wrote nothing."
    return " The end of what it wrote:\n" + "\n".join(f"    {line}" for line in lines)
