"""A world as a file: it comes back as it was, and what is no such file is one clear line."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reachability.model import World
from reachability.snapshot import FORMAT, VERSION, SnapshotError, from_json, to_json
from tests.reachability.junk import junk_worlds
from tests.reachability.worlds import VARIANTS, privatelink

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS)
def test_a_world_comes_back_as_it_was(make: Callable[[], World]) -> None:
    assert from_json(to_json(make())) == make()


# Junk of everything takes long to make.
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(junk_worlds())
def test_whatever_the_types_of_the_model_admit_comes_back(world: World) -> None:
    assert from_json(to_json(world)) == world


def spoilt(spoil: Callable[[Any], object]) -> str:
    whole = json.loads(to_json(privatelink()))
    spoil(whole)
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "it is no JSON", id="nothing"),
        pytest.param("[" * 100_000, "it is no JSON", id="nested without end"),
        pytest.param("[]", "it is no snapshot of a VPC", id="a list"),
        pytest.param('{"version": 3, "deployment": {}}', "it is no snapshot of a VPC", id="a state of Pulumi's"),
        pytest.param(
            json.dumps({"format": FORMAT, "version": VERSION + 1, "world": {}}), "of version 3", id="a later one"
        ),
        pytest.param(json.dumps({"format": FORMAT, "version": VERSION}), "world is broken", id="no world"),
        pytest.param(spoilt(lambda one: one["world"].pop("zones")), "world is broken", id="a part is missing"),
        pytest.param(
            spoilt(lambda one: one["world"]["groups"]["web"].update(egress=1)),
            "world.groups.web.egress is broken",
            id="a number for rules",
        ),
        pytest.param(
            spoilt(lambda one: one["world"]["endpoints"]["ssm"].update(kind="Other")),
            "world.endpoints.ssm.kind is broken",
            id="a kind that there is not",
        ),
        pytest.param(
            spoilt(lambda one: one["world"]["endpoints"]["ssm"].update(private_dns=1)),
            "world.endpoints.ssm.private_dns is broken",
            id="a number for a switch",
        ),
    ],
)
def test_what_is_no_snapshot_is_one_line(text: str, problem: str) -> None:
    with pytest.raises(SnapshotError) as raised:
        from_json(text)

    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=10,
)


@given(st.data(), JSON)
def test_junk_in_any_place_is_refused_or_read_and_never_raises(data: st.DataObject, junk: Any) -> None:
    whole = json.loads(to_json(privatelink()))
    at: Any = whole
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = junk
    with suppress(SnapshotError):
        assert isinstance(from_json(json.dumps(whole)), World)
