"""`imdsv2-required`: instances answer metadata requests with a session token only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from ssm_guard.instances import TYPES, settings_of
from ssm_guard.node import Doubt, Why, root
from ssm_guard.readers import known_as
from ssm_guard.reporting import NotKnownYetError, check_once, report_resource
from ssm_guard.settings import EXEMPTIONS_ONLY, settings_or_defaults
from ssm_guard.values import word

if TYPE_CHECKING:
    from ssm_guard.node import Node

# CloudFormation's instance took no metadata options for years: its launch template says them.
WITHOUT_OPTIONS = {"aws-native:ec2:Instance"}
NAME = "imdsv2-required"
REMEDY = 'Set metadataOptions.httpTokens to "required".'


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Reports an instance, or what starts instances, whose metadata can be had without a token.

    Raises:
        NotKnownYetError: when the setting is unknown.
    """
    check_once(args, EXEMPTIONS_ONLY, report_violation)
    kind = known_as(args.resource_type)
    if kind.token not in TYPES - WITHOUT_OPTIONS:
        return
    properties = settings_of(kind.token, root(args.props, kind.node))
    options = properties["metadataOptions"]
    # The launch template says it, and is judged itself.
    if options.value is None and properties["launchTemplate"].value is not None:
        return
    for unless in (options["httpTokens"], options["httpEndpoint"]):
        if isinstance(unless.value, Doubt) and unless.value.why is Why.UNKNOWN:
            raise NotKnownYetError([unless.value])
    if word(options["httpTokens"]) != "required" and word(options["httpEndpoint"]) != "disabled":
        text = f"{_said(options['httpTokens'])}, so IMDSv1 still answers without a token. {REMEDY}"
        settings = settings_or_defaults(args.get_config(), EXEMPTIONS_ONLY)
        report_resource(NAME, args, [text], settings, report_violation)


def _said(tokens: Node) -> str:
    return f"{tokens.where} is {'not set' if tokens.value is None else repr(tokens.value)}"


IMDSV2_REQUIRED = ResourceValidationPolicy(
    name=NAME,
    display_name="IMDSv2 only",
    description="Instances answer metadata requests with a session token only.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.HIGH,
    framework=PolicyComplianceFramework(name="CIS AWS Foundations Benchmark", version="3.0.0", reference="5.6"),
    config_schema=EXEMPTIONS_ONLY,
    tags=["aws", "ec2", "metadata"],
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    validate=validate,
)
