"""What sessions will need, told from their settings alone, before any of it is made."""

from components.base.needs import NO_NEEDS, SessionNeeds
from components.sessions.settings import KeyMode, SessionSettings


def planned_needs(sessions: SessionSettings | None) -> SessionNeeds:
    """Whether each part will be there is all that endpoints, and so user data, depend on."""
    if sessions is None:
        return NO_NEEDS
    return SessionNeeds(
        bucket="" if sessions.s3 else None,
        log_group_arn="" if sessions.cloudwatch else None,
        session_key_arn=None if sessions.key is KeyMode.NONE else "",
    )
