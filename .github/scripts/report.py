"""Runs `pulumi preview`, and writes Markdown about it. The first line is the verdict, and below it stands why.

    report.py DIRECTORY STACK FILE COMMAND…

DIRECTORY is the project's folder as a reader of the repository knows it. The exit code is the command's, or 1 where it
succeeded without asking a policy pack.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# GitHub takes 65,536 characters a comment. The rest is the verdict, the frame, and what comment.py adds.
VIOLATIONS_MOST = 15_000
LOSSES_MOST = 5_000
REASONS_MOST = 5_000
WAYS_MOST = 10_000
OUTPUT_MOST = 25_000
# Where the pack is to leave the way of each instance to Session Manager, as Markdown: policy/README.md.
WAYS = "SSM_GUARD_WAYS"
CHANGES = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
    "import": "to import",
}
# A step that ends a resource -> what it does to it. A replacement is three steps, of which two say the same here.
ENDS = {"delete": "deletes", "replace": "replaces", "delete-replaced": "replaces"}
# Types that hold what no `up` brings back, by the last word of their token, in any provider.
HOLDS_DATA = re.compile(
    r"(Instance|Volume|Disk|Image|Snapshot|Key|Bucket|BucketV2|BucketObject(v2)?|Object|Blob|LogGroup|Table|Database"
    r"|Cluster|FileSystem|Share|Secret|Vault|Parameter|Queue|Repository|StatefulSet|PersistentVolumeClaim)"
)
# What a program of ssm-only says that its network costs.
COST = "monthly_cost"
# What an error's text is coloured with in the log of events, whatever --color says.
COLOURS = re.compile(r"<\{%.*?%\}>")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a preview came to.

    Attributes:
        code: its exit code.
        mandatory: the violations that stop it, each with its policy and resource.
        advisory: those that don't.
        changes: operation -> number of resources.
        packs: the policy packs that were asked.
        reasons: what went wrong, in the program's words.
        losses: the resources that end and hold data, each with its type and name.
        cost: what the stack says that it costs, before and after; nothing where it says nothing, or stays.
        ways: of each instance to Session Manager, as Markdown.
    """

    code: int
    mandatory: Sequence[str] = ()
    advisory: Sequence[str] = ()
    changes: Mapping[str, int]
    packs: Sequence[str]
    reasons: Sequence[str] = ()
    losses: Sequence[str] = ()
    cost: str = ""
    ways: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether it succeeded, and a policy pack had its say."""
        return self.code == 0 and bool(self.packs)


def read_outcome(code: int, log: str) -> Outcome:
    """From the engine's log of events: one JSON object a line; the last may be cut off where Pulumi was ended."""
    whole = [line for line in log.splitlines(keepends=True) if line.endswith("\n")]
    events: list[dict[str, Any]] = [json.loads(line) for line in whole]
    violations = _each(events, "policyEvent")
    summary: dict[str, Any] = next(iter(_each(events, "summaryEvent")), {})
    return Outcome(
        code=code,
        mandatory=[_violation(each) for each in violations if each["enforcementLevel"] == "mandatory"],
        advisory=[_violation(each) for each in violations if each["enforcementLevel"] != "mandatory"],
        changes=summary.get("resourceChanges") or {},
        packs=sorted(name.split("|")[0] for name in summary.get("PolicyPacks") or {}),
        reasons=_once(_plain(each["message"]) for each in _each(events, "diagnosticEvent") if _is_reason(each)),
        losses=_once(_loss(each["metadata"]) for each in _each(events, "resourcePreEvent") if _is_loss(each)),
        cost=_cost([each["metadata"] for each in _each(events, "resOutputsEvent")]),
    )


def _each(events: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event[kind] for event in events if kind in event]


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _violation(event: Mapping[str, Any]) -> str:
    urn = str(event.get("resourceUrn", "")).split("::", 2)[-1]
    return f"{event['policyName']} ({event['enforcementLevel']}): {urn}\n{event['message'].strip()}"


def _is_reason(event: Mapping[str, Any]) -> bool:
    return event["severity"] == "error" and not event.get("ephemeral")


def _plain(message: str) -> str:
    return COLOURS.sub("", message).strip()


def _is_loss(event: Mapping[str, Any]) -> bool:
    step = event["metadata"]
    kept = (step.get("old") or {}).get("retainOnDelete", False)
    return step["op"] in ENDS and not kept and HOLDS_DATA.fullmatch(step["type"].rsplit(":", 1)[-1]) is not None


def _loss(step: Mapping[str, Any]) -> str:
    name = step["urn"].rsplit("::", 1)[-1]
    return f"{ENDS[step['op']]} {step['type']} {name} ({(step.get('old') or {}).get('id', '')})"


def _cost(steps: Sequence[Mapping[str, Any]]) -> str:
    # The last: one that comes earlier still has the outputs of before.
    stack: Mapping[str, Any] = next((step for step in reversed(steps) if step["type"] == "pulumi:pulumi:Stack"), {})
    before, after = (((stack.get(state) or {}).get("outputs") or {}).get(COST) for state in ("old", "new"))
    if after is None or after == before:
        return ""
    return f"now:  {before}\nthen: {after}" if before else str(after)


def verdict(directory: str, stack: str, outcome: Outcome) -> str:
    """One line that says whether the pull request may go on."""
    where = f"`{stack}` in `{directory}`"
    if outcome.passed:
        advised = f", with {_count(outcome.advisory, 'advisory', 'advisories')}" if outcome.advisory else ""
        return f"**ssm-guard passed**: {where}{advised}. {_changes(outcome.changes)}."
    if outcome.mandatory:
        return f"**ssm-guard blocked**: {where} has {_count(outcome.mandatory, 'violation', 'violations')}."
    if outcome.code == 0:
        return f"**ssm-guard failed**: the preview of {where} asked no policy pack."
    return f"**ssm-guard failed**: {where} could not be previewed, exit code {outcome.code}."


def _count(items: Sequence[str], one: str, many: str) -> str:
    return f"{len(items)} {one if len(items) == 1 else many}"


def _changes(changes: Mapping[str, int]) -> str:
    named = [f"{count} {CHANGES[name]}" for name, count in sorted(changes.items()) if name in CHANGES]
    return ", ".join(named) or "No changes"


def markdown(directory: str, stack: str, outcome: Outcome, output: str) -> str:
    """The whole report."""
    parts = [verdict(directory, stack, outcome)]
    if outcome.code and not outcome.mandatory:
        parts.append(fenced(_start("\n\n".join(outcome.reasons or _errors(output)), REASONS_MOST)))
    if violations := [*outcome.mandatory, *outcome.advisory]:
        parts.append(fenced(_start("\n\n".join(violations), VIOLATIONS_MOST)))
    if outcome.losses:
        parts += ["What ends, with the data in it:", fenced(_start("\n".join(outcome.losses), LOSSES_MOST))]
    if outcome.cost:
        parts += ["What it costs a month:", fenced(_start(outcome.cost, LOSSES_MOST))]
    if outcome.ways:
        parts += ["<details><summary>The way to Session Manager</summary>", *_that_fit(outcome.ways), "</details>"]
    parts += ["<details><summary>What Pulumi said</summary>", fenced(_end(output, OUTPUT_MOST)), "</details>"]
    return "\n\n".join(parts) + "\n"


def _errors(output: str) -> list[str]:
    """Pulumi that ends before there is an event, for want of a stack or of a login, says why on its last lines."""
    return [line for line in output.splitlines() if line.startswith("error: ")] or output.splitlines()[-1:]


def fenced(text: str) -> str:
    """As text that Markdown leaves alone: it names resources as a pull request's author likes."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"


def _start(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "\n… the log of the run has the rest"


def _that_fit(ways: Sequence[str]) -> list[str]:
    """As many as a comment holds, each whole: half a picture is none."""
    shown, left = list[str](), WAYS_MOST
    for way in ways:
        if len(way) > left:
            break
        shown.append(way.strip())
        left -= len(way)
    rest = len(ways) - len(shown)
    return [*shown, *([f"{rest} more: `python -m ssm_guard explain` shows them."] if rest else [])]


def _end(text: str, most: int) -> str:
    return text if len(text) <= most else "the log of the run has the rest …\n" + text[-most:]


def main(directory: str, stack: str, file: str, *command: str) -> int:
    """Runs the command, with its output shown as it comes; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "events.jsonl"
        words = [*command, "--non-interactive", "--color=never", "--suppress-progress", f"--event-log={log}"]
        # Pulumi's Automation API reads the same log; the variable makes the option known.
        environment = {**os.environ, "PULUMI_DEBUG_COMMANDS": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}
        ways = Path(folder) / "ways.json"
        environment[WAYS] = str(ways)
        lines = []
        with subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as running:
            for line in running.stdout or ():
                print(line, end="", flush=True)
                lines.append(line)
        outcome = read_outcome(running.returncode, log.read_text() if log.exists() else "")
        outcome = replace(outcome, ways=json.loads(ways.read_text()) if ways.exists() else ())
    Path(file).write_text(markdown(directory, stack, outcome, "".join(lines)))
    return outcome.code or int(not outcome.passed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
