"""Waits until every instance of a run has reported how the script ended.

What instances write is read from the versions of one parameter: the stack makes it, and destroys it with all of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from .runs import CommandError, Report, describe_failures, describe_silence, failed, read_report

# Soon at first, for scripts of a second, then seldom: each poll of each command is a call or two.
_PAUSES = (1, 2, 4)
_PAUSE = 5

# "Working with parameter versions", Systems Manager user guide: it keeps the last hundred.
_VERSIONS = 100


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What to wait for.

    Attributes:
        command: its name.
        parameter: that the instances report to.
        instances: asks for the ids of all that are to report; it may be others each time.
        seconds: that the script may take.
        online_seconds: that it may take until the script begins.
        hint: the last line of an error.
        opts: with whose provider AWS is asked.
    """

    command: str
    parameter: str
    instances: Callable[[], Awaitable[Collection[str]]]
    seconds: int
    online_seconds: int
    hint: str
    opts: pulumi.InvokeOutputOptions


async def wait_for(
    wait: Wait,
    run: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Mapping[str, Report]:
    """The reports of this run, by the ids of their instances.

    Raises:
        CommandError: a script failed, or an instance does not report in time.
    """
    reports: dict[str, Report] = {}
    seen: int | None = None
    pauses, deadline = iter(_PAUSES), clock() + wait.seconds + wait.online_seconds
    while True:
        seen = await _read_new(wait, run, seen, reports)
        if bad := failed(reports):
            raise CommandError(describe_failures(wait.command, bad, wait.seconds, wait.hint))
        silent = set(await wait.instances()) - reports.keys()
        if not silent:
            return reports
        if clock() >= deadline:
            limit = wait.seconds + wait.online_seconds
            raise CommandError(describe_silence(wait.command, silent, limit, wait.hint))
        await sleep(next(pauses, _PAUSE))


async def _read_new(wait: Wait, run: str, seen: int | None, reports: dict[str, Report]) -> int:
    """Add the reports of this run that came after version `seen`; gives the version that was the last.

    At the first time nothing is older than the first version from behind that is another run's. Later, one that is late
    may stand between ours.
    """
    value, latest = await _version(wait, "")
    new: dict[str, Report] = {}
    oldest = max(seen or 0, latest - _VERSIONS)
    for version in range(latest, oldest, -1):
        if version != latest:
            value, _ = await _version(wait, f":{version}")
        report = read_report(value)
        if report is not None and report.run == run:
            new.setdefault(report.instance, report)
        elif seen is None:
            break
    reports.update(new)
    return latest


async def _version(wait: Wait, selector: str) -> tuple[str, int]:
    asked = aws.ssm.get_parameter_output(name=f"{wait.parameter}{selector}", opts=wait.opts)
    answer = await asked.future()
    if answer is None:
        raise CommandError(f"The parameter {wait.parameter} is not there. {wait.hint}")
    return answer.value, answer.version
