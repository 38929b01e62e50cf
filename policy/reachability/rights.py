"""The calls of an agent, and what a role's policies make of them.

The five actions are those of "Create a custom IAM role for Session Manager", Systems Manager user guide; what sessions
with logs and a key need beside them is from the same page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reachability.aws_policies import managed_policy
from reachability.iam import Answer, Call, Document, Statement, read_document, rule, without_denials
from reachability.model import Unknown
from reachability.patterns import SOME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.iam import Ruling
    from reachability.model import Role, World

REGISTER = "ssm:UpdateInstanceInformation"
CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


_SIMULATOR = "IAM's simulator"
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


@dataclass(frozen=True)
class Need:
    """A call that an agent makes, and the resource that it is about."""

    action: str
    resource: str


# Who registers is an instance whose id nobody can foresee; the channels are about no resource.
AGENT = (
    Need(REGISTER, f"arn:{SOME}:ec2:{SOME}:{SOME}:instance/{SOME}"),
    *(Need(action, "*") for action in CHANNELS),
)


def session_needs(world: World) -> Iterator[Need | Unknown]:
    """The calls that the session preferences ask for: to write logs, and to decrypt what passes."""
    preferences = world.preferences
    if preferences is None:
        return
    if isinstance(preferences, Unknown):
        yield preferences
        return
    for value, needs in (
        (preferences.log_group, _log_needs),
        (preferences.bucket, partial(_bucket_needs, preferences.prefix)),
        (preferences.key, _key_needs),
    ):
        if isinstance(value, Unknown):
            yield value
        elif value:
            yield from needs(value)


def services(world: World) -> tuple[str, ...]:
    """What an agent has to reach, by AWS's short names: the two that it lives by, and those of the preferences."""
    preferences = world.preferences
    named: tuple[tuple[str, str | Unknown], ...] = ()
    if preferences is not None and not isinstance(preferences, Unknown):
        named = (("logs", preferences.log_group), ("s3", preferences.bucket), ("kms", preferences.key))
    return ("ssm", "ssmmessages", *(service for service, value in named if value))


def _log_needs(group: str) -> Iterator[Need]:
    arn = f"arn:{SOME}:logs:{SOME}:{SOME}:log-group:"
    for name in ("CreateLogStream", "DescribeLogStreams", "PutLogEvents"):
        yield Need(f"logs:{name}", f"{arn}{group}:{SOME}")
    # The agent asks for all groups, and looks for this one among them: no policy about one group allows that.
    yield Need("logs:DescribeLogGroups", f"{arn}:log-stream:{SOME}")


def _bucket_needs(prefix: str, bucket: str) -> Iterator[Need]:
    begins = "/".join(filter(None, (bucket, prefix.strip("/"))))
    yield Need("s3:PutObject", f"arn:{SOME}:s3:::{begins}/{SOME}")
    yield Need("s3:GetEncryptionConfiguration", f"arn:{SOME}:s3:::{bucket}")


def _key_needs(key: str) -> Iterator[Need]:
    # An alias or an id stands for a key whose ARN it does not tell.
    yield Need("kms:Decrypt", key if ":key/" in key else f"arn:{SOME}:kms:{SOME}:{SOME}:key/{SOME}")


def call(world: World, role: Role, need: Need) -> Call:
    """The call as an agent with this role makes it, with the condition keys whose values are known."""
    # An instance's role is one of its own account.
    arn = f"arn:{SOME}:iam::{world.account or SOME}:role/{SOME}" if isinstance(role.arn, Unknown) else role.arn
    known = {"aws:principalarn": arn, "aws:principaltype": "AssumedRole", "aws:securetransport": "true"}
    # An agent calls by itself, and is no service ("AWS global condition context keys", IAM user guide).
    known |= {"aws:viaawsservice": "false", "aws:principalisawsservice": "false"}
    account = (arn.split(":") + [SOME] * 5)[4]
    if account != SOME:
        known["aws:principalaccount"] = account
    region = SOME if isinstance(world.region, Unknown) else world.region
    if region != SOME:
        known["aws:requestedregion"] = region
    return Call(need.action, _filled(need.resource, region, account), {"AWS": arn}, _known(account), known)


def _filled(resource: str, region: str, account: str) -> str:
    """The ARN with those parts in it that are the same for whatever an agent of this account calls."""
    partition = next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")
    parts = resource.split(":", 5)
    for place, part in ((1, SOME if region == SOME else partition), (3, region), (4, account)):
        if len(parts) > place and parts[place] == SOME:
            parts[place] = part
    return ":".join(parts)


def _known(part: str) -> str | None:
    return None if part == SOME else part


def documents_of(role: Role) -> list[Document]:
    """A role's policies, inline and attached, or the simulator's answers, and one for those that may not be seen."""
    written = [
        Document(f"a policy of {role.name} ({text.what})")
        if isinstance(text, Unknown)
        else read_document(f"a policy of {role.name}", text)
        for text in role.documents
    ]
    attached = [
        Document(f"{arn.what} of {role.name}") if isinstance(arn, Unknown) else managed_policy(arn) or Document(arn)
        for arn in role.managed
    ]
    simulated = [_simulated(answer) for answer in role.simulated]
    return [*written, *attached, *simulated, *([Document(role.gaps.what)] if role.gaps else [])]


def _simulated(answer: tuple[str, ...] | Unknown) -> Document:
    """An answer of the simulator: which policy it comes from, nobody was told."""
    if isinstance(answer, Unknown):
        return Document(_SIMULATOR, only_grants=True, gap=answer.source)
    body = {"Effect": "Allow", "Action": [*answer], "Resource": "*"}
    return Document(f"the answer of {_SIMULATOR}", (Statement(_SIMULATOR, body),))


def boundary_of(role: Role) -> Document | None:
    """A role's permissions boundary, which is the ARN of a policy or its text."""
    if role.boundary is None:
        return None
    if isinstance(role.boundary, Unknown):
        return Document(f"the permissions boundary of {role.name}")
    known = managed_policy(role.boundary)
    # What AWS's policy doesn't allow is out of bounds, also if the table doesn't have it.
    return known or read_document(f"the permissions boundary of {role.name}", role.boundary)


def mentions(role: Role, world: World) -> bool:
    """Whether a policy that can be read allows one of the five, whatever denies it or bounds it."""
    documents = [document for document in documents_of(role) if document.statements is not None]
    calls = [call(world, role, need) for need in AGENT]
    bare = [without_denials(document, calls) for document in documents]
    return any(rule(bare, one).answer is not Answer.DENY for one in calls)


def rulings(world: World, role: Role, need: Need) -> Iterator[tuple[str, Ruling]]:
    """What becomes of a call; where it is denied, each cause by itself, under its name in `identity.TEXTS`."""
    asked, documents, boundary = call(world, role, need), documents_of(role), boundary_of(role)
    whole = rule(documents, asked, boundary=boundary)
    if whole.answer is not Answer.DENY:
        yield "", whole
        return
    own = rule(documents, asked)
    if own.explicit:
        yield "denied", own
        own = rule([without_denials(document, [asked]) for document in documents], asked)
    if own.answer is Answer.DENY:
        yield "not-allowed", own
    limit = rule([boundary], asked) if boundary else None
    if limit and limit.answer is Answer.DENY:
        yield "boundary", limit
