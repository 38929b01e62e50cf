"""What a program gives a component, as plain values where it decides what is made."""

import asyncio
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import is_dry_run

from components.base.errors import SECRET, ConfigError
from components.base.outputs import value_of
from components.base.reading import in_quotes, no_such_key
from components.settings import KEPT_SECRET, Settings

_NOT_KNOWN = (
    "it decides what is made, and is the output of something that is not there yet. Write the value itself, or an "
    "output that is known in a preview."
)


# In place of a component in a text a program in YAML gives its id, which never comes. AWS's provider would be sent
# none, and a group, say, be in the account's default VPC.
_NEVER_KNOWN = "it is not known in an update either. Give an output: a component itself has no id."

# Of a property's path: names, and numbers in brackets.
_PARTS = re.compile(r"[^.\[\]]+")

# Those of the schema's types that are not read as a setting is.
_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "this is no text. Give one."),
    "boolean": (bool, "use true or false."),
    "array": (list, "this is no list. Put brackets around it."),
    "object": (dict, "this is no map. Give a name to each value."),
}

# In a stack's configuration {} is the default of these, and nothing is made. A component is wanted, with its defaults.
_WANTED = ("network", "operators", "sessions")

# Outputs are taken for what is in them before a component sees them, and what was secret is known by this alone.
_SECRET: ContextVar[frozenset[str]] = ContextVar("_SECRET", default=frozenset())


@dataclass(frozen=True, kw_only=True)
class Given:
    """Plain values, by property.

    Attributes:
        values: as the readers of settings take them.
        secrets: the properties of which at least a part is secret.
    """

    values: Mapping[str, Any]
    secrets: frozenset[str]


@contextmanager
def resolved(inputs: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The inputs of a component, plain where they have to be, for as long as it is made.

    Args:
        inputs: as they come.
        schema: of the component.

    Raises:
        pulumi.InputPropertyError: a property is not there, is none of this component's or of another type, or has to be
            known and is not: in an update, each.
    """
    properties = schema["inputProperties"]
    given = {key: value for key, value in inputs.items() if known_or_itself(value) is not None}
    for key in schema["requiredInputs"]:
        if key not in given:
            raise pulumi.InputPropertyError(key, "it is required.")
    for key, value in given.items():
        if key not in properties:
            raise pulumi.InputPropertyError(key, no_such_key(key, properties))
        _require_type(properties[key], key, value)
        if not (is_known(value) or is_dry_run()):
            raise pulumi.InputPropertyError(key, _NEVER_KNOWN)
    plain = read_plain(given, [key for key in given if _has_plain_parts(properties[key])])
    parts = {key: _parts(key, value) for key, value in given.items() if _has_parts_to_come(properties[key])}
    before = _SECRET.set(plain.secrets)
    try:
        yield {**given, **plain.values, **parts}
    finally:
        _SECRET.reset(before)


def read_plain(args: Mapping[str, Any], keys: Collection[str]) -> Given:
    """Take these properties, as far as they are given.

    The engine has resolved a component's inputs before it asks for the component: an output has its value by now, but
    in a preview, where what is not there has none.

    Raises:
        pulumi.InputPropertyError: a value is not known yet.
    """
    values, secrets = {}, set()
    for key in keys:
        value, is_secret = _resolve(key, args.get(key))
        if value is not None:
            values[key] = value
            secrets |= {key} if is_secret or key in _SECRET.get() else set()
    return Given(values=values, secrets=frozenset(secrets))


def handed_on(args: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - it is whatever a program gives
    """A value that AWS's resources take as it is, known or not; None where there is none.

    Whether there is one decides what is made: an output that is not known yet is one.
    """
    value = args.get(key)
    return None if known_or_itself(value) is None else value


def known_or_itself(value: object) -> Any:  # noqa: ANN401 - it is whatever a program gives
    """What an Output holds, if that is known; anything else is itself, as an Output is that is not."""
    if not isinstance(value, pulumi.Output):
        return value
    known, is_known, _ = _look_into(value)
    return known if is_known else value


def known_or_none(value: object) -> Any:  # noqa: ANN401 - it is whatever a program gives
    """What an Output holds, if that is known; anything else is itself."""
    known = known_or_itself(value)
    return None if isinstance(known, pulumi.Output) else known


def is_known(value: object) -> bool:
    """Whether it is plain values to its last part, known by now: neither what is to come nor a resource."""
    known = known_or_itself(value)
    if isinstance(known, Mapping):
        return all(map(is_known, known.values()))
    if isinstance(known, (list, tuple)):
        return all(map(is_known, known))
    return not isinstance(known, (pulumi.Output, Unknown, pulumi.Resource))


def value_at(inputs: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - it is whatever a program gives
    """What a program gives at a path such as `egress[0].to`; None where it gives nothing."""
    value: Any = inputs
    for part in _PARTS.findall(path):
        if isinstance(value, Mapping):
            value = known_or_itself(value.get(part))
        elif isinstance(value, (list, tuple)) and part.isdecimal() and int(part) < len(value):
            value = known_or_itself(value[int(part)])
        else:
            return None
    return value


def parse(given: Given, *, secret: Mapping[str, str] | None = None) -> Settings:
    """Read values as those of a stack's configuration, with every contradiction that is refused there.

    Args:
        given: values by the keys of settings.
        secret: for a property that may be secret, the key of the settings that it is a part of; itself if it is none.

    Raises:
        ConfigError: a value cannot be deployed, or is secret where a state would have it as plain text.
    """
    secrets = frozenset((secret or {}).get(key, key) for key in given.secrets)
    for key in secrets.difference(KEPT_SECRET):
        raise ConfigError(
            key, SECRET, "it is secret, and would stand in the state as plain text all the same. Give it as it is."
        )
    try:
        # Pulumi hands over a stack's configuration as text, lists and maps as JSON.
        text = {
            key: one if isinstance(one, str) or key in _WANTED else json.dumps(one) for key, one in given.values.items()
        }
        return replace(Settings.parse(text), secrets=secrets)
    except ConfigError as error:
        if not secrets:
            raise
        raise ConfigError(error.key, SECRET, error.advice) from None


def _has_plain_parts(property_: Mapping[str, Any]) -> bool:
    return bool(property_.get("plain")) and not _has_parts_to_come(property_)


def _has_parts_to_come(property_: Mapping[str, Any]) -> bool:
    """Whether it is a list or a map that has to be known, of what need not be."""
    parts = property_.get("items") or property_.get("additionalProperties")
    return bool(property_.get("plain")) and parts is not None and not parts.get("plain")


def _require_type(property_: Mapping[str, Any], key: str, value: object) -> None:
    """Make sure that a value has the type of the schema, as far as no reader of settings looks at it.

    A program may give another where its language does not look, and a component would fail in the midst of it.
    """
    known, kind = known_or_itself(value), property_.get("type", "")
    if kind not in _TYPES or isinstance(known, (pulumi.Output, Unknown)):
        return
    type_, words = _TYPES[kind]
    if isinstance(known, pulumi.Resource):
        raise pulumi.InputPropertyError(key, "this is a resource. Give one of its outputs.")
    if not isinstance(known, type_):
        quoted = in_quotes(_without_point(known)) if kind == "string" else ""
        raise pulumi.InputPropertyError(key, f"this is no text. Put it in quotes{quoted}." if quoted else words)
    # What nobody reads but AWS: the provider sends no empty one, and a group, say, is in the account's default VPC.
    if isinstance(known, str) and not known.strip() and not property_.get("plain"):
        raise pulumi.InputPropertyError(key, "it is empty. Give a value.")
    if isinstance(known, dict):
        for part, one in known.items():
            _require_type(property_["additionalProperties"], f"{key}.{part}", one)
    if isinstance(known, list):
        for index, one in enumerate(known):
            _require_type(property_["items"], f"{key}[{index}]", one)


def _parts(key: str, value: object) -> Any:  # noqa: ANN401 - it is whatever a program gives
    """The list or the map itself, whose parts may be to come."""
    if not isinstance(value, pulumi.Output):
        return value
    known = known_or_none(value)
    if known is None:
        raise pulumi.InputPropertyError(key, _NOT_KNOWN)
    # Taken out of it one by one, they stay as secret as it is.
    if isinstance(known, dict):
        return {part: value[part] for part in known}
    return [value[index] for index in range(len(known))]


def _resolve(key: str, value: object) -> tuple[Any, bool]:
    """The value without outputs in it, and whether any of it is secret."""
    if isinstance(value, pulumi.Output):
        known, is_known, is_secret = _look_into(value)
        if not is_known:
            raise pulumi.InputPropertyError(key, _NOT_KNOWN)
        return _resolve(key, known)[0], is_secret
    if isinstance(value, Unknown):
        raise pulumi.InputPropertyError(key, _NOT_KNOWN)
    if isinstance(value, Mapping):
        entries = {name: _resolve(f"{key}.{name}", one) for name, one in value.items() if one is not None}
        return {name: one for name, (one, _) in entries.items()}, any(secret for _, secret in entries.values())
    if isinstance(value, (list, tuple)):
        items = [_resolve(f"{key}[{index}]", one) for index, one in enumerate(value)]
        return [one for one, _ in items], any(secret for _, secret in items)
    if isinstance(value, Enum):
        return value.value, False
    return _without_point(value), False


def _without_point(value: object) -> Any:  # noqa: ANN401 - it is whatever a program gives
    """A whole number as one: every number comes as a float, as Pulumi's wire has no other."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _look_into(output: pulumi.Output[Any]) -> tuple[Any, bool, bool]:
    """Its value, whether that is known, and whether it is secret."""
    value, is_known, is_secret = value_of(asyncio.gather(output.future(), output.is_known(), output.is_secret()))
    return value, is_known, is_secret
