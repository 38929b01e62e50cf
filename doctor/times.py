"""Time: a clock that a test can replace, and how a moment is written."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """Time, and a way to let it pass."""

    def now(self) -> datetime:
        """The time of day, with its zone."""

    def seconds(self) -> float:
        """Seconds that only grow, from any beginning."""

    def sleep(self, seconds: float) -> None:
        """Returns that much later."""


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        """The time of day in UTC."""
        return datetime.now(timezone.utc)

    def seconds(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Returns that much later."""
        time.sleep(seconds)


def in_utc(moment: datetime) -> datetime:
    """The same moment. botocore gives some times in the machine's own zone, others in UTC."""
    return moment.astimezone(timezone.utc)


def written(moment: datetime) -> str:
    """For a person: `2026-11-22 05:50:59Z`."""
    return f"{in_utc(moment):%Y-%m-%d %H:%M:%SZ}"
