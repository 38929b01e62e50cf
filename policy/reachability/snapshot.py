"""A world as a file: what one program read of a VPC, for another to reason on.

JSON has no more types than it needs: which of several a value is, the model's own annotations tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from reachability.model import World

FORMAT = "ssm-guard snapshot"
# Of the model: raised with each change of its fields.
VERSION = 2


class SnapshotError(Exception):
    """A text is no snapshot that this version reads; the message completes "the file: it …"."""


def to_json(world: World) -> str:
    """The world as text."""
    return json.dumps({"format": FORMAT, "version": VERSION, "world": _written(world)}, indent=2) + "\n"


def from_json(text: str) -> World:
    """The world that a text tells.

    Raises:
        SnapshotError: it is no snapshot, or one of another version.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"it is no JSON: {error}") from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise SnapshotError("it is no snapshot of a VPC: use what `python -m doctor --capture VPC_ID` wrote")
    if whole.get("version") != VERSION:
        raise SnapshotError(
            f"it is a snapshot of version {whole.get('version')!r}, and this program reads version {VERSION}: take it "
            "anew with the doctor that came with this program"
        )
    world: World = _read(World, whole.get("world"), "world")
    return world


def _written(value: Any) -> Any:  # noqa: ANN401 - any part of the model
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {one.name: _written(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _written(one) for key, one in value.items()}
    return [_written(one) for one in value] if isinstance(value, tuple) else value


def _read(kind: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - a type of the model, and what JSON has for it
    """The value, which has to be of this type of the model.

    Raises:
        SnapshotError: it is not.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _read_one_of(parts, value, where)
    if origin is tuple and isinstance(value, list):
        kinds = [parts[0]] * len(value) if parts[-1] is Ellipsis else parts
        if len(kinds) == len(value):
            return tuple(
                _read(one, item, f"{where}[{at}]") for at, (one, item) in enumerate(zip(kinds, value, strict=True))
            )
    elif origin is Mapping and isinstance(value, dict):
        return {key: _read(parts[1], item, f"{where}.{key}") for key, item in value.items()}
    elif is_dataclass(kind) and isinstance(value, dict):
        hints = _hints(kind)  # type: ignore[arg-type] # a class has a hash
        if value.keys() == hints.keys():
            return kind(**{key: _read(hints[key], item, f"{where}.{key}") for key, item in value.items()})  # type: ignore[operator] # a class
    elif isinstance(kind, type) and issubclass(kind, Enum):
        if value in [one.value for one in kind]:
            return kind(value)
    # Not `isinstance`: to Python a truth is a number too.
    elif type(value) is kind:
        return value
    raise SnapshotError(f"{where} is broken: take the snapshot anew")


def _read_one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:  # noqa: ANN401 - as above
    """No two of a union's types are written alike: the dataclasses among them differ in their fields."""
    for kind in kinds:
        # The deepest place that is broken is told only where there is no choice.
        if _looks_like(kind, value):
            return _read(kind, value, where)
    raise SnapshotError(f"{where} is broken: take the snapshot anew")


def _looks_like(kind: Any, value: Any) -> bool:  # noqa: ANN401 - as above
    if kind is NoneType:
        return value is None
    if get_origin(kind) is tuple:
        return isinstance(value, list)
    if is_dataclass(kind):
        return isinstance(value, dict) and value.keys() == _hints(kind).keys()  # type: ignore[arg-type] # as above
    return isinstance(value, str) if issubclass(kind, Enum) else type(value) is kind


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a class of the model
    return get_type_hints(kind)
