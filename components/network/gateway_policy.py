"""The policy of the S3 gateway endpoint: the way to S3 out of a closed network."""

from collections.abc import Iterator, Sequence

from components.base.buckets import BUCKET_NAME, aws_buckets, bucket_arn, log_objects_arn, objects_in
from components.base.errors import ConfigError
from components.base.iam_documents import Statement, allow_anyone, document
from components.base.region import Region

# An endpoint's policy has up to 20,480 characters ("Control access to VPC endpoints", PrivateLink guide). This many
# buckets fit with the longest names that S3 takes.
_MOST_BUCKETS = 80


def gateway_policy(region: Region, *, log_bucket: str | None, log_prefix: str, buckets: Sequence[str]) -> str:
    """The policy of the S3 gateway endpoint: what an instance of a closed network reaches in S3.

    Who asks is left open, since dnf and curl sign no request: a condition on who they are would refuse them.
    The bucket's own policy and the instance's role still decide.

    Args:
        region: of the endpoint. It leads to this Region's buckets only.
        log_bucket: gets the logs of sessions.
        log_prefix: what their keys begin with.
        buckets: names of one's own buckets, to read, write and list (`require_buckets`).
    """
    return document(_gateway_statements(region, log_bucket, log_prefix, buckets))


def require_buckets(buckets: Sequence[str]) -> None:
    """Make sure that the policy above can name these.

    Raises:
        ConfigError: no bucket can have this name, or there are too many.
    """
    for index, bucket in enumerate(buckets):
        if not BUCKET_NAME.fullmatch(bucket):
            raise ConfigError(
                f"buckets[{index}]",
                bucket,
                "no bucket is called that. Use the name alone: 3 to 63 lower-case letters, digits, dots and hyphens.",
            )
    if len(buckets) > _MOST_BUCKETS:
        raise ConfigError(
            "buckets", f"{len(buckets)} buckets", f"an endpoint's policy has no room for more than {_MOST_BUCKETS}."
        )


def _gateway_statements(
    region: Region, log_bucket: str | None, log_prefix: str, buckets: Sequence[str]
) -> Iterator[Statement]:
    aws = aws_buckets(region)
    # Each once: `aws-ssm-<region>` is for three purposes.
    objects = dict.fromkeys([*aws.agent, *aws.documents, *aws.patching, *aws.linux])
    yield allow_anyone("AwsBuckets", ["s3:GetObject"], [*objects])
    if log_bucket is not None:
        yield allow_anyone("SessionLogs", ["s3:PutObject"], [log_objects_arn(region, log_bucket, log_prefix)])
        encryption = ["s3:GetEncryptionConfiguration"]
        yield allow_anyone("SessionLogsEncryption", encryption, [bucket_arn(region, log_bucket)])
    if buckets:
        yield allow_anyone("OwnBuckets", ["s3:ListBucket"], [bucket_arn(region, bucket) for bucket in buckets])
        yield allow_anyone("OwnObjects", ["s3:GetObject", "s3:PutObject"], objects_in(region, *buckets))
