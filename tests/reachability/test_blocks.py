"""Addresses as stretches, against sets of addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, ip_address
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reachability.blocks import PUBLIC, Spans, block, common, size, union, without

SMALL = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 6)).map(lambda one: (one[0], one[0] + one[1])), max_size=5
)


def addresses(spans: Spans) -> set[int]:
    return {one for low, high in spans for one in range(low, high + 1)}


@given(SMALL, SMALL)
def test_stretches_are_sets_of_addresses(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    left, right = union(one), union(other)

    assert addresses(left) == {address for low, high in one for address in range(low, high + 1)}
    assert addresses(common(left, right)) == addresses(left) & addresses(right)
    assert addresses(without(left, right)) == addresses(left) - addresses(right)
    assert size(left) == len(addresses(left))
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(left))


# IANA gave 6to4's relays back, and has exceptions in the block of protocol assignments; Python knows both otherwise.
DIFFER = (IPv4Network("192.88.99.0/24"), IPv4Network("192.0.0.0/24"))


@given(st.ip_addresses(v=4).filter(lambda address: not any(address in one for one in DIFFER)))
def test_public_is_what_python_calls_global(address: IPv4Address) -> None:
    assert bool(common(PUBLIC[4], [(int(address), int(address))])) == (address.is_global and not address.is_multicast)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        pytest.param("2600:1f18::1", True, id="Amazon's"),
        pytest.param("fd00:ec2::253", False, id="the resolver's own"),
        pytest.param("fe80::1", False, id="of the link"),
    ],
)
def test_public_ipv6_is_what_iana_has_given_out(address: str, *, public: bool) -> None:
    number = int(ip_address(address))

    assert bool(common(PUBLIC[6], [(number, number)])) == public


@pytest.mark.parametrize("text", ["", "junk", "10.0.0.0/33", "10.0.0", "::/129", None, 7, "1" * 100])
def test_what_is_no_block_is_none(text: object) -> None:
    assert block(text) is None


def test_a_block_may_have_host_bits_and_spaces() -> None:
    assert block(" 10.0.1.7/24 ") == block("10.0.1.0/24")
