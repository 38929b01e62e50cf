"""What only the whole stack shows: each join finds doors that no resource opens by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssm_guard.node import Doubt
    from ssm_guard.verdict import Violation


@dataclass(frozen=True)
class Finding:
    """A violation, or what can't be judged, and the resource that a person should look at first."""

    found: Violation | Doubt
    urn: str
    token: str
