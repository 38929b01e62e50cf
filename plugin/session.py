"""What the session preferences ask of networks, instances and commands: outputs of SessionPreferences."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
from typing_extensions import NotRequired, TypedDict

from components.base.needs import SessionNeeds
from plugin.reading import handed_on, known_or_none, read_plain


class SessionArgs(TypedDict):
    """Outputs of SessionPreferences that have the names of these inputs. Whether one is given decides what is made."""

    bucket: NotRequired[pulumi.Input[str]]
    """Of SessionPreferences: the bucket of session logs."""
    bucketPrefix: NotRequired[pulumi.Input[str]]
    """Of SessionPreferences: what the keys of the logs begin with."""
    ownBucket: NotRequired[pulumi.Input[bool]]
    """Of SessionPreferences: whether the bucket is one of your own, and so perhaps another account's."""
    bucketKeyArn: NotRequired[pulumi.Input[str]]
    """Of SessionPreferences: the KMS key of the bucket."""
    logGroupArn: NotRequired[pulumi.Input[str]]
    """Of SessionPreferences: the log group of sessions."""
    sessionKeyArn: NotRequired[pulumi.Input[str]]
    """Of SessionPreferences: the KMS key that encrypts what passes between a person and an instance."""


def read_needs(args: Mapping[str, Any]) -> SessionNeeds:
    """What of it a program gives."""
    plain = read_plain(args, ["bucketPrefix", "ownBucket"]).values
    return SessionNeeds(
        bucket=handed_on(args, "bucket"),
        bucket_prefix=plain.get("bucketPrefix", ""),
        own_bucket=plain.get("ownBucket", False),
        bucket_key_arn=handed_on(args, "bucketKeyArn"),
        log_group_arn=handed_on(args, "logGroupArn"),
        session_key_arn=handed_on(args, "sessionKeyArn"),
    )


def plain_needs(needs: SessionNeeds) -> SessionNeeds:
    """The same in plain values: what has no name yet has text as long as that can get, so that policies will fit."""
    return replace(
        needs,
        bucket=_plain(needs.bucket, 63),
        bucket_key_arn=_plain(needs.bucket_key_arn, 128),
        log_group_arn=_plain(needs.log_group_arn, 256),
        session_key_arn=_plain(needs.session_key_arn, 128),
    )


def _plain(value: Any, longest: int) -> str | None:  # noqa: ANN401 - an Input, or nothing
    if not isinstance(value, pulumi.Output):
        return value  # type: ignore[no-any-return]
    return known_or_none(value) or "x" * longest
