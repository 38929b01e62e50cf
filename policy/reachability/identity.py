"""Whether an agent gets its rights: the role that it works with, who may have that role, and its policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reachability import identity_mends as mends
from reachability.findings import Change
from reachability.iam import Answer, Call, read_document, rule
from reachability.model import Role, Unknown
from reachability.rights import AGENT, mentions, rulings, session_needs
from reachability.view import Ambiguous
from reachability.ways import hop, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.iam import Ruling
    from reachability.model import Host, Profile, World
    from reachability.rights import Need
    from reachability.view import View
    from reachability.ways import Step

# What is missing, and the change that mends it.
TEXTS = {
    "no-profile": (
        "{host} has no instance profile, and Default Host Management is not set up here",
        "give {host} an instance profile whose role has {core}",
    ),
    "no-role": ("the instance profile {profile} has no role", "give {profile} a role that has {core}"),
    "trust": ("{service} may not assume the role {role}: {why}", "let {service} assume {role} in its trust policy"),
    "not-allowed": ("the role {role} may not call {actions}: {why}", "allow {actions} in a policy of {role}"),
    "denied": ("the role {role} may not call {actions}: {why}", "let no policy deny {actions} to {role}"),
    "boundary": (
        "the role {role} may not call {actions}: in its permissions boundary, {why}",
        "allow {actions} in the permissions boundary of {role}",
    ),
    "old-agent": (
        "the agent of {host} is {version}, and Default Host Management needs 3.2.582.0",
        "start {host} from a newer image, or give it an instance profile",
    ),
}
# What holds.
STEPS = {
    "profile": "{host} has the role {role}, by its instance profile {profile}",
    "default-host-management": "{host} gets the role {role} by Default Host Management",
    "trust": "{service} may assume {role}",
    "allowed": "{role} may call {actions}: {why}",
}

_EC2, _SYSTEMS_MANAGER = "ec2.amazonaws.com", "ssm.amazonaws.com"
_BEST = (Answer.ALLOW, Answer.UNKNOWN, Answer.DENY)
# "Default Host Management Configuration", Systems Manager user guide.
_DEFAULT_HOST_MANAGEMENT_SINCE = (3, 2, 582, 0)


def is_meant(view: View, host: Host) -> bool | Unknown:
    """Whether somebody means an agent to work here: its role may register, or Default Host Management is on.

    Where the role is one of several, each of them may be meant. Of a role that was not read nobody can say.
    """
    if view.world.default_host_management is not None:
        return True
    try:
        role = _role_of_profile(view, host)
    except Ambiguous as met:
        found = [is_meant(view.choosing(met.one, key), host) for key in met.one.ids]
        return True in found or next((one for one in found if isinstance(one, Unknown)), False)
    if isinstance(role, Unknown):
        return role
    return isinstance(role, Role) and view.once(("meant", role.id), lambda: mentions(role, view.world))


def identity(view: View, host: Host) -> tuple[Step, ...]:
    """Each part of an agent's way to its rights, in the order in which it is asked for.

    Raises:
        Ambiguous: a profile or a role is one of several, and none was chosen yet.
    """
    return tuple(_identity(view, host))


def _identity(view: View, host: Host) -> Iterator[Step]:
    role = _role_of_profile(view, host)
    if view.world.default_host_management is not None and _leaves_it_to_default(view.world, role):
        yield from _by_default(view, host)
    elif isinstance(role, Role):
        yield hop("profile", host=host.name, role=role.name, profile=getattr(_profile(view, host), "name", ""))
        yield from _rights(view, role, _EC2)
    elif role is not None:
        yield role
    else:
        yield _without_role(view, host)


def _profile(view: View, host: Host) -> Profile | Unknown | None:
    return None if host.profile is None else view.find(view.world.profiles, host.profile)


def _role_of_profile(view: View, host: Host) -> Role | Unknown | None:
    profile = _profile(view, host)
    if profile is None or isinstance(profile, Unknown):
        return profile
    return None if profile.role is None else view.find(view.world.roles, profile.role)


def _leaves_it_to_default(world: World, role: Role | Unknown | None) -> bool:
    """An agent whose profile lets it register does not ask for the other role."""
    if not isinstance(role, Role):
        return role is None
    return any(ruling.answer is Answer.DENY for _, ruling in rulings(world, role, AGENT[0]))


def _by_default(view: View, host: Host) -> Iterator[Step]:
    version = host.agent_version
    if version and version < _DEFAULT_HOST_MANAGEMENT_SINCE:
        yield link("old-agent", host=host.name, version=".".join(map(str, version)))
    role = view.find(view.world.roles, view.world.default_host_management or "")
    if isinstance(role, Unknown):
        yield role
        return
    yield hop("default-host-management", host=host.name, role=role.name)
    yield from _rights(view, role, _SYSTEMS_MANAGER)


def _without_role(view: View, host: Host) -> Step:
    profile = _profile(view, host)
    if profile is None or isinstance(profile, Unknown):
        return link("no-profile", mends.give_profile(host, _EC2), host=host.name, core=mends.CORE)
    return link("no-role", mends.give_role(profile, _EC2), profile=profile.name, core=mends.CORE)


def _rights(view: View, role: Role, service: str) -> Iterator[Step]:
    yield view.once(("trust", role.id, service), lambda: _may_assume(role, service))
    yield from view.once(("rights", role.id), lambda: tuple(_may_call(view.world, role)))


def _may_assume(role: Role, service: str) -> Step:
    if isinstance(role.trust, Unknown):
        return role.trust
    document = read_document(f"the trust policy of {role.name}", role.trust)
    # A role in China may name the service with the partition's suffix.
    names = (service, f"{service}.cn")
    by_name = [rule([document], Call("sts:AssumeRole", principals={"Service": name})) for name in names]
    ruling = min(by_name, key=lambda one: _BEST.index(one.answer))
    if ruling.answer is Answer.ALLOW:
        return hop("trust", service=service, role=role.name)
    if ruling.answer is Answer.UNKNOWN:
        return Unknown(f"whether {service} may assume {role.name}", ruling.why)
    mend = (Change("roles", role.id, "trust", mends.trust(service)),)
    return link("trust", mend, service=service, role=role.name, why=ruling.why)


def _may_call(world: World, role: Role) -> Iterator[Step]:
    """One step for all actions that share an answer and its reason."""
    found: dict[tuple[str, Ruling], list[Need]] = {}
    for need in (*AGENT, *session_needs(world)):
        if isinstance(need, Unknown):
            yield need
            continue
        for cause, ruling in rulings(world, role, need):
            found.setdefault((cause, ruling), []).append(need)
    for (cause, ruling), needs in found.items():
        # A mend writes a policy as a whole, so that of each step has to do for all that share its cause.
        alike = [need for (other, _), group in found.items() if other == cause for need in group]
        actions = ", ".join(need.action for need in needs)
        if ruling.answer is Answer.ALLOW:
            yield hop("allowed", role=role.name, actions=actions, why=ruling.why)
        elif ruling.answer is Answer.UNKNOWN:
            yield Unknown(f"whether {role.name} may call {actions}", ruling.why)
        else:
            mend = mends.MENDS[cause](world, role, alike)
            yield link(cause, mend, role=role.name, actions=actions, why=ruling.why)
