"""Flow logs: what a person says of them, who may write them, and what is made."""

import dataclasses
import json
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.network.flow_logs import FlowLogs, LogTarget, Traffic, delivery_policy, read_flow_logs, trust_policy
from components.network.network import SsmNetwork
from components.network.routes import Variant
from tests.components.evaluator import Request, allows
from tests.components.graph import CN_NORTH_1, LOG_GROUP, ROLE, ROLE_POLICY, US_EAST_1, Graph, deploy
from tests.components.network.test_network import network

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
BUCKET = "arn:aws:s3:::flow-logs"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GROUP = "/ssm-only/test/net-flow-logs"


def read(**given: object) -> FlowLogs:
    return read_flow_logs("flowLogs", json.dumps(given))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"to": "cloudwatch"}, FlowLogs(), id="a log group, and what was refused"),
        pytest.param(
            {"to": "cloudwatch", "traffic": "all", "retentionDays": 30, "key": KEY},
            FlowLogs(traffic=Traffic.ALL, retention_days=30, key=KEY),
            id="all of a log group",
        ),
        pytest.param(
            {"to": "s3", "bucket": f"{BUCKET}/vpc", "traffic": "accept"},
            FlowLogs(to=LogTarget.S3, bucket=f"{BUCKET}/vpc", traffic=Traffic.ACCEPT),
            id="a folder of a bucket",
        ),
    ],
)
def test_what_is_read(given: dict[str, object], expected: FlowLogs) -> None:
    assert read(**given) == expected


@pytest.mark.parametrize(
    ("given", "key", "advice"),
    [
        pytest.param({"to": "kinesis"}, "to", "use one of cloudwatch, s3", id="another service"),
        pytest.param({"traffic": "REJECT"}, "traffic", "use one of reject, accept, all", id="capitals"),
        pytest.param({"retentionDays": 31}, "retentionDays", "CloudWatch Logs takes one of 1, 3", id="31 days"),
        pytest.param({"retentionDays": True}, "retentionDays", "CloudWatch Logs takes one of", id="true is no number"),
        pytest.param({"key": "alias/logs"}, "key", "use the ARN of a KMS key", id="an alias"),
        pytest.param({"to": "s3"}, "to", "flowLogs.bucket is its ARN", id="no bucket"),
        pytest.param({"to": "s3", "bucket": "flow-logs"}, "bucket", "use the ARN of a bucket", id="a bucket's name"),
        pytest.param({"to": "s3", "bucket": f"{BUCKET}/AWSLogs/x"}, "bucket", "keeps the folder", id="AWS's folder"),
        pytest.param({"bucket": BUCKET}, "bucket", "Set it to s3", id="a bucket, and no s3"),
        pytest.param({"to": "s3", "bucket": BUCKET, "retentionDays": 30}, "retentionDays", "your own", id="its days"),
        pytest.param({"to": "s3", "bucket": BUCKET, "key": KEY}, "key", "your own", id="its key"),
        pytest.param({"retention": 30}, "retention", "Did you mean retentionDays?", id="a misspelt key"),
    ],
)
def test_what_is_refused(given: dict[str, object], key: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(**given)

    assert str(caught.value).startswith(f"ssm-only:flowLogs.{key} is ")
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        pytest.param("logs:PutLogEvents", f"{GROUP}:log-stream:eni-1-all", True, id="a line into the group"),
        pytest.param("logs:CreateLogStream", f"{GROUP}:log-stream:eni-1-all", True, id="a stream in it"),
        pytest.param("logs:DescribeLogStreams", f"{GROUP}:*", True, id="to look at its streams"),
        pytest.param("logs:DescribeLogGroups", "*", True, id="to look for the group"),
        pytest.param("logs:PutLogEvents", "/ssm-only/test/main:log-stream:x", False, id="a line among the sessions'"),
        pytest.param("logs:PutLogEvents", f"{GROUP}-2:log-stream:x", False, id="a line into one that begins alike"),
        pytest.param("logs:CreateLogGroup", f"{GROUP}:*", False, id="another group"),
        pytest.param("logs:DeleteLogGroup", f"{GROUP}:*", False, id="to delete it"),
        pytest.param("logs:GetLogEvents", f"{GROUP}:log-stream:eni-1-all", False, id="to read"),
    ],
)
def test_who_writes_may_do_nothing_else(action: str, resource: str, *, allowed: bool) -> None:
    arn = US_EAST_1.arn("logs", f"log-group:{resource}")

    assert allows(delivery_policy(US_EAST_1, GROUP), Request(action=action, resource=arn)) is allowed


@pytest.mark.parametrize(
    ("account", "source", "allowed"),
    [
        pytest.param("123456789012", "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/fl-1", True, id="this account's"),
        pytest.param("999999999999", "arn:aws:ec2:us-east-1:999999999999:vpc-flow-log/fl-1", False, id="another's"),
        pytest.param("123456789012", "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/fl-1", False, id="elsewhere"),
        pytest.param("123456789012", "arn:aws:ec2:us-east-1:123456789012:instance/i-1", False, id="no flow log"),
    ],
)
def test_the_service_takes_the_role_for_this_accounts_flow_logs(account: str, source: str, *, allowed: bool) -> None:
    text = trust_policy(US_EAST_1)
    asked = Request(
        action="sts:AssumeRole",
        principal="vpc-flow-logs.amazonaws.com",
        context={"aws:SourceAccount": account, "aws:SourceArn": source},
    )

    assert allows(text, asked) is allowed
    assert not allows(text, dataclasses.replace(asked, principal="ec2.amazonaws.com"))


def test_documents_are_those_of_the_partition() -> None:
    assert "arn:aws-cn:ec2:cn-north-1:123456789012:vpc-flow-log/*" in trust_policy(CN_NORTH_1)
    assert 'vpc-flow-logs.amazonaws.com"' in trust_policy(CN_NORTH_1), "as it is everywhere"
    assert "arn:aws-cn:logs:cn-north-1:" in delivery_policy(CN_NORTH_1, GROUP)


def deploy_logged(wanted: FlowLogs, **changed: Any) -> Graph:
    return deploy(lambda: SsmNetwork("net", network(Variant.PRIVATELINK, flow_logs=wanted, **changed)))


def test_a_log_group_with_a_role_of_its_own() -> None:
    graph = deploy_logged(FlowLogs(traffic=Traffic.ALL, key=KEY), permissions_boundary="boundary")
    flow_log = graph.one(FLOW_LOG, "net-flow-logs")

    assert flow_log.inputs == {
        "vpcId": "net-vpc-id",
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": "net-flow-logs-arn",
        "iamRoleArn": "net-flow-logs-arn",
        "tags": {"team": "platform", "Name": "net-flow-logs"},
    }
    group, role = graph.of(LOG_GROUP)["net-flow-logs"], graph.of(ROLE)["net-flow-logs"]
    assert (group["name"], group["retentionInDays"], group["kmsKeyId"]) == (GROUP, 90, KEY)
    assert (role["assumeRolePolicy"], role["permissionsBoundary"]) == (trust_policy(US_EAST_1), "boundary")
    assert graph.of(ROLE_POLICY)["net-flow-logs"]["policy"] == delivery_policy(US_EAST_1, GROUP)
    assert (ROLE_POLICY, "net-flow-logs") in graph.made_before(flow_log)


def test_days_are_those_that_are_said() -> None:
    assert deploy_logged(FlowLogs(retention_days=7)).of(LOG_GROUP)["net-flow-logs"]["retentionInDays"] == 7


def test_a_bucket_of_ones_own_needs_no_role() -> None:
    graph = deploy_logged(FlowLogs(to=LogTarget.S3, bucket=BUCKET))

    assert graph.of(FLOW_LOG)["net-flow-logs"] == {
        "vpcId": "net-vpc-id",
        "trafficType": "REJECT",
        "logDestinationType": "s3",
        "logDestination": BUCKET,
        "tags": {"team": "platform", "Name": "net-flow-logs"},
    }
    assert graph.of(LOG_GROUP) == graph.of(ROLE) == {}
