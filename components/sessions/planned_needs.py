"""What sessions will need, told from their settings alone, before any of it is made."""

from ..base.needs import NO_NEEDS, SessionNeeds
from .settings import KeyMode, S3Logs, SessionSettings

# In place of what has no name yet, text as long as that can get, so that the policies in which it will stand are known
# to fit. The ARNs are those of GovCloud, whose partition is the longest; a group is called after its stack.
_BUCKET = "x" * 63
_KEY = "x" * 86
_BEFORE_GROUP = "x" * 57
_GROUP = "x" * 128


def planned_needs(sessions: SessionSettings | None) -> SessionNeeds:
    """Whether each part will be there is all that endpoints and user data depend on; policies depend on its length."""
    if sessions is None:
        return NO_NEEDS
    key = _session_key(sessions)
    logs, group = sessions.s3, sessions.cloudwatch
    return SessionNeeds(
        bucket=None if logs is None else logs.bucket or _BUCKET,
        bucket_prefix="" if logs is None else logs.prefix,
        own_bucket=logs is not None and logs.bucket is not None,
        bucket_key_arn=None if logs is None else _key_of(logs, key),
        log_group_arn=None if group is None else _BEFORE_GROUP + (group.group or _GROUP),
        session_key_arn=key,
    )


def _session_key(sessions: SessionSettings) -> str | None:
    if sessions.key is KeyMode.NONE:
        return None
    return _KEY if sessions.key is KeyMode.CREATE else sessions.key


def _key_of(logs: S3Logs, key: str | None) -> str | None:
    return key if logs.bucket is None else logs.bucket_key
