"""Default Host Management, on Pulumi's mocks: moto knows no service settings."""

import json
from typing import Any

import pytest

from components.base.needs import SessionNeeds
from components.base.region import Region
from components.instance.default_host_management import DefaultHostManagement, DefaultHostManagementArgs
from components.instance.rights import NO_RIGHTS, Rights, instance_policy
from tests.components.graph import (
    ATTACHMENT,
    CN_NORTH_1,
    ROLE,
    ROLE_POLICY,
    SERVICE_SETTING,
    US_EAST_1,
    US_GOV_WEST_1,
    Graph,
    deploy,
)

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


def manage(region: Region = US_EAST_1, **given: Any) -> Graph:
    args = DefaultHostManagementArgs(region=region, tags={"team": "platform"}, **given)
    return deploy(lambda: DefaultHostManagement("hosts", args), region=region)


@pytest.mark.parametrize(
    ("region", "principal"),
    [
        pytest.param(US_EAST_1, "ssm.amazonaws.com", id="commercial"),
        pytest.param(CN_NORTH_1, "ssm.amazonaws.com.cn", id="China"),
        pytest.param(US_GOV_WEST_1, "ssm.amazonaws.com", id="GovCloud"),
    ],
)
def test_systems_manager_takes_a_role_with_awss_policy(region: Region, principal: str) -> None:
    graph = manage(region)
    role = dict(graph.of(ROLE)["hosts"])

    assert json.loads(role.pop("assumeRolePolicy")) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}],
    }
    assert role == {
        "path": "/service-role/",
        "description": "Systems Manager manages the instances of this account and Region by it",
        "forceDetachPolicies": True,
        "tags": {"team": "platform", "Name": "hosts"},
    }
    assert graph.of(ATTACHMENT)["hosts"] == {
        "role": "hosts-name",
        "policyArn": f"arn:{region.partition}:iam::aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy",
    }
    assert graph.of(SERVICE_SETTING)["hosts"] == {
        "settingId": f"arn:{region.partition}:ssm:{region.name}:{region.account}:"
        "servicesetting/ssm/managed-instance/default-ec2-instance-management-role",
        "settingValue": "service-role/hosts-name",
    }
    assert {(ROLE, "hosts"), (ATTACHMENT, "hosts"), (SERVICE_SETTING, "hosts")} == graph.names()


LOGGED = SessionNeeds(bucket="logs")


@pytest.mark.parametrize(
    ("given", "rights", "attached"),
    [
        pytest.param({"rights": Rights()}, Rights(), False, id="rights of one's own"),
        pytest.param(
            {"rights": Rights(run_command=True), "needs": LOGGED},
            Rights(run_command=True, bucket="logs"),
            False,
            id="rights of one's own, and logs",
        ),
        pytest.param({"needs": LOGGED}, Rights(sessions=False, bucket="logs"), True, id="AWS's policy, and logs"),
    ],
)
def test_the_role_has(given: dict[str, Any], rights: Rights, attached: bool) -> None:  # noqa: FBT001 - a verdict
    graph = manage(**given)

    assert graph.of(ROLE_POLICY) == {
        "hosts": {"name": "features", "role": "hosts-id", "policy": instance_policy(US_EAST_1, rights)}
    }
    assert ((ATTACHMENT, "hosts") in graph.names()) is attached


def test_a_role_may_have_nothing_until_somebody_adds_to_it() -> None:
    assert manage(rights=NO_RIGHTS).names() == {(ROLE, "hosts"), (SERVICE_SETTING, "hosts")}


def test_the_setting_waits_for_the_rights() -> None:
    graph = manage(needs=LOGGED)

    assert graph.made_before(graph.one(SERVICE_SETTING, "hosts")) >= {
        (ROLE, "hosts"),
        (ATTACHMENT, "hosts"),
        (ROLE_POLICY, "hosts"),
    }


def test_the_role_may_be_bounded() -> None:
    assert manage(permissions_boundary=BOUNDARY).of(ROLE)["hosts"]["permissionsBoundary"] == BOUNDARY


def test_an_instance_under_it_may_not_register_by_its_profile() -> None:
    policy = instance_policy(US_EAST_1, Rights(sessions=False, run_command=True, log_group_arn="group"))

    assert "UpdateInstanceInformation" not in policy
    assert "ssmmessages" not in policy
