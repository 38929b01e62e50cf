"""AWS's own managed policies: the table is what its script writes, and it lacks none that matters."""

from __future__ import annotations

import pytest

from reachability.aws_policies import managed_policy
from reachability.iam import Answer, Call, rule
from tests.reachability.managed_policies import AGENT, TABLE, listed, policies, says, text


def test_the_table_is_what_its_script_writes() -> None:
    assert text() == TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        pytest.param("AmazonSSMManagedInstanceCore", Answer.ALLOW, id="the one for instances"),
        pytest.param("AmazonSSMManagedEC2InstanceDefaultPolicy", Answer.ALLOW, id="that of Default Host Management"),
        pytest.param("service-role/AmazonEC2RoleforSSM", Answer.ALLOW, id="its forerunner"),
        pytest.param("AdministratorAccess", Answer.ALLOW, id="everything"),
        pytest.param("PowerUserAccess", Answer.ALLOW, id="everything but IAM, as NotAction"),
        pytest.param("CloudWatchAgentServerPolicy", Answer.DENY, id="another agent's"),
        pytest.param("AmazonSSMPatchAssociation", Answer.DENY, id="patches"),
        pytest.param("AmazonS3ReadOnlyAccess", Answer.DENY, id="something else"),
        pytest.param("NewerThanTheTable", Answer.UNKNOWN, id="one that may be newer than the table"),
    ],
)
@pytest.mark.parametrize("action", AGENT)
@pytest.mark.parametrize("partition", ["aws", "aws-us-gov"])
def test_a_policy_of_awss_says(name: str, answer: Answer, action: str, partition: str) -> None:
    document = managed_policy(f"arn:{partition}:iam::aws:policy/{name}")

    assert document is not None
    assert answer is rule([document], Call(action)).answer


@pytest.mark.parametrize("arn", ["arn:aws:iam::123456789012:policy/AmazonSSMManagedInstanceCore", "junk"])
def test_a_policy_of_somebody_elses_is_not_awss(arn: str) -> None:
    assert managed_policy(arn) is None


def test_what_the_table_lacks_denies_nothing_to_an_agent() -> None:
    """So one that is newer than the table is taken to grant or to say nothing."""
    denying = {
        name
        for name, policy in policies()
        for statement in listed(policy["Document"]["Statement"])
        if statement["Effect"] == "Deny" and any(says(statement, action) for action in AGENT)
    }

    assert denying
    for name in denying:
        found = managed_policy(f"arn:aws:iam::aws:policy/{name}")
        assert found is not None
        assert not found.only_grants
