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
from ssm_guard.no_world_ssh import NotKnownYetError
from ssm_guard.node import Doubt, Why, root
from ssm_guard.readers import known_as
from ssm_guard.values import word

if TYPE_CHECKING:
    from ssm_guard.node import Node

# CloudFormation's instance took no metadata options for years: its launch template says them.
WITHOUT_OPTIONS = {"aws-native:ec2:Instance"}
REMEDY = 'Set metadataOptions.httpTokens to "required".'


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Reports an instance, or what starts instances, whose metadata can be had without a token.

    Raises:
        NotKnownYetError: when the setting is unknown.
    """
    kind = known_as(args.resource_type)
    if kind.token not in TYPES - WITHOUT_OPTIONS:
        return
    settings = settings_of(kind.token, root(args.props, kind.node))
    options = settings["metadataOptions"]
    # The launch template says it, and is judged itself.
    if options.value is None and settings["launchTemplate"].value is not None:
        return
    for unless in (options["httpTokens"], options["httpEndpoint"]):
        if isinstance(unless.value, Doubt) and unless.value.why is Why.UNKNOWN:
            raise NotKnownYetError([unless.value])
    if word(options["httpTokens"]) != "required" and word(options["httpEndpoint"]) != "disabled":
        report_violation(f"{_said(options['httpTokens'])}, so IMDSv1 still answers without a token. {REMEDY}", None)


def _said(tokens: Node) -> str:
    return f"{tokens.where} is {'not set' if tokens.value is None else repr(tokens.value)}"


IMDSV2_REQUIRED = ResourceValidationPolicy(
    name="imdsv2-required",
    display_name="IMDSv2 only",
    description="Instances answer metadata requests with a session token only.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.HIGH,
    framework=PolicyComplianceFramework(name="CIS AWS Foundations Benchmark", version="3.0.0", reference="5.6"),
    tags=["aws", "ec2", "metadata"],
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    validate=validate,
)
