"""The smallest changes that give an agent its rights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reachability.aws_policies import managed_policy
from reachability.findings import Change
from reachability.iam import read_document, rule, without_denials
from reachability.model import Profile, Role, Unknown
from reachability.rights import boundary_of, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reachability.findings import Mend
    from reachability.iam import Call
    from reachability.model import Host, World
    from reachability.rights import Need

CORE = "AmazonSSMManagedInstanceCore"


def trust(service: str) -> str:
    """The trust policy that lets a service have a role."""
    return _text([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}])


def give_profile(host: Host, service: str) -> Mend:
    """A profile with a role that has all rights."""
    profile = Profile(id=f"{host.id}/profile", name=f"a profile for {host.name}", role=f"{host.id}/role")
    add = Change("profiles", profile.id, "", profile)
    return (_role_for(host.id, host.name, service), add, Change("hosts", host.id, "profile", profile.id))


def give_role(profile: Profile, service: str) -> Mend:
    """A role with all rights, in a profile that has none."""
    role = _role_for(profile.id, profile.name, service)
    return (role, Change("profiles", profile.id, "role", role.id))


def _role_for(key: str, name: str, service: str) -> Change:
    role = Role(
        id=f"{key}/role",
        name=f"a role for {name}",
        arn=Unknown(f"the ARN of a role for {name}"),
        trust=trust(service),
        managed=(f"arn:aws:iam::aws:policy/{CORE}",),
    )
    return Change("roles", role.id, "", role)


def allow_too(_world: World, role: Role, needs: Sequence[Need]) -> Mend:
    """One more policy of the role."""
    return (Change("roles", role.id, "documents", _text([_allow(needs)]), adds=True),)


def deny_no_more(world: World, role: Role, needs: Sequence[Need]) -> Mend:
    """The role's policies without the statements that deny."""
    calls = [call(world, role, need) for need in needs]
    documents = tuple(text if isinstance(text, Unknown) else _without(text, calls) for text in role.documents)
    managed = tuple(arn for arn in role.managed if isinstance(arn, Unknown) or not _denies(arn, calls))
    changes = (Change("roles", role.id, "documents", documents), Change("roles", role.id, "managed", managed))
    return tuple(one for one in changes if getattr(role, one.attribute) != one.value)


def allow_within(world: World, role: Role, needs: Sequence[Need]) -> Mend:
    """The permissions boundary with one more statement, and without those that deny."""
    boundary = boundary_of(role)
    kept = without_denials(boundary, [call(world, role, need) for need in needs]) if boundary else None
    bodies = [one.body for one in (kept.statements if kept else None) or ()]
    return (Change("roles", role.id, "boundary", _text([*bodies, _allow(needs)])),)


# By the cause that each one mends.
MENDS: Mapping[str, Callable[[World, Role, Sequence[Need]], Mend]] = {
    "not-allowed": allow_too,
    "denied": deny_no_more,
    "boundary": allow_within,
}


def _without(text: str, calls: Sequence[Call]) -> str:
    document = read_document("", text)
    kept = without_denials(document, calls)
    return text if kept == document else _text([one.body for one in kept.statements or ()])


def _denies(arn: str, calls: Iterable[Call]) -> bool:
    document = managed_policy(arn)
    return document is not None and any(rule([document], one).explicit for one in calls)


def _allow(needs: Sequence[Need]) -> Mapping[str, object]:
    return {"Effect": "Allow", "Action": [need.action for need in needs], "Resource": "*"}


def _text(statements: Sequence[Mapping[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
