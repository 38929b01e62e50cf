"""What a network's flow logs are: what is written down of each connection, where, and with which rights."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial

from ..base.errors import ConfigError
from ..base.iam_documents import allow, document
from ..base.log_groups import KEY_ARN, RETENTION_DAYS
from ..base.reading import Reader, is_number, read_choice, read_fields, read_json, read_text
from ..base.region import Region

KEY = "flowLogs"

_EXAMPLE = "a map, for example {to: cloudwatch, retentionDays: 90}"

# The ARN of a bucket, and a folder in it ("Publish flow logs to Amazon S3", VPC user guide). AWSLogs is AWS's own.
_BUCKET_ARN = re.compile(r"arn:[a-z-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?!/AWSLogs)(/[\w!.*'()/-]*)?", re.ASCII)

# The same in every partition, unlike those of EC2 and Systems Manager ("Publish flow logs to CloudWatch Logs").
_PRINCIPAL = "vpc-flow-logs.amazonaws.com"


class LogTarget(str, Enum):
    """Where flow logs go."""

    CLOUDWATCH = "cloudwatch"
    S3 = "s3"


class Traffic(str, Enum):
    """Which packets are written down: AWS's words, in lower case."""

    REJECT = "reject"
    ACCEPT = "accept"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class FlowLogs:
    """The map of the `flowLogs` key.

    Attributes:
        to: a log group that is made, or a bucket of one's own.
        bucket: ARN of that bucket, with a folder if there is to be one.
        traffic: by default what a group or an ACL refused, which says what is closed and costs little.
        retention_days: how long the log group keeps a line; 90 if nothing is said.
        key: ARN of a KMS key for the log group, whose own policy lets CloudWatch Logs use it.

    Raises:
        ConfigError: a value is none that AWS takes, or two of them contradict.
    """

    to: LogTarget = LogTarget.CLOUDWATCH
    bucket: str | None = None
    traffic: Traffic = Traffic.REJECT
    retention_days: int | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        """Check here, not in the readers, so that settings that a program makes by hand are checked too."""
        self._refuse_contradictions()
        if self.bucket is not None and not _BUCKET_ARN.fullmatch(self.bucket):
            raise ConfigError(
                f"{KEY}.bucket",
                self.bucket,
                "use the ARN of a bucket, for example arn:PARTITION:s3:::your-flow-logs, and a folder behind it if you "
                "like. AWS keeps the folder AWSLogs for itself.",
            )
        # As text: true is 1 to Python, and no number of days.
        if self.retention_days is not None and str(self.retention_days) not in map(str, RETENTION_DAYS):
            raise ConfigError(
                f"{KEY}.retentionDays",
                self.retention_days,
                f"CloudWatch Logs takes one of {', '.join(map(str, RETENTION_DAYS))}.",
            )
        if self.key is not None and not KEY_ARN.fullmatch(self.key):
            raise ConfigError(f"{KEY}.key", self.key, "use the ARN of a KMS key.")

    def _refuse_contradictions(self) -> None:
        if self.to is LogTarget.CLOUDWATCH:
            if self.bucket is not None:
                raise ConfigError(
                    f"{KEY}.bucket", self.bucket, f"{KEY}.to is cloudwatch. Set it to s3, or remove this."
                )
            return
        if self.bucket is None:
            raise ConfigError(f"{KEY}.to", "s3", f"say in which bucket of yours: {KEY}.bucket is its ARN.")
        of_group = {"retentionDays": self.retention_days, "key": self.key}
        for name, value in of_group.items():
            if value is not None:
                raise ConfigError(
                    f"{KEY}.{name}", value, "the bucket is your own, so this would change nothing. Remove it."
                )


def read_flow_logs(key: str, raw: object) -> FlowLogs:
    """Read the map.

    Raises:
        ConfigError: a key is not one of ours, or its value cannot be deployed.
    """
    return FlowLogs(**read_fields(_READERS, f"{key}.", read_json(dict, _EXAMPLE, key, raw)))


def trust_policy(region: Region) -> str:
    """Let the service take the role, for flow logs of this account and Region alone: it works for all accounts."""
    conditions = {
        "StringEquals": {"aws:SourceAccount": region.account},
        "ArnLike": {"aws:SourceArn": region.arn("ec2", "vpc-flow-log/*")},
    }
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": _PRINCIPAL},
                "Action": "sts:AssumeRole",
                "Condition": conditions,
            }
        ]
    )


def delivery_policy(region: Region, log_group: str) -> str:
    """What the service may do with it: write into this log group, which it does not have to make."""
    group = region.arn("logs", f"log-group:{log_group}:*")
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    # A list is of no group.
    look = allow("FindTheGroup", ["logs:DescribeLogGroups"], [region.arn("logs", "log-group:*")])
    return document([allow("Write", write, [group]), look])


def _read_days(_key: str, raw: object) -> object:
    """Turn text into a number. Whether it is one that AWS takes, the settings say."""
    return int(raw) if isinstance(raw, str) and is_number(raw) else raw


_READERS: Mapping[str, Reader] = {
    "to": partial(read_choice, LogTarget),
    "bucket": read_text,
    "traffic": partial(read_choice, Traffic),
    "retentionDays": _read_days,
    "key": read_text,
}
