"""The resources that have a switch: each with every switch on, and with its own switch off."""

from __future__ import annotations

import pytest

from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.settings import SWITCHES
from tests.policy.cases import Case, edges
from tests.policy.judging import ask_function
from tests.policy.test_table import check

ON = {kind.value: True for kind in SWITCHES}
OFF = {kind.value: False for kind in SWITCHES}


@pytest.mark.parametrize("case", edges.CASES, ids=str)
def test_with_every_switch_on(case: Case) -> None:
    check(case, ask_function(NO_WORLD_SSH, case.token, case.props, ON))


@pytest.mark.parametrize("case", edges.CASES, ids=str)
def test_with_every_switch_off(case: Case) -> None:
    said = ask_function(NO_WORLD_SSH, case.token, case.props, OFF)

    assert (said.violations, said.advisories) == ([], [])


EACH: list[tuple[str, str, dict[str, object]]] = [
    (
        "beanstalkDefaultGroup",
        "aws:elasticbeanstalk/environment:Environment",
        {"settings": [{"namespace": "aws:autoscaling:launchconfiguration", "name": "EC2KeyName", "value": "k"}]},
    ),
    ("emrPublicAccess", edges.EMR, {"blockPublicSecurityGroupRules": False}),
    ("globalAccelerators", f"{edges.GA}/listener:Listener", {"portRanges": [{"fromPort": 22, "toPort": 22}]}),
    ("loadBalancers", edges.ELB, {"listeners": [{"lbPort": 22, "instancePort": 22}]}),
    ("networkAcls", edges.ACL, {"ingress": [edges.ENTRY]}),
    ("networkAclsAllowAll", edges.ACL, {"ingress": [{**edges.ENTRY, **edges.ALL}]}),
    ("prefixLists", "aws-native:ec2:PrefixList", {"entries": [{"cidr": "0.0.0.0/0"}]}),
    ("transferServers", "aws:transfer/server:Server", {}),
]


@pytest.mark.parametrize(("switch", "token", "props"), EACH, ids=[switch for switch, *_ in EACH])
def test_each_switch_turns_its_own_kind(switch: str, token: str, props: dict[str, object]) -> None:
    alone = ask_function(NO_WORLD_SSH, token, props, {**OFF, switch: True})
    without = ask_function(NO_WORLD_SSH, token, props, {**ON, switch: False})

    assert (len(alone.violations), len(without.violations)) == (1, 0)


def test_every_switch_is_tried_above() -> None:
    assert {kind.value for kind in SWITCHES} == {switch for switch, *_ in EACH}
