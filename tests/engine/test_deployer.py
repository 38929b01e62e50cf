"""docs/deployer.md itself; what stacks ask is held to it where they come up, in test_variants and test_everything."""

from __future__ import annotations

import pytest

from tests.engine.guides import (
    DEPLOYER,
    NETWORK_OF_EXISTING,
    OF_EVERYTHING,
    OF_VARIANT,
    OPTIONAL,
    PREVIEW,
    SELDOM,
    STATEMENTS,
    actions,
    deployer,
    unallowed,
    unasked,
)

EVERY_ACTION = actions(STATEMENTS.values())
NAT = {"ec2:AllocateAddress", "ec2:CreateNatGateway", "ec2:DeleteNatGateway"}


def test_every_statement_is_asked_by_a_stack_of_the_tests() -> None:
    tried = OF_EVERYTHING.union(OPTIONAL, *OF_VARIANT.values())
    assert tried == STATEMENTS.keys() - {"YourLogTargets"}
    assert actions([STATEMENTS["Network"]]) >= NETWORK_OF_EXISTING
    assert unallowed(deployer({"YourLogTargets"}), PREVIEW) == set()


def test_what_is_called_seldom_is_allowed() -> None:
    assert SELDOM
    assert unallowed(SELDOM, EVERY_ACTION) == set()


@pytest.mark.parametrize(
    "policy", DEPLOYER, ids=["network and instances", "their options", "sessions and people", "fleets"]
)
def test_each_fits_into_a_managed_policy(policy: str) -> None:
    """6,144 characters, and white space does not count: "IAM and AWS STS quotas"."""
    assert len("".join(policy.split())) <= 6144


def test_only_what_reads_ends_with_a_star() -> None:
    assert {one for one in EVERY_ACTION if "*" in one} == {"ec2:Describe*", "s3:GetBucket*"}


def test_what_is_for_all_resources_only_reads_or_is_limited_by_a_condition() -> None:
    unlimited = {sid for sid, one in STATEMENTS.items() if one["Resource"] == "*" and "Condition" not in one}

    assert unlimited == {"Look", "TheVpcThatYouHave"}
    assert all(one.split(":")[1].startswith(("Get", "List")) for one in deployer({"TheVpcThatYouHave"}))


def test_a_role_is_handed_to_one_service_and_no_other() -> None:
    passing = {sid: one["Condition"] for sid, one in STATEMENTS.items() if "iam:PassRole" in one["Action"]}

    assert passing == {
        "HandInstancesTheirRole": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        "HandFlowLogsTheirRole": {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}},
        "HandSystemsManagerItsRole": {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
    }


@pytest.mark.parametrize(
    ("asked", "not_allowed", "not_asked"),
    [
        pytest.param(NAT, set(), {"ec2:ReleaseAddress"}, id="one that nobody asked"),
        pytest.param({*NAT, "ec2:ReleaseAddress", "ec2:CreateVpc"}, {"ec2:CreateVpc"}, set(), id="one too many"),
    ],
)
def test_the_comparison_sees_both(asked: set[str], not_allowed: set[str], not_asked: set[str]) -> None:
    allowed = deployer({"NatGateway"})

    assert (unallowed(asked, allowed), unasked(asked, allowed)) == (not_allowed, not_asked)
