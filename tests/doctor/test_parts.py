"""The small planners: policies of endpoints, name servers and zones, the preferences document."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor import endpoints, names, policies, preferences
from doctor.facts import HostedZone, Session
from doctor.preferences import Preferences
from tests.doctor.world import privatelink

ROOT = Path(__file__).resolve().parent.parent.parent
REGISTER = "ssm:UpdateInstanceInformation"


def statement(effect: str = "Allow", **keys: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", **keys}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([statement()], True, id="AWS's own policy"),
        pytest.param(statement(), True, id="one statement, not in a list"),
        pytest.param([statement(Action=["ssm:*"])], True, id="the service"),
        pytest.param([statement(Action="SSM:updateinstance*")], True, id="in another case, by a pattern"),
        pytest.param([statement(Action="ssm:UpdateInstanceInformatio?")], True, id="a single letter"),
        pytest.param([statement(Action="ssm:GetParameter")], False, id="another action"),
        pytest.param([statement(Action="ssm.UpdateInstanceInformation")], False, id="a dot is no colon"),
        pytest.param([statement(Action="ssm:UpdateInstance")], False, id="a beginning is not all"),
        pytest.param([], False, id="nothing"),
        pytest.param([statement(NotAction="ssm:Get*")], True, id="all but others"),
        pytest.param([{"Effect": "Allow", "NotAction": "ssm:*"}], False, id="all but the service"),
        pytest.param([statement(Principal={"AWS": "123456789012"})], True, id="a principal, taken to fit"),
        pytest.param([statement(Condition={"StringEquals": {}})], True, id="a condition, taken to fit"),
        pytest.param([statement(), statement("Deny")], False, id="denied to everybody"),
        pytest.param([statement(), statement("Deny", Principal={"AWS": ["*"]})], False, id="denied in other words"),
        pytest.param([statement(), statement("Deny", Principal={"AWS": "1"})], True, id="denied to somebody"),
        pytest.param(
            [statement(), statement("Deny", Condition={"Bool": {"aws:ViaAWSService": "true"}})],
            True,
            id="denied on a condition",
        ),
        pytest.param(
            [statement(), statement("Deny", Condition={})], False, id="denied on a condition that asks nothing"
        ),
        pytest.param([statement(), statement("Deny", Resource="arn:x")], True, id="denied on something"),
        pytest.param([statement(), statement("Deny", Action="ssm:Get*")], True, id="another action is denied"),
    ],
)
def test_what_a_policy_lets_through(statements: Any, *, expected: bool) -> None:
    assert policies.allows(json.dumps({"Statement": statements}), REGISTER) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["*", "Allow", "Deny", "ssm:*", "Statement"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Statement", "Effect", "Action", "NotAction", "Principal", "Resource", "inputs", "kmsKeyId"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(value=JSON)
def test_any_policy_has_a_verdict(value: Any) -> None:
    assert policies.allows(json.dumps(value), REGISTER) in (True, False)


@pytest.mark.parametrize("text", ["", "{", "7", "[]", "[" * 100_000])
def test_a_policy_that_can_not_be_read_lets_pass(text: str) -> None:
    assert policies.allows(text, REGISTER)


def options(*servers: str) -> Any:
    values = [{"Value": one} for one in servers]
    return [{"DhcpConfigurations": [{"Key": "domain-name-servers", "Values": values}, {"Key": "ntp-servers"}]}]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        pytest.param(["AmazonProvidedDNS"], [], id="AWS's own"),
        pytest.param(["169.254.169.253"], [], id="its address in every VPC"),
        pytest.param(["10.0.0.2"], [], id="its address in this VPC"),
        pytest.param(["10.9.0.7", "10.0.0.2"], [], id="beside another one"),
        pytest.param(["10.9.0.7", "10.9.0.8"], ["10.9.0.7", "10.9.0.8"], id="others"),
        pytest.param([], [], id="none is named"),
    ],
)
def test_name_servers_that_are_not_the_vpcs_own(servers: list[str], expected: list[str]) -> None:
    assert list(names.foreign_servers({"CidrBlock": "10.0.0.0/16"}, options(*servers))) == expected
    assert list(names.foreign_servers({"CidrBlock": "10.0.0.0/16"}, [])) == []


@pytest.mark.parametrize(
    ("zone", "region", "expected"),
    [
        pytest.param("ssm.eu-west-1.amazonaws.com.", "eu-west-1", True, id="the service's name"),
        pytest.param("SSM.eu-west-1.amazonaws.com", "eu-west-1", True, id="in capitals, without a dot"),
        pytest.param("eu-west-1.amazonaws.com.", "eu-west-1", True, id="the Region's"),
        pytest.param("ssm.cn-north-1.amazonaws.com.cn.", "cn-north-1", True, id="China's, in China"),
        pytest.param("ssm.cn-north-1.amazonaws.com.", "cn-north-1", False, id="the others', in China"),
        pytest.param("ssmmessages.eu-west-1.amazonaws.com.", "eu-west-1", False, id="another service's"),
        pytest.param("m.eu-west-1.amazonaws.com.", "eu-west-1", False, id="another one's, by its end"),
        pytest.param("ssm.us-east-1.amazonaws.com.", "eu-west-1", False, id="another Region's"),
        pytest.param("a.ssm.eu-west-1.amazonaws.com.", "eu-west-1", False, id="a name below"),
        pytest.param("example.com.", "eu-west-1", False, id="somebody's own"),
    ],
)
def test_zones_that_answer_for_a_service(zone: str, region: str, *, expected: bool) -> None:
    session = replace(privatelink(), preferences={}).session_facts().session
    assert isinstance(session, Session)

    assert (
        endpoints.zoned(
            replace(session.network, zones=[HostedZone(id="Z1", name=zone, records=())], region=region), "ssm"
        )
        == expected
    )


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param({}, Preferences(), id="nothing"),
        pytest.param({"kmsKeyId": "", "s3BucketName": "", "cloudWatchLogGroupName": ""}, Preferences(), id="empty"),
        pytest.param(
            {"kmsKeyId": "k", "s3BucketName": "b", "s3EncryptionEnabled": True, "cloudWatchLogGroupName": "g"},
            Preferences(key="k", bucket="b", log_group="g"),
            id="all",
        ),
        pytest.param({"s3BucketName": "b", "s3EncryptionEnabled": "true"}, Preferences(bucket="b"), id="as text"),
        pytest.param({"s3BucketName": "b", "s3EncryptionEnabled": False}, Preferences(), id="any bucket will do"),
        pytest.param({"kmsKeyId": 7}, Preferences(), id="of another kind"),
    ],
)
def test_what_the_preferences_say(inputs: Any, expected: Preferences) -> None:
    assert preferences.read(json.dumps({"schemaVersion": "1.0", "inputs": inputs})) == expected


@given(value=JSON)
def test_any_document_is_read_or_refused(value: Any) -> None:
    try:
        preferences.read(json.dumps(value))
    except ValueError:
        return
    assert isinstance(value["inputs"], dict)


def test_the_requirements_are_those_of_the_group() -> None:
    """`pip install -r` and `make lock` see the same versions. No reader of TOML before Python 3.11."""
    (group,) = re.findall(r"^doctor = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)
    lines = (ROOT / "requirements-doctor.txt").read_text().splitlines()

    assert [line for line in lines if not line.startswith("#")] == re.findall(r'"(\S+)"', group)
