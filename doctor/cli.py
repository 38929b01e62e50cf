"""`python -m doctor`: from arguments to an exit code."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from doctor import aws, capture, causes, display, explain, fleets, report, stack
from doctor.asking import Asker
from doctor.connections import Connections
from doctor.errors import DoctorError, explained
from doctor.facts import Unknown, place_of
from doctor.preferences import Preferences
from doctor.survey import Surveyor
from doctor.times import SystemClock
from doctor.waiting import Look, Outcome, wait

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from doctor.times import Clock

ALL_ONLINE, NOT_ALL_ONLINE, NO_VERDICT, EMULATED, INTERRUPTED = 0, 1, 2, 3, 130
_CODES = {True: ALL_ONLINE, False: NOT_ALL_ONLINE, None: NO_VERDICT}

DESCRIPTION = """Waits until every instance of a stack is online in Session Manager, and says what keeps others away.
It reads only. Exit code: 0 all are online, 1 not all, 2 no verdict (arguments, credentials, rights, stack), 3 an
emulator answers, which starts no machine, and nothing else is in the way, 130 interrupted."""

# A table in a log needs no line that fits a screen.
_LOG_WIDTH = 160


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for."""

    stack: str | None
    names: Sequence[str]
    capture: str | None
    region: str | None
    limit: float
    json: bool
    explain: bool


def parse(arguments: Sequence[str]) -> Options:
    """Reads the command line; `--help` and errors end the process, as argparse does, with code 0 and 2."""
    parser = argparse.ArgumentParser(prog="python -m doctor", description=DESCRIPTION)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--stack", "-s", help="a Pulumi stack of the project in this folder")
    which.add_argument(
        "--instance", action="append", type=_instance_id, metavar="ID", help="an instance; several times"
    )
    which.add_argument(
        "--capture",
        type=_vpc_id,
        metavar="ID",
        help="write a snapshot of a VPC for `python -m ssm_guard explain --world`, and look at no instance",
    )
    parser.add_argument("--region", help="default: the stack's, else that of your AWS configuration")
    parser.add_argument(
        "--timeout", type=_minutes, default=10, metavar="MINUTES", help="default: 10; 0 looks once and does not wait"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument(
        "--explain", action="store_true", help="add each instance's way to Systems Manager and back, hop by hop"
    )
    read = parser.parse_args(arguments)
    # An instance that is named twice is one.
    named = tuple(dict.fromkeys(read.instance or ()))
    return Options(
        stack=read.stack,
        names=named,
        capture=read.capture,
        region=read.region,
        limit=read.timeout * 60,
        json=read.json,
        explain=read.explain,
    )


def _instance_id(text: str) -> str:
    if not re.fullmatch(stack.INSTANCE_ID, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no id of an EC2 instance, such as i-0123456789abcdef0")
    return text


def _vpc_id(text: str) -> str:
    if not re.fullmatch(r"vpc-[0-9a-z]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no id of a VPC, such as vpc-0123456789abcdef0")
    return text


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1
    # Not `minutes < 0`, which is false of nan.
    if not 0 <= minutes <= 24 * 60:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes from 0 to {24 * 60}")
    return minutes


def main(arguments: Sequence[str] | None = None, clock: Clock | None = None) -> int:
    """Runs it; gives the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        with explained():
            if options.capture:
                print(capture.capture(aws.connect(options.region), options.capture), end="")  # noqa: T201 - what was asked for
                return ALL_ONLINE
            return _run(options, clock or SystemClock())
    except DoctorError as error:
        _complain(f"error: {error}")
        return NO_VERDICT
    except KeyboardInterrupt:
        _complain("interrupted; nothing was changed")
        return INTERRUPTED


def _run(options: Options, clock: Clock) -> int:
    wanted = _wanted(options)
    clients = aws.connect(wanted.region)
    outcome = _wait(clients, wanted, clock, options.limit)
    surveyor = Surveyor(clients, outcome.last)
    found = _diagnose(surveyor, outcome, clock)
    names = {**wanted.names, **outcome.last.of_fleets}
    explained = explain.explain(surveyor, outcome.ids, names) if options.explain else None
    final = report.Report(
        stack=options.stack,
        region=clients.region,
        emulator=clients.emulator,
        waited=outcome.waited,
        rows=report.rows(outcome, names, found),
        fleets=_diagnose_fleets(clients, outcome),
        explained=None if explained is None else explain.document(explained),
    )
    if options.json:
        print(report.as_json(final))  # noqa: T201 - what was asked for
    elif names or final.fleets:
        report.show(final, _console(stderr=False))
        if explained:
            print(f"\n{explain.written(explained)}", end="")  # noqa: T201 - what was asked for
    else:
        print(f"Stack {options.stack} has no instances.")  # noqa: T201 - the answer
    return EMULATED if final.only_emulated else _CODES[final.all_online]


def _wanted(options: Options) -> stack.Stack:
    """Who is waited for, and the Region; None leaves it to the AWS configuration."""
    if options.stack is None:
        return stack.Stack(names={one: one for one in options.names}, fleets={}, region=options.region)
    return stack.read(options.stack, options.region)


def _wait(clients: aws.Clients, wanted: stack.Stack, clock: Clock, limit: float) -> Outcome:
    connections = Connections(clients, clock, limit)

    def look() -> Look:
        seen = fleets.look(clients, wanted.fleets)
        ids = tuple(dict.fromkeys((*wanted.names, *(one for fleet in seen for one in fleet.ids))))
        managed = aws.managed(clients, ids)
        heard = [one for one in managed if managed[one].get("PingStatus") == "Online"]
        there = aws.instances(clients, ids)
        return Look(managed=managed, connected=connections.of(heard), instances=there, fleets=seen)

    names = tuple(wanted.fleets.values())
    # On standard error: standard output belongs to the table or the document.
    with display.shown(_console(stderr=True), wanted.names, limit=limit, fleets=names) as tell:
        return wait(tuple(wanted.names), look, tell, clock=clock, limit=limit)


def _diagnose(surveyor: Surveyor, outcome: Outcome, clock: Clock) -> Mapping[str, causes.Diagnosis]:
    """Why those that are not online are not, and why sessions may not open on those that are."""
    console = _console(stderr=True)
    away = outcome.offline
    found = {
        one: causes.diagnose(surveyor.away(one)) for one in display.each(console, "Looking for causes", away, clock)
    }
    online = [one for one in outcome.ids if one not in found]
    wanted = surveyor.preferences() if online else Preferences()
    if isinstance(wanted, Unknown):
        found |= dict.fromkeys(online, causes.unchecked(wanted, "session preferences"))
    elif wanted.services:
        found |= {
            one: causes.diagnose_session(surveyor.online(one, wanted))
            for one in display.each(console, "Looking at what sessions need", online, clock)
        }
    for one, unknown in outcome.unconfirmed.items():
        found[one] = causes.unchecked(unknown, "connection to Session Manager", found.get(one))
    return found


def _diagnose_fleets(clients: aws.Clients, outcome: Outcome) -> Sequence[tuple[fleets.Fleet, causes.Diagnosis | None]]:
    """Why those that have too few instances have."""
    asker, place = Asker(), place_of(clients.region, clients.emulator)

    def found(fleet: fleets.Fleet) -> causes.Diagnosis | None:
        return fleets.diagnose(fleet, fleets.activities(clients, asker, fleet.group), place) if fleet.lacks else None

    return [(fleet, found(fleet)) for fleet in outcome.last.fleets]


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, emoji=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, emoji=False, width=_LOG_WIDTH)


def _complain(text: str) -> None:
    print(f"doctor: {text}", file=sys.stderr)  # noqa: T201 - a command line's own output
