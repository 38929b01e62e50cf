"""One set-up at a time in a checkout."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from localaws import places, steps

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def exclusive() -> Iterator[None]:
    """Holds the checkout's lock; waits, and says so, while another localaws holds it. A dead holder holds nothing."""
    places.BASE.mkdir(exist_ok=True)
    with (places.BASE / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            steps.say("another localaws is setting up in this checkout; waiting for it …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
