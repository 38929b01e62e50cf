"""A place in a resource's properties: its value, its path, and why a value there can't be read.

Nothing here raises. A step into what is missing, unknown or of the wrong shape gives another `Node`, so that one bad
value never hides the rule next to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from reprlib import Repr
from typing import TYPE_CHECKING, Any

from pulumi_policy import proxy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, serialize_properties

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]
_SCALARS = frozenset({str, float, int, bool, type(None)})

# The SDK stands these strings in for values that a preview can't know. They are not in its `__all__`;
# tests/policy/test_node.py fails when a release of the SDK moves or changes them. The last one is what
# `pulumi policy analyze --file` puts in place of a secret that it can't decrypt.
SENTINELS = frozenset({*(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")), "[secret]"})

# CloudFormation looks this up in Parameter Store or Secrets Manager when it makes the resource; nobody else can.
_DYNAMIC_REFERENCE = "{{resolve:"


class Why(Enum):
    """Why a value can't be judged."""

    UNKNOWN = "not known before `pulumi up`"
    MALFORMED = "not a value that is taken here"
    OPAQUE = "out of the pack's sight"


@dataclass(frozen=True)
class Doubt:
    """A value that can't be judged: why, where it was written, and what stands there."""

    why: Why
    where: str
    said: str


@dataclass(frozen=True)
class Node:
    """A value in a tree of properties, and the path to it. `None` is a value that is missing or null."""

    value: object
    path: Path = ()

    @property
    def where(self) -> str:
        """The path as a person writes it: `ingress[2].cidrBlocks[0]`."""
        return path_text(self.path)

    def __getitem__(self, key: str) -> Node:
        """The property `key`; what can't be entered gives its own doubt again."""
        if self.value is None or isinstance(self.value, dict):
            name, value = self._find(self.value or {}, key)
            return self._child(value, name)
        return Node(self.doubt(Why.MALFORMED), self.path)

    def _find(self, mapping: Mapping[str, object], key: str) -> tuple[str, object]:
        """The property and its name as it was written."""
        return key, mapping.get(key)

    def _child(self, value: object, step: str | int) -> Node:
        path = (*self.path, step)
        return type(self)(_seen(value, path) if isinstance(value, str | dict) else value, path)

    def each(self) -> Iterator[Node]:
        """The elements of a list; a single value counts as a list of one, so that a misshapen rule is still judged."""
        if not isinstance(self.value, list):
            return iter([] if self.value is None else [self])
        return (self._child(item, index) for index, item in enumerate(self.value) if item is not None)

    def items(self) -> Iterator[tuple[str, Node]]:
        """The entries of a map whose keys are names that somebody chose; none where there is no map."""
        pairs = self.value.items() if isinstance(self.value, dict) else ()
        return ((str(key), self._child(value, str(key))) for key, value in pairs)

    @property
    def refers_to(self) -> str | Doubt | None:
        """The id of another resource that stands here, or the doubt where it isn't known."""
        return self.value if isinstance(self.value, str | Doubt) else None

    def doubt(self, why: Why) -> Doubt:
        """The doubt that this value already is, or a new one about it."""
        if isinstance(self.value, Doubt):
            return self.value
        looked_up = isinstance(self.value, str) and _DYNAMIC_REFERENCE in self.value
        return Doubt(Why.OPAQUE if looked_up else why, self.where, short(self.value))


def root(props: Mapping[str, object], kind: type[Node] = Node) -> Node:
    """The properties of a resource as the SDK hands them over, in the spelling of its kind of package.

    The SDK's own view raises at the first unknown value; its serialised form holds sentinels instead, which lets the
    known values beside it be judged.
    """
    return kind(plain(props))


_VIEWS = tuple(map(type, (view := proxy.unknown_checking_proxy({"list": []}), view["list"])))


def plain(value: Any) -> Any:  # noqa: ANN401 - properties are anything
    """What the SDK's `serialize_properties` gives, in a fifth of the time: it was half of what a big stack cost."""
    kind = type(value)
    if kind in _VIEWS:
        value = value["__target"]
        kind = type(value)
    if kind is dict:
        return {key: plain(item) for key, item in value.items()}
    if kind is list:
        return [plain(item) for item in value]
    return value if kind in _SCALARS else serialize_properties(value)


def first_doubt(*values: object) -> Doubt | None:
    """The first of these that can't be judged."""
    return next((value for value in values if isinstance(value, Doubt)), None)


def path_text(path: Path) -> str:
    """A path as a person writes it: `ingress[2].cidrBlocks[0]`."""
    return sendable("".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix("."))


def sendable(text: str) -> str:
    r"""The text, with half a pair of surrogates as its escape: JSON may say `"\ud800"`, and protobuf sends none."""
    return text.encode("utf-8", "backslashreplace").decode()


def unwrapped(value: Any) -> Any:  # noqa: ANN401 - properties are anything
    """The value inside a secret; any other value as it is. Only a remediation meets secrets in their wrapping."""
    is_secret = isinstance(value, dict) and value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG
    return value.get("value") if isinstance(value, dict) and is_secret else value


def _seen(value: object, path: Path) -> object:
    """The value, or the doubt that an unknown one is."""
    if isinstance(value, dict):
        value = unwrapped(value)
    if isinstance(value, str) and value in SENTINELS:
        return Doubt(Why.UNKNOWN, path_text(path), "unknown")
    return value


def short(value: object, limit: int = 60) -> str:
    """A value as Python writes it, and no more of it than fits a line."""
    if value is None:
        return "nothing"
    # `repr` of all of a long text would be as long again, and of all of a deep value a recursion.
    text = repr(value[: limit + 1]) if isinstance(value, str) else _BRIEF.repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


_BRIEF = Repr()
_BRIEF.maxlist = _BRIEF.maxdict = 10
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 100
