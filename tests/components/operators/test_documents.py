"""What operators may do: each document exactly, and each request through an evaluator of IAM policies."""

from __future__ import annotations

import json
import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.operators.documents import (
    LARGEST_POLICY,
    Tunnel,
    require_fits,
    session_policy,
    trust_policy,
    without_second_factor,
)
from components.operators.settings import OperatorRole, OperatorSettings
from tests.components.evaluator import Person, Request, allows, may_start, session_of
from tests.components.graph import CN_NORTH_1, US_EAST_1, US_GOV_WEST_1

if TYPE_CHECKING:
    from components.base.region import Region

ACCOUNT = "123456789012"
STACK = {"ssm-only:stack": "acme/ssm-only/prod"}
KEY_ID = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
RUN_SHELL = "SSM-SessionManagerRunShell"

INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0123456789abcdef0"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:{KEY_ID}"
FORWARD = "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession"
REMOTE = "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSessionToRemoteHost"
SSH = "arn:aws:ssm:us-east-1::document/AWS-StartSSHSession"
INTERACTIVE = "arn:aws:ssm:us-east-1::document/AWS-StartInteractiveCommand"

# IAM's table of principals: a user's id is the id alone, that of a role's session is role-id:session-name.
ANN = Person(userid="AIDAANN", username="ann")
ANN_MARIE = Person(userid="AIDAANNMARIE", username="ann-marie")
SSO_ANN = Person(userid="AROASSO:ann@example.com")
SSO_BOB = Person(userid="AROASSO:bob@example.com")

EVERYTHING = OperatorSettings(
    tags={"team": "platform", "stage": "prod"},
    documents=["Team-Shell", "Team-Logs"],
    port_forwarding=True,
    remote_hosts=True,
    ssh=True,
    ssh_users=["ec2-user", "ubuntu"],
    mfa=True,
    source_ips=["203.0.113.0/24", "2001:db8::/32"],
    valid_from="2026-12-01T08:00:00Z",
    valid_until="2026-12-24T18:00:00Z",
)

PARTITIONS = [
    pytest.param(US_EAST_1, "arn:aws:{}:us-east-1", id="aws"),
    pytest.param(CN_NORTH_1, "arn:aws-cn:{}:cn-north-1", id="aws-cn"),
    pytest.param(US_GOV_WEST_1, "arn:aws-us-gov:{}:us-gov-west-1", id="aws-us-gov"),
]


def policy(*, region: Region = US_EAST_1, key: str | None = None, document: str = RUN_SHELL, **settings: Any) -> str:
    return session_policy(region, OperatorSettings(**settings), tags=STACK, document=document, session_key_arn=key)


def start(text: str, *, person: Person = ANN, tags: dict[str, str] | None = None, document: str | None = None) -> bool:
    return may_start(text, person, instance=INSTANCE, tags=STACK if tags is None else tags, document=document)


def asks(text: str, person: Person, action: str, resource: str = "*", **context: str) -> bool:
    more = {key.replace("__", ":"): value for key, value in context.items()}
    return allows(text, Request(action=action, resource=resource, context={**person.keys, **more}))


# --- Through an EC2 Instance Connect Endpoint

EICE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance-connect-endpoint/eice-0123456789abcdef0"
TUNNEL = Tunnel(endpoint_arn=EICE, ports=[22, 3389], block=IPv4Network("10.0.0.0/16"))
OPENED = {
    "ec2-instance-connect:remotePort": "22",
    "ec2-instance-connect:privateIpAddress": "10.0.4.5",
    "ec2-instance-connect:maxTunnelDuration": "3600",
}


def tunnels(text: str, resource: str = EICE, **context: str) -> bool:
    more = {key.replace("__", ":"): value for key, value in context.items()}
    return allows(
        text, Request(action="ec2-instance-connect:OpenTunnel", resource=resource, context={**OPENED, **more})
    )


def tunnel_policy(tunnel: Tunnel | None = TUNNEL, **settings: Any) -> str:
    wanted = OperatorSettings(instance_connect=True, ssh_users=["ec2-user"], **settings)
    return session_policy(US_EAST_1, wanted, tags=STACK, document=RUN_SHELL, session_key_arn=None, tunnel=tunnel)


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        pytest.param({}, True, id="SSH to an instance of the VPC"),
        pytest.param({"ec2-instance-connect:remotePort": "3389"}, True, id="RDP to one"),
        pytest.param({"ec2-instance-connect:remotePort": "443"}, False, id="another port"),
        pytest.param({"ec2-instance-connect:privateIpAddress": "10.1.0.1"}, False, id="an address elsewhere"),
        pytest.param({"ec2-instance-connect:maxTunnelDuration": "3601"}, False, id="for longer than an hour"),
    ],
)
def test_a_tunnel_leads_to_logins_of_the_network(changed: dict[str, str], *, allowed: bool) -> None:
    assert tunnels(tunnel_policy(), **changed) is allowed


def test_a_tunnel_leads_through_one_endpoint_alone() -> None:
    assert not tunnels(tunnel_policy(), EICE.replace("abcdef", "fedcba"))
    assert not tunnels(policy(), EICE)
    assert not tunnels(tunnel_policy(tunnel=None), EICE)


def test_a_tunnel_is_opened_under_the_same_conditions() -> None:
    text = tunnel_policy(mfa=True, source_ips=["203.0.113.0/24"])

    assert tunnels(text, aws__MultiFactorAuthPresent="true", aws__SourceIp="203.0.113.9")
    assert not tunnels(text, aws__SourceIp="203.0.113.9")
    assert not tunnels(text, aws__MultiFactorAuthPresent="true", aws__SourceIp="192.0.2.1")


def test_who_goes_through_may_look_for_the_endpoint_and_push_a_key() -> None:
    pushed = {"aws:ResourceTag/ssm-only:stack": "acme/ssm-only/prod", "ec2:osuser": "ec2-user"}
    push = Request(action="ec2-instance-connect:SendSSHPublicKey", resource=INSTANCE, context=pushed)
    look = Request(action="ec2:DescribeInstanceConnectEndpoints")

    assert (allows(tunnel_policy(), push), allows(tunnel_policy(), look)) == (True, True)
    assert not allows(policy(), look)


# --- Exactly


@pytest.mark.parametrize(("region", "arn"), PARTITIONS)
def test_the_least_document(region: Region, arn: str) -> None:
    ec2, ssm = arn.format("ec2"), arn.format("ssm")
    check = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
    own = {"StringEquals": {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}}

    assert json.loads(policy(region=region)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "StartOnInstances",
                "Effect": "Allow",
                "Action": "ssm:StartSession",
                "Resource": f"{ec2}:{ACCOUNT}:instance/*",
                "Condition": {"StringEquals": {"ssm:resourceTag/ssm-only:stack": "acme/ssm-only/prod"}, **check},
            },
            {
                "Sid": "StartWithDocuments",
                "Effect": "Allow",
                "Action": "ssm:StartSession",
                "Resource": [f"{ssm}:{ACCOUNT}:document/SSM-SessionManagerRunShell"],
                "Condition": check,
            },
            {
                "Sid": "ResumeOwnSessions",
                "Effect": "Allow",
                "Action": "ssm:ResumeSession",
                "Resource": f"{ssm}:{ACCOUNT}:session/*",
                "Condition": own,
            },
            {
                "Sid": "EndOwnSessions",
                "Effect": "Allow",
                "Action": "ssm:TerminateSession",
                "Resource": f"{ssm}:{ACCOUNT}:session/*",
                "Condition": own,
            },
            {
                "Sid": "OpenDataChannel",
                "Effect": "Allow",
                "Action": "ssmmessages:OpenDataChannel",
                "Resource": f"{ssm}:{ACCOUNT}:session/*",
            },
            {
                "Sid": "List",
                "Effect": "Allow",
                "Action": [
                    "ec2:DescribeInstances",
                    "ssm:DescribeInstanceInformation",
                    "ssm:DescribeInstanceProperties",
                    "ssm:DescribeSessions",
                    "ssm:GetConnectionStatus",
                ],
                "Resource": "*",
            },
        ],
    }


@pytest.mark.parametrize(("region", "arn"), PARTITIONS)
def test_the_whole_document(region: Region, arn: str) -> None:
    ec2, ssm, kms = arn.format("ec2"), arn.format("ssm"), arn.format("kms")
    check = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
    own = {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}
    limits = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]},
        "DateGreaterThanEquals": {"aws:CurrentTime": "2026-12-01T08:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2026-12-24T18:00:00Z"},
    }
    text = session_policy(
        region, EVERYTHING, tags=STACK, document=RUN_SHELL, session_key_arn=f"{kms}:{ACCOUNT}:{KEY_ID}"
    )

    assert json.loads(text) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "StartOnInstances",
                "Effect": "Allow",
                "Action": "ssm:StartSession",
                "Resource": f"{ec2}:{ACCOUNT}:instance/*",
                "Condition": {
                    "StringEquals": {"ssm:resourceTag/team": "platform", "ssm:resourceTag/stage": "prod"},
                    **check,
                    **limits,
                },
            },
            {
                "Sid": "StartWithDocuments",
                "Effect": "Allow",
                "Action": "ssm:StartSession",
                "Resource": [
                    f"{ssm}:{ACCOUNT}:document/Team-Shell",
                    f"{ssm}:{ACCOUNT}:document/Team-Logs",
                    f"{ssm}::document/AWS-StartPortForwardingSession",
                    f"{ssm}::document/AWS-StartPortForwardingSessionToRemoteHost",
                    f"{ssm}::document/AWS-StartSSHSession",
                ],
                "Condition": {**check, **limits},
            },
            {
                "Sid": "ResumeOwnSessions",
                "Effect": "Allow",
                "Action": "ssm:ResumeSession",
                "Resource": f"{ssm}:{ACCOUNT}:session/*",
                "Condition": {"StringEquals": own, **limits},
            },
            {
                "Sid": "EndOwnSessions",
                "Effect": "Allow",
                "Action": "ssm:TerminateSession",
                "Resource": f"{ssm}:{ACCOUNT}:session/*",
                "Condition": {"StringEquals": own},
            },
            {
                "Sid": "OpenDataChannel",
                "Effect": "Allow",
                "Action": "ssmmessages:OpenDataChannel",
                "Resource": f"{ssm}:{ACCOUNT}:session/*",
            },
            {
                "Sid": "List",
                "Effect": "Allow",
                "Action": [
                    "ec2:DescribeInstances",
                    "ssm:DescribeInstanceInformation",
                    "ssm:DescribeInstanceProperties",
                    "ssm:DescribeSessions",
                    "ssm:GetConnectionStatus",
                ],
                "Resource": "*",
            },
            {
                "Sid": "SessionKey",
                "Effect": "Allow",
                "Action": "kms:GenerateDataKey",
                "Resource": f"{kms}:{ACCOUNT}:{KEY_ID}",
                "Condition": {
                    "Null": {
                        "kms:EncryptionContext:aws:ssm:SessionId": "false",
                        "kms:EncryptionContext:aws:ssm:TargetId": "false",
                    }
                },
            },
            {
                "Sid": "SshKey",
                "Effect": "Allow",
                "Action": "ec2-instance-connect:SendSSHPublicKey",
                "Resource": f"{ec2}:{ACCOUNT}:instance/*",
                "Condition": {
                    "StringEquals": {
                        "aws:ResourceTag/team": "platform",
                        "aws:ResourceTag/stage": "prod",
                        "ec2:osuser": ["ec2-user", "ubuntu"],
                    },
                    **limits,
                },
            },
        ],
    }


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_trust_document(partition: str) -> None:
    iam = f"arn:{partition}:iam::{ACCOUNT}"
    role = OperatorRole(
        trust=[f"{iam}:user/ann", "arn:aws:iam::999999999999:root".replace("aws", partition, 1)],
        mfa=True,
        external_id="night-shift",
    )
    asked = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

    assert json.loads(trust_policy(role)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Users",
                "Effect": "Allow",
                "Principal": {"AWS": [f"{iam}:user/ann"]},
                "Action": "sts:AssumeRole",
                "Condition": {
                    **asked,
                    "StringEquals": {"sts:ExternalId": "night-shift", "sts:RoleSessionName": "${aws:username}"},
                },
            },
            {
                "Sid": "RolesAndAccounts",
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:{partition}:iam::999999999999:root"]},
                "Action": "sts:AssumeRole",
                "Condition": {**asked, "StringEquals": {"sts:ExternalId": "night-shift"}},
            },
        ],
    }


def test_a_role_without_conditions_has_none() -> None:
    (statement,) = json.loads(trust_policy(OperatorRole(trust=[f"arn:aws:iam::{ACCOUNT}:root"])))["Statement"]

    assert "Condition" not in statement


# --- Which sessions


@pytest.mark.parametrize(
    ("settings", "tags", "document", "allowed"),
    [
        pytest.param({}, STACK, None, True, id="this stack's instance, the default document"),
        pytest.param({}, STACK, f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/{RUN_SHELL}", True, id="and named"),
        pytest.param({}, {"ssm-only:stack": "acme/ssm-only/dev"}, None, False, id="another stack's instance"),
        pytest.param({}, {"ssm-only:stack": "ACME/ssm-only/prod"}, None, False, id="a value of another case"),
        pytest.param({}, {}, None, False, id="an instance without tags"),
        pytest.param({"tags": {"team": "a"}}, {"team": "a"}, None, True, id="the tag that is asked for"),
        pytest.param({"tags": {"team": "a"}}, {"team": "b"}, None, False, id="another value"),
        pytest.param({"tags": {"team": "a"}}, STACK, None, False, id="this stack, where tags are asked for"),
        pytest.param({"tags": {"team": "a", "stage": "b"}}, {"team": "a"}, None, False, id="one of two tags"),
        pytest.param({"tags": {"team": "a", "stage": "b"}}, {"team": "a", "stage": "b"}, None, True, id="both tags"),
        pytest.param({}, STACK, f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/Other", False, id="another document"),
        pytest.param(
            {}, STACK, f"arn:aws:ssm:us-east-1:999999999999:document/{RUN_SHELL}", False, id="of another account"
        ),
        pytest.param(
            {"documents": ["Team-Shell"]},
            STACK,
            f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/Team-Shell",
            True,
            id="named",
        ),
        pytest.param({"documents": ["Team-Shell"]}, STACK, None, False, id="the default, where another is named"),
        pytest.param({"documents": [], "ssh": True}, STACK, None, False, id="no shell"),
        pytest.param({}, STACK, FORWARD, False, id="port forwarding is off"),
        pytest.param({"port_forwarding": True}, STACK, FORWARD, True, id="port forwarding is on"),
        pytest.param({"port_forwarding": True}, STACK, REMOTE, False, id="which is not remote hosts"),
        pytest.param({"port_forwarding": True}, {}, FORWARD, False, id="nor another instance"),
        pytest.param({}, STACK, REMOTE, False, id="remote hosts are off"),
        pytest.param({"remote_hosts": True}, STACK, REMOTE, True, id="remote hosts are on"),
        pytest.param({"remote_hosts": True}, STACK, FORWARD, False, id="which is not port forwarding"),
        pytest.param({}, STACK, SSH, False, id="SSH is off"),
        pytest.param({"ssh": True}, STACK, SSH, True, id="SSH is on"),
        pytest.param(
            {"port_forwarding": True, "remote_hosts": True, "ssh": True}, STACK, INTERACTIVE, False, id="any command"
        ),
    ],
)
def test_who_may_start_what(
    settings: dict[str, Any], tags: dict[str, str], document: str | None, *, allowed: bool
) -> None:
    assert start(policy(**settings), tags=tags, document=document) is allowed


@pytest.mark.parametrize("other", ["us-west-2:123456789012", "us-east-1:999999999999"])
def test_no_instance_of_another_region_or_account(other: str) -> None:
    elsewhere = f"arn:aws:ec2:{other}:instance/i-0123456789abcdef0"

    assert start(policy())
    assert not may_start(policy(), ANN, instance=elsewhere, tags=STACK, document=None)


def test_every_way_to_start_a_session_asks_for_the_document() -> None:
    """One statement without the check would let anybody who may reach an instance use any document."""
    for text in (policy(), policy(port_forwarding=True, remote_hosts=True, ssh=True, ssh_users=["root"], mfa=True)):
        statements = json.loads(text)["Statement"]
        starts = [one for one in statements if "StartSession" in json.dumps(one["Action"])]

        assert len(starts) == 2
        for one in starts:
            assert one["Condition"]["BoolIfExists"] == {"ssm:SessionDocumentAccessCheck": "true"}


def test_the_stacks_own_document_may_have_another_name() -> None:
    text = policy(document="Team-Preferences")

    assert start(text, document=f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/Team-Preferences")
    assert not start(text)


# --- Whose sessions


@pytest.mark.parametrize("action", ["ssm:TerminateSession", "ssm:ResumeSession"])
@pytest.mark.parametrize(
    ("person", "owner", "session", "allowed"),
    [
        pytest.param(ANN, ANN, "ann-0a1b", True, id="a user's own"),
        pytest.param(ANN, ANN_MARIE, "ann-marie-0a1b", False, id="of a user whose name begins with this one"),
        pytest.param(SSO_ANN, SSO_ANN, "ann@example.com-0a1b", True, id="a role's session's own"),
        pytest.param(SSO_ANN, SSO_BOB, "bob@example.com-0a1b", False, id="of another person with the same role"),
        pytest.param(SSO_ANN, ANN, "ann-0a1b", False, id="of a user, for a role"),
    ],
)
def test_only_ones_own_sessions(person: Person, owner: Person, session: str, action: str, *, allowed: bool) -> None:
    resource = f"arn:aws:ssm:us-east-1:{ACCOUNT}:session/{session}"
    request = Request(action=action, resource=resource, context={**person.keys, **session_of(owner)})

    assert allows(policy(), request) is allowed


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        *((action, True) for action in ("ec2:DescribeInstances", "ssm:DescribeSessions", "ssm:GetConnectionStatus")),
        *((action, True) for action in ("ssm:DescribeInstanceProperties", "ssm:DescribeInstanceInformation")),
        *(
            (action, False)
            for action in ("ssm:SendCommand", "ssm:GetParameter", "ssm:UpdateDocument", "ec2:CreateTags")
        ),
        *((action, False) for action in ("ssm:StartAutomationExecution", "kms:GenerateDataKey", "iam:PassRole")),
    ],
)
def test_a_person_sees_what_a_list_needs_and_changes_nothing(action: str, *, allowed: bool) -> None:
    assert asks(policy(), ANN, action) is allowed


def test_the_data_channel_is_one_of_a_session_of_this_account() -> None:
    channel = "ssmmessages:OpenDataChannel"

    assert asks(policy(), ANN, channel, f"arn:aws:ssm:us-east-1:{ACCOUNT}:session/ann-0a1b")
    assert not asks(policy(), ANN, channel, "arn:aws:ssm:us-east-1:999999999999:session/ann-0a1b")
    assert not asks(
        policy(), ANN, "ssmmessages:OpenControlChannel", f"arn:aws:ssm:us-east-1:{ACCOUNT}:session/ann-0a1b"
    )


# --- Under which conditions

LIMITED: list[tuple[dict[str, Any], dict[str, str], bool, str]] = [
    ({"mfa": True}, {"aws:MultiFactorAuthPresent": "true"}, True, "with a second factor"),
    ({"mfa": True}, {"aws:MultiFactorAuthPresent": "false"}, False, "without it"),
    ({"mfa": True}, {}, False, "with an access key, which has no such value"),
    ({"source_ips": ["203.0.113.0/24"]}, {"aws:SourceIp": "203.0.113.9"}, True, "an address inside"),
    ({"source_ips": ["203.0.113.0/24"]}, {"aws:SourceIp": "198.51.100.9"}, False, "an address outside"),
    ({"source_ips": ["203.0.113.0/24"]}, {"aws:SourceVpc": "vpc-0a1b2c3d"}, False, "through an endpoint"),
    ({"vpc": "vpc-0a1b2c3d"}, {"aws:SourceVpc": "vpc-0a1b2c3d"}, True, "through the VPC"),
    ({"vpc": "vpc-0a1b2c3d"}, {"aws:SourceVpc": "vpc-99999999"}, False, "through another VPC"),
    ({"vpc": "vpc-0a1b2c3d"}, {"aws:SourceIp": "203.0.113.9"}, False, "from the internet"),
    ({"vpc": "vpce-0a1b2c3d"}, {"aws:SourceVpce": "vpce-0a1b2c3d"}, True, "through the endpoint"),
    ({"vpc": "vpce-0a1b2c3d"}, {"aws:SourceVpce": "vpce-99999999"}, False, "through another endpoint"),
    ({"valid_from": "2026-12-01T08:00:00Z"}, {"aws:CurrentTime": "2026-12-01T07:59:59Z"}, False, "too early"),
    ({"valid_from": "2026-12-01T08:00:00Z"}, {"aws:CurrentTime": "2026-12-01T08:00:00Z"}, True, "on time"),
    ({"valid_until": "2026-12-01T08:00:00Z"}, {"aws:CurrentTime": "2026-12-01T07:59:59Z"}, True, "just in time"),
    ({"valid_until": "2026-12-01T08:00:00Z"}, {"aws:CurrentTime": "2026-12-01T08:00:00Z"}, False, "too late"),
]
CASES = [pytest.param(*case[:3], id=case[3]) for case in LIMITED]


@pytest.mark.parametrize(("settings", "context", "allowed"), CASES)
def test_a_session_is_opened_under_the_conditions_alone(
    settings: dict[str, Any], context: dict[str, str], *, allowed: bool
) -> None:
    person = Person(userid="AIDAANN", username="ann", context=context)
    # A key can't be pushed through an endpoint, so the two are refused together.
    users = [] if "vpc" in settings else ["ec2-user"]
    text = policy(**settings, ssh=True, ssh_users=users)
    session = f"arn:aws:ssm:us-east-1:{ACCOUNT}:session/ann-0a1b"
    own = {**person.keys, **session_of(person)}
    tagged = {"aws:ResourceTag/ssm-only:stack": STACK["ssm-only:stack"], "ec2:osuser": "ec2-user"}
    push = "ec2-instance-connect:SendSSHPublicKey"

    assert start(text, person=person) is allowed
    assert start(text, person=person, document=SSH) is allowed
    assert not start(text, person=person, tags={})
    assert allows(text, Request(action="ssm:ResumeSession", resource=session, context=own)) is allowed
    pushed = Request(action=push, resource=INSTANCE, context={**person.keys, **tagged})
    assert allows(text, pushed) is (allowed and bool(users))
    # What ends a session, or only looks, has no conditions.
    assert allows(text, Request(action="ssm:TerminateSession", resource=session, context=own))
    assert asks(text, person, "ssm:DescribeSessions")


# --- Keys


@pytest.mark.parametrize(
    ("action", "resource", "context", "allowed"),
    [
        pytest.param("kms:GenerateDataKey", KEY, "session", True, id="a session's data key"),
        pytest.param("kms:GenerateDataKey", KEY, "nothing", False, id="a data key for something else"),
        pytest.param("kms:GenerateDataKey", KEY.replace("1234abcd", "9999abcd"), "session", False, id="another key"),
        pytest.param("kms:Decrypt", KEY, "session", False, id="to read what others typed"),
    ],
)
def test_the_session_key(action: str, resource: str, context: str, *, allowed: bool) -> None:
    of_session = {
        "kms:EncryptionContext:aws:ssm:SessionId": "ann-0a1b",
        "kms:EncryptionContext:aws:ssm:TargetId": "i-0",
    }
    keys = of_session if context == "session" else {}

    assert allows(policy(key=KEY), Request(action=action, resource=resource, context={**ANN.keys, **keys})) is allowed


@pytest.mark.parametrize(
    ("tags", "user", "allowed"),
    [
        pytest.param(STACK, "ec2-user", True, id="the user that is named"),
        pytest.param(STACK, "root", False, id="another user"),
        pytest.param({}, "ec2-user", False, id="another instance"),
    ],
)
def test_an_ssh_key_is_pushed_for_named_users_of_the_same_instances(
    tags: dict[str, str], user: str, *, allowed: bool
) -> None:
    context = {**{f"aws:ResourceTag/{tag}": value for tag, value in tags.items()}, "ec2:osuser": user}
    request = Request(action="ec2-instance-connect:SendSSHPublicKey", resource=INSTANCE, context=context)

    assert allows(policy(ssh=True, ssh_users=["ec2-user"]), request) is allowed
    assert not allows(policy(ssh=True), request)


# --- The operators' role


@pytest.mark.parametrize(
    ("who", "context", "allowed"),
    [
        pytest.param("user/ann", {"aws:username": "ann", "sts:RoleSessionName": "ann"}, True, id="a user, as herself"),
        pytest.param("user/ann", {"aws:username": "ann", "sts:RoleSessionName": "bob"}, False, id="as somebody else"),
        pytest.param("user/bob", {"aws:username": "bob", "sts:RoleSessionName": "bob"}, False, id="a user not trusted"),
        pytest.param("role/Developers", {"sts:RoleSessionName": "ann"}, True, id="a role"),
        pytest.param("role/Others", {"sts:RoleSessionName": "ann"}, False, id="another role"),
    ],
)
def test_who_may_assume_the_role(who: str, context: dict[str, str], *, allowed: bool) -> None:
    iam = f"arn:aws:iam::{ACCOUNT}"
    trust = trust_policy(OperatorRole(trust=[f"{iam}:user/ann", f"{iam}:role/Developers"]))
    request = Request(action="sts:AssumeRole", principal=f"{iam}:{who}", context=context)

    assert allows(trust, request) is allowed


@pytest.mark.parametrize(
    ("role", "context", "allowed"),
    [
        pytest.param({"mfa": True}, {"aws:MultiFactorAuthPresent": "true"}, True, id="with a second factor"),
        pytest.param({"mfa": True}, {}, False, id="without it"),
        pytest.param({"external_id": "night"}, {"sts:ExternalId": "night"}, True, id="with the external id"),
        pytest.param({"external_id": "night"}, {"sts:ExternalId": "day"}, False, id="with another"),
        pytest.param({"external_id": "night"}, {}, False, id="with none"),
    ],
)
def test_conditions_of_the_role(role: dict[str, Any], context: dict[str, str], *, allowed: bool) -> None:
    account = f"arn:aws:iam::{ACCOUNT}:root"
    request = Request(action="sts:AssumeRole", principal=f"arn:aws:iam::{ACCOUNT}:user/ann", context=context)

    assert allows(trust_policy(OperatorRole(trust=[account], **role)), request) is allowed


# --- Settings that are taken let in whom they name

IAM = f"arn:aws:iam::{ACCOUNT}"
# As good as it gets for somebody with a second factor, in the office, in the VPC, in time.
CIRCUMSTANCES = {
    "aws:SourceIp": "203.0.113.9",
    "aws:SourceVpc": "vpc-0a1b2c3d",
    "aws:SourceVpce": "vpce-0a1b2c3d",
    "aws:CurrentTime": "2026-12-12T12:00:00Z",
}
SECOND_FACTOR = {"aws:MultiFactorAuthPresent": "true"}
# A role's credentials never have the key of the second factor, whatever its person showed.
USER = Person(userid="AIDAANN", username="ann", context={**CIRCUMSTANCES, **SECOND_FACTOR})
ROLE = Person(userid="AROADEV:ann", context=CIRCUMSTANCES)

TRUSTED = {
    f"{IAM}:user/ann": (USER, {"sts:RoleSessionName": "ann"}),
    f"{IAM}:role/dev": (ROLE, {"sts:RoleSessionName": "any"}),
    "arn:aws:iam::999999999999:root": (USER, {"sts:RoleSessionName": "any"}),
}

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "port_forwarding": st.booleans(),
        "ssh": st.booleans(),
        "ssh_users": st.just(["ec2-user"]),
        "mfa": st.booleans(),
        "source_ips": st.just(["203.0.113.0/24"]),
        "vpc": st.sampled_from(["vpc-0a1b2c3d", "vpce-0a1b2c3d"]),
        "valid_from": st.just("2026-12-01T08:00:00Z"),
        "valid_until": st.just("2026-12-24T18:00:00Z"),
        "roles": st.just(["dev"]),
        "users": st.just(["ann"]),
        "groups": st.just(["people"]),
    },
)


def lets_in(text: str, person: Person, settings: OperatorSettings) -> bool:
    """Start, resume, and push a key where that is offered."""
    tagged = {"aws:ResourceTag/ssm-only:stack": STACK["ssm-only:stack"], "ec2:osuser": "ec2-user"}
    # No endpoint leads to EC2 Instance Connect: such a request comes from the internet.
    outside = {key: value for key, value in person.keys.items() if not key.startswith("aws:SourceVpc")}
    push = Request(action="ec2-instance-connect:SendSSHPublicKey", resource=INSTANCE, context={**outside, **tagged})
    session = f"arn:aws:ssm:us-east-1:{ACCOUNT}:session/ann-0a1b"
    resume = Request(action="ssm:ResumeSession", resource=session, context={**person.keys, **session_of(person)})
    return (
        start(text, person=person)
        and allows(text, resume)
        and (not settings.ssh_users or allows(text, push))
        and (not settings.ssh or start(text, person=person, document=SSH))
    )


@given(SETTINGS)
def test_whatever_is_taken_lets_in_everybody_who_is_named(given_settings: dict[str, Any]) -> None:
    try:
        settings = OperatorSettings(**given_settings)
    except ConfigError:
        reject()
    for_users, for_roles = (
        session_policy(US_EAST_1, one, tags=STACK, document=RUN_SHELL, session_key_arn=None)
        for one in (settings, without_second_factor(settings))
    )

    assert lets_in(for_users, USER, settings)
    assert lets_in(for_roles, ROLE, settings)


@given(st.lists(st.sampled_from(sorted(TRUSTED)), min_size=1, unique=True), st.booleans())
def test_whatever_role_is_taken_can_be_assumed_by_everybody_whom_it_trusts(trust: list[str], mfa: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    try:
        document = trust_policy(OperatorRole(trust=trust, mfa=mfa))
    except ConfigError:
        reject()
    for arn in trust:
        person, name = TRUSTED[arn]
        somebody = arn.replace(":root", ":user/ann")
        assert allows(document, Request(action="sts:AssumeRole", principal=somebody, context={**person.keys, **name}))


def test_a_second_factor_of_users_is_none_of_roles() -> None:
    settings = OperatorSettings(mfa=True, users=["ann"], roles=["dev"])
    without = Person(userid="AIDAANN", username="ann", context=CIRCUMSTANCES)
    text = session_policy(US_EAST_1, settings, tags=STACK, document=RUN_SHELL, session_key_arn=None)

    assert start(text, person=USER)
    assert not start(text, person=without)
    assert not start(text, person=ROLE)


# --- What others got wrong


def test_rival_defect_a_tag_condition_covers_the_documents_arn() -> None:
    """Documents carry no tags, so such a policy denies port forwarding and SSH; ours has the tag elsewhere."""
    text = policy(port_forwarding=True, remote_hosts=True, ssh=True)
    (documents,) = (one for one in json.loads(text)["Statement"] if "document/" in json.dumps(one["Resource"]))

    assert "resourceTag" not in json.dumps(documents["Condition"])
    assert start(text, document=FORWARD)
    assert start(text, document=SSH)


def test_rival_defect_terminate_session_on_every_session() -> None:
    for one in json.loads(policy())["Statement"]:
        if "TerminateSession" in json.dumps(one["Action"]):
            assert one["Condition"]["StringEquals"] == {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}
    anyone = f"arn:aws:ssm:us-east-1:{ACCOUNT}:session/bob-0a1b"
    assert not asks(policy(), ANN, "ssm:TerminateSession", anyone)


def test_rival_defect_the_partition_is_hard_coded() -> None:
    for region in (CN_NORTH_1, US_GOV_WEST_1):
        key = f"arn:{region.partition}:kms:{region.name}:{ACCOUNT}:{KEY_ID}"
        text = policy(region=region, key=key, port_forwarding=True, ssh=True, ssh_users=["ec2-user"])

        assert set(re.findall(r"arn:([a-z-]+):", text)) == {region.partition}


# --- Hostile values

# Nothing that people call a tag, but EC2 takes it.
HOSTILE = st.lists(
    st.sampled_from([*"*?$ {}'\",:/\\ab\né", "${", "aws:userid", "${aws:username}", "${*}"]), max_size=6
).map("".join)


@given(wanted=HOSTILE, actual=HOSTILE)
def test_a_tags_value_means_itself_and_nothing_more(wanted: str, actual: str) -> None:
    text = policy(tags={"team": wanted})

    assert start(text, tags={"team": wanted})
    assert start(text, tags={"team": actual}) is (wanted == actual)


@given(name=HOSTILE, other=st.sampled_from([RUN_SHELL, "AIDAANN", "ann", "anything"]))
def test_a_documents_name_means_itself_and_nothing_more(name: str, other: str) -> None:
    """Settings refuse such names; the document would not be wider if they did not."""
    text = policy(document=name)
    arn = f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/"

    assert start(text, document=arn + name)
    assert not start(text, document=arn + other)


# --- Size


def test_a_policy_of_the_largest_size_is_taken_and_a_larger_one_refused() -> None:
    require_fits("x" * LARGEST_POLICY)
    with pytest.raises(ConfigError, match="a policy of 6145 characters"):
        require_fits("x" * (LARGEST_POLICY + 1))
    require_fits(session_policy(US_GOV_WEST_1, EVERYTHING, tags=STACK, document=RUN_SHELL, session_key_arn=KEY))
