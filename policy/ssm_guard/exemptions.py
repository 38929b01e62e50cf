"""Exceptions to a policy that a team writes down: for what, why, and until when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ssm_guard.config_error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

EXEMPTIONS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "urn": {"type": "string", "minLength": 1, "description": "A URN, or a pattern with * and ?."},
            "type": {"type": "string", "minLength": 1, "description": "A type token, or a pattern with * and ?."},
            "reason": {"type": "string", "minLength": 1, "description": "Why it may break the rule."},
            "expires": {
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                "description": "The last day on which the exemption holds, in UTC.",
            },
        },
        "required": ["reason"],
        "additionalProperties": False,
    },
    "default": [],
    "description": "Resources that may break the rule: by urn or type, with a reason, and until a day or for good.",
}


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Resources whose URN and type match may break the rule, for `reason`, up to and including the day `expires`."""

    urn: str
    type: str
    reason: str
    expires: date | None

    def covers(self, urn: str, token: str) -> bool:
        """Whether it is about this resource."""
        return _matches(urn, self.urn) and _matches(token, self.type)

    def holds(self, today: date) -> bool:
        """Whether it isn't over yet."""
        return self.expires is None or today <= self.expires


def _matches(text: str, pattern: str) -> bool:
    """Whether a pattern with * and ? fits; `[` is a character of URNs (`web[0]`), and stands for itself."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


@dataclass(frozen=True)
class Pardon:
    """What the exemptions say about one resource: one that holds, and those that are over."""

    granted: Exemption | None
    expired: tuple[Exemption, ...]


def pardon(exemptions: Iterable[Exemption], urn: str, token: str, today: date) -> Pardon:
    """The exemptions of one resource on one day."""
    about = [exemption for exemption in exemptions if exemption.covers(urn, token)]
    granted = next((exemption for exemption in about if exemption.holds(today)), None)
    return Pardon(granted, tuple(exemption for exemption in about if not exemption.holds(today)))


def parse_exemptions(given: object) -> tuple[Exemption, ...]:
    """The exemptions in a configuration.

    Raises:
        ConfigError: for one without a reason, without anything that it is about, or with a day that is none.
    """
    if not isinstance(given, list):
        raise ConfigError(f"exemptions is {given!r}; use a list.")
    return tuple(_parse(f"exemptions[{index}]", item) for index, item in enumerate(given))


def _parse(where: str, item: object) -> Exemption:
    keys = EXEMPTIONS_SCHEMA["items"]["properties"]
    if not isinstance(item, dict):
        raise ConfigError(f"{where} is {item!r}; use an object with {', '.join(keys)}.")
    for key, value in item.items():
        if key not in keys or not isinstance(value, str) or not value.strip():
            raise ConfigError(f"{where} has {key!r}: {value!r}; use texts under {', '.join(keys)}.")
    if "reason" not in item:
        raise ConfigError(f"{where} has no reason; write down why it may break the rule.")
    if "urn" not in item and "type" not in item:
        raise ConfigError(f"{where} has neither urn nor type; say which resources it is about.")
    return Exemption(
        urn=item.get("urn", "*"),
        type=item.get("type", "*"),
        reason=item["reason"],
        expires=_day(where, item["expires"]) if "expires" in item else None,
    )


def _day(where: str, text: str) -> date:
    try:
        # Since Python 3.11 `fromisoformat` takes 20270131 and 2027-W04-7 too, which the schema and Python 3.10 refuse.
        if re.fullmatch(EXEMPTIONS_SCHEMA["items"]["properties"]["expires"]["pattern"], text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ConfigError(f"{where}.expires is {text!r}; use a day such as 2027-01-31.")
