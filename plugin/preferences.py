"""What all sessions have in common."""

from typing import Any

import pulumi
from typing_extensions import NotRequired, TypedDict

import components
from components.base.errors import ConfigError
from components.base.region import Region
from components.sessions import DocumentMode
from plugin.reading import Given, parse, read_plain


class S3Logs(TypedDict):
    """Logs go to a bucket when a session ends."""

    bucket: NotRequired[str]
    """One of your own, of which nothing is managed; without it one is made."""
    bucketKey: NotRequired[str]
    """ARN of the KMS key with which a bucket of your own is encrypted, if it has one."""
    requireEncryption: NotRequired[bool]
    """The agent refuses a session where a bucket of your own is not encrypted."""
    prefix: NotRequired[str]
    """What the keys of the logs begin with."""
    expireDays: NotRequired[int]
    """How long a log is kept: for ever, unless said."""
    objectLockDays: NotRequired[int]
    """How long nobody can delete a log, but those who may bypass governance."""
    deleteWithContent: NotRequired[bool]
    """Whether taking the stack down deletes the bucket with the logs in it."""


class CloudWatchLogs(TypedDict):
    """Logs go to a log group."""

    group: NotRequired[str]
    """One of your own, of which nothing is managed; without it one is made."""
    retentionDays: NotRequired[int]
    """How long a log is kept: for ever, unless said."""
    streaming: NotRequired[bool]
    """Line by line (true, unless said), or when a session ends."""


class RunAs(TypedDict):
    """Sessions are those of a person's own user on the instance, Linux only."""

    user: NotRequired[str]
    """Of those whose IAM user or role has no tag SSMSessionRunAs."""


class ShellProfile(TypedDict):
    """Commands that run at the start of a session."""

    linux: NotRequired[str]
    """On Linux."""
    windows: NotRequired[str]
    """On Windows."""


class Sessions(TypedDict):
    """Each key of the setting `sessions`; docs/sessions.md has them."""

    document: NotRequired[DocumentMode]
    """What to do about the account's Session document: create, unless said."""
    name: NotRequired[str]
    """Only with document named: of that document."""
    s3: NotRequired[S3Logs]
    """Logs to a bucket."""
    cloudwatch: NotRequired[CloudWatchLogs]
    """Logs to a log group."""
    key: NotRequired[str]
    """none (unless said), create, or the ARN of a KMS key, for sessions and their logs."""
    idleMinutes: NotRequired[int]
    """After which a session ends in which nothing happens: 20, unless said."""
    maxMinutes: NotRequired[int]
    """After which every session ends."""
    runAs: NotRequired[RunAs]
    """Sessions are not those of ssm-user. {} takes the tag SSMSessionRunAs alone."""
    shellProfile: NotRequired[ShellProfile]
    """Commands at the start of a session."""


class SessionPreferencesArgs(TypedDict):
    """What the preferences are made from."""

    sessions: Sessions
    """The preferences."""
    readSessionProfile: NotRequired[bool]
    """Whether sessions on Linux begin with the sessionProfile of their instance."""
    tags: NotRequired[dict[str, str]]
    """Tags for everything that takes tags, but an adopted document."""


class SessionPreferences(pulumi.ComponentResource):
    """The Session document of an account and Region, and the bucket, the log group and the key that it names.

    Its outputs are inputs of networks, instances, fleets, commands and OperatorAccess, by the same names.
    """

    document_name: str
    """Of the Session document."""
    bucket: pulumi.Output[str] | None
    """Of session logs."""
    bucket_prefix: str | None
    """What the keys of the logs begin with."""
    own_bucket: bool | None
    """Whether the bucket is one of your own."""
    bucket_key_arn: pulumi.Output[str] | None
    """The KMS key of the bucket."""
    log_group: pulumi.Output[str] | None
    """Name of the log group of sessions."""
    log_group_arn: str | None
    """Of this log group."""
    session_key_arn: pulumi.Output[str] | None
    """The KMS key of sessions."""
    previous: pulumi.Output[dict[str, str]] | None
    """What an adopted document held: name, version, content."""
    restore_command: str | None
    """The line for a shell that puts this back."""

    def __init__(self, name: str, args: SessionPreferencesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, ask AWS, then make them."""
        given = read_plain(args, ["sessions", "tags"])
        reads = read_plain(args, ["readSessionProfile"]).values.get("readSessionProfile", False)
        # Settings ask for these lines where there are some on the instances; which, is not theirs to know.
        profile = {"sessionProfile": ":"} if reads else {}
        settings = parse(Given(values={**given.values, **profile}, secrets=given.secrets))
        if settings.preferences is None:
            raise ConfigError("sessions", {}, "say what sessions are to have: idleMinutes, cloudwatch, s3, key …")
        super().__init__("ssm-only:index:SessionPreferences", name, {}, opts)
        made = components.SessionPreferences(
            name,
            components.SessionPreferencesArgs(
                region=Region.ask(pulumi.InvokeOptions(parent=self)),
                sessions=settings.preferences,
                tags=settings.all_tags,
                secret="sessions" in settings.secrets,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        needs: Any = made.needs
        self.document_name, self.bucket = made.document_name, needs.bucket
        self.bucket_prefix, self.own_bucket = (needs.bucket_prefix or None, needs.own_bucket or None)
        self.bucket_key_arn, self.session_key_arn = needs.bucket_key_arn, needs.session_key_arn
        log_group: Any = made.outputs["log_group"]
        self.log_group, self.log_group_arn = log_group, needs.log_group_arn
        previous: Any = made.previous
        self.previous, self.restore_command = previous, made.restore_command
        self.register_outputs({})
