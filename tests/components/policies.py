"""Judges a request by a resource's own policy, as far as the policies of this project go.

IAM user guide, "Policy evaluation logic": a deny decides, then an allow, and without either it is no.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

_OPERATORS = ("ArnEquals", "Bool")


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who wants to do what to which resource, under which circumstances."""

    principal: str
    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def verdict(policy: str, request: Request) -> str:
    """`allow`, `deny`, or `no` for a policy that says nothing of it."""
    effects = {statement["Effect"] for statement in json.loads(policy)["Statement"] if _concerns(statement, request)}
    if "Deny" in effects:
        return "deny"
    return "allow" if "Allow" in effects else "no"


def _concerns(statement: Mapping[str, Any], request: Request) -> bool:
    conditions = statement.get("Condition", {})
    return (
        _names(statement["Principal"], request.principal)
        and any(fnmatchcase(request.action, pattern) for pattern in _many(statement["Action"]))
        and any(fnmatchcase(request.resource, pattern) for pattern in _many(statement["Resource"]))
        and all(_holds(operator, wanted, request.context) for operator, wanted in conditions.items())
    )


def _names(principal: object, who: str) -> bool:
    if isinstance(principal, Mapping):
        return any(who in _many(names) for names in principal.values())
    return principal == "*"


def _holds(operator: str, wanted: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    assert operator in _OPERATORS
    return all(context.get(key) in _many(value) for key, value in wanted.items())


def _many(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
