"""`no-world-ssh-across-resources`: nor do several resources together, which only a whole stack shows.

The engine asks after the last step of an `up`, on what was made: the gate for a single resource is `no-world-ssh`. In a
preview, on every pull request, this one comes in time.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from ssm_guard.joins.interfaces import shared_interfaces
from ssm_guard.joins.lightsail import undeclared_ports
from ssm_guard.joins.load_balancers import classic_load_balancers, public_listeners
from ssm_guard.joins.oci import untouched_default_lists
from ssm_guard.joins.rules import RuleSets, worlds_across_resources
from ssm_guard.joins.templates import fetched_templates
from ssm_guard.messages import cannot_judge_text, violation_text
from ssm_guard.no_world_ssh import FRAMEWORK, REMEDY, TAGS
from ssm_guard.node import Doubt, Why
from ssm_guard.reporting import About, NotKnownYetError, report_stack, stack_settings
from ssm_guard.settings import SCHEMA
from ssm_guard.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssm_guard.joins import Finding

NAME = "no-world-ssh-across-resources"


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports every world that needs more than one resource to be let in.

    Raises:
        NotKnownYetError: after everything that is known was reported, when it hangs on an id that nobody knows yet.
    """
    settings = stack_settings(args, SCHEMA, report_violation)
    sets = RuleSets(Stack(args.resources), settings)
    joins = (
        worlds_across_resources,
        shared_interfaces,
        undeclared_ports,
        public_listeners,
        classic_load_balancers,
        fetched_templates,
        untouched_default_lists,
    )
    found = chain.from_iterable(join(sets) for join in joins)
    findings = [finding for finding in found if settings.judges(finding.token)]
    report_stack(NAME, _reported(findings), settings, report_violation)
    doubts = [finding.found for finding in findings if isinstance(finding.found, Doubt)]
    unknown = [doubt for doubt in doubts if doubt.why is Why.UNKNOWN]
    if unknown:
        raise NotKnownYetError(unknown)


def _reported(findings: Iterable[Finding]) -> Iterator[About]:
    for finding in findings:
        if not isinstance(finding.found, Doubt):
            yield About(violation_text(finding.found, finding.token), finding.urn, finding.token)
        elif finding.found.why is Why.MALFORMED:
            yield About(cannot_judge_text(finding.found), finding.urn, finding.token)


NO_WORLD_SSH_ACROSS_RESOURCES = StackValidationPolicy(
    name=NAME,
    display_name="No SSH from the world, put together from several resources",
    description="No resources together let every address reach port 22.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=SCHEMA,
    severity=Severity.CRITICAL,
    framework=FRAMEWORK,
    tags=TAGS,
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    validate=validate,
)
