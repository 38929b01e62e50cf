"""The policy of the S3 gateway endpoint: the way to S3 out of a closed network."""

from collections.abc import Iterable, Iterator, Sequence

from ..base.buckets import (
    BUCKET_NAME,
    OWNERS_ACL,
    aws_buckets,
    bucket_arn,
    head_needs_list,
    image_layers,
    log_objects_arn,
    objects_in,
)
from ..base.errors import ConfigError
from ..base.iam_documents import Statement, allow_anyone, document, with_conditions
from ..base.region import Region

# Where a default route leads to the internet, the endpoint takes all of S3's traffic all the same: a route to a prefix
# list is longer. What its policy refused would have no other way ("Gateway endpoints", PrivateLink guide). Said, not
# left out: a network that was closed before would keep its policy.
OPEN_POLICY = document([allow_anyone("AllOfS3", ["s3:*"], ["*"])])

# An endpoint's policy has up to 20,480 characters ("Control access to VPC endpoints", PrivateLink guide). This many
# buckets fit with the longest names that S3 takes.
_MOST_BUCKETS = 80


def gateway_policy(
    region: Region,
    *,
    log_bucket: str | None,
    log_prefix: str,
    buckets: Sequence[str],
    own_log_bucket: bool = False,
    images: bool = False,
) -> str:
    """The policy of the S3 gateway endpoint: what an instance of a closed network reaches in S3.

    Who asks is left open, since dnf and curl sign no request: a condition on who they are would refuse them.
    The bucket's own policy and the instance's role still decide.

    Args:
        region: of the endpoint. It leads to this Region's buckets only.
        log_bucket: gets the logs of sessions.
        log_prefix: what their keys begin with.
        own_log_bucket: whether the bucket is a person's own, and so perhaps another account's.
        buckets: names of one's own buckets, to read, write and list (`require_buckets`).
        images: whether container images are pulled from ECR.
    """
    logs = () if log_bucket is None else _log_statements(region, log_bucket, log_prefix, own_bucket=own_log_bucket)
    return document([*_gateway_statements(region, logs, buckets, images=images)])


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
    region: Region, logs: Iterable[Statement], buckets: Sequence[str], *, images: bool
) -> Iterator[Statement]:
    aws = aws_buckets(region)
    # Each once: `aws-ssm-<region>` is for three purposes.
    objects = dict.fromkeys([*aws.agent, *aws.documents, *aws.patching, *aws.linux])
    yield allow_anyone("AwsBuckets", ["s3:GetObject"], [*objects])
    if images:
        yield allow_anyone("ImageLayers", ["s3:GetObject"], image_layers(region))
    yield from logs
    if buckets:
        yield allow_anyone("OwnBuckets", ["s3:ListBucket"], [bucket_arn(region, bucket) for bucket in buckets])
        yield allow_anyone("OwnObjects", ["s3:GetObject", "s3:PutObject"], objects_in(region, *buckets))


def _log_statements(region: Region, bucket: str, prefix: str, *, own_bucket: bool) -> Iterator[Statement]:
    """What the role of an instance may do to the bucket of session logs, the way lets through."""
    logs, whole = [log_objects_arn(region, bucket, prefix)], [bucket_arn(region, bucket)]
    yield allow_anyone("SessionLogs", ["s3:PutObject"], logs)
    if own_bucket:
        yield with_conditions(allow_anyone("SessionLogsAcl", ["s3:PutObjectAcl"], logs), OWNERS_ACL)
    if head_needs_list(region):
        yield allow_anyone("SessionLogsRegion", ["s3:ListBucket"], whole)
    yield allow_anyone("SessionLogsEncryption", ["s3:GetEncryptionConfiguration"], whole)
