"""The policy of an interface endpoint: whose requests it lets through."""

from collections.abc import Sequence

from ..base.fips import SUFFIX
from ..base.iam_documents import allow_anyone, document, with_conditions

# Nobody has signed these: what they bring is a token of an identity provider ("AssumeRoleWithWebIdentity", STS API
# reference). The account that they lead to is that of the role.
_UNSIGNED = {"sts": ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]}


def interface_policy(service: str, accounts: Sequence[str]) -> str:
    """The policy of an endpoint that is for principals of these accounts alone.

    Credentials that somebody brings from elsewhere do nothing then, so no data leaves with them. What a principal of
    ours may do is for its own policies to say. There is no condition on the resource: AWS's public parameters and
    documents are of AWS's accounts, and what a role writes by these services is of its own.

    aws:PrincipalAccount is in every request; one that nobody has signed has another value, and is refused ("AWS global
    condition context keys", IAM user guide). The agent signs with the role of its instance, or under Default Host
    Management with the instance's own identity, and both are of the instance's account.

    Args:
        service: AWS's name of it.
        accounts: their numbers.
    """
    ours = {"StringEquals": {"aws:PrincipalAccount": [*accounts]}}
    statements = [with_conditions(allow_anyone("OurPrincipals", ["*"], ["*"]), ours)]
    if unsigned := _UNSIGNED.get(service.removesuffix(SUFFIX)):
        into_ours = {"StringEquals": {"aws:ResourceAccount": [*accounts]}}
        statements.append(with_conditions(allow_anyone("IntoOurRoles", unsigned, ["*"]), into_ours))
    return document(statements)
