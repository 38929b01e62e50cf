"""Says what is being done meanwhile, and how long it took."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def say(line: str) -> None:
    """One line for a person. On standard error: standard output belongs to the command that was asked for."""
    print(f"localaws: {line}", file=sys.stderr, flush=True)  # noqa: T201 - a command line's own output


@contextmanager
def step(what: str) -> Iterator[None]:
    """Says what begins, and at the end how many seconds it took; a step that fails says nothing more."""
    say(f"{what} …")
    start = time.monotonic()
    yield
    say(f"{what}: done in {time.monotonic() - start:.0f} s")
