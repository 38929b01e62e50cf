"""Makes the virtual environment. Standard library only: this runs before there is one."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import venv
from typing import TYPE_CHECKING, NoReturn

from localaws import places, steps
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOCK = places.ROOT / "requirements.lock"
DEV_LOCK = places.ROOT / "requirements-dev.lock"


def lacking(*, dev: bool) -> list[Path]:
    """The lock files whose packages are not installed as they say.

    Args:
        dev: also the tools for tests and linting.
    """
    return [lock for lock in (LOCK, DEV_LOCK) if (dev or lock == LOCK) and _installed(lock) != _wanted(lock)]


def create() -> None:
    """Makes a virtual environment of its own pip, unless there is a whole one.

    Raises:
        LocalawsError: if this Python has no venv.
    """
    # Without a stamp nothing was ever installed whole: an interrupted run may have left Python without pip.
    if any(map(_installed, (LOCK, DEV_LOCK))):
        return
    # ensurepip is a package apart on Debian and Ubuntu, and fails in a subprocess of its own.
    try:
        venv.create(places.VENV, with_pip=True, symlinks=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LocalawsError(
            f"{sys.executable} could not make a virtual environment ({error}). "
            "On Debian and Ubuntu: apt install python3-venv."
        ) from error


def install(lock: Path) -> None:
    """Installs what a lock file says.

    Raises:
        LocalawsError: if pip fails.
    """
    with steps.step(f"Python packages of {lock.name}"):
        # To compile all of pulumi-aws takes half of the time, and Python compiles what it imports.
        pip("install", "--no-compile", "--require-hashes", "--requirement", str(lock))
    _stamp(lock).write_text(_wanted(lock))


def say_if_another() -> None:
    """Says so where this Python is of another version than the one that everything runs on."""
    found = re.search(r"^version\s*=\s*(\d+\.\d+)", (places.VENV / "pyvenv.cfg").read_text(), re.MULTILINE)
    this = f"{sys.version_info.major}.{sys.version_info.minor}"
    if found and found.group(1) != this:
        steps.say(f"this is Python {this}; {places.VENV} is of {found.group(1)}, and is used. To change it, remove it")


def is_ready() -> bool:
    """Whether `ensure` once came to its end here, so that localaws can run inside."""
    return bool(_installed(LOCK))


def enter(arguments: Sequence[str]) -> NoReturn:
    """Goes on as localaws inside the virtual environment, without a person's own PYTHONPATH."""
    environment = {**_without_python(), "PYTHONPATH": str(places.ROOT)}
    os.execve(places.PYTHON, [str(places.PYTHON), "-m", "localaws", *arguments], environment)


def pip(*arguments: str) -> None:
    """Runs the virtual environment's pip.

    Raises:
        LocalawsError: if it fails; what it said is on standard error.
    """
    command = [str(places.PYTHON), "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.run(command, env=_without_python(), stdout=sys.stderr, check=False).returncode:
        raise LocalawsError("pip failed, see above. Try the same command again; what is installed stays.")


def _stamp(lock: Path) -> Path:
    return places.VENV / f"{lock.stem}.installed"


def _wanted(lock: Path) -> str:
    """What the stamp holds: the place, which a virtual environment's scripts name, and the lock file's checksum."""
    return f"{places.VENV} {hashlib.sha256(lock.read_bytes()).hexdigest()}"


def _installed(lock: Path) -> str:
    """The stamp; empty if there is none, or if it was made elsewhere or for a Python that has gone since."""
    if not (places.PYTHON.exists() and _stamp(lock).exists()):
        return ""
    found = _stamp(lock).read_text()
    return found if found.startswith(f"{places.VENV} ") else ""


def _without_python() -> dict[str, str]:
    """A person's environment less PYTHONPATH and its kind, which must not reach into the virtual environment."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
