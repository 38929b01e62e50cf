"""From openings to a verdict: what lets the world in, and what can't be judged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssm_guard.node import Doubt
from ssm_guard.opening import Network, Opening, Source
from ssm_guard.world import is_world, lies_in, worlds_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ssm_guard.settings import Settings


# A source that isn't the world by itself, and the ports of ours that it reaches.
Part = tuple[Source, tuple[int, ...]]


@dataclass(frozen=True)
class Violation:
    """Sources that let `block`, which is the world, reach TCP `ports`: one, or several that add up."""

    block: Network
    sources: tuple[Source, ...]
    ports: tuple[int, ...]
    note: str = ""


@dataclass
class Verdict:
    """What was found in one resource."""

    violations: list[Violation] = field(default_factory=list)
    # A dict for its order and its keys: one unknown list is the cause of many equal doubts.
    doubts: dict[Doubt, None] = field(default_factory=dict)


def judge(openings: Iterable[Opening], settings: Settings) -> Verdict:
    """Judges every source of every opening by itself, then what the narrower ones of the resource add up to."""
    verdict = Verdict()
    parts: dict[str | None, list[Part]] = defaultdict(list)
    for opening in openings:
        if opening.kind not in settings.kinds:
            continue
        carried = [(port, opening.carries_tcp(port)) for port in settings.ports]
        reached = tuple(port for port, carries in carried if carries is True)
        unsure = [carries for _, carries in carried if isinstance(carries, Doubt)]
        if not reached and not unsure:
            continue
        for source in opening.sources:
            origin = source.origin
            if isinstance(origin, Doubt):
                verdict.doubts |= dict.fromkeys([origin, *unsure])
            elif isinstance(origin, Network):
                if not is_world(origin, settings):
                    parts[opening.group].append((source, reached))
                    continue
                if reached:
                    verdict.violations.append(Violation(origin, (source,), reached, opening.note))
                verdict.doubts |= dict.fromkeys(unsure)
    for group in parts.values():
        verdict.violations.extend(sums(group, settings))
    return verdict


def sums(parts: Collection[Part], settings: Settings) -> Iterator[Violation]:
    """The worlds that narrower sources add up to, port by port; equal sums for several ports are one violation."""
    found: dict[tuple[Network, tuple[Source, ...]], list[int]] = defaultdict(list)
    for port in settings.ports:
        reaching = [source for source, reached in parts if port in reached]
        widest = list(_widest(reaching))
        for block in worlds_in([origin for _, origin in widest], settings):
            inside = tuple(source for source, origin in widest if lies_in(origin, block))
            found[block, inside].append(port)
    for (block, inside), ports in found.items():
        yield Violation(block, inside, tuple(ports))


def _widest(sources: Iterable[Source]) -> Iterator[tuple[Source, Network]]:
    """The sources that lie in no wider one: an office inside a half of the world adds nothing to it."""
    origins = [(source, source.origin) for source in sources if isinstance(source.origin, Network)]
    kept: Network | None = None
    for source, origin in sorted(
        origins, key=lambda pair: (pair[1].version, pair[1].network_address, pair[1].prefixlen)
    ):
        if kept is None or origin == kept or not lies_in(origin, kept):
            kept = origin
            yield source, origin
