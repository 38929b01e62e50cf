"""What the account's preferences ask of an instance that is online, before a session begins there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctor import endpoints
from doctor.checks.cause import Cause, show_in_vpc, show_rights
from doctor.checks.network import leaves
from doctor.facts import Unknown, UnknownError, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doctor.facts import Facts, Session

_REFUSED = {
    "kms:Decrypt": "session-key-refused",
    "s3:GetEncryptionConfiguration": "session-bucket-refused",
}
# A key and a bucket have policies of their own, which IAM's simulator does not see, and which may name the role.
_OWN_POLICY = "Unless its own policy names the role, no session opens: allow that."
_CERTAIN = "Sessions hang before the prompt, or end: allow that."


def check_session_endpoints(facts: Facts, session: Session) -> Iterator[Cause]:
    """Where Systems Manager is reached through endpoints alone, so is what a session needs beside it."""
    network = session.network
    # Whoever is online without an endpoint that shows has a way that does not show.
    if not endpoints.all_named(network) or leaves(session.instance, network):
        return
    missing = [one for one in session.preferences.services if not endpoints.serves(network, one)]
    if missing:
        yield Cause(
            name="session-endpoint-missing",
            text=f"The account's session preferences need {' and '.join(missing)}, for which {network.vpc_id} has no "
            "endpoint, and there is no other way out: sessions hang before the prompt, or end. Add the endpoint, or "
            "change the preferences.",
            command=show_in_vpc(facts, "vpc-endpoints", network.vpc_id),
            certain=not isinstance(network.zones, Unknown),
        )
        known(network.zones)


def check_session_rights(facts: Facts, session: Session) -> Iterator[Cause]:
    """The role may do what a session needs."""
    for one in known(session.refused):
        name = _REFUSED.get(one.actions[0], "session-log-refused")
        certain = one.explicitly or name not in _REFUSED.values()
        yield Cause(
            name=name,
            text=f"The account's session preferences name {one.resource}, on which the role {one.role['RoleName']} is "
            f"refused {', '.join(one.actions)}. {_CERTAIN if certain else _OWN_POLICY}",
            command=show_rights(facts, one),
            certain=certain,
        )
    if session.preferences.key_is_alias:
        raise UnknownError(f"the session preferences name their key by an alias, {session.preferences.key}")
