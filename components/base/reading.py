"""Reads one value of a stack's configuration, or says what is wrong with it.

Pulumi hands a key's value over as text, lists and maps as JSON; inside of those, values have types of their own.
Every reader takes both, after the key that an error names.
"""

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from .errors import ConfigError

_Choice = TypeVar("_Choice", bound=Enum)

Reader = Callable[[str, Any], Any]

# No setting needs more. Python takes no int of more than 4,300 digits, and recurses into what is nested.
_MOST_DIGITS = 9
_DEEPEST = 20


def read_fields(readers: Mapping[str, Reader], parent: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Read a map whose keys have a reader each; the answer's keys are names of fields.

    Args:
        readers: by key.
        parent: what stands before each key in an error, for example ``instances[0].``.
        given: the values, by key.

    Raises:
        ConfigError: a key is none of those, since a misspelt one must not go unseen; or a value is refused.
    """
    for key, value in given.items():
        if key not in readers:
            raise ConfigError(f"{parent}{key}", value, no_such_key(key, readers))
    return {to_field(key): readers[key](f"{parent}{key}", value) for key, value in given.items()}


def no_such_key(key: object, keys: Collection[str]) -> str:
    """Say of a key that it is none of these, and which was meant, as far as one can guess."""
    nearest = difflib.get_close_matches(str(key), keys, n=1)
    guess = f" Did you mean {nearest[0]}?" if nearest else ""
    return f"there is no such key.{guess} Keys are {', '.join(keys)}."


def to_field(key: str) -> str:
    """Turn a key into the name of its field: Pulumi's keys are in camel case."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", key)


def read_choice(choices: type[_Choice], key: str, raw: object) -> _Choice:
    """Read one value of an enumeration."""
    names = [choice.value for choice in choices]
    if raw not in names:
        raise ConfigError(key, raw, f"use one of {', '.join(names)}.")
    return choices(raw)


def read_switch(key: str, raw: object) -> bool:
    """Read true or false."""
    if raw is True or raw == "true":
        return True
    if raw is False or raw == "false":
        return False
    raise ConfigError(key, raw, "use true or false.")


def read_number(allowed: range, key: str, raw: object) -> int:
    """Read a whole number of this range."""
    text = str(raw)
    if not (is_number(text) and int(text) in allowed):
        whole = f"a whole number from {allowed.start} to {allowed.stop - 1}" if len(allowed) > 1 else str(allowed.start)
        raise ConfigError(key, raw, f"use {whole}.")
    return int(text)


def is_number(text: str) -> bool:
    """Whether it is digits alone, and not too many of them."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def read_text(key: str, raw: object) -> str:
    """Read any text but an empty one."""
    if not isinstance(raw, str):
        raise ConfigError(key, raw, f"this is no text. Put it in quotes{in_quotes(raw)}.")
    if not raw.strip():
        raise ConfigError(key, raw, "it is empty. Remove the key to have the default.")
    return raw


def in_quotes(raw: object) -> str:
    """How a number or a switch is written as text; nothing for a list or a map."""
    return f": {json.dumps(json.dumps(raw))}" if isinstance(raw, (int, float)) else ""


def read_json(kind: type, example: str, key: str, raw: object) -> Any:  # noqa: ANN401 - it is whatever JSON holds
    """Read a list or a map."""
    value = raw
    if isinstance(raw, str):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            value = None
        if _is_nested_deeper(value, _DEEPEST):
            value = None
    if not isinstance(value, kind):
        raise ConfigError(key, raw, f"use {example}.")
    return value


def read_list(reader: Reader, example: str, key: str, raw: object) -> tuple[Any, ...]:
    """Read a list, each entry by the reader."""
    entries = read_json(list, example, key, raw)
    return tuple(reader(f"{key}[{index}]", entry) for index, entry in enumerate(entries))


def require_own_names(key: str, names: Sequence[str], one: str) -> None:
    """Make sure that every name of a list is used once.

    Args:
        key: of the list.
        names: of its entries, in their order.
        one: what an entry is, with its article.

    Raises:
        ConfigError: two entries have one name.
    """
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(f"{key}[{index}].name", name, f"{one} above has this name. Give each its own.")


def _is_nested_deeper(value: object, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        maps = [inner for one in layer if isinstance(one, dict) for inner in one.values()]
        layer = [inner for one in layer if isinstance(one, list) for inner in one] + maps
    return bool(layer)
