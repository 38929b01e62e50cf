"""The classic bastion, which the pack must stop before its group exists."""

from __future__ import annotations

import os
import runpy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.embedded import PYTHON, ROOT
from tests.engine.explaining import found_thrice

if TYPE_CHECKING:
    from tests.engine.embedded import Cloud

BASTION = ("-C", str(ROOT / "examples" / "ssh-bastion"), "-s", "dev")
PACK = ("--policy-pack", str(ROOT / "policy"))
# An exit code, and what was said.
STOPPED = (1, "[mandatory] no-world-ssh")


def test_the_bastion_is_stopped_at_preview_and_at_up(fresh_cloud: Cloud) -> None:
    preview = fresh_cloud.pulumi("preview", *BASTION, *PACK, code=1)
    up = fresh_cloud.up(*BASTION, *PACK, code=1)
    groups = fresh_cloud.ec2.describe_security_groups()["SecurityGroups"]
    ours = [group for group in groups if group["GroupName"] != "default"]

    for said in (preview, up):
        assert "[mandatory]" in said
        assert "ingress[0].cidrBlocks[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22." in said
        assert "aws ssm start-session" in said
    assert ours == []


def test_without_the_pack_it_would_open_port_22(fresh_cloud: Cloud) -> None:
    """Else the test above could pass for another reason. And in Session Manager nobody would reach it."""
    previewed = fresh_cloud.localaws("pulumi", "preview", "--json", *BASTION).stdout
    fresh_cloud.up(*BASTION)
    groups = fresh_cloud.ec2.describe_security_groups()["SecurityGroups"]
    world = [
        (rule["FromPort"], rule["ToPort"])
        for group in groups
        for rule in group["IpPermissions"]
        if {"CidrIp": "0.0.0.0/0"} in rule["IpRanges"]
    ]

    assert world == [(22, 22)]
    [made] = fresh_cloud.ec2.describe_instances()["Reservations"]
    ids = [one["InstanceId"] for one in made["Instances"]]
    found = found_thrice(fresh_cloud, previewed, BASTION, ids)
    assert found == [[["unreachable", "no-profile", "egress-closed"]]] * 3


def test_where_nothing_can_run_nothing_is_said_to_hold() -> None:
    done = blocked(Path(os.devnull))

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("==> The policy pack was not asked: preview failed")


def blocked(cloud: Path) -> subprocess.CompletedProcess[str]:
    """Runs the example as `make blocked` does."""
    return subprocess.run(
        [PYTHON, "examples/ssh-bastion/blocked.py"],
        cwd=ROOT,
        env={**os.environ, "LOCALAWS_CLOUD": str(cloud)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        pytest.param([(0, "")], "The policy pack did not hold: preview went through.", id="the preview passes"),
        pytest.param(
            [STOPPED, (0, ""), (0, "sg-1\n"), (0, "")],
            "The policy pack did not hold: up went through. The policy pack did not hold: sg-1 is open to 0.0.0.0/0.",
            id="the up passes, and opens",
        ),
        pytest.param(
            [STOPPED, STOPPED, (1, ""), (0, "")],
            "Whether port 22 is open is not known: the cloud could not be asked.",
            id="the cloud does not answer",
        ),
        pytest.param(
            [STOPPED, (1, "error: policy pack failed to start"), (0, ""), (1, "")],
            "The policy pack was not asked: up failed for another reason, which stands above. "
            "What the stopped up had made could not be taken down.",
            id="the pack does not start, and the destroy fails",
        ),
    ],
)
def test_what_goes_wrong_is_the_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answers: list[tuple[int, str]], said: str
) -> None:
    example = runpy.run_path(str(ROOT / "examples/ssh-bastion/blocked.py"))
    rest = iter(answers)
    monkeypatch.setitem(example["main"].__globals__, "localaws", lambda *_: next(rest))

    assert example["main"]() == 1
    assert capsys.readouterr().out == f"==> {said}\n"
    assert list(rest) == []
