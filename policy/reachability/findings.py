"""What the reasoning finds: hops that pass, links that are missing with their mends, and what is not known."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from reachability.model import Unknown


class Kind(Enum):
    """Whether an instance will answer in Session Manager."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Change:
    """One change of a world.

    Attributes:
        things: the field of `World` that has the thing: `groups`.
        id: its key there.
        attribute: what changes of it; empty if `value` is a whole thing that is added.
        value: what the attribute becomes, or gets.
        adds: whether the attribute is a tuple that gets `value` as one more.
    """

    things: str
    id: str
    attribute: str
    value: Any
    adds: bool = False


# The changes that make a link whole.
Mend: TypeAlias = tuple[Change, ...]


@dataclass(frozen=True)
class Link:
    """A part of the way that does not hold.

    Attributes:
        cause: why; `words` has the text for it.
        names: what the text names, each by its part in the sentence.
        mend: the smallest changes that make it hold; empty if the world has no such setting.
    """

    cause: str
    names: tuple[tuple[str, str], ...] = ()
    mend: Mend = ()


@dataclass(frozen=True)
class Hop:
    """A part of the way that holds.

    Attributes:
        step: what happens there; `words` has the text for it.
        names: what the text names, each by its part in the sentence.
    """

    step: str
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Path:
    """The way to one service and back, as far as it goes.

    Attributes:
        to: the service's name: `ssm`; `host` is what the host itself needs, `identity` its rights.
        hops: what holds, and where it does not what is missing, in the order of the packet.
        back: the same for the answer.
    """

    to: str
    hops: tuple[Hop | Link | Unknown, ...]
    back: tuple[Hop | Link | Unknown, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is found about one host.

    Attributes:
        host: its key.
        kind: what comes of it all: one missing link is enough to be unreachable.
        paths: by service.
        broken: every missing link, once.
        unknown: all that is not known and counts, once.
    """

    host: str
    kind: Kind
    paths: tuple[Path, ...]
    broken: tuple[Link, ...] = ()
    unknown: tuple[Unknown, ...] = ()
