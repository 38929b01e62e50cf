"""`no-key-pair`: instances have no SSH key pair, because nobody reaches them by SSH."""

from __future__ import annotations

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from ssm_guard.instances import TYPES, settings_of
from ssm_guard.node import Doubt, root
from ssm_guard.readers import known_as
from ssm_guard.reporting import check_once, report_resource
from ssm_guard.settings import EXEMPTIONS_ONLY, settings_or_defaults

NAME = "no-key-pair"
REMEDY = "Drop it: Session Manager checks IAM, and a key that nobody needs can still be lost."


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Reports an instance, or what starts instances, that has a key pair; one that is unknown yet is one too."""
    check_once(args, EXEMPTIONS_ONLY, report_violation)
    kind = known_as(args.resource_type)
    if kind.token not in TYPES:
        return
    key = settings_of(kind.token, root(args.props, kind.node))["keyName"]
    if key.value:
        name = "a key pair that is not known yet" if isinstance(key.value, Doubt) else f"the key pair {key.value!r}"
        settings = settings_or_defaults(args.get_config(), EXEMPTIONS_ONLY)
        report_resource(NAME, args, [f"{key.where} names {name}. {REMEDY}"], settings, report_violation)


NO_KEY_PAIR = ResourceValidationPolicy(
    name=NAME,
    display_name="No SSH key pair",
    description="Instances have no SSH key pair.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.MEDIUM,
    config_schema=EXEMPTIONS_ONLY,
    tags=["aws", "ec2", "ssh", "session-manager"],
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    validate=validate,
)
