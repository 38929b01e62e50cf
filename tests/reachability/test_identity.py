"""Whether an agent gets its rights: every cause beside its neighbour that holds, and the mend of each applied."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reachability.findings import Hop, Link
from reachability.identity import STEPS, TEXTS, identity, is_meant
from reachability.mends import apply
from reachability.model import Host, Preferences, Profile, Role, Unknown, World
from reachability.view import View

CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
ACTIONS = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def deny(*actions: str) -> dict[str, Any]:
    return {**allow(*actions), "Effect": "Deny"}


def trust(service: str = "ec2.amazonaws.com", **more: Any) -> str:
    return text({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more})


ROLE = Role(id="role", name="web", arn="arn:aws:iam::123456789012:role/web", trust=trust(), managed=(CORE,))
HOST = Host(id="i-1", name="web", subnet="subnet-1", profile="profile")
DEFAULT = replace(ROLE, id="default", name="managed", trust=trust("ssm.amazonaws.com"))


def world(role: Role | None = ROLE, host: Host = HOST, **more: Any) -> World:
    roles = {one.id: one for one in (role, DEFAULT) if one}
    profile = Profile(id="profile", name="web-profile", role=role.id if role else None)
    return World(region="eu-west-1", roles=roles, profiles={"profile": profile}, hosts={host.id: host}, **more)


def causes(of: World) -> set[str]:
    return {step.cause for step in identity(View(of), of.hosts["i-1"]) if isinstance(step, Link)}


def unknown(of: World) -> list[str]:
    return [step.what for step in identity(View(of), of.hosts["i-1"]) if isinstance(step, Unknown)]


WRITTEN = replace(ROLE, managed=(), documents=(text(allow(*ACTIONS)),))
BOUNDED = replace(ROLE, boundary=text(allow("ssm:*", "ssmmessages:*")))
TO_DEV = text(
    allow("s3:PutObject", Resource="arn:aws:s3:::logs/dev/*"),
    allow("s3:GetEncryptionConfiguration", Resource="arn:aws:s3:::logs"),
)
LOGS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:DescribeLogGroups")


@pytest.mark.parametrize(
    ("asked", "broken"),
    [
        pytest.param(world(), set(), id="a profile with AWS's policy"),
        pytest.param(world(WRITTEN), set(), id="a policy of its own with the five"),
        pytest.param(world(host=replace(HOST, profile=None)), {"no-profile"}, id="no profile"),
        pytest.param(world(None), {"no-role"}, id="a profile without role"),
        pytest.param(
            world(replace(ROLE, trust=trust("ssm.amazonaws.com"))), {"trust"}, id="a trust in another service"
        ),
        pytest.param(world(replace(ROLE, trust=trust("ec2.amazonaws.com.cn"))), set(), id="the name that is China's"),
        pytest.param(world(replace(ROLE, managed=())), {"not-allowed"}, id="no policy"),
        pytest.param(
            world(replace(WRITTEN, documents=(text(allow(*ACTIONS[:4])),))), {"not-allowed"}, id="four of the five"
        ),
        pytest.param(
            world(replace(ROLE, documents=(text(deny("ssmmessages:*")),))), {"denied"}, id="a policy that denies"
        ),
        pytest.param(
            world(replace(ROLE, documents=(text(deny("s3:*")),))), set(), id="a policy that denies other calls"
        ),
        pytest.param(
            world(replace(ROLE, managed=(), documents=(text(deny("ssm:*"), allow("ssmmessages:*")),))),
            {"denied", "not-allowed"},
            id="two causes for one call",
        ),
        pytest.param(
            world(replace(ROLE, managed=(CORE, "arn:aws:iam::aws:policy/AWSDenyAll"))),
            {"denied"},
            id="AWS's denial of all",
        ),
        pytest.param(world(BOUNDED), set(), id="a boundary that allows"),
        pytest.param(
            world(replace(ROLE, boundary=text(allow("s3:*")))), {"boundary"}, id="a boundary that does not allow"
        ),
        pytest.param(
            world(replace(ROLE, boundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")),
            {"boundary"},
            id="a policy of AWS's as boundary",
        ),
        pytest.param(
            world(preferences=Preferences(log_group="sessions")), {"not-allowed"}, id="logs of sessions without rights"
        ),
        pytest.param(
            world(replace(ROLE, documents=(text(allow(*LOGS)),)), preferences=Preferences(log_group="sessions")),
            set(),
            id="logs of sessions with rights",
        ),
        pytest.param(
            world(
                replace(
                    ROLE,
                    documents=(
                        text(
                            allow(
                                *LOGS,
                                Resource=[
                                    "arn:aws:logs:*:*:log-group:sessions:*",
                                    "arn:aws:logs:*:*:log-group:sessions",
                                ],
                            )
                        ),
                    ),
                ),
                preferences=Preferences(log_group="other"),
            ),
            {"not-allowed"},
            id="rights for other logs",
        ),
        pytest.param(
            world(preferences=Preferences(bucket="logs", key="alias/sessions")),
            {"not-allowed"},
            id="a bucket and a key",
        ),
        pytest.param(
            world(
                replace(
                    ROLE,
                    documents=(text(allow("s3:PutObject", "s3:GetEncryptionConfiguration", "kms:Decrypt")),),
                ),
                preferences=Preferences(bucket="logs", key="alias/sessions"),
            ),
            set(),
            id="a bucket and a key with rights",
        ),
        pytest.param(
            world(replace(ROLE, documents=(TO_DEV,)), preferences=Preferences(bucket="logs", prefix="dev/")),
            set(),
            id="rights for what keys begin with",
        ),
        pytest.param(
            world(replace(ROLE, documents=(TO_DEV,)), preferences=Preferences(bucket="logs", prefix="prod")),
            {"not-allowed"},
            id="rights for what other keys begin with",
        ),
        pytest.param(
            world(host=replace(HOST, profile=None), default_host_management="default"),
            set(),
            id="Default Host Management without profile",
        ),
        pytest.param(
            world(replace(ROLE, managed=()), default_host_management="default"),
            set(),
            id="Default Host Management beside a profile that may not register",
        ),
        pytest.param(
            world(
                replace(WRITTEN, documents=(text(allow("ssm:UpdateInstanceInformation")),)),
                default_host_management="default",
            ),
            {"not-allowed"},
            id="Default Host Management is not asked where the profile may register",
        ),
        pytest.param(
            world(host=replace(HOST, profile=None, agent_version=(3, 1, 0, 0)), default_host_management="default"),
            {"old-agent"},
            id="an agent before Default Host Management",
        ),
    ],
)
def test_causes(asked: World, broken: set[str]) -> None:
    assert broken == causes(asked)
    assert unknown(asked) == []


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        pytest.param(
            world(host=replace(HOST, profile=Unknown("the profile of web"))), "the profile of web", id="which profile"
        ),
        pytest.param(world(replace(ROLE, trust=Unknown("the trust of web"))), "the trust of web", id="the trust"),
        pytest.param(
            world(replace(ROLE, managed=("arn:aws:iam::123456789012:policy/mine",))),
            "whether web may call " + ", ".join(ACTIONS),
            id="a policy that the world does not have",
        ),
        pytest.param(
            world(replace(ROLE, gaps=Unknown("what else web has"))),
            "whether web may call " + ", ".join(ACTIONS),
            id="a policy that may be there, and deny",
        ),
        pytest.param(
            world(replace(WRITTEN, documents=(text(allow(*ACTIONS, Condition={"Bool": {"aws:x": "true"}})),))),
            "whether web may call " + ", ".join(ACTIONS),
            id="a condition that nobody can tell",
        ),
        pytest.param(world(preferences=Unknown("the preferences")), "the preferences", id="the preferences"),
        pytest.param(
            world(host=replace(HOST, profile=None), default_host_management=Unknown("the role of the setting")),
            "the role of the setting",
            id="the role of Default Host Management",
        ),
    ],
)
def test_what_is_not_known_breaks_nothing_and_is_said(asked: World, what: str) -> None:
    assert causes(asked) == set()
    assert unknown(asked) == [what]


BROKEN = [
    world(host=replace(HOST, profile=None)),
    world(None),
    world(replace(ROLE, trust=trust("ssm.amazonaws.com"))),
    world(replace(ROLE, managed=())),
    world(replace(ROLE, documents=(text(deny("ssmmessages:*"), allow("s3:*")),))),
    world(replace(ROLE, managed=(CORE, "arn:aws:iam::aws:policy/AWSDenyAll"))),
    world(replace(ROLE, managed=(), documents=(text(deny("ssm:*"), allow("ssmmessages:*")),))),
    world(replace(ROLE, boundary=text(allow("s3:*"), deny("ssm:*")))),
    world(preferences=Preferences(bucket="logs", log_group="sessions", key="alias/sessions")),
]


@pytest.mark.parametrize("asked", BROKEN, ids=lambda one: "+".join(sorted(causes(one))))
def test_the_mends_make_it_whole(asked: World) -> None:
    mended = asked
    for step in identity(View(asked), asked.hosts["i-1"]):
        if isinstance(step, Link):
            mended = apply(mended, step.mend)

    assert causes(asked)
    assert causes(mended) == set()
    assert unknown(mended) == []


@pytest.mark.parametrize("asked", [*BROKEN, world(), world(default_host_management="default")])
def test_every_step_has_its_text(asked: World) -> None:
    for step in identity(View(asked), asked.hosts["i-1"]):
        if isinstance(step, Link):
            assert all("{" not in part.format(**dict(step.names)) for part in TEXTS[step.cause])
        elif isinstance(step, Hop):
            assert "{" not in STEPS[step.step].format(**dict(step.names))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        pytest.param(world(), True, id="a role that may register"),
        pytest.param(world(replace(ROLE, trust=trust("ssm.amazonaws.com"))), True, id="whoever it trusts"),
        pytest.param(world(replace(ROLE, documents=(text(deny("ssm:*")),))), True, id="whatever denies it"),
        pytest.param(
            world(replace(WRITTEN, documents=(text(allow("ssmmessages:*")),))), True, id="four of the five actions"
        ),
        pytest.param(world(host=replace(HOST, profile=None)), False, id="no profile"),
        pytest.param(world(None), False, id="no role"),
        pytest.param(world(replace(ROLE, managed=())), False, id="a role without rights"),
        pytest.param(
            world(replace(ROLE, managed=("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",))), False, id="other rights"
        ),
        pytest.param(
            world(replace(ROLE, managed=("arn:aws:iam::1:policy/mine",))), False, id="rights that nobody knows"
        ),
        pytest.param(
            world(host=replace(HOST, profile=None), default_host_management="default"),
            True,
            id="Default Host Management",
        ),
    ],
)
def test_who_is_meant_to_be_managed(asked: World, meant: bool) -> None:  # noqa: FBT001 - the verdict of the table
    assert meant is is_meant(View(asked), asked.hosts["i-1"])
