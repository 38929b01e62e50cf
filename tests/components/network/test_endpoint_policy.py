"""Whose requests an interface endpoint lets through, as the IAM user guide has policies evaluated."""

import pytest

from components.network.endpoint_policy import interface_policy
from tests.components.evaluator import Request, allows

OURS, SPOKE, THEIRS = "123456789012", "222233334444", "999988887777"
ROLE, SPOKES_ROLE = f"arn:aws:iam::{OURS}:role/main", f"arn:aws:iam::{SPOKE}:role/web"
# What an instance is where Systems Manager gives it its role: of no IAM role, but of its account.
ITSELF = f"arn:aws:iam::{OURS}:assumed-role/aws:ec2-instance/i-0123456789abcdef0"
INSTANCE = f"arn:aws:ec2:us-east-1:{OURS}:instance/i-0123456789abcdef0"
GROUP = f"arn:aws:logs:us-east-1:{OURS}:log-group:sessions:log-stream:s"
KEY = f"arn:aws:kms:us-east-1:{OURS}:key/k"
# Public parameters and documents are of no account.
PUBLIC = "arn:aws:ssm:us-east-1::parameter/aws/service/ami-amazon-linux-latest/x"


def asked(action: str, resource: str, principal: str, account: str, **context: str) -> Request:
    keys = {key.replace("__", ":"): value for key, value in context.items()}
    return Request(
        action=action, resource=resource, principal=principal, context={"aws:PrincipalAccount": account, **keys}
    )


@pytest.mark.parametrize(
    ("request_", "passes"),
    [
        pytest.param(asked("ssm:UpdateInstanceInformation", INSTANCE, ROLE, OURS), True, id="the agent registers"),
        pytest.param(asked("ssmmessages:CreateControlChannel", "*", ROLE, OURS), True, id="it makes a channel"),
        pytest.param(asked("ssmmessages:OpenControlChannel", "*", ROLE, OURS), True, id="it opens it"),
        pytest.param(asked("ssmmessages:OpenDataChannel", "*", ROLE, OURS), True, id="it opens a session's"),
        pytest.param(asked("ec2messages:GetMessages", "*", ROLE, OURS), True, id="an old agent asks for messages"),
        pytest.param(asked("logs:PutLogEvents", GROUP, ROLE, OURS), True, id="it logs a session"),
        pytest.param(asked("kms:Decrypt", KEY, ROLE, OURS), True, id="it reads a session's key"),
        pytest.param(asked("ssm:GetParameter", PUBLIC, ROLE, OURS), True, id="it reads what AWS publishes"),
        pytest.param(
            asked("ssm:RequestManagedInstanceRoleToken", INSTANCE, ITSELF, OURS),
            True,
            id="it asks for the role of Default Host Management",
        ),
        pytest.param(asked("ssm:PutParameter", "*", "arn:aws:iam::1:user/x", THEIRS), False, id="a stranger writes"),
        pytest.param(asked("logs:PutLogEvents", "*", "arn:aws:iam::1:user/x", THEIRS), False, id="a stranger logs"),
        pytest.param(asked("ssmmessages:OpenDataChannel", "*", "x", THEIRS), False, id="a stranger opens a session"),
        pytest.param(
            asked("ssm:RegisterManagedInstance", "*", "x", "anonymous"), False, id="a stranger's activation, unsigned"
        ),
        pytest.param(asked("ssm:UpdateInstanceInformation", "*", SPOKES_ROLE, SPOKE), False, id="an account not named"),
    ],
)
def test_through_an_endpoint_of_ones_own(request_: Request, passes: bool) -> None:  # noqa: FBT001 - a verdict
    service = request_.action.split(":")[0]

    assert allows(interface_policy(service, [OURS]), request_) is passes


@pytest.mark.parametrize(
    ("principal", "account", "passes"),
    [
        pytest.param(ROLE, OURS, True, id="the hub's own"),
        pytest.param(SPOKES_ROLE, SPOKE, True, id="the spoke's"),
        pytest.param("arn:aws:iam::999988887777:role/x", THEIRS, False, id="another's"),
    ],
)
def test_through_an_endpoint_for_two_accounts(principal: str, account: str, passes: bool) -> None:  # noqa: FBT001 - a verdict
    policy = interface_policy("ssm", [OURS, SPOKE])

    assert allows(policy, asked("ssm:UpdateInstanceInformation", "*", principal, account)) is passes


@pytest.mark.parametrize(
    ("service", "action", "role_of", "passes"),
    [
        pytest.param("sts", "sts:AssumeRoleWithWebIdentity", OURS, True, id="a token for a role of ours"),
        pytest.param("sts-fips", "sts:AssumeRoleWithWebIdentity", OURS, True, id="the same at the FIPS endpoint"),
        pytest.param("sts", "sts:AssumeRoleWithSAML", OURS, True, id="an assertion for a role of ours"),
        pytest.param("sts", "sts:AssumeRoleWithWebIdentity", THEIRS, False, id="a token for a stranger's role"),
        pytest.param("sts", "sts:GetCallerIdentity", OURS, False, id="anything else that nobody signed"),
        pytest.param("ssm", "sts:AssumeRoleWithWebIdentity", OURS, False, id="at another service's endpoint"),
    ],
)
def test_what_nobody_signed(service: str, action: str, role_of: str, passes: bool) -> None:  # noqa: FBT001 - a verdict
    request = asked(action, "*", "anonymous", "anonymous", aws__ResourceAccount=role_of)

    assert allows(interface_policy(service, [OURS]), request) is passes


def test_a_stranger_does_not_assume_our_role_by_signing() -> None:
    """A role that trusts a stranger lets that account in elsewhere; what he signs does not pass here."""
    request = asked("sts:AssumeRole", ROLE, "arn:aws:iam::1:user/x", THEIRS, aws__ResourceAccount=OURS)

    assert not allows(interface_policy("sts", [OURS]), request)
