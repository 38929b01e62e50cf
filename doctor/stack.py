"""Which instances a Pulumi stack has: its outputs, as `pulumi` itself gives them, from whatever backend."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doctor.errors import DoctorError

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTANCE_ID = r"i-[0-9a-f]{8,17}"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The instances of a stack.

    Attributes:
        names: instance id -> the instance's name in the stack.
        region: where they are, as the output `region` says; None if there is none.
    """

    names: Mapping[str, str]
    region: str | None


def read(stack: str) -> Stack:
    """Asks `pulumi stack output`, with the person's own login and in the folder where they are.

    Raises:
        DoctorError: there is no pulumi, it has no such stack, or the stack has no output `instances`.
    """
    command = ["pulumi", "stack", "output", "--json", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise DoctorError(
            "`pulumi` is not on PATH, and it knows the stack's instances. "
            "Install it (https://www.pulumi.com/docs/install/), or name the instances: --instance i-…"
        ) from error
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise DoctorError(f"pulumi does not give the outputs of stack {stack}: {said.removeprefix('error: ')}")
    return _instances(stack, done.stdout)


def _instances(stack: str, text: str) -> Stack:
    try:
        outputs = json.loads(text)
        names = {one["id"]: name for name, one in outputs["instances"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DoctorError(
            f"stack {stack} has no output `instances`, a map of names to maps with an id: it is not up, or of another "
            "program. Run `pulumi up`, or name the instances: --instance i-…"
        ) from error
    if wrong := [str(one) for one in names if not re.fullmatch(INSTANCE_ID, str(one))]:
        raise DoctorError(f"stack {stack} gives {', '.join(wrong)} as the id of an instance. Run `pulumi refresh`.")
    # It may be set in the stack's config alone, where nothing else tells it.
    return Stack(names=names, region=outputs.get("region"))
