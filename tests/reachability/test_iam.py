"""The evaluation of IAM documents: each element with both verdicts, and moto's own evaluator as the oracle."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.access_control import IAMPolicy, PermissionResult

from reachability.iam import Answer, Call, Document, read_document, rule
from reachability.patterns import SOME, fits, literal

ALLOW, DENY, UNKNOWN = Answer.ALLOW, Answer.DENY, Answer.UNKNOWN
ROLE = "arn:aws:iam::123456789012:role/web"
REGISTER = "ssm:UpdateInstanceInformation"
CHANNEL = "ssmmessages:OpenDataChannel"


def grant(actions: Any = "*", resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def denial(actions: Any = "*", resources: Any = "*", **more: Any) -> dict[str, Any]:
    return {**grant(actions, resources, **more), "Effect": "Deny"}


def documents(*statements: Any) -> list[Document]:
    return [read_document("web", json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))]


def call(action: str = REGISTER, resource: str = SOME, **context: str) -> Call:
    keys = {"aws:principalaccount": "123456789012", "aws:principalarn": ROLE}
    return Call(action, resource, {"AWS": ROLE}, "123456789012", keys | context)


INSTANCE = f"arn:aws:ec2:eu-west-1:123456789012:instance/{SOME}"


@pytest.mark.parametrize(
    ("statements", "request_", "answer"),
    [
        pytest.param([grant(REGISTER)], call(), ALLOW, id="the action by its name"),
        pytest.param([grant("SSM:updateInstance*")], call(), ALLOW, id="in any case of letters, with a wildcard"),
        pytest.param([grant("ssm:UpdateInstanceInformatio?")], call(), ALLOW, id="a ? is one character"),
        pytest.param([grant("ssm:UpdateInstanceInformation?")], call(), DENY, id="a ? is no absent character"),
        pytest.param([grant(["s3:*", "ssm:*"])], call(), ALLOW, id="one of a list"),
        pytest.param([grant("ssmmessages:*")], call(), DENY, id="another service"),
        pytest.param([], call(), DENY, id="no statement"),
        pytest.param([grant(), denial("ssm:*")], call(), DENY, id="a denial wins over what allows"),
        pytest.param([denial("ssm:*"), grant()], call(), DENY, id="a denial wins in any order"),
        pytest.param([grant(), denial("s3:*")], call(), ALLOW, id="a denial of something else"),
        pytest.param(
            [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], call(), ALLOW, id="all but another service"
        ),
        pytest.param(
            [{"Effect": "Allow", "NotAction": ["iam:*", "ssm:*"], "Resource": "*"}],
            call(),
            DENY,
            id="all but this service",
        ),
        pytest.param(
            [grant(), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}], call(), DENY, id="a denial of all else"
        ),
        pytest.param(
            [grant(REGISTER, "arn:aws:ec2:*:*:instance/*")], call(resource=INSTANCE), ALLOW, id="every instance"
        ),
        pytest.param(
            [grant(REGISTER, "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc")],
            call(resource=INSTANCE),
            UNKNOWN,
            id="one instance, where ours has no id yet",
        ),
        pytest.param(
            [grant(REGISTER, "arn:aws:ec2:us-east-1:*:instance/*")], call(resource=INSTANCE), DENY, id="another Region"
        ),
        pytest.param(
            [grant(REGISTER, "arn:aws:ec2:*:${aws:PrincipalAccount}:instance/*")],
            call(resource=INSTANCE),
            ALLOW,
            id="a variable whose value is known",
        ),
        pytest.param(
            [grant(REGISTER, "arn:aws:ec2:*:*:instance/${aws:PrincipalTag/id}")],
            call(resource=INSTANCE),
            UNKNOWN,
            id="a variable whose value is not known",
        ),
        pytest.param(
            [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}],
            call(resource=INSTANCE),
            ALLOW,
            id="all resources but others",
        ),
        pytest.param(
            [grant(), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::*"}],
            call(resource=INSTANCE),
            DENY,
            id="a denial of all resources but others",
        ),
        pytest.param([grant(CHANNEL)], call(CHANNEL, "*"), ALLOW, id="an action without resources, on *"),
        pytest.param(
            [grant(CHANNEL, "arn:aws:ec2:*:*:instance/*")],
            call(CHANNEL, "*"),
            DENY,
            id="an action without resources, on instances",
        ),
        pytest.param(
            [grant(Condition={"StringEquals": {"aws:ResourceTag/team": "web"}})],
            call(),
            UNKNOWN,
            id="allowed under a condition that nobody can tell",
        ),
        pytest.param(
            [grant(), denial(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})],
            call(),
            UNKNOWN,
            id="denied under a condition that nobody can tell",
        ),
        pytest.param(
            [grant(REGISTER), grant(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
            call(),
            ALLOW,
            id="allowed once more, under no condition",
        ),
        pytest.param(
            [grant(Condition={"StringEquals": {"aws:PrincipalAccount": ["1", "123456789012"]}})],
            call(),
            ALLOW,
            id="a condition on the caller's account, which holds",
        ),
        pytest.param(
            [grant(Condition={"StringEquals": {"aws:PrincipalAccount": "210987654321"}})],
            call(),
            DENY,
            id="a condition on another account",
        ),
        pytest.param(
            [grant(), denial(Condition={"StringNotEqualsIfExists": {"aws:principalaccount": "210987654321"}})],
            call(),
            DENY,
            id="a denial to every other account",
        ),
        pytest.param(
            [grant(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/w*"}})],
            call(),
            ALLOW,
            id="roles by ARN",
        ),
        pytest.param(
            [grant(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam:*:role/w*"}})],
            call(),
            UNKNOWN,
            id="fewer parts than an ARN has",
        ),
        pytest.param(
            [grant(Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam:*:role/w*"}})],
            call(),
            ALLOW,
            id="a wildcard of a text takes in colons",
        ),
        pytest.param(
            [grant(Condition={"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/w*"}})],
            call(),
            DENY,
            id="no wildcard where texts are to be equal",
        ),
        pytest.param(
            [grant(Condition={"Null": {"aws:PrincipalArn": "true"}})],
            call(),
            DENY,
            id="a key that must not be there is",
        ),
        pytest.param(
            [grant(Condition={"IpAddress": {"aws:PrincipalArn": "10.0.0.0/8"}})], call(), UNKNOWN, id="another operator"
        ),
        pytest.param([grant(Condition=["junk"])], call(), UNKNOWN, id="a condition that is none"),
        pytest.param([grant([7])], call(), UNKNOWN, id="an action that is no text"),
        pytest.param([{"Effect": "Perhaps", "Action": "*"}], call(), UNKNOWN, id="an effect that is none"),
        pytest.param([grant(Principal="*")], call(), ALLOW, id="everybody"),
        pytest.param([grant(Principal={"AWS": "*"})], call(), ALLOW, id="every principal of AWS"),
        pytest.param([grant(Principal={"AWS": [ROLE]})], call(), ALLOW, id="the role"),
        pytest.param([grant(Principal={"AWS": f"{ROLE}-other"})], call(), DENY, id="another role"),
        pytest.param([grant(Principal={"AWS": "123456789012"})], call(), ALLOW, id="the account by its number"),
        pytest.param(
            [grant(Principal={"AWS": "arn:aws:iam::123456789012:root"})], call(), ALLOW, id="the account's ARN"
        ),
        pytest.param([grant(Principal={"AWS": "210987654321"})], call(), DENY, id="another account"),
        pytest.param([grant(Principal={"AWS": "AROAEXAMPLE"})], call(), UNKNOWN, id="an id, which is a role's or not"),
        pytest.param([grant(Principal={"Service": "ec2.amazonaws.com"})], call(), DENY, id="a service"),
        pytest.param(
            [grant(), {"Effect": "Deny", "NotPrincipal": {"AWS": f"{ROLE}-other"}, "Action": "*", "Resource": "*"}],
            call(),
            DENY,
            id="a denial to everybody but another role",
        ),
        pytest.param(
            [grant(), {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "*", "Resource": "*"}],
            call(),
            UNKNOWN,
            id="a denial to everybody but the role, which holds for its sessions unless they are named",
        ),
    ],
)
def test_documents_say(statements: list[Any], request_: Call, answer: Answer) -> None:
    assert answer is rule(documents(*statements), request_).answer


@pytest.mark.parametrize(
    ("attached", "boundary", "answer"),
    [
        pytest.param([grant("ssm:*")], [grant()], ALLOW, id="both allow"),
        pytest.param([grant("ssm:*")], [grant("s3:*")], DENY, id="the boundary does not"),
        pytest.param([grant("ssm:*")], [grant(), denial("ssm:*")], DENY, id="the boundary denies"),
        pytest.param([grant("s3:*")], [grant()], DENY, id="a boundary grants nothing"),
        pytest.param([grant("ssm:*")], ["junk"], UNKNOWN, id="the boundary is not known"),
        pytest.param([denial()], ["junk"], DENY, id="what is denied is so under any boundary"),
    ],
)
def test_a_boundary_limits(attached: list[Any], boundary: list[Any], answer: Answer) -> None:
    assert answer is rule(documents(*attached), call(), boundary=documents(*boundary)[0]).answer


def test_a_document_that_is_not_known_may_deny_unless_it_only_grants() -> None:
    known = documents(grant("ssm:*"))

    assert UNKNOWN is rule([*known, Document("other")], call()).answer
    assert ALLOW is rule([*known, Document("other", only_grants=True)], call()).answer
    assert UNKNOWN is rule([Document("other", only_grants=True)], call()).answer


def test_a_caller_without_a_known_account_may_be_of_any() -> None:
    stranger = Call(REGISTER, principals={"AWS": f"arn:aws:iam::{SOME}:role/web"})

    assert UNKNOWN is rule(documents(grant(Principal={"AWS": "210987654321"})), stranger).answer
    assert ALLOW is rule(documents(grant(Principal={"AWS": "*"})), stranger).answer


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        pytest.param(
            [grant(Sid="All"), denial("ssm:*", Sid="NoSsm")], "statement NoSsm of web denies it", id="by its Sid"
        ),
        pytest.param([grant(), denial("ssm:*")], "statement 2 of web denies it", id="by its place"),
        pytest.param([grant("s3:*")], "nothing in web allows it", id="where there is none"),
        pytest.param(
            [grant(Condition={"Bool": {"aws:ViaAWSService": True}})],
            "statement 1 of web may allow it: the condition on aws:ViaAWSService cannot be told",
            id="with what is missing",
        ),
    ],
)
def test_a_ruling_names_its_statement(statements: list[Any], why: str) -> None:
    assert why == rule(documents(*statements), call()).why


PARTS = st.lists(st.sampled_from(["ssm:", "s3:", "Get", "Put", "*"]), min_size=1, max_size=4).map("".join)
STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Resource": st.one_of(PARTS, st.lists(PARTS, min_size=1, max_size=2)),
        }
    ).flatmap(
        lambda rest: st.tuples(
            st.sampled_from(["Action", "NotAction"]), st.one_of(PARTS, st.lists(PARTS, min_size=1, max_size=2))
        ).map(lambda actions: {**rest, actions[0]: actions[1]})
    ),
    min_size=1,
    max_size=3,
)
TEXTS = PARTS.map(lambda text: text.replace("*", "x"))


@given(st.lists(STATEMENTS, min_size=1, max_size=3), TEXTS, TEXTS)
def test_motos_evaluator_says_the_same(policies: list[Any], action: str, resource: str) -> None:
    """It knows neither conditions nor principals, and of resources only what is listed."""
    texts = [json.dumps({"Statement": statements}) for statements in policies]
    verdicts = {IAMPolicy(text).is_action_permitted(action, resource) for text in texts}
    allowed = PermissionResult.PERMITTED in verdicts and PermissionResult.DENIED not in verdicts

    found = rule([read_document("web", text) for text in texts], Call(action, resource))

    assert (ALLOW if allowed else DENY) is found.answer


LETTERS = "ab"
PATTERNS = st.text(alphabet=f"{LETTERS}:*?", max_size=4)
FILLINGS = ["".join(some) for length in range(5) for some in product(LETTERS, repeat=length)]


@given(PATTERNS, st.text(alphabet=f"{LETTERS}:{SOME}", max_size=3))
def test_a_pattern_fits_as_every_filling_of_the_unknown_does(pattern: str, text: str) -> None:
    """Brute force: every text that the unknown parts may stand for, up to a length that tells all patterns apart."""
    plain = re.compile("".join({"*": ".*", "?": "."}.get(one, one) for one in pattern))
    parts = text.split(SOME)
    fillings = product(FILLINGS, repeat=len(parts) - 1) if len(parts) < 4 else product(FILLINGS[:7], repeat=3)
    verdicts = {
        plain.fullmatch("".join(part + some for part, some in zip(parts, [*filling, ""], strict=True))) is not None
        for filling in fillings
    }

    found = fits(pattern, text)

    assert found is (None if len(verdicts) == 2 else verdicts.pop())


@given(st.text(alphabet="a*?$", max_size=4))
def test_a_literal_fits_itself_alone(text: str) -> None:
    assert fits(literal(text), text) is True
    assert fits(literal(text), f"{text}a") is False


JUNK = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.text(max_size=8), st.sampled_from(["*", "${", "Allow", "Deny"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.text(max_size=4),
                st.sampled_from(
                    ["Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"]
                ),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@given(JUNK, JUNK, JUNK)
def test_junk_never_raises(whole: Any, one: Any, two: Any) -> None:
    for text in (whole, {"Statement": [grant(one, two, Condition=whole), denial(Principal=one, NotResource=two)]}):
        assert rule([read_document("junk", text)], call()).answer in set(Answer)
        assert rule([read_document("junk", json.dumps(text))], call()).answer in set(Answer)


def test_a_document_nested_deeper_than_python_reads_is_not_known() -> None:
    assert UNKNOWN is rule([read_document("deep", "[" * 100_000)], call()).answer


def test_many_wildcards_take_no_time() -> None:
    assert fits("*a" * 900 + "b", "a" * 900) is False
