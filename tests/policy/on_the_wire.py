"""Properties as the wire carries them, those included that no ordinary client writes."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

# Wire type 2: a tag, a length, and that many bytes.
_STRUCT_FIELDS, _ENTRY_KEY, _ENTRY_VALUE, _LIST_VALUES, _VALUE_TEXT, _VALUE_STRUCT, _VALUE_LIST = 1, 1, 2, 1, 3, 5, 6


def struct(props: Mapping[str, object]) -> Struct:
    """Plain values as a message; protobuf's own `ParseDict` takes no NaN."""
    return Struct(fields={key: value(inner) for key, inner in props.items()})


def value(of: object) -> Value:
    if of is None:
        return Value(null_value=NULL_VALUE)
    if isinstance(of, bool):
        return Value(bool_value=of)
    if isinstance(of, int | float):
        return Value(number_value=of)
    if isinstance(of, str):
        return Value(string_value=of)
    if isinstance(of, list):
        return Value(list_value=ListValue(values=map(value, of)))
    assert isinstance(of, dict)
    return Value(struct_value=struct(of))


def maps_within_each_other(levels: int, key: str = "k") -> bytes:
    """A `Struct` with one property that is nested this deep, as bytes: to build it would take as deep a recursion."""
    return _fields("deep", reduce(lambda inner, _: _field(_VALUE_STRUCT, _fields(key, inner)), range(levels), _END))


def lists_within_each_other(levels: int) -> bytes:
    """The same with lists."""
    return _fields(
        "deep", reduce(lambda inner, _: _field(_VALUE_LIST, _field(_LIST_VALUES, inner)), range(levels), _END)
    )


def _fields(key: str, inner: bytes) -> bytes:
    entry = _field(_ENTRY_KEY, key.encode()) + _field(_ENTRY_VALUE, inner)
    return _field(_STRUCT_FIELDS, entry)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    groups = [number >> shift & 127 for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([*(group | 128 for group in groups[:-1]), groups[-1]])


_END = _field(_VALUE_TEXT, b"end")
