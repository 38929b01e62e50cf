"""`session-manager-undetermined`: says of which instances nobody can tell whether they will answer, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from reachability.findings import Kind
from reachability.words import unknown_text
from ssm_guard.node import sendable
from ssm_guard.reach.verdicts import shared, verdicts
from ssm_guard.reporting import About, is_exempt, report_stack, stack_settings
from ssm_guard.settings import REACHABLE_SCHEMA
from ssm_guard.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.settings import Settings

NAME = "session-manager-undetermined"
REMEDY = "Look at what the message names, or let the update make it known; nothing has to change for it."


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports what is not known of instances whose verdict hangs on it."""
    settings = stack_settings(args, REACHABLE_SCHEMA, report_violation)
    report_stack(NAME, _found(Stack(args.resources), settings), settings, report_violation)


def _found(stack: Stack, settings: Settings) -> Iterator[About]:
    undetermined = (
        one
        for one in verdicts(stack, settings.tags)
        if one.verdict.kind is Kind.UNDETERMINED
        and not is_exempt(NAME, one.started.resource.urn, stack.token(one.started.resource), settings)
    )
    for first, who, unknown in shared(undetermined, lambda one: map(unknown_text, one.verdict.unknown)):
        text = f"Whether {who} will answer in Session Manager is not known. {'. '.join(unknown)}."
        yield About(sendable(text), first.urn, stack.token(first))


SESSION_MANAGER_UNDETERMINED = StackValidationPolicy(
    name=NAME,
    display_name="Instances of which nobody can tell whether they answer",
    description="It is known whether Session Manager will reach the instances that are meant to be managed.",
    enforcement_level=EnforcementLevel.DISABLED,
    severity=Severity.LOW,
    config_schema=REACHABLE_SCHEMA,
    tags=["aws", "ec2", "iam", "network", "session-manager"],
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started.html",
    validate=validate,
)
