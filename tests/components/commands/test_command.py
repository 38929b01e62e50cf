"""A command on Pulumi's mocks: what it registers, in which order, and what it is waited for."""

import base64
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.config import set_all_config

import components
from components.base.errors import ConfigError
from components.base.needs import SessionNeeds
from components.commands import CommandError, Instances, LastRuns, Shell, SsmCommand, SsmCommandArgs, Tagged
from components.commands.rights import command_policy
from components.commands.runs import choose_run
from tests.components.evaluator import Request, allows
from tests.components.graph import (
    DOCUMENT,
    PARAMETER,
    ROLE_POLICY,
    STATE,
    US_EAST_1,
    US_GOV_WEST_1,
    Answer,
    Graph,
    deploy,
)

ROOT = Path(__file__).parents[3]
ASSOCIATION = "aws:ssm/association:Association"
GET_PARAMETER = "aws:ssm/getParameter:getParameter"
GET_INSTANCES = "aws:ec2/getInstances:getInstances"
TOLD = "/commands/ssm-only/test/migrate"
SCRIPT = "exec /opt/shop/migrate"
IDS = ("i-1", "i-2")


class Started:
    """The run that the component chose, which its instances then report of."""

    run = ""

    def __call__(self, *known: Any) -> str:
        self.run = choose_run(*known)
        return self.run


STARTED = Started()


@pytest.fixture(autouse=True)
def _started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.commands.command.choose_run", STARTED)


def reporting(*instances: str, code: int = 0) -> Answer:
    """A parameter whose versions are these instances' reports of the run, on top of that which it was made with."""

    def answer(args: Mapping[str, Any]) -> dict[str, Any]:
        name, _, version = args["name"].partition(":")
        assert name == TOLD
        number = int(version or len(instances) + 1)
        if number == 1:
            return {"value": '{"run": "none yet"}', "version": len(instances) + 1}
        output = base64.b64encode(b"full").decode()
        told = {"run": STARTED.run, "instance": instances[number - 2], "code": code, "output": output}
        return {"value": json.dumps(told), "version": len(instances) + 1}

    return answer


def command(
    *,
    answers: Mapping[str, Answer] | None = None,
    targets: Instances | Tagged | None = None,
    trigger: Callable[[], pulumi.Output[str]] | None = None,
    **more: Any,
) -> Graph:
    def program() -> None:
        # An output is of the event loop in which it is made.
        triggers = [trigger()] if trigger is not None else []
        args = {
            "script": SCRIPT,
            "online_seconds": 0,
            "triggers": triggers,
            "roles": {"web": "web-role", "db": "db-role"},
            **more,
        }
        targets_ = targets or Instances(ids=IDS)
        made = SsmCommand(
            "migrate",
            SsmCommandArgs(region=US_EAST_1, last_runs=LastRuns.ask(), targets=targets_, **args),
        )
        pulumi.export("done", made.done)

    return deploy(program, answers={GET_PARAMETER: reporting(*IDS), **(answers or {})})


def state(run: str, *, succeeded: str | None) -> Answer:
    """What an update left that started this run."""
    root = "urn:pulumi:test::ssm-only::"
    component = f"{root}ssm-only:components:SsmCommand::migrate"
    association = f"{root}ssm-only:components:SsmCommand${ASSOCIATION}::migrate"
    outputs = {} if succeeded is None else {"run": succeeded}
    left = {
        component: {"type": "ssm-only:components:SsmCommand", "outputs": outputs},
        association: {"type": ASSOCIATION, "outputs": {"parameters": {"run": run}}},
    }
    return lambda _: {"outputs": left}


def test_what_is_made() -> None:
    graph = command()

    assert graph.names() == {
        (DOCUMENT, "migrate"),
        (PARAMETER, "migrate-report"),
        (ROLE_POLICY, "migrate/web"),
        (ROLE_POLICY, "migrate/db"),
        (ASSOCIATION, "migrate"),
    }
    assert graph.exports == {"done": STARTED.run}


def test_the_association_names_the_instances_the_run_and_the_parameter() -> None:
    made = command().of(ASSOCIATION)["migrate"]

    assert made["targets"] == [{"key": "InstanceIds", "values": list(IDS)}]
    assert made["parameters"] == {"run": STARTED.run, "report": TOLD}
    assert made["name"] == "migrate-name"
    assert "waitForSuccessTimeoutSeconds" not in made
    assert "scheduleExpression" not in made
    assert "outputLocation" not in made


def test_a_fleet_is_found_by_its_tag() -> None:
    key = "aws:autoscaling:groupName"

    def running(args: Mapping[str, Any]) -> dict[str, Any]:
        assert args["filters"] == [{"name": f"tag:{key}", "values": ["web"]}]
        assert args["instanceStateNames"] == ["pending", "running"]
        return {"ids": ["i-7"]}

    answers: dict[str, Answer] = {GET_INSTANCES: running, GET_PARAMETER: reporting("i-7")}
    graph = command(targets=Tagged(key=key, value="web"), answers=answers)

    assert graph.of(ASSOCIATION)["migrate"]["targets"] == [{"key": f"tag:{key}", "values": ["web"]}]
    assert graph.exports == {"done": STARTED.run}


def test_nothing_runs_before_all_that_it_needs_is_there() -> None:
    graph = command()

    assert graph.made_before(graph.one(ASSOCIATION, "migrate")) >= {
        (DOCUMENT, "migrate"),
        (PARAMETER, "migrate-report"),
        (ROLE_POLICY, "migrate/web"),
        (ROLE_POLICY, "migrate/db"),
    }


def test_what_instances_write_is_no_drift_and_is_kept_encrypted() -> None:
    made = command().one(PARAMETER, "migrate-report")

    assert made.inputs["name"] == TOLD
    assert made.ignores == {"value", "description"}
    assert "insecureValue" not in made.inputs


@pytest.mark.parametrize("secret", [True, False], ids=["a secret one", "any other"])
def test_a_script_is_kept_encrypted_when_it_is_secret(*, secret: bool) -> None:
    made = command(secret=secret).one(DOCUMENT, "migrate")

    assert (made.secret == {"content"}) == secret
    assert "exec /opt/shop/migrate" in made.inputs["content"]


def test_output_goes_where_sessions_are_logged() -> None:
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/ssm-only/logs"
    needs = SessionNeeds(bucket="the-logs", bucket_prefix="dev", log_group_arn=group)
    graph = command(needs=needs)

    assert graph.of(ASSOCIATION)["migrate"]["outputLocation"] == {
        "s3BucketName": "the-logs",
        "s3KeyPrefix": "dev/commands/migrate",
    }
    assert (
        "log_group=/ssm-only/logs"
        in json.loads(graph.of(DOCUMENT)["migrate"]["content"])["mainSteps"][0]["inputs"]["runCommand"]
    )


def test_windows_has_powershell() -> None:
    graph = command(shell=Shell.POWERSHELL)

    assert json.loads(graph.of(DOCUMENT)["migrate"]["content"])["mainSteps"][0]["action"] == "aws:runPowerShellScript"


def test_the_guides_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no instance has the tag yet, there is nothing to wait for."""
    monkeypatch.setitem(sys.modules, "ssm_only", components)
    set_all_config({"ssm-only:group": "web", "ssm-only:role": "web-role", "ssm-only:version": "7"})
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "commands.md").read_text(), re.DOTALL)
    answers: dict[str, Answer] = {GET_INSTANCES: lambda _: {"ids": []}, GET_PARAMETER: reporting()}
    graph = deploy(lambda: exec(program, {}), answers=answers)  # noqa: S102 - what a reader would run

    assert graph.of(ASSOCIATION)["migrate"]["targets"] == [{"key": "tag:aws:autoscaling:groupName", "values": ["web"]}]
    assert "migrated" in graph.exports


class TestRuns:
    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"script": "other"}, id="the script"),
            pytest.param({"triggers": ["version 7"]}, id="a trigger"),
            pytest.param(
                {"trigger": lambda: pulumi.Output.from_input("version 7")}, id="a trigger that another resource gives"
            ),
            pytest.param({"targets": Instances(ids=["i-1"])}, id="the instances"),
            pytest.param({"shell": Shell.POWERSHELL}, id="the shell"),
            pytest.param({"needs": SessionNeeds(bucket="the-logs")}, id="where the output goes"),
        ],
    )
    def test_what_changes_makes_it_run_again(self, more: dict[str, Any]) -> None:
        """For all of it Systems Manager runs it again, so it is waited for."""
        (first,) = command(timeout_seconds=0).exports.values()
        before = state(first, succeeded=first)
        with pytest.raises(CommandError, match="not ended"):
            command(answers={STATE: before, GET_PARAMETER: reporting()}, timeout_seconds=0, **more)

        assert STARTED.run.partition("-")[0] != first.partition("-")[0]

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"tags": {"team": "shop"}}, id="tags"),
            pytest.param({"online_seconds": 7}, id="how long an update waits for agents"),
            pytest.param({"roles": {"web": "web-role"}}, id="the roles"),
        ],
    )
    def test_else_it_does_not_and_nobody_is_asked(self, more: dict[str, Any]) -> None:
        def never(_: Mapping[str, Any]) -> str:
            return "asked"

        (first,) = command().exports.values()
        graph = command(answers={STATE: state(first, succeeded=first), GET_PARAMETER: never}, **more)

        assert graph.exports == {"done": first}

    def test_a_failure_has_the_end_of_the_output_and_the_next_update_tries_again(self) -> None:
        with pytest.raises(CommandError, match=r"exit code 3 on i-1\. The end of what it wrote:\n    full\n"):
            command(answers={GET_PARAMETER: reporting(*IDS, code=3)})

        first = STARTED.run
        second = f"{first.partition('-')[0]}-2"
        assert command(answers={STATE: state(first, succeeded=None)}).exports == {"done": second}

    def test_a_preview_waits_for_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)

        assert command(answers={GET_PARAMETER: reporting()}, timeout_seconds=0).exports == {"done": STARTED.run}

    def test_a_secret_trigger_does_not_make_the_run_secret(self) -> None:
        graph = command(trigger=lambda: pulumi.Output.secret("hunter2"))

        assert graph.one(ASSOCIATION, "migrate").secret == frozenset()


def test_a_script_that_cannot_be_one_is_refused_before_anything_is_made() -> None:
    made: list[str] = []
    with pytest.raises(ConfigError, match=r"^ssm-only:migrate.script is '': it is empty"):
        made += [name for _, name in command(script="").names()]

    assert made == []


class TestRights:
    ARN = US_EAST_1.arn("ssm", "document/migrate-1234567")
    POLICY = command_policy(US_EAST_1, ARN, TOLD)

    @pytest.mark.parametrize(
        ("action", "resource", "allowed"),
        [
            pytest.param("ssm:GetDocument", ARN, True, id="its document"),
            pytest.param("ssm:GetDocument", US_EAST_1.arn("ssm", "document/other"), False, id="another document"),
            pytest.param("ssm:PutParameter", US_EAST_1.arn("ssm", f"parameter{TOLD}"), True, id="its report"),
            pytest.param("ssm:PutParameter", US_EAST_1.arn("ssm", f"parameter{TOLD}2"), False, id="one that begins so"),
            pytest.param("ssm:GetParameter", US_EAST_1.arn("ssm", f"parameter{TOLD}"), False, id="to read the report"),
            pytest.param("ssm:ListInstanceAssociations", US_EAST_1.arn("ec2", "instance/i-1"), True, id="what to run"),
            pytest.param("ssm:SendCommand", ARN, False, id="to run it elsewhere"),
            pytest.param("ssm:CreateAssociation", ARN, False, id="to have it run elsewhere"),
        ],
    )
    def test_an_instance_may_run_it_and_no_more(self, action: str, resource: str, *, allowed: bool) -> None:
        assert allows(self.POLICY, Request(action=action, resource=resource)) == allowed

    def test_other_partitions_have_their_own_arns(self) -> None:
        policy = command_policy(US_GOV_WEST_1, US_GOV_WEST_1.arn("ssm", "document/x"), TOLD)

        assert "arn:aws:" not in policy
