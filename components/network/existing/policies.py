"""Whether an endpoint's policy lets a call through, as far as its text alone tells."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

# AWS's policy for an endpoint that nobody gave one.
FULL_ACCESS = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'

# Operators on text, and whether they ask for one of the values or for none.
_OF_TEXT = {"StringEquals": True, "StringLike": True, "StringNotEquals": False, "StringNotLike": False}


class Verdict(Enum):
    """What a policy does with a call."""

    LETS = "lets it through"
    STOPS = "stops it"
    UNKNOWN = "depends on conditions"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call through an endpoint.

    Attributes:
        action: IAM's name of it.
        resource: ARN of what it is about.
        account: of the role that signs it; empty for a call that nobody signs, as those of dnf and curl.
        names_account: whether a principal that is the account means its roles too. To a gateway endpoint it means the
            root user alone ("Control access to VPC endpoints using endpoint policies", PrivateLink guide).
    """

    action: str
    resource: str = "*"
    account: str = ""
    names_account: bool = True


def judge(policy: str, call: Call) -> Verdict:
    """Whether this policy lets the call through.

    The role that makes the call is not there yet, so that a statement for a role or user of another name is not for it.
    """
    fits = [(one["Effect"], _fits(one, call)) for one in _statements(policy)]
    denied = [fit for effect, fit in fits if effect == "Deny"]
    allowed = [fit for effect, fit in fits if effect == "Allow"]
    if Verdict.LETS in denied or all(fit is Verdict.STOPS for fit in allowed):
        return Verdict.STOPS
    return Verdict.LETS if Verdict.LETS in allowed and Verdict.UNKNOWN not in denied else Verdict.UNKNOWN


def judge_all(policy: str, calls: Iterable[Call]) -> Mapping[Verdict, Sequence[Call]]:
    """The calls by what the policy does with them."""
    verdicts = [(judge(policy, call), call) for call in calls]
    return {verdict: [call for found, call in verdicts if found is verdict] for verdict in Verdict}


def _statements(policy: str) -> Sequence[Mapping[str, Any]]:
    statements = json.loads(policy or FULL_ACCESS).get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def _fits(statement: Mapping[str, Any], call: Call) -> Verdict:
    """Whether a statement is about a call: LETS is yes, STOPS is no."""
    parts = [_is_caller(statement, call), _is_action(statement, call), _is_resource(statement, call)]
    if Verdict.STOPS in parts:
        return Verdict.STOPS
    parts += [
        _holds(operator, key, _listed(values), call)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    return next((verdict for verdict in (Verdict.STOPS, Verdict.UNKNOWN) if verdict in parts), Verdict.LETS)


def _is_caller(statement: Mapping[str, Any], call: Call) -> Verdict:
    if "NotPrincipal" in statement:
        return Verdict.UNKNOWN
    principal = statement.get("Principal", "*")
    names = ["*"] if principal == "*" else _listed(principal.get("AWS", []))
    account = [call.account, f":iam::{call.account}:root"] if call.account and call.names_account else []
    is_meant = "*" in names or any(name == account[0] or name.endswith(account[1]) for name in names if account)
    return Verdict.LETS if is_meant else Verdict.STOPS


def _is_action(statement: Mapping[str, Any], call: Call) -> Verdict:
    negated = "NotAction" in statement
    patterns = _listed(statement["NotAction" if negated else "Action"])
    # IAM takes no notice of case here.
    matches = any(fnmatchcase(call.action.lower(), pattern.lower()) for pattern in patterns)
    return Verdict.LETS if matches is not negated else Verdict.STOPS


def _is_resource(statement: Mapping[str, Any], call: Call) -> Verdict:
    negated = "NotResource" in statement
    # Without a resource a statement is about all of them.
    patterns = _listed(statement["NotResource"] if negated else statement.get("Resource", "*"))
    if any(fnmatchcase(call.resource, pattern) for pattern in patterns):
        return Verdict.STOPS if negated else Verdict.LETS
    # Of `*`, and of all objects of a bucket, a statement may be about some.
    if any(fnmatchcase(pattern, call.resource) for pattern in patterns):
        return Verdict.UNKNOWN
    return Verdict.LETS if negated else Verdict.STOPS


def _holds(operator: str, key: str, values: Sequence[str], call: Call) -> Verdict:
    """The one condition that can be told beforehand: whose role it is."""
    if key.lower() != "aws:principalaccount" or operator not in _OF_TEXT:
        return Verdict.UNKNOWN
    is_ours = bool(call.account) and any(fnmatchcase(call.account, value) for value in values)
    return Verdict.LETS if is_ours is _OF_TEXT[operator] else Verdict.STOPS


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
