"""The ways out of a subnet, each by itself: the longest prefix says which there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reachability.findings import Kind, Link
from reachability.model import Route, Target, Unknown
from reachability.names import answers_for
from reachability.outside import exits
from reachability.services import service_peer
from reachability.view import View
from tests.reachability.worlds import changed, igw, nat, route

if TYPE_CHECKING:
    from reachability.model import World

OUT = route(Target.INTERNET_GATEWAY, "gateway")
HALVES = ("0.0.0.0/1", "128.0.0.0/1")


def gone(destination: str) -> Route:
    return replace(route(Target.NAT_GATEWAY, "old", destination), blackhole=True)


def led(*routes: Route) -> World:
    return changed(igw(), "tables", "out", routes=routes)


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        pytest.param(igw(), [("gateway", Kind.REACHABLE)], id="an internet gateway"),
        pytest.param(nat(), [("nat", Kind.REACHABLE)], id="a NAT gateway"),
        pytest.param(led(), [("", Kind.UNREACHABLE)], id="none"),
        pytest.param(
            led(OUT, *map(gone, HALVES)),
            [("old", Kind.UNREACHABLE), ("old", Kind.UNREACHABLE)],
            id="more specific routes shadow it",
        ),
        pytest.param(
            led(gone("0.0.0.0/0"), *(replace(OUT, destination=half) for half in HALVES)),
            [("gateway", Kind.REACHABLE), ("gateway", Kind.REACHABLE)],
            id="good ones shadow one that is gone",
        ),
        pytest.param(
            led(OUT, gone("52.0.0.0/8")),
            [("old", Kind.UNREACHABLE), ("gateway", Kind.REACHABLE)],
            id="a part of the addresses goes another way",
        ),
        pytest.param(led(OUT, gone("52.0.0.0/24")), [("gateway", Kind.REACHABLE)], id="a few addresses do not count"),
        pytest.param(led(OUT, gone("10.9.0.0/16")), [("gateway", Kind.REACHABLE)], id="nor do private ones"),
        pytest.param(
            led(OUT, route(Target.TRANSIT_GATEWAY, "transit", "list")),
            [("gateway", Kind.REACHABLE), ("transit", Kind.UNDETERMINED)],
            id="a list that is not known may have them",
        ),
    ],
)
def test_each_way_out_is_told_with_what_it_leads_to(world: World, expected: list[tuple[str, Kind]]) -> None:
    view = View(world)
    found = exits(view, world.hosts["host"], service_peer(view, "ssm", 4))

    assert expected == [(one.taken.route.target if one.taken.route else "", one.way.kind) for one in found]


def test_a_broken_one_says_what_is_missing() -> None:
    world = changed(nat(), "nat_gateways", "nat", available=False)
    view = View(world)
    (found,) = exits(view, world.hosts["host"], service_peer(view, "ssm", 4))

    assert [step.cause for step in found.way.steps if isinstance(step, Link)] == ["nat-not-available"]


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(changed(igw(), "hosts", "host", subnet=Unknown("its subnet")), id="the subnet"),
        pytest.param(changed(igw(), "subnets", "public", table=Unknown("its table")), id="the table"),
    ],
)
def test_where_the_table_is_not_known_there_is_none_to_tell(world: World) -> None:
    view = View(world)

    assert exits(view, world.hosts["host"], service_peer(view, "ssm", 4)) == ()


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        pytest.param("ssm.eu-west-1.amazonaws.com", True, id="the name"),
        pytest.param("Eu-West-1.amazonaws.com.", True, id="what is above it, in other letters, with a dot"),
        pytest.param("m.eu-west-1.amazonaws.com", False, id="what it ends with, and no label of it"),
        pytest.param("a.ssm.eu-west-1.amazonaws.com", False, id="what is below it"),
    ],
)
def test_a_zone_answers_for_its_own_name_and_those_below(domain: str, *, expected: bool) -> None:
    assert answers_for(domain, "ssm.eu-west-1.amazonaws.com") == expected
