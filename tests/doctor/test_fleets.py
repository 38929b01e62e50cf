"""Fleets: whose instances are waited for, and what is said of a group that has too few."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from doctor import cli, display
from doctor.facts import Unknown
from doctor.fleets import Fleet, diagnose
from doctor.waiting import Look, Outcome, wait
from tests.doctor.recorded import FakeClock
from tests.doctor.world import ID, LAUNCHED, REGION, Refusal, online, privatelink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.doctor.conftest import Pulumi
    from tests.doctor.recorded import Api

SECOND, THIRD = "i-0fedcba9876543210", "i-00000000000000003"
GROUP = "workers-1234567"
PLACE = "--region eu-west-1"
# In EC2 Auto Scaling's own words: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-capacity.html
NO_CAPACITY = "We currently do not have sufficient t4g.micro capacity in the Availability Zone you requested."


def activity(code: str, *, said: str | None = None, what: str = "Launching a new EC2 instance") -> Any:
    plain = {"ActivityId": "a", "AutoScalingGroupName": GROUP, "Cause": "c", "StartTime": LAUNCHED}
    return {**plain, "StatusCode": code, "Description": what, **({"StatusMessage": said} if said else {})}


def group(desired: int, *ids: str, leaving: str | None = None) -> Any:
    """The group's description; another instance is in the state that is said."""
    states = dict.fromkeys(ids, "InService") | ({SECOND: leaving} if leaving else {})
    instance = {"HealthStatus": "Healthy", "AvailabilityZone": "eu-west-1a", "ProtectedFromScaleIn": False}
    return {
        "AutoScalingGroupName": GROUP,
        "MinSize": 0,
        "MaxSize": 9,
        "DesiredCapacity": desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": LAUNCHED,
        "Instances": [{**instance, "InstanceId": one, "LifecycleState": state} for one, state in states.items()],
    }


def groups(*found: Any) -> Any:
    return {"AutoScalingGroups": list(found)}


def heard(*ids: str) -> Callable[[Mapping[str, Any]], Any]:
    """Systems Manager hears of these, if it is asked for them."""

    def answer(asked: Mapping[str, Any]) -> Any:
        return {"InstanceInformationList": [online(one) for one in ids if one in asked["Filters"][0]["Values"]]}

    return answer


def there(asked: Mapping[str, Any]) -> Any:
    """Each instance that is asked for runs."""
    (reservation,) = privatelink().answers()["DescribeInstances"]["Reservations"]
    (one,) = reservation["Instances"]
    return {"Reservations": [{"Instances": [{**one, "InstanceId": id_} for id_ in asked["Filters"][0]["Values"]]}]}


@pytest.fixture
def fleet(api: Api, pulumi: Pulumi) -> Api:
    """A stack of one fleet, none of whose activities are known."""
    pulumi({"region": REGION, "instances": {}, "fleets": {"workers": {"group_name": GROUP}}})
    api.answers |= {"DescribeInstances": there, "DescribeScalingActivities": {"Activities": []}}
    return api


def test_it_waits_until_there_are_as_many_as_there_are_to_be(
    fleet: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.answers["DescribeAutoScalingGroups"] = [
        groups(group(2, ID)),
        groups(group(2, ID, SECOND)),
        groups(group(2, ID, SECOND)),
    ]
    fleet.answers["DescribeInstanceInformation"] = [heard(ID), heard(ID), heard(ID, SECOND)]

    assert cli.main(["-s", "dev"], clock) == 0
    said = capsys.readouterr()
    assert clock.sleeps == [5, 5]
    assert said.err.startswith("Waiting for the instances of workers, at most 10 min.")
    assert re.findall(r"^workers +(\S+) +Online", said.out, re.MULTILINE) == [ID, SECOND]


def test_who_leaves_is_not_waited_for(fleet: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    """A refresh takes an instance away that is online no more; the one in its place is."""
    fleet.answers["DescribeAutoScalingGroups"] = groups(group(1, THIRD, leaving="Terminating:Wait"))
    fleet.answers["DescribeInstanceInformation"] = heard(THIRD)

    assert cli.main(["-s", "dev", "--json"], clock) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in document["instances"]] == [THIRD]
    assert [(one["desired"], one["started"]) for one in document["fleets"]] == [(1, 1)]


def test_one_that_has_ended_is_replaced_so_it_waits_on(fleet: Api, clock: FakeClock) -> None:
    fleet.answers["DescribeAutoScalingGroups"] = groups(group(1, ID))
    world = privatelink()
    world.it["State"] = {"Name": "stopped"}
    fleet.answers["DescribeInstances"] = world.answers()["DescribeInstances"]

    assert cli.main(["-s", "dev", "--timeout", "1"], clock) == 1
    assert clock.passed == 60


def test_a_fleet_that_is_to_have_none_is_right(
    fleet: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.answers["DescribeAutoScalingGroups"] = groups(group(0))

    assert cli.main(["-s", "dev"], clock) == 0
    assert "likely causes" not in capsys.readouterr().out


CASES = [
    pytest.param(groups(), [], "group-not-found", f"There is no Auto Scaling group {GROUP}", id="no such group"),
    pytest.param(
        groups(group(1) | {"SuspendedProcesses": [{"ProcessName": "Launch"}]}),
        [],
        "launch-suspended",
        f"--scaling-processes Launch {PLACE}",
        id="somebody suspended it",
    ),
    pytest.param(
        groups(group(1)),
        [activity("InProgress"), activity("Failed", said=f"{NO_CAPACITY}\n Launching EC2 instance failed.")],
        "launch-failed",
        f"It said: {NO_CAPACITY} Launching EC2 instance failed.",
        id="the last that failed counts",
    ),
    pytest.param(
        groups(group(1) | {"SuspendedProcesses": [{"ProcessName": "Terminate"}]}),
        [activity("InProgress", what="Launching a new EC2 instance: i-1")],
        "launching",
        "Launching a new EC2 instance: i-1 (InProgress)",
        id="on its way",
    ),
    pytest.param(groups(group(1)), [], "launching", "done nothing yet", id="nothing yet"),
]


@pytest.mark.parametrize(("found", "done", "cause", "text"), CASES)
def test_too_few_is_one_with_the_cause(  # noqa: PLR0917 - pytest's own way
    fleet: Api,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    found: Any,
    done: list[Any],
    cause: str,
    text: str,
) -> None:
    fleet.answers |= {"DescribeAutoScalingGroups": found, "DescribeScalingActivities": {"Activities": done}}

    assert cli.main(["-s", "dev", "--timeout", "0", "--json"], clock) == 1
    document = json.loads(capsys.readouterr().out)
    (shown,) = document["fleets"]
    assert [one["name"] for one in shown["causes"]] == [cause]
    assert text in shown["causes"][0]["text"]
    assert shown["causes"][0]["command"].endswith(PLACE)
    assert document["all_online"] is False

    assert cli.main(["-s", "dev", "--timeout", "0"], clock) == 1
    assert f"workers ({GROUP}) " in capsys.readouterr().out


def test_an_unknown_activity_is_said_and_costs_no_verdict(
    fleet: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.answers |= {
        "DescribeAutoScalingGroups": groups(group(1)),
        "DescribeScalingActivities": Refusal(code="AccessDenied"),
    }

    assert cli.main(["-s", "dev", "--timeout", "0"], clock) == 1
    assert (
        "Could not be checked (needs autoscaling:DescribeScalingActivities): scaling activities."
        in capsys.readouterr().out
    )


def test_without_the_group_there_is_no_verdict(
    fleet: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.answers["DescribeAutoScalingGroups"] = Refusal(code="AccessDenied", message="no")

    assert cli.main(["-s", "dev"], clock) == 2
    assert (
        "You may not call DescribeAutoScalingGroups, without which there is no verdict: no" in capsys.readouterr().err
    )


def test_an_emulator_that_starts_too_few_is_no_excuse(
    fleet: Api, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    fleet.answers["DescribeAutoScalingGroups"] = groups(group(1, ID))
    assert cli.main(["-s", "dev", "--timeout", "0"], clock) == 3

    fleet.answers["DescribeAutoScalingGroups"] = groups(group(2, ID))
    assert cli.main(["-s", "dev", "--timeout", "0"], clock) == 1


def test_a_log_says_how_many_are_not_started() -> None:
    lacking = Fleet(name="workers", group=GROUP, desired=3, ids=[ID])
    seen = Look(managed={}, connected={}, instances=Unknown(why="x"), fleets=[lacking])
    out = io.StringIO()
    with display.shown(Console(file=out, width=200), {}, limit=120, fleets=["workers"]) as tell:
        outcome = wait((), lambda: seen, tell, clock=FakeClock(), limit=60)

    assert isinstance(outcome, Outcome)
    assert outcome.offline == [ID]
    assert "After 60 s: waiting for workers, workers (2 not started)." in out.getvalue()


def test_the_cause_of_a_group_that_is_right_is_never_asked(fleet: Api, clock: FakeClock) -> None:
    fleet.answers |= {"DescribeAutoScalingGroups": groups(group(1, ID)), "DescribeInstanceInformation": heard(ID)}
    cli.main(["-s", "dev", "--timeout", "0"], clock)

    assert fleet.asked("DescribeScalingActivities") == []
    assert fleet.asked("DescribeAutoScalingGroups") == [{"AutoScalingGroupNames": [GROUP]}]
    assert diagnose(Fleet(name="w", group=GROUP, desired=None), [], PLACE).causes
