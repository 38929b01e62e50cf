"""The end of the wait: a table and the likely causes for a person, or one JSON document for a program."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from doctor.causes import EMULATED
from doctor.display import label
from doctor.facts import Unknown
from doctor.times import in_utc, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from rich.console import Console

    from doctor.causes import Diagnosis
    from doctor.fleets import Fleet
    from doctor.waiting import Outcome

_NOT_REGISTERED = "NotRegistered"
_NOT_CONNECTED = "NotConnected"
_NO_SESSIONS = "NoSessions"
_UNKNOWN = "Unknown"
_STYLES = {True: "green", False: "red", None: "yellow"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One instance at the end.

    Attributes:
        name: in the stack.
        id: the instance's.
        online: whether a session can begin, None if that could not be asked.
        status: `Online`, `ConnectionLost` or `Inactive`, as Systems Manager says; `NotConnected` where it says Online
            and Session Manager has no connection; `NoSessions` where there is one, and the account's preferences let
            no session begin; or `NotRegistered`.
        since: online, when this run first saw it so; not connected or connection lost, the last sign of life; never
            registered, the start of the instance. None where that is not known.
        agent: version of the SSM agent, None if it never registered.
        diagnosis: why it is not online, or not known to be; None if there is nothing to say.
    """

    name: str
    id: str
    online: bool | None
    status: str
    since: datetime | None
    agent: str | None
    diagnosis: Diagnosis | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that is said at the end.

    Attributes that do not speak for themselves:
        explained: the way of each instance, if it was asked for.
    """

    stack: str | None
    region: str
    emulator: str | None
    waited: float
    rows: Sequence[Row]
    fleets: Sequence[tuple[Fleet, Diagnosis | None]] = ()
    explained: Sequence[Mapping[str, Any]] | None = None

    @property
    def all_online(self) -> bool | None:
        """The verdict; None if it depends on what could not be asked."""
        verdicts = {row.online for row in self.rows} | {not fleet.lacks for fleet, _ in self.fleets}
        if False in verdicts:
            return False
        return None if None in verdicts else True

    @property
    def only_emulated(self) -> bool:
        """Whether nothing keeps anyone away but that an emulator starts no machine."""
        if any(fleet.lacks for fleet, _ in self.fleets):
            return False
        away = [row for row in self.rows if row.online is not True]
        return bool(away) and all(
            row.diagnosis is not None and {cause.name for cause in row.diagnosis.causes} == {EMULATED} for row in away
        )


def rows(outcome: Outcome, names: Mapping[str, str], diagnoses: Mapping[str, Diagnosis]) -> Sequence[Row]:
    """One row for each instance, in the order in which they were named."""
    return tuple(_row(outcome, one, names[one], diagnoses.get(one)) for one in outcome.ids)


def _row(outcome: Outcome, instance_id: str, name: str, diagnosis: Diagnosis | None) -> Row:
    managed = outcome.last.managed.get(instance_id)
    instances = outcome.last.instances
    instance = {} if isinstance(instances, Unknown) else instances.get(instance_id, {})
    if managed is None:
        status, since, agent = _NOT_REGISTERED, instance.get("LaunchTime"), None
    else:
        status = _NOT_CONNECTED if outcome.last.lacks_connection(instance_id) else managed.get("PingStatus", _UNKNOWN)
        agent = managed.get("AgentVersion")
        since = outcome.online_since.get(instance_id, managed.get("LastPingDateTime"))
    online = _online(outcome, instance_id, diagnosis)
    if online is False and outcome.last.is_online(instance_id):
        status = _NO_SESSIONS
    return Row(name=name, id=instance_id, online=online, status=status, since=since, agent=agent, diagnosis=diagnosis)


def _online(outcome: Outcome, instance_id: str, diagnosis: Diagnosis | None) -> bool | None:
    causes = diagnosis.causes if diagnosis else ()
    if not outcome.last.is_online(instance_id) or any(cause.certain for cause in causes):
        return False
    return None if causes or instance_id in outcome.unconfirmed else True


def as_json(report: Report) -> str:
    """The document that docs/doctor.md describes."""
    document: dict[str, Any] = {
        "stack": report.stack,
        "region": report.region,
        "emulator": report.emulator,
        "all_online": report.all_online,
        "waited_seconds": round(report.waited, 1),
        "instances": [
            {
                "name": row.name,
                "id": row.id,
                "status": row.status,
                "since": in_utc(row.since).isoformat(timespec="seconds") if row.since else None,
                "agent": row.agent,
                **_of_diagnosis(row.diagnosis),
            }
            for row in report.rows
        ],
        "fleets": [
            {
                "name": fleet.name,
                "group": fleet.group,
                "desired": fleet.desired,
                "started": len(fleet.ids),
                **_of_diagnosis(found),
            }
            for fleet, found in report.fleets
        ],
    }
    if report.explained is not None:
        document["explained"] = report.explained
    return json.dumps(document, indent=2)


def _of_diagnosis(found: Diagnosis | None) -> dict[str, Any]:
    return {
        "causes": [asdict(cause) for cause in found.causes] if found else [],
        "unchecked": {why: list(names) for why, names in found.unchecked.items()} if found else {},
    }


def show(report: Report, console: Console) -> None:
    """Prints the table, and under it the causes with the commands that check them, ready to paste."""
    names = {row.id: row.name for row in report.rows}
    table = Table(box=None, pad_edge=False)
    for title in ("instance", "id", "status", "since", "agent"):
        table.add_column(title, overflow="fold")
    for row in report.rows:
        since = written(row.since) if row.since else "?"
        # As Text: a name in brackets is no markup.
        cells = (row.name, row.id, Text(row.status, style=_STYLES[row.online]), since, row.agent or "-")
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    console.print(table)
    if report.emulator and report.all_online is False:
        _say(
            console, f"\n{report.emulator} answered in place of AWS. An emulator starts no machine, so no agent comes."
        )
    for row in report.rows:
        if row.diagnosis and not row.online:
            _say(console, f"\n{label(names, row.id)} {_headline(row, row.diagnosis)}", style="bold")
            _show_causes(row.diagnosis, console)
    for fleet, found in report.fleets:
        if found is not None:
            started = f"has {len(fleet.ids)} of {fleet.desired} instances" if fleet.desired else "is not there"
            _say(console, f"\n{fleet.name} ({fleet.group}) {started}; likely causes, in order:", style="bold")
            _show_causes(found, console)
    _show_unchecked_of_online(report.rows, console)


def _headline(row: Row, diagnosis: Diagnosis) -> str:
    if row.online is None:
        causes = " Possible causes against it, in order:" if diagnosis.causes else ""
        return f"is online, but whether a session can begin is not known.{causes}"
    if row.status == _NO_SESSIONS:
        return "is online, but no session can begin; likely causes, in order:"
    lack = "connected to Session Manager" if row.status == _NOT_CONNECTED else "online"
    return f"is not {lack}; likely causes, in order:"


def _show_causes(diagnosis: Diagnosis, console: Console) -> None:
    for number, cause in enumerate(diagnosis.causes, 1):
        possible = "" if cause.certain else "Possible: "
        _say(console, f"{number}. {possible}{cause.text}")
        _say(console, f"   {cause.command}", style="cyan")
    _show_unchecked(diagnosis.unchecked, console)


def _show_unchecked_of_online(rows: Sequence[Row], console: Console) -> None:
    """Most often the same of all of them: it is said once."""
    diagnoses = [row.diagnosis for row in rows if row.online and row.diagnosis]
    told = {why: checks for one in diagnoses for why, checks in one.unchecked.items()}
    if told:
        _say(console, "")
        _show_unchecked(told, console)


def _show_unchecked(unchecked: Mapping[str, Sequence[str]], console: Console) -> None:
    for why, checks in unchecked.items():
        _say(console, f"Could not be checked ({why}): {', '.join(checks)}.")


def _say(console: Console, line: str, style: str = "") -> None:
    # A line that is wrapped can't be pasted.
    console.print(Text(line, style=style), soft_wrap=True)
