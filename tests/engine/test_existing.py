"""VPCs that another program made, on the real engine: used, completed, refused; and in the end as they were."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.calls import recorded
from tests.engine.embedded import PROGRAMS, ROOT, Cloud
from tests.engine.guides import NETWORK_OF_EXISTING, OF_EXISTING, deployer, unallowed, unasked
from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOMEBODYS = ("-C", str(PROGRAMS / "existing"), "-s", "dev")
OURS = ("-C", str(PROGRAMS / "in_existing"), "-s", "dev")
PACK = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(ROOT / "policy" / "ssm-only.json"))
SSM, MESSAGES, S3 = (f"com.amazonaws.us-east-1.{one}" for one in ("ssm", "ssmmessages", "s3"))
BARE: Mapping[str, Any] = {"network": {"tags": {"team": "bare"}, "subnetTags": {"tier": "private"}}}
HALF: Mapping[str, Any] = {"network": {"tags": {"team": "half"}, "subnetTags": {"tier": "private"}}}
WALLED: Mapping[str, Any] = {"network": {"tags": {"team": "walled"}, "subnetTags": {"tier": "private"}}}


@pytest.fixture(scope="module")
def vpcs(cloud: Cloud) -> Iterator[Mapping[str, Any]]:
    """What the other program says of them; taken down in the end, which fails where something of ours is left."""
    cloud.up(*SOMEBODYS)
    yield json.loads(cloud.localaws("pulumi", "stack", "output", "--json", *SOMEBODYS).stdout)
    cloud.destroy(*SOMEBODYS)


@pytest.fixture(scope="module")
def stack(cloud: Cloud, vpcs: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    assert vpcs
    with configured(cloud, "existing", tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def told(cloud: Cloud) -> set[tuple[str, str]]:
    """All that EC2 and Route 53 tell of the networks of the account, and of what uses them."""
    ec2, route53 = cloud.ec2, cloud.route53
    zones = [one["Id"] for one in route53.list_hosted_zones()["HostedZones"]]
    vpcs = ec2.describe_vpcs()["Vpcs"]
    # EC2 shows those that were deleted for a while.
    present: Any = [{"Name": "vpc-endpoint-state", "Values": ["pending", "available"]}]
    attributes: Any = ("enableDnsSupport", "enableDnsHostnames")
    parts: dict[str, Any] = {
        **cloud.account(),
        "vpcs": vpcs,
        "attributes": [
            ec2.describe_vpc_attribute(VpcId=one["VpcId"], Attribute=name) for one in vpcs for name in attributes
        ],
        # moto keeps the interface, and so the address, of an instance that has ended; EC2 deletes it with it.
        "subnets": [{**one, "AvailableIpAddressCount": 0} for one in ec2.describe_subnets()["Subnets"]],
        "tables": ec2.describe_route_tables()["RouteTables"],
        "acls": ec2.describe_network_acls()["NetworkAcls"],
        "groups": ec2.describe_security_groups()["SecurityGroups"],
        "rules": ec2.describe_security_group_rules()["SecurityGroupRules"],
        "endpoints": ec2.describe_vpc_endpoints(Filters=present)["VpcEndpoints"],
        "interfaces": [
            one for one in ec2.describe_network_interfaces()["NetworkInterfaces"] if not one.get("Attachment")
        ],
        "zones": [{key: route53.get_hosted_zone(Id=id_)[key] for key in ("HostedZone", "VPCs")} for id_ in zones],
    }
    return {(part, json.dumps(_plain(one), sort_keys=True)) for part, found in parts.items() for one in found}


def _plain(value: Any) -> Any:
    """Without the order in which a list happens to be told, and what is of the request alone."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return sorted(map(_plain, value), key=lambda one: json.dumps(one, sort_keys=True, default=str))
    return value if isinstance(value, (str, int, bool)) else str(value)


def endpoints_in(cloud: Cloud, vpc: str) -> dict[str, Any]:
    """Those of a VPC that are ours: by the tag that all of ours have."""
    ours: Any = [{"Name": "vpc-id", "Values": [vpc]}]
    found = cloud.ec2.describe_vpc_endpoints(Filters=ours)["VpcEndpoints"]
    return {one["ServiceName"]: one for one in found if any(tag["Key"] == "Name" for tag in one["Tags"])}


def admitted(cloud: Cloud, group: str) -> list[Any]:
    """Whom a group lets in."""
    of_group: Any = [{"Name": "group-id", "Values": [group]}]
    rules = cloud.ec2.describe_security_group_rules(Filters=of_group)["SecurityGroupRules"]
    return sorted(rule["CidrIpv4"] for rule in rules if not rule["IsEgress"])


def errors(said: str) -> list[str]:
    """What Pulumi says in the end, without the engine's repeats on the way."""
    return [line.strip() for line in said.split("Diagnostics:")[1].splitlines() if "ssm-only:network" in line]


def test_a_bare_vpc_is_completed_and_left_as_it_was(stack: Stack, vpcs: Mapping[str, Any]) -> None:
    cloud = stack.cloud
    added = cloud.ec2.create_subnet(VpcId=vpcs["bare"], CidrBlock="10.10.9.0/24", AvailabilityZone="us-east-1a")
    tagged: Any = {"Resources": [added["Subnet"]["SubnetId"]], "Tags": [{"Key": "tier", "Value": "private"}]}
    before = told(cloud)
    with recorded(cloud) as asked:
        assert "[advisory]" not in stack.up(BARE)
        network, made = stack.outputs()["network"], endpoints_in(cloud, vpcs["bare"])
        assert_completed(stack, network, made, vpcs["bare"])

        # What the stack made is not taken for somebody's, and a subnet that has the tags since then moves nothing.
        cloud.ec2.create_tags(**tagged)
        stack.up(BARE)
        assert endpoints_in(cloud, vpcs["bare"]) == made
        assert stack.outputs()["network"] == network
        assert stack.changes(BARE) == {}

        cloud.ec2.delete_tags(**tagged)
        stack.destroy()
    assert told(cloud) ^ before == set()
    cloud.ec2.delete_subnet(SubnetId=added["Subnet"]["SubnetId"])

    allowed = deployer(OF_EXISTING) | NETWORK_OF_EXISTING
    assert unallowed(asked, allowed) == set()
    assert unasked(asked, allowed) == set()


def assert_completed(stack: Stack, network: Mapping[str, Any], made: Mapping[str, Any], vpc: str) -> None:
    id_ = stack.outputs()["instances"]["main"]["id"]
    (reserved,) = stack.cloud.ec2.describe_instances(InstanceIds=[id_])["Reservations"]
    instance = reserved["Instances"][0]

    assert network["vpc_id"] == vpc == instance["VpcId"]
    assert network["subnet_ids"][0] == instance["SubnetId"]
    assert made.keys() == {SSM, MESSAGES, S3}
    assert all(made[name]["PrivateDnsEnabled"] for name in (SSM, MESSAGES))
    assert sorted(made[SSM]["SubnetIds"]) == sorted(network["subnet_ids"])
    assert len(made[S3]["RouteTableIds"]) == 2
    # From all of the VPC the services' names lead there.
    assert admitted(stack.cloud, network["endpoints_group_id"]) == ["10.10.0.0/16"]


def test_what_stands_in_the_way_is_told_and_how_to_mend_it(stack: Stack, vpcs: Mapping[str, Any]) -> None:
    cloud = stack.cloud
    before = told(cloud)

    walled = errors(stack.up(WALLED, code=1))
    assert len(walled) == 3
    assert "its enableDnsHostnames is off" in walled[0]
    for line, block in zip(walled[1:], ("10.13.1.0/24", "10.13.0.0/24"), strict=True):
        assert f"network ACL {vpcs['walledAcl']} of subnet-" in line
        assert f"stops TCP ports 32768-60999 in from {block}" in line

    half = [line for line in errors(stack.up(HALF, code=1)) if "warning" not in line]
    assert len(half) == 1
    assert f"network.endpointRules is false: {vpcs['halfGroup']}, of the endpoint vpce-" in half[0]
    assert told(cloud) ^ before == set()

    # The owner's command, as a person pastes it.
    _, command, _ = half[0].split("`")
    cloud.localaws(*shlex.split(command))
    assert stack.changes(HALF, refresh=False)["create"] > 5
    group: Any = {"GroupId": vpcs["halfGroup"]}
    rules = cloud.ec2.describe_security_groups(GroupIds=[vpcs["halfGroup"]])["SecurityGroups"][0]["IpPermissions"]
    cloud.ec2.revoke_security_group_ingress(**group, IpPermissions=rules)


def test_five_networks_in_one_program(cloud: Cloud, vpcs: Mapping[str, Any]) -> None:
    before = told(cloud)
    subnets = json.dumps(vpcs["allSubnets"])
    cloud.pulumi("config", "set", "allSubnets", subnets, *OURS)
    said = cloud.up(*OURS, *PACK)
    outputs = json.loads(cloud.localaws("pulumi", "stack", "output", "--json", *OURS).stdout)
    found = cloud.ec2.describe_instances(InstanceIds=list(outputs.values()))["Reservations"]
    instances = {one["Instances"][0]["InstanceId"]: one["Instances"][0] for one in found}
    group_of = {name: instances[id_]["SecurityGroups"][0]["GroupId"] for name, id_ in outputs.items()}

    assert cloud.changes(*OURS, *PACK) == {}
    # The pack has nothing to say of them. Of those of all, which are in one zone, one instance is in another.
    assert "[advisory]" not in said
    assert "is in us-east-1b, and they are in us-east-1a. It serves them from there" in said
    # Half: the endpoint that was there and one of ours, whose groups let the instance in; S3 for the table without.
    made = endpoints_in(cloud, vpcs["half"])
    assert made.keys() == {MESSAGES, S3}
    assert len(made[S3]["RouteTableIds"]) == 1
    assert admitted(cloud, vpcs["halfGroup"]) == ["10.11.0.0/24", "10.11.1.0/24"]
    assert "does not let the agent's packages through" in said
    # All: nothing is made, and nothing added to a group that lets the VPC in.
    assert endpoints_in(cloud, vpcs["all"]) == {}
    assert admitted(cloud, vpcs["allGroup"]) == ["10.12.0.0/16"]
    # Through a hub: to its addresses, from the second of two zones.
    spoke = instances[outputs["spoke"]]
    ways = cloud.ec2.describe_security_groups(GroupIds=[group_of["spoke"]])["SecurityGroups"][0]["IpPermissionsEgress"]
    assert [block["CidrIp"] for way in ways for block in way["IpRanges"]] == ["10.14.0.0/16"]
    assert spoke["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert endpoints_in(cloud, spoke["VpcId"]).keys() == {S3}
    # igw and nat: nothing is made; one asks for the public address that its subnet does not give.
    public = [name for name, id_ in outputs.items() if "PublicIpAddress" in instances[id_]]
    assert public == ["public"]
    assert endpoints_in(cloud, instances[outputs["public"]]["VpcId"]) == {}

    cloud.destroy(*OURS)
    assert told(cloud) ^ before == set()
