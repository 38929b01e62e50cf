"""`no-world-ssh`: no resource lets every address of a family reach TCP 22."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from ssm_guard.config_error import ConfigError
from ssm_guard.exemptions import pardon
from ssm_guard.messages import (
    cannot_judge_text,
    capped,
    component_text,
    expired_text,
    pardon_text,
    unknown_text,
    violation_text,
)
from ssm_guard.node import Doubt, Why, root
from ssm_guard.readers import READERS, aws, known_as
from ssm_guard.remediation import remediate
from ssm_guard.settings import SCHEMA, parse_settings, settings_or_defaults
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

# Every run registers it once, before all else: what is wrong with the configuration is said there, and only there.
STACK_TYPE = "pulumi:pulumi:Stack"


class NotKnownYetError(UnknownValueError):
    """What a preview can't judge. The SDK turns it into one advisory that quotes `message`; violations stay."""

    def __init__(self, doubts: list[Doubt]) -> None:
        """Names every property that the verdict waits for."""
        super().__init__(UNKNOWN_STRING_VALUE, [doubt.where for doubt in doubts])
        self.message = unknown_text(doubts)


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Reports every opening of port 22 to the world in one resource.

    Raises:
        NotKnownYetError: after everything that is known was reported, when something is unknown.
    """
    if args.resource_type == STACK_TYPE:
        check_config(args.get_config(), report_violation)
    kind = known_as(args.resource_type)
    reader = READERS.get(kind.token)
    if reader is None:
        return
    settings = settings_or_defaults(args.get_config())
    if not settings.judges(kind.token):
        return
    openings = reader(root(args.props, kind.node))
    verdict = judge((opening for opening in openings if opening.alone), settings)
    # Fails closed: AWS takes no such value, so nobody's working stack is stopped by it.
    malformed = [doubt for doubt in verdict.doubts if doubt.why is Why.MALFORMED]
    texts = [
        *(violation_text(violation, kind.token) for violation in verdict.violations),
        *map(cannot_judge_text, malformed),
    ]
    if texts:
        about = pardon(settings.exemptions, args.urn, args.resource_type, datetime.now(timezone.utc).date())
        if about.granted:
            args.not_applicable(pardon_text(about.granted))
        texts = [f"{text}{component_text(args.urn)}{expired_text(about.expired)}" for text in texts]
    for text in capped(texts):
        report_violation(text, None)
    unknown = [doubt for doubt in verdict.doubts if doubt.why is Why.UNKNOWN]
    if unknown:
        raise NotKnownYetError(unknown)


def check_config(config: Mapping[str, object], report_violation: ReportViolation) -> None:
    """Reports what is wrong with the configuration, where that is so."""
    try:
        parse_settings(config)
    except ConfigError as error:
        report_violation(f"The configuration of the policy is wrong: {error} Until then the defaults hold.", None)


# Its recommendations 5.2 and 5.3 are the same demand for IPv4 and IPv6.
FRAMEWORK = PolicyComplianceFramework(name="CIS AWS Foundations Benchmark", version="3.0.0", reference="5.2, 5.3")
TAGS = ["aws", "network", "ssh", "NIST-800-53-SC-7"]

NO_WORLD_SSH = ResourceValidationPolicy(
    name="no-world-ssh",
    display_name="No SSH from the world",
    description="No inbound rule lets every address reach port 22.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=SCHEMA,
    severity=Severity.CRITICAL,
    framework=FRAMEWORK,
    tags=TAGS,
    remediation_steps=aws.CLOUD.remedy,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    validate=validate,
    remediate=remediate,
)
