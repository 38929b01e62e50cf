"""The components that the examples in other languages have no use for, through the plugin, in one program in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tests.engine.test_commands import reports
from tests.engine.test_everything import HOSTS
from tests.engine.test_languages import PACK, Program, cloned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.embedded import Cloud

PATH = ("vpcId", "subnetIds", "endpointGroupId", "s3PrefixListId", "foundGroupIds", "endpointCidrs", "publicAddress")


def somebodys(cloud: Cloud) -> tuple[str, list[str]]:
    """A VPC with two subnets, in which nothing is."""
    vpc = cloud.ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    cloud.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    blocks = {"us-east-1a": "10.20.0.0/20", "us-east-1b": "10.20.16.0/20"}
    made = [
        cloud.ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone) for zone, block in blocks.items()
    ]
    return vpc, [one["Subnet"]["SubnetId"] for one in made]


def written(program: Program, vpc: str, subnets: list[str]) -> None:
    """In place of the example that lies there."""
    fleet: dict[str, Any] = {
        "zones": [1, 2],
        "min": 2,
        "runCommand": True,
        **{key: f"${{network.{key}}}" for key in PATH},
    }
    command = {"script": "echo hello", "groupName": "${fleet.groupName}", "roles": {"fleet": "${fleet.roleName}"}}
    resources: dict[str, dict[str, Any]] = {
        "network": {"type": "ExistingNetwork", "properties": {"network": {"vpc": vpc, "subnets": subnets}}},
        "fleet": {"type": "SsmFleet", "properties": fleet, "options": {"dependsOn": ["${network}"]}},
        "hosts": {"type": "DefaultHostManagement"},
        "migrate": {"type": "SsmCommand", "properties": command},
    }
    text = {
        "name": "others",
        "runtime": "yaml",
        "packages": {"ssm-only": "../../../plugin"},
        "resources": {name: {**one, "type": f"ssm-only:{one['type']}"} for name, one in resources.items()},
        "outputs": {"group": "${fleet.groupName}", "run": "${migrate.done}", "hosts": "${hosts.roleName}"},
    }
    (program.folder / "Pulumi.yaml").write_text(yaml.safe_dump(text))


def test_a_fleet_in_somebodys_vpc_runs_a_command_and_nothing_stays(cloud: Cloud, tmp_path: Path) -> None:
    program = cloned(cloud, tmp_path, "yaml")
    cloud.start()
    vpc, subnets = somebodys(cloud)
    written(program, vpc, subnets)
    before = left(cloud)
    # A preview comes first, in which no output is known yet.
    said = cloud.pulumi("up", "--yes", *program.where, *PACK)
    told = program.outputs()
    ours: Any = [{"Name": "vpc-id", "Values": [vpc]}]
    endpoints = cloud.ec2.describe_vpc_endpoints(Filters=ours)["VpcEndpoints"]
    (group,) = cloud.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[told["group"]])[
        "AutoScalingGroups"
    ]
    ids = sorted(one["InstanceId"] for one in group["Instances"])
    found = cloud.ec2.describe_instances(InstanceIds=ids)["Reservations"]
    machines = [one for some in found for one in some["Instances"]]
    groups = {one["GroupId"] for machine in machines for one in machine["SecurityGroups"]}
    closed = cloud.ec2.describe_security_groups(GroupIds=sorted(groups))["SecurityGroups"]

    assert "✅ ssm-guard" in said
    assert "mandatory" not in said
    assert {one["ServiceName"].rpartition(".")[2] for one in endpoints} == {"ssm", "ssmmessages", "s3"}
    assert {one["SubnetId"] for one in machines} == set(subnets)
    assert [one["IpPermissions"] for one in closed] == [[]]
    setting = cloud.ssm.get_service_setting(SettingId=HOSTS)["ServiceSetting"]
    assert setting["SettingValue"] == f"service-role/{told['hosts']}"
    assert sorted(reports(cloud, "/commands/others/dev/migrate")) == [(told["run"], one) for one in ids]
    assert cloud.changes(*program.where) == {}

    cloud.destroy(*program.where)
    assert left(cloud) == before
    for subnet in subnets:
        cloud.ec2.delete_subnet(SubnetId=subnet)
    cloud.ec2.delete_vpc(VpcId=vpc)


def left(cloud: Cloud) -> dict[str, Any]:
    """All that these could leave."""
    mine: Any = [{"Key": "Owner", "Values": ["Self"]}]
    of_commands: Any = [{"Key": "Name", "Option": "BeginsWith", "Values": ["/commands/"]}]
    ssm = cloud.ssm
    return {
        **cloud.account(),
        "associations": [one["AssociationId"] for one in ssm.list_associations()["Associations"]],
        "documents": [one["Name"] for one in ssm.list_documents(Filters=mine)["DocumentIdentifiers"]],
        "parameters": [one["Name"] for one in ssm.describe_parameters(ParameterFilters=of_commands)["Parameters"]],
        "default host": ssm.get_service_setting(SettingId=HOSTS)["ServiceSetting"]["Status"],
    }
