"""`no-world-ssh-across-resources`: nor do several resources together, which only a whole stack shows.

The engine asks after the last step of an `up`, on what was made: the gate for a single resource is `no-world-ssh`. In a
preview, on every pull request, this one comes in time.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timezone
from itertools import chain

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from ssm_guard.exemptions import pardon
from ssm_guard.joins.interfaces import shared_interfaces
from ssm_guard.joins.lightsail import undeclared_ports
from ssm_guard.joins.load_balancers import classic_load_balancers, public_listeners
from ssm_guard.joins.oci import untouched_default_lists
from ssm_guard.joins.rules import RuleSets, worlds_across_resources
from ssm_guard.messages import cannot_judge_text, capped, expired_text, violation_text
from ssm_guard.no_world_ssh import FRAMEWORK, TAGS, NotKnownYetError, check_config
from ssm_guard.node import Why
from ssm_guard.readers import aws
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
    sets, today = RuleSets(Stack(args.resources), settings), datetime.now(timezone.utc).date()
    joins = (
        worlds_across_resources,
        shared_interfaces,
        undeclared_ports,
        public_listeners,
        classic_load_balancers,
        untouched_default_lists,
    )
    texts: dict[str, list[str]] = defaultdict(list)
    unknown = []
    for finding in chain.from_iterable(join(sets) for join in joins):
        if not settings.judges(finding.token):
            continue
        about = pardon(settings.exemptions, finding.urn, finding.token, today)
        if isinstance(finding.found, Violation):
            text = violation_text(finding.found, finding.token)
        elif finding.found.why is Why.MALFORMED:
            text = cannot_judge_text(finding.found)
        else:
            unknown += [finding.found] if finding.found.why is Why.UNKNOWN else []
            continue
        if not about.granted:
            texts[finding.urn].append(text + expired_text(about.expired))
    for urn, about_it in texts.items():
        for text in capped(about_it):
            report_violation(text, urn)
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
    remediation_steps=aws.CLOUD.remedy,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    validate=validate,
)
