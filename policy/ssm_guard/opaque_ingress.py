"""`opaque-ingress`: says what may open port 22 and is out of the pack's sight. Advisory unless a team asks for more."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from ssm_guard.joins import Finding
from ssm_guard.joins.load_balancers import classic_load_balancers, public_listeners
from ssm_guard.joins.rules import RuleSets, foreign_prefix_lists
from ssm_guard.messages import opaque_text
from ssm_guard.no_world_ssh import TAGS
from ssm_guard.node import Doubt, Why
from ssm_guard.readers import READERS
from ssm_guard.reporting import About, report_stack, stack_settings
from ssm_guard.settings import OPAQUE_SCHEMA
from ssm_guard.stack import Stack
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "opaque-ingress"


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports templates, lists of addresses and load balancers that this stack only points to."""
    settings = stack_settings(args, OPAQUE_SCHEMA, report_violation)
    sets = RuleSets(Stack(args.resources), settings)
    joins = (_out_of_sight, foreign_prefix_lists, public_listeners, classic_load_balancers)
    findings = chain.from_iterable(join(sets) for join in joins)
    opaque = (
        About(opaque_text(finding.found), finding.urn, finding.token)
        for finding in findings
        if isinstance(finding.found, Doubt) and finding.found.why is Why.OPAQUE and settings.judges(finding.token)
    )
    report_stack(NAME, opaque, settings, report_violation)


def _out_of_sight(sets: RuleSets) -> Iterator[Finding]:
    stack = sets.stack
    for resource in stack.of(READERS):
        for doubt in judge(stack.openings(resource), sets.settings).doubts:
            yield Finding(doubt, resource.urn, stack.token(resource))


OPAQUE_INGRESS = StackValidationPolicy(
    name=NAME,
    display_name="Inbound rules that can be seen",
    description="Everything that may open port 22 can be read from the stack itself.",
    enforcement_level=EnforcementLevel.ADVISORY,
    config_schema=OPAQUE_SCHEMA,
    severity=Severity.LOW,
    tags=TAGS,
    remediation_steps="Write the template or the list of addresses in the stack, or look at it yourself.",
    validate=validate,
)
