"""Changes of a world."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reachability.model import AclEntry, Route

if TYPE_CHECKING:
    from reachability.findings import Mend
    from reachability.model import World

# The number of the only entry.
_FIRST = 100


def apply(world: World, mend: Mend) -> World:
    """The world with these changes made, in their order.

    Raises:
        LookupError: a change is of a thing that neither the world nor a change before has.
    """
    changed: dict[str, dict[str, Any]] = {}
    for change in mend:
        things = changed.setdefault(change.things, dict(getattr(world, change.things)))
        if change.attribute:
            thing = things[change.id]
            value = _grown(getattr(thing, change.attribute), change.value) if change.adds else change.value
            things[change.id] = replace(thing, **{change.attribute: value})
        else:
            things.setdefault(change.id, change.value)
    return replace(world, **changed)  # type: ignore[arg-type] # the fields that are named hold things


def _grown(held: tuple[Any, ...], value: object) -> tuple[Any, ...]:
    """One more.

    A table has one route to a destination, so a new one takes the old one's place. An entry of an ACL comes before all
    of its direction; where they leave it no number, they move on.
    """
    if isinstance(value, Route):
        return (*(one for one in held if one.destination != value.destination), value)
    if isinstance(value, AclEntry):
        first = min((one.number for one in held if one.egress == value.egress), default=_FIRST + 1)
        if first <= 1:
            held = tuple(replace(one, number=one.number + 2 - first) for one in held)
            first = 2
        return (*held, replace(value, number=first - 1))
    return (*held, value)
