"""The `commands` list: what is taken, and what is refused with which words."""

import json
import re
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.commands.settings import CommandSettings, read_commands
from components.settings import Settings

GREET = {"name": "greet", "script": "echo hello"}


def test_a_command_with_everything() -> None:
    given = {**GREET, "on": ["web", "db"], "triggers": ["version 7"], "timeoutMinutes": 1440}
    (read,) = read_commands("commands", [given])

    assert read == CommandSettings(
        name="greet", script="echo hello", on=("web", "db"), triggers=("version 7",), timeout_minutes=1440
    )


def test_a_command_with_as_little_as_can_be() -> None:
    assert read_commands("commands", [GREET]) == (CommandSettings(name="greet", script="echo hello"),)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param({}, "ssm-only:commands is {}: use a list", id="no list"),
        pytest.param(
            ["echo"], "ssm-only:commands[0] is 'echo': a command is a map with a name and a script", id="no map"
        ),
        pytest.param([{"name": "greet"}], "commands[0] is", id="no script"),
        pytest.param([{"script": "echo"}], "commands[0] is", id="no name"),
        pytest.param([{**GREET, "name": "up"}], "commands[0].name is 'up': use 3 to 40", id="a name that is too short"),
        pytest.param([{**GREET, "name": "Greet"}], "use 3 to 40 lower-case letters", id="a capital"),
        pytest.param([{**GREET, "name": "aws-greet"}], "names of AWS's own documents begin with aws", id="AWS's own"),
        pytest.param(
            [{**GREET, "script": " "}], "commands[0].script is ' ': it is empty. Write what", id="an empty script"
        ),
        pytest.param([{**GREET, "on": "web"}], "commands[0].on is 'web': use a list of names", id="one name"),
        pytest.param(
            [{**GREET, "on": ["web", "web"]}], "commands[0].on[1] is 'web': it is in the list", id="one twice"
        ),
        pytest.param([{**GREET, "triggers": [7]}], 'it in quotes: "7"', id="a number as a trigger"),
        pytest.param([{**GREET, "timeoutMinutes": 0}], "use a whole number from 1 to 1440", id="no time"),
        pytest.param([{**GREET, "timeoutMinutes": 1441}], "use a whole number from 1 to 1440", id="more than a day"),
        pytest.param([{**GREET, "trigger": []}], "Did you mean triggers?", id="a misspelt key"),
        pytest.param([GREET, GREET], "commands[1].name is 'greet': a command above has this name", id="a name twice"),
    ],
)
def test_what_cannot_be_a_command_is_refused(entries: object, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        read_commands("commands", entries)


INSTANCES = [{"name": "web"}, {"name": "db"}, {"name": "win", "platform": "windows-2022"}]


@pytest.mark.parametrize(
    ("more", "instances", "message"),
    [
        pytest.param({"on": ["web", "db"]}, INSTANCES, None, id="two of one kind"),
        pytest.param({"on": ["win"]}, INSTANCES, None, id="Windows alone"),
        pytest.param({}, INSTANCES[:2], None, id="all, of one kind"),
        pytest.param({}, INSTANCES, 'commands[0].on is ["web", "db", "win"]: some are Windows', id="all, of two kinds"),
        pytest.param({"on": ["web", "win"]}, INSTANCES, "some are Windows", id="two of two kinds"),
        pytest.param(
            {"on": ["web", "wbe"]}, INSTANCES, "commands[0].on[1] is 'wbe': there is no such", id="no instance"
        ),
        pytest.param({}, [], "commands[0].on is '0 instances': a command runs on 1 to 50", id="none at all"),
        pytest.param({}, [{"name": f"web-{n}"} for n in range(51)], "is '51 instances'", id="too many"),
    ],
)
def test_a_command_has_instances_that_one_shell_runs_on(
    more: dict[str, Any], instances: list[dict[str, Any]], message: str | None
) -> None:
    raw = {"commands": json.dumps([{**GREET, **more}]), "instances": json.dumps(instances)}
    if message is None:
        assert len(Settings.parse(raw).commands) == 1
    else:
        with pytest.raises(ConfigError, match=re.escape(message)):
            Settings.parse(raw)
