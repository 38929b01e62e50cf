"""`python -m ssm_guard explain FILE`: the way of each instance to Session Manager and back, hop by hop."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reachability.findings import Kind
from reachability.identity import is_meant
from reachability.reasoning import judge
from reachability.render import as_json, as_markdown, as_mermaid, as_text
from reachability.rights import services
from reachability.snapshot import SnapshotError, from_json
from reachability.view import View
from ssm_guard.config_error import ConfigError
from ssm_guard.reach.state_file import ids_of_deleted, resources_in
from ssm_guard.reach.there import in_words_of, is_named
from ssm_guard.reach.verdicts import counts
from ssm_guard.reach.world import load
from ssm_guard.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reachability.findings import Verdict
    from reachability.model import World
    from ssm_guard.reach.world import Loaded

MODULE = "python -m ssm_guard"
FORMATS = ("text", "json", "markdown", "mermaid")


def explain(arguments: Sequence[str], called: str = MODULE) -> int:
    """Prints what is found. 0 where no instance is unreachable, 1 where one is, 2 where nobody can say."""
    given = _parser(called).parse_args(arguments)
    try:
        loaded = _loaded(_read(given.file), given.world)
        view = View(loaded.world)
        verdicts = _verdicts(view, loaded, given.instance, every=given.all)
        if given.format == "mermaid":
            _require_one(verdicts)
    except ConfigError as error:
        sys.stderr.write(f"{given.file}: {error}\n")
        return 2
    sys.stdout.write(_written(loaded.world, verdicts, given.format))
    return 1 if any(verdict.kind is Kind.UNREACHABLE for verdict in verdicts) else 0


def _loaded(text: str, snapshot: str | None) -> Loaded:
    """The world of a stack, with what a snapshot tells beside it.

    Raises:
        ConfigError: one of the files can't be used.
    """
    stack = Stack(resources_in(text))
    if snapshot is None:
        return load(stack)
    try:
        read = from_json(_read(snapshot))
        there = in_words_of(stack, read, ids_of_deleted(text))
        alone, loaded = load(stack), load(stack, there)
    except (ConfigError, SnapshotError) as error:
        raise ConfigError(f"the snapshot {snapshot} can't be used: {error}") from error
    if not is_named(stack, alone.world, read):
        sys.stderr.write(f"{snapshot}: the stack names nothing of {', '.join(read.vpcs)}: is it the right VPC?\n")
    return loaded


def _parser(called: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{called} explain",
        description="Says whether instances will answer in Session Manager, hop by hop, with each missing link's mend.",
        epilog="Exit codes: 0 no instance is unreachable, 1 one is, 2 the file cannot be used.",
    )
    parser.add_argument(
        "file", help="what `pulumi preview --json --show-sames` or `pulumi stack export` wrote; - is standard input"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="those too that nobody means to be managed")
    which.add_argument("--instance", metavar="NAME", help="this one: the resource's name, its URN or AWS's id")
    parser.add_argument(
        "--world", metavar="FILE", help="a VPC that the stack does not make: what `python -m doctor --capture ID` wrote"
    )
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    return parser


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"it can't be read: {error}") from error


def _verdicts(view: View, loaded: Loaded, wanted: str | None, *, every: bool) -> list[Verdict]:
    """What is found of the instances that are asked for: without a word, of those that are meant to be managed.

    Raises:
        ConfigError: none is called so.
    """
    needs, hosts = services(loaded.world), loaded.world.hosts
    if wanted is not None:
        return [judge(view, hosts[key], needs) for key in _called(loaded, wanted)]
    found = [judge(view, host, needs) for host in hosts.values()]
    return [one for one in found if every or counts(is_meant(view, hosts[one.host]), one)]


def _called(loaded: Loaded, wanted: str) -> list[str]:
    """The keys of the instances of a name.

    Raises:
        ConfigError: none is called so.
    """
    names = {
        key: {key, each.resource.urn, each.host.name, each.resource.name, str(each.resource.props.get("id", ""))}
        for key, each in loaded.started.items()
    }
    found = [key for key, called in names.items() if wanted in called]
    if not found:
        there = ", ".join(each.host.name for each in loaded.started.values()) or "none"
        raise ConfigError(f"no instance is called {wanted!r}; there are: {there}")
    return found


def _require_one(verdicts: Sequence[Verdict]) -> None:
    """Makes sure that there is one.

    Raises:
        ConfigError: there are others.
    """
    if len(verdicts) != 1:
        raise ConfigError(f"a picture shows one instance, and there are {len(verdicts)}: choose with --instance")


def _written(world: World, verdicts: Sequence[Verdict], form: str) -> str:
    if form == "json":
        return json.dumps([as_json(world, verdict) for verdict in verdicts], indent=2) + "\n"
    if not verdicts:
        others = f" With --all: {len(world.hosts)}." if world.hosts else ""
        return f"There is no instance whose role may register with Systems Manager.{others}\n"
    write = {"text": as_text, "markdown": as_markdown, "mermaid": as_mermaid}[form]
    return "\n".join(write(world, verdict) for verdict in verdicts)
