"""Which of AWS's buckets an instance reads, and the ARNs of buckets and what is in them.

Source: "SSM Agent communications with AWS managed S3 buckets" and "Reference: Amazon S3 buckets for patching
operations" in the Systems Manager user guide, as of 2026. Both ask for the Region's own buckets, without a wildcard in
the Region's place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .iam_documents import Conditions
from .region import Region

# Where the packages of AWS's documents are: in these two Regions another bucket than in all others.
_REGIONS_WITH_DISTRIBUTOR = ("af-south-1", "eu-south-1")

# In these Regions the bucket of patch baseline snapshots has an ending; elsewhere it has none.
_SNAPSHOT_ENDINGS: Mapping[str, str] = {
    "af-south-1": "-tbxdb5b9",
    "ap-south-2": "-50209442",
    "ap-southeast-3": "-be0a3174",
    "ap-southeast-4": "-dc6f76ce",
    "eu-south-2": "-df2c9d70",
    "me-south-1": "-uduvl7q8",
}

# The bucket of what patching runs has an ending in every Region, and AWS gives these. Where it gives none (China,
# GovCloud, the newest Regions) `aws-ssm-<region>`, which held the same before, is all that can be named.
_PATCH_MANAGER_ENDINGS: Mapping[str, str] = {
    "af-south-1": "bdd5f65a9",
    "ap-east-1": "632356271",
    "ap-northeast-1": "4849fa78f",
    "ap-northeast-2": "10467995c",
    "ap-northeast-3": "67373598a",
    "ap-south-1": "cb7c62ff9",
    "ap-south-2": "32f4b4128",
    "ap-southeast-1": "7fdfd9ef7",
    "ap-southeast-2": "17283a275",
    "ap-southeast-3": "aa48fc462",
    "ap-southeast-4": "01e2c40d3",
    "ca-central-1": "3148e69e3",
    "ca-west-1": "9e3a4b2f9",
    "eu-central-1": "9163fdaaf",
    "eu-central-2": "184ce43c8",
    "eu-north-1": "795879e9b",
    "eu-south-1": "c52f3f594",
    "eu-south-2": "a4cf248b1",
    "eu-west-1": "5522fb710",
    "eu-west-2": "902a2bc74",
    "eu-west-3": "29bf85721",
    "il-central-1": "e221cb57b",
    "me-central-1": "2932f2f80",
    "me-south-1": "a53fc9dce",
    "sa-east-1": "ddf4b6a09",
    "us-east-1": "1970c647d",
    "us-east-2": "552881074",
    "us-west-1": "8badb4304",
    "us-west-2": "34d7f99f8",
}

# "General purpose bucket naming rules", S3 user guide.
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

# The agent gives each log to the owner of the bucket, which in a bucket of another account needs s3:PutObjectAcl
# ("Create a custom IAM role for Session Manager", Systems Manager user guide). Whose a bucket is no function of the
# provider tells, so this is for every bucket of a person's own; with this condition nothing can be made public.
OWNERS_ACL: Conditions = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}


@dataclass(frozen=True, kw_only=True)
class AwsBuckets:
    """ARNs of the objects in AWS's buckets of one Region, by what they are for.

    Attributes:
        agent: the agent's packages, and what AWS-UpdateSSMAgent runs.
        documents: what AWS's documents fetch, and the packages that they install.
        patching: what AWS-RunPatchBaseline runs, and the snapshots of patch baselines.
        linux: the repositories of Amazon Linux 2023 and 2.
    """

    agent: Sequence[str]
    documents: Sequence[str]
    patching: Sequence[str]
    linux: Sequence[str]


def aws_buckets(region: Region) -> AwsBuckets:
    """Those of this Region."""
    name = region.name
    modules = f"aws-ssm-{name}"
    distributed = name in _REGIONS_WITH_DISTRIBUTOR
    packages = f"aws-ssm-distributor-file-{name}" if distributed else f"{name}-birdwatcher-prod"
    patches = [f"aws-patch-manager-{name}-{_PATCH_MANAGER_ENDINGS[name]}"] if name in _PATCH_MANAGER_ENDINGS else []
    snapshots = f"patch-baseline-snapshot-{name}{_SNAPSHOT_ENDINGS.get(name, '')}"
    return AwsBuckets(
        agent=objects_in(region, f"amazon-ssm-{name}", modules),
        documents=objects_in(
            region, modules, f"aws-windows-downloads-{name}", packages, f"aws-ssm-document-attachments-{name}"
        ),
        patching=objects_in(region, modules, *patches, snapshots),
        linux=objects_in(region, f"al2023-repos-{name}-de612dc2", f"amazonlinux-2-repos-{name}"),
    )


def bucket_arn(region: Region, bucket: str) -> str:
    """ARN of a bucket; it has neither a Region nor an account."""
    return f"arn:{region.partition}:s3:::{bucket}"


def head_needs_list(region: Region) -> bool:
    """Whether S3 tells the agent where a bucket is only if the agent may list it.

    A HeadBucket that is refused has the bucket's Region in a header; in China perhaps not. Then the agent tries other
    Regions and plain HTTP, which nothing here lets through (agent/s3util/crossregion.go, aws/amazon-ssm-agent#241).
    """
    return region.partition == "aws-cn"


def log_objects_arn(region: Region, bucket: str, prefix: str) -> str:
    """ARN of all session logs: the agent puts a slash between the prefix and a log's name."""
    below = f"{prefix.strip('/')}/*" if prefix.strip("/") else "*"
    return f"{bucket_arn(region, bucket)}/{below}"


def image_layers(region: Region) -> Sequence[str]:
    """Where the layers of images of ECR lie, as objects.

    "Minimum Amazon S3 bucket permissions for Amazon ECR", ECR user guide. An account of ECR's signs the requests.
    """
    return objects_in(region, f"prod-{region.name}-starport-layer-bucket")


def objects_in(region: Region, *buckets: str) -> Sequence[str]:
    """ARNs of everything in these buckets."""
    return [f"{bucket_arn(region, bucket)}/*" for bucket in buckets]
