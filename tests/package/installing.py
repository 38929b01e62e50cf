"""A clone of this checkout, and what the guide's lines install from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "instance.md").read_text().split("## As components")[1]
# What the package is made of, and what must stay out of it.
PARTS = (".gitignore", "LICENSE", "pyproject.toml", "components", "doctor", "plugin", "policy", "tests/package")
ADDRESS, TAG = "https://github.com/ORG/REPO", "vVERSION"


def shown(language: str) -> str:
    """The first block of this language in the guide's part on components."""
    first, *_ = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(first)


def run(words: Sequence[str | Path], folder: Path) -> str:
    """What a command writes; without the variables that lead Python into this checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy(folder: Path) -> Path:
    """This checkout, as far as the package is concerned."""
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)
    return folder


def clone(folder: Path) -> Path:
    """The same as a git repository, with a tag."""
    anybody = ("-c", "user.name=anybody", "-c", "user.email=anybody@example.com")
    copy(folder)
    run(["git", "init", "--quiet"], folder)
    run(["git", "add", "."], folder)
    run(["git", *anybody, "commit", "--quiet", "--message", "all"], folder)
    run(["git", *anybody, "tag", "v0.1.0"], folder)
    return folder


def install(source: Path, folder: Path) -> Path:
    """Runs the guide's lines in a folder, with a clone in place of the address; gives the Python that they made.

    What the package needs is there already, in the versions of the lock file: to fetch it again would take minutes.
    """
    make, fetch = shown("sh").splitlines()
    run(make.split(), folder)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run([*fetch.replace(ADDRESS, source.as_uri()).replace(TAG, "v0.1.0").split(), "--quiet"], folder)
    return folder / "venv" / "bin" / "python"
