"""Each variant comes up, and AWS itself is asked what came of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from tests.engine.calls import recorded
from tests.engine.embedded import ROOT, Cloud
from tests.engine.explaining import found_thrice
from tests.engine.guides import OF_VARIANT, deployer, unallowed, unasked

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.long
PACK = ("--policy-pack", str(ROOT / "policy"))
WORLD = "0.0.0.0/0"
HTTPS = ("tcp", 443, 443)
# "Create a custom IAM role for Session Manager", Systems Manager user guide.
SESSION_ACTIONS = {
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack that came up, as the EC2 API shows it, and what Pulumi asked of AWS for it so far."""

    previewed: str
    variant: str
    cloud: Cloud
    before: dict[str, list[str]]
    outputs: dict[str, Any]
    asked: set[str]

    @property
    def instance(self) -> Any:
        ids = [made["id"] for made in self.outputs["instances"].values()]
        return self.cloud.ec2.describe_instances(InstanceIds=ids)["Reservations"][0]["Instances"][0]

    @property
    def vpc_id(self) -> str:
        return str(self.instance["VpcId"])

    def in_vpc(self, describe: str, answer: str, name: str = "vpc-id") -> list[Any]:
        """What a describe call gives for this stack's VPC."""
        filters = [{"Name": name, "Values": [self.vpc_id]}]
        return list(getattr(self.cloud.ec2, describe)(Filters=filters)[answer])

    def group(self, group_id: str) -> Any:
        return self.cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]

    def routes(self) -> dict[str, set[str]]:
        """For each subnet, what its routes outside the VPC lead to: `nat`, `igw`, `vpce`."""
        tables = self.in_vpc("describe_route_tables", "RouteTables")
        return {
            association["SubnetId"]: {
                (route.get("GatewayId") or route.get("NatGatewayId")).split("-")[0]
                for route in table["Routes"]
                if route.get("GatewayId") != "local"
            }
            for table in tables
            for association in table["Associations"]
            if "SubnetId" in association
        }


@pytest.fixture(scope="class")
def deployed(request: pytest.FixtureRequest, cloud: Cloud) -> Iterator[Deployed]:
    variant = request.cls.variant
    cloud.start()
    before = cloud.account()
    previewed = cloud.localaws("pulumi", "preview", "--json", "-s", variant).stdout
    with recorded(cloud) as asked:
        cloud.up("-s", variant, *PACK)
        yield Deployed(
            previewed=previewed,
            variant=variant,
            cloud=cloud,
            before=before,
            outputs=cloud.outputs(variant),
            asked=asked,
        )
        cloud.destroy("-s", variant)


def endpoints_group(deployed: Deployed) -> str:
    """The one group of the interface endpoints."""
    endpoints = deployed.in_vpc("describe_vpc_endpoints", "VpcEndpoints")
    groups = {group["GroupId"] for one in endpoints for group in one.get("Groups", [])}
    (group,) = groups
    return str(group)


def as_json(document: object) -> Any:
    """The IAM API gives a document parsed or as URL-encoded text."""
    return json.loads(unquote(document)) if isinstance(document, str) else document


class Facts:
    """What is asked of each variant. One class each, since the tests of a class share a worker, and so the stack."""

    variant: str

    def test_ways_out_are_those_of_the_variant(self, deployed: Deployed) -> None:
        subnets = {one["SubnetId"]: one for one in deployed.in_vpc("describe_subnets", "Subnets")}
        routes = deployed.routes()
        gateways = deployed.in_vpc("describe_internet_gateways", "InternetGateways", "attachment.vpc-id")
        nats = deployed.in_vpc("describe_nat_gateways", "NatGateways")
        own = deployed.instance["SubnetId"]
        others = [routes[subnet] for subnet in subnets if subnet != own]

        expected = {
            "igw": ({"igw", "vpce"}, [{"igw", "vpce"}], 1, 0),
            "nat": ({"nat", "vpce"}, [{"igw"}, {"nat", "vpce"}], 1, 1),
            "privatelink": ({"vpce"}, [{"vpce"}], 0, 0),
        }
        assert expected[deployed.variant] == (routes[own], sorted(others, key=sorted), len(gateways), len(nats))

    def test_preview_state_and_doctor_say_that_it_will_answer(self, deployed: Deployed) -> None:
        """Three loaders of one world: ids that are not known yet, known ones, and what the APIs tell."""
        by_deployer = {*deployed.asked}
        ids = [deployed.instance["InstanceId"]]
        found = found_thrice(deployed.cloud, deployed.previewed, ("-s", deployed.variant), ids)
        # The doctor has a role of its own.
        deployed.asked.intersection_update(by_deployer)

        assert found == [[["reachable"]]] * 3

    def test_only_igw_has_public_addresses(self, deployed: Deployed) -> None:
        mapped = {one["MapPublicIpOnLaunch"] for one in deployed.in_vpc("describe_subnets", "Subnets")}

        assert (deployed.variant == "igw") == ("PublicIpAddress" in deployed.instance)
        assert {deployed.variant == "igw"} == mapped

    def test_elastic_ip_belongs_to_the_nat_gateway(self, deployed: Deployed) -> None:
        known = set(deployed.before["addresses"])
        made = [one for one in deployed.cloud.ec2.describe_addresses()["Addresses"] if one["AllocationId"] not in known]
        nats = deployed.in_vpc("describe_nat_gateways", "NatGateways")
        used = [address["AllocationId"] for nat in nats for address in nat["NatGatewayAddresses"]]

        assert used == [one["AllocationId"] for one in made]
        assert (1 if deployed.variant == "nat" else 0) == len(used)

    def test_endpoints_bring_systems_manager_into_privatelink(self, deployed: Deployed) -> None:
        endpoints = deployed.in_vpc("describe_vpc_endpoints", "VpcEndpoints")
        subnets = {one["SubnetId"] for one in deployed.in_vpc("describe_subnets", "Subnets")}
        interfaces = {
            one["ServiceName"]: (set(one["SubnetIds"]), one["PrivateDnsEnabled"])
            for one in endpoints
            if one["VpcEndpointType"] == "Interface"
        }
        gateways = {
            one["ServiceName"]: len(one["RouteTableIds"]) for one in endpoints if one["VpcEndpointType"] == "Gateway"
        }

        if deployed.variant == "privatelink":
            names = ("com.amazonaws.us-east-1.ssm", "com.amazonaws.us-east-1.ssmmessages")
            assert dict.fromkeys(names, (subnets, True)) == interfaces
        else:
            assert interfaces == {}
        # One for the table of each instance's zone: NAT gateways need no way to S3 of their own.
        assert gateways == {"com.amazonaws.us-east-1.s3": 2}

    def test_the_way_to_s3_leads_to_aws_alone_where_nothing_else_leads_out(self, deployed: Deployed) -> None:
        endpoints = deployed.in_vpc("describe_vpc_endpoints", "VpcEndpoints")
        policies = [as_json(one["PolicyDocument"]) for one in endpoints if one["VpcEndpointType"] == "Gateway"]
        allowed = [(one["Sid"], one["Action"]) for policy in policies for one in policy["Statement"]]

        closed = deployed.variant == "privatelink"
        assert allowed == [("AwsBuckets", ["s3:GetObject"]) if closed else ("AllOfS3", ["s3:*"])]

    def test_vpc_resolves_names(self, deployed: Deployed) -> None:
        ec2, vpc = deployed.cloud.ec2, deployed.vpc_id

        assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"]
        assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]

    def test_nothing_comes_in_and_only_https_goes_out(self, deployed: Deployed) -> None:
        (own,) = (group["GroupId"] for group in deployed.instance["SecurityGroups"])
        group = deployed.group(own)
        targets = set()
        for rule in group["IpPermissionsEgress"]:
            assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == HTTPS
            targets |= {one["CidrIp"] for one in rule["IpRanges"]}
            targets |= {one["GroupId"] for one in rule["UserIdGroupPairs"]}
            targets |= {one["PrefixListId"].split("-")[0] for one in rule["PrefixListIds"]}
            assert rule["Ipv6Ranges"] == []

        assert group["IpPermissions"] == []
        if deployed.variant == "privatelink":
            assert {endpoints_group(deployed), "pl"} == targets
        else:
            assert {WORLD} == targets

    def test_endpoints_admit_the_vpc_alone(self, deployed: Deployed) -> None:
        if deployed.variant != "privatelink":
            return
        group = deployed.group(endpoints_group(deployed))
        (rule,) = group["IpPermissions"]
        (own,) = (one["GroupId"] for one in deployed.instance["SecurityGroups"])

        assert own != group["GroupId"]
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == HTTPS
        assert [one["CidrIp"] for one in rule["IpRanges"]] == ["10.0.0.0/16"]
        assert rule["UserIdGroupPairs"] + rule["Ipv6Ranges"] + rule["PrefixListIds"] == []
        assert group["IpPermissionsEgress"] == []

    def test_default_group_is_empty(self, deployed: Deployed) -> None:
        groups = deployed.in_vpc("describe_security_groups", "SecurityGroups")
        (default,) = (group for group in groups if group["GroupName"] == "default")

        assert default["IpPermissions"] + default["IpPermissionsEgress"] == []

    def test_profile_allows_the_five_actions_and_nothing_more(self, deployed: Deployed) -> None:
        iam = deployed.cloud.iam
        name = deployed.instance["IamInstanceProfile"]["Arn"].rsplit("/", 1)[-1]
        (role,) = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
        policies = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        documents = [
            as_json(iam.get_role_policy(RoleName=role["RoleName"], PolicyName=one)["PolicyDocument"])
            for one in policies
        ]
        statements = [statement for document in documents for statement in document["Statement"]]
        attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        (trust,) = as_json(role["AssumeRolePolicyDocument"])["Statement"]

        assert {one["Effect"] for one in statements} == {"Allow"}
        assert {action for one in statements for action in one["Action"]} == SESSION_ACTIONS
        assert attached == []
        assert (
            trust["Effect"],
            trust["Principal"],
            trust["Action"],
        ) == ("Allow", {"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")

    def test_instance_needs_imdsv2_and_has_no_key(self, deployed: Deployed) -> None:
        options = deployed.instance["MetadataOptions"]

        assert (options["HttpTokens"], options["HttpEndpoint"]) == ("required", "enabled")
        assert not deployed.instance.get("KeyName")

    def test_root_volume_is_encrypted(self, deployed: Deployed) -> None:
        ids = [one["Ebs"]["VolumeId"] for one in deployed.instance["BlockDeviceMappings"]]
        volumes = deployed.cloud.ec2.describe_volumes(VolumeIds=ids)["Volumes"]

        assert [volume["Encrypted"] for volume in volumes] == [True]

    def test_outputs_can_be_pasted(self, deployed: Deployed) -> None:
        (made,) = deployed.outputs["instances"].values()
        instance = deployed.instance["InstanceId"]

        assert f"aws ssm start-session --target {instance} --region us-east-1" == made["shell"]
        assert made["console"].endswith(f"/systems-manager/session-manager/{instance}?region=us-east-1")
        assert deployed.variant == deployed.outputs["variant"]
        price = {"igw": "$3.65", "nat": "$36.50", "privatelink": "$29.20"}[deployed.variant]
        assert deployed.outputs["monthly_cost"].startswith(price)

    def test_settles_shows_drift_and_leaves_nothing_behind(self, deployed: Deployed) -> None:
        """The last but one: it takes the stack down."""
        cloud, stack = deployed.cloud, ("-s", deployed.variant)
        (own,) = (group["GroupId"] for group in deployed.instance["SecurityGroups"])

        assert cloud.changes(*stack, *PACK) == {}
        cloud.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes", *stack)

        cloud.ec2.authorize_security_group_ingress(GroupId=own, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=WORLD)
        assert cloud.changes(*stack) == {}
        said = cloud.pulumi("preview", "--refresh", "--diff", "--expect-no-changes", *stack, code=7)
        assert "~ 1 to update" in said
        assert re.search(rf'\+ +\[0\]: "{WORLD}"', said)
        assert re.search(r"\+ fromPort +: 22\b", said)
        cloud.pulumi("refresh", "--yes", "--skip-preview", *stack)
        assert cloud.changes(*stack) == {"update": 1}
        cloud.up(*stack, *PACK)
        assert deployed.group(own)["IpPermissions"] == []
        assert cloud.changes(*stack, "--refresh") == {}

        cloud.destroy(*stack)
        assert deployed.before == cloud.account()

    def test_the_guides_policy_for_who_deploys_is_what_all_that_asked(self, deployed: Deployed) -> None:
        allowed = deployer(OF_VARIANT[deployed.variant])

        assert unallowed(deployed.asked, allowed) == set()
        assert unasked(deployed.asked, allowed) == set()


class TestIgw(Facts):
    variant = "igw"


class TestNat(Facts):
    variant = "nat"


class TestPrivatelink(Facts):
    variant = "privatelink"
