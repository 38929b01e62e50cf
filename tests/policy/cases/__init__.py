"""The table: every resource type and form, both verdicts, the neighbour that must pass beside the one that must not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Case:
    """A sentence, a resource, and the beginning of each thing that the pack must say: nothing means let through."""

    sentence: str
    token: str
    props: Mapping[str, object]
    blocked: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.token} - {self.sentence}"
