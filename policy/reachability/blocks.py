"""Addresses as stretches of whole numbers, each with its first and last."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span: TypeAlias = tuple[int, int]
# In order, and none touches another.
Spans: TypeAlias = tuple[Span, ...]

# IPv6 with IPv4 in it and a prefix is 49 characters. What is longer is no block, and the cache would keep it.
_LONGEST = 64


class Block(NamedTuple):
    """A block of addresses.

    Attributes:
        family: 4 or 6.
        prefix: its length.
        span: its addresses.
    """

    family: int
    prefix: int
    span: Span


def block(text: object) -> Block | None:
    """What a CIDR means, with or without host bits; None for what is none."""
    return _parsed(text) if isinstance(text, str) and len(text) <= _LONGEST else None


# The same few blocks stand in every group of a big stack, and parsing them was half of what it costs to judge one.
@lru_cache(maxsize=4096)
def _parsed(text: str) -> Block | None:
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    low = int(found.network_address)
    return Block(found.version, found.prefixlen, (low, low + found.num_addresses - 1))


def spans_of(texts: Iterable[object], family: int) -> Spans:
    """The addresses of these CIDRs in a family; what is no CIDR has none."""
    return union(found.span for text in texts if (found := block(text)) and found.family == family)


def union(spans: Iterable[Span]) -> Spans:
    """All of these addresses."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def common(one: Sequence[Span], other: Sequence[Span]) -> Spans:
    """What is in both."""
    found: list[Span] = []
    left, right = 0, 0
    while left < len(one) and right < len(other):
        low, high = max(one[left][0], other[right][0]), min(one[left][1], other[right][1])
        if low <= high:
            found.append((low, high))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return tuple(found)


def without(one: Sequence[Span], other: Sequence[Span]) -> Spans:
    """What is in the first alone."""
    found: list[Span] = []
    for low, high in one:
        position = low
        for first, last in common([(low, high)], other):
            if position < first:
                found.append((position, first - 1))
            position = last + 1
        if position <= high:
            found.append((position, high))
    return tuple(found)


def size(spans: Iterable[Span]) -> int:
    """How many addresses."""
    return sum(high - low + 1 for low, high in spans)


# IANA's registries of special-purpose addresses: no service of AWS's answers there on the internet.
_NOT_PUBLIC = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/3",),
)
EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
# IANA has given out no public IPv6 address outside 2000::/3.
PUBLIC = {
    4: without(spans_of([EVERYWHERE[4]], 4), spans_of(_NOT_PUBLIC, 4)),
    6: spans_of(["2000::/3"], 6),
}
