"""Operators' access on the real engine: AWS itself is asked who got what, and it lets in and keeps out."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.engine.embedded import PROGRAMS, REGION, ROOT, Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROGRAM = ("-C", str(PROGRAMS / "operators"), "-s", "dev")
PACK = ("--policy-pack", str(ROOT / "policy"))
ACCOUNT = "arn:aws:iam::123456789012"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The access of people who were there before it."""

    cloud: Cloud
    said: str
    outputs: dict[str, Any]
    ann: dict[str, str]

    def document(self, policy: str = "policy_arn") -> Any:
        iam, arn = self.cloud.iam, self.outputs["operators"][policy]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return as_json(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


@pytest.fixture(scope="module")
def deployed(cloud: Cloud) -> Iterator[Deployed]:
    cloud.start()
    iam = cloud.iam
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="operators")
    iam.create_role(RoleName="Developers", AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    made = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    said = cloud.up(*PROGRAM, *PACK)
    shown = cloud.localaws("pulumi", "stack", "output", "--json", *PROGRAM).stdout
    yield Deployed(cloud=cloud, said=said, outputs=json.loads(shown), ann=ann)
    cloud.destroy(*PROGRAM)
    iam.delete_access_key(UserName="ann", AccessKeyId=made["AccessKeyId"])
    iam.delete_user(UserName="ann")
    iam.delete_group(GroupName="operators")
    iam.delete_role(RoleName="Developers")


def as_json(document: object) -> Any:
    """The IAM API gives a document parsed or as URL-encoded text."""
    return json.loads(unquote(document)) if isinstance(document, str) else document


def test_the_pack_finds_nothing(deployed: Deployed) -> None:
    assert "ssm-guard" in deployed.said
    assert "[mandatory]" not in deployed.said
    assert "[advisory]" not in deployed.said


def test_the_policy_is_for_this_stack_this_key_and_this_account(deployed: Deployed) -> None:
    by_sid = {one["Sid"]: one for one in deployed.document()["Statement"]}
    start = by_sid["StartOnInstances"]

    assert start["Resource"] == "arn:aws:ec2:us-east-1:123456789012:instance/*"
    assert start["Condition"] == {
        "StringEquals": {"ssm:resourceTag/ssm-only:stack": "organization/operators/dev"},
        "BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "DateLessThan": {"aws:CurrentTime": "2099-12-24T18:00:00Z"},
    }
    assert by_sid["SessionKey"]["Resource"] == deployed.outputs["key"]
    assert by_sid["EndOwnSessions"]["Condition"] == {
        "StringEquals": {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}
    }


def test_the_guides_lines_give_the_text_for_a_permission_set(deployed: Deployed) -> None:
    """The policy of roles: Identity Center's sessions have no trace of a second factor either."""
    guide = (ROOT / "docs" / "operators.md").read_text()
    (lines,) = (block for block in re.findall(r"```sh\n(.*?)```", guide, re.DOTALL) if "get-policy-version" in block)
    local = f"{sys.executable} -m localaws"
    tools = f'pulumi() {{ {local} pulumi "$@" {shlex.join(PROGRAM)}; }}\naws() {{ {local} aws "$@"; }}\n'
    done = subprocess.run(
        ["sh", "-c", tools + lines],
        cwd=ROOT,
        env={**os.environ, "LOCALAWS_CLOUD": str(deployed.cloud.place)},
        capture_output=True,
        text=True,
        check=True,
    )
    of_users, of_roles = deployed.document(), deployed.document("roles_policy_arn")

    assert json.loads(done.stdout) == of_roles == json.loads(deployed.outputs["permission_set"])
    assert "aws:MultiFactorAuthPresent" in json.dumps(of_users)
    assert "aws:MultiFactorAuthPresent" not in json.dumps(of_roles)


def test_who_got_which_policy(deployed: Deployed) -> None:
    outputs = deployed.outputs["operators"]
    users, roles = (
        deployed.cloud.iam.list_entities_for_policy(PolicyArn=outputs[policy])
        for policy in ("policy_arn", "roles_policy_arn")
    )
    own = outputs["role_arn"].rsplit("/", 1)[-1]

    assert [one["UserName"] for one in users["PolicyUsers"]] == ["ann"]
    assert [one["GroupName"] for one in users["PolicyGroups"]] == ["operators"]
    assert users["PolicyRoles"] == roles["PolicyUsers"] == roles["PolicyGroups"] == []
    assert sorted(one["RoleName"] for one in roles["PolicyRoles"]) == sorted(["Developers", own])


def test_the_operators_role(deployed: Deployed) -> None:
    role = deployed.cloud.iam.get_role(RoleName=deployed.outputs["operators"]["role_arn"].rsplit("/", 1)[-1])["Role"]

    assert role["MaxSessionDuration"] == 8 * 3600
    assert as_json(role["AssumeRolePolicyDocument"])["Statement"] == [
        {
            "Sid": "Users",
            "Effect": "Allow",
            "Principal": {"AWS": [f"{ACCOUNT}:user/ann"]},
            "Action": "sts:AssumeRole",
            "Condition": {
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
                "StringEquals": {"sts:ExternalId": "night-shift", "sts:RoleSessionName": "${aws:username}"},
            },
        }
    ]


def test_the_lines_are_there(deployed: Deployed) -> None:
    lines = deployed.outputs["lines"]

    assert set(lines) == {"shell", "console", "port_forward", "ssh_config", "ssh_key"}
    assert lines["shell"] == "aws ssm start-session --target i-0123456789abcdef0 --region us-east-1"


def client(cloud: Cloud, service: str, who: Mapping[str, Any]) -> Any:
    session: Any = boto3.Session(region_name=REGION, **who)
    return session.client(service, endpoint_url=cloud.endpoint)


@contextmanager
def enforced(cloud: Cloud) -> Iterator[None]:
    """Moto checks who may do what from here on: actions, resources, principals and external ids."""

    def after(actions: str) -> None:
        request = Request(  # noqa: S310 - of loopback
            f"{cloud.endpoint}/moto-api/reset-auth", data=actions.encode(), headers={"Content-Type": "text/plain"}
        )
        with urlopen(request) as answer:  # noqa: S310 - the same
            assert answer.status == 200

    after("0")
    try:
        yield
    finally:
        after("inf")


def test_aws_lets_operators_look_and_nothing_else(deployed: Deployed) -> None:
    cloud, role = deployed.cloud, deployed.outputs["operators"]["role_arn"]
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    document = json.dumps({"Version": "2012-10-17", "Statement": [assume]})
    cloud.iam.put_user_policy(UserName="ann", PolicyName="assume", PolicyDocument=document)
    sts = client(cloud, "sts", deployed.ann)
    asked = {"RoleArn": role, "RoleSessionName": "ann"}
    with enforced(cloud):
        with pytest.raises(ClientError, match="AccessDenied"):
            sts.assume_role(**asked, ExternalId="day-shift")
        got = sts.assume_role(**asked, ExternalId="night-shift")["Credentials"]
        session = {
            "aws_access_key_id": got["AccessKeyId"],
            "aws_secret_access_key": got["SecretAccessKey"],
            "aws_session_token": got["SessionToken"],
        }
        for who in (deployed.ann, session):
            ec2 = client(cloud, "ec2", who)
            assert ec2.describe_instances()["ResponseMetadata"]["HTTPStatusCode"] == 200
            with pytest.raises(ClientError, match="AccessDenied"):
                ec2.describe_vpcs()
    cloud.iam.delete_user_policy(UserName="ann", PolicyName="assume")


def test_it_settles_and_leaves_the_people_as_they_were(deployed: Deployed) -> None:
    """The last of the file: it takes the stack down."""
    cloud = deployed.cloud
    assert cloud.changes(*PROGRAM, "--refresh") == {}
    cloud.destroy(*PROGRAM)

    assert cloud.iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"] == []
    assert cloud.iam.list_attached_group_policies(GroupName="operators")["AttachedPolicies"] == []
    assert cloud.iam.list_attached_role_policies(RoleName="Developers")["AttachedPolicies"] == []
    assert [one["RoleName"] for one in cloud.iam.list_roles()["Roles"] if one["RoleName"].startswith("operators")] == []
