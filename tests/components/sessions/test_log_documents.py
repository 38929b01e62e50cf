"""The key's policy and the bucket's, whole and judged."""

import json

import pytest

from components.base.region import Region
from components.sessions.log_documents import bucket_policy, key_policy
from tests.components.evaluator import Request, effects
from tests.components.graph import CN_NORTH_1, US_EAST_1, US_GOV_WEST_1

GROUP = "/ssm-only/dev/main"
BUCKET = "arn:aws:s3:::logs"
ROLE = "arn:aws:iam::123456789012:role/web"
ENCRYPT = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]


@pytest.mark.parametrize(
    ("region", "partition", "logs"),
    [
        pytest.param(US_EAST_1, "aws", "logs.us-east-1.amazonaws.com", id="the public partition"),
        pytest.param(CN_NORTH_1, "aws-cn", "logs.cn-north-1.amazonaws.com.cn", id="China"),
        pytest.param(US_GOV_WEST_1, "aws-us-gov", "logs.us-gov-west-1.amazonaws.com", id="GovCloud"),
    ],
)
def test_the_policy_of_the_key(region: Region, partition: str, logs: str) -> None:
    group = f"arn:{partition}:logs:{region.name}:{region.account}:log-group:/ssm-only/dev/main"

    assert json.loads(key_policy(region, GROUP)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{region.account}:root"},
                "Action": ["kms:*"],
                "Resource": "*",
            },
            {
                "Sid": "Logs",
                "Effect": "Allow",
                "Principal": {"Service": logs},
                "Action": ENCRYPT,
                "Resource": "*",
                "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}},
            },
        ],
    }


@pytest.mark.parametrize(
    ("group", "sids"),
    [
        pytest.param(None, ["Account"], id="no log group: CloudWatch Logs has no business with the key"),
        pytest.param(GROUP, ["Account", "Logs"], id="a log group"),
    ],
)
def test_the_key_names_nobody_without_need(group: str | None, sids: list[str]) -> None:
    assert [statement["Sid"] for statement in json.loads(key_policy(US_EAST_1, group))["Statement"]] == sids


LOGS = "logs.us-east-1.amazonaws.com"
OF = "kms:EncryptionContext:aws:logs:arn"
OURS = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"


@pytest.mark.parametrize(
    ("expected", "request_"),
    [
        pytest.param(
            {"Allow"},
            Request(principal="arn:aws:iam::123456789012:root", action="kms:PutKeyPolicy"),
            id="who may by a policy of the account",
        ),
        pytest.param(
            set(),
            Request(principal="arn:aws:iam::999999999999:root", action="kms:Decrypt"),
            id="another account may nothing",
        ),
        pytest.param(
            {"Allow"},
            Request(principal=LOGS, action="kms:GenerateDataKeyWithoutPlaintext", context={OF: OURS}),
            id="CloudWatch Logs encrypts our group",
        ),
        pytest.param(
            set(),
            Request(principal=LOGS, action="kms:Decrypt", context={OF: f"{OURS}-2"}),
            id="and no other group",
        ),
        pytest.param(set(), Request(principal=LOGS, action="kms:Decrypt"), id="and nothing that is no group's"),
        pytest.param(
            set(),
            Request(principal=LOGS, action="kms:ScheduleKeyDeletion", context={OF: OURS}),
            id="and it deletes no key",
        ),
        pytest.param(
            set(),
            Request(principal="logs.eu-west-1.amazonaws.com", action="kms:Decrypt", context={OF: OURS}),
            id="CloudWatch Logs of another Region",
        ),
    ],
)
def test_who_may_use_the_key(expected: set[str], request_: Request) -> None:
    assert effects(key_policy(US_EAST_1, GROUP), request_) == expected


@pytest.mark.parametrize(
    ("expected", "request_"),
    [
        pytest.param(
            {"Deny"},
            Request(
                principal=ROLE,
                action="s3:PutObject",
                resource=f"{BUCKET}/a.log",
                context={"aws:SecureTransport": "false"},
            ),
            id="a log that comes without TLS",
        ),
        pytest.param(
            {"Deny"},
            Request(
                principal=ROLE,
                action="s3:ListBucketVersions",
                resource=BUCKET,
                context={"aws:SecureTransport": "false"},
            ),
            id="a list that is asked for without TLS",
        ),
        pytest.param(
            set(),
            Request(
                principal=ROLE,
                action="s3:PutObject",
                resource=f"{BUCKET}/a.log",
                context={"aws:SecureTransport": "true"},
            ),
            id="with TLS the instance's own policy decides",
        ),
    ],
)
def test_who_may_use_the_bucket(expected: set[str], request_: Request) -> None:
    assert effects(bucket_policy(BUCKET), request_) == expected


def test_the_policy_of_the_bucket() -> None:
    assert json.loads(bucket_policy("arn:aws-cn:s3:::logs")) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws-cn:s3:::logs", "arn:aws-cn:s3:::logs/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
