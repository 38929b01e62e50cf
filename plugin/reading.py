"""What a program gives a component, as plain values where it decides what is made."""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pulumi
from pulumi.output import Unknown

from components.base.errors import SECRET, ConfigError
from components.base.waiting import wait_for
from components.settings import KEPT_SECRET, Settings

_NOT_KNOWN = (
    "it decides what is made, and is the output of something that is not there yet. Write the value itself, or an "
    "output that is known in a preview."
)


# The SDK takes outputs for what is in them before a component sees them, and what was secret is known by this alone.
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
def resolved(inputs: Mapping[str, Any], plain: Collection[str]) -> Iterator[dict[str, Any]]:
    """The inputs of a component with what is in the outputs among these, for as long as it is made.

    Pulumi's SDK takes a map that is an output for an empty one, and raises at a number or a choice that is one.

    Raises:
        pulumi.InputPropertyError: a value is not known yet.
    """
    given = read_plain(inputs, [key for key in inputs if key in plain])
    before = _SECRET.set(given.secrets)
    try:
        yield {**inputs, **given.values}
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
    if isinstance(value, pulumi.Output):
        known, is_known, _ = _look_into(value)
        return None if is_known and known is None else value
    return value


def known_or_none(value: object) -> Any:  # noqa: ANN401 - it is whatever a program gives
    """What an Output holds, if that is known; anything else is itself."""
    if not isinstance(value, pulumi.Output):
        return value
    known, is_known, _ = _look_into(value)
    return known if is_known else None


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
        text = {key: one if isinstance(one, str) else json.dumps(one) for key, one in given.values.items()}
        return replace(Settings.parse(text), secrets=secrets)
    except ConfigError as error:
        if not secrets:
            raise
        raise ConfigError(error.key, SECRET, error.advice) from None


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
    # Every number comes as a float, as Pulumi's wire has no other.
    return (int(value) if isinstance(value, float) and value.is_integer() else value), False


def _look_into(output: pulumi.Output[Any]) -> tuple[Any, bool, bool]:
    """Its value, whether that is known, and whether it is secret."""
    value, is_known, is_secret = wait_for(asyncio.gather(output.future(), output.is_known(), output.is_secret()))
    return value, is_known, is_secret
