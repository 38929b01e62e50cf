"""Asks the pack, as a person does, which instances will answer in Session Manager."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.engine.embedded import REGION, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.engine.embedded import Cloud


def explained(text: str, *options: str) -> dict[str, Any]:
    """What `python -m ssm_guard explain` says of a preview or a state, by instance."""
    command = [sys.executable, "-m", "ssm_guard", "explain", "-", "--format", "json", *options]
    done = subprocess.run(command, cwd=ROOT / "policy", input=text, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    found = {one["host"]: one for one in json.loads(done.stdout)}
    assert done.returncode == any(one["verdict"] == "unreachable" for one in found.values())
    return found


def found_thrice(cloud: Cloud, previewed: str, where: Sequence[str], ids: Iterable[str]) -> list[list[Any]]:
    """The verdict on each instance and what it lacks, as three loaders of one world find it.

    Args:
        cloud: where the program is up.
        previewed: what `pulumi preview --json` wrote before it was.
        where: names the program to `pulumi`.
        ids: of its instances.
    """
    state = cloud.localaws("pulumi", "stack", "export", *where).stdout
    found = (*(explained(text, "--all") for text in (previewed, state)), explained_by_the_doctor(cloud, ids))
    return [
        sorted([one["verdict"], *(link["cause"] for link in one["missing"])] for one in some.values()) for some in found
    ]


def explained_by_the_doctor(cloud: Cloud, ids: Iterable[str]) -> dict[str, Any]:
    """What the APIs tell of instances, by id."""
    named = [word for one in ids for word in ("--instance", one)]
    asked = cloud.localaws(
        *("python", "-m", "doctor", *named, "--region", REGION, "--timeout", "0", "--explain", "--json"), code=None
    ).stdout
    return {one["id"]: one for one in json.loads(asked)["explained"]}
