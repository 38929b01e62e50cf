"""What the instance itself printed: the last result of the agent check that runs at every boot."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

# The kernel and Windows may put a time in front of a line, so it may begin further right.
_RESULT = re.compile(r"ssm-only: (\{.*\})\s*$", re.MULTILINE)
_LONGEST_TEXT = 300


@dataclass(frozen=True, kw_only=True)
class Report:
    """One result of the check.

    Attributes:
        ready: the agent runs and reaches what it needs.
        agent: its version, empty if there is none.
        reason: one of the check's words for what is wrong, for example `not-installed`; empty if ready.
        unreachable: services that the agent did not reach.
        advice: what the check says to do.
    """

    ready: bool
    agent: str = ""
    reason: str = ""
    unreachable: tuple[str, ...] = ()
    advice: str = ""


def last_report(output: str) -> Report | None:
    """The last result in a console's output; a line that is cut off or not ours counts as none."""
    for text in reversed(_RESULT.findall(output)):
        try:
            result = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if "result" in result:
            return _read(result)
    return None


def _read(result: dict[str, Any]) -> Report:
    services = result.get("unreachable")
    return Report(
        ready=result["result"] == "ready",
        agent=_text(result.get("agent", "")),
        reason=_text(result.get("reason", "")),
        unreachable=tuple(map(_text, services)) if isinstance(services, list) else (),
        advice=_text(result.get("advice", "")),
    )


def _text(value: object) -> str:
    """Whoever controls the instance writes this, and a terminal obeys control characters: only printable ones pass."""
    return "".join(letter for letter in str(value) if letter.isprintable())[:_LONGEST_TEXT]
