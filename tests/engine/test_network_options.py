"""A network with all of its options at once, and without them again: AWS itself is asked what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.calls import recorded
from tests.engine.guides import DRIFT, OF_NETWORK_OPTIONS, OF_VARIANT, PREVIEW, deployer, unallowed, unasked
from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.embedded import Cloud

WORLD, WORLD_BLOCK = "198.51.100.7", "0.0.0.0/0"
TCP = "6"
BUCKET = "flow-logs-of-the-tests"
# What only one of the two stacks asks: flow logs to a bucket need neither group nor role.
OF_NAT = {"HandFlowLogsTheirRole", "LogsInCloudWatch", "FindLogGroups", "PublicAccessExclusion"}


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack that came up with all options."""

    stack: Stack
    config: dict[str, Any]
    before: dict[str, list[str]]
    asked: set[str]

    @property
    def cloud(self) -> Cloud:
        return self.stack.cloud

    @property
    def instance(self) -> Any:
        (made,) = self.stack.outputs()["instances"].values()
        return self.cloud.ec2.describe_instances(InstanceIds=[made["id"]])["Reservations"][0]["Instances"][0]

    @property
    def in_vpc(self) -> Any:
        return [{"Name": "vpc-id", "Values": [self.instance["VpcId"]]}]

    @property
    def own_group(self) -> Any:
        (group,) = self.instance["SecurityGroups"]
        return self.cloud.ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"][0]

    def endpoint(self) -> Any:
        every = self.cloud.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
        (found,) = (one for one in every if one["VpcId"] == self.instance["VpcId"])
        return found

    def acls(self) -> dict[str, Any]:
        """The ACL of each subnet."""
        found = self.cloud.ec2.describe_network_acls(Filters=self.in_vpc)["NetworkAcls"]
        return {one["SubnetId"]: acl for acl in found for one in acl["Associations"]}

    def flow_log(self) -> Any:
        every = self.cloud.ec2.describe_flow_logs()["FlowLogs"]
        (found,) = (one for one in every if one["ResourceId"] == self.instance["VpcId"])
        return found


def lets(acl: Any, peer: str, port: int, *, out: bool) -> bool:
    """Whether TCP to this port passes: by number, the first rule that matches decides."""
    for rule in sorted(acl["Entries"], key=lambda one: one["RuleNumber"]):
        ports = rule.get("PortRange", {"From": 0, "To": 65535})
        if (
            rule["Egress"] is out
            and rule["Protocol"] in (TCP, "-1")
            and ip_address(peer) in ip_network(rule["CidrBlock"])
            and ports["From"] <= port <= ports["To"]
        ):
            return bool(rule["RuleAction"] == "allow")
    return False


def exclusions(deployed: Deployed) -> list[Any]:
    return list(deployed.cloud.ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"])


@pytest.fixture(scope="class")
def deployed(
    request: pytest.FixtureRequest, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    cloud.start()
    cloud.localaws("aws", "s3", "mb", f"s3://{BUCKET}")
    before = cloud.account()
    variant = request.cls.variant
    config = {
        "variant": variant,
        "networkAcls": True,
        "instanceConnect": True,
        "publicAccessExclusion": variant != "privatelink",
        "flowLogs": request.cls.flow_logs,
        "operators": {"instanceConnect": True, "sshUsers": ["ec2-user"]},
        "egress": [{"port": 25, "to": "10.0.0.0/16", "why": "mail"}],
    }
    with configured(cloud, f"options-{variant}", tmp_path_factory.mktemp("stack")) as stack, recorded(cloud) as asked:
        stack.up(config)
        yield Deployed(stack=stack, config=config, before=before, asked=asked)


class Facts:
    """What is asked of each. One class each, since the tests of a class share a worker, and so the stack."""

    def test_no_subnet_is_left_to_the_default_acl(self, deployed: Deployed) -> None:
        subnets = {one["SubnetId"] for one in deployed.cloud.ec2.describe_subnets(Filters=deployed.in_vpc)["Subnets"]}
        acls = deployed.acls()

        assert set(acls) == subnets
        assert {acl["IsDefault"] for acl in acls.values()} == {False}

    def test_https_passes_there_and_back_and_nothing_comes_in(self, deployed: Deployed) -> None:
        own = deployed.acls()[deployed.instance["SubnetId"]]

        assert lets(own, WORLD, 443, out=True)
        assert lets(own, WORLD, 32768, out=False)
        assert (lets(own, WORLD, 80, out=True), lets(own, WORLD, 25, out=True)) == (False, False)
        assert lets(own, "10.0.99.9", 25, out=True)
        for acl in deployed.acls().values():
            assert [port for port in (22, 25, 80, 443) if lets(acl, WORLD, port, out=False)] == []

    def test_an_acl_lets_through_what_is_told_of_packets_that_are_too_large(self, deployed: Deployed) -> None:
        for acl in deployed.acls().values():
            codes = [one["IcmpTypeCode"] for one in acl["Entries"] if one["Protocol"] == "1"]
            assert codes == [{"Type": 3, "Code": 4}] * 2

    def test_one_group_alone_comes_in_and_only_to_log_in(self, deployed: Deployed) -> None:
        (doors,) = deployed.endpoint()["SecurityGroupIds"]
        (rule,) = deployed.own_group["IpPermissions"]

        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 22, 22)
        assert [one["GroupId"] for one in rule["UserIdGroupPairs"]] == [doors]
        assert rule["IpRanges"] + rule["Ipv6Ranges"] + rule["PrefixListIds"] == []

    def test_the_endpoint_leads_to_the_instance_and_takes_nothing_in(self, deployed: Deployed) -> None:
        endpoint = deployed.endpoint()
        (group,) = deployed.cloud.ec2.describe_security_groups(GroupIds=endpoint["SecurityGroupIds"])["SecurityGroups"]
        (rule,) = group["IpPermissionsEgress"]

        assert group["IpPermissions"] == []
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == ("tcp", 22, 22, [])
        assert [one["GroupId"] for one in rule["UserIdGroupPairs"]] == [deployed.own_group["GroupId"]]
        assert (endpoint["PreserveClientIp"], endpoint["State"]) == (False, "create-complete")
        held = deployed.cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])
        assert [one["VpcId"] for one in held["NetworkInterfaces"]] == [deployed.instance["VpcId"]]

    def test_operators_may_go_through_it(self, deployed: Deployed) -> None:
        outputs = deployed.stack.outputs()
        iam, arn = deployed.cloud.iam, outputs["operators"]["policy_arn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        policy: Any = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        allowed = {one["Sid"]: one for one in policy["Statement"]}
        made = outputs["instances"]["main"]

        assert allowed["Tunnel"]["Resource"] == deployed.endpoint()["InstanceConnectEndpointArn"]
        assert made["instance_connect"] == (
            f"aws ec2-instance-connect ssh --instance-id {made['id']} --region us-east-1 --os-user ec2-user "
            "--connection-type eice"
        )


class OfNat:
    def test_the_gateways_subnet_takes_instances_out_and_their_answers_in(self, deployed: Deployed) -> None:
        (gateway,) = deployed.cloud.ec2.describe_nat_gateways(Filters=deployed.in_vpc)["NatGateways"]
        acl, instance = deployed.acls()[gateway["SubnetId"]], deployed.instance["PrivateIpAddress"]

        assert gateway["SubnetId"] != deployed.instance["SubnetId"]
        assert (lets(acl, instance, 443, out=False), lets(acl, WORLD, 443, out=True)) == (True, True)
        assert (lets(acl, WORLD, 1024, out=False), lets(acl, instance, 32768, out=True)) == (True, True)
        assert not lets(acl, WORLD, 25, out=True)

    def test_the_vpc_is_excluded_from_a_block_of_the_account_for_egress(self, deployed: Deployed) -> None:
        (found,) = exclusions(deployed)

        assert found["ResourceArn"].endswith(f":vpc/{deployed.instance['VpcId']}")
        assert (found["InternetGatewayExclusionMode"], found["State"]) == ("allow-egress", "create-complete")

    def test_flow_logs_arrive_in_a_group_of_their_own(self, deployed: Deployed) -> None:
        log, iam = deployed.flow_log(), deployed.cloud.iam
        role = log["DeliverLogsPermissionArn"].rsplit("/", 1)[-1]
        trust: Any = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policy: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]

        assert (log["TrafficType"], log["DeliverLogsStatus"]) == ("ALL", "SUCCESS")
        assert log["LogGroupName"] == "/ssm-only/options-nat/main-flow-logs"
        assert trust["Statement"][0]["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*"},
        }
        assert [one["Resource"] for one in policy["Statement"] if "logs:PutLogEvents" in one["Action"]] == [
            [f"arn:aws:logs:us-east-1:123456789012:log-group:{log['LogGroupName']}:*"]
        ]


class OfPrivatelink:
    def test_an_endpoint_in_another_zone_is_reached(self, deployed: Deployed) -> None:
        subnets = deployed.cloud.ec2.describe_subnets(Filters=deployed.in_vpc)["Subnets"]
        (elsewhere,) = (one for one in subnets if one["SubnetId"] != deployed.instance["SubnetId"])
        there = str(ip_network(elsewhere["CidrBlock"])[9])
        instance, acls = deployed.instance["PrivateIpAddress"], deployed.acls()

        assert lets(acls[deployed.instance["SubnetId"]], there, 443, out=True)
        assert lets(acls[elsewhere["SubnetId"]], instance, 443, out=False)
        assert lets(acls[elsewhere["SubnetId"]], instance, 32768, out=True)
        assert lets(acls[deployed.instance["SubnetId"]], there, 32768, out=False)

    def test_flow_logs_go_to_the_bucket(self, deployed: Deployed) -> None:
        log = deployed.flow_log()

        assert (log["LogDestination"], log["TrafficType"]) == (f"arn:aws:s3:::{BUCKET}", "REJECT")
        assert not log.get("DeliverLogsPermissionArn")


class Ends:
    """What changes the stack, and takes it down: pytest runs the tests of the first base last."""

    variant: str

    def test_it_settles_and_a_rule_of_somebody_else_goes_without_ours(self, deployed: Deployed) -> None:
        stack, ec2 = deployed.stack, deployed.cloud.ec2
        ours = deployed.own_group["IpPermissions"]
        own = deployed.own_group["GroupId"]
        with recorded(deployed.cloud) as previewed:
            assert stack.changes(deployed.config) == {}
        for _ in range(2):
            deployed.cloud.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes", "-s", stack.name)
            assert stack.changes(deployed.config) == {}
        assert unallowed(previewed, PREVIEW | DRIFT) == set()

        ec2.authorize_security_group_ingress(GroupId=own, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=WORLD_BLOCK)
        acl = deployed.acls()[deployed.instance["SubnetId"]]["NetworkAclId"]
        rule: Any = {"RuleNumber": 1, "Protocol": "-1", "RuleAction": "allow", "Egress": False}
        ec2.create_network_acl_entry(NetworkAclId=acl, CidrBlock=WORLD_BLOCK, **rule)
        deployed.cloud.pulumi("refresh", "--yes", "--skip-preview", "-s", stack.name)
        assert stack.changes(deployed.config) == {"update": 2}
        stack.up(deployed.config)

        assert deployed.own_group["IpPermissions"] == ours
        assert not lets(deployed.acls()[deployed.instance["SubnetId"]], WORLD, 22, out=False)
        assert stack.changes(deployed.config) == {}

    def test_without_the_options_all_is_as_it_was_and_the_instance_stays(self, deployed: Deployed) -> None:
        instance = deployed.instance["InstanceId"]
        kept = {key: deployed.config[key] for key in ("variant", "egress")}
        deployed.stack.up(kept)

        assert deployed.instance["InstanceId"] == instance
        assert deployed.own_group["IpPermissions"] == []
        assert {acl["IsDefault"] for acl in deployed.acls().values()} == {True}
        assert deployed.cloud.ec2.describe_flow_logs()["FlowLogs"] == []
        assert deployed.cloud.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"] == []
        assert exclusions(deployed) == []
        assert deployed.stack.changes(kept) == {}

    def test_nothing_is_left_and_the_guides_policy_for_who_deploys_is_what_was_asked(self, deployed: Deployed) -> None:
        """The last: it takes the stack down."""
        deployed.stack.destroy()
        assert deployed.cloud.account() == deployed.before

        statements = OF_VARIANT[self.variant] | OF_NETWORK_OPTIONS - OF_NAT | {"OperatorsPolicy"}
        allowed = deployer(statements | OF_NAT if self.variant == "nat" else statements)
        assert unallowed(deployed.asked, allowed) == set()
        assert unasked(deployed.asked, allowed) == set()


def test_a_block_of_the_account_is_told_before_anything_is_made(cloud: Cloud, tmp_path: Path) -> None:
    cloud.start()
    before = cloud.account()
    with configured(cloud, "blocked", tmp_path) as stack:
        cloud.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
        try:
            with recorded(cloud) as asked:
                said = stack.up({"variant": "igw"}, code=1)
            assert "VPC Block Public Access of us-east-1 is block-ingress in this account" in said
            assert cloud.account() == before
            assert unallowed(asked, PREVIEW) == set()
            for passing in ({"variant": "nat"}, {"variant": "igw", "publicAccessExclusion": True}):
                assert stack.changes(passing)["create"] > 5
        finally:
            cloud.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="off")
        # What was read is nothing that is to change.
        stack.up({"variant": "igw"})
        assert stack.changes({"variant": "igw"}) == {}


class TestNat(Ends, OfNat, Facts):
    variant = "nat"
    flow_logs = {"to": "cloudwatch", "traffic": "all", "retentionDays": 30}  # noqa: RUF012 - nobody changes it


class TestPrivatelink(Ends, OfPrivatelink, Facts):
    variant = "privatelink"
    flow_logs = {"to": "s3", "bucket": f"arn:aws:s3:::{BUCKET}"}  # noqa: RUF012 - nobody changes it
