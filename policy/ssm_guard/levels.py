"""The levels that a policy may have: one that only says what is not known never stops an update.

The engine takes the level of each violation from the pack's answer, so that the pack may lower what a configuration, or
its `all`, asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi_policy import EnforcementLevel

from ssm_guard import session_manager_undetermined

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_LEVELS = tuple(level.value for level in EnforcementLevel)
# No change of the program makes known what another stack made, so nobody could get past a policy that demands it.
NEVER_BLOCKING = frozenset({session_manager_undetermined.NAME})
_NOT_BLOCKING = (EnforcementLevel.ADVISORY.value, EnforcementLevel.DISABLED.value)


def levels_of(policy: str) -> tuple[str, ...]:
    """What a configuration may ask for."""
    return _NOT_BLOCKING if policy in NEVER_BLOCKING else _LEVELS


def lower(config: MutableMapping[str, proto.PolicyConfig]) -> None:
    """Makes advisory what would stop an update and must not."""
    for name in NEVER_BLOCKING & {*config}:
        if config[name].enforcementLevel in (proto.MANDATORY, proto.REMEDIATE):
            config[name].enforcementLevel = proto.ADVISORY
