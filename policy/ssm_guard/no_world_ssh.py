"""`no-world-ssh`: no resource lets every address of a family reach TCP 22."""

from __future__ import annotations

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from ssm_guard.messages import cannot_judge_text, violation_text
from ssm_guard.node import Why, root
from ssm_guard.readers import CLOUDS, READERS, aws, known_as
from ssm_guard.remediation import remediate
from ssm_guard.reporting import NotKnownYetError, check_once, report_resource
from ssm_guard.settings import SCHEMA, settings_or_defaults
from ssm_guard.verdict import judge

NAME = "no-world-ssh"


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Reports every opening of port 22 to the world in one resource.

    Raises:
        NotKnownYetError: after everything that is known was reported, when something is unknown.
    """
    check_once(args, SCHEMA, report_violation)
    kind = known_as(args.resource_type)
    reader = READERS.get(kind.token)
    if reader is None:
        return
    settings = settings_or_defaults(args.get_config())
    if not settings.judges(kind.token):
        return
    openings = reader(root(args.props, kind.node))
    verdict = judge((opening for opening in openings if opening.alone), settings)
    # Fails closed: no provider takes such a value, so nobody's working stack is stopped by it.
    malformed = [doubt for doubt in verdict.doubts if doubt.why is Why.MALFORMED]
    texts = [violation_text(violation, kind.token) for violation in verdict.violations]
    report_resource(NAME, args, [*texts, *map(cannot_judge_text, malformed)], settings, report_violation)
    unknown = [doubt for doubt in verdict.doubts if doubt.why is Why.UNKNOWN]
    if unknown:
        raise NotKnownYetError(unknown)


# Its recommendations 5.2 and 5.3 are the same demand for IPv4 and IPv6.
FRAMEWORK = PolicyComplianceFramework(name="CIS AWS Foundations Benchmark", version="3.0.0", reference="5.2, 5.3")
TAGS = [*(cloud.name for cloud in CLOUDS), "network", "ssh", "NIST-800-53-SC-7"]
REMEDY = f"On AWS: {aws.CLOUD.remedy} Elsewhere: as the message says for that cloud."

NO_WORLD_SSH = ResourceValidationPolicy(
    name=NAME,
    display_name="No SSH from the world",
    description="No inbound rule lets every address reach port 22.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=SCHEMA,
    severity=Severity.CRITICAL,
    framework=FRAMEWORK,
    tags=TAGS,
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    validate=validate,
    remediate=remediate,
)
