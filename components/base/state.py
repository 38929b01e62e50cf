"""What the stack's last update left, read from the stack's own state before any resource is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Left:
    """A resource that is in the state.

    Attributes:
        urn: of it.
        type: Pulumi's token.
        outputs: what the provider said of it.
    """

    urn: str
    type: str
    outputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """How the program calls it."""
        return self.urn.rsplit("::", maxsplit=1)[1]

    def is_in(self, component: str) -> bool:
        """Whether it is a child of a component of this type."""
        return f"{component}${self.type}::" in self.urn


def state_of_stack() -> Mapping[str, Any]:
    """The resources of this stack after its last update, by URN; for each its type and outputs.

    Nothing in a new stack, nor what the engine is about to delete.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack})
    resources: Mapping[str, Any] = answer.value["outputs"]
    return resources


def left_of(*types: str) -> list[Left]:
    """The resources of these types."""
    return [
        Left(urn=urn, type=one["type"], outputs=one["outputs"])
        for urn, one in state_of_stack().items()
        if one["type"] in types
    ]
