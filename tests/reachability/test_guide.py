"""docs/reachability.md: its pictures are what the renderer draws, and its tables name every cause and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reachability.findings import Kind
from reachability.model import Target
from reachability.reasoning import judge
from reachability.render import as_mermaid
from reachability.view import View
from reachability.words import LINKS
from tests.reachability.worlds import changed, igw, privatelink, route

if TYPE_CHECKING:
    from reachability.model import World

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "reachability.md").read_text()


def closed() -> World:
    """The group that privatelink forgets most often."""
    return changed(privatelink(), "groups", "endpoints", ingress=())


def away() -> World:
    """What stands behind a transit gateway is not in the stack."""
    world = changed(igw(), "tables", "out", routes=(route(Target.TRANSIT_GATEWAY, "transit"),))
    return changed(world, "elsewhere", "transit", **{"": "hub-transit"})


PICTURES = {Kind.REACHABLE: igw, Kind.UNREACHABLE: closed, Kind.UNDETERMINED: away}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.value) for kind in Kind])
def test_each_verdict_has_the_picture_that_the_renderer_draws(kind: Kind) -> None:
    world = PICTURES[kind]()
    verdict = judge(View(world), world.hosts["host"], ("ssm",))
    section = GUIDE.split(f"\n### `{kind.value}`\n")[1].split("\n##")[0]
    shown = re.findall(r"```mermaid\n(.*?)```", section, re.DOTALL)

    assert verdict.kind is kind
    assert shown == [as_mermaid(world, verdict)]


def test_the_table_of_codes_has_each_that_a_cause_has() -> None:
    rows = re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \|", GUIDE, re.MULTILINE)
    said = {code: set(re.findall(r"`([\w-]+)`", causes)) for code, causes in rows}
    codes = {text.code for text in LINKS.values()} - {""}

    assert len(said) == len(rows)
    assert {code: causes for code, causes in said.items() if causes} == {
        code: {cause for cause, text in LINKS.items() if text.code == code} for code in codes
    }


def test_the_causes_without_a_code_are_listed() -> None:
    section = GUIDE.split("\n## What AWS has no code for\n")[1].split("\n##")[0]

    assert set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)) == {
        cause for cause, text in LINKS.items() if not text.code
    }
