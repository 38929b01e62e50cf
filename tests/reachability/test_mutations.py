"""From each network that works one link is broken, or two: just those are named, and what is said mends them."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from reachability.findings import Kind, Verdict
from reachability.mends import apply
from reachability.reasoning import judge
from reachability.view import View
from reachability.words import broken_text
from tests.reachability.mutations import MUTATIONS, Mutation
from tests.reachability.worlds import VARIANTS

if TYPE_CHECKING:
    from reachability.model import World


def verdict_on(world: World, needs: tuple[str, ...]) -> Verdict:
    return judge(View(world), world.hosts["host"], needs)


def said(verdict: Verdict) -> list[str]:
    return [broken_text(link) for link in verdict.broken]


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_works_is_reachable(variant: str) -> None:
    verdict = verdict_on(VARIANTS[variant](), ("ssm", "ssmmessages"))

    assert (verdict.kind, said(verdict), verdict.unknown) == (Kind.REACHABLE, [], ())


def test_s3_is_reached_by_its_gateway_endpoint() -> None:
    assert verdict_on(VARIANTS["privatelink"](), ("s3",)).kind is Kind.REACHABLE


@pytest.mark.parametrize("mutation", [pytest.param(one, id=f"{one.variant}: {one.name}") for one in MUTATIONS])
def test_one_broken_link_is_named_alone(mutation: Mutation) -> None:
    verdict = verdict_on(mutation.breaks(VARIANTS[mutation.variant]()), mutation.needs)

    assert (verdict.kind, " / ".join(said(verdict))) == (Kind.UNREACHABLE, mutation.says)


@pytest.mark.parametrize("mutation", [pytest.param(one, id=f"{one.variant}: {one.name}") for one in MUTATIONS])
def test_what_mends_it_is_said(mutation: Mutation) -> None:
    world = mutation.breaks(VARIANTS[mutation.variant]())
    for link in verdict_on(world, mutation.needs).broken:
        world = apply(world, link.mend)

    verdict = verdict_on(world, mutation.needs)
    assert (verdict.kind, said(verdict)) == (Kind.REACHABLE, [])


def touched(mutation: Mutation) -> set[tuple[str, str]]:
    """The things that a mutation changes."""
    before = VARIANTS[mutation.variant]()
    after = mutation.breaks(before)
    changed = [(one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(before)]
    return {
        (name, key)
        for name, old, new in changed
        if isinstance(old, dict)
        for key in {*old, *new}
        if old.get(key) != new.get(key)
    }


PAIRS = [
    (one, other)
    for one, other in combinations(MUTATIONS, 2)
    if (one.variant, one.needs) == (other.variant, other.needs) and not touched(one) & touched(other)
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_two_broken_links_are_both_named_and_mended(variant: str) -> None:
    wrong = []
    for one, other in PAIRS:
        if one.variant == variant:
            world = other.breaks(one.breaks(VARIANTS[variant]()))
            verdict = verdict_on(world, one.needs)
            for link in verdict.broken:
                world = apply(world, link.mend)
            named = {*one.says.split(" / "), *other.says.split(" / ")} == set(said(verdict))
            if not (named or one.hides or other.hides) or verdict_on(world, one.needs).kind is not Kind.REACHABLE:
                wrong.append((one.name, other.name, said(verdict)))

    assert wrong == []
