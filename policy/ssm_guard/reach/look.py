"""A resource of a stack as the loader looks at it: a flag, a text, what another resource is, or what isn't known of it.

In a preview the provider has yet to fill in what the program doesn't write, and that is as unknown as an id that the
program takes from another resource. Which of the two it is, the engine's record of the dependencies tells: what isn't
known in a property that depends on nothing is what nobody wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reachability.model import OneOf, Unknown
from ssm_guard.node import Doubt
from ssm_guard.values import true, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pulumi_policy import PolicyResource

    from reachability.model import Ref
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack


@dataclass(frozen=True)
class Look:
    """One resource, within its stack."""

    stack: Stack
    resource: PolicyResource

    @property
    def urn(self) -> str:
        """Its key in the world."""
        return self.resource.urn

    @property
    def label(self) -> str:
        """What a message calls it: its name, with the last word of its type where another one has the same name."""
        name = self.resource.name
        is_shared = self.stack.label(self.resource) != name
        return f"{name} ({self.resource.resource_type.rpartition(':')[2]})" if is_shared else name

    @property
    def root(self) -> Node:
        """All properties."""
        return self.stack.properties(self.resource)

    def __getitem__(self, key: str) -> Node:
        """A property."""
        return self.root[key]

    def is_written(self, node: Node) -> bool:
        """Whether somebody gave the property a value; outputs write "" for what isn't set."""
        if not isinstance(node.value, Doubt):
            return node.value not in (None, "", [], {})
        return bool(self._dependencies(node))

    def unknown(self, node: Node) -> Unknown:
        """What isn't known, and where it comes from."""
        made_from = sorted({Look(self.stack, one).label for one in self._dependencies(node)})
        source = f"it comes from {', '.join(made_from)}" if made_from else "it is known after the update"
        return Unknown(f"{node.where} of {self.label}", source)

    def flag(self, node: Node, *, otherwise: bool = False) -> bool | Unknown:
        """A switch; what nobody wrote is as AWS has it."""
        if not self.is_written(node):
            return otherwise
        value = true(node)
        return self.unknown(node) if isinstance(value, Doubt) else value

    def text(self, node: Node) -> str | Unknown:
        """A text, empty where nobody wrote one."""
        if not self.is_written(node):
            return ""
        return node.value if isinstance(node.value, str) else self.unknown(node)

    def number(self, node: Node, *, otherwise: int) -> int | Unknown:
        """A whole number."""
        if not self.is_written(node):
            return otherwise
        value = whole_number(node)
        return self.unknown(node) if value is None else value

    def texts(self, node: Node) -> tuple[str | Unknown, ...]:
        """The texts of a list; one that isn't known as a whole is one Unknown."""
        if not self.is_written(node):
            return ()
        return tuple(item.value if isinstance(item.value, str) else self.unknown(item) for item in node.each())

    def ref(self, node: Node, types: Collection[str]) -> Ref | None:
        """The one thing that a property names, or those that it may name; None where it names nothing."""
        if not self.is_written(node):
            return None
        found = self._candidates(node, types)
        if len(found) == 1:
            return found[0].urn
        if found:
            unknown = self.unknown(node)
            return OneOf(unknown.what, tuple(sorted(one.urn for one in found)), unknown.source)
        return node.value if isinstance(node.value, str) else self.unknown(node)

    def refs(
        self, node: Node, types: Collection[str], fits: Callable[[Look], bool] = lambda _: True
    ) -> tuple[Ref, ...] | Unknown:
        """What a list names; `fits` says what a component may hand out for it.

        A list that depends on several things is taken to name them all: the provider says of a set that it isn't known
        as soon as one of its items isn't, and who picks one of several writes a single value.
        """
        if not self.is_written(node):
            return ()
        found: dict[Ref, None] = {}
        for item in node.each():
            candidates = self._candidates(item, types, fits)
            if isinstance(item.value, str):
                found |= dict.fromkeys([candidates[0].urn if len(candidates) == 1 else item.value])
            elif not candidates or (len(candidates) > 1 and not self.stack.targets(self.resource, item, types)):
                return self.unknown(item)
            else:
                found |= {one.urn: None for one in candidates}
        return tuple(found)

    def may_be(self, node: Node, types: Collection[str]) -> bool:
        """Whether a property may name one of these types, where the stack has what it names."""
        return bool(self.stack.targets(self.resource, node, types))

    def named(self, node: Node) -> Ref:
        """Whatever a property names, of any type."""
        if isinstance(node.value, str):
            return node.value
        found = self._dependencies(node)
        return next(iter(found)).urn if len(found) == 1 else self.unknown(node)

    def _candidates(
        self, node: Node, types: Collection[str], fits: Callable[[Look], bool] = lambda _: True
    ) -> list[PolicyResource]:
        found = self.stack.targets(self.resource, node, types)
        if found or not isinstance(node.value, Doubt):
            return found
        # What another language's component hands out depends on the component alone.
        parents = {one.urn for one in self._dependencies(node)}
        inside = (
            [one for one in self.stack.of(types) if not parents.isdisjoint(self.stack.parents(one))] if parents else []
        )
        return [one for one in inside if fits(Look(self.stack, one))]

    def _dependencies(self, node: Node) -> Collection[PolicyResource]:
        return self.resource.property_dependencies.get(str(node.path[0]), ()) if node.path else ()


def perhaps(stack: Stack, ref: Ref | None, types: Collection[str]) -> Collection[str]:
    """What may be meant, where it is not known which: one of several, or any of these types where nothing tells."""
    return ref.ids if isinstance(ref, OneOf) else [resource.urn for resource in stack.of(types)]


def looks(stack: Stack, types: Collection[str]) -> Iterator[Look]:
    """The resources of these types."""
    return (Look(stack, resource) for resource in stack.of(types))
