"""`no-world-ssh-across-resources`: nor do several resources together, which only a whole stack shows.

The engine asks after the last step of an `up`, on what was made: the gate for a single resource is `no-world-ssh`. In a
preview, on every pull request, this one comes in time.
"""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import chain

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from ssm_guard.exemptions import pardon
from ssm_guard.joins.lightsail import undeclared_ports
from ssm_guard.joins.load_balancers import public_listeners
from ssm_guard.joins.rules import worlds_across_resources
from ssm_guard.joins.templates import fetched_templates
from ssm_guard.messages import REMEDY, expired_text, violation_text
from ssm_guard.no_world_ssh import FRAMEWORK, TAGS, NotKnownYetError, check_config
from ssm_guard.node import Doubt, Why
from ssm_guard.settings import SCHEMA, settings_or_defaults
from ssm_guard.stack import Stack
from ssm_guard.verdict import Violation


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports every world that needs more than one resource to be let in.

    Raises:
        NotKnownYetError: after everything that is known was reported, when it hangs on an id that nobody knows yet.
    """
    check_config(args.get_config(), report_violation)
    settings = settings_or_defaults(args.get_config())
    stack, today = Stack(args.resources), datetime.now(timezone.utc).date()
    joins = (worlds_across_resources, undeclared_ports, public_listeners, fetched_templates)
    unknown = []
    for finding in chain.from_iterable(join(stack, settings) for join in joins):
        about = pardon(settings.exemptions, finding.urn, finding.token, today)
        if isinstance(finding.found, Violation) and not about.granted:
            report_violation(violation_text(finding.found) + expired_text(about.expired), finding.urn)
        elif isinstance(finding.found, Doubt) and finding.found.why is Why.UNKNOWN:
            unknown.append(finding.found)
    if unknown:
        raise NotKnownYetError(unknown)


NO_WORLD_SSH_ACROSS_RESOURCES = StackValidationPolicy(
    name="no-world-ssh-across-resources",
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
