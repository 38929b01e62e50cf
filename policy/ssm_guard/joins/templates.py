"""Templates at a URL, which a stack's outputs hold once CloudFormation has read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.joins.rules import RuleSets

STACKS = (
    "aws:cloudformation/stack:Stack",
    "aws:cloudformation/stackSet:StackSet",
    "aws-native:cloudformation:Stack",
    "aws-native:cloudformation:StackSet",
)


def fetched_templates(sets: RuleSets) -> Iterator[Finding]:
    """What the template at a URL opens, where the last update has shown it; `no-world-ssh` never sees outputs."""
    stack = sets.stack
    for resource in stack.of(STACKS):
        if stack.properties(resource)["templateUrl"].value:
            for violation in judge(stack.openings(resource), sets.settings).violations:
                yield Finding(violation, resource.urn, stack.token(resource))
