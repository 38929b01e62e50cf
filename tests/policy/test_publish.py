"""What `pulumi policy publish` would send: everything in the pack's folder that its .gitignore doesn't name."""

from __future__ import annotations

import re
import shutil
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from tests.policy.conftest import PACK

if TYPE_CHECKING:
    from pathlib import Path

# What a person who works on the pack leaves lying about.
LITTER = (
    "__pycache__/__main__.cpython-311.pyc",
    "ssm_guard/readers/__pycache__/ec2.cpython-311.pyc",
    ".venv/bin/python",
    "venv/bin/python",
    ".mypy_cache/3.10/x.json",
    ".ruff_cache/x",
    ".pytest_cache/x",
    ".hypothesis/x",
)

PACKAGES = ("reachability/", "ssm_guard/")


def archived(folder: Path) -> set[str]:
    """The engine's rule for every runtime but Node: all files, less those under a name in .gitignore."""
    lines = (folder / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = [line.rstrip("/") for line in lines if line and not line.startswith("#")]
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        str(path) for path in files if not any(fnmatch(part, pattern) for part in path.parts for pattern in ignored)
    }


def test_the_archive_holds_the_pack_and_nothing_else(tmp_path: Path) -> None:
    pack = shutil.copytree(PACK, tmp_path / "pack", ignore=shutil.ignore_patterns("__pycache__"))
    before = archived(pack)
    for name in LITTER:
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_text("", encoding="utf-8")

    assert archived(pack) == before
    assert {name for name in before if not name.startswith(PACKAGES)} == {
        ".gitignore",
        "CHANGELOG.md",
        "PulumiPolicy.yaml",
        "README.md",
        "__main__.py",
        "requirements.txt",
        "ssm-only.json",
    }
    code = {name for name in before if name.startswith(PACKAGES)}
    assert {name for name in code if not name.endswith(".py")} == {"reachability/aws_policies.json"}
    assert [name for name in code if "test" in name] == []


def test_every_requirement_leaves_a_team_its_version_within_one_major() -> None:
    """A pin would replace the SDK of a program beside it; without a bound the next major would break the pack."""
    lines = (PACK / "requirements.txt").read_text(encoding="utf-8").splitlines()
    ranges = [line for line in lines if not line.startswith("#")]

    assert ranges
    assert all(re.fullmatch(r"[A-Za-z-]+>=\d+\.\d+\.\d+,<\d+", line) for line in ranges)
