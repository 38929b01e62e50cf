"""Stacks whose instance will answer in Session Manager, and each with one link broken: before and after an update."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssm_guard.session_manager_reachable import SESSION_MANAGER_REACHABLE
from ssm_guard.session_manager_undetermined import SESSION_MANAGER_UNDETERMINED
from tests.policy.judging import UNKNOWN, Made, ask_stack_function
from tests.policy.readme_table import README
from tests.policy.session_manager_stacks import (
    ACLS_BOTH,
    EC2,
    INSTANCE,
    NAT,
    PRIVATELINK,
    PUBLIC,
    TRUST,
    VARIANTS,
    Stack,
    changed,
    depending,
    endpoint,
    joined,
    made,
    many,
    scaled,
    without,
)
from tests.policy.shapes import WHEN, outputs

if TYPE_CHECKING:
    from pathlib import Path

AS_WRITTEN = "as it is written"


def unreachable(stack: Stack, when: str = AS_WRITTEN, **config: Any) -> list[tuple[str, str]]:
    return ask_stack_function(SESSION_MANAGER_REACHABLE, outputs(stack, when), config or None)


def undetermined(stack: Stack, when: str = AS_WRITTEN) -> list[tuple[str, str]]:
    return ask_stack_function(SESSION_MANAGER_UNDETERMINED, outputs(stack, when))


def policy_of(*actions: str, effect: str = "Allow", **more: Any) -> str:
    return json.dumps({"Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*", **more}]})


def inline(text: str) -> Made:
    return made("aws:iam/rolePolicy:RolePolicy", "inline", {"policy": text, "role": "role-1"}, role="role")


def inside(side: str, **rule: Any) -> list[dict[str, Any]]:
    assert side in {"ingress", "egress"}
    return [{"protocol": "tcp", "fromPort": 443, "toPort": 443, **rule}]


WAYS_THAT_HOLD = {
    **VARIANTS,
    "egress inside the group": (
        *changed(without(PUBLIC, "egress"), "group", egress=inside("egress", cidrBlocks=["0.0.0.0/0"])),
    ),
    "a route inside the table": depending(
        changed(without(PUBLIC, "route"), "table", routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}]),
        "table",
        routes="gateway",
    ),
    "an Elastic IP address": (
        *changed(PUBLIC, "subnet", mapPublicIpOnLaunch=False),
        made(f"{EC2}/eip:Eip", "own", {"domain": "vpc"}, instance="web"),
    ),
    "an address that the instance asks for": changed(
        changed(PUBLIC, "subnet", mapPublicIpOnLaunch=False), "web", associatePublicIpAddress=True
    ),
    "the main table of the VPC": joined(without(PUBLIC, "association", "table"), "route", routeTableId="vpc"),
    "metadata options that the provider fills in": changed(
        PUBLIC,
        "web",
        metadataOptions={"httpTokens": "required", "httpEndpoint": UNKNOWN, "httpPutResponseHopLimit": UNKNOWN},
    ),
    "network ACLs that let the answer in": (*PUBLIC, *ACLS_BOTH),
    "an Auto Scaling group": scaled(PUBLIC),
    "an inline policy with the five actions": (
        *without(PUBLIC, "attachment"),
        inline(policy_of("ssm:UpdateInstanceInformation", "ssmmessages:*")),
    ),
}


@pytest.mark.parametrize("stack", WAYS_THAT_HOLD.values(), ids=WAYS_THAT_HOLD)
@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
def test_nothing_is_said_of_what_will_answer(stack: Stack, when: str) -> None:
    assert unreachable(stack, when) == []
    assert undetermined(stack, when) == []


BROKEN = [
    pytest.param(without(PUBLIC, "egress"), ["no rule of group lets tcp 443 out"], id="no egress at all"),
    pytest.param(
        changed(PUBLIC, "egress", fromPort=80, toPort=80), ["no rule of group lets tcp 443 out"], id="egress to port 80"
    ),
    pytest.param(without(PUBLIC, "route"), ["has no route"], id="no route"),
    pytest.param(without(PUBLIC, "association"), ["has no route"], id="a table that the subnet does not use"),
    pytest.param(changed(PUBLIC, "subnet", mapPublicIpOnLaunch=False), ["no public address"], id="no public address"),
    pytest.param(changed(PUBLIC, "gateway", vpcId=None), ["not attached"], id="a gateway without VPC"),
    pytest.param(changed(PUBLIC, "web", metadataOptions={"httpEndpoint": "disabled"}), ["metadata"], id="no metadata"),
    pytest.param(
        changed(PUBLIC, "web", ami="resolve:ssm:/aws/service/debian/release/12/latest/arm64"),
        ["no SSM agent"],
        id="an image without agent",
    ),
    pytest.param(
        changed(PUBLIC, "role", assumeRolePolicy=TRUST.replace("ec2.", "ssm.")),
        ["ec2.amazonaws.com may not assume the role role"],
        id="a trust in another service",
    ),
    pytest.param(
        (*PUBLIC, inline(policy_of("ssmmessages:*", effect="Deny"))), ["may not call ssmmessages:"], id="a denial"
    ),
    pytest.param(
        (*without(PUBLIC, "attachment"), inline(policy_of("ssm:UpdateInstanceInformation"))),
        ["may not call ssmmessages:"],
        id="one of the five actions",
    ),
    pytest.param(
        changed(PUBLIC, "role", permissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
        ["permissions boundary"],
        id="a boundary",
    ),
    pytest.param(
        without(NAT, "outer-route"), ["nat is in outer, which has no route"], id="a NAT gateway without a way"
    ),
    pytest.param(changed(NAT, "nat", allocationId=None), ["no Elastic IP address"], id="a NAT gateway without address"),
    pytest.param(changed(NAT, "nat", connectivityType="private"), ["private NAT gateway"], id="a private NAT gateway"),
    pytest.param(without(PRIVATELINK, "ingress"), ["no rule of endpoints lets tcp 443 in"], id="443 forgotten"),
    pytest.param(
        changed(changed(PRIVATELINK, "ssm", privateDnsEnabled=False), "ssmmessages", privateDnsEnabled=False),
        ["ssm has private DNS off", "ssmmessages has private DNS off"],
        id="endpoints without private DNS",
    ),
    pytest.param(without(PRIVATELINK, "ssmmessages"), ["no endpoint for ssmmessages"], id="one endpoint of two"),
    pytest.param(
        changed(PRIVATELINK, "ssm", subnetIds=None), ["ssm is in no subnet"], id="an endpoint that is in no subnet"
    ),
    pytest.param(changed(PRIVATELINK, "ssm", subnetIds=[]), ["ssm is in no subnet"], id="an empty list of subnets"),
    pytest.param(
        changed(PRIVATELINK, "vpc", enableDnsHostnames=False), ["enableDnsHostnames off"], id="a VPC without host names"
    ),
    pytest.param(changed(PRIVATELINK, "vpc", enableDnsSupport=False), ["enableDnsSupport off"], id="a VPC without DNS"),
    pytest.param(
        changed(PRIVATELINK, "ssm", policy=policy_of("ssm:GetParameter", Principal="*")),
        ["policy of ssm does not let"],
        id="an endpoint policy without the call",
    ),
    pytest.param((*PUBLIC, ACLS_BOTH[0]), ["lets no answer into subnet"], id="an ACL without return ports"),
    pytest.param(
        without(scaled(PUBLIC), "egress"), ["no rule of group lets tcp 443 out"], id="an Auto Scaling group, no egress"
    ),
    pytest.param(
        without(PUBLIC, "egress", "route"),
        ["no rule of group lets tcp 443 out", "has no route"],
        id="two links at once",
    ),
]


@pytest.mark.parametrize(("stack", "missing"), BROKEN)
@pytest.mark.parametrize("when", [AS_WRITTEN, *WHEN])
def test_a_broken_link_is_named(stack: Stack, missing: list[str], when: str) -> None:
    said = unreachable(stack, when)

    assert len(said) == 1
    name, text = said[0]
    assert name in {"web", "fleet"}
    assert " will not answer in Session Manager: " in text
    assert [part for part in missing if part not in text] == []
    assert undetermined(stack, when) == []


def test_what_instances_share_is_said_once() -> None:
    others = [replace(INSTANCE, name=f"web-{number}") for number in range(4)]
    stack = (*changed(PUBLIC, "subnet", mapPublicIpOnLaunch=False), *others)

    said = unreachable(stack)

    assert len(said) == 1
    assert said[0][1].startswith("web, web-0, web-1 and 2 more will not answer in Session Manager: ")
    assert "give web, web-0, web-1 and 2 more a public address" in said[0][1]


def test_each_missing_link_has_a_line() -> None:
    [(_, text)] = unreachable(without(PUBLIC, "egress", "route"))
    first, second = text.splitlines()

    assert first.startswith("web will not answer in Session Manager: no rule of group lets tcp 443 out")
    assert first.endswith(" from group to the internet.")
    assert "has no route" in second


def test_the_readme_shows_what_is_said() -> None:
    [(_, text)] = unreachable((*without(PRIVATELINK, "ingress"), replace(INSTANCE, name="db")))

    assert text in " ".join(README.read_text(encoding="utf-8").split())


def test_each_of_many_has_what_is_its_own() -> None:
    stack = without(many(3), "egress-1")

    assert unreachable(many(3)) == []
    assert [name for name, _ in unreachable(stack)] == ["web-1"]


def test_the_ways_are_left_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ways.json"
    monkeypatch.setenv("SSM_GUARD_WAYS", str(file))
    unreachable((*without(PUBLIC, "egress"), made(f"{EC2}/instance:Instance", "unmanaged", {"ami": "ami-1"})))

    [way] = json.loads(file.read_text(encoding="utf-8"))
    assert way.startswith("**web** is **unreachable**\n")
    assert "```mermaid\n" in way


def test_a_place_that_cannot_be_written_ends_no_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSM_GUARD_WAYS", str(tmp_path / "nowhere" / "ways.json"))

    assert unreachable(PUBLIC) == []


def test_an_exempt_instance_is_not_spoken_of() -> None:
    stack = (*without(PUBLIC, "egress"), replace(INSTANCE, name="other"))
    exemptions = [{"urn": "*::web", "reason": "It is reached by another way."}]

    said = unreachable(stack, exemptions=exemptions)

    assert [name for name, _ in said] == ["other"]
    assert said[0][1].startswith("other will not answer")


@pytest.mark.parametrize(
    ("stack", "config", "meant"),
    [
        pytest.param(PUBLIC, {}, True, id="a role that may register"),
        pytest.param(without(PUBLIC, "attachment"), {}, False, id="a role that may not"),
        pytest.param(changed(PUBLIC, "web", iamInstanceProfile=None), {}, False, id="no profile"),
        pytest.param(without(PUBLIC, "attachment"), {"tags": {"team": "web"}}, True, id="a tag that is asked for"),
        pytest.param(without(PUBLIC, "attachment"), {"tags": {"team": "w*"}}, True, id="a pattern of a tag"),
        pytest.param(without(PUBLIC, "attachment"), {"tags": {"team": "db"}}, False, id="another tag"),
        pytest.param(
            (
                *changed(PUBLIC, "web", iamInstanceProfile=None),
                made(
                    "aws:ssm/serviceSetting:ServiceSetting",
                    "setting",
                    {
                        "settingId": "/ssm/managed-instance/default-ec2-instance-management-role",
                        "settingValue": "service-role/role-1",
                    },
                ),
            ),
            {},
            True,
            id="Default Host Management",
        ),
    ],
)
def test_who_is_meant(stack: Stack, config: dict[str, Any], *, meant: bool) -> None:
    assert meant is bool(unreachable(without(stack, "egress"), **config))


UNTOLD = [
    pytest.param(changed(PUBLIC, "web", subnetId="subnet-1"), "subnet-1", id="another stack's subnet"),
    pytest.param(changed(PUBLIC, "web", vpcSecurityGroupIds=["sg-1"]), "sg-1", id="another stack's group"),
    pytest.param(changed(PUBLIC, "subnet", vpcId="vpc-1"), "vpc-1", id="another stack's VPC"),
    pytest.param(
        (*PUBLIC, inline(policy_of("ssm:*", effect="Deny", Condition={"Bool": {"aws:x": "true"}}))),
        "the condition on aws:x cannot be told",
        id="a condition on who knows what",
    ),
    pytest.param(
        (*PUBLIC, made("aws:iam/rolePolicy:RolePolicy", "inline", {"role": "role-1"}, role="role", policy="vpc")),
        "policy of inline",
        id="a policy that is not known yet",
    ),
    pytest.param(
        joined(
            (*PUBLIC, made(f"{EC2}/subnet:Subnet", "other", {"cidrBlock": "10.0.9.0/24"}, vpcId="vpc")),
            "web",
            subnetId=("subnet", "other"),
        ),
        "subnetId of web",
        id="one of two subnets, which differ",
    ),
    pytest.param(changed(PUBLIC, "route", gatewayId=None, transitGatewayId="tgw-1"), "tgw-1", id="a transit gateway"),
    pytest.param(
        changed(PUBLIC, "egress", cidrIpv4=None, prefixListId="pl-1"), "pl-1", id="a rule for a list by its bare id"
    ),
    pytest.param(
        changed(PUBLIC, "route", destinationCidrBlock=None, destinationPrefixListId="pl-1"),
        "pl-1",
        id="a route for a list by its bare id",
    ),
]


@pytest.mark.parametrize(("stack", "what"), UNTOLD)
def test_what_is_not_known_is_no_violation_and_said_on_request(stack: Stack, what: str) -> None:
    said = undetermined(stack)

    assert unreachable(stack) == []
    assert [name for name, _ in said] == ["web"]
    assert said[0][1].startswith("Whether web will answer in Session Manager is not known. ")
    assert what in said[0][1]


def test_two_subnets_of_which_either_will_do_are_no_doubt() -> None:
    alike = made(
        f"{EC2}/subnet:Subnet", "other", {"cidrBlock": "10.0.9.0/24", "mapPublicIpOnLaunch": True}, vpcId="vpc"
    )
    table = made(
        f"{EC2}/routeTableAssociation:RouteTableAssociation", "second", {}, subnetId="other", routeTableId="table"
    )
    stack = joined((*PUBLIC, alike, table), "web", subnetId=("subnet", "other"))

    assert unreachable(stack) == []
    assert undetermined(stack) == []


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -1, 2.5, "", "*", "10.0.0.0/8", "x", UNKNOWN, "tcp", "sg-1"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["cidrBlock", "cidrBlocks", "gatewayId", "vpcId", "name", "id", "protocol", "policy"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@given(st.data())
def test_junk_never_raises(data: st.DataObject) -> None:
    stack = list(data.draw(st.sampled_from([*VARIANTS.values(), (*PUBLIC, *ACLS_BOTH), scaled(PUBLIC)])))
    for _ in range(3):
        place = data.draw(st.integers(0, len(stack) - 1))
        one = stack[place]
        key = data.draw(st.sampled_from([*one.props, "vpcId", "routes", "egress", "policy"]))
        stack[place] = replace(one, props={**one.props, key: data.draw(JUNK)})

    assert isinstance(unreachable(tuple(stack)), list)
    assert isinstance(undetermined(tuple(stack)), list)


def test_the_endpoint_that_another_one_needs_is_not_asked_for_twice() -> None:
    """Both names lead nowhere for the same reason, and the message has each missing link once."""
    [(_, text)] = unreachable(without(PRIVATELINK, "ingress"))

    assert text.count("no rule of endpoints lets") == 1


def test_preferences_make_more_services_needed() -> None:
    document = made(
        "aws:ssm/document:Document",
        "preferences",
        {
            "name": "SSM-SessionManagerRunShell",
            "content": json.dumps({"inputs": {"cloudWatchLogGroupName": "sessions"}}),
        },
    )
    stack = (*PRIVATELINK, document, inline(policy_of("logs:*")))

    [(_, text)] = unreachable(stack)

    assert "no endpoint for logs" in text
    assert unreachable((*stack, endpoint("logs"))) == []
