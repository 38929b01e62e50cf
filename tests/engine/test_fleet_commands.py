"""A command on a fleet, from a stack's settings: it runs on each of the group's instances, and on no other."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud

TOLD = "/commands/ssm-only/fleet-commands/migrate"
OUTCOME = "/localaws/runs/migrate"


def config(**changed: Any) -> dict[str, Any]:
    return {
        "variant": "igw",
        "zones": 1,
        "instances": [{"name": "alone"}],
        "fleets": [{"name": "workers", "min": 1, "max": 4, "desired": 2}],
        "commands": [{"name": "migrate", "on": ["workers"], "script": "./migrate", **changed}],
    }


@pytest.fixture(scope="class")
def stack(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    cloud.start()
    before = {**cloud.account(), **of_commands(cloud)}
    with configured(cloud, "fleet-commands", tmp_path_factory.mktemp("stack")) as stack:
        said = stack.up(config())
        assert "ssm-guard" in said
        assert "warning" not in said, "the policy pack, and the program, have nothing against it"
        yield stack
    assert {**cloud.account(), **of_commands(cloud)} == before, "it goes, and nothing stays"


def of_commands(cloud: Cloud) -> dict[str, list[str]]:
    """What a command could leave, beside its roles' policies, which go with the roles."""
    mine: Any = [{"Key": "Owner", "Values": ["Self"]}]
    # Among all of them are AWS's own, which moto knows once one was asked for.
    ours: Any = [{"Key": "Name", "Values": ["/commands/"]}]
    return {
        "associations": [one["AssociationId"] for one in cloud.ssm.list_associations()["Associations"]],
        "documents": [one["Name"] for one in cloud.ssm.list_documents(Filters=mine)["DocumentIdentifiers"]],
        "parameters": [one["Name"] for one in cloud.ssm.describe_parameters(Filters=ours)["Parameters"]],
    }


def group_of(stack: Stack) -> Any:
    name = stack.outputs()["fleets"]["workers"]["group_name"]
    (group,) = stack.cloud.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return group


def members(stack: Stack) -> list[str]:
    """Ids of the fleet's instances, as the group itself tells them."""
    return sorted(one["InstanceId"] for one in group_of(stack)["Instances"])


def runs(stack: Stack) -> dict[str, list[str]]:
    """Of each run, in their order, the instances that have reported."""
    _, *written = stack.cloud.ssm.get_parameter_history(Name=TOLD)["Parameters"]
    found: dict[str, list[str]] = {}
    for report in (json.loads(one["Value"]) for one in written):
        found.setdefault(report["run"], []).append(report["instance"])
    return {run: sorted(instances) for run, instances in found.items()}


class TestFleetCommand:
    """One command's life, in the order of the tests."""

    def test_it_succeeds_on_each_of_the_fleets_instances_and_runs_on_no_other(self, stack: Stack) -> None:
        ((run, instances),) = runs(stack).items()

        assert len(instances) == 2
        assert instances == members(stack)
        assert stack.outputs()["commands"] == {"migrate": run}
        assert stack.changes(config()) == {}

    def test_the_fleets_role_may_report_and_no_other_may(self, stack: Stack) -> None:
        outputs, iam = stack.outputs(), stack.cloud.iam
        role, other = outputs["fleets"]["workers"]["role_name"], outputs["instances"]["alone"]["role_name"]
        policy: Any = iam.get_role_policy(RoleName=role, PolicyName="command-migrate")["PolicyDocument"]
        (report,) = (one["Resource"] for one in policy["Statement"] if one["Sid"] == "CommandReport")

        assert report == [stack.cloud.ssm.get_parameter(Name=TOLD)["Parameter"]["ARN"]]
        assert "command-migrate" not in iam.list_role_policies(RoleName=other)["PolicyNames"]

    def test_a_failure_on_one_of_them_ends_the_update_with_the_end_of_its_output(self, stack: Stack) -> None:
        well, ill = members(stack)
        outcome = json.dumps({"code": 3, "output": "migrating\nno space left"})
        stack.cloud.ssm.put_parameter(Name=f"{OUTCOME}/{ill}", Type="String", Value=outcome)
        said = stack.up(config(triggers=["version 8"]), code=1)

        assert f"error: The script of command 'migrate' ended with exit code 3 on {ill}. The end of what it" in said
        assert re.search(r"^ +migrating\n +no space left\n", said, re.MULTILINE)
        assert well not in said
        assert "Traceback" not in said

    def test_the_next_update_runs_it_again_on_all_of_them(self, stack: Stack) -> None:
        *_, ill = members(stack)
        stack.cloud.ssm.delete_parameter(Name=f"{OUTCOME}/{ill}")
        before = runs(stack)
        assert stack.changes(config(triggers=["version 8"])) == {"update": 1}
        stack.up(config(triggers=["version 8"]))

        assert new_runs(stack, before) == [members(stack)]
        assert stack.changes(config(triggers=["version 8"])) == {}

    def test_an_instance_that_scaling_adds_starts_no_run_and_has_the_next(self, stack: Stack) -> None:
        before = runs(stack)
        three = config(triggers=["version 8"])
        three["fleets"][0]["desired"] = 3
        stack.up(three)
        assert new_runs(stack, before) == []
        assert len(members(stack)) == 3

        three["commands"][0]["triggers"] = ["version 9"]
        stack.up(three)
        assert new_runs(stack, before) == [members(stack)]


def new_runs(stack: Stack, before: dict[str, list[str]]) -> list[list[str]]:
    """Of those that were not there before, the instances."""
    return [instances for run, instances in runs(stack).items() if run not in before]
