"""`exempt-resources`: says which resources other policies let through, and why.

An exemption that nobody sees is an open port that nobody sees. The engine shows nothing of a policy that is reported as
"not applicable", so the pack says it with an advisory of its own. It comes last: the SDK asks the policies in order.
"""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from ssm_guard.reporting import LET_THROUGH

REMEDY = "Take the exemption out of the configuration when its reason is gone."


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports each exemption that let a resource of this stack through, once."""
    urns = {resource.urn for resource in args.resources}
    for policy, urn in list(LET_THROUGH):
        reason = LET_THROUGH.pop((policy, urn))
        if urn in urns:
            report_violation(f"{policy}: {reason}", urn)


EXEMPT_RESOURCES = StackValidationPolicy(
    name="exempt-resources",
    display_name="Exemptions that are in use",
    description="Resources that another policy of the pack lets through because a team said so.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.LOW,
    tags=["exemptions"],
    remediation_steps=REMEDY,
    validate=validate,
)
