"""Random VPCs: the verdict is what becomes of packets that are walked through them one step at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hypothesis import example, given, settings

from tests.reachability import brute
from tests.reachability.agreement import compare
from tests.reachability.plain import LINUX, NAT
from tests.reachability.random_vpcs import behind_nat, vpcs

if TYPE_CHECKING:
    from tests.reachability.plain import Vpc


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(vpcs())
@example(behind_nat(NAT))
@example(behind_nat(LINUX))
def test_the_verdict_is_what_becomes_of_packets(vpc: Vpc) -> None:
    assert list(compare(vpc, partial(brute.connected, vpc)))
