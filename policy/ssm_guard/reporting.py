"""How every policy reports: what is wrong with its configuration, what is exempt, and not more than a person reads."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from ssm_guard.config_error import ConfigError
from ssm_guard.exemptions import pardon
from ssm_guard.messages import capped, component_text, expired_text, pardon_text, unknown_text
from ssm_guard.settings import parse_settings, settings_or_defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_policy import PolicyConfigSchema, ReportViolation, ResourceValidationArgs, StackValidationArgs

    from ssm_guard.exemptions import Pardon
    from ssm_guard.node import Doubt
    from ssm_guard.settings import Settings

# Every run registers it once, before all else: what is wrong with the configuration is said there, and only there.
STACK_TYPE = "pulumi:pulumi:Stack"

# The engine shows nothing of a policy that is "not applicable": `exempt-resources` says what was let through, and why.
# By policy and URN, for an engine asks about a resource more than once.
LET_THROUGH: dict[tuple[str, str], str] = {}


class NotKnownYetError(UnknownValueError):
    """What a preview can't judge. The SDK turns it into one advisory that quotes `message`; violations stay."""

    def __init__(self, doubts: list[Doubt]) -> None:
        """Names every property that the verdict waits for."""
        super().__init__(UNKNOWN_STRING_VALUE, [doubt.where for doubt in doubts])
        self.message = unknown_text(doubts)


class About(NamedTuple):
    """What is wrong with one resource of a stack."""

    text: str
    urn: str
    token: str


def check_once(args: ResourceValidationArgs, schema: PolicyConfigSchema, report_violation: ReportViolation) -> None:
    """Reports what is wrong with the configuration of a policy for resources, at the stack's own resource."""
    if args.resource_type == STACK_TYPE:
        _check(args.get_config(), schema, report_violation)


def stack_settings(
    args: StackValidationArgs, schema: PolicyConfigSchema, report_violation: ReportViolation
) -> Settings:
    """The settings of a policy for a whole stack; what is wrong with them is reported."""
    _check(args.get_config(), schema, report_violation)
    return settings_or_defaults(args.get_config(), schema)


def _check(config: Mapping[str, object], schema: PolicyConfigSchema, report_violation: ReportViolation) -> None:
    try:
        parse_settings(config, schema)
    except ConfigError as error:
        report_violation(f"The configuration of the policy is wrong: {error} Until then the defaults hold.", None)


def report_resource(
    policy: str, args: ResourceValidationArgs, texts: list[str], settings: Settings, report_violation: ReportViolation
) -> None:
    """Reports what is wrong with one resource, unless it is exempt: then nothing more is said of it."""
    if not texts:
        return
    about = _pardon(policy, args.urn, args.resource_type, settings)
    if about.granted:
        args.not_applicable(pardon_text(about.granted))
    for text in capped([f"{text}{component_text(args.urn)}{expired_text(about.expired)}" for text in texts]):
        report_violation(text, None)


def report_stack(policy: str, found: Iterable[About], settings: Settings, report_violation: ReportViolation) -> None:
    """Reports what is wrong with the resources of a stack, without those that are exempt."""
    texts: dict[str, list[str]] = defaultdict(list)
    for text, urn, token in found:
        about = _pardon(policy, urn, token, settings)
        if not about.granted:
            texts[urn].append(text + expired_text(about.expired))
    for urn, about_it in texts.items():
        for text in capped(about_it):
            report_violation(text, urn)


def is_exempt(policy: str, urn: str, token: str, settings: Settings) -> bool:
    """Whether a resource is let through, for who speaks of several resources at once."""
    return _pardon(policy, urn, token, settings).granted is not None


def _pardon(policy: str, urn: str, token: str, settings: Settings) -> Pardon:
    about = pardon(settings.exemptions, urn, token, datetime.now(timezone.utc).date())
    if about.granted:
        LET_THROUGH[policy, urn] = pardon_text(about.granted)
    return about
