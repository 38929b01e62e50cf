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
from moto.route53.urls import url_paths as route53_paths

from localaws import cloud_gaps
from localaws.cloud_gaps import associations, authorizations, instance_connect, public_access, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_ssm import SSMClient

# A moto that has one of them makes ours wrong, or needless.
ALREADY_IN_MOTO = [name for response, added in cloud_gaps.ADDED.items() for name in added if hasattr(response, name)]
IMAGE = "ami-12c6146b"
SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"


@pytest.fixture(autouse=True)
def filled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Put back afterwards: this process's moto serves other tests too.
    for owner, functions in (*cloud_gaps.ADDED.items(), *cloud_gaps.MENDED.items()):
        for name, function in functions.items():
            monkeypatch.setattr(owner, name, function, raising=False)
    for path, dispatch in authorizations.PATHS.items():
        monkeypatch.setitem(route53_paths, path, dispatch)
    monkeypatch.setattr(authorizations, "_MADE", {})
    monkeypatch.setattr(sessions, "_SET", {})
    monkeypatch.setattr(instance_connect, "_MADE", {})
    monkeypatch.setattr(public_access, "_MADE", {})
    monkeypatch.setattr(public_access, "_OPTIONS", {})
    monkeypatch.setattr(associations, "_ASSOCIATIONS", {})
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
    ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, NetworkInterfaces=[interface])  # type: ignore[list-item] # a literal is a TypedDict only where it is written
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


def test_a_subnet_tells_of_its_ipv6_block(ec2: EC2Client) -> None:
    """The provider waits for the state, which it asks for by the block's id."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    (had,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    part = had["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    made = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=part)["Ipv6CidrBlockAssociation"]

    def found() -> list[Any]:
        by_id: Any = {"Name": "ipv6-cidr-block-association.association-id", "Values": [made["AssociationId"]]}
        return [
            (one["Ipv6CidrBlock"], one["Ipv6CidrBlockState"]["State"])
            for subnet in ec2.describe_subnets(Filters=[by_id])["Subnets"]
            for one in subnet["Ipv6CidrBlockAssociationSet"]
        ]

    assert found() == [(part, "associated")]
    ec2.disassociate_subnet_cidr_block(AssociationId=made["AssociationId"])
    assert found() == []


def test_an_endpoint_has_the_addresses_that_it_was_asked_for(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    service = "com.amazonaws.us-east-1.ssm"
    first = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Interface")["VpcEndpoint"]
    second = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=service, VpcEndpointType="Interface", IpAddressType="dualstack"
    )["VpcEndpoint"]

    def kinds() -> list[str]:
        ids = [first["VpcEndpointId"], second["VpcEndpointId"]]
        found = {
            one["VpcEndpointId"]: one["IpAddressType"]
            for one in ec2.describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"]
        }
        return [found[id_] for id_ in ids]

    assert kinds() == ["ipv4", "dualstack"]
    ec2.modify_vpc_endpoint(VpcEndpointId=first["VpcEndpointId"], IpAddressType="dualstack")
    ec2.modify_vpc_endpoint(VpcEndpointId=second["VpcEndpointId"], PrivateDnsEnabled=True)
    assert kinds() == ["dualstack", "dualstack"]


def test_a_service_tells_which_addresses_it_takes(ec2: EC2Client) -> None:
    names = ["ssm", "ec2messages"]
    found = ec2.describe_vpc_endpoint_services(ServiceNames=[f"com.amazonaws.us-east-1.{name}" for name in names])

    assert {
        one["ServiceName"].rsplit(".", 1)[1]: one["SupportedIpAddressTypes"] for one in found["ServiceDetails"]
    } == {
        "ssm": ["ipv4", "ipv6"],
        "ec2messages": ["ipv4"],
    }


def test_a_volume_grows_and_its_last_change_is_described(ec2: EC2Client) -> None:
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
    for size in (12, 12, 16):
        ec2.modify_volume(VolumeId=volume, Size=size)
        described = ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"]
        assert [one["TargetSize"] for one in described] == [size]
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*New size cannot be smaller than existing size"):
        ec2.modify_volume(VolumeId=volume, Size=9)

    assert ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"] == 16


def test_an_instance_connect_endpoint_comes_and_goes_with_its_address(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="doors", Description="doors")["GroupId"]
    tags: Any = [{"ResourceType": "instance-connect-endpoint", "Tags": [{"Key": "team", "Value": "platform"}]}]
    made = ec2.create_instance_connect_endpoint(
        SubnetId=subnet, SecurityGroupIds=[group], PreserveClientIp=False, TagSpecifications=tags
    )["InstanceConnectEndpoint"]
    (found,) = ec2.describe_instance_connect_endpoints(InstanceConnectEndpointIds=[made["InstanceConnectEndpointId"]])[
        "InstanceConnectEndpoints"
    ]
    (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"]

    assert found == made
    assert (found["VpcId"], found["SecurityGroupIds"], found["PreserveClientIp"]) == (vpc, [group], False)
    assert (found["State"], found["Tags"]) == ("create-complete", [{"Key": "team", "Value": "platform"}])
    assert interface["SubnetId"] == subnet
    with pytest.raises(ClientError, match="InstanceConnectEndpointLimitExceeded"):
        ec2.create_instance_connect_endpoint(SubnetId=subnet)

    ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=made["InstanceConnectEndpointId"])
    assert ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"] == []
    assert ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkInterfaces"] == []
    with pytest.raises(ClientError, match=r"InvalidInstanceConnectEndpointId\.NotFound"):
        ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=made["InstanceConnectEndpointId"])


def test_a_zone_may_be_given_to_a_vpc_of_another_account(ec2: EC2Client, route53: Route53Client) -> None:
    own = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [
        route53.create_hosted_zone(Name=name, CallerReference=name, VPC={"VPCRegion": "us-east-1", "VPCId": own})[
            "HostedZone"
        ]["Id"]
        for name in ("ssm.us-east-1.amazonaws.com", "ssmmessages.us-east-1.amazonaws.com")
    ]
    theirs: Any = {"VPCRegion": "eu-west-1", "VPCId": "vpc-0123456789abcdef0"}

    def authorized() -> list[Any]:
        return [route53.list_vpc_association_authorizations(HostedZoneId=zone)["VPCs"] for zone in zones]

    assert authorized() == [[], []]
    for _ in range(2):
        made = route53.create_vpc_association_authorization(HostedZoneId=zones[0], VPC=theirs)
        # The samples of the API's reference have it so, and the provider compares it with what it asked.
        assert made["HostedZoneId"] == zones[0].removeprefix("/hostedzone/")
    assert authorized() == [[theirs], []]
    route53.delete_vpc_association_authorization(HostedZoneId=zones[0], VPC=theirs)
    assert authorized() == [[], []]
    with pytest.raises(ClientError, match="VPCAssociationAuthorizationNotFound"):
        route53.delete_vpc_association_authorization(HostedZoneId=zones[0], VPC=theirs)
    with pytest.raises(ClientError, match="NoSuchHostedZone"):
        route53.create_vpc_association_authorization(HostedZoneId="Z0", VPC=theirs)


def test_public_access_is_blocked_in_one_region_of_an_account(ec2: EC2Client) -> None:
    elsewhere: EC2Client = boto3.client("ec2", region_name="eu-west-1")

    def modes() -> list[str]:
        asked = [one.describe_vpc_block_public_access_options() for one in (ec2, elsewhere)]
        return [one["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"] for one in asked]

    assert modes() == ["off", "off"]
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    assert modes() == ["block-ingress", "off"]


@pytest.mark.parametrize("kind", ["vpc", "subnet"])
def test_an_exclusion_from_block_public_access_comes_changes_and_goes(ec2: EC2Client, kind: str) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    thing: Any = {"VpcId": vpc} if kind == "vpc" else {"SubnetId": subnet}
    made = ec2.create_vpc_block_public_access_exclusion(**thing, InternetGatewayExclusionMode="allow-egress")
    id_ = made["VpcBlockPublicAccessExclusion"]["ExclusionId"]

    def described() -> list[Any]:
        asked = ec2.describe_vpc_block_public_access_exclusions(ExclusionIds=[id_])
        return list(asked["VpcBlockPublicAccessExclusions"])

    (found,) = described()
    assert found["ResourceArn"].endswith(f":{kind}/{vpc if kind == 'vpc' else subnet}")
    assert (found["State"], found["InternetGatewayExclusionMode"]) == ("create-complete", "allow-egress")
    ec2.modify_vpc_block_public_access_exclusion(ExclusionId=id_, InternetGatewayExclusionMode="allow-bidirectional")
    assert [one["InternetGatewayExclusionMode"] for one in described()] == ["allow-bidirectional"]
    ec2.delete_vpc_block_public_access_exclusion(ExclusionId=id_)
    assert ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"] == []
    with pytest.raises(ClientError, match=r"InvalidVpcBlockPublicAccessExclusionId\.NotFound"):
        described()


def test_an_acl_keeps_the_type_and_code_of_icmp(ec2: EC2Client) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    rule: Any = {"NetworkAclId": acl, "Protocol": "1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}

    def codes() -> dict[tuple[int, bool], Any]:
        (found,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
        entries = [one for one in found["Entries"] if one["Protocol"] == "1"]
        return {(one["RuleNumber"], one["Egress"]): one.get("IcmpTypeCode") for one in entries}

    ec2.create_network_acl_entry(**rule, RuleNumber=100, Egress=True, IcmpTypeCode={"Type": 3, "Code": 4})
    ec2.create_network_acl_entry(**rule, RuleNumber=100, Egress=False, IcmpTypeCode={"Type": 8, "Code": 0})
    assert codes() == {(100, True): {"Type": 3, "Code": 4}, (100, False): {"Type": 8, "Code": 0}}
    ec2.replace_network_acl_entry(**rule, RuleNumber=100, Egress=False, IcmpTypeCode={"Type": 3, "Code": 4})
    assert codes()[100, False] == {"Type": 3, "Code": 4}


@pytest.mark.parametrize(("name", "status"), [("known", "SUCCESS"), ("unknown", "FAILED")])
def test_flow_logs_find_their_group_by_its_arn(ec2: EC2Client, name: str, status: str) -> None:
    logs = boto3.client("logs", region_name="us-east-1")
    logs.create_log_group(logGroupName="known")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogDestinationType="cloud-watch-logs",
        LogDestination=f"arn:aws:logs:us-east-1:123456789012:log-group:{name}",
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flow-logs",
    )
    (found,) = ec2.describe_flow_logs()["FlowLogs"]

    assert (found["LogGroupName"], found["DeliverLogsStatus"]) == (name, status)


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


@pytest.mark.parametrize(
    ("changed", "enabled"),
    [
        pytest.param({"PrivateDnsEnabled": False}, False, id="turned off"),
        pytest.param({"PolicyDocument": "{}"}, True, id="another change"),
    ],
)
def test_an_endpoints_private_dns_changes_with_it(ec2: EC2Client, changed: Any, enabled: bool) -> None:  # noqa: FBT001 - a verdict
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    name = "com.amazonaws.us-east-1.ssm"
    made = ec2.create_vpc_endpoint(VpcId=vpc, VpcEndpointType="Interface", ServiceName=name, PrivateDnsEnabled=True)[
        "VpcEndpoint"
    ]
    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], **changed)

    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["VpcEndpoints"]
    assert found["PrivateDnsEnabled"] is enabled


def test_an_instance_keeps_the_options_that_it_was_started_with(ec2: EC2Client) -> None:
    asked = {
        "Placement": {"Tenancy": "dedicated", "GroupName": "rack", "PartitionNumber": 2},
        "DisableApiTermination": True,
        "CreditSpecification": {"CpuCredits": "unlimited"},
    }
    plain, (special,) = (
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, **more)["Instances"]  # type: ignore[arg-type] # a literal is a TypedDict only where it is written
        for more in ({}, asked)
    )
    ids = [plain[0]["InstanceId"], special["InstanceId"]]
    protected = [
        ec2.describe_instance_attribute(InstanceId=id_, Attribute="disableApiTermination")["DisableApiTermination"]
        for id_ in ids
    ]
    found = ec2.describe_instance_credit_specifications(InstanceIds=ids)["InstanceCreditSpecifications"]

    assert asked["Placement"].items() <= special["Placement"].items()  # type: ignore[attr-defined] # as above
    assert (plain[0]["Placement"]["Tenancy"], plain[0]["Placement"]["GroupName"]) == ("default", "")
    assert [one["Value"] for one in protected] == [False, True]
    assert [one["CpuCredits"] for one in found] == ["standard", "unlimited"]


def test_monitoring_and_credits_change_in_place(ec2: EC2Client) -> None:
    (made,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    id_ = made["InstanceId"]

    def state() -> str:
        return ec2.describe_instances(InstanceIds=[id_])["Reservations"][0]["Instances"][0]["Monitoring"]["State"]

    said = ec2.monitor_instances(InstanceIds=[id_])["InstanceMonitorings"]
    on = state()
    ec2.unmonitor_instances(InstanceIds=[id_])
    ec2.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": id_, "CpuCredits": "unlimited"}]
    )
    (credit,) = ec2.describe_instance_credit_specifications(InstanceIds=[id_])["InstanceCreditSpecifications"]

    assert (said[0]["Monitoring"]["State"], on, state()) == ("enabled", "enabled", "disabled")
    assert credit["CpuCredits"] == "unlimited"


def test_the_root_volume_has_the_speed_that_was_asked_for(ec2: EC2Client) -> None:
    (image,) = ec2.describe_images(ImageIds=["ami-12c6146b"])["Images"]
    disk: Any = {
        "DeviceName": image["RootDeviceName"],
        "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Iops": 4000, "Throughput": 250},
    }
    (made,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, BlockDeviceMappings=[disk])["Instances"]
    (mapping,) = made["BlockDeviceMappings"]
    (volume,) = ec2.describe_volumes(VolumeIds=[mapping["Ebs"]["VolumeId"]])["Volumes"]

    assert (volume["Iops"], volume["Throughput"]) == (4000, 250)


def test_groups_of_the_first_interface_are_the_instances(ec2: EC2Client) -> None:
    (subnet, *_) = ec2.describe_subnets()["Subnets"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=subnet["VpcId"])["GroupId"]
    interface: Any = {"DeviceIndex": 0, "SubnetId": subnet["SubnetId"], "Groups": [group]}
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, NetworkInterfaces=[interface])
    (reservation,) = ec2.describe_instances()["Reservations"]

    assert [one["GroupId"] for one in reservation["Instances"][0]["SecurityGroups"]] == [group]


def test_a_spot_instance_has_the_request_that_it_was_started_by(ec2: EC2Client) -> None:
    options: Any = {"SpotInstanceType": "persistent", "InstanceInterruptionBehavior": "stop", "MaxPrice": "0.05"}
    market: Any = {"MarketType": "spot", "SpotOptions": options}
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceMarketOptions=market)
    (reservation,) = ec2.describe_instances()["Reservations"]
    (instance,) = reservation["Instances"]
    ids = [instance["SpotInstanceRequestId"]]
    (request,) = ec2.describe_spot_instance_requests(SpotInstanceRequestIds=ids)["SpotInstanceRequests"]
    (cancelled,) = ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=ids)["CancelledSpotInstanceRequests"]

    assert (request["Type"], request["InstanceInterruptionBehavior"], request["SpotPrice"]) == (
        "persistent",
        "stop",
        "0.05",
    )
    assert (request["InstanceId"], cancelled["State"]) == (instance["InstanceId"], "cancelled")
    # Moto's own are answered as before.
    assert ec2.describe_spot_instance_requests()["SpotInstanceRequests"] == []


@pytest.mark.parametrize("where", ["UserIdGroupPairs", "PrefixListIds", "IpRanges"])
def test_a_rule_says_what_it_is_for(ec2: EC2Client, where: str) -> None:
    (vpc, *_) = ec2.describe_vpcs()["Vpcs"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc["VpcId"])["GroupId"]
    listed = ec2.create_managed_prefix_list(PrefixListName="l", MaxEntries=1, AddressFamily="IPv4")["PrefixList"]
    to = {
        "UserIdGroupPairs": {"GroupId": group},
        "PrefixListIds": {"PrefixListId": listed["PrefixListId"]},
        "IpRanges": {"CidrIp": "10.0.0.0/8"},
    }
    rule: Any = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, where: [{**to[where], "Description": "orders"}]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]

    assert [one.get("Description") for one in found if one["IpProtocol"] == "tcp"] == ["orders"]


@pytest.fixture
def machines(ec2: EC2Client) -> list[str]:
    """Three that run, of which the first two have a tag; the last is stopped."""
    made = [one["InstanceId"] for one in ec2.run_instances(ImageId=IMAGE, MinCount=3, MaxCount=3)["Instances"]]
    ec2.create_tags(Resources=made[:2], Tags=[{"Key": "role", "Value": "web"}])
    ec2.stop_instances(InstanceIds=made[2:])
    return made


def associate(ssm: SSMClient, key: str, values: list[str], **more: Any) -> dict[str, Any]:
    targets: Any = [{"Key": key, "Values": values}]
    made = ssm.create_association(Name="AWS-RunShellScript", AssociationName="greet", Targets=targets, **more)
    described: Any = made["AssociationDescription"]
    return dict(described)


def reports(ssm: SSMClient) -> list[dict[str, Any]]:
    """All versions of the parameter but that which it was made with."""
    _, *written = ssm.get_parameter_history(Name="/told")["Parameters"]
    return [json.loads(one["Value"]) for one in written]


@pytest.mark.parametrize(
    ("key", "value", "reached"),
    [
        pytest.param("InstanceIds", None, [0], id="an id"),
        pytest.param("tag:role", "web", [0, 1], id="a tag"),
        pytest.param("tag:role", "db", [], id="a value that none has"),
        pytest.param("tag:other", "web", [], id="a key that none has"),
    ],
)
def test_an_association_runs_where_it_says(
    ssm: SSMClient, machines: list[str], key: str, value: str | None, reached: list[int]
) -> None:
    ssm.put_parameter(Name="/told", Type="String", Value="nothing")
    associate(ssm, key, [value or machines[0]], Parameters={"report": ["/told"], "run": ["7"]})

    expected = [{"run": "7", "instance": machines[one], "code": 0, "output": ""} for one in reached]
    assert sorted(reports(ssm), key=str) == sorted(expected, key=str)


def test_a_stopped_machine_runs_nothing(ssm: SSMClient, machines: list[str]) -> None:
    ssm.put_parameter(Name="/told", Type="String", Value="nothing")
    associate(ssm, "InstanceIds", machines[2:], Parameters={"report": ["/told"]})

    assert reports(ssm) == []


def test_it_runs_again_when_it_changes_or_is_told_to(ssm: SSMClient, machines: list[str]) -> None:
    ssm.put_parameter(Name="/told", Type="String", Value="nothing")
    parameters = {"report": ["/told"], "run": ["1"]}
    made = associate(ssm, "InstanceIds", machines[:1], Parameters=parameters)["AssociationId"]
    targets: Any = [{"Key": "InstanceIds", "Values": machines[:1]}]
    ssm.update_association(AssociationId=made, Targets=targets, Parameters={**parameters, "run": ["2"]})
    ssm.start_associations_once(AssociationIds=[made])

    assert [one["run"] for one in reports(ssm)] == ["1", "2", "2"]
    described = ssm.describe_association(AssociationId=made)["AssociationDescription"]
    assert described["Name"] == "AWS-RunShellScript"
    assert "AssociationName" not in described, "an update takes away what it does not say again"


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        pytest.param(None, "Success", [(0, b"")], id="by itself it succeeds"),
        pytest.param({"code": 3, "output": "disk full"}, "Failed", [(3, b"disk full")], id="it fails as it is told to"),
        pytest.param({}, "Pending", [], id="it hangs as it is told to"),
    ],
)
def test_what_a_run_comes_to_is_said_in_a_parameter(
    ssm: SSMClient, machines: list[str], said: dict[str, Any] | None, status: str, told: list[tuple[int, bytes]]
) -> None:
    ssm.put_parameter(Name="/told", Type="String", Value="nothing")
    if said is not None:
        ssm.put_parameter(Name="/localaws/runs/greet", Type="String", Value=json.dumps(said))
    made = associate(ssm, "InstanceIds", machines[:1], Parameters={"report": ["/told"]})

    assert [(one["code"], base64.b64decode(one["output"])) for one in reports(ssm)] == told
    assert made["Overview"]["Status"] == status
    (run,) = ssm.describe_association_executions(AssociationId=made["AssociationId"])["AssociationExecutions"]
    asked = {"AssociationId": made["AssociationId"], "ExecutionId": run["ExecutionId"]}
    (target,) = ssm.describe_association_execution_targets(**asked)["AssociationExecutionTargets"]
    assert (run["Status"], target["Status"], target["ResourceId"]) == (status, status, machines[0])


def test_a_run_comes_to_something_else_on_an_instance_that_a_parameter_names(
    ssm: SSMClient, machines: list[str]
) -> None:
    ssm.put_parameter(Name="/told", Type="String", Value="nothing")
    said = json.dumps({"code": 3, "output": "disk full"})
    ssm.put_parameter(Name=f"/localaws/runs/greet/{machines[1]}", Type="String", Value=said)
    made = associate(ssm, "InstanceIds", machines[:2], Parameters={"report": ["/told"]})
    (run,) = ssm.describe_association_executions(AssociationId=made["AssociationId"])["AssociationExecutions"]
    asked = {"AssociationId": made["AssociationId"], "ExecutionId": run["ExecutionId"]}
    targets = ssm.describe_association_execution_targets(**asked)["AssociationExecutionTargets"]

    assert {one["instance"]: one["code"] for one in reports(ssm)} == {machines[0]: 0, machines[1]: 3}
    assert {one["ResourceId"]: one["Status"] for one in targets} == {machines[0]: "Success", machines[1]: "Failed"}
    assert made["Overview"] == {"Status": "Failed", "AssociationStatusAggregatedCount": {"Success": 1, "Failed": 1}}


def test_an_association_without_a_report_tells_nobody(ssm: SSMClient, machines: list[str]) -> None:
    made = associate(ssm, "InstanceIds", machines[:1], Parameters={"report": ["/nowhere"]})

    assert made["Overview"]["Status"] == "Success"
    assert ssm.describe_parameters()["Parameters"] == []


def test_an_association_has_tags_and_goes(ssm: SSMClient, machines: list[str]) -> None:
    tags: Any = [{"Key": "team", "Value": "web"}]
    made = associate(ssm, "InstanceIds", machines[:1], Tags=tags)["AssociationId"]
    there = {"ResourceType": "Association", "ResourceId": made}

    assert ssm.list_tags_for_resource(**there)["TagList"] == tags
    assert [one["AssociationId"] for one in ssm.list_associations()["Associations"]] == [made]
    ssm.delete_association(AssociationId=made)
    assert ssm.list_associations()["Associations"] == []
    with pytest.raises(ClientError, match="AssociationDoesNotExist"):
        ssm.describe_association(AssociationId=made)
    with pytest.raises(ClientError, match="InvalidResourceId"):
        ssm.list_tags_for_resource(**there)
