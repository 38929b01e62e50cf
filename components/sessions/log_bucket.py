"""The bucket of session logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from .log_documents import bucket_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .settings import S3Logs

# What pulumi-aws takes for a bucket's prefix: its own ending takes the rest of S3's 63 characters.
_LONGEST_PREFIX = 37
_SUFFIX = "-session-logs"

# A part of an upload that never ended can't be read, and is paid for.
_UNFINISHED_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class LogBucket:
    """A bucket, and what must be there before logs come.

    Attributes:
        name: of the bucket.
        ready: its settings.
    """

    name: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]


def bucket_prefix(component: str) -> str:
    """What the bucket's name begins with: the component's name, as far as S3 takes it."""
    fitting = re.sub(r"[^a-z0-9.-]|\.(?=\.)", "-", component.lower())[: _LONGEST_PREFIX - len(_SUFFIX) - 1]
    return f"{fitting}{_SUFFIX}-".lstrip("-.")


def make_log_bucket(
    component: str, logs: S3Logs, key: aws.kms.Key | str | None, tags: Mapping[str, str], parent: pulumi.Resource
) -> LogBucket:
    """Make the bucket: versioned, encrypted, private, TLS only, and kept as long as there are logs in it.

    Args:
        component: name of the component, with which those of the resources and of the bucket begin.
        logs: for how long they are kept.
        key: the customer key, or the ARN of one that was made elsewhere; without it S3's own key encrypts.
        tags: of the bucket, beside its Name.
        parent: of the resources.
    """
    label = f"{component}{_SUFFIX}"
    made_key = key if isinstance(key, aws.kms.Key) else None
    bucket = aws.s3.Bucket(
        label,
        bucket_prefix=bucket_prefix(component),
        force_destroy=logs.delete_with_content,
        tags={**tags, "Name": label},
        # S3 refuses to delete a bucket with logs in it. Then the key has to be there still.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[made_key] if made_key else []),
    )
    # The same refusal must not leave the bucket without its settings: they go with it, or they stay.
    child = pulumi.ResourceOptions(parent=parent, deleted_with=bucket)
    private = aws.s3.BucketPublicAccessBlock(
        label,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    owned = aws.s3.BucketOwnershipControls(
        label,
        bucket=bucket.id,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=child,
    )
    versioned = aws.s3.BucketVersioning(
        label,
        bucket=bucket.id,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=child,
    )
    after = pulumi.ResourceOptions(parent=parent, deleted_with=bucket, depends_on=[private, versioned])
    ready: list[pulumi.Resource] = [
        private,
        owned,
        versioned,
        _encrypt(label, bucket, key, child),
        # S3 takes one change of a bucket's access at a time, and refuses the other with a conflict.
        aws.s3.BucketPolicy(label, bucket=bucket.id, policy=bucket.arn.apply(bucket_policy), opts=after),
    ]
    if logs.expire_days is not None:
        ready.append(_expire(label, bucket, logs.expire_days, after))
    if logs.object_lock_days is not None:
        ready.append(_lock(label, bucket, logs.object_lock_days, after))
    return LogBucket(name=bucket.bucket, ready=ready)


def _encrypt(
    label: str, bucket: aws.s3.Bucket, key: aws.kms.Key | str | None, opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    arn = key.arn if isinstance(key, aws.kms.Key) else key
    default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="aws:kms" if key else "AES256", kms_master_key_id=arn
    )
    rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=default,
        # One call of KMS for many logs.
        bucket_key_enabled=key is not None,
    )
    return aws.s3.BucketServerSideEncryptionConfiguration(label, bucket=bucket.id, rules=[rule], opts=opts)


def _expire(label: str, bucket: aws.s3.Bucket, days: int, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="logs",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
        # In a versioned bucket the first expiration only hides a log; this one ends it.
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=1
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=_UNFINISHED_DAYS
        ),
    )
    return aws.s3.BucketLifecycleConfiguration(label, bucket=bucket.id, rules=[rule], opts=opts)


def _lock(label: str, bucket: aws.s3.Bucket, days: int, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    retention = aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
        # Compliance, the other mode, nobody can undo before its time, whoever the mistake was.
        mode="GOVERNANCE",
        days=days,
    )
    rule = aws.s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention)
    # This turns the lock on in a bucket that is there; the bucket's own argument would replace it, with its logs.
    return aws.s3.BucketObjectLockConfiguration(label, bucket=bucket.id, rule=rule, opts=opts)
