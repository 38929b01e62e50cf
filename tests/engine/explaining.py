"""Asks the pack, as a person does, which instances will answer in Session Manager."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.engine.embedded import ROOT


def explained(text: str) -> dict[str, Any]:
    """What `python -m ssm_guard explain` says of a preview or a state, by instance."""
    command = [sys.executable, "-m", "ssm_guard", "explain", "-", "--format", "json"]
    done = subprocess.run(command, cwd=ROOT / "policy", input=text, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    found = {one["host"]: one for one in json.loads(done.stdout)}
    assert done.returncode == any(one["verdict"] == "unreachable" for one in found.values())
    return found
