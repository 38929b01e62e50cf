"""The `sessions` key: what every session of the account has in common."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from components.errors import ConfigError
from components.reading import Reader, read_choice, read_fields, read_json, read_number, read_switch, read_text

# The document that Session Manager takes when a person names none: one for each account and Region.
ACCOUNT_DOCUMENT = "SSM-SessionManagerRunShell"


class DocumentMode(str, Enum):
    """What to do about the Session document.

    Attributes:
        CREATE: make the account's; refused where the account has one.
        ADOPT: take over the one that the account has, and leave it there in the end.
        NAMED: make one of another name, which `aws ssm start-session --document-name` asks for.
        SKIP: the account's is someone else's business; say what it uses, so that instances may use it.
    """

    CREATE = "create"
    ADOPT = "adopt"
    NAMED = "named"
    SKIP = "skip"


class KeyMode(str, Enum):
    """Which KMS key sessions and logs have, if it is not an own one by ARN."""

    NONE = "none"
    CREATE = "create"


@dataclass(frozen=True, kw_only=True)
class S3Logs:
    """Logs go to a bucket when a session ends.

    Attributes:
        bucket: an own one, of which nothing is managed; without it one is made.
        bucket_key: ARN of the KMS key with which an own bucket is encrypted, if it has one.
        prefix: what the keys of the logs begin with.
        expire_days: how long a log is kept; without it, for ever.
        object_lock_days: how long nobody can delete a log, but those who may bypass governance.
        delete_with_content: whether taking the stack down deletes the bucket with the logs in it.
    """

    bucket: str | None = None
    bucket_key: str | None = None
    prefix: str = ""
    expire_days: int | None = None
    object_lock_days: int | None = None
    delete_with_content: bool = False


@dataclass(frozen=True, kw_only=True)
class CloudWatchLogs:
    """Logs go to a log group.

    Attributes:
        group: an own one, of which nothing is managed; without it one is made.
        retention_days: how long a log is kept; without it, for ever.
        streaming: line by line, so that an instance that stops loses nothing; else when a session ends.
    """

    group: str | None = None
    retention_days: int | None = None
    streaming: bool = True


@dataclass(frozen=True, kw_only=True)
class RunAs:
    """Sessions are those of a person's own user on the instance, Linux only.

    Attributes:
        user: of those whose IAM user or role has no tag SSMSessionRunAs; without it, they get no session.
    """

    user: str = ""


@dataclass(frozen=True, kw_only=True)
class ShellProfile:
    """Commands that run at the start of a session."""

    linux: str = ""
    windows: str = ""


@dataclass(frozen=True, kw_only=True)
class SessionSettings:
    """Every key below `sessions`.

    Attributes:
        document: what to do about the Session document.
        name: of that document.
        s3: logs to a bucket.
        cloudwatch: logs to a log group.
        key: for sessions, and for the bucket and the group that are made; a KeyMode, or the ARN of an own key.
        idle_minutes: after which a session ends in which nothing happens; AWS's default is 20.
        max_minutes: after which every session ends; without it, none does.
        run_as: sessions are not those of `ssm-user`.
        shell_profile: commands at the start of a session.
    """

    document: DocumentMode = DocumentMode.CREATE
    name: str = ACCOUNT_DOCUMENT
    s3: S3Logs | None = None
    cloudwatch: CloudWatchLogs | None = None
    key: KeyMode | str = KeyMode.NONE
    idle_minutes: int | None = None
    max_minutes: int | None = None
    run_as: RunAs | None = None
    shell_profile: ShellProfile = ShellProfile()


# "Session document schema", Systems Manager user guide.
_IDLE_MINUTES = range(1, 60 + 1)
_MAX_MINUTES = range(1, 1440 + 1)
# "Allow configurable shell profiles" there, for each of the two.
_LONGEST_PROFILE = 512

# What CloudWatch Logs takes for PutRetentionPolicy.
_RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
# S3 takes an object lock of up to 100 years; a lifecycle beyond that is a slip of the hand.
_DAYS = range(1, 36_500 + 1)

_DOCUMENT_NAME = re.compile(r"[A-Za-z0-9_.-]{3,128}")
# CreateDocument refuses these at the start of a name.
_NAMES_OF_AWS = ("aws", "amazon", "amzn")
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_GROUP_NAME = re.compile(r"[A-Za-z0-9_/.#-]{1,512}")
_KEY_ARN = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
# S3's safe characters for keys; what the agent adds to it is the session's id.
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()-](?:[A-Za-z0-9!_.*'()/-]{0,254}[A-Za-z0-9!_.*'()-])?")
# The agent hands the name to the instance's own tools: useradd's rule, and @ and \ for those of a directory.
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.@\\-]{0,255}")


def read_sessions(key: str, raw: object) -> SessionSettings:
    """Read the map.

    Raises:
        ConfigError: a key is not one of ours, its value is not one that AWS takes, or two of them contradict.
    """
    given = read_json(dict, "a map, for example {idleMinutes: 15, s3: {expireDays: 90}}", key, raw)
    settings = SessionSettings(**read_fields(_READERS, f"{key}.", given))
    named = settings.document is DocumentMode.NAMED
    if named and settings.name == ACCOUNT_DOCUMENT:
        raise ConfigError(f"{key}.document", "named", f"set {key}.name too. {ACCOUNT_DOCUMENT} is the account's.")
    if not named and settings.name != ACCOUNT_DOCUMENT:
        mode = settings.document.value
        raise ConfigError(f"{key}.name", settings.name, f"{key}.document is {mode}. Set it to named, or remove this.")
    if settings.document is DocumentMode.SKIP:
        _refuse_what_a_document_says(key, given, settings)
    return settings


def _refuse_what_a_document_says(key: str, given: Mapping[str, Any], settings: SessionSettings) -> None:
    """With `skip`, names and ARNs of what the account's own document uses are all that can be of use."""
    reason = f"{key}.document is skip, which writes no document"
    _refuse_idle(f"{key}.", given, ("idleMinutes", "maxMinutes", "runAs", "shellProfile"), reason)
    _refuse_idle(f"{key}.cloudwatch.", given.get("cloudwatch", {}), ("streaming",), reason)
    new = {
        "s3": settings.s3 is not None and settings.s3.bucket is None,
        "cloudwatch": settings.cloudwatch is not None and settings.cloudwatch.group is None,
        "key": settings.key is KeyMode.CREATE,
    }
    for name, made in new.items():
        if made:
            raise ConfigError(
                f"{key}.{name}", given[name], f"{reason}, so no session would use a new one. Name the one in use."
            )


def _refuse_idle(parent: str, given: Mapping[str, Any], keys: Sequence[str], reason: str) -> None:
    """A setting that would change nothing is a misunderstanding, so it is not passed over."""
    for key in keys:
        if key in given:
            raise ConfigError(f"{parent}{key}", given[key], f"{reason}, so this would change nothing. Remove it.")


def _read_s3(key: str, raw: object) -> S3Logs:
    given = read_json(dict, "a map, for example {expireDays: 90}", key, raw)
    logs = S3Logs(**read_fields(_S3_READERS, f"{key}.", given))
    if logs.bucket:
        _refuse_idle(f"{key}.", given, ("expireDays", "objectLockDays", "deleteWithContent"), "the bucket is your own")
    else:
        _refuse_idle(f"{key}.", given, ("bucketKey",), "a bucket that is made gets the key of sessions")
    if logs.expire_days and logs.object_lock_days and logs.expire_days < logs.object_lock_days:
        raise ConfigError(
            f"{key}.expireDays",
            logs.expire_days,
            f"{key}.objectLockDays is {logs.object_lock_days}, and a locked log stays. Use that number or more.",
        )
    return logs


def _read_cloudwatch(key: str, raw: object) -> CloudWatchLogs:
    given = read_json(dict, "a map, for example {retentionDays: 90}", key, raw)
    logs = CloudWatchLogs(**read_fields(_CLOUDWATCH_READERS, f"{key}.", given))
    if logs.group:
        _refuse_idle(f"{key}.", given, ("retentionDays",), "the log group is your own")
    return logs


def _read_run_as(key: str, raw: object) -> RunAs:
    given = read_json(dict, "a map, for example {user: ops}; {} takes the tag SSMSessionRunAs alone", key, raw)
    return RunAs(
        **read_fields({"user": partial(_read_match, _USER, "the name of a user on the instances")}, f"{key}.", given)
    )


def _read_shell_profile(key: str, raw: object) -> ShellProfile:
    given = read_json(dict, "a map, for example {linux: exec bash}", key, raw)
    return ShellProfile(**read_fields({"linux": _read_profile, "windows": _read_profile}, f"{key}.", given))


def _read_profile(key: str, raw: object) -> str:
    text = read_text(key, raw)
    if len(text) > _LONGEST_PROFILE:
        raise ConfigError(
            key,
            f"{text[:20]}…",
            f"AWS takes {_LONGEST_PROFILE} characters, and this has {len(text)}. "
            "Put the rest into a file on the instances, and run that.",
        )
    return text


def _read_retention(key: str, raw: object) -> int:
    allowed = {str(days): days for days in _RETENTION_DAYS}
    if str(raw) not in allowed:
        raise ConfigError(key, raw, f"CloudWatch Logs takes one of {', '.join(allowed)}.")
    return allowed[str(raw)]


def _read_key(key: str, raw: object) -> KeyMode | str:
    if raw in [mode.value for mode in KeyMode]:
        return KeyMode(raw)
    return _read_match(_KEY_ARN, "none, create, or the ARN of a KMS key", key, raw)


def _read_document_name(key: str, raw: object) -> str:
    name = _read_match(_DOCUMENT_NAME, "3 to 128 letters, digits, dots, hyphens and underscores", key, raw)
    if name.lower().startswith(_NAMES_OF_AWS):
        raise ConfigError(key, name, f"AWS keeps names that begin with {', '.join(_NAMES_OF_AWS)} for itself.")
    return name


def _read_match(pattern: re.Pattern[str], meaning: str, key: str, raw: object) -> str:
    text = read_text(key, raw)
    if not pattern.fullmatch(text):
        raise ConfigError(key, text, f"use {meaning}.")
    return text


_S3_READERS: Mapping[str, Reader] = {
    "bucket": partial(_read_match, _BUCKET_NAME, "the name of a bucket"),
    "bucketKey": partial(_read_match, _KEY_ARN, "the ARN of a KMS key"),
    "prefix": partial(_read_match, _PREFIX, "up to 256 of S3's safe characters, no slash first or last"),
    "expireDays": partial(read_number, _DAYS),
    "objectLockDays": partial(read_number, _DAYS),
    "deleteWithContent": read_switch,
}

_CLOUDWATCH_READERS: Mapping[str, Reader] = {
    "group": partial(_read_match, _GROUP_NAME, "the name of a log group"),
    "retentionDays": _read_retention,
    "streaming": read_switch,
}

_READERS: Mapping[str, Reader] = {
    "document": partial(read_choice, DocumentMode),
    "name": _read_document_name,
    "s3": _read_s3,
    "cloudwatch": _read_cloudwatch,
    "key": _read_key,
    "idleMinutes": partial(read_number, _IDLE_MINUTES),
    "maxMinutes": partial(read_number, _MAX_MINUTES),
    "runAs": _read_run_as,
    "shellProfile": _read_shell_profile,
}
