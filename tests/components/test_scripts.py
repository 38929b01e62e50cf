"""The commands of a stack, from its settings, in the whole program."""

import json
import runpy
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pytest
from pulumi.runtime.config import set_all_config

from components.commands.document import LARGEST_DOCUMENT
from components.network.network import SsmNetwork
from tests.components.commands.test_command import STARTED
from tests.components.graph import DOCUMENT, INSTANCE, ROLE_POLICY, STATE, Answer, Graph, deploy
from tests.components.test_program import ROOT, run

ASSOCIATION = "aws:ssm/association:Association"
GET_PARAMETER = "aws:ssm/getParameter:getParameter"
SCRIPT = "#!/bin/sh\necho hunter2\n"
WEB, DB = (f"{name}-amazon-linux-2023-arm64-id" for name in ("web", "db"))


@pytest.fixture(autouse=True)
def _started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.commands.command.choose_run", STARTED)


def reported(*instances: str) -> Answer:
    """Images, and reports of the run on these instances."""

    def answer(args: Mapping[str, Any]) -> dict[str, Any]:
        name, _, version = args["name"].partition(":")
        if not name.startswith("/commands/"):
            return {"insecureValue": f"image of {name}"}
        number = int(version or len(instances))
        told = {"run": STARTED.run, "instance": instances[number - 1], "code": 0, "output": ""}
        return {"value": json.dumps(told), "version": len(instances)}

    return answer


def stack(commands: Sequence[Mapping[str, Any]], answer: Answer, secrets: Sequence[str] = ()) -> Graph:
    instances = json.dumps([{"name": "web"}, {"name": "db"}])
    config = {"ssm-only:instances": instances, "ssm-only:commands": json.dumps(commands)}
    return run(config, answers={GET_PARAMETER: answer}, secrets=secrets)


@pytest.mark.parametrize(
    ("on", "ids", "roles"),
    [
        pytest.param({}, [WEB, DB], {"greet/web", "greet/db"}, id="all instances"),
        pytest.param({"on": ["db"]}, [DB], {"greet/db"}, id="one of them"),
    ],
)
def test_a_command_runs_on_the_instances_of_its_list(on: dict[str, Any], ids: list[str], roles: set[str]) -> None:
    graph = stack([{"name": "greet", "script": SCRIPT, **on}], reported(*ids))
    made = graph.one(ASSOCIATION, "greet")

    assert made.inputs["targets"] == [{"key": "InstanceIds", "values": ids}]
    assert {name for name in graph.of(ROLE_POLICY) if name.startswith("greet/")} == roles
    assert {name for kind, name in graph.made_before(made) if kind == INSTANCE} == {
        one.removesuffix("-id") for one in ids
    }
    assert graph.exports["commands"] == {"greet": made.inputs["parameters"]["run"]}


def test_a_stack_without_commands_has_no_output_of_them() -> None:
    assert "commands" not in stack([], reported()).exports


@pytest.mark.parametrize(("secrets", "kept"), [([], False), (["commands"], True)], ids=["any script", "a secret one"])
def test_a_script_that_is_set_as_a_secret_is_sent_as_one(secrets: list[str], *, kept: bool) -> None:
    graph = stack([{"name": "greet", "script": SCRIPT}], reported(WEB, DB), secrets)
    clear = [
        resource.name
        for resource in graph.resources.values()
        for name, value in resource.inputs.items()
        if name not in resource.secret and "hunter2" in str(value)
    ]

    assert (graph.one(DOCUMENT, "greet").secret == {"content"}, clear == []) == (kept, kept)


MANY = [{"name": f"greet-{number}", "script": "echo hello"} for number in range(15)]
LONG = "echo hunter2\n" * (LARGEST_DOCUMENT // 10)


@pytest.mark.parametrize(
    ("commands", "secrets", "message"),
    [
        pytest.param(
            [{"name": "greet", "script": LONG}],
            [],
            "ssm-only:commands[0].script is 'echo hunter2",
            id="a script that no document holds",
        ),
        pytest.param(
            [{"name": "greet", "script": LONG}],
            ["commands"],
            "ssm-only:commands[0].script is '[secret]': with what goes around it",
            id="a secret one",
        ),
        pytest.param(MANY, [], "ssm-only:commands[", id="more policies than a role takes"),
        pytest.param(
            [{"name": "greet", "script": "echo", "on": ["wbe"]}],
            [],
            "ssm-only:commands[0].on[0] is 'wbe': there is no such instance or fleet. Use web, db.",
            id="no such instance",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, commands: list[dict[str, Any]], secrets: list[str], message: str
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)

    def program() -> None:
        instances = json.dumps([{"name": "web"}, {"name": "db"}])
        config = {"ssm-only:instances": instances, "ssm-only:commands": json.dumps(commands)}
        set_all_config(config, [f"ssm-only:{key}" for key in secrets])
        with pytest.raises(SystemExit):
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    assert deploy(program).resources == {}
    (said,) = logged
    assert said.startswith(message)
    assert ("hunter2" in said) == (commands[0]["script"] == LONG and not secrets)


def test_as_many_commands_as_a_role_takes_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The neighbour of those that are refused; a preview, so that none is waited for."""
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    few = [{"name": f"greet-{number}", "script": SCRIPT} for number in range(9)]

    assert len(stack(few, reported(WEB, DB)).of(ASSOCIATION)) == 9


def test_the_state_is_read_before_the_first_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """While an update writes the state into a folder, the engine may find an empty file in its place."""
    seen: list[str] = []
    make = SsmNetwork.__init__

    def made(*args: Any, **kwargs: Any) -> None:
        seen.append("resource")
        make(*args, **kwargs)

    def state(_: Mapping[str, Any]) -> dict[str, Any]:
        seen.append("state")
        return {"outputs": {}}

    monkeypatch.setattr(SsmNetwork, "__init__", made)
    config = {"ssm-only:commands": json.dumps([{"name": "greet", "script": SCRIPT}])}
    run(config, answers={STATE: state, GET_PARAMETER: reported("main-amazon-linux-2023-arm64-id")})

    assert seen.index("resource") == seen.count("state") > 0
