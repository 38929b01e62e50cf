"""Random VPCs as network namespaces: the verdict is what Linux does with real connections to 443."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import example, given, settings

from reachability.findings import Kind
from tests.reachability.agreement import compare
from tests.reachability.plain import LINUX, NAT
from tests.reachability.random_vpcs import behind_nat, vpcs
from tests.roots.vpc import built

if TYPE_CHECKING:
    import pytest

    from tests.reachability.plain import Vpc

WORLDS = 80


def test_the_verdict_is_what_linux_does(capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[Kind] = Counter()

    @settings(max_examples=WORLDS, derandomize=True, deadline=None, database=None)
    @given(vpcs())
    @example(behind_nat(NAT))
    @example(behind_nat(LINUX))
    def ask(vpc: Vpc) -> None:
        with built(vpc) as network:
            seen.update(compare(vpc, network.connected))

    ask()

    with capsys.disabled():
        counts = ", ".join(f"{seen[kind]} {kind.value}" for kind in Kind)
        print(f"\nways to Systems Manager in {WORLDS} VPCs, as Linux and the model have them: {counts}")  # noqa: T201
    assert {Kind.REACHABLE, Kind.UNREACHABLE} <= seen.keys()
