"""The access of operators on Pulumi's mocks, as the exact graph that it registers."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.base.errors import ConfigError
from components.base.tags import stack_tag
from components.operators.access import OperatorAccess, OperatorAccessArgs, require_fits
from components.operators.console import Ways
from components.operators.documents import session_policy, trust_policy
from components.operators.settings import OperatorRole, OperatorSettings
from tests.components.graph import ATTACHMENT, CN_NORTH_1, ROLE, US_EAST_1, Graph, deploy

POLICY = "aws:iam/policy:Policy"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
GROUP_ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"

STACK = {"ssm-only:stack": "acme/ssm-only/test"}
TAGS = {"team": "platform", "Name": "ops"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ACCOUNT = "arn:aws:iam::123456789012:root"
DEVELOPERS = "arn:aws:iam::123456789012:role/Developers"
ANN = "arn:aws:iam::123456789012:user/ann"


def deploy_access(settings: OperatorSettings, *, key: str | None = None, **args: Any) -> Graph:
    def program() -> None:
        given = {"region": US_EAST_1, "tags": {"team": "platform"}, **args}
        if key is not None:
            given["session_key_arn"] = pulumi.Output.from_input(key)
        access = OperatorAccess("ops", OperatorAccessArgs(settings=settings, **given))
        pulumi.export("outputs", dict(access.outputs))
        pulumi.export("permission_set", access.permission_set)
        pulumi.export("role", access.role_arn)
        pulumi.export("lines", list(access.ways.lines))
        pulumi.export("tag", dict(stack_tag()))

    return deploy(program)


def test_alone_it_is_one_policy() -> None:
    graph = deploy_access(OperatorSettings())

    assert graph.names() == {(POLICY, "ops")}
    assert graph.of(POLICY)["ops"] == {
        "description": "Open Session Manager sessions, and end and resume one's own",
        "policy": session_policy(
            US_EAST_1, OperatorSettings(), tags=STACK, document="SSM-SessionManagerRunShell", session_key_arn=None
        ),
        "tags": TAGS,
    }
    assert graph.exports["role"] is None


def test_the_policy_knows_the_stack_by_the_tag_that_instances_get() -> None:
    assert deploy_access(OperatorSettings()).exports["tag"] == STACK


@pytest.mark.parametrize(
    ("until", "warned"),
    [
        pytest.param(None, [], id="no end"),
        pytest.param("9999-12-31T23:59:59Z", [], id="to come"),
        pytest.param(
            "2020-01-01T00:00:00Z",
            [
                "ssm-only:operators.validUntil is '2020-01-01T00:00:00Z': that is over, so nobody may open a session.",
            ],
            id="over",
        ),
    ],
)
def test_a_window_that_is_over_is_said(until: str | None, warned: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, _: said.append(message))
    deploy_access(OperatorSettings(valid_until=until))

    assert said == warned


def test_everybody_who_is_named_gets_the_policy() -> None:
    graph = deploy_access(OperatorSettings(roles=["Developers", "admin"], users=["ann", "admin"], groups=["admin"]))
    made = {"policyArn": "ops-arn"}

    assert graph.names() == {
        (POLICY, "ops"),
        (ATTACHMENT, "ops-role-Developers"),
        (ATTACHMENT, "ops-role-admin"),
        (USER_ATTACHMENT, "ops-user-ann"),
        (USER_ATTACHMENT, "ops-user-admin"),
        (GROUP_ATTACHMENT, "ops-group-admin"),
    }
    assert graph.of(ATTACHMENT)["ops-role-Developers"] == {"role": "Developers", **made}
    assert graph.of(USER_ATTACHMENT)["ops-user-ann"] == {"user": "ann", **made}
    assert graph.of(GROUP_ATTACHMENT)["ops-group-admin"] == {"group": "admin", **made}


def test_a_role_of_their_own() -> None:
    role = OperatorRole(trust=[ACCOUNT], mfa=True, max_hours=8)
    graph = deploy_access(OperatorSettings(role=role))

    assert graph.names() == {(POLICY, "ops"), (ROLE, "ops"), (ATTACHMENT, "ops")}
    assert graph.of(ROLE)["ops"] == {
        "description": "For people who open Session Manager sessions",
        "assumeRolePolicy": trust_policy(role),
        "maxSessionDuration": 28800,
        "forceDetachPolicies": True,
        "tags": TAGS,
    }
    assert graph.of(ATTACHMENT)["ops"] == {"role": "ops-name", "policyArn": "ops-arn"}
    assert graph.exports["role"] == "ops-arn"


def test_roles_get_a_policy_that_asks_for_no_second_factor() -> None:
    """Their credentials never have one to show."""
    role = OperatorRole(trust=[ANN], mfa=True)
    graph = deploy_access(OperatorSettings(mfa=True, groups=["people"], users=["ann"], roles=["dev"], role=role))
    asks = {name: "MultiFactorAuth" in inputs["policy"] for name, inputs in graph.of(POLICY).items()}
    gets = [*graph.of(GROUP_ATTACHMENT).values(), *graph.of(USER_ATTACHMENT).values(), *graph.of(ATTACHMENT).values()]

    assert asks == {"ops": True, "ops-roles": False}
    assert [one["policyArn"] for one in gets] == ["ops-arn", "ops-arn", "ops-roles-arn", "ops-roles-arn"]
    assert graph.of(POLICY)["ops-roles"]["tags"] == {"team": "platform", "Name": "ops-roles"}
    assert graph.exports["permission_set"] == graph.of(POLICY)["ops-roles"]["policy"]
    assert graph.exports["outputs"] == {
        "policy_arn": "ops-arn",
        "roles_policy_arn": "ops-roles-arn",
        "role_arn": "ops-arn",
    }


def test_without_one_it_is_the_same_policy_for_all() -> None:
    graph = deploy_access(OperatorSettings(groups=["people"], roles=["dev"]))

    assert graph.exports["outputs"] == {"policy_arn": "ops-arn", "roles_policy_arn": "ops-arn", "role_arn": None}


@pytest.mark.parametrize(
    ("settings", "unasked"),
    [
        pytest.param({"groups": ["people"], "roles": ["dev", "admin"]}, "dev, admin", id="roles"),
        pytest.param(
            {"groups": ["people"], "role": OperatorRole(trust=[DEVELOPERS])},
            "the role that is made",
            id="a role's role",
        ),
        pytest.param({"groups": ["people"], "role": OperatorRole(trust=[ANN], mfa=True)}, None, id="a role that asks"),
        pytest.param({"groups": ["people"]}, None, id="no role"),
        pytest.param({"mfa": False, "groups": ["people"], "roles": ["dev"]}, None, id="nobody is asked"),
    ],
)
def test_a_role_that_this_stack_cannot_ask_is_said(
    settings: dict[str, Any], unasked: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, _: said.append(message))
    deploy_access(OperatorSettings(**{"mfa": True, **settings}))

    assert [one.rsplit(": ", 1)[-1] for one in said] == ([f"{unasked}."] if unasked else [])


def test_every_child_is_the_components() -> None:
    graph = deploy_access(
        OperatorSettings(roles=["a"], users=["a"], groups=["a"], role=OperatorRole(trust=[DEVELOPERS]))
    )

    for resource in graph:
        assert "ssm-only:components:OperatorAccess$aws:" in resource.urn


def test_the_key_and_the_document_of_the_preferences_arrive() -> None:
    graph = deploy_access(OperatorSettings(), document="Team-Preferences", key=KEY)
    (key,) = (one for one in statements(graph) if one["Sid"] == "SessionKey")
    (documents,) = (one for one in statements(graph) if one["Sid"] == "StartWithDocuments")

    assert key["Resource"] == KEY
    assert documents["Resource"] == ["arn:aws:ssm:us-east-1:123456789012:document/Team-Preferences"]


def test_the_permission_set_is_the_same_document() -> None:
    graph = deploy_access(OperatorSettings(ssh=True), key=KEY)

    assert graph.exports["permission_set"] == graph.of(POLICY)["ops"]["policy"]


def test_what_it_prints_is_what_it_allows() -> None:
    """A line that the policy refuses, or no line for what it allows, would each be a lie."""
    for settings, lines in (
        (OperatorSettings(), {"shell", "console"}),
        (OperatorSettings(documents=[], port_forwarding=True), {"port_forward"}),
        (OperatorSettings(documents=["Team-Shell"], remote_hosts=True), {"shell", "remote_host"}),
        (OperatorSettings(ssh=True), {"shell", "console", "ssh_config"}),
        (OperatorSettings(ssh=True, vpc="vpc-0a1b2c3d"), {"shell", "ssh_config"}),
        (OperatorSettings(ssh=True, ssh_users=["ec2-user"]), {"shell", "console", "ssh_config", "ssh_key"}),
    ):
        exports = deploy_access(settings).exports

        assert set(exports["lines"]) == lines


@pytest.mark.parametrize(
    ("documents", "own", "printed"),
    [
        pytest.param(None, "Team-Preferences", "Team-Preferences", id="the stack's own"),
        pytest.param(
            ("Other", "Team-Preferences"), "Team-Preferences", "Team-Preferences", id="the own one, if allowed"
        ),
        pytest.param(("Other", "More"), "Team-Preferences", "Other", id="else the first"),
        pytest.param((), "Team-Preferences", None, id="or none"),
    ],
)
def test_the_shells_document(documents: tuple[str, ...] | None, own: str, printed: str | None) -> None:
    seen: list[Ways] = []

    def program() -> None:
        settings = OperatorSettings(documents=documents, ssh=True)
        seen.append(OperatorAccess("ops", OperatorAccessArgs(region=CN_NORTH_1, settings=settings, document=own)).ways)

    deploy(program)

    assert seen == [Ways(document=printed, ssh=True)]


def test_a_policy_that_iam_refuses_is_refused_before_anything_is_made() -> None:
    # With the key's statement, which is there at the preview too, this is too long; without it, it is not.
    settings = OperatorSettings(tags={f"tag-{number}": "x" * 250 for number in range(17)})
    deploy_access(settings)

    with pytest.raises(ConfigError, match="ssm-only:operators is 'a policy of 6"):
        deploy_access(settings, key=KEY)


def test_whom_iam_does_not_know_is_refused_before_anything_is_made() -> None:
    """An ARN of another partition."""
    role = OperatorRole(trust=[DEVELOPERS.replace("aws", "aws-cn"), DEVELOPERS])
    deploy_access(OperatorSettings(role=OperatorRole(trust=[DEVELOPERS])))
    deploy_access(OperatorSettings(role=OperatorRole(trust=role.trust[:1])), region=CN_NORTH_1)

    message = r"ssm-only:operators.role.trust\[1\] is 'arn:aws:.*Use an ARN that begins with arn:aws-cn:."
    with pytest.raises(ConfigError, match=message):
        require_fits(CN_NORTH_1, OperatorSettings(role=role), has_session_key=False)


def statements(graph: Graph) -> list[Any]:
    found: list[Any] = json.loads(graph.of(POLICY)["ops"]["policy"])["Statement"]
    return found
