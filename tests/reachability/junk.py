"""Worlds of anything: whatever the types of the model admit, with keys that lead somewhere now and then."""

from __future__ import annotations

from dataclasses import fields, replace
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from reachability.findings import Change
from reachability.mends import apply
from reachability.model import OneOf, Thing, Unknown, World

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = ("a", "b", "c")
_TEXTS = (
    *KEYS,
    *("10.0.0.0/16", "10.0.1.0/24", "0.0.0.0/0", "::/0", "2600:1f18::/64", "52.0.0.0/8", "10.0.1.7", "junk/99", ""),
    *(
        "ssm",
        "ssmmessages",
        "s3",
        "ssm.eu-west-1.amazonaws.com",
        "*.amazonaws.com",
        "eu-west-1",
        "{",
        '{"Statement": []}',
    ),
)
_UNKNOWN = Unknown("something", "somewhere")


@cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type, as the model says it."""
    if get_origin(kind) in (Union, UnionType):
        return st.one_of(*map(values_of, get_args(kind)))
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if parts[-1] is Ellipsis:
            return st.lists(values_of(parts[0]), max_size=3).map(tuple)
        return st.tuples(*map(values_of, parts))
    return _plain(kind)


@cache
def _plain(kind: Any) -> st.SearchStrategy[Any]:
    simple: dict[Any, st.SearchStrategy[Any]] = {
        NoneType: st.none(),
        bool: st.booleans(),
        int: st.sampled_from((-1, 0, 1, 80, 100, 443, 1024, 60999, 65535, 99999)),
        str: st.sampled_from(_TEXTS),
        Unknown: st.just(_UNKNOWN),
        OneOf: st.builds(
            OneOf, st.sampled_from(("this", "that")), st.lists(st.sampled_from(KEYS), max_size=2).map(tuple)
        ),
    }
    if kind in simple:
        return simple[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: values_of(hints[one.name]) for one in fields(kind) if one.init})


@cache
def junk_worlds() -> st.SearchStrategy[World]:
    """Each field of a world with things for some of the keys."""
    hints = get_type_hints(World)
    made: dict[str, st.SearchStrategy[Any]] = {}
    for one in fields(World):
        parts = get_args(hints[one.name])
        if len(parts) == 2 and isinstance(parts[1], type) and issubclass(parts[1], Thing):
            made[one.name] = st.dictionaries(st.sampled_from(KEYS), values_of(parts[1]), max_size=3).map(_keyed)  # type: ignore[arg-type] # a class has a hash
        elif parts and parts[0] is str and one.name in ("elsewhere", "addresses"):
            made[one.name] = st.dictionaries(st.sampled_from(KEYS), values_of(parts[1]), max_size=2)
        else:
            made[one.name] = values_of(hints[one.name])
    return st.builds(World, **made)


def _keyed(things: dict[str, Any]) -> dict[str, Any]:
    return {key: replace(one, id=key) for key, one in things.items()}


def _holds_things(held: object) -> bool:
    return isinstance(held, dict) and any(isinstance(one, Thing) for one in held.values())


@st.composite
def spoilt_worlds(draw: st.DrawFn, worlds: Sequence[World]) -> World:
    """A world that works, with a few of its values replaced by any that their types admit."""
    world = draw(st.sampled_from(worlds))
    names = [one.name for one in fields(World) if _holds_things(getattr(world, one.name))]
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(names))
        thing = draw(st.sampled_from(list(getattr(world, name).values())))
        attribute = draw(st.sampled_from([one.name for one in fields(thing) if one.name != "id"]))
        value = draw(values_of(get_type_hints(type(thing))[attribute]))
        world = apply(world, (Change(name, thing.id, attribute, value),))
    return world
