"""The `sessions` key: what every session of the account has in common."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import partial
from typing import TypeVar

from ..base.buckets import BUCKET_NAME
from ..base.document_names import DEFAULT_DOCUMENT, DOCUMENT_NAME, NAMES_OF_AWS
from ..base.errors import ConfigError
from ..base.log_groups import KEY_ARN, RETENTION_DAYS
from ..base.reading import (
    Reader,
    is_number,
    read_choice,
    read_fields,
    read_json,
    read_number,
    read_switch,
    read_text,
)

KEY = "sessions"

_Settings = TypeVar("_Settings")

# "Session document schema", Systems Manager user guide.
_IDLE_MINUTES = range(1, 60 + 1)
_MAX_MINUTES = range(1, 1440 + 1)
# "Allow configurable shell profiles" there, for each of the two.
_LONGEST_PROFILE = 512

# S3 takes an object lock of up to 100 years; a lifecycle beyond that is a slip of the hand.
_DAYS = range(1, 36_500 + 1)

_GROUP_NAME = re.compile(r"[A-Za-z0-9_/.#-]{1,512}")
# S3's safe characters for keys; what the agent adds to it is the session's id.
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()-](?:[A-Za-z0-9!_.*'()/-]{0,254}[A-Za-z0-9!_.*'()-])?")
# The agent hands the name to the instance's own tools: useradd's rule, and @ and \ for those of a directory.
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.@\\-]{0,255}")


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
        require_encryption: the agent asks, before each session, whether an own bucket is encrypted, and refuses the
            session where it may not ask or where it hears anything but AES256 and aws:kms (dual-layer aws:kms:dsse).
        prefix: what the keys of the logs begin with.
        expire_days: how long a log is kept; without it, for ever.
        object_lock_days: how long nobody can delete a log, but those who may bypass governance.
        delete_with_content: whether taking the stack down deletes the bucket with the logs in it; not with a lock.
    """

    bucket: str | None = None
    bucket_key: str | None = None
    require_encryption: bool = False
    prefix: str = ""
    expire_days: int | None = None
    object_lock_days: int | None = None
    delete_with_content: bool = False

    def __post_init__(self) -> None:
        """Check here, not in the readers, so that settings that a program makes by hand are checked too."""
        _require_match("s3.bucket", self.bucket, BUCKET_NAME, "the name of a bucket")
        _require_match("s3.bucketKey", self.bucket_key, KEY_ARN, "the ARN of a KMS key")
        if self.prefix:
            _require_match(
                "s3.prefix", self.prefix, _PREFIX, "up to 256 of S3's safe characters, no slash first or last"
            )
        _require_number("s3.expireDays", self.expire_days, _DAYS)
        _require_number("s3.objectLockDays", self.object_lock_days, _DAYS)
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        if self.bucket is None:
            _refuse_idle("a bucket that is made gets the key of sessions", {"s3.bucketKey": self.bucket_key})
            asked = {"s3.requireEncryption": self.require_encryption}
            _refuse_idle("of a bucket that is made the agent asks in any case", asked)
        else:
            managed = {
                "s3.expireDays": self.expire_days,
                "s3.objectLockDays": self.object_lock_days,
                "s3.deleteWithContent": self.delete_with_content,
            }
            _refuse_idle("the bucket is your own", managed)
        if self.object_lock_days is not None:
            self._refuse_to_end_before(self.object_lock_days)

    def _refuse_to_end_before(self, days: int) -> None:
        stays = f"{KEY}.s3.objectLockDays is {days}, and a locked log stays."
        if self.expire_days is not None and self.expire_days < days:
            raise ConfigError(f"{KEY}.s3.expireDays", self.expire_days, f"{stays} Use that number or more.")
        if self.delete_with_content:
            # The provider bypasses a lock only if the bucket's own state has it (internal/service/s3/bucket.go),
            # and the lock here is a resource of its own, made after the bucket.
            raise ConfigError(f"{KEY}.s3.deleteWithContent", value=True, advice=f"{stays} Remove one of the two.")


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

    def __post_init__(self) -> None:
        """Check what a program makes by hand too."""
        _require_match("cloudwatch.group", self.group, _GROUP_NAME, "the name of a log group")
        # As text: true is 1 to Python, and no number of days.
        if self.retention_days is not None and str(self.retention_days) not in map(str, RETENTION_DAYS):
            raise ConfigError(
                f"{KEY}.cloudwatch.retentionDays",
                self.retention_days,
                f"CloudWatch Logs takes one of {', '.join(map(str, RETENTION_DAYS))}.",
            )
        if self.group is not None:
            _refuse_idle("the log group is your own", {"cloudwatch.retentionDays": self.retention_days})


@dataclass(frozen=True, kw_only=True)
class RunAs:
    """Sessions are those of a person's own user on the instance, Linux only.

    Attributes:
        user: of those whose IAM user or role has no tag SSMSessionRunAs; without it, they get no session.
    """

    user: str = ""

    def __post_init__(self) -> None:
        """Check what a program makes by hand too."""
        if self.user:
            _require_match("runAs.user", self.user, _USER, "the name of a user on the instances")


@dataclass(frozen=True, kw_only=True)
class ShellProfile:
    """Commands that run at the start of a session."""

    linux: str = ""
    windows: str = ""

    def __post_init__(self) -> None:
        """Check what a program makes by hand too."""
        for system, text in asdict(self).items():
            if len(text) > _LONGEST_PROFILE:
                raise ConfigError(
                    f"{KEY}.shellProfile.{system}",
                    f"{text[:20]}…",
                    f"AWS takes {_LONGEST_PROFILE} characters, and this has {len(text)}. "
                    "Put the rest into a file on the instances, and run that.",
                )


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

    Raises:
        ConfigError: a value is not one that AWS takes, or two of them contradict; so for the parts of it.
    """

    document: DocumentMode = DocumentMode.CREATE
    name: str = DEFAULT_DOCUMENT
    s3: S3Logs | None = None
    cloudwatch: CloudWatchLogs | None = None
    key: KeyMode | str = KeyMode.NONE
    idle_minutes: int | None = None
    max_minutes: int | None = None
    run_as: RunAs | None = None
    shell_profile: ShellProfile = field(default_factory=ShellProfile)

    def __post_init__(self) -> None:
        """Check what a program makes by hand too."""
        self._check_name()
        if not isinstance(self.key, KeyMode):
            _require_match("key", self.key, KEY_ARN, "none, create, or the ARN of a KMS key")
        _require_number("idleMinutes", self.idle_minutes, _IDLE_MINUTES)
        _require_number("maxMinutes", self.max_minutes, _MAX_MINUTES)
        if self.idle_minutes and self.max_minutes and self.idle_minutes > self.max_minutes:
            raise ConfigError(
                f"{KEY}.idleMinutes",
                self.idle_minutes,
                f"{KEY}.maxMinutes is {self.max_minutes}, which ends every session before. Use that number or less.",
            )
        if self.document is DocumentMode.SKIP:
            self._refuse_what_a_document_says()

    def _check_name(self) -> None:
        meaning = "3 to 128 letters, digits, dots, hyphens and underscores"
        _require_match("name", self.name, DOCUMENT_NAME, meaning)
        if self.name.lower().startswith(NAMES_OF_AWS):
            reserved = ", ".join(NAMES_OF_AWS)
            raise ConfigError(f"{KEY}.name", self.name, f"AWS keeps names that begin with {reserved} for itself.")
        named, is_accounts = self.document is DocumentMode.NAMED, self.name == DEFAULT_DOCUMENT
        if named and is_accounts:
            raise ConfigError(f"{KEY}.document", "named", f"set {KEY}.name too. {DEFAULT_DOCUMENT} is the account's.")
        if not named and not is_accounts:
            mode = self.document.value
            raise ConfigError(f"{KEY}.name", self.name, f"{KEY}.document is {mode}. Set it to named, or remove this.")

    def _refuse_what_a_document_says(self) -> None:
        """With `skip`, names and ARNs of what the account's own document uses are all that can be of use."""
        reason = f"{KEY}.document is skip, which writes no document"
        said = {
            "s3.requireEncryption": self.s3 and self.s3.require_encryption,
            "idleMinutes": self.idle_minutes,
            "maxMinutes": self.max_minutes,
            "runAs": self.run_as and asdict(self.run_as),
            "shellProfile.linux": self.shell_profile.linux,
            "shellProfile.windows": self.shell_profile.windows,
        }
        _refuse_idle(reason, {name: value or None for name, value in said.items()})
        if self.cloudwatch and not self.cloudwatch.streaming:
            raise ConfigError(f"{KEY}.cloudwatch.streaming", value=False, advice=_idle(reason))
        new = {
            "s3": self.s3 is not None and self.s3.bucket is None and "a new bucket",
            "cloudwatch": self.cloudwatch is not None and self.cloudwatch.group is None and "a new log group",
            "key": self.key is KeyMode.CREATE and "create",
        }
        for name, made in new.items():
            if made:
                raise ConfigError(
                    f"{KEY}.{name}", made, f"{reason}, so no session would use a new one. Name the one in use."
                )
        if self.s3 is None and self.cloudwatch is None and self.key is KeyMode.NONE:
            raise ConfigError(
                f"{KEY}.document",
                "skip",
                "alone it changes nothing. Name the bucket, the log group or the key of the account's document, or "
                f"remove {KEY}.",
            )


def read_sessions(key: str, raw: object) -> SessionSettings:
    """Read the map.

    Raises:
        ConfigError: a key is not one of ours, its value is not one that AWS takes, or two of them contradict.
    """
    example = "a map, for example {idleMinutes: 15, s3: {expireDays: 90}}"
    return _read_map(SessionSettings, _READERS, example, key, raw)


def _read_map(kind: type[_Settings], readers: Mapping[str, Reader], example: str, key: str, raw: object) -> _Settings:
    return kind(**read_fields(readers, f"{key}.", read_json(dict, example, key, raw)))


def _read_count(_key: str, raw: object) -> object:
    """Turn text into a number. Whether it is one that AWS takes, the settings say."""
    return int(raw) if isinstance(raw, str) and is_number(raw) else raw


def _read_key(key: str, raw: object) -> KeyMode | str:
    text = read_text(key, raw)
    return KeyMode(text) if text in [mode.value for mode in KeyMode] else text


def _require_match(name: str, text: str | None, pattern: re.Pattern[str], meaning: str) -> None:
    if text is not None and not pattern.fullmatch(text):
        raise ConfigError(f"{KEY}.{name}", text, f"use {meaning}.")


def _require_number(name: str, number: int | None, allowed: range) -> None:
    if number is not None:
        read_number(allowed, f"{KEY}.{name}", number)


def _refuse_idle(reason: str, settings: Mapping[str, object]) -> None:
    """A setting that would change nothing is a misunderstanding, so it is not passed over."""
    for name, value in settings.items():
        if value not in (None, False):
            raise ConfigError(f"{KEY}.{name}", value, _idle(reason))


def _idle(reason: str) -> str:
    return f"{reason}, so this would change nothing. Remove it."


_S3_READERS: Mapping[str, Reader] = {
    "bucket": read_text,
    "bucketKey": read_text,
    "requireEncryption": read_switch,
    "prefix": read_text,
    "expireDays": _read_count,
    "objectLockDays": _read_count,
    "deleteWithContent": read_switch,
}

_CLOUDWATCH_READERS: Mapping[str, Reader] = {
    "group": read_text,
    "retentionDays": _read_count,
    "streaming": read_switch,
}

_READERS: Mapping[str, Reader] = {
    "document": partial(read_choice, DocumentMode),
    "name": read_text,
    "s3": partial(_read_map, S3Logs, _S3_READERS, "a map, for example {expireDays: 90}"),
    "cloudwatch": partial(_read_map, CloudWatchLogs, _CLOUDWATCH_READERS, "a map, for example {retentionDays: 90}"),
    "key": _read_key,
    "idleMinutes": _read_count,
    "maxMinutes": _read_count,
    "runAs": partial(
        _read_map, RunAs, {"user": read_text}, "a map, for example {user: ops}; {} takes the tag SSMSessionRunAs alone"
    ),
    "shellProfile": partial(
        _read_map,
        ShellProfile,
        {"linux": read_text, "windows": read_text},
        "a map, for example {linux: exec bash}",
    ),
}
