"""Fleets in the whole program: what reaches them, and what is refused before any resource exists."""

import base64
import json
import runpy
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.runtime.config import set_all_config

from components.base.region import Region
from components.prices import estimate, plan_stack
from components.settings import Settings
from tests.components.graph import (
    GROUP,
    INSTANCE,
    LAUNCH_TEMPLATE,
    PARAMETER,
    ROLE_POLICY,
    STATE,
    SUBNET,
    US_EAST_1,
    Answer,
    Graph,
    deploy,
    state_after,
)
from tests.components.test_program import MAIN, OFFERS, ROOT, VPCS, run

A, B, C = US_EAST_1.zones
WORKERS = {"name": "workers", "max": 3}
MADE = "workers-amazon-linux-2023-arm64"


def with_fleet(*, answers: Mapping[str, Answer] | None = None, region: Region = US_EAST_1, **said: Any) -> Graph:
    return run({"ssm-only:fleets": json.dumps([{**WORKERS, **said}])}, answers=answers, region=region)


def offers(*zones: str, only: str = "") -> Mapping[str, Answer]:
    """Every type that is asked for, in these zones alone; where only one is limited so, the others are in all."""

    def answer(args: Mapping[str, Any]) -> dict[str, Any]:
        types = args["filters"][0]["values"]
        pairs = [(one, zone) for one in types for zone in (zones if one == (only or one) else US_EAST_1.zones)]
        return {"instanceTypes": [type_ for type_, _ in pairs], "locations": [zone for _, zone in pairs]}

    return {OFFERS: answer}


def test_a_fleet_comes_beside_the_instances() -> None:
    graph = with_fleet()
    output = graph.exports["fleets"]["workers"]

    assert set(graph.of(GROUP)) == {"workers"}
    assert set(graph.of(INSTANCE)) == {MAIN}
    assert set(output) == {
        *("group_name", "launch_template_id", "security_group_id", "role_name", "role_arn"),
        *("list", "shell"),
    }
    assert output["shell"].startswith(
        'aws ssm start-session --target "$(aws ec2 describe-instances --region us-east-1 '
    )
    assert output["shell"].endswith(')" --region us-east-1')


def test_a_stack_without_fleets_says_nothing_of_them() -> None:
    assert "fleets" not in run({}).exports


def test_settings_of_the_stack_reach_its_instances() -> None:
    graph = run(
        {
            "ssm-only:fleets": json.dumps([WORKERS]),
            "ssm-only:tags": '{"team": "platform"}',
            "ssm-only:runCommand": "true",
            "ssm-only:runAsUsers": '["ann"]',
        }
    )
    (template,) = graph.of(LAUNCH_TEMPLATE).values()
    told = base64.b64decode(template["userData"]).decode()
    (policy,) = (one for name, one in graph.of(ROLE_POLICY).items() if name == "workers-features")

    assert {"key": "team", "value": "platform", "propagateAtLaunch": True} in graph.of(GROUP)["workers"]["tags"]
    assert {"key": "ssm-only:stack", "value": "acme/ssm-only/test", "propagateAtLaunch": True} in graph.of(GROUP)[
        "workers"
    ]["tags"]
    assert "run_as_users=ann" in told
    assert "RunCommandDocuments" in policy["policy"]


def test_only_instances_report_to_a_parameter() -> None:
    graph = run({"ssm-only:fleets": json.dumps([WORKERS]), "ssm-only:bootReport": "true"})
    policies = graph.of(ROLE_POLICY)

    assert set(graph.of(PARAMETER)) == {"main-report"}
    assert "ReportParameter" in policies["main-features"]["policy"]
    assert "ReportParameter" not in policies["workers-features"]["policy"]


@pytest.mark.parametrize(
    ("zones", "subnets"),
    [pytest.param(None, [A, B], id="all"), pytest.param([2], [B], id="one")],
)
def test_it_is_in_its_zones(zones: list[int] | None, subnets: list[str]) -> None:
    said: Any = {} if zones is None else {"zones": zones}

    assert with_fleet(**said).of(GROUP)["workers"]["vpcZoneIdentifiers"] == [
        f"main-private-{one}-id" for one in subnets
    ]


@pytest.mark.parametrize(
    ("config", "subnet"),
    [
        pytest.param({}, f"main-private-{A}-id", id="privatelink"),
        pytest.param({"ssm-only:variant": "nat"}, f"main-private-{A}-id", id="nat, in the same subnets"),
        pytest.param({"ssm-only:zones": "3"}, f"main-private-{A}-id", id="one zone more"),
        pytest.param({"ssm-only:zones": "1"}, f"main-private-{A}-id", id="one zone less"),
        pytest.param({"ssm-only:variant": "igw"}, f"main-public-{A}-id", id="igw, in others"),
    ],
)
def test_its_group_is_another_one_where_the_network_is_in_other_subnets(config: dict[str, str], subnet: str) -> None:
    graph = run({"ssm-only:fleets": json.dumps([WORKERS]), **config})

    assert graph.one(GROUP, "workers").trigger == [subnet]
    assert graph.one(GROUP, "workers").deleted_first is None, "the new one is made first"


def test_its_group_outlives_no_subnet_of_a_network_that_is_there() -> None:
    network = json.dumps({"tags": {"team": "web"}, "subnetTags": {"tier": "private"}})
    config = {"ssm-only:fleets": json.dumps([WORKERS]), "ssm-only:variant": "nat", "ssm-only:network": network}
    group = run(config, answers=VPCS["nat"].answers).one(GROUP, "workers")

    assert group.trigger == sorted(group.inputs["vpcZoneIdentifiers"])


@pytest.mark.parametrize(
    ("said", "zones"),
    [
        pytest.param({}, {A, B}, id="a type that each zone has"),
        pytest.param({"otherTypes": ["im4gn.large"]}, {B, C}, id="another type that one has not"),
    ],
)
def test_a_network_goes_where_its_fleet_can_be(said: Any, zones: set[str]) -> None:
    graph = with_fleet(answers=offers(B, C, only="im4gn.large"), **said)

    assert set(graph.of(SUBNET)) == {f"main-private-{zone}" for zone in zones}


def test_only_its_own_zones_need_its_types() -> None:
    fleet = {**WORKERS, "otherTypes": ["im4gn.large"], "zones": [2]}
    named = {"ssm-only:zones": json.dumps([A, B]), "ssm-only:fleets": json.dumps([fleet])}

    assert set(run(named, answers=offers(B, C, only="im4gn.large")).of(GROUP)) == {"workers"}


def test_whose_instances_get_no_security_updates_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    with_fleet(platform="ubuntu-24.04")

    assert [line.split(" is ")[0] for line in warned] == ["ssm-only:fleets[0].platform"]


def test_a_fleet_that_is_there_stays_though_its_types_are_offered_no_more() -> None:
    before = with_fleet()
    state: Mapping[str, Answer] = {STATE: lambda _: {"outputs": dict(state_after(before))}}

    assert with_fleet(answers={**state, **offers(C)}).resources == before.resources


def test_a_public_address_of_each_is_paid_for() -> None:
    settings = {"variant": "igw", "fleets": '[{"name": "workers", "min": 3}]'}
    plan = plan_stack(Settings.parse(settings))

    assert estimate(plan, "us-east-1").startswith("$14.60 "), "one instance and three of the fleet"


REFUSED = [
    pytest.param(
        {"instanceType": "t9.micro"},
        "fleets[0].instanceType is 't9.micro': EC2 does not have this type",
        id="no such type",
    ),
    pytest.param(
        {"otherTypes": ["t3.micro"]},
        "fleets[0].otherTypes[0] is 't3.micro': it is x86_64, and t4g.micro is arm64: one image has one of the two.",
        id="another architecture",
    ),
    pytest.param(
        {"otherTypes": ["t9.micro"]},
        "fleets[0].otherTypes[0] is 't9.micro': EC2 does not have",
        id="no such other type",
    ),
    pytest.param(
        {"ami": "ami-0abcdef1234567890"},
        "fleets[0].ami is 'ami-0abcdef1234567890': EC2 has no such image",
        id="an image that is gone",
    ),
    pytest.param(
        {"userData": "just words"}, "fleets[0].userData is 'just words': user data begins like", id="user data"
    ),
]


@pytest.mark.parametrize(("said", "message"), REFUSED)
def test_what_cannot_be_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], message: str
) -> None:
    logged = refusals(monkeypatch, [{**WORKERS, **said}])

    assert logged[0].startswith(f"ssm-only:{message}")


def test_types_that_its_zones_do_not_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = refusals(monkeypatch, [{**WORKERS, "zones": [1]}], answers=offers())

    assert "us-east-1a has no t4g.micro" in logged[0]


def test_a_secret_is_not_shown_where_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = refusals(monkeypatch, [{**WORKERS, "userData": "hunter2"}], secrets=["ssm-only:fleets"])

    assert logged[0].startswith("ssm-only:fleets[0].userData is '[secret]'")
    assert "hunter2" not in str(logged)


def test_a_secret_is_sent_as_one() -> None:
    said = json.dumps([{**WORKERS, "userData": "#!/bin/sh\necho hunter2"}])
    graph = run({"ssm-only:fleets": said}, secrets=["fleets"])

    assert "userData" in graph.one(LAUNCH_TEMPLATE, MADE).secret


def refusals(
    monkeypatch: pytest.MonkeyPatch,
    fleets: list[Any],
    *,
    answers: Mapping[str, Answer] | None = None,
    secrets: list[str] | None = None,
) -> list[str]:
    """What the program says of these fleets, of which it makes nothing."""
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)

    def program() -> None:
        set_all_config({"ssm-only:fleets": json.dumps(fleets)}, secrets or [])
        with pytest.raises(SystemExit):
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    assert deploy(program, answers=answers).resources == {}
    return logged
