"""What is found about each instance that Session Manager is meant to reach, and who of them shares it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reachability.findings import Kind
from reachability.identity import is_meant
from reachability.model import Unknown
from reachability.reasoning import judge
from reachability.rights import services
from reachability.view import View
from ssm_guard.reach import types
from ssm_guard.reach.unread import STARTERS
from ssm_guard.reach.world import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pulumi_policy import PolicyResource

    from reachability.findings import Verdict
    from reachability.model import World
    from ssm_guard.reach.hosts import Started
    from ssm_guard.stack import Stack

_SHOWN = 3


@dataclass(frozen=True)
class Found:
    """An instance and its verdict, in its world."""

    world: World
    started: Started
    verdict: Verdict


def verdicts(stack: Stack, tags: Mapping[str, str]) -> Iterator[Found]:
    """Those whose role may register, all where Default Host Management is on, and those that the tags select."""
    if next(stack.of((*types.INSTANCES, types.SCALING_GROUP, *STARTERS)), None) is None:
        return  # most stacks have none, and to read all the others' rules for them is dear
    loaded = load(stack)
    view, needs = View(loaded.world), services(loaded.world)
    for one in loaded.started.values():
        meant = _is_selected(one.tags, tags) or is_meant(view, one.host)
        if meant is not False:
            found = judge(view, one.host, needs)
            if counts(meant, found):
                yield Found(loaded.world, one, found)


def counts(meant: bool | Unknown, found: Verdict) -> bool:  # noqa: FBT001 - an answer of `is_meant`
    """Whether anything is to be said of an instance: of one whose role is not known, no more than that."""
    return found.kind is Kind.UNDETERMINED if isinstance(meant, Unknown) else meant


def _is_selected(own: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return bool(wanted) and all(key in own and fnmatchcase(own[key], value) for key, value in wanted.items())


# In place of an instance's own name, so that the same is said of all in the same way. No name holds this character.
HOST = "\0"


def shared(
    found: Iterable[Found], say: Callable[[Found], Iterable[str]]
) -> Iterator[tuple[PolicyResource, str, list[str]]]:
    """The first of those of whom the same is said, the names of all of them, and what that is.

    Args:
        found: of whom something is to be said.
        say: what; HOST stands in it for whoever it is said of.
    """
    groups: dict[tuple[str, ...], list[Found]] = defaultdict(list)
    for one in found:
        groups[tuple(say(one))].append(one)
    for texts, alike in groups.items():
        names = _listed([one.started.host.name for one in alike])
        yield alike[0].started.resource, names, [text.replace(HOST, names) for text in texts]


def _listed(names: Sequence[str]) -> str:
    shown, rest = names[:_SHOWN], len(names) - _SHOWN
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
