"""`make compare`: it needs no account and no engine, and asks nobody."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.prices.__main__ import main
from tests.components.prices.guide import LOGGED, comparison

ROOT = Path(__file__).parents[3]
PROJECT = ROOT / "Pulumi.yaml"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a run came to."""

    code: int
    out: str
    err: str

    def cells(self, row: str) -> list[str]:
        """The words of a row of one line."""
        (found,) = (line for line in self.out.splitlines() if line.startswith(row))
        return found.removeprefix(row).split()


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs the command in a folder, within this process: to import Pulumi's AWS takes seconds."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(self, *arguments: str, folder: Path | None = None) -> Done:
        self.patch.chdir(folder or self.folder)
        code = main(arguments)
        said = self.capture.readouterr()
        return Done(code=code, out=said.out, err=said.err)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return Runner(folder=tmp_path, capture=capsys, patch=monkeypatch)


def project(folder: Path, **stacks: str) -> Path:
    (folder / "Pulumi.yaml").write_text(PROJECT.read_text())
    for name, text in stacks.items():
        (folder / f"Pulumi.{name}.yaml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("stack", "costs"),
    [
        ("dev", ["$3.65", "$36.50", "$14.60"]),
        ("igw", ["$3.65", "$36.50", "$29.20"]),
        ("nat", ["$3.65", "$36.50", "$29.20"]),
        ("privatelink", ["$3.65", "$36.50", "$29.20"]),
    ],
)
def test_each_committed_stack_is_compared(run: Runner, stack: str, costs: list[str]) -> None:
    done = run("-s", stack, folder=ROOT)

    assert (done.code, done.cells("Fixed cost a month")) == (0, costs)
    assert f"Stack {stack}, at the prices of us-east-1 in US dollars" in done.out


def test_it_needs_neither_pulumi_nor_aws(tmp_path: Path) -> None:
    """No program is to be found, no credentials, and no way to any host."""
    environment = {
        "PATH": "/nonexistent",
        "HOME": "/nonexistent",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "https_proxy": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "components.prices", "-s", "mine"]
    folder = project(tmp_path, mine="")
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "$29.20" in done.stdout


def test_the_line_of_the_readme_runs() -> None:
    (line,) = re.findall(r"`(make compare .*?)`", (ROOT / "README.md").read_text())
    done = subprocess.run(shlex.split(line), cwd=ROOT, capture_output=True, text=True, check=False)
    (row,) = (shown for shown in done.stdout.splitlines() if shown.startswith("Fixed cost a month"))

    assert done.returncode == 0
    assert row.split()[-3:] == ["$3.65", "$38.69", "$32.12"]


def test_what_the_guide_shows_is_what_the_command_shows(run: Runner) -> None:
    plain, logged = comparison().rsplit("\n", 1)
    project(run.folder, logged=f"config:\n  ssm-only:sessions: {LOGGED}\n")

    assert plain in run("-s", "privatelink", "--markdown", folder=ROOT).out
    assert logged.split("`: ")[1] in run("-s", "logged").out


@pytest.mark.parametrize(
    ("arguments", "environment", "config", "region"),
    [
        pytest.param([], {}, "", "us-east-1", id="nobody says"),
        pytest.param([], {"AWS_DEFAULT_REGION": "eu-west-2"}, "", "eu-west-2", id="AWS_DEFAULT_REGION"),
        pytest.param(
            [], {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "", "eu-west-1", id="AWS_REGION"
        ),
        pytest.param(
            [], {"AWS_REGION": "eu-west-1"}, "  aws:region: ca-central-1\n", "ca-central-1", id="the stack's file"
        ),
        pytest.param(
            ["--region", "eu-central-1"], {}, "  aws:region: ca-central-1\n", "eu-central-1", id="the command line"
        ),
    ],
)
def test_the_prices_are_those_of(
    run: Runner, arguments: list[str], environment: dict[str, str], config: str, region: str
) -> None:
    project(run.folder, mine=f"config:\n  ssm-only:zones: 1\n{config}")
    for name, value in environment.items():
        run.patch.setenv(name, value)

    assert f"at the prices of {region} " in run("-s", "mine", *arguments).out


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        pytest.param("", "$29.20", id="an empty file has the defaults"),
        pytest.param("config:\n", "$29.20", id="a file without settings"),
        pytest.param("encryptionsalt: v1:x\nconfig:\n  ssm-only:zones: '1'\n", "$14.60", id="a number as text"),
        pytest.param("config:\n  ssm-only:zones: [use1-az1, use1-az2, use1-az4]\n", "$43.80", id="a list"),
        pytest.param("config:\n  ssm-only:sessions: {key: create}\n", "$44.80", id="a map"),
        pytest.param("config:\n  ssm-only:ec2messages: true\n", "$43.80", id="a switch"),
        pytest.param(
            "config:\n  ssm-only:sessionProfile: {secure: v1:x}\n", "$29.20", id="a secret that costs nothing"
        ),
        pytest.param(
            "config:\n  ssm-only:instances: [{name: a, userData: {secure: v1:x}}]\n", "$29.20", id="a secret within"
        ),
        pytest.param("config:\n  other:zones: 5\n  ssm-only-more:zones: 5\n", "$29.20", id="settings of others"),
    ],
)
def test_a_stack_file_is_read_as_pulumi_reads_it(run: Runner, text: str, cost: str) -> None:
    project(run.folder, mine=text)
    done = run("-s", "mine")

    assert (done.err, done.cells("Fixed cost a month")[-1]) == ("", cost)


def test_a_default_of_the_projects_file_counts(run: Runner) -> None:
    changed = PROJECT.read_text().replace("    default: 2\n", "    default: 3\n", 1)
    (project(run.folder, mine="") / "Pulumi.yaml").write_text(changed)

    assert "$43.80" in run("-s", "mine").out


@pytest.mark.parametrize(
    ("stack", "text", "message"),
    [
        pytest.param(
            "mine",
            "config:\n  ssm-only:varient: nat\n",
            "ssm-only:varient is 'nat': there is no such key. Did you mean",
            id="a key",
        ),
        pytest.param(
            "mine", "config:\n  ssm-only:zones: 99\n", "ssm-only:zones is '99': use a whole number", id="a value"
        ),
        pytest.param(
            "mine",
            "config:\n  ssm-only:instances: {secure: v1:x}\n",
            "ssm-only:instances is '[secret]': only Pulumi can read it, and the cost depends on it.",
            id="a secret that says what there is",
        ),
        pytest.param("mine", "config: [\n", "Pulumi.mine.yaml cannot be read: while parsing", id="no YAML"),
        pytest.param("mine", "- config\n", "Pulumi.mine.yaml has no map of settings below `config:`.", id="a list"),
        pytest.param("mine", "config: nat\n", "Pulumi.mine.yaml has no map of settings below `config:`.", id="a word"),
        pytest.param("none", "", "there is no file Pulumi.none.yaml. Stacks with a file are mine.", id="no such stack"),
        pytest.param("../x", "", "there is no file Pulumi.../x.yaml.", id="a file elsewhere"),
    ],
)
def test_what_cannot_be_compared_is_one_message(run: Runner, stack: str, text: str, message: str) -> None:
    project(run.folder, mine=text)
    done = run("-s", stack)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"compare: {message}")
    assert done.err.count("\n") == 1
