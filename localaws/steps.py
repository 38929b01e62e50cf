"""Says what is being done meanwhile, and how long it took."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TICK_SECONDS = 1.0


def say(line: str) -> None:
    """One line for a person. On standard error: standard output belongs to the command that was asked for."""
    print(f"localaws: {line}", file=sys.stderr, flush=True)  # noqa: T201 - a command line's own output


@contextmanager
def step(what: str) -> Iterator[None]:
    """Says what begins, and at the end how many seconds it took; a step that fails says nothing more.

    On a terminal the seconds run meanwhile: a build takes minutes.
    """
    say(f"{what} …")
    start, over = time.monotonic(), threading.Event()
    clock = threading.Thread(target=_count, args=(start, over), daemon=True)
    if sys.stderr.isatty():
        clock.start()
    try:
        yield
    finally:
        over.set()
        if clock.ident:
            clock.join()
    say(f"{what}: done in {time.monotonic() - start:.0f} s")


def _count(start: float, over: threading.Event) -> None:
    """Shows the seconds at the beginning of a line, which whatever is said next overwrites."""
    while not over.wait(TICK_SECONDS):
        print(f"{time.monotonic() - start:9.0f} s", end="\r", file=sys.stderr, flush=True)  # noqa: T201 - a command line's own output
    print(" " * 11, end="\r", file=sys.stderr, flush=True)  # noqa: T201 - the same
