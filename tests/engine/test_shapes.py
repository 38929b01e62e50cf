"""The shapes that the policies' tests lay their cases over are still those of the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.record_shapes import record
from tests.policy.shapes import SHAPES

if TYPE_CHECKING:
    from tests.engine.embedded import Cloud


def test_the_engine_sends_what_was_recorded(fresh_cloud: Cloud) -> None:
    """Where this goes red, `python -m tests.engine.record_shapes` records them anew."""
    assert record(fresh_cloud) == SHAPES
