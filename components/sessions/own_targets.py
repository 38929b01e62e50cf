"""What is a person's own, bucket, log group and keys, asked of AWS before any resource exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..base.answers import is_denied, is_missing
from ..base.errors import NAMESPACE, ConfigError
from ..base.region import Region
from .settings import KEY, KeyMode, SessionSettings

# S3 says this of a bucket that is in another Region, and the provider asks no further.
_ELSEWHERE = "StatusCode: 301"


@dataclass(frozen=True, kw_only=True)
class OwnGroup:
    """A log group that is there.

    Attributes:
        name: of it.
        encrypted: whether it has a KMS key, as far as this program may look. A document that says so of a group without
            one lets no session open; the other way round nothing is lost.
    """

    name: str
    encrypted: bool


def ask_own(region: Region, sessions: SessionSettings, opts: pulumi.InvokeOptions | None = None) -> OwnGroup | None:
    """Make sure that all of it is there and of use; tell the log group, if one is named.

    Raises:
        ConfigError: something is missing, in another Region, or disabled. No session could be logged, or even start.
    """
    if sessions.s3 and sessions.s3.bucket:
        _require_bucket(region, sessions.s3.bucket, opts)
    if sessions.s3 and sessions.s3.bucket_key:
        _require_key(region, "s3.bucketKey", sessions.s3.bucket_key, opts)
    if not isinstance(sessions.key, KeyMode):
        _require_key(region, "key", sessions.key, opts)
    group = sessions.cloudwatch and sessions.cloudwatch.group
    return _ask_group(region, group, opts) if group else None


def _require_bucket(region: Region, name: str, opts: pulumi.InvokeOptions | None) -> None:
    key = f"{KEY}.s3.bucket"
    use = f"and the instances are in {region.name}. Use a bucket that is there."
    missing = "there is no such bucket. Make it first, or remove the key to have one made."
    # The network's S3 endpoint leads to this Region alone.
    with _asking(key, name, missing, elsewhere=f"it is in another Region, {use}"):
        found = aws.s3.get_bucket(bucket=name, opts=opts)
        # The provider's version 6 has no bucket_region, and the bucket's in region.
        where = found.bucket_region or found.region
        if where != region.name:
            raise ConfigError(key, name, f"it is in {where}, {use}")


def _require_key(region: Region, name: str, arn: str, opts: pulumi.InvokeOptions | None) -> None:
    key = f"{KEY}.{name}"
    _, partition, _, where, *_ = arn.split(":")
    if (partition, where) != (region.partition, region.name):
        raise ConfigError(
            key,
            arn,
            f"it is in {where} (partition {partition}), and the instances are in {region.name} (partition "
            f"{region.partition}). Use a key that is there.",
        )
    with _asking(key, arn, "there is no such key. Make it first, or use another."):
        found = aws.kms.get_key(key_id=arn, opts=opts)
        if not found.enabled:
            raise ConfigError(
                key, arn, f"its state is {found.key_state}. Enable it (aws kms enable-key), or use another key."
            )


def _ask_group(region: Region, name: str, opts: pulumi.InvokeOptions | None) -> OwnGroup:
    key, encrypted = f"{KEY}.cloudwatch.group", False
    missing = f"there is no such log group in {region.name}. Make it first, or remove the key to have one made."
    with _asking(key, name, missing):
        # getLogGroup fails for a group that does not exist.
        there = aws.cloudwatch.get_log_groups(log_group_name_prefix=name, opts=opts).log_group_names
        if name not in there:
            raise ConfigError(key, name, missing)
        encrypted = bool(aws.cloudwatch.get_log_group(name=name, opts=opts).kms_key_id)
    return OwnGroup(name=name, encrypted=encrypted)


@contextmanager
def _asking(key: str, value: str, missing: str, elsewhere: str | None = None) -> Iterator[None]:
    """Turn what AWS answers of a thing that is of no use into the advice for it.

    Another account's, a bucket for all logs of an organisation say, may be closed to whoever deploys, and good.
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        if is_missing(error):
            raise ConfigError(key, value, missing) from error
        if elsewhere and _ELSEWHERE in str(error):
            raise ConfigError(key, value, elsewhere) from error
        if not is_denied(error):
            raise
        pulumi.log.warn(f"{NAMESPACE}:{key} is {value!r}: AWS does not let this program look whether it is of use.")
