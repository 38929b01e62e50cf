"""Which buckets of AWS's an instance reaches, against AWS's own lists; and what the way to S3 lets through."""

import dataclasses
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.buckets import aws_buckets
from components.base.errors import ConfigError
from components.base.region import Region
from components.network.gateway_policy import gateway_policy, require_buckets
from tests.components.graph import CN_NORTH_1, US_EAST_1, US_GOV_WEST_1
from tests.components.moto_evaluator import permits


def region(name: str) -> Region:
    return dataclasses.replace(US_EAST_1, name=name)


# "Reference: Amazon S3 buckets for patching operations", Systems Manager user guide: both tables, as they stand there.
PATCHING = """
aws-patch-manager-us-east-2-552881074           patch-baseline-snapshot-us-east-2
aws-patch-manager-us-east-1-1970c647d           patch-baseline-snapshot-us-east-1
aws-patch-manager-us-west-1-8badb4304           patch-baseline-snapshot-us-west-1
aws-patch-manager-us-west-2-34d7f99f8           patch-baseline-snapshot-us-west-2
aws-patch-manager-af-south-1-bdd5f65a9          patch-baseline-snapshot-af-south-1-tbxdb5b9
aws-patch-manager-ap-east-1-632356271           patch-baseline-snapshot-ap-east-1
aws-patch-manager-ap-south-2-32f4b4128          patch-baseline-snapshot-ap-south-2-50209442
aws-patch-manager-ap-southeast-3-aa48fc462      patch-baseline-snapshot-ap-southeast-3-be0a3174
aws-patch-manager-ap-southeast-4-01e2c40d3      patch-baseline-snapshot-ap-southeast-4-dc6f76ce
aws-patch-manager-ap-south-1-cb7c62ff9          patch-baseline-snapshot-ap-south-1
aws-patch-manager-ap-northeast-3-67373598a      patch-baseline-snapshot-ap-northeast-3
aws-patch-manager-ap-northeast-2-10467995c      patch-baseline-snapshot-ap-northeast-2
aws-patch-manager-ap-southeast-1-7fdfd9ef7      patch-baseline-snapshot-ap-southeast-1
aws-patch-manager-ap-southeast-2-17283a275      patch-baseline-snapshot-ap-southeast-2
aws-patch-manager-ap-northeast-1-4849fa78f      patch-baseline-snapshot-ap-northeast-1
aws-patch-manager-ca-central-1-3148e69e3        patch-baseline-snapshot-ca-central-1
aws-patch-manager-ca-west-1-9e3a4b2f9           patch-baseline-snapshot-ca-west-1
aws-patch-manager-eu-central-1-9163fdaaf        patch-baseline-snapshot-eu-central-1
aws-patch-manager-eu-west-1-5522fb710           patch-baseline-snapshot-eu-west-1
aws-patch-manager-eu-west-2-902a2bc74           patch-baseline-snapshot-eu-west-2
aws-patch-manager-eu-south-1-c52f3f594          patch-baseline-snapshot-eu-south-1
aws-patch-manager-eu-west-3-29bf85721           patch-baseline-snapshot-eu-west-3
aws-patch-manager-eu-south-2-a4cf248b1          patch-baseline-snapshot-eu-south-2-df2c9d70
aws-patch-manager-eu-north-1-795879e9b          patch-baseline-snapshot-eu-north-1
aws-patch-manager-eu-central-2-184ce43c8        patch-baseline-snapshot-eu-central-2
aws-patch-manager-il-central-1-e221cb57b        patch-baseline-snapshot-il-central-1
aws-patch-manager-me-south-1-a53fc9dce          patch-baseline-snapshot-me-south-1-uduvl7q8
aws-patch-manager-me-central-1-2932f2f80        patch-baseline-snapshot-me-central-1
aws-patch-manager-sa-east-1-ddf4b6a09           patch-baseline-snapshot-sa-east-1
"""
ROWS = [tuple(row.split()) for row in PATCHING.strip().splitlines()]


@pytest.mark.parametrize(("modules", "snapshots"), ROWS, ids=[snapshots[24:] for _, snapshots in ROWS])
def test_patching_has_the_buckets_of_awss_tables(modules: str, snapshots: str) -> None:
    found = re.fullmatch(r"aws-patch-manager-(.+)-[0-9a-f]{9}", modules)
    assert found

    assert aws_buckets(region(found[1])).patching == [
        f"arn:aws:s3:::aws-ssm-{found[1]}/*",
        f"arn:aws:s3:::{modules}/*",
        f"arn:aws:s3:::{snapshots}/*",
    ]


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        pytest.param("us-east-2", "us-east-2-birdwatcher-prod", id="most Regions"),
        pytest.param("af-south-1", "aws-ssm-distributor-file-af-south-1", id="Cape Town"),
        pytest.param("eu-south-1", "aws-ssm-distributor-file-eu-south-1", id="Milan"),
        pytest.param("eu-south-2", "eu-south-2-birdwatcher-prod", id="Spain, which only sounds like it"),
    ],
)
def test_documents_have_the_buckets_of_awss_table(name: str, packages: str) -> None:
    assert aws_buckets(region(name)).documents == [
        f"arn:aws:s3:::aws-ssm-{name}/*",
        f"arn:aws:s3:::aws-windows-downloads-{name}/*",
        f"arn:aws:s3:::{packages}/*",
        f"arn:aws:s3:::aws-ssm-document-attachments-{name}/*",
    ]


def test_a_region_that_aws_lists_no_buckets_for_has_those_of_the_rule() -> None:
    assert aws_buckets(region("xx-new-1")).patching == [
        "arn:aws:s3:::aws-ssm-xx-new-1/*",
        "arn:aws:s3:::patch-baseline-snapshot-xx-new-1/*",
    ]


AWS_IN_US_EAST_1 = [
    "arn:aws:s3:::amazon-ssm-us-east-1/*",
    "arn:aws:s3:::aws-ssm-us-east-1/*",
    "arn:aws:s3:::aws-windows-downloads-us-east-1/*",
    "arn:aws:s3:::us-east-1-birdwatcher-prod/*",
    "arn:aws:s3:::aws-ssm-document-attachments-us-east-1/*",
    "arn:aws:s3:::aws-patch-manager-us-east-1-1970c647d/*",
    "arn:aws:s3:::patch-baseline-snapshot-us-east-1/*",
    "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*",
    "arn:aws:s3:::amazonlinux-2-repos-us-east-1/*",
]
AWS_IN_CHINA = [
    "arn:aws-cn:s3:::amazon-ssm-cn-north-1/*",
    "arn:aws-cn:s3:::aws-ssm-cn-north-1/*",
    "arn:aws-cn:s3:::aws-windows-downloads-cn-north-1/*",
    "arn:aws-cn:s3:::cn-north-1-birdwatcher-prod/*",
    "arn:aws-cn:s3:::aws-ssm-document-attachments-cn-north-1/*",
    "arn:aws-cn:s3:::patch-baseline-snapshot-cn-north-1/*",
    "arn:aws-cn:s3:::al2023-repos-cn-north-1-de612dc2/*",
    "arn:aws-cn:s3:::amazonlinux-2-repos-cn-north-1/*",
]
AWS_IN_GOVCLOUD = [
    "arn:aws-us-gov:s3:::amazon-ssm-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::aws-ssm-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::aws-windows-downloads-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::us-gov-west-1-birdwatcher-prod/*",
    "arn:aws-us-gov:s3:::aws-ssm-document-attachments-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::patch-baseline-snapshot-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::al2023-repos-us-gov-west-1-de612dc2/*",
    "arn:aws-us-gov:s3:::amazonlinux-2-repos-us-gov-west-1/*",
]


def in_china(where: Region, bucket: list[str]) -> list[dict[str, object]]:
    """HeadBucket is authorised as s3:ListBucket."""
    head = {"Effect": "Allow", "Principal": "*", "Action": ["s3:ListBucket"], "Resource": bucket}
    return [{"Sid": "SessionLogsRegion", **head}] if where is CN_NORTH_1 else []


@pytest.mark.parametrize(
    ("where", "aws"),
    [
        pytest.param(US_EAST_1, AWS_IN_US_EAST_1, id="commercial"),
        pytest.param(CN_NORTH_1, AWS_IN_CHINA, id="China"),
        pytest.param(US_GOV_WEST_1, AWS_IN_GOVCLOUD, id="GovCloud"),
    ],
)
def test_the_policy_of_the_way_to_s3_is(where: Region, aws: list[str]) -> None:
    policy = gateway_policy(where, log_bucket="logs", log_prefix="prod", buckets=["one", "two"])
    arn = f"arn:{where.partition}:s3:::"

    assert json.loads(policy) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AwsBuckets",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject"],
                "Resource": aws,
            },
            {
                "Sid": "SessionLogs",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:PutObject"],
                "Resource": [f"{arn}logs/prod/*"],
            },
            *in_china(where, [f"{arn}logs"]),
            {
                "Sid": "SessionLogsEncryption",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetEncryptionConfiguration"],
                "Resource": [f"{arn}logs"],
            },
            {
                "Sid": "OwnBuckets",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:ListBucket"],
                "Resource": [f"{arn}one", f"{arn}two"],
            },
            {
                "Sid": "OwnObjects",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": [f"{arn}one/*", f"{arn}two/*"],
            },
        ],
    }


def test_without_logs_and_buckets_it_leads_to_aws_alone() -> None:
    policy = gateway_policy(US_EAST_1, log_bucket=None, log_prefix="prod", buckets=())

    assert [one["Sid"] for one in json.loads(policy)["Statement"]] == ["AwsBuckets"]


@pytest.mark.parametrize(
    ("action", "thing", "allowed"),
    [
        pytest.param("s3:GetObject", "al2023-repos-us-east-1-de612dc2/core/repomd.xml", True, id="dnf install"),
        pytest.param("s3:GetObject", "amazon-ssm-us-east-1/latest/agent.rpm", True, id="fetch the agent"),
        pytest.param("s3:GetObject", "amazon-ssm-eu-west-1/latest/agent.rpm", False, id="fetch it elsewhere"),
        pytest.param("s3:PutObject", "amazon-ssm-us-east-1/mine", False, id="write to AWS's bucket"),
        pytest.param("s3:PutObject", "logs/prod/a.log", True, id="write a log"),
        pytest.param("s3:GetObject", "logs/prod/a.log", False, id="read a log"),
        pytest.param("s3:PutObject", "logs/dev/a.log", False, id="write to another prefix"),
        pytest.param("s3:GetEncryptionConfiguration", "logs", True, id="ask for encryption"),
        pytest.param("s3:GetObject", "artefacts/a", True, id="read one's own"),
        pytest.param("s3:PutObject", "artefacts/a", True, id="write one's own"),
        pytest.param("s3:ListBucket", "artefacts", True, id="list one's own"),
        pytest.param("s3:DeleteObject", "artefacts/a", False, id="delete one's own"),
        pytest.param("s3:PutBucketPolicy", "artefacts", False, id="open one's own"),
        pytest.param("s3:PutObject", "strangers/a", False, id="carry data off"),
        pytest.param("s3:GetObject", "strangers/a", False, id="fetch from a stranger"),
        pytest.param("s3:ListAllMyBuckets", "*", False, id="list all buckets"),
    ],
)
def test_a_request_over_the_way_to_s3_is(action: str, thing: str, allowed: bool) -> None:  # noqa: FBT001 - a verdict
    policy = gateway_policy(US_EAST_1, log_bucket="logs", log_prefix="prod", buckets=["artefacts"])

    assert permits(policy, action, f"arn:aws:s3:::{thing}") is allowed


LONGEST = [f"{number:063}" for number in range(80)]


@given(st.sampled_from([name for name, _ in ROWS]).map(lambda name: name[18:-10]))
def test_as_many_buckets_as_are_taken_fit_into_an_endpoints_policy(name: str) -> None:
    require_buckets(LONGEST)
    # S3 takes keys of 1,024 bytes.
    govcloud = dataclasses.replace(US_GOV_WEST_1, name=name)
    policy = gateway_policy(
        govcloud, log_bucket="l" * 63, log_prefix="p" * 1_000, own_log_bucket=True, buckets=LONGEST, images=True
    )

    assert len(policy) <= 20_480


def test_one_bucket_more_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        require_buckets([*LONGEST, "one-more"])

    assert str(caught.value) == ("ssm-only:buckets is '81 buckets': an endpoint's policy has no room for more than 80.")


@pytest.mark.parametrize("name", ["abc", "a-b.c", "0" * 63])
def test_names_that_s3_takes_are_taken(name: str) -> None:
    require_buckets([name])


@pytest.mark.parametrize(
    "name", ["*", "ab", "a" * 64, "Logs", "logs/", "logs*", "arn:aws:s3:::logs", "-logs", "logs\n", ""]
)
def test_what_is_no_buckets_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        require_buckets(["artefacts", name])

    assert str(caught.value) == (
        f"ssm-only:buckets[1] is {name!r}: no bucket is called that. Use the name alone: 3 to 63 lower-case letters, "
        "digits, dots and hyphens."
    )
