"""What IAM documents say about a call: allowed, denied, or not known from the texts alone.

One evaluation for a role's policies within its permissions boundary, a role's trust and an endpoint's policy, as
"Policy evaluation logic" of the IAM user guide has it: an explicit denial wins, and what nothing allows is denied. A
condition on a key of which nothing is known, a document that can't be read and an id that AWS has yet to give make the
answer unknown. Nothing here raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from reachability.conditions import conditions
from reachability.patterns import SOME, any_of, filled, fits, literal, negated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reachability.patterns import Maybe

_ACCOUNT = re.compile(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?")
_EVERYBODY: tuple[object, ...] = ("*", ["*"])


class Answer(Enum):
    """What becomes of a call."""

    ALLOW = "allowed"
    DENY = "denied"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Ruling:
    """The answer, and its reason as a clause: which statement, or what isn't known.

    `explicit` tells a statement that denies from none that allows: the first has to go, the second has to come.
    """

    answer: Answer
    why: str
    explicit: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement as it was written, and what a person calls it."""

    label: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Document:
    """A policy under the name by which a person finds it; `statements` is None where its text isn't known.

    `only_grants` says of such a text that it denies nothing, and `gap` why it isn't known.
    """

    name: str
    statements: tuple[Statement, ...] | None = None
    only_grants: bool = False
    gap: str = "its text is not known"


@dataclass(frozen=True)
class Call:
    """A call as it will be made.

    Attributes:
        action: `service:Name`.
        resource: the ARN that it is about, with `SOME` for each part that isn't known, or `SOME` alone; `*` for an
            action that is about no resource.
        principals: what a policy calls the caller, by kind: `AWS` with the role's ARN, `Service` with its name.
        account: the caller's account, or None.
        context: the values of condition keys that are known, by key in lower case.
    """

    action: str
    resource: str = SOME
    principals: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)


def read_document(name: str, text: object) -> Document:
    """A document, as JSON or as what that parses to; one that can't be read is one that isn't known."""
    if isinstance(text, str):
        try:
            text = json.loads(text)
        except (ValueError, RecursionError):
            return Document(name)
    if not isinstance(text, Mapping) or "Statement" not in text:
        return Document(name)
    listed = _listed(text["Statement"])
    bodies = [one for one in listed if isinstance(one, Mapping) and one.get("Effect") in _EFFECTS]
    if len(bodies) < len(listed):
        return Document(name)
    return Document(name, tuple(Statement(_label(name, n, body), body) for n, body in enumerate(bodies, start=1)))


_EFFECTS = ("Allow", "Deny")


def _label(name: str, number: int, body: Mapping[str, object]) -> str:
    sid = body.get("Sid")
    return f"statement {sid if isinstance(sid, str) and sid else number} of {name}"


def rule(documents: Sequence[Document], call: Call, *, boundary: Document | None = None) -> Ruling:
    """What all policies of one identity, or of one endpoint, come to, within a permissions boundary."""
    ruling = _rule(documents, call)
    if boundary is None or ruling.answer is Answer.DENY:
        return ruling
    limit = _rule([boundary], call)
    return (
        ruling
        if limit.answer is Answer.ALLOW
        else Ruling(limit.answer, f"as the boundary, {limit.why}", limit.explicit)
    )


def without_denials(document: Document, calls: Sequence[Call]) -> Document:
    """The document without those of its statements that deny one of these calls, or may."""

    def stays(body: Mapping[str, object]) -> bool:
        return body["Effect"] != "Deny" or all(_hangs_on(body, call) is None for call in calls)

    if document.statements is None:
        return document
    return replace(document, statements=tuple(one for one in document.statements if stays(one.body)))


class _Found(NamedTuple):
    """A statement that is about the call; `hangs_on` is what isn't known of that, or empty."""

    label: str
    hangs_on: str


def _rule(documents: Sequence[Document], call: Call) -> Ruling:
    denials = [found for document in documents for found in _about(document, call, "Deny")]
    grants = [found for document in documents for found in _about(document, call, "Allow")]
    denied = next((found for found in denials if not found.hangs_on), None)
    granted = next((found for found in grants if not found.hangs_on), None)
    if denied:
        return Ruling(Answer.DENY, f"{denied.label} denies it", explicit=True)
    if not grants:  # so that what may deny it changes nothing
        names = ", ".join(document.name for document in documents)
        return Ruling(Answer.DENY, f"nothing in {names} allows it" if names else "no policy allows it")
    if denials:
        return Ruling(Answer.UNKNOWN, f"{denials[0].label} may deny it: {denials[0].hangs_on}")
    if granted:
        return Ruling(Answer.ALLOW, f"{granted.label} allows it")
    return Ruling(Answer.UNKNOWN, f"{grants[0].label} may allow it: {grants[0].hangs_on}")


def _about(document: Document, call: Call, effect: str) -> Iterator[_Found]:
    """The statements to this effect that are about a call, or may be."""
    if document.statements is None:
        if effect == "Allow" or not document.only_grants:
            yield _Found(document.name, document.gap)
        return
    for statement in document.statements:
        hangs_on = _hangs_on(statement.body, call) if statement.body["Effect"] == effect else None
        if hangs_on is not None:
            yield _Found(statement.label, hangs_on)


def _hangs_on(body: Mapping[str, object], call: Call) -> str | None:
    """What isn't known of a statement's being about a call; None where it isn't."""
    missing = []
    for name, holds in _parts(body, call):
        if holds is False:
            return None
        if holds is None:
            missing.append(f"{name} cannot be told")
    return " and ".join(missing)


def _parts(body: Mapping[str, object], call: Call) -> Iterator[tuple[str, Maybe]]:
    """Each part of a statement, under the name by which a person reads what isn't known of it."""
    yield "its action", _named(body, "Action", lambda pattern: fits(pattern.lower(), call.action.lower()))
    # A trust policy has no Resource, for it is about the role that it belongs to.
    if "Resource" in body or "NotResource" in body:
        yield "its resource", _named(body, "Resource", lambda pattern: _covers(filled(pattern, call.context), call))
    if "Principal" in body:
        yield "its principal", _is_named(body["Principal"], call)
    if "NotPrincipal" in body:
        # Who is named must be so as the account, the role and its session, or is denied all the same
        # ("AWS JSON policy elements: NotPrincipal", IAM user guide).
        yield "its principal", True if _is_named(body["NotPrincipal"], call) is False else None
    for key, holds in conditions(body.get("Condition"), call.context):
        yield f"the condition on {key}", holds


def _covers(pattern: str, call: Call) -> Maybe:
    if not pattern.strip("*"):
        return True
    if call.resource == SOME:
        return None
    # A statement about an action without resources has to say `*`.
    return False if call.resource == "*" else fits(pattern, call.resource)


def _named(body: Mapping[str, object], key: str, holds: Callable[[str], Maybe]) -> Maybe:
    """Whether one of a list is meant; under `NotAction` and `NotResource`, none of it."""
    if key in body:
        return any_of(_each(body[key], holds))
    return negated(any_of(_each(body.get(f"Not{key}"), holds)))


def _each(value: object, holds: Callable[[str], Maybe]) -> Iterable[Maybe]:
    return (holds(one) if isinstance(one, str) else None for one in _listed(value))


def _is_named(principal: object, call: Call) -> Maybe:
    if principal in _EVERYBODY:
        return True
    if not isinstance(principal, Mapping):
        return None
    pairs = ((str(kind), one) for kind, value in principal.items() for one in _listed(value))
    return any_of(_is_principal(kind, one, call) for kind, one in pairs)


def _is_principal(kind: str, named: object, call: Call) -> Maybe:
    if not isinstance(named, str):
        return None
    if kind not in call.principals:
        return False
    account = _ACCOUNT.fullmatch(named) if kind == "AWS" else None
    if account:
        return None if call.account is None else account[1] == call.account
    if named == "*" or kind != "AWS":
        return fits(named, call.principals[kind])
    # An id (AROA…) and a session stand for a role too; in an ARN of a principal no character is wild.
    is_role = named.startswith("arn:") and ":assumed-role/" not in named
    return fits(literal(named), call.principals[kind]) if is_role else None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]
