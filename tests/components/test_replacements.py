"""Settings that make other instances of those that are there: said in the preview, or refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pytest

from components.base.errors import ConfigError
from components.replacements import tell_replacements
from components.settings import Settings
from tests.components.graph import INSTANCE, STATE, SUBNET, VPC, deploy

NETWORK, OWNER = "ssm-only:components:SsmNetwork", "ssm-only:components:SsmInstance"


def resource(type_: str, name: str, owner: str, **outputs: Any) -> Mapping[str, Any]:
    return {f"urn:pulumi:test::ssm-only::{owner}${type_}::{name}": {"type": type_, "outputs": outputs}}


def stack(
    *tiers: str, cidr: str = "10.0.0.0/16", names: Sequence[str] = ("main",), owner: str = OWNER
) -> dict[str, Any]:
    """The state of a stack that has subnets of these tiers, and these instances."""
    state = {**resource(VPC, "main-vpc", NETWORK, cidrBlock=cidr)}
    for tier in tiers:
        state |= resource(SUBNET, f"main-{tier}-us-east-1a", NETWORK)
    for name in names:
        state |= resource(INSTANCE, f"{name}-amazon-linux-2023-arm64", owner, tags={"Name": name})
    return state


def told(monkeypatch: pytest.MonkeyPatch, state: Mapping[str, Any], **settings: str) -> list[str]:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    parsed = Settings.parse(settings)
    deploy(lambda: tell_replacements(parsed), answers={STATE: lambda *_: {"outputs": state}})
    return warned


ADDRESS = "igw has its instances in public subnets and the others in private ones, and an instance keeps its subnet"
LOST = "made anew, and what is on the disks is lost, since"
SAVE = "Save it first, or set it back."


@pytest.mark.parametrize(
    ("state", "settings", "warnings"),
    [
        pytest.param({}, {"variant": "igw"}, [], id="a new stack"),
        pytest.param(stack("private"), {"variant": "privatelink"}, [], id="privatelink stays"),
        pytest.param(stack("private"), {"variant": "nat"}, [], id="privatelink to nat"),
        pytest.param(stack("private", "public"), {"variant": "privatelink"}, [], id="nat to privatelink"),
        pytest.param(stack("public"), {"variant": "igw"}, [], id="igw stays"),
        pytest.param(
            stack("public"),
            {"variant": "nat"},
            [f"ssm-only:variant is 'nat': main: {LOST} {ADDRESS}. {SAVE}"],
            id="igw to nat",
        ),
        pytest.param(
            stack("private", "public", names=("main", "gone")),
            {"variant": "igw"},
            [f"ssm-only:variant is 'igw': main: {LOST} {ADDRESS}. {SAVE}"],
            id="nat to igw; an instance that goes anyway is not named",
        ),
        pytest.param(
            stack("private"),
            {"cidr": "10.1.0.0/16"},
            [f"ssm-only:cidr is '10.1.0.0/16': main: {LOST} a VPC keeps its block, 10.0.0.0/16. {SAVE}"],
            id="another block",
        ),
        pytest.param(stack("private", names=()), {"cidr": "10.1.0.0/16"}, [], id="another block, no instance yet"),
        pytest.param(
            stack("private", owner="acme:lib:Box"), {"cidr": "10.1.0.0/16"}, [], id="an instance that is another's"
        ),
        pytest.param(
            stack("private", names=("other",)), {"cidr": "10.1.0.0/16"}, [], id="an instance that the list has no more"
        ),
    ],
)
def test_the_preview_says_what_is_replaced(
    monkeypatch: pytest.MonkeyPatch, state: Mapping[str, Any], settings: dict[str, str], warnings: list[str]
) -> None:
    assert told(monkeypatch, state, **settings) == warnings


KEPT = '[{"name": "main", "keepInstance": true}, {"name": "web"}]'


def test_what_is_to_be_kept_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    state = stack("public", names=("main", "web"))
    with pytest.raises(ConfigError) as caught:
        told(monkeypatch, state, variant="nat", instances=KEPT)

    assert str(caught.value) == (
        f"ssm-only:variant is 'nat': main, web: {LOST} {ADDRESS}. keepInstance of main refuses it. "
        "Set variant back to igw."
    )
    assert told(monkeypatch, state, variant="igw", instances=KEPT) == []
