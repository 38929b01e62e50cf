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
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from ssm_guard.messages import REMEDY, cannot_judge_text, unknown_text, violation_text
from ssm_guard.node import Doubt, Why, root
from ssm_guard.readers import READERS
from ssm_guard.settings import Settings
from ssm_guard.verdict import judge


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
    reader = READERS.get(args.resource_type)
    if reader is None:
        return
    verdict = judge(reader(root(args.props)), Settings())
    for violation in verdict.violations:
        report_violation(violation_text(violation), None)
    for doubt in verdict.doubts:
        # Fails closed: AWS takes no such value, so nobody's working stack is stopped by it.
        if doubt.why is Why.MALFORMED:
            report_violation(cannot_judge_text(doubt), None)
    unknown = [doubt for doubt in verdict.doubts if doubt.why is Why.UNKNOWN]
    if unknown:
        raise NotKnownYetError(unknown)


NO_WORLD_SSH = ResourceValidationPolicy(
    name="no-world-ssh",
    display_name="No SSH from the world",
    description="No inbound rule lets every address reach port 22.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.CRITICAL,
    # CIS AWS Foundations 5.2 and 5.3 are the same demand for IPv4 and IPv6.
    framework=PolicyComplianceFramework(name="CIS AWS Foundations Benchmark", version="3.0.0", reference="5.2, 5.3"),
    tags=["aws", "network", "ssh", "NIST-800-53-SC-7"],
    remediation_steps=REMEDY,
    validate=validate,
)
