"""Makes the virtual environment. Standard library only: this runs before there is one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv

from localaws import places, steps
from localaws.errors import LocalawsError

OLDEST = (3, 10)


def ensure(*, dev: bool) -> None:
    """Installs what the lock file says, unless it is installed already.

    Args:
        dev: also the tools for tests and linting.

    Raises:
        LocalawsError: if this Python is too old, has no venv, or pip fails.
    """
    if sys.version_info < OLDEST:
        raise LocalawsError(f"Python {sys.version.split()[0]} is too old; use 3.10 or newer: make PYTHON=python3.12 …")
    locks = [places.ROOT / "requirements.lock"]
    if dev:
        locks.append(places.ROOT / "requirements-dev.lock")
    for lock in locks:
        stamp = places.VENV / f"{lock.stem}.installed"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if not (places.PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted):
            with steps.step(f"Python packages of {lock.name}"):
                _install(str(lock))
            stamp.write_text(wanted)


def _install(lock: str) -> None:
    # Without a stamp nothing was ever installed whole: an interrupted run may have left Python without pip.
    if not (places.PYTHON.exists() and any(places.VENV.glob("*.installed"))):
        # ensurepip is a package apart on Debian and Ubuntu, and fails in a subprocess of its own.
        try:
            venv.create(places.VENV, with_pip=True, symlinks=True, clear=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise LocalawsError(
                f"{sys.executable} could not make a virtual environment ({error}). "
                "On Debian and Ubuntu: apt install python3-venv."
            ) from error
    pip("install", "--require-hashes", "--requirement", lock)


def pip(*arguments: str) -> None:
    """Runs the virtual environment's pip.

    Raises:
        LocalawsError: if it fails; what it said is on standard error.
    """
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    # A person's PYTHONPATH or PYTHONHOME must not reach into the virtual environment.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [str(places.PYTHON), "-m", "pip", *arguments, *quiet]
    if subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode:
        raise LocalawsError("pip failed, see above. Try the same command again; what is installed stays.")
