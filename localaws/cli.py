"""The commands of `python3 -m localaws`."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws import steps, venv

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSED_ON = ("pulumi", "aws", "python", "sh")
DESCRIPTION = """AWS on this machine for any Pulumi program: the real engine, the real provider, no account."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What was asked for."""

    name: str
    words: Sequence[str] = ()
    dev: bool = False
    packages: bool = False
    json: bool = False

    @property
    def sets_up(self) -> bool:
        """Whether the virtual environment is made for it."""
        return self.name in (*PASSED_ON, "setup")

    @property
    def builds(self) -> bool:
        """Whether the engine is built for it."""
        return self.name in ("pulumi", "setup") and not self.packages


def parse(arguments: Sequence[str]) -> Command:
    """Reads the command line; `--help` and errors end the process, as argparse does."""
    # What follows one of them is its own, `--help` included.
    if arguments and arguments[0] in PASSED_ON:
        return Command(name=arguments[0], words=arguments[1:])
    parser = argparse.ArgumentParser(prog="python3 -m localaws", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    commands.add_parser("pulumi", help="run pulumi with the arguments that follow", add_help=False)
    commands.add_parser("aws", help="run the AWS command line with the arguments that follow", add_help=False)
    commands.add_parser("python", help="run Python with the arguments that follow, on that AWS", add_help=False)
    commands.add_parser("sh", help="run a shell on that AWS, for lines to paste", add_help=False)
    setup = commands.add_parser("setup", help="fetch and build everything, run nothing")
    only = setup.add_mutually_exclusive_group()
    only.add_argument("--dev", action="store_true", help="also the tools for tests and linting")
    only.add_argument("--packages", action="store_true", help="the Python packages and nothing else")
    status = commands.add_parser("status", help="endpoint, processes, stacks, versions")
    status.add_argument("--json", action="store_true", help="as one JSON object")
    commands.add_parser("stop", help="end everything that runs; the stacks go with it")
    commands.add_parser("reset", help="stop, and forget all but what was built")
    return Command(**vars(parser.parse_args(arguments)))


def run(command: Command) -> int:
    """Runs it, inside the virtual environment if there is one.

    Raises:
        LocalawsError: if it can't be done; the text says why and what helps.
    """
    if not venv.is_ready():
        steps.say("nothing is set up in this checkout, so nothing runs; `make up` does both")
        if command.json:
            print(json.dumps({"endpoint": None, "processes": [], "stacks": [], "versions": {}}))  # noqa: T201
        return 0
    # Only now: they need what the virtual environment holds.
    from localaws import engine, golang, keep, lock, run  # noqa: PLC0415

    passed_on = {"pulumi": run.pulumi, "aws": run.aws, "python": run.python, "sh": run.sh}
    if command.name in passed_on:
        passed_on[command.name](command.words)
    with lock.exclusive():
        if command.name == "setup":
            if not command.packages:
                engine.ensure(*engine.HOSTS)
            if command.dev:
                golang.ensure(golang.ACTIONLINT, golang.WRITE_SDK, golang.DOTNET_HOST)
        elif command.name == "stop":
            keep.stop()
        elif command.name == "reset":
            keep.reset()
        else:
            keep.status(as_json=command.json)
    return 0
