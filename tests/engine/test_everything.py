"""One stack with all that config can ask for beside instances, and what each part asks of the others."""

from __future__ import annotations

import base64
import json
import re
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
    "defaultHostManagement": "create",
    "sessions": {
        "document": "named",
        "name": "Team-Sessions",
        "key": "create",
        "s3": {"prefix": "dev"},
        "cloudwatch": {},
    },
    "operators": {
        "portForwarding": True,
        "role": {"trust": ["arn:aws:iam::123456789012:root"], "externalId": "open-word"},
    },
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


def readable(state: str) -> str:
    """What a person can make of a state who has no passphrase."""
    decoded = (base64.b64decode(one).decode(errors="ignore") for one in re.findall(r'"([\w+/=]{2000,})"', state))
    return "\n".join([state, *decoded])


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

    def test_the_lines_name_the_document_that_people_may_use(self, stack: Stack, outputs: dict[str, Any]) -> None:
        lines = outputs["instances"]["main"]
        iam, arn = stack.cloud.iam, outputs["operators"]["policy_arn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        policy: Any = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        allowed = {resource for one in policy["Statement"] for resource in one["Resource"] if ":document/" in resource}

        assert lines["shell"].endswith("--region us-east-1 --document-name Team-Sessions")
        assert "--document-name AWS-StartPortForwardingSession " in lines["port_forward"]
        assert allowed == {
            "arn:aws:ssm:us-east-1:123456789012:document/Team-Sessions",
            "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession",
        }
        assert set(outputs["needs"]) == set(lines) - {"id"}

    def test_a_second_up_and_what_an_instance_reports_change_nothing(self, stack: Stack) -> None:
        stack.cloud.ssm.put_parameter(
            Name="/boot-check/ssm-only/everything/main", Value='{"result": "ready"}', Overwrite=True
        )

        assert stack.changes(CONFIG) == {}

    def test_what_is_set_as_a_secret_is_in_no_state(self, stack: Stack, outputs: dict[str, Any]) -> None:
        """The last of the class: it changes the stack."""
        open_state = stack.cloud.localaws("pulumi", "stack", "export", "-s", stack.name).stdout
        secrets = {
            "operators.role.externalId": "hunter2-external",
            "sessionProfile": "export WORD=hunter2-profile",
            "sessions.shellProfile.linux": "echo hunter2-shell",
        }
        state = stack.up_with_secrets(CONFIG, secrets)
        name = outputs["operators"]["role_arn"].rsplit("/", 1)[-1]
        trust = stack.cloud.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        told = stack.cloud.ec2.describe_instance_attribute(
            InstanceId=outputs["instances"]["main"]["id"], Attribute="userData"
        )["UserData"]["Value"]
        document = stack.cloud.ssm.get_document(Name="Team-Sessions")["Content"]

        # As it is seen where nothing is a secret: as text, and in the base64 of user data.
        assert [word in readable(open_state) for word in ("open-word", "session_profile=")] == [True, True]
        assert [word in readable(state) for word in ("hunter2", "session_profile=")] == [False, False]
        # What AWS is told is the value itself.
        assert "hunter2-external" in json.dumps(trust)
        assert "hunter2-profile" in base64.b64decode(told).decode()
        assert "hunter2-shell" in document
