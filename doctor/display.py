"""What a person sees while the doctor waits: a progress bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import Console

    from doctor.times import Clock
    from doctor.waiting import Outcome

# The log of a build shows that something still happens, and does not fill up.
_PLAIN_SECONDS = 60
_NAMES_SHOWN = 3


@contextmanager
def shown(
    console: Console, names: Mapping[str, str], *, limit: float, fleets: Sequence[str] = ()
) -> Iterator[Callable[[Outcome], None]]:
    """Gives what is told of each look, and shows it until the wait ends.

    Args:
        console: where to.
        names: instance id -> name.
        limit: of the wait, in seconds.
        fleets: names of those whose instances come and go.
    """
    instances = _instances(len(names)) if names or not fleets else ""
    instances = " and ".join(filter(None, [instances, _of_fleets(fleets)]))
    console.print(f"Waiting for {instances}, at most {limit / 60:g} min." if limit else f"Looking at {instances}.")
    progress = Progress(
        SpinnerColumn(),
        # A name in brackets is no markup.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("online"),
        TimeElapsedColumn(),
        TextColumn(f"of {limit / 60:g} min"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        yield _Teller(progress, names).tell


def each(console: Console, what: str, ids: Sequence[str], clock: Clock) -> Iterator[str]:
    """The instances, one after the other, and how far it is: hundreds of them take minutes.

    Args:
        console: where to.
        what: is done with them.
        ids: the instances; without one, nothing is said.
        clock: tells when a log gets its next line.
    """
    if not ids:
        return
    console.print(f"{what}: {_instances(len(ids))}.")
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = progress.add_task(what.lower(), total=len(ids))
    told = clock.seconds()
    with progress:
        for done, one in enumerate(ids):
            if progress.disable and clock.seconds() - told >= _PLAIN_SECONDS:
                told = clock.seconds()
                console.print(f"{what}: {done} of {len(ids)} are done.")
            yield one
            progress.update(task, completed=done + 1)


def _instances(number: int) -> str:
    return "1 instance" if number == 1 else f"{number} instances"


def _of_fleets(fleets: Sequence[str]) -> str:
    if not fleets:
        return ""
    return f"the instances of {', '.join(fleets)}" if len(fleets) <= _NAMES_SHOWN else f"those of {len(fleets)} fleets"


class _Teller:
    """One line for each instance that comes or goes, and who is still missing: in the bar, or a line now and then."""

    def __init__(self, progress: Progress, names: Mapping[str, str]) -> None:
        self._progress, self._names = progress, names
        self._task = progress.add_task("waiting", total=len(names))
        self._online: set[str] = set()
        self._told = 0.0

    def tell(self, outcome: Outcome) -> None:
        online = set(outcome.online_since)
        self._names = {**self._names, **outcome.last.of_fleets}
        for one in outcome.ids:
            if one in online - self._online:
                version = outcome.last.managed[one].get("AgentVersion", "unknown")
                doubt = " as far as it could be asked" if one in outcome.unconfirmed else ""
                self._say(f"{label(self._names, one)} is online{doubt}, agent {version}.")
            if one in self._online - online:
                self._say(f"{label(self._names, one)} is no longer online.")
        self._online = online
        missing = self._missing(outcome)
        total = len(outcome.ids) + sum(fleet.lacks for fleet in outcome.last.lacking)
        self._progress.update(self._task, completed=len(online), total=total, description=missing, refresh=True)
        if self._progress.disable and outcome.waited - self._told >= _PLAIN_SECONDS:
            self._told = outcome.waited
            self._say(f"After {outcome.waited:.0f} s: {missing}.")

    def _missing(self, outcome: Outcome) -> str:
        names = [
            f"{self._names[one]} (not connected)" if outcome.last.lacks_connection(one) else self._names[one]
            for one in outcome.offline
        ]
        names += [f"{fleet.name} ({fleet.lacks} not started)" for fleet in outcome.last.lacking]
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        return f"waiting for {', '.join(names[:_NAMES_SHOWN])}{more}" if names else "all are online"

    def _say(self, line: str) -> None:
        self._progress.console.print(Text(line), soft_wrap=True)


def label(names: Mapping[str, str], instance_id: str) -> str:
    """`web (i-0123…)`; the id alone where an instance has no name of its own."""
    name = names[instance_id]
    return instance_id if name == instance_id else f"{name} ({instance_id})"
