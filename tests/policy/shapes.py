"""Cases in the shape in which the real engine sends them; tests/engine/record_shapes.py has recorded it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.policy.judging import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.policy.judging import Made

# Type -> "inputs preview", "inputs up", "outputs preview", "outputs up" -> what is there beside what a program writes.
Shapes = dict[str, dict[str, dict[str, Any]]]

RECORDED = Path(__file__).with_name("shapes.json")
WHEN = ("preview", "up")
# In the record: what differs from one run to the next, and what isn't known.
VARIES, NOT_KNOWN = "#", "?"


def recorded() -> Shapes:
    """The shapes of the last recording."""
    shapes: Shapes = json.loads(RECORDED.read_text(encoding="utf-8").replace(f'"{NOT_KNOWN}"', f'"{UNKNOWN}"'))
    return shapes


SHAPES = recorded() if RECORDED.exists() else {}


def inputs(token: str, props: Mapping[str, object], when: str) -> dict[str, object]:
    """What a policy for a resource sees of one that has these properties."""
    return {**SHAPES[token][f"inputs {when}"], **props}


def outputs(stack: Sequence[Made], when: str) -> list[Made]:
    """What a policy for a stack sees of it: in a `preview`, where nothing is there yet, or after an `up`."""
    by_name = {one.name: one for one in stack}
    return [replace(one, props=_outputs(one, when, by_name)) for one in stack]


def _outputs(one: Made, when: str, by_name: Mapping[str, Made]) -> dict[str, Any]:
    known = {
        key: _known(value, key, [by_name[name] for name in one.needs.get(key, ())]) if when == "up" else value
        for key, value in one.props.items()
    }
    return {**_added(one, when), **known}


def _added(one: Made, when: str) -> dict[str, Any]:
    """What the provider adds, with the resource's own name in its ids."""
    added: dict[str, Any] = json.loads(
        json.dumps(SHAPES.get(one.token, {}).get(f"outputs {when}", {})).replace(VARIES, one.name)
    )
    return added


def _known(value: object, key: str, needed: Sequence[Made]) -> object:
    """A value that was unknown, with the id or ARN of the resource that it depends on."""
    if isinstance(value, dict):
        return {inner: _known(item, inner, needed) for inner, item in value.items()}
    if isinstance(value, list):
        # As many unknown items as resources are one of each, in their order.
        each = [[one] for one in needed] if value.count(UNKNOWN) == len(needed) else [needed] * len(value)
        return [_known(item, key, of) for item, of in zip(value, each, strict=False)] if needed else value
    if value != UNKNOWN or not needed:
        return value
    arn = _added(needed[0], "up").get("arn", UNKNOWN)
    return arn if key.lower().endswith("arn") else arn.rpartition("/")[2]
