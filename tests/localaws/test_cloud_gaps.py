"""What localaws answers in moto's place, asked of moto through boto3."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.ec2.exceptions import InvalidUserDataError
from moto.ec2.utils import parse_user_data

from localaws import cloud_gaps
from localaws.cloud_gaps import sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_ssm import SSMClient

# A moto that has one of them makes ours wrong, or needless.
ALREADY_IN_MOTO = [name for response, added in cloud_gaps.ADDED.items() for name in added if hasattr(response, name)]
SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"


@pytest.fixture(autouse=True)
def filled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Put back afterwards: this process's moto serves other tests too.
    for owner, functions in (*cloud_gaps.ADDED.items(), *cloud_gaps.MENDED.items()):
        for name, function in functions.items():
            monkeypatch.setattr(owner, name, function, raising=False)
    monkeypatch.setattr(sessions, "_SET", {})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


@pytest.fixture
def ssm() -> SSMClient:
    return boto3.client("ssm", region_name="us-east-1")


@pytest.fixture
def ec2() -> EC2Client:
    return boto3.client("ec2", region_name="us-east-1")


@pytest.fixture
def iam() -> IAMClient:
    return boto3.client("iam", region_name="us-east-1")


@pytest.fixture
def route53() -> Route53Client:
    return boto3.client("route53", region_name="us-east-1")


def test_moto_still_lacks_them() -> None:
    assert ALREADY_IN_MOTO == []


def test_no_machine_ever_registered(ssm: SSMClient) -> None:
    asked = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}])

    assert asked["InstanceInformationList"] == []
    assert "NextToken" not in asked


def test_no_session_begins(ssm: SSMClient) -> None:
    target = "i-0123456789abcdef0"
    with pytest.raises(ClientError, match=f"TargetNotConnected.*{target} is not connected: no machine runs") as caught:
        ssm.start_session(Target=target)

    # An SDK tries again what is 500 or more.
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert ssm.get_connection_status(Target=target)["Status"] == "notconnected"


# moto warns its log of a code that a service's model does not list; the codes that any service may answer are in none.
@pytest.mark.filterwarnings(r"ignore:Exception\(LackingError\)")
@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        pytest.param("ssm", "terminate_session", {"SessionId": "x"}, id="JSON"),
        pytest.param("ec2", "describe_network_insights_analyses", {}, id="EC2's XML"),
        pytest.param("iam", "get_service_last_accessed_details", {"JobId": "x" * 36}, id="XML"),
    ],
)
def test_what_moto_lacks_is_refused_at_once(service: Any, operation: str, arguments: dict[str, str]) -> None:
    client: Any = boto3.client(service, region_name="us-east-1")
    with pytest.raises(ClientError, match=rf"InvalidAction.*{operation} action has not been.*\(moto\) lacks") as caught:
        getattr(client, operation)(**arguments)

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("public", [pytest.param(True, id="public"), pytest.param(False, id="private")])
def test_an_instance_has_a_public_address_or_no_word_of_one(ec2: EC2Client, *, public: bool) -> None:
    (subnet, *_) = ec2.describe_subnets()["Subnets"]
    interface = {"DeviceIndex": 0, "SubnetId": subnet["SubnetId"], "AssociatePublicIpAddress": public}
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, NetworkInterfaces=[interface])  # type: ignore[list-item] # a literal is a TypedDict only where it is written
    (reservation,) = ec2.describe_instances()["Reservations"]
    (found,) = reservation["Instances"][0]["NetworkInterfaces"]

    assert bool(found.get("Association", {}).get("PublicIp")) == public
    assert ("Association" in found) == public


UBUNTU = "/aws/service/canonical/ubuntu/server/24.04/stable/current/{}/hvm/ebs-gp3/ami-id"
DEBIAN = "/aws/service/debian/release/13/latest/{}"


@pytest.mark.parametrize(
    ("name", "owner", "architecture"),
    [
        pytest.param(UBUNTU.format("amd64"), "099720109477", "x86_64", id="Ubuntu on x86_64"),
        pytest.param(UBUNTU.format("arm64"), "099720109477", "arm64", id="Ubuntu on arm64"),
        pytest.param(DEBIAN.format("amd64"), "136693071363", "x86_64", id="Debian on x86_64"),
        pytest.param(DEBIAN.format("arm64"), "136693071363", "arm64", id="Debian on arm64"),
        pytest.param("/aws/service/suse/sles/15-sp6/arm64/latest", "013907871322", "arm64", id="SUSE"),
        pytest.param(
            "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
            "801119661308",
            "x86_64",
            id="Windows",
        ),
        pytest.param(
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
            "137112412989",
            "arm64",
            id="Amazon Linux, which moto has",
        ),
    ],
)
def test_a_public_parameter_names_an_image(
    ssm: SSMClient, ec2: EC2Client, name: str, owner: str, architecture: str
) -> None:
    first, second = (ssm.get_parameter(Name=name)["Parameter"] for _ in range(2))
    (image,) = ec2.describe_images(ImageIds=[first["Value"]])["Images"]
    (same,) = ssm.get_parameters(Names=[name])["Parameters"]

    assert first["Value"] == second["Value"] == same["Value"]
    assert (image["OwnerId"], image["Architecture"], image["Public"]) == (owner, architecture, True)
    assert image.get("Platform") == ("windows" if "windows" in name else None)
    (instance,) = ec2.run_instances(ImageId=first["Value"], MinCount=1, MaxCount=1)["Instances"]
    assert instance["Architecture"] == architecture


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(UBUNTU.format("riscv"), id="an architecture that nobody publishes"),
        pytest.param("/aws/service/canonical/ubuntu/server/24.04/stable", id="a folder"),
        pytest.param("/aws/service/debian/release/13/latest", id="no architecture"),
        pytest.param("/mine/canonical/ubuntu/server/24.04/amd64/hvm/ebs-gp3/ami-id", id="a person's own"),
    ],
)
def test_another_name_is_no_image(ssm: SSMClient, name: str) -> None:
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter(Name=name)


def test_a_gateway_endpoint_changes_its_routes(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    first, second = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway", RouteTableIds=[first]
    )
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]

    def routed() -> list[str]:
        tables = ec2.describe_route_tables(RouteTableIds=[first, second])["RouteTables"]
        return [
            table["RouteTableId"]
            for table in tables
            if any(
                route.get("GatewayId") == endpoint and "DestinationPrefixListId" in route for route in table["Routes"]
            )
        ]

    assert routed() == [first]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[second])
    assert sorted(routed()) == sorted([first, second])
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[first])
    assert routed() == [second]
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []
    assert routed() == []


def test_the_groups_of_an_instances_interface_are_its_own(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    interface: Any = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "AssociatePublicIpAddress": True}
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (made,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, NetworkInterfaces=[interface])["Instances"]

    assert [one["GroupId"] for one in made["SecurityGroups"]] == [group]


def tables_where(ec2: EC2Client, vpc: str, name: str, value: str) -> list[str]:
    filters: Any = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": name, "Values": [value]}]
    return [table["RouteTableId"] for table in ec2.describe_route_tables(Filters=filters)["RouteTables"]]


def test_a_route_whose_gateway_is_gone_is_a_blackhole(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    def states() -> list[str]:
        (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return [route["State"] for route in found["Routes"] if route.get("GatewayId") == gateway]

    assert (states(), tables_where(ec2, vpc, "route.state", "blackhole")) == (["active"], [])
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert (states(), tables_where(ec2, vpc, "route.state", "blackhole")) == (["blackhole"], [table])


def test_tables_are_found_by_the_prefix_list_that_they_lead_to(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    s3 = "com.amazonaws.us-east-1.s3"
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=s3, VpcEndpointType="Gateway", RouteTableIds=[table])
    (prefixes,) = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [s3]}])["PrefixLists"]

    assert tables_where(ec2, vpc, "route.destination-prefix-list-id", prefixes["PrefixListId"]) == [table]
    assert tables_where(ec2, vpc, "route.destination-prefix-list-id", "pl-0") == []


def test_an_endpoints_interface_says_of_which_it_is(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.ssm", VpcEndpointType="Interface", SubnetIds=[subnet]
    )["VpcEndpoint"]
    of_vpc: Any = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "description", "Values": ["VPC Endpoint Interface *"]}]
    found = ec2.describe_network_interfaces(Filters=of_vpc)["NetworkInterfaces"]

    assert [one["Description"] for one in found] == [f"VPC Endpoint Interface {made['VpcEndpointId']}"]


def test_an_interface_endpoint_changes_its_interfaces(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
    )
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.ssm", VpcEndpointType="Interface", SubnetIds=[first]
    )["VpcEndpoint"]["VpcEndpointId"]

    def subnets() -> list[str]:
        (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
        interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=found["NetworkInterfaceIds"])
        assert sorted(found["SubnetIds"]) == sorted(one["SubnetId"] for one in interfaces["NetworkInterfaces"])
        return sorted(found["SubnetIds"])

    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSubnetIds=[second])
    assert subnets() == sorted([first, second])
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveSubnetIds=[first])
    assert subnets() == [second]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    left = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkInterfaces"]
    assert left == []


def test_a_volume_grows_and_its_last_change_is_described(ec2: EC2Client) -> None:
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
    for size in (12, 12, 16):
        ec2.modify_volume(VolumeId=volume, Size=size)
        described = ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"]
        assert [one["TargetSize"] for one in described] == [size]
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*New size cannot be smaller than existing size"):
        ec2.modify_volume(VolumeId=volume, Size=9)

    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"] == 16


def test_a_setting_that_nobody_has_changed(ssm: SSMClient) -> None:
    setting = ssm.get_service_setting(SettingId=SETTING)["ServiceSetting"]

    assert (setting["SettingId"], setting["SettingValue"], setting["Status"]) == (SETTING, "$None", "Default")


def test_a_setting_is_set_for_one_region_and_reset(ssm: SSMClient) -> None:
    elsewhere = boto3.client("ssm", region_name="eu-west-1")
    arn = f"arn:aws:ssm:us-east-1:123456789012:servicesetting{SETTING}"
    ssm.update_service_setting(SettingId=arn, SettingValue="service-role/hosts")
    setting = ssm.get_service_setting(SettingId=arn)["ServiceSetting"]

    assert (setting["SettingValue"], setting["Status"], setting["ARN"]) == ("service-role/hosts", "Customized", arn)
    assert elsewhere.get_service_setting(SettingId=SETTING)["ServiceSetting"]["Status"] == "Default"

    assert ssm.reset_service_setting(SettingId=SETTING)["ServiceSetting"]["Status"] == "Default"
    assert ssm.get_service_setting(SettingId=SETTING)["ServiceSetting"]["SettingValue"] == "$None"


@pytest.mark.parametrize(
    "content", [pytest.param(b"#!/bin/sh\n", id="text"), pytest.param(gzip.compress(b"#!/bin/sh\n"), id="gzip")]
)
def test_user_data_is_changed_as_it_was_set(ec2: EC2Client, content: bytes) -> None:
    image = ec2.describe_images()["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, UserData="first")["Instances"]
    ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], UserData={"Value": content})
    answer = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")

    assert base64.b64decode(answer["UserData"]["Value"]) == content


def test_moto_still_decodes_it_twice() -> None:
    """Once it does not, ours is needless."""
    with pytest.raises(InvalidUserDataError):
        parse_user_data(b"#!/bin/sh\n")


def test_a_setting_that_is_not_known(ssm: SSMClient) -> None:
    with pytest.raises(ClientError, match=r"ServiceSettingNotFound.*/ssm/moon is not a service setting"):
        ssm.get_service_setting(SettingId="/ssm/moon")


def statement(effect: str, *actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": resource}


ONE = "arn:aws:ec2:us-east-1:123456789012:instance/i-1"
OTHER = "arn:aws:ec2:us-east-1:123456789012:instance/i-2"
REGISTER, OPEN = "ssm:UpdateInstanceInformation", "ssmmessages:OpenDataChannel"


@pytest.mark.parametrize(
    ("inline", "attached", "expected"),
    [
        pytest.param([], [], ["implicitDeny", "implicitDeny"], id="no policy"),
        pytest.param([statement("Allow", "ssm:*")], [], ["allowed", "implicitDeny"], id="one of two"),
        pytest.param([], [statement("Allow", REGISTER, OPEN)], ["allowed", "allowed"], id="attached"),
        pytest.param([statement("Allow", "*")], [statement("Deny", OPEN)], ["allowed", "explicitDeny"], id="denied"),
        pytest.param([statement("Allow", "*", resource=ONE)], [], ["allowed", "allowed"], id="on this instance"),
        pytest.param([statement("Allow", "*", resource=OTHER)], [], ["implicitDeny"] * 2, id="on another one"),
    ],
)
def test_a_role_is_judged(iam: IAMClient, inline: list[Any], attached: list[Any], expected: list[str]) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for number, one in enumerate(inline):
        text = json.dumps({"Version": "2012-10-17", "Statement": [one]})
        iam.put_role_policy(RoleName="web", PolicyName=f"inline-{number}", PolicyDocument=text)
    for number, one in enumerate(attached):
        text = json.dumps({"Version": "2012-10-17", "Statement": [one]})
        made = iam.create_policy(PolicyName=f"attached-{number}", PolicyDocument=text)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="web", PolicyArn=made)
    found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[REGISTER, OPEN], ResourceArns=[ONE])

    assert [(one["EvalActionName"], one["EvalDecision"]) for one in found["EvaluationResults"]] == list(
        zip([REGISTER, OPEN], expected, strict=True)
    )
    assert found["IsTruncated"] is False


def test_no_such_role(iam: IAMClient) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.simulate_principal_policy(PolicySourceArn="arn:aws:iam::123456789012:role/none", ActionNames=[OPEN])


def test_a_zone_that_is_made_with_a_vpc_is_private(route53: Route53Client) -> None:
    """As terraform-provider-aws makes one: it sends the VPC, and no switch."""
    first: Any = {"VPCRegion": "us-east-1", "VPCId": "vpc-0a"}
    second: Any = {"VPCRegion": "us-east-1", "VPCId": "vpc-0b"}
    made = route53.create_hosted_zone(
        Name="ssm.example", CallerReference="a", VPC=first, HostedZoneConfig={"Comment": "shared"}
    )["HostedZone"]
    route53.associate_vpc_with_hosted_zone(HostedZoneId=made["Id"], VPC=second)

    assert made["Config"] == {"Comment": "shared", "PrivateZone": True}
    assert route53.get_hosted_zone(Id=made["Id"])["VPCs"] == [first, second]
    assert [one["Name"] for one in route53.list_hosted_zones_by_vpc(**second)["HostedZoneSummaries"]] == [
        "ssm.example."
    ]


def test_a_zone_that_is_made_without_one_is_public(route53: Route53Client) -> None:
    made = route53.create_hosted_zone(Name="example.com", CallerReference="a")["HostedZone"]

    assert not made["Config"]["PrivateZone"]
