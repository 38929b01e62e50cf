"""What passes and what does not, put together: one after the other, the best of several, and each of several.

A way has three answers. One missing link is enough to break it, and it is whole only if all of it is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from reachability.findings import Hop, Kind, Link
from reachability.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reachability.findings import Mend

Step: TypeAlias = Hop | Link | Unknown


@dataclass(frozen=True)
class Way:
    """A packet's way, and that of the answer.

    Attributes:
        there: in the order in which the packet meets it.
        back: the same for the answer.
    """

    there: tuple[Step, ...] = ()
    back: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """There and back."""
        return self.there + self.back

    @property
    def kind(self) -> Kind:
        """What is known of it."""
        return kind_of(self.steps)

    @property
    def weight(self) -> tuple[int, int]:
        """How many changes would make it whole, and how much of it is not known."""
        changes = sum(max(1, len(step.mend)) for step in set(self.steps) if isinstance(step, Link))
        return changes, sum(isinstance(step, Unknown) for step in self.steps)

    def then(self, *further: Way) -> Way:
        """This way, and where it ends the next: the answer takes them the other way round."""
        way = self
        for one in further:
            way = Way(way.there + one.there, one.back + way.back)
        return way


def kind_of(steps: Iterable[Step]) -> Kind:
    """A missing link decides, and then what is not known."""
    kinds = {type(step) for step in steps}
    if Link in kinds:
        return Kind.UNREACHABLE
    return Kind.UNDETERMINED if Unknown in kinds else Kind.REACHABLE


def hop(step: str, **names: str) -> Hop:
    """What holds."""
    return Hop(step, tuple(names.items()))


def link(cause: str, mend: Mend = (), **names: str) -> Link:
    """What is missing."""
    return Link(cause, tuple(names.items()), mend)


_ORDER = (Kind.REACHABLE, Kind.UNDETERMINED, Kind.UNREACHABLE)


def best(ways: Sequence[Way]) -> Way:
    """The one that a packet takes if it can take any: whole, else perhaps whole, else with the fewest changes.

    The first of them where several are as good.
    """
    return min(ways, key=lambda way: (_ORDER.index(way.kind), way.weight))


def each(ways: Sequence[Way], which: Unknown) -> Way:
    """What holds whichever of them a packet takes.

    Args:
        ways: one at the least.
        which: what is not known if they differ.
    """
    kinds = {way.kind for way in ways}
    if kinds == {Kind.REACHABLE} or len(ways) == 1:
        return ways[0]
    if kinds == {Kind.UNREACHABLE}:
        return Way(_once(step for way in ways for step in way.there), _once(step for way in ways for step in way.back))
    open_ways = [way for way in ways if way.kind is not Kind.UNREACHABLE]
    differs = (Way((which,)),) if len(kinds) > 1 else ()
    return open_ways[0].then(*differs, *(Way(_unknown(way)) for way in open_ways[1:]))


def _once(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(dict.fromkeys(steps))


def _unknown(way: Way) -> tuple[Step, ...]:
    return tuple(step for step in way.steps if isinstance(step, Unknown))
