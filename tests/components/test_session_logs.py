"""What the agent needs to log to S3, in both places that say it: the instance's role, and the closed network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from components.instance.rights import Rights, instance_policy
from components.network.gateway_policy import gateway_policy
from tests.components.evaluator import Request, allows
from tests.components.graph import CN_NORTH_1, US_EAST_1, US_GOV_WEST_1

if TYPE_CHECKING:
    from components.base.region import Region

OWNERS = {"s3:x-amz-acl": "bucket-owner-full-control"}


@pytest.mark.parametrize("region", [US_EAST_1, CN_NORTH_1, US_GOV_WEST_1], ids=lambda region: region.partition)
@pytest.mark.parametrize(
    ("action", "thing", "context", "own", "allowed"),
    [
        pytest.param("s3:PutObject", "logs/prod/a.log", {}, False, True, id="write a log"),
        pytest.param("s3:GetEncryptionConfiguration", "logs", {}, False, True, id="ask for the encryption"),
        pytest.param("s3:PutObjectAcl", "logs/prod/a.log", OWNERS, True, True, id="give it to a bucket's owner"),
        pytest.param("s3:PutObjectAcl", "logs/prod/a.log", OWNERS, False, False, id="but not in a bucket that is made"),
        pytest.param("s3:PutObjectAcl", "logs/dev/a.log", OWNERS, True, False, id="nor under another prefix"),
        pytest.param(
            "s3:PutObjectAcl", "logs/prod/a.log", {"s3:x-amz-acl": "public-read"}, True, False, id="nor to the world"
        ),
        pytest.param("s3:PutObjectAcl", "logs/prod/a.log", {}, True, False, id="nor to somebody by a grant"),
        pytest.param("s3:GetObject", "logs/prod/a.log", {}, True, False, id="read a log"),
    ],
)
def test_what_a_log_takes(
    region: Region, action: str, thing: str, context: dict[str, str], *, own: bool, allowed: bool
) -> None:
    assert verdicts(region, action, thing, context, own=own) == {allowed}


@pytest.mark.parametrize(
    ("region", "allowed"), [(US_EAST_1, False), (CN_NORTH_1, True), (US_GOV_WEST_1, False)], ids=str
)
def test_where_s3_may_hide_a_buckets_region_the_agent_may_ask(region: Region, *, allowed: bool) -> None:
    """HeadBucket is authorised as s3:ListBucket."""
    assert verdicts(region, "s3:ListBucket", "logs", {}, own=False) == {allowed}
    assert verdicts(region, "s3:ListBucket", "others", {}, own=False) == {False}


def verdicts(region: Region, action: str, thing: str, context: dict[str, str], *, own: bool) -> set[bool]:
    """Of the role and of the way: one that says another thing than the other is a log that never arrives."""
    role = instance_policy(region, Rights(bucket="logs", bucket_prefix="prod", own_bucket=own))
    way = gateway_policy(region, log_bucket="logs", log_prefix="prod", own_log_bucket=own, buckets=())
    resource = f"arn:{region.partition}:s3:::{thing}"
    instance = f"arn:{region.partition}:sts::123456789012:assumed-role/main/i-1"
    return {
        allows(role, Request(action=action, resource=resource, context=context)),
        allows(way, Request(action=action, resource=resource, principal=instance, context=context)),
    }
