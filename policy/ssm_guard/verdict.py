"""From openings to a verdict: what lets the world in, and what can't be judged.

The openings of one group are a rule set. For each address the entry with the lowest order decides, and at the same
order a denial does. What no denial comes before is let in; that is compared with the world.

A value that can't be judged makes an entry unsure. The set is then judged twice: as if every unsure entry closed, and
as if every one opened. What is open either way is a violation; what is open the second time only is a doubt.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from ssm_guard.intervals import common, first_matches, merged, size
from ssm_guard.node import Doubt
from ssm_guard.opening import EVERYONE, EVERYONE_IPV6, Network, Opening, Source
from ssm_guard.world import World, addresses, is_world, measure_of, smallest, stretch_of, worlds_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssm_guard.intervals import Stretch
    from ssm_guard.settings import Settings

_EVERYONE = (EVERYONE, EVERYONE_IPV6)


@dataclass(frozen=True)
class Violation:
    """Sources that let `world` reach TCP `ports`: one, or several that add up."""

    world: World
    sources: tuple[Source, ...]
    ports: tuple[int, ...]
    note: str = ""


@dataclass
class Verdict:
    """What was found in one resource."""

    violations: list[Violation] = field(default_factory=list)
    # A dict for its order and its keys: one unknown list is the cause of many equal doubts.
    doubts: dict[Doubt, None] = field(default_factory=dict)


class _Entry(NamedTuple):
    """One source of an opening that carries TCP to a port. Without an order nobody knows when it counts."""

    network: Network
    order: int | None
    certain: bool
    doubts: tuple[Doubt, ...]
    source: Source
    note: str

    def rank(self, unknown: float) -> float:
        """Its order, or this where that can't be judged."""
        return unknown if self.order is None else self.order


Found = tuple[World, tuple[_Entry, ...]]


def judge(openings: Iterable[Opening], settings: Settings) -> Verdict:
    """Judges each rule set: every source by itself, then what the narrower ones add up to."""
    sets: dict[str | Doubt | None, list[Opening]] = defaultdict(list)
    for opening in openings:
        sets[opening.group].append(opening)
    verdict = Verdict()
    for rule_set in sets.values():
        _judge_set(rule_set, settings, verdict)
    return verdict


def _judge_set(openings: Sequence[Opening], settings: Settings, verdict: Verdict) -> None:
    ports: dict[Found, list[int]] = {}
    for port in settings.ports:
        allows, denials = _entries(openings, port, settings)
        if not allows:
            continue
        sure = list(
            _worlds(
                [(entry, entry.rank(inf)) for entry in allows if entry.certain],
                [(entry, entry.rank(-inf)) for entry in denials],
                settings,
            )
        )
        for found in sure:
            ports.setdefault(found, []).append(port)
        if any(entry.doubts for entry in (*allows, *denials)):
            verdict.doubts |= dict.fromkeys(_hanging(sure, allows, denials, settings))
    for (world, entries), reached in ports.items():
        notes = {entry.note for entry in entries}
        sources = tuple(entry.source for entry in entries)
        verdict.violations.append(Violation(world, sources, tuple(reached), notes.pop() if len(notes) == 1 else ""))


def _hanging(
    sure: Iterable[Found], allows: Sequence[_Entry], denials: Sequence[_Entry], settings: Settings
) -> Iterator[Doubt]:
    """What the worlds hang on that are open only if every unsure entry opens."""
    known = {_key(found) for found in sure}
    possible = _worlds(
        [(entry, entry.rank(-inf)) for entry in allows],
        [(entry, entry.rank(inf)) for entry in denials if entry.certain],
        settings,
    )
    for found in possible:
        world, entries = found
        if _key(found) not in known:
            for entry in (*entries, *(denial for denial in denials if denial.network.version == world.version)):
                yield from entry.doubts


def _key(found: Found) -> object:
    """Two judgements of one set agree where they find the same source, or the same sum."""
    world, entries = found
    return entries[0].source if len(entries) == 1 else world


def _entries(openings: Iterable[Opening], port: int, settings: Settings) -> tuple[list[_Entry], list[_Entry]]:
    """The allowances and the denials of a port; an entry that may be either is in both."""
    allows: list[_Entry] = []
    denials: list[_Entry] = []
    for opening in openings:
        carries = opening.carries_tcp(port)
        if carries is False:
            continue
        unsure = tuple(value for value in (carries, opening.allows) if isinstance(value, Doubt))
        number = opening.order if isinstance(opening.order, int) else None
        late = (opening.order,) if isinstance(opening.order, Doubt) else ()
        for source in opening.sources:
            origin = source.origin
            if isinstance(origin, Doubt):
                # A source that can't be judged may be anybody.
                made = [
                    _Entry(everyone, number, False, (origin, *unsure, *late), source, opening.note)  # noqa: FBT003
                    for everyone in _EVERYONE
                    if everyone.version in settings.families
                ]
            elif isinstance(origin, Network) and origin.version in settings.families:
                made = [_Entry(origin, number, not unsure, (*unsure, *late), source, opening.note)]
            else:
                continue
            # A denial closes, whatever it is part of; what a team has switched off opens nothing.
            if opening.allows is not False and opening.kind in settings.kinds:
                allows += made
            if opening.allows is not True:
                denials += made
    return allows, denials


Ranked = tuple[_Entry, float]


def _worlds(allows: Sequence[Ranked], denials: Sequence[Ranked], settings: Settings) -> Iterator[Found]:
    """The worlds that are let in: by one entry each, then by narrower ones together."""
    barred = {version: _Barred(denials, version) if denials else _NOT_BARRED for version in settings.families}
    narrower: dict[int, list[Ranked]] = {}
    for entry, rank in allows:
        version: int = entry.network.version
        if is_world(entry.network, settings) and barred[version].leave_most(entry.network, rank):
            yield World(version, entry.network), (entry,)
        else:
            narrower.setdefault(version, []).append((entry, rank))
    for version in sorted(narrower):
        yield from _sums(narrower[version], barred[version], version, settings)


def _sums(allows: Sequence[Ranked], barred: _Barred, version: int, settings: Settings) -> Iterator[Found]:
    """The worlds that these entries add up to, each with the widest of its entries."""
    if sum(addresses(entry.network) for entry, _ in allows) < smallest(version, settings):
        return
    blocks: dict[tuple[float, int, int], list[_Entry]] = {}
    for entry, rank in allows:
        # At one order the wider of two decides: an office inside a half of the world adds nothing to it.
        key = (rank, entry.network.prefixlen, int(entry.network.network_address))
        blocks.setdefault(key, []).append(entry)
    counted = [
        (low, high, (rank, prefix, number))
        for number, ((rank, prefix, _), (entry, *_)) in enumerate(blocks.items())
        for low, high in barred.counted(entry.network, rank)
    ]
    let_in = list(first_matches(counted))
    entries = list(blocks.values())
    for world in worlds_in(merged((low, high) for low, high, _ in let_in), version, settings):
        first, last = world.stretch()
        inside = {number for low, high, (_, _, number) in let_in if low <= last and high >= first}
        yield world, tuple(entry for number in sorted(inside) for entry in entries[number])


class _Barred:
    """For each address of a family, the order of the first denial that is about it.

    A denial of a few addresses doesn't close the world: an entry counts as a whole while most of it is left. Of one
    that the denials leave half of or less, only what is left counts.
    """

    def __init__(self, denials: Sequence[Ranked], version: int) -> None:
        """Sorts the denials once."""
        spans = ((*stretch_of(entry.network), (rank,)) for entry, rank in denials if entry.network.version == version)
        self._stretches = list(first_matches(spans))
        self._sizes: dict[Network, tuple[list[float], list[int]]] = {}

    def counted(self, network: Network, rank: float) -> Iterable[Stretch]:
        """The addresses that an entry of this order counts with."""
        return [stretch_of(network)] if self.leave_most(network, rank) else self._left(network, rank)

    def leave_most(self, network: Network, rank: float) -> bool:
        """Whether more than half of a network is let in by an entry of this order."""
        if not self._stretches:
            return True
        measured = measure_of(network)
        if network not in self._sizes:
            sizes = sorted(
                (order, size(common([measured], [(low, high)]))) for low, high, order in self._near(measured)
            )
            self._sizes[network] = [order for order, _ in sizes], [0, *accumulate(count for _, count in sizes)]
        orders, counts = self._sizes[network]
        # At the same order a denial comes first.
        return 2 * counts[bisect_right(orders, rank)] < size([measured])

    def _left(self, network: Network, rank: float) -> Iterator[Stretch]:
        position, end = stretch_of(network)
        for low, high, order in self._near((position, end)):
            if order <= rank:
                if position < low:
                    yield position, low - 1
                position = high + 1
        if position <= end:
            yield position, end

    def _near(self, stretch: Stretch) -> Iterator[tuple[int, int, float]]:
        """What overlaps a stretch, in order."""
        index = max(0, bisect_right(self._stretches, stretch[0], key=itemgetter(0)) - 1)
        while index < len(self._stretches) and self._stretches[index][0] <= stretch[1]:
            low, high, (order,) = self._stretches[index]
            if high >= stretch[0]:
                yield low, high, order
            index += 1


_NOT_BARRED = _Barred((), 4)
