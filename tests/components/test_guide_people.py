"""The people for whom the guides' examples are get in, and nobody else.

The policies are those that the whole program makes of an example, and the tests' own evaluator judges them.
"""

from __future__ import annotations

import configparser
import json
import re
import runpy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime.config import set_all_config

from tests.components.evaluator import Person, Request, allows, may_start, session_of
from tests.components.graph import ATTACHMENT, INSTANCE, ROLE, ROLE_POLICY, Graph, deploy
from tests.components.sessions.test_preferences import NEW
from tests.components.test_docs import GUIDES, ROOT, configs

if TYPE_CHECKING:
    from collections.abc import Mapping

POLICY = "aws:iam/policy:Policy"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
GROUP_ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
IAM = "arn:aws:iam::123456789012"
MACHINE = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"
SESSION = "arn:aws:ssm:us-east-1:123456789012:session/"

FORWARD, REMOTE, SSH, ANY_COMMAND = (
    f"arn:aws:ssm:us-east-1::document/AWS-Start{name}"
    for name in ("PortForwardingSession", "PortForwardingSessionToRemoteHost", "SSHSession", "InteractiveCommand")
)

SECOND_FACTOR = {"aws:MultiFactorAuthPresent": "true"}
WITH_TOKEN = Person(userid="AIDAANN", username="ann", context=SECOND_FACTOR)
WITH_KEYS = Person(userid="AIDAANN", username="ann")
# AssumeRole and federation alike: no name of a user, and never a word about a second factor.
OF_ROLE = Person(userid="AROADEV:ann")


@dataclass(frozen=True)
class Example:
    """What the program makes of one example."""

    graph: Graph

    @property
    def tags(self) -> Mapping[str, str]:
        """Of an instance."""
        instance, *_ = self.graph.of(INSTANCE).values()
        return dict(instance["tags"])

    def policies(self, attachment: str) -> list[str]:
        """Of those who got one by such an attachment."""
        by_arn = {f"{name}-arn": inputs["policy"] for name, inputs in self.graph.of(POLICY).items()}
        arns = [one["policyArn"] for one in self.graph.of(attachment).values()]
        return [by_arn[arn] for arn in arns if arn in by_arn]

    def may(self, attachment: str, person: Person, document: str | None = None) -> bool:
        """Start a session on an instance of this stack."""
        return any(
            may_start(policy, person, instance=MACHINE, tags=self.tags, document=document)
            for policy in self.policies(attachment)
        )


def made(config: Mapping[str, Any]) -> Example:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}

    def program() -> None:
        set_all_config(texts)
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return Example(deploy(program, answers=NEW.answers))


def shown(guide: str, number: int) -> Example:
    return made(configs(ROOT / guide)[number])


def given_to_a_group(guide: str) -> Example:
    """The first example of a guide that has operators; the README's own leaves open who gets the policy."""
    config = next(one for one in configs(ROOT / guide) if "ssm-only:operators" in one)
    return made({**config, "ssm-only:operators": {**config["ssm-only:operators"], "groups": ["operators"]}})


EXAMPLES = [
    pytest.param(config, id=f"{guide.name}-{number}")
    for guide in GUIDES
    for number, config in enumerate(configs(guide))
    if config.keys() & {"ssm-only:operators", "ssm-only:sessions"}
]


@pytest.mark.parametrize("config", EXAMPLES)
def test_everybody_whom_an_example_names_gets_in_and_only_there(config: Mapping[str, Any]) -> None:
    example = made(config)
    operators = config.get("ssm-only:operators", {})
    people = {
        USER_ATTACHMENT: (operators.get("users"), WITH_TOKEN),
        GROUP_ATTACHMENT: (operators.get("groups"), WITH_TOKEN),
        ATTACHMENT: (operators.get("roles") or operators.get("role"), OF_ROLE),
    }
    for attachment, (named, person) in people.items():
        assert example.may(attachment, person) is bool(named)
        assert not example.may(attachment, person, ANY_COMMAND)
        for policy in example.policies(attachment):
            assert not may_start(policy, person, instance=MACHINE, tags={"Name": "another's"}, document=None)
            for owner, allowed in ((person, True), (Person(userid=f"{person.userid}-marie"), False)):
                for action in ("ssm:ResumeSession", "ssm:TerminateSession"):
                    asked = {**person.keys, **session_of(owner)}
                    assert allows(policy, Request(action=action, resource=f"{SESSION}a", context=asked)) is allowed


@pytest.mark.parametrize(
    ("guide", "ways"),
    [
        pytest.param("README.md", {None, FORWARD}, id="README"),
        pytest.param("docs/operators.md", {None, FORWARD, SSH}, id="the guide's first"),
    ],
)
def test_a_group_with_a_second_factor(guide: str, ways: set[str | None]) -> None:
    example = given_to_a_group(guide)

    assert {way for way in (None, FORWARD, REMOTE, SSH) if example.may(GROUP_ATTACHMENT, WITH_TOKEN, way)} == ways
    # An access key alone is no second factor, and the policy of the group is none for roles.
    assert not example.may(GROUP_ATTACHMENT, WITH_KEYS)
    assert not example.may(GROUP_ATTACHMENT, OF_ROLE)


@pytest.mark.parametrize(("user", "allowed"), [("ec2-user", True), ("root", False)])
def test_a_key_is_pushed_for_the_user_of_the_guide(user: str, *, allowed: bool) -> None:
    example = shown("docs/operators.md", 0)
    tags = {f"aws:ResourceTag/{tag}": value for tag, value in example.tags.items()}
    context = {**WITH_TOKEN.keys, **tags, "ec2:osuser": user}
    push = Request(action="ec2-instance-connect:SendSSHPublicKey", resource=MACHINE, context=context)

    assert [allows(policy, push) for policy in example.policies(GROUP_ATTACHMENT)] == [allowed]


@pytest.mark.parametrize(
    ("name", "factor", "allowed"),
    [
        pytest.param(None, SECOND_FACTOR, True, id="with the profile of the guide"),
        pytest.param("bob", SECOND_FACTOR, False, id="under a colleague's name"),
        pytest.param(None, {}, False, id="without the second factor"),
    ],
)
def test_the_role_is_assumed_with_the_profile_that_the_guide_shows(
    name: str | None, factor: Mapping[str, str], *, allowed: bool
) -> None:
    (block,) = re.findall(r"```ini\n(.*?)```", (ROOT / "docs/operators.md").read_text(), re.DOTALL)
    profiles = configparser.ConfigParser()
    profiles.read_string("\n".join(line.strip() for line in block.splitlines()))
    profile = profiles["profile operator"]
    example = shown("docs/operators.md", 2)
    (role,) = (one for one in example.graph.of(ROLE).values() if "operators" in one["tags"]["Name"])
    user = profile["mfa_serial"].rsplit("/", 1)[-1]
    context = {"aws:username": user, "sts:RoleSessionName": name or profile["role_session_name"], **factor}
    asked = Request(action="sts:AssumeRole", principal=f"{IAM}:user/{user}", context=context)

    assert allows(role["assumeRolePolicy"], asked) is allowed
    assert example.may(ATTACHMENT, Person(userid=f"AROAOPS:{user}"))


def test_what_the_readmes_sessions_ask_of_people_and_instances() -> None:
    example = given_to_a_group("README.md")
    in_session = {
        "kms:EncryptionContext:aws:ssm:SessionId": "ann-0a1b",
        "kms:EncryptionContext:aws:ssm:TargetId": "i-0123456789abcdef0",
    }
    key = Request(
        action="kms:GenerateDataKey",
        resource="main-sessions-arn",
        context={**WITH_TOKEN.keys, **in_session},
    )
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/ssm-only/test/main"
    roles = [inputs["policy"] for inputs in example.graph.of(ROLE_POLICY).values()]

    assert [allows(policy, key) for policy in example.policies(GROUP_ATTACHMENT)] == [True]
    assert len(roles) == 2
    for policy in roles:
        assert allows(policy, Request(action="kms:Decrypt", resource="main-sessions-arn"))
        assert allows(policy, Request(action="logs:PutLogEvents", resource=f"{group}:log-stream:ann-0a1b"))
        assert not allows(policy, Request(action="s3:PutObject", resource="arn:aws:s3:::main-session-logs-bucket/a"))
