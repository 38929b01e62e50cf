"""From the text of a CloudFormation template, or of a JSON property, to plain values; junk ends in one error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

# What CloudFormation takes from a URL, which is what a stack's outputs then hold. Inline it takes 51,200 bytes, and
# CloudControl 262,144.
LONGEST = 1_048_576
# Far deeper than any template, and far from the recursion limits of what works it out.
DEEPEST = 200
# What stands for a value that is nested deeper. No such function is known: a place that holds it can't be judged,
# and the rest of the template can.
CUT = {"Fn::Cut": f"at {DEEPEST} levels"}


class TemplateError(Exception):
    """The text is no template that CloudFormation would take, or is beyond what the pack reads."""


def parse(body: str) -> object:
    """The template as plain values; short tags (`!Ref`) become their long forms.

    Raises:
        TemplateError: with the reason, for everything that is no template.
    """
    if body.lstrip().startswith("{"):
        return parse_json(body)
    _check_length(body)
    try:
        return _composed(body)
    except (ValueError, yaml.YAMLError) as error:
        raise TemplateError(f"no JSON or YAML ({type(error).__name__})") from error


def parse_json(text: str) -> object:
    """The values in a JSON text. Numbers stay the text that they are: so CloudFormation compares and joins them.

    Raises:
        TemplateError: for text that is no JSON, or is nested as deep as nobody writes.
    """
    _check_length(text)
    try:
        # Python 3.10 takes minutes to make an integer of a million digits.
        value: object = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"no JSON ({error})") from error
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for _, inner in _children(outer)]
    for outer in level:
        for key, _ in _children(outer):
            outer[key] = CUT  # type: ignore[index] # it has this child, and so is a list or a dict
    return value


def _children(value: object) -> list[tuple[object, object]]:
    """The lists and dicts directly inside a value, with their keys."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(key, inner) for key, inner in pairs if isinstance(inner, dict | list)]


def _check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise TemplateError(f"longer than the {LONGEST:,} bytes that CloudFormation takes")


if TYPE_CHECKING:
    _Base = yaml.SafeLoader
else:
    # libyaml is ten times faster, and not in every build of PyYAML.
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Holder:
    """A list or a dict that is being filled, and the tag that stood before it."""

    def __init__(self, tag: str | None, items: list[object] | dict[str, object]) -> None:
        self.tag = tag
        self.items = items
        self.key: str | None = None

    def add(self, value: object) -> None:
        if isinstance(self.items, list):
            self.items.append(value)
        elif self.key is not None:
            self.items[self.key], self.key = value, None
        elif isinstance(value, dict | list):
            raise TemplateError("a YAML map with a key that is none")
        else:
            self.key = str(value)


def _composed(body: str) -> object:
    """What a YAML text says, event by event: PyYAML's own way is a recursion that ends the process at 20,000 levels."""
    documents: list[object] = []
    holders, depth = [_Holder(None, documents)], 0
    for event in _events(body):
        if isinstance(event, yaml.ScalarEvent):
            if depth <= DEEPEST:
                holders[-1].add(_scalar(event))
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth <= DEEPEST:
                holders.append(_Holder(event.tag, [] if isinstance(event, yaml.SequenceStartEvent) else {}))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            if depth < DEEPEST:
                done = holders.pop()
                holders[-1].add(_tagged(done.tag, done.items))
            elif depth == DEEPEST:
                holders[-1].add(CUT)
    if len(documents) > 1:
        raise TemplateError("several YAML documents")
    return documents[0] if documents else None


def _events(body: str) -> Iterator[yaml.Event]:
    for event in yaml.parse(body, _Base):
        if isinstance(event, yaml.AliasEvent):
            raise TemplateError("a YAML alias, which CloudFormation doesn't take")
        yield event


# What is no text where no quotes stand around it. Numbers and dates stay what they are in the template.
_PLAIN = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{form: True for word in ("yes", "true", "on") for form in (word, word.capitalize(), word.upper())},
    **{form: False for word in ("no", "false", "off") for form in (word, word.capitalize(), word.upper())},
}


def _scalar(event: yaml.ScalarEvent) -> object:
    value: str = event.value
    if event.implicit[0] and value in _PLAIN:
        return _PLAIN[value]
    return _tagged(event.tag, value)


def _tagged(tag: str | None, value: object) -> object:
    """YAML as CloudFormation writes it: `!Ref x` is {"Ref": x}, `!Sub x` is {"Fn::Sub": x}."""
    name = tag.removeprefix("!") if tag and tag.startswith("!") else ""
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value} if name else value
