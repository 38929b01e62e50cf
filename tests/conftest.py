"""What holds for every test: none is timed, and none leaves anything in the checkout."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
BEFORE = pytest.StashKey[set[str]]()

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A make that a test starts is a person's own. Below `make test` it would say which folder it enters and leaves.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not is_worker(session):
        session.config.stash[BEFORE] = files()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run for a file that came meanwhile. Last: the workers and their clouds have ended by then."""
    if is_worker(session):
        return
    before: set[str] = session.config.stash[BEFORE]
    if strays := sorted(files() - before):
        session.config.get_terminal_writer().line(f"\nleft in the checkout: {', '.join(strays)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def is_worker(session: pytest.Session) -> bool:
    """Whether this is one of pytest-xdist's workers: the others' files come and go while it runs."""
    return hasattr(session.config, "workerinput")


def files() -> set[str]:
    """All of the checkout's, but for what is below a folder that .gitignore names."""
    lines = (ROOT / ".gitignore").read_text().splitlines()
    ignored = [".git", *(line.strip("/") for line in lines if line and not line.startswith("#"))]
    found = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not any(fnmatch(name, pattern) for pattern in ignored)]
        found |= {str(Path(folder, name).relative_to(ROOT)) for name in names}
    return found
