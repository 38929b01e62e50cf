"""The policy of an instance's role: exact documents, what they let through, and the lists that AWS publishes."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data

from components.base.errors import ConfigError
from components.base.needs import NO_NEEDS, SessionNeeds
from components.base.region import Region
from components.instance.rights import NO_RIGHTS, Rights, instance_policy, require_fits, with_needs
from tests.components.graph import CN_NORTH_1, US_EAST_1, US_GOV_WEST_1, deploy
from tests.components.moto_evaluator import permits

BUCKET_KEY = "arn:aws:kms:us-east-1:123456789012:key/bucket"
SESSION_KEY = "arn:aws:kms:us-east-1:123456789012:key/session"
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/ssm/sessions"

INSTANCES = "arn:aws:ec2:us-east-1:123456789012:instance/*"
DOCUMENTS = ["arn:aws:ssm:us-east-1:123456789012:document/*", "arn:aws:ssm:us-east-1::document/*"]

SESSIONS = [
    {
        "Sid": "Sessions",
        "Effect": "Allow",
        "Action": ["ssm:UpdateInstanceInformation"],
        "Resource": [INSTANCES],
    },
    {
        "Sid": "SessionsChannels",
        "Effect": "Allow",
        "Action": [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        "Resource": ["*"],
    },
]
LOGS_TO_S3 = [
    {
        "Sid": "SessionLogsToS3",
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Resource": ["arn:aws:s3:::logs/sessions/prod/*"],
    },
    {
        "Sid": "SessionLogsToS3Encryption",
        "Effect": "Allow",
        "Action": ["s3:GetEncryptionConfiguration"],
        "Resource": ["arn:aws:s3:::logs"],
    },
]
LOGS_TO_S3_KEY = [
    {
        "Sid": "SessionLogsToS3Key",
        "Effect": "Allow",
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": [BUCKET_KEY],
    }
]
LOGS_TO_CLOUDWATCH = [
    {
        "Sid": "SessionLogsToCloudWatch",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": [f"{LOG_GROUP}:*"],
    },
    {
        "Sid": "SessionLogsToCloudWatchGroups",
        "Effect": "Allow",
        "Action": ["logs:DescribeLogGroups"],
        "Resource": ["*"],
    },
]
KEY = [{"Sid": "SessionKey", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [SESSION_KEY]}]
RUN_COMMAND = [
    {
        "Sid": "RunCommandDocuments",
        "Effect": "Allow",
        "Action": ["ssm:DescribeDocument", "ssm:GetDocument"],
        "Resource": DOCUMENTS,
    },
    {
        "Sid": "RunCommandAssociations",
        "Effect": "Allow",
        "Action": [
            "ssm:DescribeAssociation",
            "ssm:ListInstanceAssociations",
            "ssm:PutComplianceItems",
            "ssm:UpdateAssociationStatus",
            "ssm:UpdateInstanceAssociationStatus",
        ],
        "Resource": [INSTANCES, "arn:aws:ssm:us-east-1:123456789012:association/*", *DOCUMENTS],
    },
    {
        "Sid": "RunCommandInventory",
        "Effect": "Allow",
        "Action": ["ssm:GetManifest", "ssm:ListAssociations", "ssm:PutConfigurePackageResult", "ssm:PutInventory"],
        "Resource": ["*"],
    },
    {
        "Sid": "RunCommandModules",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": [
            "arn:aws:s3:::aws-ssm-us-east-1/*",
            "arn:aws:s3:::aws-windows-downloads-us-east-1/*",
            "arn:aws:s3:::us-east-1-birdwatcher-prod/*",
            "arn:aws:s3:::aws-ssm-document-attachments-us-east-1/*",
        ],
    },
]
PATCHING = [
    {
        "Sid": "Patching",
        "Effect": "Allow",
        "Action": ["ssm:GetDeployablePatchSnapshotForInstance"],
        "Resource": ["*"],
    },
    {
        "Sid": "PatchingBaselines",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": [
            "arn:aws:s3:::aws-ssm-us-east-1/*",
            "arn:aws:s3:::aws-patch-manager-us-east-1-1970c647d/*",
            "arn:aws:s3:::patch-baseline-snapshot-us-east-1/*",
        ],
    },
]
AGENT_UPDATE = [
    {
        "Sid": "AgentUpdate",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::amazon-ssm-us-east-1/*", "arn:aws:s3:::aws-ssm-us-east-1/*"],
    }
]
EC2MESSAGES = [
    {
        "Sid": "Ec2Messages",
        "Effect": "Allow",
        "Action": [
            "ec2messages:AcknowledgeMessage",
            "ec2messages:DeleteMessage",
            "ec2messages:FailMessage",
            "ec2messages:GetEndpoint",
            "ec2messages:GetMessages",
            "ec2messages:SendReply",
        ],
        "Resource": ["*"],
    }
]
PARAMETERS = [
    {
        "Sid": "Parameters",
        "Effect": "Allow",
        "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
        "Resource": [
            "arn:aws:ssm:us-east-1:123456789012:parameter/web/prod",
            "arn:aws:ssm:us-east-1:123456789012:parameter/web/prod/*",
            "arn:aws:ssm:us-east-1:123456789012:parameter/motd",
            "arn:aws:ssm:us-east-1:123456789012:parameter/motd/*",
        ],
    }
]
REPORT = [
    {
        "Sid": "ReportParameter",
        "Effect": "Allow",
        "Action": ["ssm:PutParameter"],
        "Resource": ["arn:aws:ssm:us-east-1:123456789012:parameter/agents/web"],
    }
]

EVERYTHING = Rights(
    bucket="logs",
    bucket_prefix="sessions/prod",
    bucket_key_arn=BUCKET_KEY,
    log_group_arn=LOG_GROUP,
    session_key_arn=SESSION_KEY,
    run_command=True,
    patching=True,
    agent_update=True,
    ec2messages=True,
    parameter_paths=("/web/prod", "motd"),
    report_parameter="/agents/web",
)


def only(**features: Any) -> Rights:
    return Rights(sessions=False, **features)


@pytest.mark.parametrize(
    ("rights", "statements"),
    [
        pytest.param(Rights(), SESSIONS, id="sessions"),
        pytest.param(only(bucket="logs", bucket_prefix="sessions/prod"), LOGS_TO_S3, id="logs to S3"),
        pytest.param(
            only(bucket="logs", bucket_prefix="sessions/prod", bucket_key_arn=BUCKET_KEY),
            LOGS_TO_S3 + LOGS_TO_S3_KEY,
            id="logs to S3 with a key",
        ),
        pytest.param(only(log_group_arn=LOG_GROUP), LOGS_TO_CLOUDWATCH, id="logs to CloudWatch"),
        pytest.param(only(session_key_arn=SESSION_KEY), KEY, id="a key for sessions"),
        pytest.param(only(run_command=True), RUN_COMMAND, id="Run Command"),
        pytest.param(only(patching=True), RUN_COMMAND + PATCHING, id="patching, which is a command"),
        pytest.param(only(agent_update=True), RUN_COMMAND + AGENT_UPDATE, id="agent update, which is a command"),
        pytest.param(only(ec2messages=True), EC2MESSAGES, id="old agents"),
        pytest.param(only(parameter_paths=("/web/prod", "motd")), PARAMETERS, id="parameters"),
        pytest.param(only(report_parameter="/agents/web"), REPORT, id="a report"),
        pytest.param(
            Rights(log_group_arn=LOG_GROUP, session_key_arn=SESSION_KEY),
            SESSIONS + LOGS_TO_CLOUDWATCH + KEY,
            id="sessions that are logged and encrypted",
        ),
        pytest.param(
            EVERYTHING,
            SESSIONS
            + LOGS_TO_S3
            + LOGS_TO_S3_KEY
            + LOGS_TO_CLOUDWATCH
            + KEY
            + RUN_COMMAND
            + PATCHING
            + AGENT_UPDATE
            + EC2MESSAGES
            + PARAMETERS
            + REPORT,
            id="everything",
        ),
    ],
)
def test_the_document_is(rights: Rights, statements: list[Mapping[str, Any]]) -> None:
    assert json.loads(instance_policy(US_EAST_1, rights)) == {"Version": "2012-10-17", "Statement": statements}


def test_rights_that_hold_nothing_have_no_document() -> None:
    with pytest.raises(ValueError, match="hold nothing"):
        instance_policy(US_EAST_1, NO_RIGHTS)


@pytest.mark.parametrize(
    ("prefix", "objects"),
    [
        pytest.param("", "arn:aws:s3:::logs/*", id="no prefix"),
        pytest.param("/", "arn:aws:s3:::logs/*", id="a slash"),
        pytest.param("prod", "arn:aws:s3:::logs/prod/*", id="a prefix"),
        pytest.param("prod/", "arn:aws:s3:::logs/prod/*", id="a prefix that ends in a slash"),
    ],
)
def test_logs_go_below_their_prefix_alone(prefix: str, objects: str) -> None:
    document = instance_policy(US_EAST_1, only(bucket="logs", bucket_prefix=prefix))

    assert json.loads(document)["Statement"][0]["Resource"] == [objects]


# All resources of AWS's or of the account's own that a document with everything names, in China and in GovCloud.
IN_CHINA = [
    "*",
    "arn:aws-cn:ec2:cn-north-1:123456789012:instance/*",
    "arn:aws-cn:s3:::amazon-ssm-cn-north-1/*",
    "arn:aws-cn:s3:::aws-ssm-cn-north-1/*",
    "arn:aws-cn:s3:::aws-ssm-document-attachments-cn-north-1/*",
    "arn:aws-cn:s3:::aws-windows-downloads-cn-north-1/*",
    "arn:aws-cn:s3:::cn-north-1-birdwatcher-prod/*",
    "arn:aws-cn:s3:::logs",
    "arn:aws-cn:s3:::logs/sessions/prod/*",
    "arn:aws-cn:s3:::patch-baseline-snapshot-cn-north-1/*",
    "arn:aws-cn:ssm:cn-north-1:123456789012:association/*",
    "arn:aws-cn:ssm:cn-north-1:123456789012:document/*",
    "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/agents/web",
    "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/motd",
    "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/motd/*",
    "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/web/prod",
    "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/web/prod/*",
    "arn:aws-cn:ssm:cn-north-1::document/*",
]
IN_GOVCLOUD = [
    "*",
    "arn:aws-us-gov:ec2:us-gov-west-1:123456789012:instance/*",
    "arn:aws-us-gov:s3:::amazon-ssm-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::aws-ssm-document-attachments-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::aws-ssm-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::aws-windows-downloads-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::logs",
    "arn:aws-us-gov:s3:::logs/sessions/prod/*",
    "arn:aws-us-gov:s3:::patch-baseline-snapshot-us-gov-west-1/*",
    "arn:aws-us-gov:s3:::us-gov-west-1-birdwatcher-prod/*",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:association/*",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:document/*",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/agents/web",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/motd",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/motd/*",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/web/prod",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/web/prod/*",
    "arn:aws-us-gov:ssm:us-gov-west-1::document/*",
]
# These come from elsewhere, with the partition that they have there.
GIVEN = {BUCKET_KEY, SESSION_KEY, f"{LOG_GROUP}:*"}


@pytest.mark.parametrize(
    ("region", "resources"),
    [
        pytest.param(CN_NORTH_1, IN_CHINA, id="China"),
        pytest.param(US_GOV_WEST_1, IN_GOVCLOUD, id="GovCloud"),
    ],
)
def test_every_partition_has_its_own_arns(region: Region, resources: list[str]) -> None:
    statements = json.loads(instance_policy(region, EVERYTHING))["Statement"]

    assert sorted({one for statement in statements for one in statement["Resource"]} - GIVEN) == resources
    assert [one["Sid"] for one in statements if one["Sid"] != "SessionLogsToS3Region"] == [
        one["Sid"] for one in json.loads(instance_policy(US_EAST_1, EVERYTHING))["Statement"]
    ]


# What an instance asks AWS for, in its feature's name; and the neighbours that it must not get.
OWN = "arn:aws:ec2:us-east-1:123456789012:instance/i-1"
STREAM = f"{LOG_GROUP}:log-stream:someone-0abc"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter"
LOGGED = only(bucket="logs", bucket_prefix="prod", bucket_key_arn=BUCKET_KEY, log_group_arn=LOG_GROUP)
READING = only(parameter_paths=("/web",), report_parameter="/agents/web")


@pytest.mark.parametrize(
    ("rights", "action", "resource", "allowed"),
    [
        pytest.param(Rights(), "ssm:UpdateInstanceInformation", OWN, True, id="register"),
        pytest.param(
            Rights(),
            "ssm:UpdateInstanceInformation",
            "arn:aws:ssm:us-east-1:123456789012:managed-instance/mi-1",
            False,
            id="register as a machine outside EC2",
        ),
        pytest.param(Rights(), "ssmmessages:OpenDataChannel", "*", True, id="open a channel"),
        pytest.param(Rights(), "ssm:SendCommand", OWN, False, id="command others"),
        pytest.param(Rights(), "ssm:StartSession", OWN, False, id="open a session to others"),
        pytest.param(Rights(), "ssm:GetParameter", f"{PARAMETER}/web", False, id="read a parameter"),
        pytest.param(NO_RIGHTS, "ssm:UpdateInstanceInformation", OWN, False, id="register under host management"),
        pytest.param(LOGGED, "s3:PutObject", "arn:aws:s3:::logs/prod/a.log", True, id="write a log"),
        pytest.param(LOGGED, "s3:PutObject", "arn:aws:s3:::logs/dev/a.log", False, id="write to another prefix"),
        pytest.param(LOGGED, "s3:PutObject", "arn:aws:s3:::other/prod/a.log", False, id="write to another bucket"),
        pytest.param(LOGGED, "s3:GetObject", "arn:aws:s3:::logs/prod/a.log", False, id="read a log"),
        pytest.param(LOGGED, "s3:DeleteObject", "arn:aws:s3:::logs/prod/a.log", False, id="delete a log"),
        pytest.param(LOGGED, "s3:GetEncryptionConfiguration", "arn:aws:s3:::logs", True, id="ask for encryption"),
        pytest.param(LOGGED, "s3:GetEncryptionConfiguration", "arn:aws:s3:::other", False, id="ask another bucket"),
        pytest.param(LOGGED, "kms:GenerateDataKey", BUCKET_KEY, True, id="encrypt a log"),
        pytest.param(LOGGED, "kms:Decrypt", BUCKET_KEY, True, id="join the parts of a long log"),
        pytest.param(LOGGED, "kms:Decrypt", SESSION_KEY, False, id="decrypt with another key"),
        pytest.param(LOGGED, "logs:PutLogEvents", STREAM, True, id="stream a log"),
        pytest.param(LOGGED, "logs:CreateLogStream", STREAM, True, id="begin a stream"),
        pytest.param(LOGGED, "logs:DescribeLogStreams", f"{LOG_GROUP}:log-stream:", True, id="look for a stream"),
        pytest.param(LOGGED, "logs:PutLogEvents", f"{LOG_GROUP}-2:log-stream:a", False, id="stream elsewhere"),
        pytest.param(LOGGED, "logs:GetLogEvents", STREAM, False, id="read a stream"),
        pytest.param(LOGGED, "logs:CreateLogGroup", LOG_GROUP, False, id="make a group"),
        pytest.param(only(session_key_arn=SESSION_KEY), "kms:Decrypt", SESSION_KEY, True, id="decrypt a session"),
        pytest.param(only(session_key_arn=SESSION_KEY), "kms:Encrypt", SESSION_KEY, False, id="encrypt anything"),
        pytest.param(
            EVERYTHING,
            "ssm:GetDocument",
            "arn:aws:ssm:us-east-1::document/AWS-RunShellScript",
            True,
            id="a document of AWS's",
        ),
        pytest.param(
            EVERYTHING,
            "ssm:GetDocument",
            "arn:aws:ssm:us-east-1:999999999999:document/Theirs",
            False,
            id="a document of a stranger's",
        ),
        pytest.param(EVERYTHING, "ssm:PutComplianceItems", OWN, True, id="say whether it complies"),
        pytest.param(EVERYTHING, "ssm:SendCommand", OWN, False, id="command others, with everything"),
        pytest.param(EVERYTHING, "s3:GetObject", "arn:aws:s3:::amazon-ssm-us-east-1/a", True, id="fetch an agent"),
        pytest.param(EVERYTHING, "s3:GetObject", "arn:aws:s3:::amazon-ssm-eu-west-1/a", False, id="in another Region"),
        pytest.param(READING, "ssm:GetParameter", f"{PARAMETER}/web", True, id="read the path itself"),
        pytest.param(READING, "ssm:GetParameter", f"{PARAMETER}/web/db/user", True, id="read below the path"),
        pytest.param(READING, "ssm:GetParametersByPath", f"{PARAMETER}/web/", True, id="read the path as a folder"),
        pytest.param(READING, "ssm:GetParameter", f"{PARAMETER}/website", False, id="read a path that begins alike"),
        pytest.param(READING, "ssm:PutParameter", f"{PARAMETER}/agents/web", True, id="report"),
        pytest.param(READING, "ssm:PutParameter", f"{PARAMETER}/agents/web2", False, id="report as another"),
        pytest.param(READING, "ssm:PutParameter", f"{PARAMETER}/web/db", False, id="change what it reads"),
        pytest.param(READING, "ssm:GetParameter", f"{PARAMETER}/agents/web", False, id="read what it reports"),
    ],
)
def test_a_request_is(rights: Rights, action: str, resource: str, allowed: bool) -> None:  # noqa: FBT001 - a verdict
    # A role without a policy may do nothing.
    policy = instance_policy(US_EAST_1, rights) if rights != NO_RIGHTS else '{"Statement": []}'

    assert permits(policy, action, resource) is allowed


def actions_of(*rights: Rights) -> set[str]:
    documents = [json.loads(instance_policy(US_EAST_1, one)) for one in rights]
    return {action for document in documents for one in document["Statement"] for action in one["Action"]}


def published(policy: str) -> set[str]:
    """The actions of a policy of AWS's, as moto has copied it."""
    document = json.loads(aws_managed_policies_data)[policy]["Document"]
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_everything_that_aws_lets_an_instance_do_is_here_but_the_reading_of_every_parameter() -> None:
    core = actions_of(Rights(run_command=True, patching=True, ec2messages=True)) - {"s3:GetObject"}

    assert core == published("AmazonSSMManagedInstanceCore") - {"ssm:GetParameter", "ssm:GetParameters"}
    assert core == published("AmazonSSMManagedEC2InstanceDefaultPolicy")


def test_logging_needs_what_the_user_guide_lists() -> None:
    # "Creating an instance profile with permissions for Session Manager and Amazon S3 and CloudWatch Logs".
    listed = {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "s3:PutObject",
        "s3:GetEncryptionConfiguration",
        "kms:GenerateDataKey",
    }

    assert actions_of(LOGGED) == listed | {"kms:Decrypt"}


# Defects of other systems that do the same.


def test_the_list_of_log_groups_is_not_limited_to_one() -> None:
    for group in (f"{LOG_GROUP}:log-stream:", "arn:aws:logs:us-east-1:123456789012:log-group::log-stream:"):
        assert permits(instance_policy(US_EAST_1, LOGGED), "logs:DescribeLogGroups", group)


def test_the_role_may_decrypt_with_the_key_of_sessions() -> None:
    policy = instance_policy(US_EAST_1, Rights(session_key_arn=SESSION_KEY))

    assert permits(policy, "kms:Decrypt", SESSION_KEY)


# Service Authorization Reference: actions of ours that have no resource type, and the one that has but hangs.
KNOWS_NO_RESOURCE = {
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "logs:DescribeLogGroups",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetManifest",
    "ssm:ListAssociations",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}

names = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True)
keys = st.uuids().map(lambda uuid: f"arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/{uuid}")
groups = st.from_regex(r"[a-zA-Z0-9_/.#-]{1,512}", fullmatch=True).map(
    lambda name: f"arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:{name}"
)
paths = st.from_regex(r"(/[b-rt-z][a-zA-Z0-9_.-]{0,40}){1,5}", fullmatch=True)
any_rights = st.builds(
    Rights,
    sessions=st.booleans(),
    bucket=st.none() | names,
    bucket_prefix=st.just("") | names,
    bucket_key_arn=st.none() | keys,
    log_group_arn=st.none() | groups,
    session_key_arn=st.none() | keys,
    run_command=st.booleans(),
    patching=st.booleans(),
    agent_update=st.booleans(),
    ec2messages=st.booleans(),
    parameter_paths=st.lists(paths, max_size=5),
    report_parameter=st.none() | paths,
)
regions = st.sampled_from([US_EAST_1, CN_NORTH_1, US_GOV_WEST_1])


@given(regions, any_rights)
def test_any_features_give_a_policy_that_iam_takes(region: Region, rights: Rights) -> None:
    try:
        text = instance_policy(region, rights)
    except ValueError:
        assert not rights.sessions
        assert [rights.bucket, rights.log_group_arn, rights.session_key_arn, rights.report_parameter] == [None] * 4
        return
    statements = json.loads(text)["Statement"]
    sids = [statement["Sid"] for statement in statements]

    assert len(sids) == len(set(sids))
    assert all(sid.isalnum() for sid in sids)
    assert len(text) <= 10_240  # of all inline policies of a role
    for statement in statements:
        assert statement["Effect"] == "Allow"
        assert statement["Action"]
        assert statement["Resource"]
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= KNOWS_NO_RESOURCE


BAD_NAME = (
    "this is no name of a parameter of this account. Use letters, digits and . - _ with / between the levels, and "
    "neither aws nor ssm at the start; for example /web/prod."
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("/web/*", id="a wildcard"),
        pytest.param("/web/?", id="a wildcard of one character"),
        pytest.param("/${aws:username}", id="a variable of IAM's"),
        pytest.param("/", id="the whole store"),
        pytest.param("", id="nothing"),
        pytest.param("/web/", id="a slash at the end"),
        pytest.param("//web", id="two slashes"),
        pytest.param("/web prod", id="a blank"),
        pytest.param("/web\n", id="a line's end"),
        pytest.param("/aws/service/ami-amazon-linux-latest", id="AWS's own"),
        pytest.param("/AWS", id="all of AWS's own"),
        pytest.param("arn:aws:ssm:us-east-1:123456789012:parameter/web", id="an ARN"),
    ],
)
class TestNamesOfParameters:
    def test_a_path_that_means_another_resource_is_refused(self, name: str) -> None:
        with pytest.raises(ConfigError) as caught:
            Rights(parameter_paths=("/web", name))

        assert str(caught.value) == f"ssm-only:parameterPaths[1] is {name!r}: {BAD_NAME}"

    def test_so_is_such_a_name_of_the_report(self, name: str) -> None:
        with pytest.raises(ConfigError) as caught:
            Rights(report_parameter=name)

        assert str(caught.value) == f"ssm-only:bootReport is {name!r}: {BAD_NAME}"


@pytest.mark.parametrize("name", ["web", "/web", "/web/awsome/x", "/web/aws/x", "/web/ssm", "a.b-c_D/9"])
def test_names_that_aws_takes_are_taken(name: str) -> None:
    assert Rights(parameter_paths=(name,), report_parameter=name).report_parameter == name


def test_needs_become_rights_once_their_names_are_known() -> None:
    known: list[Rights] = []

    def program() -> None:
        needs = SessionNeeds(
            bucket=pulumi.Output.from_input("logs"),
            bucket_prefix="prod",
            bucket_key_arn=pulumi.Output.from_input(BUCKET_KEY),
            log_group_arn=LOG_GROUP,
            session_key_arn=pulumi.Output.from_input(SESSION_KEY),
        )
        with_needs(Rights(run_command=True), needs).apply(known.append)
        with_needs(NO_RIGHTS, NO_NEEDS).apply(known.append)

    deploy(program)

    assert known == [
        Rights(
            bucket="logs",
            bucket_prefix="prod",
            bucket_key_arn=BUCKET_KEY,
            log_group_arn=LOG_GROUP,
            session_key_arn=SESSION_KEY,
            run_command=True,
        ),
        NO_RIGHTS,
    ]


@pytest.mark.parametrize(
    ("needs", "empty"),
    [
        pytest.param(NO_NEEDS, True, id="none"),
        pytest.param(SessionNeeds(bucket_prefix="prod"), True, id="a prefix without a bucket"),
        pytest.param(SessionNeeds(bucket="logs"), False, id="a bucket"),
        pytest.param(SessionNeeds(log_group_arn=LOG_GROUP), False, id="a log group"),
        pytest.param(SessionNeeds(session_key_arn=SESSION_KEY), False, id="a key"),
    ],
)
def test_needs_are_empty(needs: SessionNeeds, empty: bool) -> None:  # noqa: FBT001 - a verdict
    assert needs.is_empty is empty


@pytest.mark.parametrize(
    ("paths", "fits"),
    [
        pytest.param(0, True, id="none"),
        pytest.param(85, True, id="the most that IAM takes"),
        pytest.param(86, False, id="one more"),
    ],
)
def test_a_policy_fits_into_iams_quota(paths: int, fits: bool) -> None:  # noqa: FBT001 - a verdict
    rights = Rights(parameter_paths=[f"/shop/{number:03}" for number in range(paths)])
    length = len(instance_policy(US_EAST_1, rights))

    assert (length <= 10_240) is fits
    if fits:
        require_fits(US_EAST_1, rights)
        return
    with pytest.raises(ConfigError) as caught:
        require_fits(US_EAST_1, rights)
    assert str(caught.value) == (
        f"ssm-only:parameterPaths is '86 paths': the instances' policy would have {length} characters, and IAM takes "
        "10240. Use fewer or shorter paths, for example one that they have in common."
    )


def test_no_policy_fits_too() -> None:
    require_fits(US_EAST_1, NO_RIGHTS)
