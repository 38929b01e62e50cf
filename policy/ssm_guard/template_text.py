"""From the text of a CloudFormation template, or of a JSON property, to plain values; junk ends in one error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

# CloudFormation takes no larger body than this inline; reading more would only cost time.
LARGEST_BODY = 51_200
# Far deeper than any template, and far from the recursion limits of the parsers.
DEEPEST = 60


# PyYAML lets through whatever its constructors trip over: KeyError for `!!bool x`, AttributeError for `!!timestamp x`.
_YAML_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, yaml.YAMLError)


class TemplateError(Exception):
    """The text is no template that CloudFormation would take, or is beyond what the pack reads."""


def parse(body: str) -> object:
    """The template as plain values; short tags (`!Ref`) become their long forms.

    Raises:
        TemplateError: with the reason, for everything that is no template.
    """
    if len(body) > LARGEST_BODY:
        raise TemplateError(f"longer than the {LARGEST_BODY:,} bytes that CloudFormation takes")
    try:
        if body.lstrip().startswith("{"):
            return parse_json(body)
        _check_shape(body)
        # A SafeLoader: the tags below are all that it makes, and they make plain dicts.
        return yaml.load(body, _Loader)  # noqa: S506
    except _YAML_ERRORS as error:
        raise TemplateError(f"no JSON or YAML ({type(error).__name__})") from error


def parse_json(text: str) -> object:
    """The values in a JSON text.

    Raises:
        TemplateError: for text that is no JSON, or is nested deeper than anybody writes.
    """
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"no JSON ({error})") from error
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if level:
        raise TemplateError(f"nested deeper than {DEEPEST} levels")
    return value


def _check_shape(body: str) -> None:
    """Refuses what would blow up: CloudFormation has no YAML aliases, and nobody nests this deep."""
    depth = 0
    for event in yaml.parse(body, _Base):
        if isinstance(event, yaml.AliasEvent):
            raise TemplateError("a YAML alias, which CloudFormation doesn't take")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise TemplateError(f"nested deeper than {DEEPEST} levels")


if TYPE_CHECKING:
    _Base = yaml.SafeLoader
else:
    # libyaml is ten times faster, and not in every build of PyYAML.
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """YAML as CloudFormation writes it: `!Ref x` is {"Ref": x}, `!Sub x` is {"Fn::Sub": x}."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> object:
    value: object
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)


def _text_of(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


# Numbers and dates stay the text that they are in a template, which is how CloudFormation compares and joins them.
for _kind in ("int", "float", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _text_of)
