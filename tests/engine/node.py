"""Packages of Node for the programs of tests."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.engine.embedded import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def installed(program: Path, name: str) -> Path:
    """A copy of a program, with the packages of its lock file: installed once in a checkout, of about 170 MB."""
    folder = ROOT / ".localaws" / "programs" / name
    shutil.copytree(program, folder, dirs_exist_ok=True)
    lock, done = folder / "package-lock.json", folder / "node_modules" / "installed"
    if not (done.exists() and done.read_text() == lock.read_text()):
        npm(folder, "ci", "--ignore-scripts")
        done.write_text(lock.read_text())
    return folder


def npm(folder: Path, *words: str) -> None:
    subprocess.run(["npm", *words, "--no-audit", "--no-fund"], cwd=folder, check=True)
