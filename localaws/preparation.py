"""Gets a stack ready for a command of `pulumi`, or refuses what can only fail or mislead."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

from localaws import installed, lock, steps
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localaws.arguments import Arguments
    from localaws.cloud import Cloud
    from localaws.stacks import Stack

# OPERATIONS work on what a stack's state describes. `refresh` does too, and is let through: it mends a stale state,
# if it is of the whole stack.
DESTROY = {"destroy", "down", "dn"}
RUN_PROGRAM = {"up", "update", "preview", "pre", "watch"}
OPERATIONS = DESTROY | RUN_PROGRAM | {"import"}
PARTIAL = {"-t", "--target", "-x", "--exclude"}
# They hold the stack as long as they run.
HOLD = (OPERATIONS - {"preview", "pre"}) | {"refresh"}
# They make the stack first, if the project has a config file for it.
MAKE_STACK = OPERATIONS | {"refresh", "config"}


def leave_if_empty(stack: Stack) -> None:
    """Ends here, where a `destroy` would start an AWS to find nothing in it."""
    if not stack.state.resources():
        steps.say(f"no AWS runs here, and stack {stack.name} of {stack.project.name} is empty: nothing to take down")
        raise SystemExit(0)


def prepare(stack: Stack, read: Arguments, own: Mapping[str, str]) -> None:
    """Generates the stack's config file, and makes the stack if need be."""
    stack.make_folder()
    stack.write_config()
    stack.state.prune()
    if not (read.command and read.command[0] in MAKE_STACK) or stack.state.file.exists():
        return
    if not stack.committed.exists():
        files = stack.project.config_folder.glob("Pulumi.*.yaml")
        known = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in files)
        steps.say(
            f"{stack.project.name} has no {stack.committed.name}; its stacks: {', '.join(known) or 'none'}. "
            f"To make it, an empty file will do, or: python3 -m localaws pulumi stack init {_named(stack, read)}"
        )
        return
    # Two first commands of a stack may come at once: the second finds it made.
    with lock.exclusive():
        if not stack.state.file.exists():
            _make(stack, own)


def _make(stack: Stack, own: Mapping[str, str]) -> None:
    make = ["pulumi", "stack", "init", stack.name, "--no-select", "--cwd", str(stack.folder)]
    if code := subprocess.run(
        make, executable=installed.binary(), env=own, stdout=subprocess.DEVNULL, check=False
    ).returncode:
        raise SystemExit(code)


def refuse(stack: Stack, read: Arguments, words: Sequence[str], server: Cloud) -> None:
    """Refuses what can only fail, or would mislead.

    Raises:
        LocalawsError: if the stack's state can't be read, or describes an AWS that has ended, or if a `pulumi` that was
            killed still holds the stack.
    """
    command = read.command[0] if read.command else ""
    if command not in OPERATIONS | {"refresh"}:
        return
    gone = stack.state.gone(server.started)
    if gone and (command in OPERATIONS or PARTIAL & {word.split("=")[0] for word in words}):
        raise LocalawsError(
            f"stack {stack.name} describes {len(gone)} resources of an AWS that has ended, "
            "and they were in its memory.\n"
            f"Take them out of the stack: python3 -m localaws pulumi refresh {_named(stack, read)} --yes\n"
            "or forget every stack on this machine: python3 -m localaws reset"
        )
    if command in HOLD and stack.state.abandoned():
        raise LocalawsError(
            f"stack {stack.name} is held by a pulumi that was killed. "
            f"Free it: python3 -m localaws pulumi cancel {_named(stack, read)} --yes"
        )


def _named(stack: Stack, read: Arguments) -> str:
    """The stack, as options of a command to paste."""
    return shlex.join(["-s", stack.name, *(["-C", read.folder] if read.folder != "." else [])])
