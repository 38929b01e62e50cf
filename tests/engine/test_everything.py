"""One stack with all that config can ask for beside instances, and what each part asks of the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud

HOSTS = "/ssm/managed-instance/default-ec2-instance-management-role"
CONFIG: dict[str, Any] = {
    "variant": "privatelink",
    "zones": 1,
    "bootReport": True,
    "parameterPaths": ["/shop/web"],
    "egress": [{"port": 5432, "to": "10.0.0.0/16", "why": "database"}],
    "defaultHostManagement": "create",
    "sessions": {
        "document": "named",
        "name": "Team-Sessions",
        "key": "create",
        "s3": {"prefix": "dev"},
        "cloudwatch": {},
    },
    "operators": {"portForwarding": True, "remoteHosts": True, "role": {"trust": ["arn:aws:iam::123456789012:root"]}},
}


@pytest.fixture(scope="class")
def stack(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with configured(cloud, "everything", tmp_path_factory.mktemp("stack")) as stack:
        stack.up(CONFIG)
        yield stack
    setting = cloud.ssm.get_service_setting(SettingId=HOSTS)["ServiceSetting"]
    assert setting["Status"] == "Default", "destroying the stack resets it"


@pytest.fixture(scope="class")
def outputs(stack: Stack) -> dict[str, Any]:
    return stack.outputs()


@pytest.fixture(scope="class")
def role(stack: Stack, outputs: dict[str, Any]) -> dict[str, Any]:
    """The statements of the instance's own role, by their Sids."""
    (found,) = stack.cloud.ec2.describe_instances(InstanceIds=[outputs["instances"]["main"]["id"]])["Reservations"]
    profile = found["Instances"][0]["IamInstanceProfile"]["Arn"].rsplit("/", 1)[-1]
    iam = stack.cloud.iam
    (made,) = iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
    (name,) = iam.list_role_policies(RoleName=made["RoleName"])["PolicyNames"]
    document: Any = iam.get_role_policy(RoleName=made["RoleName"], PolicyName=name)["PolicyDocument"]
    return {one["Sid"]: one for one in document["Statement"]}


class TestEverything:
    def test_endpoints_for_logs_and_key_come_by_themselves(self, stack: Stack, outputs: dict[str, Any]) -> None:
        (found,) = stack.cloud.ec2.describe_instances(InstanceIds=[outputs["instances"]["main"]["id"]])["Reservations"]
        ours: Any = [{"Name": "vpc-id", "Values": [found["Instances"][0]["VpcId"]]}]
        endpoints = stack.cloud.ec2.describe_vpc_endpoints(Filters=ours)["VpcEndpoints"]
        services = {one["ServiceName"].rsplit(".", 1)[-1]: one for one in endpoints}

        assert set(services) == {"ssm", "ssmmessages", "logs", "kms", "s3"}
        assert f"arn:aws:s3:::{outputs['sessions']['bucket']}/dev/*" in services["s3"]["PolicyDocument"]
        # Four interface endpoints in one zone.
        assert outputs["monthly_cost"].startswith("$29.20 ")

    def test_the_role_may_log_with_the_key(self, role: dict[str, Any], outputs: dict[str, Any]) -> None:
        sessions = outputs["sessions"]

        assert role["SessionKey"]["Resource"] == [sessions["session_key_arn"]]
        assert role["SessionLogsToS3"]["Resource"] == [f"arn:aws:s3:::{sessions['bucket']}/dev/*"]
        assert role["SessionLogsToCloudWatch"]["Resource"][0].endswith(f":log-group:{sessions['log_group']}:*")
        assert {"Parameters", "ReportParameter"} <= set(role)

    def test_default_host_management_registers_instances_in_its_place(self, stack: Stack, role: dict[str, Any]) -> None:
        setting = stack.cloud.ssm.get_service_setting(SettingId=HOSTS)["ServiceSetting"]
        name = setting["SettingValue"].removeprefix("service-role/")
        trust: Any = stack.cloud.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        attached = stack.cloud.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]

        assert not {"Sessions", "SessionsChannels"} & set(role)
        assert setting["Status"] == "Customized"
        assert trust["Statement"][0]["Principal"] == {"Service": "ssm.amazonaws.com"}
        assert [one["PolicyName"] for one in attached] == ["AmazonSSMManagedEC2InstanceDefaultPolicy"]

    def test_the_boot_check_has_a_parameter_to_report_to(self, stack: Stack, role: dict[str, Any]) -> None:
        parameter = stack.cloud.ssm.get_parameter(Name="/boot-check/ssm-only/everything/main")["Parameter"]

        assert json.loads(parameter["Value"]) == {"result": "none yet"}
        assert role["ReportParameter"]["Resource"] == [parameter["ARN"]]

    def test_the_lines_name_the_document_that_people_may_use(self, outputs: dict[str, Any]) -> None:
        lines = outputs["instances"]["main"]
        policy = json.loads(outputs["operators"]["permission_set"])
        allowed = {resource for one in policy["Statement"] for resource in one["Resource"] if ":document/" in resource}

        assert lines["shell"].endswith("--region us-east-1 --document-name Team-Sessions")
        assert "--document-name AWS-StartPortForwardingSession " in lines["port_forward"]
        assert allowed == {
            "arn:aws:ssm:us-east-1:123456789012:document/Team-Sessions",
            "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession",
            "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSessionToRemoteHost",
        }
        assert '"portNumber": ["5432"]' in lines["remote_host"]
        assert set(outputs["needs"]) == set(lines) - {
            *("id", "private_ip", "security_group_id", "role_name", "role_arn")
        }

    def test_the_way_out_says_what_it_is_for(self, stack: Stack, outputs: dict[str, Any]) -> None:
        ours: Any = [{"Name": "group-id", "Values": [outputs["instances"]["main"]["security_group_id"]]}]
        rules = stack.cloud.ec2.describe_security_group_rules(Filters=ours)["SecurityGroupRules"]

        assert [
            (rule["IsEgress"], rule["IpProtocol"], rule["FromPort"], rule["CidrIpv4"], rule["Description"])
            for rule in rules
            if "CidrIpv4" in rule
        ] == [(True, "tcp", 5432, "10.0.0.0/16", "database")]

    def test_what_belongs_to_the_stack_is_found_by_its_tag(self, stack: Stack, outputs: dict[str, Any]) -> None:
        ask = ("aws", "resourcegroupstaggingapi", "get-resources", "--tag-filters", "Key=ssm-only:stack")
        found = json.loads(stack.cloud.localaws(*ask).stdout)["ResourceTagMappingList"]
        network = outputs["network"]
        expected = {
            f"arn:aws:s3:::{outputs['sessions']['bucket']}",
            *(
                f"arn:aws:ec2:us-east-1:123456789012:{thing}"
                for thing in (
                    f"vpc/{network['vpc_id']}",
                    f"subnet/{network['subnet_ids'][0]}",
                    f"security-group/{network['endpoints_group_id']}",
                    f"instance/{outputs['instances']['main']['id']}",
                )
            ),
        }

        assert expected <= {one["ResourceARN"] for one in found}
        assert {tag["Value"] for one in found for tag in one["Tags"] if tag["Key"] == "ssm-only:stack"} == {
            "organization/ssm-only/everything"
        }

    def test_a_second_up_and_what_an_instance_reports_change_nothing(self, stack: Stack) -> None:
        stack.cloud.ssm.put_parameter(
            Name="/boot-check/ssm-only/everything/main", Value='{"result": "ready"}', Overwrite=True
        )

        assert stack.changes(CONFIG) == {}
