"""The guides' programs of one's own, on the real engine, with nothing of this repository but the package."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from tests.engine.embedded import ROOT, Cloud
from tests.package.installing import clone, install, shown

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_ec2 import EC2Client


def program_of_the_guide(guide: str = "instance.md") -> str:
    (found,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / guide).read_text(), re.DOTALL)
    return str(found)


def write(folder: Path, program: str) -> tuple[str, str, str, str]:
    """Make a project of it, with what pip would unpack beside it; gives the words that name its stack."""
    shutil.copytree(ROOT / "components", folder / "ssm_only")
    return write_project(folder, program, "name: library\nruntime: python\n")


def write_project(folder: Path, program: str, project: str) -> tuple[str, str, str, str]:
    (folder / "__main__.py").write_text(program)
    (folder / "Pulumi.yaml").write_text(project)
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    return ("-C", str(folder), "-s", "dev")


def outputs(cloud: Cloud, program: tuple[str, ...]) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(cloud.localaws("pulumi", "stack", "output", "--json", *program).stdout)
    return shown


def test_it_comes_up_says_what_is_there_and_goes(cloud: Cloud, tmp_path: Path) -> None:
    """With the package as the guide's lines install it, in a project as the guide has it."""
    folder = tmp_path / "library"
    folder.mkdir()
    install(clone(tmp_path / "ssm-only"), folder)
    program = write_project(folder, shown("python"), shown("yaml"))
    cloud.start()
    before = cloud.account()
    cloud.up(*program)
    told = outputs(cloud, program)
    made, network = told["instance"], told["network"]
    (found,) = cloud.ec2.describe_instances(InstanceIds=[made["id"]])["Reservations"]
    instance = found["Instances"][0]
    role = cloud.iam.get_role(RoleName=made["role_name"])["Role"]
    groups = cloud.ec2.describe_security_groups(GroupIds=[network["endpoints_group_id"]])["SecurityGroups"]

    assert made["private_ip"] == instance["PrivateIpAddress"]
    assert [made["security_group_id"]] == [group["GroupId"] for group in instance["SecurityGroups"]]
    assert made["role_arn"] == role["Arn"]
    assert (network["vpc_id"], network["subnet_ids"]) == (instance["VpcId"], [instance["SubnetId"]])
    assert [group["Description"] for group in groups] == ["Interface endpoints of Systems Manager"]
    assert cloud.changes(*program) == {}

    # A policy that somebody wrote by hand is in no state, and must not keep the role.
    nothing = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    cloud.iam.put_role_policy(
        RoleName=made["role_name"],
        PolicyName="by-hand",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [nothing]}),
    )
    cloud.destroy(*program)
    assert before == cloud.account()


def test_a_wrong_value_is_one_line_and_makes_nothing(cloud: Cloud, tmp_path: Path) -> None:
    wrong = program_of_the_guide().replace('"t4g.micro"', '"t9.micro"')
    said = cloud.up(*write(tmp_path, wrong), code=1)

    assert "ssm-only:web.instanceType is 't9.micro': EC2 does not have this type" in said
    assert "unhandled" not in said
    # Pulumi makes an entry of its own for the stack.
    assert " aws:" not in said


def there(ec2: EC2Client, told: Any) -> Any:
    """The instance's zone, its VPC's block, and the services that have an endpoint there."""
    (found,) = ec2.describe_instances(InstanceIds=[told["id"]])["Reservations"]
    instance = found["Instances"][0]
    in_vpc: Any = [{"Name": "vpc-id", "Values": [instance["VpcId"]]}]
    (vpc,) = ec2.describe_vpcs(VpcIds=[instance["VpcId"]])["Vpcs"]
    endpoints = ec2.describe_vpc_endpoints(Filters=in_vpc)["VpcEndpoints"]
    return instance["Placement"]["AvailabilityZone"], vpc["CidrBlock"], {one["ServiceName"] for one in endpoints}


def test_two_regions_in_one_program(cloud: Cloud, tmp_path: Path) -> None:
    """Each network, its endpoints and its instance are in their own Region, and stay in their zones."""
    program = write(tmp_path, program_of_the_guide("networks.md"))
    cloud.start()
    before = cloud.account(), cloud.account("us-west-2")
    cloud.up(*program)
    told = outputs(cloud, program)

    for region, block in (("us-east-1", "10.0.0.0/16"), ("us-west-2", "10.1.0.0/16")):
        zone, cidr, services = there(cloud.ec2_in(region), told[region])
        assert (zone[:-1], cidr) == (region, block)
        assert services == {f"com.amazonaws.{region}.{service}" for service in ("ssm", "ssmmessages", "s3")}
    assert cloud.changes(*program, "--refresh") == {}
    cloud.destroy(*program)
    assert before == (cloud.account(), cloud.account("us-west-2"))


def test_two_networks_in_one_program(cloud: Cloud, tmp_path: Path) -> None:
    """In one Region, with the same block: no two resources have one name."""
    twice = program_of_the_guide("networks.md").replace("us-west-2", "us-east-1b").replace("10.1.0.0", "10.0.0.0")
    program = write(tmp_path, twice.replace("region=name)", 'region="us-east-1")'))
    cloud.start()
    before = cloud.account()
    cloud.up(*program)
    told = outputs(cloud, program)
    instances = cloud.ec2.describe_instances(InstanceIds=[one["id"] for one in told.values()])["Reservations"]

    assert len({one["Instances"][0]["VpcId"] for one in instances}) == 2
    assert {there(cloud.ec2, one)[1] for one in told.values()} == {"10.0.0.0/16"}
    assert cloud.changes(*program) == {}
    cloud.destroy(*program)
    assert before == cloud.account()
