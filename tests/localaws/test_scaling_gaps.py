"""Auto Scaling groups as localaws answers them in moto's place, asked of moto through boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localaws.cloud_gaps import scaling
from tests.localaws.test_cloud_gaps import filled

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client

__all__ = ["filled"]

DISK: Any = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9, "Encrypted": True, "VolumeType": "gp3"}}
OF_VOLUMES: Any = {"ResourceType": "volume", "Tags": [{"Key": "disk", "Value": "yes"}]}
OF_TEMPLATE: Any = {"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "t"}]}


@pytest.fixture(autouse=True)
def _no_refreshes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "_REFRESHES", {})


@pytest.fixture
def ec2() -> EC2Client:
    return boto3.client("ec2", region_name="us-east-1")


@pytest.fixture
def groups() -> AutoScalingClient:
    return boto3.client("autoscaling", region_name="us-east-1")


@pytest.fixture
def template(ec2: EC2Client) -> str:
    data: Any = {
        "ImageId": "ami-12c6146b",
        "InstanceType": "t4g.micro",
        "UserData": "Zmlyc3Q=",
        "MetadataOptions": {"HttpTokens": "required"},
        "BlockDeviceMappings": [DISK],
        "TagSpecifications": [OF_VOLUMES],
        "Monitoring": {"Enabled": True},
    }
    made = ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData=data, TagSpecifications=[OF_TEMPLATE])
    return made["LaunchTemplate"]["LaunchTemplateId"]


def subnets(ec2: EC2Client) -> list[str]:
    return sorted(one["SubnetId"] for one in ec2.describe_subnets()["Subnets"])[:2]


def make(groups: AutoScalingClient, ec2: EC2Client, template: str, **said: Any) -> None:
    which = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"}}
    groups.create_auto_scaling_group(
        AutoScalingGroupName="g",
        **{"MinSize": 0, "MaxSize": 9, "VPCZoneIdentifier": ",".join(subnets(ec2)), **which, **said},
    )


def mixed(template: str, *, base: int, percent: int, version: str = "1") -> Any:
    specification = {"LaunchTemplateId": template, "Version": version}
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": specification,
            "Overrides": [{"InstanceType": "t4g.small"}, {"InstanceType": "t4g.medium"}],
        },
        "InstancesDistribution": {
            "OnDemandBaseCapacity": base,
            "OnDemandPercentageAboveBaseCapacity": percent,
            "SpotAllocationStrategy": "price-capacity-optimized",
        },
    }


def running(ec2: EC2Client) -> list[Any]:
    alive: Any = [{"Name": "instance-state-name", "Values": ["running"]}]
    return [one for found in ec2.describe_instances(Filters=alive)["Reservations"] for one in found["Instances"]]


def described(groups: AutoScalingClient) -> Any:
    (found,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    return found


def test_an_instance_has_what_its_template_says(ec2: EC2Client, groups: AutoScalingClient, template: str) -> None:
    tag: Any = {"Key": "team", "Value": "web", "PropagateAtLaunch": True}
    make(groups, ec2, template, MinSize=1, Tags=[tag])
    (found,) = running(ec2)
    (volume,) = ec2.describe_volumes()["Volumes"]

    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert found["Monitoring"]["State"] == "enabled"
    assert "PublicIpAddress" in found, "the subnet says so"
    assert {one["Key"] for one in found["Tags"]} >= {"team", "aws:autoscaling:groupName"}
    assert (volume["Size"], volume["Encrypted"], volume["VolumeType"]) == (9, True, "gp3")
    assert volume["Tags"] == [{"Key": "disk", "Value": "yes"}]


def test_a_template_keeps_its_own_tags_to_itself(ec2: EC2Client, template: str) -> None:
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"]

    assert version["LaunchTemplateData"]["TagSpecifications"] == [OF_VOLUMES]
    (found,) = ec2.describe_launch_templates()["LaunchTemplates"]
    assert found["Tags"] == OF_TEMPLATE["Tags"]


def test_instances_are_spread(ec2: EC2Client, groups: AutoScalingClient, template: str) -> None:
    make(groups, ec2, template, MinSize=4)

    assert sorted(one["SubnetId"] for one in running(ec2)) == sorted(subnets(ec2) * 2)


@pytest.mark.parametrize(
    ("base", "percent", "desired", "spot"),
    [
        pytest.param(0, 100, 2, 0, id="on demand"),
        pytest.param(1, 0, 3, 2, id="one, and spot above it"),
        pytest.param(0, 50, 3, 1, id="half, rounded up on demand"),
        pytest.param(1, 50, 2, 0, id="half of one"),
        pytest.param(4, 0, 3, 0, id="fewer than the base"),
    ],
)
def test_all_that_are_wanted_start_on_their_terms(  # noqa: PLR0917 - pytest's own way
    ec2: EC2Client, groups: AutoScalingClient, template: str, base: int, percent: int, desired: int, spot: int
) -> None:
    policy = mixed(template, base=base, percent=percent)
    groups.create_auto_scaling_group(
        AutoScalingGroupName="g",
        MinSize=desired,
        MaxSize=9,
        VPCZoneIdentifier=",".join(subnets(ec2)),
        MixedInstancesPolicy=policy,
    )
    found = running(ec2)

    assert len(found) == desired
    assert sum(one.get("InstanceLifecycle") == "spot" for one in found) == spot
    assert {one["InstanceType"] for one in found} == {"t4g.small"}


def test_an_update_keeps_what_it_does_not_name(ec2: EC2Client, groups: AutoScalingClient, template: str) -> None:
    groups.create_auto_scaling_group(
        AutoScalingGroupName="g",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=",".join(subnets(ec2)),
        MixedInstancesPolicy=mixed(template, base=1, percent=0),
    )
    before = described(groups)["MixedInstancesPolicy"]
    groups.update_auto_scaling_group(AutoScalingGroupName="g", MaxSize=2, MinSize=2)

    assert described(groups)["MixedInstancesPolicy"] == before
    assert sorted(one.get("InstanceLifecycle", "") for one in running(ec2)) == ["", "spot"]


def test_instances_leave_a_subnet_that_is_taken_away(ec2: EC2Client, groups: AutoScalingClient, template: str) -> None:
    make(groups, ec2, template, MinSize=2)
    kept, _ = subnets(ec2)
    groups.update_auto_scaling_group(AutoScalingGroupName="g", VPCZoneIdentifier=kept)

    assert [one["SubnetId"] for one in running(ec2)] == [kept, kept]


@pytest.mark.parametrize("skips", [pytest.param(True, id="those that match stay"), pytest.param(False, id="all")])
def test_a_refresh(ec2: EC2Client, groups: AutoScalingClient, template: str, *, skips: bool) -> None:
    make(groups, ec2, template, MinSize=1)
    (old,) = (one["InstanceId"] for one in running(ec2))
    newer: Any = {"ImageId": "ami-12c6146b", "InstanceType": "t4g.large", "UserData": "c2Vjb25k"}
    ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData=newer)
    second: Any = {"LaunchTemplateId": template, "Version": "2"}
    groups.update_auto_scaling_group(AutoScalingGroupName="g", LaunchTemplate=second, DesiredCapacity=2)
    (young,) = (one["InstanceId"] for one in running(ec2) if one["InstanceId"] != old)
    versions = {one["InstanceId"]: one["LaunchTemplate"]["Version"] for one in described(groups)["Instances"]}
    assert versions == {old: "1", young: "2"}

    groups.start_instance_refresh(AutoScalingGroupName="g", Preferences={"SkipMatching": skips})
    (refresh,) = groups.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"]
    found = {one["InstanceId"] for one in running(ec2)}

    assert (refresh["Status"], refresh["PercentageComplete"]) == ("Successful", 100)
    assert (len(found), old in found, young in found) == (2, False, skips)
    assert {one["LaunchTemplate"]["Version"] for one in described(groups)["Instances"]} == {"2"}


def test_another_template_matches_nobody(ec2: EC2Client, groups: AutoScalingClient, template: str) -> None:
    make(groups, ec2, template, MinSize=1)
    (old,) = (one["InstanceId"] for one in running(ec2))
    data: Any = {"ImageId": "ami-12c6146b", "InstanceType": "t4g.small"}
    other = ec2.create_launch_template(LaunchTemplateName="u", LaunchTemplateData=data)["LaunchTemplate"]
    first: Any = {"LaunchTemplateId": other["LaunchTemplateId"], "Version": "1"}
    groups.update_auto_scaling_group(AutoScalingGroupName="g", LaunchTemplate=first)
    ec2.delete_launch_template(LaunchTemplateId=template)
    (before,) = described(groups)["Instances"]
    assert (before["LaunchTemplate"]["LaunchTemplateId"], before["InstanceId"]) == (template, old)

    groups.start_instance_refresh(AutoScalingGroupName="g", Preferences={"SkipMatching": True})
    (found,) = described(groups)["Instances"]

    assert found["LaunchTemplate"]["LaunchTemplateId"] == other["LaunchTemplateId"]
    assert found["InstanceId"] != old


def test_a_refresh_that_is_over_cannot_be_cancelled(ec2: EC2Client, groups: AutoScalingClient, template: str) -> None:
    make(groups, ec2, template)
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        groups.cancel_instance_refresh(AutoScalingGroupName="g")
    with pytest.raises(ClientError, match="AutoScalingGroup name not found"):
        groups.describe_instance_refreshes(AutoScalingGroupName="other")


def test_a_group_ends_with_its_instances(ec2: EC2Client, groups: AutoScalingClient, template: str) -> None:
    make(groups, ec2, template, MinSize=2)
    groups.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)

    assert running(ec2) == []
    assert groups.describe_auto_scaling_groups()["AutoScalingGroups"] == []
