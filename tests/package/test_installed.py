"""What is there once the guide's lines have run: a package with types, and a command."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.package.installing import ROOT, clone, install, shown
from tests.policy.session_manager_stacks import PUBLIC, without
from tests.policy.test_explain import preview

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text()
# pulumi-aws is gigabytes to read; what our own types say is asked of ours alone.
MYPY = "[mypy]\n[mypy-pulumi_aws.*]\nfollow_imports = skip\n"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("installed")
    return install(clone(place / "ssm-only"), place)


def ask(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(python.parent / words[0]), *words[1:]]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)


def test_the_readme_has_the_line_of_the_guide() -> None:
    _, fetch = shown("sh").splitlines()

    assert f"`{fetch.removeprefix('venv/bin/')}`" in README


def test_it_does_not_know_the_name_that_the_folder_has_here(python: Path, tmp_path: Path) -> None:
    """Its networks know all of its rooms."""
    known = "import sys, ssm_only.networks; print('components' in sys.modules)"
    imported = ask(python, tmp_path, "python", "-c", known)
    absent = ask(python, tmp_path, "python", "-c", "import components")

    assert (imported.stdout, imported.stderr) == ("False\n", "")
    assert "No module named 'components'" in absent.stderr


def test_its_types_are_those_of_a_program(python: Path, tmp_path: Path) -> None:
    """Without py.typed, mypy reads nothing of it, and says so."""
    program = shown("python")
    (tmp_path / "right.py").write_text(program)
    (tmp_path / "wrong.py").write_text(program.replace("instance_type=TYPE", "instance_type=4"))
    (tmp_path / "mypy.ini").write_text(MYPY)
    words = ["-m", "mypy", "--strict", f"--python-executable={python}", "--cache-dir=cache", "--config-file=mypy.ini"]
    command = [sys.executable, *words, "right.py", "wrong.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    error, total = done.stdout.splitlines()

    assert error.startswith("wrong.py:")
    assert 'Argument "instance_type" to "SsmInstanceArgs" has incompatible type "int"; expected "str"' in error
    assert total == "Found 1 error in 1 file (checked 2 source files)"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["ssm-guard", "explain", "whole.json"], 0, "reachable", id="an instance that will answer"),
        pytest.param(["ssm-guard", "explain", "cut.json"], 1, "unreachable", id="one that will not"),
        pytest.param(["ssm-guard"], 2, "usage: ssm-guard [-h] {check-config,explain}", id="nothing is asked"),
        pytest.param(["ssm-guard", "--help"], 0, "usage: ssm-guard [-h] {check-config,explain}", id="how it is asked"),
        pytest.param(["ssm-guard", "explain", "-h"], 0, "usage: ssm-guard explain", id="how explain is asked"),
        pytest.param(["python", "-m", "ssm_guard"], 2, "usage: python -m ssm_guard [-h] {c", id="the same as a module"),
        pytest.param(["python", "-m", "ssm_only.prices", "-h"], 0, "usage: python -m ssm_only.prices", id="prices"),
    ],
)
def test_its_commands(python: Path, tmp_path: Path, words: list[str], code: int, said: str) -> None:
    (tmp_path / "whole.json").write_text(preview(PUBLIC))
    (tmp_path / "cut.json").write_text(preview(without(PUBLIC, "egress")))
    done = ask(python, tmp_path, *words)

    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout + done.stderr
