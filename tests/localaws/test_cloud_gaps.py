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
from moto.iam.responses import IamResponse
from moto.ssm.responses import SimpleSystemManagerResponse

from localaws import cloud_gaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_iam import IAMClient
    from mypy_boto3_ssm import SSMClient

GAPS = (
    (SimpleSystemManagerResponse, "describe_instance_information"),
    (SimpleSystemManagerResponse, "get_service_setting"),
    (SimpleSystemManagerResponse, "update_service_setting"),
    (SimpleSystemManagerResponse, "reset_service_setting"),
    (IamResponse, "simulate_principal_policy"),
)
# A moto that has one of them makes ours wrong, or needless.
ALREADY_IN_MOTO = [name for response, name in GAPS if hasattr(response, name)]
SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"


@pytest.fixture(autouse=True)
def filled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Put back afterwards: this process's moto serves other tests too.
    for response, name in GAPS:
        monkeypatch.setattr(response, name, None, raising=False)
    monkeypatch.setattr("moto.ec2.responses.instances.parse_user_data", parse_user_data)
    monkeypatch.setattr(cloud_gaps, "_SET", {})
    cloud_gaps.fill()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


@pytest.fixture
def ssm() -> SSMClient:
    return boto3.client("ssm", region_name="us-east-1")


@pytest.fixture
def iam() -> IAMClient:
    return boto3.client("iam", region_name="us-east-1")


def test_moto_still_lacks_them() -> None:
    assert ALREADY_IN_MOTO == []


def test_no_machine_ever_registered(ssm: SSMClient) -> None:
    asked = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}])

    assert asked["InstanceInformationList"] == []
    assert "NextToken" not in asked


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
def test_user_data_is_changed_as_it_was_set(content: bytes) -> None:
    ec2 = boto3.client("ec2", region_name="us-east-1")
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
