"""The account's preferences for all sessions, in the document SSM-SessionManagerRunShell, and what they need."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DOCUMENT = "SSM-SessionManagerRunShell"

# What the agent calls before there is a prompt (agent/session/shell and agent/agentlogstocloudwatch in its source).
_OF_GROUP = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What every session of the account and Region goes by, each empty if it is not set.

    Attributes:
        key: the KMS key that encrypts sessions: an ARN, an id or an alias.
        bucket: where logs go, if it must be encrypted: only then does the agent ask for it before a session begins.
        log_group: where logs go.
    """

    key: str = ""
    bucket: str = ""
    log_group: str = ""

    @property
    def services(self) -> Sequence[str]:
        """What the agent calls before a session begins, beside Systems Manager."""
        named = {"kms": self.key, "s3": self.bucket, "logs": self.log_group}
        return [service for service, name in named.items() if name]

    @property
    def key_is_alias(self) -> bool:
        """Whether the key is named by an alias, which no policy's `Resource` can name."""
        return "alias/" in self.key

    def needs(self, role_arn: str, region: str) -> Iterator[tuple[Sequence[str], str]]:
        """What an instance's role must be allowed to do: actions, and the ARN of what they are done to.

        Args:
            role_arn: of the role, whose account and partition the rest is in.
            region: of the instance.
        """
        _, partition, _, _, account, _ = role_arn.split(":", 5)
        if self.key and not self.key_is_alias:
            is_arn = self.key.startswith("arn:")
            yield ("kms:Decrypt",), self.key if is_arn else f"arn:{partition}:kms:{region}:{account}:key/{self.key}"
        if self.bucket:
            yield ("s3:GetEncryptionConfiguration",), f"arn:{partition}:s3:::{self.bucket}"
        if self.log_group:
            groups = f"arn:{partition}:logs:{region}:{account}:log-group:"
            yield _OF_GROUP, f"{groups}{self.log_group}:*"
            # The agent looks for its group in the list of all.
            yield ("logs:DescribeLogGroups",), f"{groups}*"


def read(content: str) -> Preferences:
    """Reads the document's text.

    Raises:
        ValueError: it is none of Session Manager's.
    """
    try:
        inputs: Any = json.loads(content)["inputs"]
        return Preferences(
            key=_text(inputs, "kmsKeyId"),
            bucket=_text(inputs, "s3BucketName") if inputs.get("s3EncryptionEnabled") in (True, "true") else "",
            log_group=_text(inputs, "cloudWatchLogGroupName"),
        )
    except (AttributeError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"{DOCUMENT} has no inputs") from error


def _text(inputs: Any, key: str) -> str:  # noqa: ANN401 - whatever stands in the document
    value = inputs.get(key)
    return value if isinstance(value, str) else ""
