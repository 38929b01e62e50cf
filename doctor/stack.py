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
        fleets: name of an Auto Scaling group -> the fleet's name in the stack.
        region: where they are; None if nobody says.
    """

    names: Mapping[str, str]
    fleets: Mapping[str, str]
    region: str | None


def read(stack: str, region: str | None) -> Stack:
    """Asks `pulumi stack output`, with the person's own login and in the folder where they are.

    Args:
        stack: its name, as `pulumi` takes it.
        region: in place of the one that the stack's output `region` says.

    Raises:
        DoctorError: there is no pulumi, it has no such stack, or the stack has no output `instances`.
    """
    command = ["pulumi", "stack", "output", "--json", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(
            # A plugin may write bytes that are no text into a message.
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise DoctorError(
            "`pulumi` is not on PATH, or can't be run, and it knows the stack's instances. "
            "Install it (https://www.pulumi.com/docs/install/), or name the instances: --instance i-…"
        ) from error
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise DoctorError(f"pulumi does not give the outputs of stack {stack}: {said.removeprefix('error: ')}")
    return _stack(stack, done.stdout, region)


def _stack(stack: str, text: str, region: str | None) -> Stack:
    try:
        outputs = json.loads(text)
        names = {one["id"]: name for name, one in outputs["instances"].items()}
        fleets = {str(one["group_name"]): name for name, one in outputs.get("fleets", {}).items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DoctorError(
            f"stack {stack} has no output `instances`, a map of names to maps with an id: it is not up, or of another "
            "program. Run `pulumi up`, or name the instances: --instance i-…"
        ) from error
    if wrong := [str(one) for one in names if not re.fullmatch(INSTANCE_ID, str(one))]:
        raise DoctorError(f"stack {stack} gives {', '.join(wrong)} as the id of an instance. Run `pulumi refresh`.")
    # It may be set in the stack's config alone, where nothing else tells it.
    region = outputs.get("region") if region is None else region
    if not isinstance(region, str | None):
        raise DoctorError(f"stack {stack} gives {region!r} as its output `region`, which is no text. Say --region.")
    return Stack(names=names, fleets=fleets, region=region)
