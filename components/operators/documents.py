"""IAM documents for the people who open sessions, as plain text, for every partition."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any

import pulumi

from ..base.errors import ConfigError
from ..base.iam_documents import Conditions, Statement, allow, with_conditions
from ..base.iam_documents import document as policy_text
from ..base.region import Region
from . import console
from .settings import KEY, OperatorRole, OperatorSettings

# IAM's limit for a managed policy; it does not count white space, and there is none outside of values.
LARGEST_POLICY = 6144

# Of every statement that allows StartSession: without it, who may reach the instance may use any document, a shell
# among them ("Start a session with a document …", Systems Manager user guide).
_DOCUMENT_CHECK: Conditions = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}

# Session Manager puts the caller's aws:userid into this tag of every session, for users and roles alike
# ("Allow a user to end only sessions they started", method 2). Method 1, session/${aws:username}-*, is not for roles,
# and lets `ann` end the sessions of `ann-marie`.
_OWN_SESSION: Conditions = {"StringEquals": {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}}

# What the console, and a person who looks for an instance, asks. AWS's own samples have "*" here.
_LISTS = (
    "ec2:DescribeInstances",
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeInstanceProperties",
    "ssm:DescribeSessions",
    "ssm:GetConnectionStatus",
)

# Seconds: as long as EC2 lets a tunnel stand.
_LONGEST_TUNNEL = 3600

# Session Manager's plugin gives both as the data key's encryption context, and the agent decrypts with no other.
_SESSION_CONTEXT: Conditions = {
    "Null": {
        "kms:EncryptionContext:aws:ssm:SessionId": "false",
        "kms:EncryptionContext:aws:ssm:TargetId": "false",
    }
}


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """What an EC2 Instance Connect Endpoint leads to.

    Attributes:
        endpoint_arn: of the endpoint.
        ports: of instances.
        block: where they are.
    """

    endpoint_arn: pulumi.Input[str]
    ports: Sequence[int]
    block: IPv4Network


def without_second_factor(settings: OperatorSettings) -> OperatorSettings:
    """The same for a role and for a permission set.

    What AssumeRole hands out has no aws:MultiFactorAuthPresent, whatever its person gave to assume the role, so a
    policy that asks for it refuses every session of a role ("Configuring MFA-protected API access", IAM user guide).
    """
    return replace(settings, mfa=False) if settings.mfa else settings


def session_policy(
    region: Region,
    settings: OperatorSettings,
    *,
    tags: Mapping[str, str],
    document: str,
    session_key_arn: str | None,
    tunnel: Tunnel | None = None,
) -> str:
    """What a person may do: see what there is, open the allowed sessions, and end and resume their own.

    Args:
        region: where the instances are.
        settings: which sessions, and when.
        tags: what an instance must have, where settings name no tags.
        document: the session document for shells, where settings name none.
        session_key_arn: the key that encrypts sessions, if one does.
        tunnel: through the network's EC2 Instance Connect Endpoint, whose ARN is known by now.
    """
    wanted = {tag: _literal(value) for tag, value in (settings.tags or tags).items()}
    statements = [
        *_start(region, settings, wanted, document),
        *_own_sessions(region, settings),
        allow("List", _LISTS, "*"),
    ]
    if session_key_arn is not None:
        statements.append(allow("SessionKey", "kms:GenerateDataKey", session_key_arn, _SESSION_CONTEXT))
    if settings.ssh_users:
        statements.append(_push_key(region, settings, wanted))
    if tunnel is not None:
        statements += _through(tunnel, settings)
    return policy_text(statements)


def trust_policy(role: OperatorRole) -> str:
    """Who may assume the operators' role, and how.

    The person who assumes a role chooses the name of its session, and with another's name could resume another's
    sessions. So an IAM user has to take the user's own name (AWS CLI: ``role_session_name``). Identity Center
    does the same by itself.
    """
    conditions: dict[str, Any] = {}
    if role.mfa:
        conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    if role.external_id is not None:
        conditions["StringEquals"] = {"sts:ExternalId": role.external_id}
    users = [arn for arn in role.trust if ":user/" in arn]
    others = [arn for arn in role.trust if arn not in users]
    own_name = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    statements = []
    if users:
        statements.append(_trust("Users", users, conditions, own_name))
    if others:
        statements.append(_trust("RolesAndAccounts", others, conditions))
    return policy_text(statements)


def require_fits(policy: str) -> None:
    """Make sure that IAM takes the policy.

    Raises:
        ConfigError: it is too long.
    """
    if len(policy) > LARGEST_POLICY:
        raise ConfigError(
            KEY,
            f"a policy of {len(policy)} characters",
            f"IAM takes {LARGEST_POLICY}. Use fewer or shorter tags, documents, sourceIps and sshUsers.",
        )


def require_partition(region: Region, role: OperatorRole) -> None:
    """Make sure that IAM of this partition knows whom the role trusts.

    Raises:
        ConfigError: one of them is of another partition.
    """
    for index, arn in enumerate(role.trust):
        if arn.split(":")[1] != region.partition:
            raise ConfigError(
                f"{KEY}.role.trust[{index}]",
                arn,
                f"{region.name} is in partition {region.partition}, where nobody of another partition may assume a "
                f"role. Use an ARN that begins with arn:{region.partition}:.",
            )


def allowed_documents(settings: OperatorSettings, document: str) -> Sequence[str]:
    """Names of the account's documents that open a shell."""
    return (document,) if settings.documents is None else settings.documents


def _start(region: Region, settings: OperatorSettings, wanted: Mapping[str, str], document: str) -> Sequence[Statement]:
    tagged = {"StringEquals": {f"ssm:resourceTag/{tag}": value for tag, value in wanted.items()}}
    every = (_DOCUMENT_CHECK, _limits(settings))
    # A document has no tags: a tag condition that covers it denies every session that names one.
    return [
        allow("StartOnInstances", "ssm:StartSession", region.arn("ec2", "instance/*"), tagged, *every),
        allow("StartWithDocuments", "ssm:StartSession", _documents(region, settings, document), *every),
    ]


def _own_sessions(region: Region, settings: OperatorSettings) -> Sequence[Statement]:
    sessions = region.arn("ssm", "session/*")
    return [
        # To resume is to get in again; to end is always safe.
        allow("ResumeOwnSessions", "ssm:ResumeSession", sessions, _OWN_SESSION, _limits(settings)),
        allow("EndOwnSessions", "ssm:TerminateSession", sessions, _OWN_SESSION),
        # The plugin signs this since 1.2.764.0. It opens nothing without the token that StartSession or ResumeSession
        # gave to this person. AWS's managed policies have the same resource; its samples' ${aws:userid}-* is no
        # session's id, since those begin with the name of the user or of the role's session.
        allow("OpenDataChannel", "ssmmessages:OpenDataChannel", sessions),
    ]


def _push_key(region: Region, settings: OperatorSettings, wanted: Mapping[str, str]) -> Statement:
    tagged = {f"aws:ResourceTag/{tag}": value for tag, value in wanted.items()}
    pushed = {"StringEquals": {**tagged, "ec2:osuser": settings.ssh_users}}
    push = "ec2-instance-connect:SendSSHPublicKey"
    return allow("SshKey", push, region.arn("ec2", "instance/*"), pushed, _limits(settings))


def _through(tunnel: Tunnel, settings: OperatorSettings) -> Sequence[Statement]:
    """Go through the endpoint. No condition knows an instance's tags, but its group leads to this stack's alone."""
    narrow: Conditions = {
        "NumericEquals": {"ec2-instance-connect:remotePort": [str(port) for port in tunnel.ports]},
        "NumericLessThanEquals": {"ec2-instance-connect:maxTunnelDuration": str(_LONGEST_TUNNEL)},
        "IpAddress": {"ec2-instance-connect:privateIpAddress": str(tunnel.block)},
    }
    action = "ec2-instance-connect:OpenTunnel"
    return [
        with_conditions(
            {"Sid": "Tunnel", "Effect": "Allow", "Action": action, "Resource": tunnel.endpoint_arn},
            narrow,
            _limits(settings),
        ),
        # The AWS CLI looks for the endpoint of the instance's VPC.
        allow("FindEndpoint", "ec2:DescribeInstanceConnectEndpoints", "*"),
    ]


def _documents(region: Region, settings: OperatorSettings, document: str) -> Sequence[str]:
    switches = {
        console.PORT_FORWARDING: settings.port_forwarding,
        console.REMOTE_HOST: bool(settings.remote_hosts),
        console.SSH: settings.ssh,
    }
    own = [region.arn("ssm", f"document/{_literal(name)}") for name in allowed_documents(settings, document)]
    # Documents of AWS stand in no account.
    of_aws = replace(region, account="")
    return [*own, *(of_aws.arn("ssm", f"document/{name}") for name, is_on in switches.items() if is_on)]


def _limits(settings: OperatorSettings) -> Conditions:
    """When and from where a session may be opened.

    IAM knows no hours of the day: aws:CurrentTime is compared with points in time.
    """
    limits: dict[str, Mapping[str, Any]] = {}
    if settings.mfa:
        # Bool, not BoolIfExists: requests with a long-term access key do not have the key at all.
        limits["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    if settings.source_ips:
        limits["IpAddress"] = {"aws:SourceIp": [*settings.source_ips]}
    if settings.vpc is not None:
        key = "aws:SourceVpce" if settings.vpc.startswith("vpce-") else "aws:SourceVpc"
        limits["StringEquals"] = {key: settings.vpc}
    if settings.valid_from is not None:
        limits["DateGreaterThanEquals"] = {"aws:CurrentTime": settings.valid_from}
    if settings.valid_until is not None:
        limits["DateLessThan"] = {"aws:CurrentTime": settings.valid_until}
    return limits


def _literal(text: str) -> str:
    """Text that means itself in a policy: IAM's escapes for what begins a variable or is a wildcard."""
    return re.sub(r"[$*?]", lambda special: f"${{{special[0]}}}", text)


def _trust(sid: str, principals: Sequence[str], *all_of: Conditions) -> Statement:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}
    return with_conditions(statement, *all_of)
