"""One stack with all that config can ask for beside instances, and what each part asks of the others."""

from __future__ import annotations

import base64
import json
import re
import shlex
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from tests.components.evaluator import Request, allows
from tests.engine.calls import recorded
from tests.engine.embedded import ROOT
from tests.engine.guides import DEPLOYER, DRIFT, OF_EVERYTHING, OF_VARIANT, PREVIEW, deployer, unallowed, unasked
from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud

RECOVERY = (ROOT / "docs/recovery.md").read_text()
REPORT = "/boot-check/ssm-only/everything/main"
COMMAND_REPORT = "/commands/ssm-only/everything/migrate"
ROLES = ("main-", "operators-", "default-host-")
HOSTS = "/ssm/managed-instance/default-ec2-instance-management-role"
CONFIG: dict[str, Any] = {
    "variant": "privatelink",
    "zones": 1,
    "bootReport": True,
    "parameterPaths": ["/shop/web"],
    "commands": [{"name": "migrate", "script": "echo open-script"}],
    "egress": [{"port": 5432, "to": "10.0.0.0/16", "why": "database"}],
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
        "remoteHosts": True,
        "role": {"trust": ["arn:aws:iam::123456789012:root"], "externalId": "open-word"},
    },
}


@pytest.fixture(scope="class")
def asked() -> set[str]:
    """What Pulumi asks of AWS to bring the stack up and to take it down."""
    return set()


@pytest.fixture(scope="class")
def stack(cloud: Cloud, asked: set[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with configured(cloud, "everything", tmp_path_factory.mktemp("stack")) as stack:
        with recorded(cloud) as calls:
            stack.up(CONFIG)
        asked |= calls
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
    assert iam.list_role_policies(RoleName=made["RoleName"])["PolicyNames"] == ["command-migrate", "features"]
    document: Any = iam.get_role_policy(RoleName=made["RoleName"], PolicyName="features")["PolicyDocument"]
    return {one["Sid"]: one for one in document["Statement"]}


@pytest.fixture(scope="class")
def role_arns(stack: Stack) -> list[str]:
    """The roles that are there because of the stack: moto has none of its own."""
    return [one["Arn"] for one in stack.cloud.iam.list_roles()["Roles"] if one["RoleName"].startswith(ROLES)]


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
        # Four interface endpoints in one zone, and the key.
        assert outputs["monthly_cost"].startswith("$30.20 ")

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
        parameter = stack.cloud.ssm.get_parameter(Name=REPORT)["Parameter"]

        assert json.loads(parameter["Value"]) == {"result": "none yet"}
        assert role["ReportParameter"]["Resource"] == [parameter["ARN"]]

    def test_a_commands_output_goes_where_sessions_are_logged(
        self, stack: Stack, role: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        ssm, sessions = stack.cloud.ssm, outputs["sessions"]
        made = {one.get("AssociationName"): one["AssociationId"] for one in ssm.list_associations()["Associations"]}
        described = ssm.describe_association(AssociationId=made["migrate"])["AssociationDescription"]
        place = described["OutputLocation"]["S3Location"]
        (lines,) = (
            step["inputs"]["runCommand"]
            for step in json.loads(ssm.get_document(Name=described["Name"])["Content"])["mainSteps"]
        )
        (allowed,) = role["SessionLogsToS3"]["Resource"]
        report = json.loads(ssm.get_parameter(Name=COMMAND_REPORT)["Parameter"]["Value"])

        assert (place["OutputS3BucketName"], place["OutputS3KeyPrefix"]) == (sessions["bucket"], "dev/commands/migrate")
        assert fnmatchcase(f"arn:aws:s3:::{sessions['bucket']}/{place['OutputS3KeyPrefix']}/i-1/x", allowed)
        assert f"log_group={sessions['log_group']}" in lines
        assert (report["instance"], report["run"]) == (
            outputs["instances"]["main"]["id"],
            outputs["commands"]["migrate"],
        )

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
            "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSessionToRemoteHost",
        }
        assert '"portNumber": ["5432"]' in lines["remote_host"]
        assert set(outputs["needs"]) == set(lines) - {
            *("id", "private_ip", "vpc_id", "subnet_id", "security_group_id", "role_name", "role_arn")
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
        # What has ended with other stacks is still told of.
        ours = "Key=ssm-only:stack,Values=organization/ssm-only/everything"
        ask = ("aws", "resourcegroupstaggingapi", "get-resources", "--tag-filters", ours)
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

    def test_what_has_a_name_is_within_the_deployers_policy(
        self, stack: Stack, outputs: dict[str, Any], role_arns: list[str]
    ) -> None:
        account = "123456789012"
        policies = [one.replace("111122223333", account).replace("eu-central-1", "us-east-1") for one in DEPLOYER]
        sessions, logs = outputs["sessions"], f"arn:aws:logs:us-east-1:{account}:log-group"
        made = [
            ("iam:DeletePolicy", outputs["operators"]["policy_arn"]),
            ("kms:ScheduleKeyDeletion", sessions["session_key_arn"]),
            ("logs:DeleteLogGroup", f"{logs}:{sessions['log_group']}"),
            ("s3:DeleteBucket", f"arn:aws:s3:::{sessions['bucket']}"),
            ("ssm:DeleteParameter", stack.cloud.ssm.get_parameter(Name=REPORT)["Parameter"]["ARN"]),
            ("ssm:DeleteParameter", stack.cloud.ssm.get_parameter(Name=COMMAND_REPORT)["Parameter"]["ARN"]),
            *(("ssm:DeleteDocument", arn) for arn in self.command_documents(stack)),
            *(("iam:DeleteRole", arn) for arn in role_arns),
        ]

        assert [
            arn
            for action, arn in made
            if not any(allows(one, Request(action=action, resource=arn)) for one in policies)
        ] == []
        assert len(role_arns) == 3, "the instance's, the operators' and Systems Manager's"

    @staticmethod
    def command_documents(stack: Stack) -> list[str]:
        named = [one["Name"] for one in stack.cloud.ssm.list_associations()["Associations"]]
        return [f"arn:aws:ssm:us-east-1:123456789012:document/{name}" for name in named]

    def test_a_second_up_and_what_an_instance_reports_change_nothing(self, stack: Stack) -> None:
        stack.cloud.ssm.put_parameter(Name=REPORT, Value='{"result": "ready"}', Overwrite=True)

        with recorded(stack.cloud) as previewed:
            assert stack.changes(CONFIG) == {}
        assert unallowed(previewed, PREVIEW | DRIFT) == set()
        assert unasked(previewed, DRIFT) == set()

    def test_a_preview_asks_what_its_guide_says(self, stack: Stack) -> None:
        with recorded(stack.cloud) as previewed:
            assert stack.changes(CONFIG, refresh=False) == {}

        assert previewed
        assert unallowed(previewed, PREVIEW) == set()

    def test_what_a_cut_up_left_is_imported_as_the_guide_says(self, stack: Stack) -> None:
        urn = (
            "urn:pulumi:everything::ssm-only::ssm-only:components:SessionPreferences$aws:kms/alias:Alias::main-sessions"
        )
        (command,) = re.findall(r"```\n(pulumi import .*?)```", RECOVERY, re.DOTALL)
        words = shlex.split(command.replace("\\\n", "").replace("privatelink", "everything"))
        # Pulumi never heard of it.
        stack.cloud.pulumi("state", "delete", urn, "--yes", "--force", "-s", stack.name)
        assert stack.changes(CONFIG, refresh=False) == {"create": 1}

        stack.cloud.pulumi(*words[1:], "--yes", "--config-file", str(stack.file))

        assert stack.changes(CONFIG, refresh=False) == {}

    def test_what_is_set_as_a_secret_is_in_no_state(self, stack: Stack, outputs: dict[str, Any]) -> None:
        """The last but one: it changes the stack."""
        open_state = stack.cloud.localaws("pulumi", "stack", "export", "-s", stack.name).stdout
        secrets = {
            "commands[0].script": "echo hunter2-script",
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
        (command,) = (one["Name"] for one in stack.cloud.ssm.list_associations()["Associations"])

        # As it is seen where nothing is a secret: as text, and in the base64 of user data.
        open_words = ("open-word", "open-script", "session_profile=")
        assert [word in readable(open_state) for word in open_words] == [True, True, True]
        assert [word in readable(state) for word in ("hunter2", "session_profile=")] == [False, False]
        # What AWS is told is the value itself.
        assert "hunter2-external" in json.dumps(trust)
        assert "hunter2-profile" in base64.b64decode(told).decode()
        assert "hunter2-shell" in document
        assert "hunter2-script" in stack.cloud.ssm.get_document(Name=command)["Content"]

    def test_the_guides_policy_for_who_deploys_is_what_all_that_asked(self, stack: Stack, asked: set[str]) -> None:
        """The last: it takes the stack down."""
        with recorded(stack.cloud) as calls:
            stack.destroy()
        asked |= calls

        assert unallowed(asked, deployer(OF_EVERYTHING | OF_VARIANT["privatelink"])) == set()
        assert unasked(asked, deployer(OF_EVERYTHING | OF_VARIANT["privatelink"])) == set()
