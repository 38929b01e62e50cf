"""`python -m ssm_guard explain FILE`: the way of each instance to Session Manager and back, hop by hop."""

from __future__ import annotations

import json
import sys
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
from ssm_guard.reach.there import SEVERAL_REGIONS, in_words_of, is_named
from ssm_guard.reach.verdicts import counts
from ssm_guard.reach.world import load
from ssm_guard.reporting import STACK_TYPE
from ssm_guard.stack import Stack
from ssm_guard.text_file import read

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from reachability.findings import Verdict
    from reachability.model import World
    from ssm_guard.reach.hosts import Started
    from ssm_guard.reach.world import Loaded

FORMATS = ("text", "json", "markdown", "mermaid")


def explain(given: argparse.Namespace) -> int:
    """Prints what is found. 0 where no instance is unreachable, 1 where one is, 2 where nobody can say."""
    try:
        loaded = _loaded(read(given.file), given.world)
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
        taken = from_json(read(snapshot))
        there = in_words_of(stack, taken, ids_of_deleted(text))
        alone, loaded = load(stack), load(stack, there)
    except (ConfigError, SnapshotError) as error:
        raise ConfigError(f"the snapshot {snapshot} can't be used: {error}") from error
    if not isinstance(alone.world.region, str):
        named = "several" if alone.world.region == SEVERAL_REGIONS else "none"
        sys.stderr.write(
            f"{snapshot}: the Region was not compared: the stack names {named}, and the snapshot is of {taken.region}\n"
        )
    if not is_named(stack, alone.world, taken):
        sys.stderr.write(f"{snapshot}: the stack names nothing of {', '.join(taken.vpcs)}: is it the right VPC?\n")
    return loaded


def add_to(parser: argparse.ArgumentParser) -> None:
    """Adds what it is asked with."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="what `pulumi preview --json --show-sames` or `pulumi stack export` wrote; - is standard input",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="those too that nobody means to be managed")
    which.add_argument(
        "--instance",
        metavar="NAME",
        help="this one: the name of the resource or of the component that made it, the URN, or AWS's id",
    )
    parser.add_argument(
        "--world",
        metavar="FILE",
        help="a VPC that the stack does not make: what `python -m doctor --capture ID` wrote, in a clone of ssm-only",
    )
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])


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
    """The keys of the instances of a name; of a component's name, where no instance has it, those that it made.

    Raises:
        ConfigError: none is called so.
    """
    names = {
        key: {key, each.resource.urn, each.host.name, each.resource.name, str(each.resource.props.get("id", ""))}
        for key, each in loaded.started.items()
    }
    makers = {key: _maker(each) for key, each in loaded.started.items()}
    found = [key for key, called in names.items() if wanted in called]
    found = found or [key for key, maker in makers.items() if maker == wanted]
    if not found:
        there = [
            f"{each.host.name} of {makers[key]}" if makers[key] else each.host.name
            for key, each in loaded.started.items()
        ]
        raise ConfigError(f"no instance is called {wanted!r}; there are: {', '.join(there) or 'none'}")
    return found


def _maker(one: Started) -> str | None:
    """The name of the component that made an instance: README and doctor call the instance by it."""
    parent = one.resource.parent
    return parent.name if parent is not None and parent.resource_type != STACK_TYPE else None


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
        return f"There is no instance whose role may register with Systems Manager.{_left_out(len(world.hosts))}\n"
    write = {"text": as_text, "markdown": as_markdown, "mermaid": as_mermaid}[form]
    return "\n".join(write(world, verdict) for verdict in verdicts)


def _left_out(count: int) -> str:
    if not count:
        return ""
    who = "1 instance has" if count == 1 else f"{count} instances have"
    return f" {who} no role that may register: --all says why."
