"""`session-manager-reachable`: an instance that is meant to be managed will answer in Session Manager."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from reachability.findings import Kind
from reachability.render import as_markdown
from reachability.words import broken_text, mend_text
from ssm_guard.node import sendable
from ssm_guard.reach.verdicts import HOST, shared, verdicts
from ssm_guard.reporting import About, is_exempt, report_stack, stack_settings
from ssm_guard.settings import REACHABLE_SCHEMA
from ssm_guard.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reachability.findings import Link
    from ssm_guard.reach.verdicts import Found
    from ssm_guard.settings import Settings

NAME = "session-manager-reachable"
# The name of the variable that names the file.
WAYS = "SSM_GUARD_WAYS"
REMEDY = "Make each change that the message names; `python -m ssm_guard explain` shows the whole way, hop by hop."


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports instances that nothing can make answer but a change, with every change that it takes."""
    settings = stack_settings(args, REACHABLE_SCHEMA, report_violation)
    report_stack(NAME, _found(Stack(args.resources), settings), settings, report_violation)


def _found(stack: Stack, settings: Settings) -> Iterator[About]:
    found = list(verdicts(stack, settings.tags))
    _write_ways(found)
    unreachable = [
        one
        for one in found
        if one.verdict.kind is Kind.UNREACHABLE
        and not is_exempt(NAME, one.started.resource.urn, stack.token(one.started.resource), settings)
    ]
    for first, who, links in shared(unreachable, _missing):
        # A link's own text may begin with a name, as it is written: a line is what tells it from the one before.
        text = f"{who} will not answer in Session Manager: " + "\n".join(links)
        yield About(sendable(text), first.urn, stack.token(first))


def _write_ways(found: Iterable[Found]) -> None:
    """Leaves the ways for a pull request's comment: only a policy is given all that the engine knows of a preview."""
    file = os.environ.get(WAYS)
    if file:
        # Nobody's preview ends for want of a place to write what is only shown.
        with suppress(OSError):
            Path(file).write_text(json.dumps([as_markdown(one.world, one.verdict) for one in found]), encoding="utf-8")


def _missing(one: Found) -> Iterator[str]:
    return (_text(link, one.started.host.name) for link in one.verdict.broken)


def _text(link: Link, host: str) -> str:
    """What is missing and the mend, with a mark in place of the instance's own name."""
    names = tuple((part, HOST if part == "host" and name == host else name) for part, name in link.names)
    marked = replace(link, names=names)
    mend = mend_text(marked)
    return f"{broken_text(marked)}: {mend}."


SESSION_MANAGER_REACHABLE = StackValidationPolicy(
    name=NAME,
    display_name="Instances answer in Session Manager",
    description="Instances that are meant to be managed have the rights, the way and the host that Session Manager "
    "needs to reach them.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.MEDIUM,
    config_schema=REACHABLE_SCHEMA,
    tags=["aws", "ec2", "iam", "network", "session-manager"],
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started.html",
    validate=validate,
)
