"""`--explain`: each instance's way to Systems Manager and back, as `python -m ssm_guard explain` writes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from doctor.facts import Unknown
from doctor.world import world_of
from reachability.reasoning import judge
from reachability.render import as_json, as_text
from reachability.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from doctor.survey import Surveyor
    from reachability.findings import Verdict
    from reachability.model import World


def explain(surveyor: Surveyor, ids: Sequence[str], names: Mapping[str, str]) -> list[tuple[World, Verdict]]:
    """What the model says of each instance that runs; `names` has what the table calls them, by id."""
    found = []
    preferences = surveyor.preferences()
    for one in ids:
        facts = surveyor.away(one)
        if facts.running is None:
            continue
        session = None
        if not isinstance(preferences, Unknown) and preferences.services:
            session = surveyor.online(one, preferences).session
        world = _named(world_of(facts, facts.running, preferences, session), one, names.get(one, one))
        found.append((world, judge(View(world), world.hosts[one])))
    return found


def _named(world: World, key: str, name: str) -> World:
    """With the instance's name before its id, where it has one."""
    host = world.hosts[key]
    return world if name == key else replace(world, hosts={key: replace(host, name=f"{name} ({key})")})


def written(explained: Sequence[tuple[World, Verdict]]) -> str:
    """For a person."""
    return "\n".join(as_text(world, verdict) for world, verdict in explained)


def document(explained: Sequence[tuple[World, Verdict]]) -> list[dict[str, Any]]:
    """For a program."""
    return [as_json(world, verdict) for world, verdict in explained]
