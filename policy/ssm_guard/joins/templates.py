"""Templates at a URL, which a stack's outputs hold once CloudFormation has read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.readers import READERS
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.settings import Settings
    from ssm_guard.stack import Stack

STACKS = (
    "aws:cloudformation/stack:Stack",
    "aws:cloudformation/stackSet:StackSet",
    "aws-native:cloudformation:Stack",
    "aws-native:cloudformation:StackSet",
)


def fetched_templates(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """What the template at a URL opens, where the last update has shown it; `no-world-ssh` never sees outputs."""
    for resource in stack.of(STACKS):
        properties = stack.properties(resource)
        if properties["templateUrl"].value:
            for violation in judge(READERS[resource.resource_type](properties), settings).violations:
                yield Finding(violation, resource.urn, resource.resource_type)
