"""A CloudFormation template: its parameters, its conditions, and what its intrinsic functions come to.

What can be worked out from the template and the stack's parameters is; the rest becomes a doubt, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from ssm_guard.node import SENTINELS, Doubt, Node, Path, Why, path_text, short

NO_VALUE = "AWS::NoValue"
# AWS looks up what stands in a secret or a parameter store when it makes the resource.
DYNAMIC_REFERENCE = "{{resolve:"
# As long as a parameter may be. What functions put together could double at each of their levels.
_LONGEST_TEXT = 4_096
# Conditions that name conditions: more than anybody writes, and far from the limit of recursion.
_LONGEST_CHAIN = 60
# A name in a text ends at the next `$` or `{` too: else every `${` that nobody closed is read to the end of the text.
_IN_TEXT = re.compile(r"\$\{(!?)([^{}$]*)\}")


@dataclass
class Template:
    """A parsed template with the parameters of its stack, and how many templates it stands in."""

    body: Mapping[str, object] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    level: int = 0
    _conditions: dict[str, bool | None] = field(default_factory=dict)
    _chain: int = 0

    def section(self, name: str) -> Mapping[str, object]:
        """A top-level section; an empty one where there is none."""
        section = self.body.get(name)
        return section if isinstance(section, Mapping) else {}

    def resolve(self, value: object, path: Path) -> object:
        """What a value comes to: itself, what its intrinsic function gives, or a doubt."""
        name, argument = _intrinsic(value)
        if name is not None:
            function = self._FUNCTIONS.get(name)
            value = function(self, argument, path) if function else None
            if value is None:
                # While a parameter is unknown, what can't be worked out may hang on it.
                why = Why.UNKNOWN if self._has_unknown_parameters else Why.OPAQUE
                return Doubt(why, path_text(path), f"{name} {_brief(argument)}")
        if isinstance(value, str) and DYNAMIC_REFERENCE in value:
            return Doubt(Why.OPAQUE, path_text(path), short(value))
        return None if value is _NOTHING else value

    @cached_property
    def _has_unknown_parameters(self) -> bool:
        return any(isinstance(given, Doubt) and given.why is Why.UNKNOWN for given in self.parameters.values())

    def branches(self, value: object) -> Iterator[object]:
        """Every value that may stand here: both sides of an `Fn::If` whose condition can't be told."""
        name, argument = _intrinsic(value)
        if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:  # noqa: PLR2004 - AWS's own arity
            chosen = self.condition(argument[0])
            sides = argument[1:] if chosen is None else [argument[1 if chosen else 2]]
            for side in sides:
                yield from self.branches(side)
        else:
            yield value

    def condition(self, name: object) -> bool | None:
        """Whether a condition holds; None where that can't be told. Each is worked out once."""
        if not isinstance(name, str):
            return None
        if name not in self._conditions:
            # What refers back to itself can't be told, nor what hangs on a longer chain than anybody writes.
            self._conditions[name] = None
            self._chain += 1
            if self._chain <= _LONGEST_CHAIN:
                with suppress(RecursionError):
                    self._conditions[name] = self._holds(self.section("Conditions").get(name))
            self._chain -= 1
        return self._conditions[name]

    def _holds(self, expression: object) -> bool | None:
        name, argument = _intrinsic(expression)
        if name == "Condition":
            return self.condition(argument)
        if not isinstance(argument, list):
            return None
        if name == "Fn::Equals":
            return self._equal(argument)
        inner = [self._holds(item) for item in argument]
        if name == "Fn::Not":
            return None if inner not in ([True], [False]) else not inner[0]
        if name in {"Fn::And", "Fn::Or"}:
            # One False decides an And and one True an Or, whatever the rest.
            decisive = name == "Fn::Or"
            return decisive if decisive in inner else None if None in inner else not decisive
        return None

    def _equal(self, pair: list[object]) -> bool | None:
        texts = [self._text(item) for item in pair]
        return None if None in texts else len(set(texts)) == 1

    def _text(self, value: object) -> str | None:
        """A scalar as CloudFormation compares and joins it: as text."""
        value = self.resolve(value, ())
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # the engine sends 22.0 for a parameter of 22
        return str(value) if isinstance(value, str | int | float) and value not in SENTINELS else None

    def _ref(self, name: object, path: Path) -> object:
        if name == NO_VALUE:
            return _NOTHING
        declared = self.section("Parameters").get(name) if isinstance(name, str) else None
        if not isinstance(declared, Mapping):
            return None
        value = self.parameters.get(str(name), declared.get("Default"))
        if isinstance(value, Doubt):
            return Doubt(value.why, path_text(path), f"parameter {name}")
        kind = str(declared.get("Type"))
        if kind.startswith("AWS::SSM::Parameter"):
            return None  # the value is a name; AWS looks up what it stands for
        if isinstance(value, str) and (kind == "CommaDelimitedList" or kind.startswith("List<")):
            return [item.strip() for item in value.split(",")]
        return _literal(value)

    def _sub(self, argument: object, _path: Path) -> object:
        text, given = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})  # noqa: PLR2004
        if not isinstance(text, str) or not isinstance(given, Mapping):
            return None
        names = [name for literal, name in _IN_TEXT.findall(text) if name and not literal]
        found = {name: self._text(given.get(name, {"Ref": name})) for name in set(names)}
        if None in found.values() or len(text) + sum(len(found[name] or "") for name in names) > _LONGEST_TEXT:
            return None
        return _IN_TEXT.sub(lambda hit: f"${{{hit[2]}}}" if hit[1] else str(found.get(hit[2], hit[0])), text)

    def _join(self, argument: object, path: Path) -> object:
        if not isinstance(argument, list) or len(argument) != 2:  # noqa: PLR2004
            return None
        items = self.resolve(argument[1], path)
        texts = [self._text(item) for item in items] if isinstance(items, list) else [None]
        known = [text for text in texts if text is not None]
        between = str(argument[0])
        if len(known) < len(texts) or len(between) * len(known) + sum(map(len, known)) > _LONGEST_TEXT:
            return None
        return between.join(known)

    def _split(self, argument: object, _path: Path) -> object:
        if not isinstance(argument, list) or len(argument) != 2:  # noqa: PLR2004
            return None
        text = self._text(argument[1])
        return None if text is None or not argument[0] else text.split(str(argument[0]))

    def _select(self, argument: object, path: Path) -> object:
        if not isinstance(argument, list) or len(argument) != 2:  # noqa: PLR2004
            return None
        index, items = self._text(argument[0]), self.resolve(argument[1], path)
        if index is None or not index.isdecimal() or not isinstance(items, list) or int(index) >= len(items):
            return None
        return self.resolve(items[int(index)], path)

    def _find_in_map(self, argument: object, _path: Path) -> object:
        keys = [self._text(key) for key in argument] if isinstance(argument, list) else []
        found: object = self.section("Mappings")
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) and key is not None else None
        return _literal(found) if keys else None

    def _if(self, argument: object, path: Path) -> object:
        sides = list(self.branches({"Fn::If": argument}))
        if len(sides) != 1 or _intrinsic(sides[0])[0] == "Fn::If":
            return None
        resolved = self.resolve(sides[0], path)
        return _NOTHING if resolved is None else resolved

    _FUNCTIONS: ClassVar[Mapping[str, Callable[[Template, object, Path], object]]] = {
        "Ref": _ref,
        "Fn::Sub": _sub,
        "Fn::Join": _join,
        "Fn::Split": _split,
        "Fn::Select": _select,
        "Fn::FindInMap": _find_in_map,
        "Fn::If": _if,
    }


# What `AWS::NoValue` leaves: the property is as if it had never been written.
_NOTHING = object()


def _literal(value: object) -> object:
    """A scalar or a list of them: all that parameters and mappings hold. A function there could go in circles."""
    items = value if isinstance(value, list) else [value]
    return value if all(isinstance(item, str | int | float) for item in items) else None


def _intrinsic(value: object) -> tuple[str | None, object]:
    """The name and argument of an intrinsic function, or (None, …) for a plain value."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, argument),) = value.items()
        if isinstance(name, str) and (name in {"Ref", "Condition"} or name.startswith("Fn::")):
            return name, argument
    return None, None


def _brief(argument: object) -> str:
    return argument if isinstance(argument, str) and len(argument) <= 40 else short(argument, 40)  # noqa: PLR2004


@dataclass(frozen=True)
class TemplateNode(Node):
    """A place in a template, or in properties that are written as CloudFormation writes them: PascalCase."""

    template: Template = field(default_factory=Template)
    raw: object = None

    def _find(self, mapping: Mapping[str, object], key: str) -> tuple[str, object]:
        # Readers ask in camelCase, as aws-native spells it; the spelling differs in more than the first letter
        # (EC2InboundPermissions), and what CloudFormation would refuse for its case may as well be judged.
        exact = key[:1].upper() + key[1:]
        if exact in mapping:
            return exact, mapping[exact]
        found = ((str(name), value) for name, value in mapping.items() if str(name).lower() == key.lower())
        return next(found, (exact, None))

    def _child(self, value: object, step: str | int) -> Node:
        path = (*self.path, step)
        return TemplateNode(_known(self.template.resolve(value, path), path), path, self.template, value)

    def each(self) -> Iterator[Node]:
        """The elements of a list, with both sides of every `Fn::If` that can't be told."""
        for side in self.template.branches(self.raw):
            value = _known(self.template.resolve(side, self.path), self.path)
            if isinstance(value, list):
                for index, item in enumerate(value):
                    child = self._child(item, index)
                    yield from child.each() if _intrinsic(item)[0] else iter([child] if child.value is not None else [])
            elif value is not None:
                yield TemplateNode(value, self.path, self.template, side)

    @property
    def refers_to(self) -> str | Doubt | None:
        """The logical name behind `Ref` and `Fn::GetAtt`, or the id that stands here."""
        name, argument = _intrinsic(self.raw)
        if name not in {"Ref", "Fn::GetAtt"}:
            return super().refers_to
        first = argument[0] if isinstance(argument, list) and argument else argument
        return str(first).partition(".")[0]


def _known(value: object, path: Path) -> object:
    if isinstance(value, str) and value in SENTINELS:
        return Doubt(Why.UNKNOWN, path_text(path), "unknown")
    return value
