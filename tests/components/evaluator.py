"""Evaluates IAM policies as the IAM user guide says AWS does: an oracle that knows nothing of the code under test.

Sources: "Policy evaluation logic", "IAM JSON policy elements" (Action, Resource, Principal, Condition operators) and
"IAM policy elements: Variables and tags". An element that is not modelled here fails, it is never passed over.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_KNOWN = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One check of one action on one resource; principal matters to documents that name principals alone."""

    action: str
    resource: str = "*"
    principal: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        """Names of condition keys are the same in upper and lower case."""
        return {name.lower(): value for name, value in self.context.items()}.get(key.lower())


class UnresolvedVariableError(Exception):
    """The request has no value for a policy variable, so its statement is void."""


def allows(policy: str, request: Request) -> bool:
    """Whether an Allow matches and no Deny does."""
    return effects(policy, request) == {"Allow"}


def effects(policy: str, request: Request) -> set[str]:
    """What the statements that match say: a deny of a thing's own policy is more than no allow."""
    document = json.loads(policy)
    variables = document.get("Version") == "2012-10-17"
    return {one["Effect"] for one in _listed(document["Statement"]) if _matches(one, request, variables=variables)}


def _matches(statement: Mapping[str, Any], request: Request, *, variables: bool) -> bool:
    unknown = set(statement) - _KNOWN
    assert not unknown, f"not modelled: {unknown}"
    try:
        return (
            any(_glob(action.lower(), request.action.lower()) for action in _listed(statement["Action"]))
            and _is_for(statement, request)
            and any(
                _arn_matches(_expand(resource, request, variables=variables), request.resource)
                for resource in _listed(statement.get("Resource", "*"))
            )
            and all(
                _condition(operator, key, _listed(wanted), request, variables=variables)
                for operator, keys in statement.get("Condition", {}).items()
                for key, wanted in keys.items()
            )
        )
    except UnresolvedVariableError:
        return False


def _is_for(statement: Mapping[str, Any], request: Request) -> bool:
    """An account's root stands for everybody of the account; a service has no ARN."""
    if "Principal" not in statement:
        return request.principal is None
    assert request.principal is not None, "a document that names principals needs one in the request"
    if statement["Principal"] == "*":
        return True
    named = [one for names in statement["Principal"].values() for one in _listed(names)]
    if not request.principal.startswith("arn:"):
        return request.principal in named
    account = request.principal.split(":")[4]
    return any(one in ("*", request.principal) or one.endswith(f":{account}:root") for one in named)


# --- Patterns: lists of parts. A wildcard that comes out of an escape, or of a variable's value, is a plain part.


@dataclass(frozen=True)
class _Plain:
    text: str


_ANY_RUN, _ANY_ONE = object(), object()


def _expand(text: str, request: Request, *, variables: bool) -> list[Any]:
    parts: list[Any] = []
    for token in re.findall(r"\$\{[^}]*\}|.", text, flags=re.DOTALL):
        if variables and token.startswith("${") and token.endswith("}"):
            parts.append(_Plain(_variable(token[2:-1], request)))
        else:
            # Only the single characters can still be wildcards: with an old Version, ${…} is plain text too.
            parts += [{"*": _ANY_RUN, "?": _ANY_ONE}.get(one, _Plain(one)) for one in token]
    return parts


def _variable(inside: str, request: Request) -> str:
    if inside in ("*", "?", "$"):
        return inside
    with_default = re.fullmatch(r"([^,]+), '(.*)'", inside)
    name = with_default[1] if with_default else inside
    value = request.value(name)
    if value is None and with_default:
        return with_default[2]
    if value is None:
        raise UnresolvedVariableError(name)
    return value


def _pattern(parts: Sequence[Any]) -> str:
    expressions = {_ANY_RUN: ".*", _ANY_ONE: "."}
    return "".join(re.escape(part.text) if isinstance(part, _Plain) else expressions[part] for part in parts)


def _like(parts: Sequence[Any], actual: str) -> bool:
    return re.fullmatch(_pattern(parts), actual, flags=re.DOTALL) is not None


def _equals(parts: Sequence[Any], actual: str) -> bool:
    """Wildcards mean themselves in StringEquals."""
    letters = {_ANY_RUN: "*", _ANY_ONE: "?"}
    return actual == "".join(part.text if isinstance(part, _Plain) else letters[part] for part in parts)


def _glob(pattern: str, actual: str) -> bool:
    return _like([{"*": _ANY_RUN, "?": _ANY_ONE}.get(one, _Plain(one)) for one in pattern], actual)


def _arn_matches(parts: Sequence[Any], actual: str) -> bool:
    """Each of an ARN's six parts is compared for itself; only the last may hold colons."""
    if parts == [_ANY_RUN]:
        return True
    segments: list[list[Any]] = [[]]
    for part in parts:
        if part == _Plain(":") and len(segments) < 6:
            segments.append([])
        else:
            segments[-1].append(part)
    actuals = actual.split(":", 5)
    return len(segments) == len(actuals) and all(map(_like, segments, actuals))


# --- Conditions


def _condition(operator: str, key: str, wanted: Sequence[str], request: Request, *, variables: bool) -> bool:
    base = operator.removesuffix("IfExists")
    actual = request.value(key)
    if base == "Null":
        return any((actual is None) == (one == "true") for one in wanted)
    negated = base in ("StringNotEquals", "StringNotLike", "NotIpAddress")
    if actual is None:
        return negated or operator.endswith("IfExists")
    if base in _STRINGS:
        found = any(_STRINGS[base](_expand(one, request, variables=variables), actual) for one in wanted)
    elif base in _OTHERS:
        found = any(_OTHERS[base](one, actual) for one in wanted)
    else:
        raise NotImplementedError(operator)
    return found is not negated


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _in_block(block: str, actual: str) -> bool:
    return ip_address(actual) in ip_network(block)


def _same_arn(text: str, actual: str) -> bool:
    return _arn_matches([{"*": _ANY_RUN, "?": _ANY_ONE}.get(one, _Plain(one)) for one in text], actual)


# Only strings know wildcards and variables. Each takes the policy's value and the request's; negation is the caller's.
_STRINGS: Mapping[str, Callable[[Sequence[Any], str], bool]] = {
    "StringEquals": _equals,
    "StringNotEquals": _equals,
    "StringLike": _like,
    "StringNotLike": _like,
}
_OTHERS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": _same_arn,
    "ArnLike": _same_arn,  # "ArnEquals and ArnLike behave identically"
    "Bool": lambda text, actual: text.lower() == actual.lower(),
    "NumericEquals": lambda text, actual: int(actual) == int(text),
    "NumericLessThanEquals": lambda text, actual: int(actual) <= int(text),
    "IpAddress": _in_block,
    "NotIpAddress": _in_block,
    "DateGreaterThan": lambda text, actual: _time(actual) > _time(text),
    "DateGreaterThanEquals": lambda text, actual: _time(actual) >= _time(text),
    "DateLessThan": lambda text, actual: _time(actual) < _time(text),
    "DateLessThanEquals": lambda text, actual: _time(actual) <= _time(text),
}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- Sessions


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks, as IAM's table of principals says: users have a name, sessions of a role have none."""

    userid: str
    username: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, str]:
        name = {} if self.username is None else {"aws:username": self.username}
        return {**self.context, **name, "aws:userid": self.userid}


def may_start(policy: str, person: Person, *, instance: str, tags: Mapping[str, str], document: str | None) -> bool:
    """StartSession is authorised on the instance, and on the document; the document has no tags.

    Where none is named it is the account's default. Without the document check (the key's value is false) access to
    the instance is enough, so a policy is only as good as its refusal of that.
    """
    of_instance = {f"ssm:resourceTag/{tag}": value for tag, value in tags.items()}
    _, partition, _, region, account, _ = instance.split(":")
    default = f"arn:{partition}:ssm:{region}:{account}:document/SSM-SessionManagerRunShell"

    def asks(resource: str, *, check: str, more: Mapping[str, str]) -> bool:
        context = {**person.keys, **more, "ssm:SessionDocumentAccessCheck": check}
        return allows(policy, Request(action="ssm:StartSession", resource=resource, context=context))

    if asks(instance, check="false", more=of_instance):
        return True
    return asks(instance, check="true", more=of_instance) and asks(document or default, check="true", more={})


def session_of(person: Person) -> dict[str, str]:
    """The tag that Session Manager puts on a session of this person."""
    return {"ssm:resourceTag/aws:ssmmessages:session-id": person.userid}
