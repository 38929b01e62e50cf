"""What holds for every test: none is timed, none leaves a file in the checkout, and all are mixed."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import psutil
import pytest
from botocore import session as sessions
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
BEFORE = pytest.StashKey[set[str]]()

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# botocore parses AWS's models once a worker, not once a session: that is most of what a test that asks costs.
vars(sessions)["create_loader"] = cache(sessions.create_loader)

# To rewrite the asserts of all tests is half of what it costs to collect them, and each worker collects them all.
sys.dont_write_bytecode = False

# A make that a test starts is a person's own. Below `make test` it would say which folder it enters and leaves.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)


# With its cloud, an engine, a program, the pack, the bridge and the provider.
BYTES_OF_A_WORKER = 1_600_000_000
# An update lasts half a minute, and is five seconds of work.
WORKERS_OF_A_CORE = 5
# So many times as many of the other modules come among those of the engine; what is left fills the gaps at the end.
OTHERS = 2


def pytest_xdist_auto_num_workers() -> int:
    """As many as keep the cores busy, and as memory has room for."""
    room = int(psutil.virtual_memory().total / BYTES_OF_A_WORKER)
    return max(1, min(WORKERS_OF_A_CORE * (psutil.cpu_count() or 1), room))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: many of the engine's operations in a loop, so it begins first")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mixes the tests of the engine, which wait for most of their time, with all others, which compute.

    What pytest-xdist gives to one worker (a class, or what a module has beside its classes) stays together. The long
    ones come first. A worker that runs its last two tests gets the next ones, and keeps them, however long those two
    last: so the shortest of all follow the long ones.
    """
    scopes: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        scopes[item.nodeid.rsplit("::", 1)[0]].append(item)
    long = [name for name, tests in scopes.items() if tests[0].get_closest_marker("long")]
    names = [name for name in scopes if name.startswith("tests/engine/") and name not in long]
    others = sorted(scopes.keys() - {*long, *names}, key=lambda name: (-len(scopes[name]), name))
    middle = max(0, len(others) - len(long))
    order = [*long, *others[middle:]]
    for number, name in enumerate(names):
        order += [name, *others[:middle][number * OTHERS : (number + 1) * OTHERS]]
    items[:] = [item for name in [*order, *others[:middle][len(names) * OTHERS :]] for item in scopes[name]]


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
