"""What the stack's last update left, read from the stack's own state before any resource is registered."""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pulumi

# A component of a plugin asks while the update goes on, and a state that is a file is half of one while it is written.
_IN_THE_MIDDLE = re.compile(r"\bEOF\b|unexpected end of JSON")
_TRIES, _PAUSE = 20, 0.1


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

    @property
    def id(self) -> str:
        """AWS's id of it, which its ARN ends with; empty where the state has no ARN."""
        return str(self.outputs.get("arn", "")).rsplit("/", maxsplit=1)[-1]

    def is_in(self, component: str) -> bool:
        """Whether it is a child of a component of this type."""
        return f"{component}${self.type}::" in self.urn


def state_of_stack() -> Mapping[str, Any]:
    """The resources of this stack after its last update, by URN; for each its type and outputs.

    Nothing in a new stack, nor what the engine is about to delete.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    for _ in range(_TRIES):
        with suppress(_HalfWrittenError):
            return _read(stack)
        time.sleep(_PAUSE)
    return _read(stack)


class _HalfWrittenError(Exception):
    """The state ends in the middle."""


def _read(stack: str) -> Mapping[str, Any]:
    try:
        answer = pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack})
    except Exception as error:
        if _IN_THE_MIDDLE.search(str(error)):
            raise _HalfWrittenError(str(error)) from error
        raise
    resources: Mapping[str, Any] = answer.value["outputs"]
    return resources


def left_of(*types: str) -> list[Left]:
    """The resources of these types."""
    return [
        Left(urn=urn, type=one["type"], outputs=one["outputs"])
        for urn, one in state_of_stack().items()
        if one["type"] in types
    ]
