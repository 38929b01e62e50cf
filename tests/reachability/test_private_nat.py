"""A private NAT gateway: an internet gateway drops what it sends, and nobody else does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reachability.findings import Kind
from reachability.model import Endpoint, EndpointKind, Target
from reachability.reasoning import judge
from reachability.view import View
from tests.reachability.worlds import changed, nat, route

if TYPE_CHECKING:
    from reachability.findings import Verdict
    from reachability.model import World


def private() -> World:
    return changed(nat(), "nat_gateways", "nat", public=False)


def verdict(world: World, service: str) -> Verdict:
    return judge(View(world), world.hosts["host"], (service,))


def test_before_an_internet_gateway_it_is_what_is_missing() -> None:
    found = verdict(private(), "ssm")

    assert found.kind is Kind.UNREACHABLE
    assert [link.cause for link in found.broken] == ["nat-private"]


@pytest.mark.parametrize("kind", [Target.TRANSIT_GATEWAY, Target.VPN_GATEWAY])
def test_what_stands_behind_it_elsewhere_is_not_known(kind: Target) -> None:
    world = changed(private(), "tables", "out", routes=(route(kind, "away"),))

    assert verdict(world, "ssm").kind is Kind.UNDETERMINED


def test_a_gateway_endpoint_takes_what_it_sends() -> None:
    endpoint = Endpoint(id="s3", name="s3", service="s3", kind=EndpointKind.GATEWAY, vpc="vpc", tables=("out",))
    world = replace(private(), endpoints={"s3": endpoint})

    assert verdict(world, "s3").kind is Kind.REACHABLE
