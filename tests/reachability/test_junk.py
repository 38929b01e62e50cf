"""Whatever a world has in it, there is a verdict, and it can be written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from reachability import render
from reachability.findings import Kind, Verdict
from reachability.mends import apply
from reachability.reasoning import judge
from reachability.view import View
from tests.reachability.junk import junk_worlds, spoilt_worlds
from tests.reachability.worlds import VARIANTS

if TYPE_CHECKING:
    from reachability.model import World

# So often a mend may bring another missing link to light.
ROUNDS = 6


def judged(world: World) -> dict[str, Verdict]:
    """The verdicts on all hosts, each written out in every form."""
    view = View(world)
    verdicts = {key: judge(view, host) for key, host in world.hosts.items()}
    for verdict in verdicts.values():
        assert (verdict.kind is Kind.UNREACHABLE) == bool(verdict.broken)
        assert (verdict.kind is Kind.REACHABLE) == (not verdict.broken and not verdict.unknown)
        for write in (render.as_text, render.as_markdown, render.as_mermaid, render.as_json):
            write(world, verdict)
    return verdicts


# Junk of everything takes long to make.
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(junk_worlds())
def test_junk_never_raises(world: World) -> None:
    judged(world)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(spoilt_worlds([make() for make in VARIANTS.values()]))
def test_a_spoilt_world_is_mended_by_what_is_said(world: World) -> None:
    """A mend may bring to light what stood behind it, so it may take a few rounds."""
    for _ in range(ROUNDS):
        verdict = judged(world)["host"]
        if not all(link.mend for link in verdict.broken):
            return
        for link in verdict.broken:
            world = apply(world, link.mend)

    assert judged(world)["host"].kind is not Kind.UNREACHABLE
