"""What an endpoint's policy does with a call, by its text."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.network.existing.policies import FULL_ACCESS, Call, Verdict, judge, judge_all

LETS, STOPS, UNKNOWN = Verdict.LETS, Verdict.STOPS, Verdict.UNKNOWN
ACCOUNT = "123456789012"
UPDATE = Call(action="ssm:UpdateInstanceInformation", account=ACCOUNT)
GET = Call(action="s3:GetObject", resource="arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*")
PUT = Call(action="s3:PutObject", resource="arn:aws:s3:::logs/web/*", account=ACCOUNT, names_account=False)


def allow(**changed: Any) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **changed}


def deny(**changed: Any) -> Mapping[str, Any]:
    return {**allow(**changed), "Effect": "Deny"}


def only(key: str, *values: str, operator: str = "StringEquals") -> Mapping[str, Any]:
    return {operator: {key: list(values)}}


@pytest.mark.parametrize(
    ("statements", "call", "verdict"),
    [
        pytest.param([allow()], UPDATE, LETS, id="everything"),
        pytest.param([], UPDATE, STOPS, id="nothing"),
        pytest.param([allow(Action="ssm:*")], UPDATE, LETS, id="all actions of the service"),
        pytest.param([allow(Action=["SSM:updateinstanceinformation"])], UPDATE, LETS, id="in other letters"),
        pytest.param([allow(Action="ssm:Get*")], UPDATE, STOPS, id="other actions"),
        pytest.param([allow(Principal={"AWS": "*"})], UPDATE, LETS, id="any principal, the long way"),
        pytest.param([allow(Principal={"AWS": ACCOUNT})], UPDATE, LETS, id="our account"),
        pytest.param([allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})], UPDATE, LETS, id="our account's ARN"),
        pytest.param([allow(Principal={"AWS": "210987654321"})], UPDATE, STOPS, id="another account"),
        pytest.param([allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"})], UPDATE, STOPS, id="another role"),
        pytest.param([allow(Principal={"AWS": ACCOUNT})], PUT, STOPS, id="to a gateway that is the root user"),
        pytest.param([allow(), deny(Action="ssm:Update*")], UPDATE, STOPS, id="denied"),
        pytest.param([allow(), deny(Action="ssm:Put*")], UPDATE, LETS, id="another is denied"),
        pytest.param(
            [allow(), deny(Condition=only("aws:SourceVpc", "vpc-2"))], UPDATE, UNKNOWN, id="denied under a condition"
        ),
        pytest.param([allow(Condition=only("aws:PrincipalOrgID", "o-1"))], UPDATE, UNKNOWN, id="under a condition"),
        pytest.param(
            [allow(Condition=only("aws:PrincipalAccount", ACCOUNT))], UPDATE, LETS, id="our account's principals"
        ),
        pytest.param([allow(Condition=only("AWS:principalaccount", "210987654321"))], UPDATE, STOPS, id="another's"),
        pytest.param(
            [allow(), deny(Condition=only("aws:PrincipalAccount", ACCOUNT, operator="StringNotEquals"))],
            UPDATE,
            LETS,
            id="others' are denied",
        ),
        pytest.param(
            [allow(), deny(Condition=only("aws:PrincipalAccount", "210987654321", operator="StringNotEquals"))],
            UPDATE,
            STOPS,
            id="all but another's are denied",
        ),
        pytest.param([allow(Condition=only("aws:PrincipalAccount", ACCOUNT))], GET, STOPS, id="nobody signs it"),
        pytest.param([allow(NotAction="s3:*")], UPDATE, LETS, id="all but another service"),
        pytest.param([allow(NotAction="ssm:*")], UPDATE, STOPS, id="all but this service"),
        pytest.param([allow(NotPrincipal={"AWS": "*"})], UPDATE, UNKNOWN, id="not a principal"),
        pytest.param([allow(Resource="arn:aws:s3:::al2023-repos-*")], GET, LETS, id="a pattern for the bucket"),
        pytest.param([allow(Resource="arn:aws:s3:::other/*")], GET, STOPS, id="another bucket"),
        pytest.param([allow(Resource="arn:aws:s3:::logs/web/i-1/*")], PUT, UNKNOWN, id="a part of the objects"),
        pytest.param([allow(), deny(NotResource="arn:aws:s3:::logs/*")], PUT, LETS, id="all other buckets are denied"),
        pytest.param(
            [allow(), deny(NotResource="arn:aws:s3:::x/*")], PUT, STOPS, id="all buckets but another are denied"
        ),
    ],
)
def test_a_policy(statements: list[Any], call: Call, verdict: Verdict) -> None:
    assert judge(json.dumps({"Version": "2012-10-17", "Statement": statements}), call) is verdict


def test_a_statement_may_stand_alone_and_a_policy_be_missing() -> None:
    assert judge(json.dumps({"Statement": allow()}), UPDATE) is LETS
    assert judge("", UPDATE) is judge(FULL_ACCESS, UPDATE) is LETS


def test_calls_are_sorted_by_their_verdict() -> None:
    other = Call(action="ssm:GetParameter", account=ACCOUNT)

    judged = judge_all(json.dumps({"Statement": allow(Action="ssm:Get*")}), [UPDATE, other])

    assert judged == {LETS: [other], STOPS: [UPDATE], UNKNOWN: []}
