"""Ordered allow and deny against an oracle that asks each address by itself, entry by entry."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from math import inf
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from ssm_guard.node import Doubt, Why
from ssm_guard.opening import Network, Opening, Ports, Protocol, Source
from ssm_guard.settings import Settings
from ssm_guard.verdict import judge

# The first four bits of an IPv4 address: 16 pieces of the whole family, each of one address in the oracle's eyes.
PIECES = 16
# By hand: pieces 0 to 13 hold public addresses, 14 and 15 are multicast and reserved.
PUBLIC = range(14)
DOUBT = Doubt(Why.UNKNOWN, "order", "unknown")


class Entry(NamedTuple):
    """Pieces from `low` on, `size` of them; an order of None is unknown."""

    low: int
    prefix: int
    allows: bool
    order: int | None
    port: int = 22

    @property
    def pieces(self) -> range:
        size = PIECES >> self.prefix
        return range(self.low // size * size, self.low // size * size + size)

    def opening(self, index: int) -> Opening:
        network = IPv4Network((self.pieces[0] << 28, self.prefix))
        return Opening(
            protocol=Protocol.TCP,
            ports=Ports(self.port, self.port),
            sources=(Source(network, (index,)),),
            path=(),
            allows=self.allows,
            order=DOUBT if self.order is None else self.order,
        )


ENTRIES = st.builds(
    Entry, st.integers(0, 15), st.integers(0, 4), st.booleans(), st.integers(0, 5), st.sampled_from([22, 22, 22, 23])
)


def counted(entries: list[tuple[Entry, float]]) -> set[int]:
    """Piece by piece: what no denial comes before. An entry of which more than half is left counts as a whole."""
    found: set[int] = set()
    for entry, order in entries:
        if entry.allows and entry.port == 22:
            denials = [other for other, before in entries if not other.allows and other.port == 22 and before <= order]
            left = {piece for piece in entry.pieces if not any(piece in denial.pieces for denial in denials)}
            found |= set(entry.pieces) if 2 * len(left) > len(entry.pieces) else left
    return found


def is_open(entries: list[tuple[Entry, float]]) -> bool:
    return counted(entries) >= set(PUBLIC)


def let_in(entries: list[tuple[Entry, float]]) -> set[int]:
    """Packet by packet: the first entry in the order of their numbers decides, and at one number a denial does."""
    found = set()
    for piece in range(PIECES):
        matching = [(order, entry.allows) for entry, order in entries if entry.port == 22 and piece in entry.pieces]
        if matching and min(matching)[1]:
            found.add(piece)
    return found


@given(st.lists(ENTRIES, max_size=7))
@settings(max_examples=1500, deadline=None)
def test_the_first_match_decides_piece_by_piece(entries: list[Entry]) -> None:
    # Whether the non-public addresses in pieces 0 to 13 are there makes no difference: pieces come as a whole.
    verdict = judge([entry.opening(index) for index, entry in enumerate(entries)], Settings())
    placed = [(entry, float(entry.order or 0)) for entry in entries]

    assert is_open(placed) == bool(verdict.violations)
    assert not verdict.doubts
    # No packet gets in that isn't counted; and where every packet gets in, that is a violation.
    assert let_in(placed) <= counted(placed)
    assert verdict.violations or not let_in(placed) >= set(PUBLIC)


@given(st.lists(ENTRIES, max_size=7))
@settings(max_examples=500, deadline=None)
def test_the_sources_of_a_violation_are_the_world_by_themselves(entries: list[Entry]) -> None:
    """With the denials beside them, and nothing else."""
    for violation in judge([entry.opening(index) for index, entry in enumerate(entries)], Settings()).violations:
        named = {source.path[0] for source in violation.sources}
        alone = [entry for index, entry in enumerate(entries) if index in named or not entry.allows]

        assert is_open([(entry, entry.order or 0) for entry in alone])
        assert all(entries[int(index)].allows and entries[int(index)].port == 22 for index in named)


UNSURE = st.builds(Entry, st.integers(0, 15), st.integers(0, 2), st.booleans(), st.one_of(st.none(), st.integers(0, 3)))


@given(st.lists(UNSURE, max_size=5))
@settings(max_examples=1000, deadline=None)
def test_an_unknown_order_never_decides_in_silence(entries: list[Entry]) -> None:
    """A violation is open wherever the unknown entries stand; what is open somewhere only is a doubt."""
    places = [-inf, 0.5, 1.5, 2.5, inf]
    verdict = judge([entry.opening(index) for index, entry in enumerate(entries)], Settings())
    possible = {is_open(placed) for placed in arrangements(entries, places)}

    if verdict.violations:
        assert possible == {True}
    elif True in possible:
        assert verdict.doubts


def arrangements(entries: list[Entry], places: list[float]) -> list[list[tuple[Entry, float]]]:
    """Every way to place the entries whose order isn't known."""
    found: list[list[tuple[Entry, float]]] = [[]]
    for entry in entries:
        orders = places if entry.order is None else [float(entry.order)]
        found = [[*before, (entry, order)] for before in found for order in orders]
    return found


@given(st.lists(ENTRIES, max_size=6), st.integers(1, 4))
@settings(max_examples=800, deadline=None)
def test_a_limit_of_width_counts_every_block_that_is_let_in(entries: list[Entry], limit: int) -> None:
    """At a limit of n bits, any aligned block of that width that gets in whole is a world."""
    inside = counted([(entry, float(entry.order or 0)) for entry in entries])
    width = PIECES >> limit
    whole = any(set(range(first, first + width)) <= inside for first in range(0, PIECES, width))
    verdict = judge([entry.opening(index) for index, entry in enumerate(entries)], Settings(world_prefix_ipv4=limit))

    assert (whole or inside >= set(PUBLIC)) == bool(verdict.violations)


def test_a_denial_of_half_of_public_ipv6_closes_every_address() -> None:
    """What counts is public: ::/0 without 2000::/4 still is fifteen sixteenths of all addresses."""

    def judged(denied: str) -> bool:
        def entry(text: str, *, allows: bool) -> Opening:
            network: Network = ip_network(text)
            sources = (Source(network, ()),)
            return Opening(protocol=Protocol.TCP, ports=Ports(22, 22), sources=sources, path=(), allows=allows)

        return bool(judge([entry("::/0", allows=True), entry(denied, allows=False)], Settings()).violations)

    assert [judged("2000::/4"), judged("2000::/5"), judged("4000::/2")] == [False, True, True]
