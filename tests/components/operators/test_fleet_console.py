"""A fleet's ready lines, run by a shell whose `aws` says what it is given."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from components.operators.console import PORT_FORWARDING, REMOTE_HOST, Ways
from components.operators.fleet_console import fleet_outputs
from tests.components.graph import CN_NORTH_1, US_EAST_1

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from components.base.region import Region

INSTANCE = "i-0123456789abcdef0"
GROUP = "workers-bb3a594"
KNOWN = {"group_name": GROUP, "role_name": "workers-1"}
EVERY_WAY = Ways(port_forwarding=True, remote_hosts=True, ssh=True, ssh_users=["ec2-user"])
OF_GROUP = [
    *("--filters", f"Name=tag:aws:autoscaling:groupName,Values={GROUP}", "Name=instance-state-name,Values=running"),
    "--query",
]


@pytest.fixture
def aws(tmp_path: Path) -> Path:
    """A folder with an `aws` that gives an instance, and writes down each of its words on a line of its own."""
    tool = tmp_path / "aws"
    tool.write_text(
        f'#!/bin/sh\nfor word in "$@"; do echo "$word" >>"{tmp_path}/$2"; done\n'
        f'[ "$2" != describe-instances ] || echo {INSTANCE}\n'
    )
    tool.chmod(0o755)
    return tmp_path


def words(folder: Path, line: str) -> tuple[Sequence[str], Sequence[str]]:
    """What the line asks of EC2, and of Session Manager."""
    done = subprocess.run(["sh", "-c", line], env={"PATH": f"{folder}:/usr/bin:/bin"}, capture_output=True, check=False)
    assert done.stderr == b""
    asked = [folder / name for name in ("describe-instances", "start-session")]
    return tuple(one.read_text().splitlines() if one.exists() else [] for one in asked)  # type: ignore[return-value] # two


def test_these_are_the_lines_of_a_fleet() -> None:
    """SSH's are of one host, and so is the console's link."""
    assert set(fleet_outputs(US_EAST_1, EVERY_WAY, KNOWN)) == {*KNOWN, "list", "shell", "port_forward", "remote_host"}
    assert set(fleet_outputs(US_EAST_1, Ways(document=None), KNOWN)) == {*KNOWN, "list"}


@pytest.mark.parametrize(
    ("name", "region", "ways", "rest"),
    [
        pytest.param("shell", US_EAST_1, Ways(), [], id="a shell"),
        pytest.param("shell", CN_NORTH_1, Ways(document="Team"), ["--document-name", "Team"], id="of a document"),
        pytest.param(
            "port_forward",
            US_EAST_1,
            EVERY_WAY,
            ["--document-name", PORT_FORWARDING, "--parameters", {"portNumber": ["80"], "localPortNumber": ["8080"]}],
            id="a port",
        ),
        pytest.param(
            "remote_host",
            US_EAST_1,
            EVERY_WAY,
            [
                *("--document-name", REMOTE_HOST, "--parameters"),
                {"host": ["db.example.internal"], "portNumber": ["5432"], "localPortNumber": ["5432"]},
            ],
            id="another host",
        ),
    ],
)
def test_a_line_opens_a_session_on_whom_it_finds(
    aws: Path, name: str, region: Region, ways: Ways, rest: list[object]
) -> None:
    found, session = words(aws, str(fleet_outputs(region, ways, KNOWN)[name]))
    given = [json.loads(word) if word.startswith("{") else word for word in session]

    assert given == ["ssm", "start-session", "--target", INSTANCE, "--region", region.name, *rest]
    assert found == [
        *("ec2", "describe-instances", "--region", region.name, *OF_GROUP),
        *("Reservations[0].Instances[0].InstanceId", "--output", "text"),
    ]


def test_the_list_asks_for_those_that_run(aws: Path) -> None:
    found, session = words(aws, str(fleet_outputs(US_EAST_1, Ways(), KNOWN)["list"]))

    assert session == []
    assert found[: len(OF_GROUP) + 4] == ["ec2", "describe-instances", "--region", "us-east-1", *OF_GROUP]
    assert found[-2:] == ["--output", "table"]
