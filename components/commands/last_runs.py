"""Which runs of a stack's commands its last update left, by the stack's own state."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..base.state import Left, state_of_stack

COMPONENT = "ssm-only:components:SsmCommand"
_ASSOCIATION = "aws:ssm/association:Association"


@dataclass(frozen=True, kw_only=True)
class LastRuns:
    """Of each command, by its name.

    Attributes:
        started: the last that was handed to Systems Manager.
        succeeded: the last that was seen to succeed.
    """

    started: Mapping[str, str]
    succeeded: Mapping[str, str]

    @classmethod
    def ask(cls) -> "LastRuns":
        """Read the state, before any resource: while an update writes it, the engine may find half of it (EOF)."""
        left = [Left(urn=urn, type=one["type"], outputs=one["outputs"]) for urn, one in state_of_stack().items()]
        ours = [one for one in left if one.type == _ASSOCIATION and one.is_in(COMPONENT)]
        runs = {one.name: (one.outputs.get("parameters") or {}).get("run") for one in ours}
        done = {one.name: one.outputs.get("run") for one in left if one.type == COMPONENT}
        return cls(
            started={name: run for name, run in runs.items() if run is not None},
            succeeded={name: run for name, run in done.items() if run is not None},
        )
