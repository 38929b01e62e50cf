"""The evaluator against what AWS's own pages say of each element."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.evaluator import Person, Request, allows, may_start

INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"
HOME = "arn:aws:s3:::bucket/ann/notes"


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": [*statements]})


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def asked(action: str = "s3:GetObject", resource: str = HOME, **context: str) -> Request:
    return Request(
        action=action, resource=resource, context={key.replace("__", ":"): value for key, value in context.items()}
    )


@pytest.mark.parametrize(
    ("statement", "request_", "allowed"),
    [
        pytest.param(allow(), asked(), True, id="an allow"),
        pytest.param(allow(), asked("s3:PutObject"), False, id="nothing said is a no"),
        pytest.param(allow(Action="S3:getobject"), asked(), True, id="actions know no case"),
        pytest.param(allow(Action="s3:Get*"), asked(), True, id="an action's wildcard"),
        pytest.param(allow(Action="s3:Get?bject"), asked(), True, id="an action's question mark"),
        pytest.param(allow(Action=["s3:PutObject", "s3:GetObject"]), asked(), True, id="one of two actions"),
        pytest.param(allow(Resource="arn:aws:s3:::bucket/*"), asked(), True, id="a resource's wildcard"),
        pytest.param(allow(Resource="arn:aws:s3:::other/*"), asked(), False, id="another resource"),
        pytest.param(allow(Resource="arn:aws:s3:::BUCKET/*"), asked(), False, id="resources know case"),
        pytest.param(allow(Resource="arn:aws:*/notes"), asked(), False, id="a wildcard stays in its part of the ARN"),
        pytest.param(
            allow(Resource="arn:aws:s3:::bucket/${aws:username}/*"), asked(aws__username="ann"), True, id="a variable"
        ),
        pytest.param(
            allow(Resource="arn:aws:s3:::bucket/${aws:username}/*"), asked(aws__username="bob"), False, id="another's"
        ),
        pytest.param(
            allow(Resource="arn:aws:s3:::bucket/${aws:username}/*"), asked(), False, id="a variable without a value"
        ),
        pytest.param(
            allow(Resource="arn:aws:s3:::bucket/${aws:username, 'ann'}/*"), asked(), True, id="a variable's default"
        ),
        pytest.param(
            allow(Resource="arn:aws:s3:::bucket/${AWS:UserName}/*"), asked(aws__username="ann"), True, id="its case"
        ),
        pytest.param(allow(Resource="arn:aws:s3:::bucket/${*}"), asked(), False, id="an escaped wildcard is a letter"),
        pytest.param(
            allow(Resource="arn:aws:s3:::b/${*}${?}${$}"), asked(resource="arn:aws:s3:::b/*?$"), True, id="escapes"
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:username": "ann"}}), asked(aws__username="ann"), True, id="equals"
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:username": "a*"}}),
            asked(aws__username="ann"),
            False,
            id="no wildcard",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:username": "a*"}}), asked(aws__username="a*"), True, id="literally"
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:username": "ann"}}), asked(), False, id="equals, and no value"
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:username": ["bob", "ann"]}}),
            asked(aws__username="ann"),
            True,
            id="or",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:username": "ann", "aws:userid": "1"}}),
            asked(aws__username="ann"),
            False,
            id="and between keys",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:username": "ann"}, "Bool": {"aws:SecureTransport": "true"}}),
            asked(aws__username="ann", aws__SecureTransport="false"),
            False,
            id="and between operators",
        ),
        pytest.param(
            allow(Condition={"StringLike": {"aws:username": "a?n*"}}), asked(aws__username="anna"), True, id="like"
        ),
        pytest.param(
            allow(Condition={"StringLike": {"aws:username": "a${*}"}}), asked(aws__username="ann"), False, id="not like"
        ),
        pytest.param(
            allow(Condition={"StringNotEquals": {"aws:username": ["ann", "bob"]}}),
            asked(aws__username="bob"),
            False,
            id="none of several",
        ),
        pytest.param(
            allow(Condition={"StringNotLike": {"aws:username": "a*"}}), asked(), True, id="a negation, and no value"
        ),
        pytest.param(
            allow(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), asked(), False, id="Bool, and no value"
        ),
        pytest.param(
            allow(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}), asked(), True, id="BoolIfExists"
        ),
        pytest.param(
            allow(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
            asked(aws__MultiFactorAuthPresent="false"),
            False,
            id="BoolIfExists, and it is false",
        ),
        pytest.param(allow(Condition={"Null": {"aws:TokenIssueTime": "true"}}), asked(), True, id="null"),
        pytest.param(allow(Condition={"Null": {"aws:TokenIssueTime": "false"}}), asked(), False, id="not null"),
        pytest.param(
            allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            asked(aws__SourceIp="203.0.113.7"),
            True,
            id="an address inside",
        ),
        pytest.param(
            allow(Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}}),
            asked(aws__SourceIp="2001:db8:1234:5678::7"),
            True,
            id="an IPv6 address inside",
        ),
        pytest.param(
            allow(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            asked(aws__SourceIp="203.0.113.7"),
            False,
            id="an address that must be outside",
        ),
        pytest.param(
            allow(Condition={"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
            asked(aws__CurrentTime="2026-01-01T00:00:00Z"),
            False,
            id="not after itself",
        ),
        pytest.param(
            allow(Condition={"DateGreaterThanEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
            asked(aws__CurrentTime="2026-01-01T00:00:00Z"),
            True,
            id="from then on",
        ),
        pytest.param(
            allow(Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
            asked(aws__CurrentTime="2026-01-01T00:00:00Z"),
            False,
            id="not before itself",
        ),
        pytest.param(
            allow(Condition={"DateLessThanEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
            asked(aws__CurrentTime="2026-01-01T00:00:00Z"),
            True,
            id="until then",
        ),
    ],
)
def test_one_statement(statement: dict[str, Any], request_: Request, *, allowed: bool) -> None:
    assert allows(policy(statement), request_) is allowed


def test_an_explicit_deny_wins_whatever_the_order() -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": HOME}

    assert not allows(policy(allow(), deny), asked())
    assert not allows(policy(deny, allow()), asked())
    assert allows(policy(deny, allow()), asked(resource="arn:aws:s3:::bucket/bob"))


def test_old_documents_have_no_variables() -> None:
    home = allow(Resource="arn:aws:s3:::bucket/${aws:username}")

    assert not allows(
        policy(home, version="2008-10-17"), asked(resource="arn:aws:s3:::bucket/ann", aws__username="ann")
    )
    assert allows(policy(home, version="2008-10-17"), asked(resource="arn:aws:s3:::bucket/${aws:username}"))


@pytest.mark.parametrize(
    ("principal", "who", "allowed"),
    [
        pytest.param({"AWS": "arn:aws:iam::123456789012:user/ann"}, "user/ann", True, id="the user"),
        pytest.param({"AWS": "arn:aws:iam::123456789012:user/ann"}, "user/bob", False, id="another user"),
        pytest.param({"AWS": ["arn:aws:iam::123456789012:root"]}, "role/any", True, id="the account"),
        pytest.param({"AWS": "arn:aws:iam::999999999999:root"}, "role/any", False, id="another account"),
        pytest.param({"AWS": "*"}, "role/any", True, id="everybody"),
        pytest.param("*", "role/any", True, id="everybody, shorter"),
    ],
)
def test_principals(principal: object, who: str, *, allowed: bool) -> None:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    request = Request(action="sts:AssumeRole", principal=f"arn:aws:iam::123456789012:{who}")

    assert allows(policy(trust), request) is allowed


def test_a_service_is_named_as_it_is() -> None:
    """And no root of an account stands for one."""
    named = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:Decrypt"}
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:Decrypt"}
    request = Request(action="kms:Decrypt", principal="logs.us-east-1.amazonaws.com")

    assert allows(policy(named), request)
    assert not allows(policy(root), request)
    assert not allows(policy(named), Request(action="kms:Decrypt", principal="logs.eu-west-1.amazonaws.com"))


def test_an_arn_in_a_condition_is_compared_part_by_part() -> None:
    limited = allow(Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:logs:us-east-1:*:log-group:a"}})

    assert allows(policy(limited), asked(aws__SourceArn="arn:aws:logs:us-east-1:123456789012:log-group:a"))
    assert not allows(policy(limited), asked(aws__SourceArn="arn:aws:logs:us-east-1:123456789012:log-group:ab"))


def test_what_is_not_modelled_fails() -> None:
    with pytest.raises(AssertionError, match="NotAction"):
        allows(policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), asked())
    with pytest.raises(NotImplementedError, match="BinaryEquals"):
        allows(policy(allow(Condition={"BinaryEquals": {"aws:username": "1"}})), asked(aws__username="1"))


@pytest.mark.parametrize(
    ("operator", "value", "allowed"),
    [
        pytest.param("NumericEquals", ["22", "3389"], True, id="one of several"),
        pytest.param("NumericEquals", "23", False, id="another number"),
        pytest.param("NumericLessThanEquals", "22", True, id="as large"),
        pytest.param("NumericLessThanEquals", "9", False, id="compared as numbers, not as text"),
    ],
)
def test_numbers_are_compared_as_numbers(operator: str, value: object, *, allowed: bool) -> None:
    assert allows(policy(allow(Condition={operator: {"a:port": value}})), asked(a__port="22")) is allowed


SHELL = "arn:aws:ssm:us-east-1:123456789012:document/SSM-SessionManagerRunShell"
CHECK = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}


@pytest.mark.parametrize(
    ("statements", "document", "allowed"),
    [
        # "Start a session with a document by specifying the session documents in IAM policies"
        pytest.param([allow(Action="ssm:StartSession", Resource=INSTANCE)], None, True, id="no check, no document"),
        pytest.param([allow(Action="ssm:StartSession", Resource=INSTANCE)], SHELL, True, id="no check, any document"),
        pytest.param(
            [allow(Action="ssm:StartSession", Resource=INSTANCE, Condition=CHECK)], SHELL, False, id="the check"
        ),
        pytest.param(
            [allow(Action="ssm:StartSession", Resource=[INSTANCE, SHELL], Condition=CHECK)],
            SHELL,
            True,
            id="both named",
        ),
        pytest.param(
            [allow(Action="ssm:StartSession", Resource=[INSTANCE, SHELL], Condition=CHECK)],
            None,
            True,
            id="the default",
        ),
        pytest.param(
            [allow(Action="ssm:StartSession", Resource=[INSTANCE, SHELL + "2"], Condition=CHECK)],
            None,
            False,
            id="another than the default",
        ),
        # "To ensure the condition element is enforced, it must be included in all policy statements which allow …"
        pytest.param(
            [
                allow(Action="ssm:StartSession", Resource=[INSTANCE, SHELL], Condition=CHECK),
                allow(Action="ssm:StartSession", Resource="*"),
            ],
            SHELL + "2",
            True,
            id="one statement without the check undoes it",
        ),
        # awslabs/awsome-distributed-ai#1137: a tag condition that covers the document
        pytest.param(
            [
                allow(
                    Action="ssm:StartSession",
                    Resource=[INSTANCE, SHELL],
                    Condition={**CHECK, "StringEquals": {"ssm:resourceTag/team": "platform"}},
                )
            ],
            SHELL,
            False,
            id="a tag condition that covers the document",
        ),
    ],
)
def test_a_session_needs_the_instance_and_the_document(
    statements: list[dict[str, Any]], document: str | None, *, allowed: bool
) -> None:
    ann = Person(userid="AIDAANN", username="ann")
    tags = {"team": "platform"}

    assert may_start(policy(*statements), ann, instance=INSTANCE, tags=tags, document=document) is allowed
