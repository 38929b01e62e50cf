"""Records what the real engine sends a policy: `python -m tests.engine.record_shapes` writes tests/policy/shapes.json.

For each type of ours that localaws runs: what stands in the inputs and outputs beside what the program writes, before
the first update and after it. tests/policy lays its cases over that, so that none has a shape that no engine gives.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.engine.embedded import PROGRAMS, Cloud
from tests.policy.judging import UNKNOWN
from tests.policy.shapes import NOT_KNOWN, RECORDED, VARIES, Shapes

PROGRAM = PROGRAMS / "shapes"
WHERE = ("--cwd", str(PROGRAM), "--stack", "dev", "--policy-pack", str(PROGRAMS / "recorder"))
# ARNs and ids are texts that the pack reads, but for what differs from one run to the next.
NAMES = re.compile(r"arn:|[a-z]+-[0-9a-f]{8,}$")
RANDOM = re.compile(r"(?<![0-9a-z])[0-9a-f]{7,}[0-9a-f-]*(?![0-9a-z-])(?<!123456789012)")


def record(cloud: Cloud) -> Shapes:
    """Previews the program, brings it up, and puts down what came with each type."""
    program = (PROGRAM / "Pulumi.yaml").read_text()
    written = yaml.safe_load(program)["resources"]
    shapes: Shapes = {}
    for when, words in (("preview", ["preview"]), ("up", ["up", "--yes", "--skip-preview"])):
        with tempfile.TemporaryDirectory() as folder:
            lines = Path(folder, "lines")
            cloud.localaws("pulumi", "--non-interactive", *words, *WHERE, env={"RECORD": str(lines)})
            # Two resources of one type add up, in the order of their names.
            for kind, token, name, props in sorted(map(json.loads, lines.read_text().splitlines())):
                if name in written:
                    shape = shapes.setdefault(token, {}).setdefault(f"{kind} {when}", {})
                    own = written[name].get("properties", {})
                    shape |= {key: normal(value, program) for key, value in props.items() if key not in own}
    return shapes


def normal(value: Any, program: str) -> Any:
    """The value without what differs from one run to the next: a text is the program's, an id, an ARN, or any text."""
    if isinstance(value, str):
        if value == UNKNOWN or value in program:
            return value
        return RANDOM.sub(VARIES, value) if NAMES.match(value) else VARIES
    if isinstance(value, list):
        return [normal(item, program) for item in value]
    return {key: normal(item, program) for key, item in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        own = Cloud(Path(scratch))
        try:
            text = json.dumps(record(own), indent=1, sort_keys=True).replace(UNKNOWN, NOT_KNOWN)
            RECORDED.write_text(f"{text}\n", encoding="utf-8")
        finally:
            own.localaws("stop")
