"""What an oracle saw, beside what the model says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reachability.findings import Kind as Found
from reachability.model import Unknown
from reachability.reasoning import judge
from reachability.view import View
from reachability.ways import kind_of
from tests.reachability.plain import SERVICES, Kind
from tests.reachability.random_vpcs import as_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.reachability.plain import Card, Vpc

    Question = tuple[Card, str]
    Oracle = Callable[[Sequence[Question]], list[set[bool]]]


def compare(vpc: Vpc, oracle: Oracle) -> Iterator[Found]:
    """Each instance's way to each service: the verdict, after it was held against what the oracle saw."""
    asked = [
        (card, service, address)
        for card in vpc.of(Kind.INSTANCE)
        for service in SERVICES
        for address in vpc.answers(service, card)
    ]
    seen = oracle([(card, address) for card, _, address in asked])
    world = as_world(vpc)
    view = View(world)
    for card in vpc.of(Kind.INSTANCE):
        verdict = judge(view, world.hosts[card.name], tuple(SERVICES))
        for service in SERVICES:
            answers = [
                one for (whose, which, _), one in zip(asked, seen, strict=True) if (whose, which) == (card, service)
            ]
            path = next(path for path in verdict.paths if path.to == service)
            found = kind_of((*path.hops, *path.back))
            doubts = [step for step in (*path.hops, *path.back) if isinstance(step, Unknown)]

            # ACLs that each let some ports through may have none in common: the model does not put them together.
            apart = found is Found.UNDETERMINED and len(doubts) > 1 and expected(answers) is Found.UNREACHABLE
            assert apart or found is expected(answers), f"{card.name} to {service}: {path}"
            yield found


def expected(answers: Sequence[set[bool]]) -> Found:
    """One address that answers is enough; where it depends on the port that somebody takes, nobody can tell."""
    if {True} in answers:
        return Found.REACHABLE
    return Found.UNDETERMINED if {True, False} in answers else Found.UNREACHABLE
