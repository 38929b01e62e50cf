"""Addresses as stretches of whole numbers: which entry decides for each of them, and how many they are.

Everything here sorts once and then walks along, so that 65,536 blocks cost what sorting them costs.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappop, heappush
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# The first and the last address, both included.
Stretch = tuple[int, int]
Rank = TypeVar("Rank", bound="tuple[Any, ...]")


def first_matches(spans: Iterable[tuple[int, int, Rank]]) -> Iterator[tuple[int, int, Rank]]:
    """For each address in any of these spans, the lowest rank that holds it; in stretches, in order."""
    waiting = sorted(spans, key=itemgetter(0))
    running: list[tuple[Rank, int]] = []
    index, position = 0, 0
    while index < len(waiting) or running:
        if not running:
            position = waiting[index][0]
        while index < len(waiting) and waiting[index][0] <= position:
            heappush(running, (waiting[index][2], waiting[index][1]))
            index += 1
        while running and running[0][1] < position:
            heappop(running)
        if running:
            rank, last = running[0]
            end = last if index == len(waiting) else min(last, waiting[index][0] - 1)
            yield position, end, rank
            position = end + 1


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same addresses in the fewest stretches; what comes in is in order and doesn't overlap."""
    found: list[Stretch] = []
    for low, high in stretches:
        if found and found[-1][1] + 1 == low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def common(one: Sequence[Stretch], other: Sequence[Stretch]) -> Iterator[Stretch]:
    """What is in both; each is in order and doesn't overlap itself."""
    if not one or not other:
        return
    start = max(0, bisect_right(other, (one[0][0],)) - 1)
    for low, high in one:
        while start < len(other) and other[start][1] < low:
            start += 1
        index = start
        while index < len(other) and other[index][0] <= high:
            yield max(low, other[index][0]), min(high, other[index][1])
            index += 1


def size(stretches: Iterable[Stretch]) -> int:
    """How many addresses."""
    return sum(high - low + 1 for low, high in stretches)


def aligned_blocks(stretch: Stretch, bits: int) -> Iterator[tuple[int, int]]:
    """The fewest blocks that a stretch is made of, each with its prefix: a CIDR can be written for these alone."""
    low, high = stretch
    while low <= high:
        aligned = (low & -low).bit_length() - 1 if low else bits
        fits = (high - low + 1).bit_length() - 1
        length = min(aligned, fits)
        yield low, bits - length
        low += 1 << length
