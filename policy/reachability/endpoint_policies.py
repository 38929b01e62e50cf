"""Whether the policy of an endpoint lets the agent's calls through. They are signed with the instance's role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reachability.findings import Change
from reachability.iam import Answer, read_document, rule, without_denials
from reachability.model import Role, Unknown
from reachability.rights import AGENT, call, session_needs
from reachability.ways import hop, link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reachability.findings import Mend
    from reachability.iam import Call, Document
    from reachability.model import Endpoint, Host
    from reachability.view import View
    from reachability.ways import Step

_ANY_ROLE = Role(id="", name="the role", arn=Unknown("the role"), trust=Unknown("the trust policy"))


def role_of(view: View, host: Host) -> Role:
    """Who signs a host's calls: the role of its profile, or of Default Host Management, as far as it is known."""
    ref = view.world.default_host_management
    if host.profile is not None:
        profile = view.find(view.world.profiles, host.profile)
        if isinstance(profile, Unknown) or profile.role is None:
            return _ANY_ROLE
        ref = profile.role
    role = _ANY_ROLE if ref is None else view.find(view.world.roles, ref)
    return _ANY_ROLE if isinstance(role, Unknown) else role


def endpoint_works(view: View, endpoint: Endpoint, role: Role) -> tuple[Step, ...]:
    """Whether an endpoint is there, and its policy lets the calls through."""
    return view.once(("endpoint", endpoint.id, role.id), lambda: (*_is_there(endpoint), *_lets(view, endpoint, role)))


def _is_there(endpoint: Endpoint) -> Iterator[Step]:
    if isinstance(endpoint.available, Unknown):
        yield endpoint.available
    elif not endpoint.available:
        mend = (Change("endpoints", endpoint.id, "available", True),)  # noqa: FBT003 - the value
        yield link("endpoint-not-available", mend, endpoint=endpoint.name)


def _lets(view: View, endpoint: Endpoint, role: Role) -> Iterator[Step]:
    if endpoint.policy is None:
        return
    if isinstance(endpoint.policy, Unknown):
        yield endpoint.policy
        return
    calls = [
        call(view.world, role, need)
        for need in (*AGENT, *session_needs(view.world))
        if not isinstance(need, Unknown) and need.action.split(":")[0] == endpoint.service
    ]
    document = read_document(f"the policy of {endpoint.name}", endpoint.policy)
    rulings = [rule([document], one) for one in calls]
    stopped = [one for one, ruling in zip(calls, rulings, strict=True) if ruling.answer is Answer.DENY]
    unsure = next((ruling.why for ruling in rulings if ruling.answer is Answer.UNKNOWN), "")
    if stopped:
        actions = ", ".join(one.action for one in stopped)
        yield link("endpoint-policy", _mend(endpoint, document, stopped), endpoint=endpoint.name, actions=actions)
    elif unsure:
        yield Unknown(f"whether the policy of {endpoint.name} lets the agent's calls through", unsure)
    else:
        yield hop("endpoint-policy", endpoint=endpoint.name)


def _mend(endpoint: Endpoint, document: Document, stopped: Sequence[Call]) -> Mend:
    """The policy without what denies the calls, and with what allows them."""
    left = without_denials(document, stopped).statements or ()
    actions = [one.action for one in stopped]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*"}
    mended = {"Version": "2012-10-17", "Statement": [*(dict(one.body) for one in left), allowed]}
    return (Change("endpoints", endpoint.id, "policy", json.dumps(mended)),)
