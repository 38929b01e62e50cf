"""Runs `pulumi preview`, and writes Markdown about it. The first line is the verdict.

    report.py STACK FILE COMMAND…

The exit code is the command's, or 1 where it succeeded without asking a policy pack.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# GitHub takes 65,536 characters a comment. The rest is the verdict, the frame, and what comment.py adds.
VIOLATIONS_MOST = 20_000
OUTPUT_MOST = 40_000
CHANGES = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
    "import": "to import",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a preview came to.

    Attributes:
        code: its exit code.
        mandatory: the violations that stop it, each with its policy and resource.
        advisory: those that don't.
        changes: operation -> number of resources.
        packs: the policy packs that were asked.
    """

    code: int
    mandatory: Sequence[str] = ()
    advisory: Sequence[str] = ()
    changes: Mapping[str, int]
    packs: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether it succeeded, and a policy pack had its say."""
        return self.code == 0 and bool(self.packs)


def read_outcome(code: int, log: str) -> Outcome:
    """From the engine's log of events: one JSON object a line; the last may be cut off where Pulumi was ended."""
    whole = [line for line in log.splitlines(keepends=True) if line.endswith("\n")]
    events: list[dict[str, Any]] = [json.loads(line) for line in whole]
    violations = [event["policyEvent"] for event in events if "policyEvent" in event]
    summary: dict[str, Any] = next((event["summaryEvent"] for event in events if "summaryEvent" in event), {})
    return Outcome(
        code=code,
        mandatory=[_violation(each) for each in violations if each["enforcementLevel"] == "mandatory"],
        advisory=[_violation(each) for each in violations if each["enforcementLevel"] != "mandatory"],
        changes=summary.get("resourceChanges") or {},
        packs=sorted(name.split("|")[0] for name in summary.get("PolicyPacks") or {}),
    )


def _violation(event: Mapping[str, Any]) -> str:
    urn = str(event.get("resourceUrn", "")).split("::", 2)[-1]
    return f"{event['policyName']} ({event['enforcementLevel']}): {urn}\n{event['message'].strip()}"


def verdict(stack: str, outcome: Outcome) -> str:
    """One line that says whether the pull request may go on."""
    if outcome.passed:
        advised = f", with {_count(outcome.advisory, 'advisory', 'advisories')}" if outcome.advisory else ""
        return f"**Passed**: `{stack}`{advised}. {_changes(outcome.changes)}."
    if outcome.mandatory:
        return f"**Blocked**: `{stack}` has {_count(outcome.mandatory, 'violation', 'violations')}."
    if outcome.code == 0:
        return f"**Failed**: the preview of `{stack}` asked no policy pack."
    return f"**Failed**: `{stack}` could not be previewed, exit code {outcome.code}."


def _count(items: Sequence[str], one: str, many: str) -> str:
    return f"{len(items)} {one if len(items) == 1 else many}"


def _changes(changes: Mapping[str, int]) -> str:
    named = [f"{count} {CHANGES[name]}" for name, count in sorted(changes.items()) if name in CHANGES]
    return ", ".join(named) or "No changes"


def markdown(stack: str, outcome: Outcome, output: str) -> str:
    """The whole report."""
    parts = [verdict(stack, outcome)]
    if violations := [*outcome.mandatory, *outcome.advisory]:
        parts.append(fenced(_start("\n\n".join(violations), VIOLATIONS_MOST)))
    parts += ["<details><summary>What Pulumi said</summary>", fenced(_end(output, OUTPUT_MOST)), "</details>"]
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    """As text that Markdown leaves alone: it names resources as a pull request's author likes."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"


def _start(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "\n… the log of the run has the rest"


def _end(text: str, most: int) -> str:
    return text if len(text) <= most else "the log of the run has the rest …\n" + text[-most:]


def main(stack: str, file: str, *command: str) -> int:
    """Runs the command, with its output shown as it comes; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.jsonl"
        words = [*command, "--non-interactive", "--color=never", f"--event-log={log}"]
        # Pulumi's Automation API reads the same log; the variable makes the option known.
        environment = {**os.environ, "PULUMI_DEBUG_COMMANDS": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}
        lines = []
        with subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as running:
            for line in running.stdout or ():
                print(line, end="", flush=True)
                lines.append(line)
        outcome = read_outcome(running.returncode, log.read_text() if log.exists() else "")
    Path(file).write_text(markdown(stack, outcome, "".join(lines)))
    return outcome.code or int(not outcome.passed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
