"""Who may open which sessions."""

from typing import Any

import pulumi
from typing_extensions import NotRequired, TypedDict

import components
from components.base.document_names import DEFAULT_DOCUMENT
from components.base.region import Region
from components.instances import connect_ports
from components.operators.people import require_people
from plugin.network import read_settings
from plugin.reading import handed_on, read_plain


class OperatorRole(TypedDict):
    """A role that operators assume."""

    trust: list[str]
    """ARNs of the users, roles or accounts (…:root) that may."""
    mfa: NotRequired[bool]
    """Only those who signed in with a second factor may."""
    externalId: NotRequired[str]
    """A word that they have to give."""
    maxHours: NotRequired[int]
    """How long one assumption lasts at most, 1 to 12: 1, unless said."""


class Operators(TypedDict):
    """Each key of the setting `operators`; docs/operators.md has them."""

    tags: NotRequired[dict[str, str]]
    """An instance must have all of them; without it, it must be one of this stack."""
    documents: NotRequired[list[str]]
    """Session documents of this account that may open a shell; the preferences' own, unless said."""
    portForwarding: NotRequired[bool]
    """To a port of the instance."""
    remoteHosts: NotRequired[Any]
    """To a port of any host that the instance reaches: true, or a list of maps with host, to, port and why."""
    ssh: NotRequired[bool]
    """SSH through Session Manager."""
    sshUsers: NotRequired[list[str]]
    """Users of the instance for whom EC2 Instance Connect takes a person's key."""
    instanceConnect: NotRequired[bool]
    """Through the network's EC2 Instance Connect Endpoint, which connectEndpointArn names."""
    mfa: NotRequired[bool]
    """Users and groups may open a session only with a second factor."""
    sourceIps: NotRequired[list[str]]
    """Only from these addresses of the internet."""
    vpc: NotRequired[str]
    """Only through this VPC's endpoint (vpc-…), or this endpoint (vpce-…)."""
    validFrom: NotRequired[str]
    """Not before, in UTC, for example 2026-12-01T08:00:00Z."""
    validUntil: NotRequired[str]
    """Not from then on."""
    roles: NotRequired[list[str]]
    """Names of roles that get the policy."""
    users: NotRequired[list[str]]
    """Names of users that get it."""
    groups: NotRequired[list[str]]
    """Names of groups that get it."""
    role: NotRequired[OperatorRole]
    """A role to make for operators."""


class OperatorAccessArgs(TypedDict):
    """What the access is made from."""

    operators: Operators
    """Who may open which sessions, under which conditions. {} is a policy for shells on this stack's instances."""
    documentName: NotRequired[pulumi.Input[str]]
    """Of SessionPreferences: the Session document for shells. The account's, unless said."""
    sessionKeyArn: NotRequired[pulumi.Input[str]]
    """Of SessionPreferences: the KMS key that encrypts sessions."""
    connectEndpointArn: NotRequired[pulumi.Input[str]]
    """Of SsmNetwork: its EC2 Instance Connect Endpoint, for instanceConnect."""
    cidr: NotRequired[pulumi.Input[str]]
    """Of SsmNetwork: the VPC's block, for instanceConnect."""
    platforms: NotRequired[list[str]]
    """Platforms of the instances, for instanceConnect: SSH or RDP. amazon-linux-2023, unless said."""
    tags: NotRequired[dict[str, str]]
    """Tags for everything that takes tags."""


class OperatorAccess(pulumi.ComponentResource):
    """The policy of the people who open sessions, attached to whom it is for, and a role for them if that is asked."""

    policy_arn: pulumi.Output[str]
    """Of the managed policy that users and groups get."""
    roles_policy_arn: pulumi.Output[str]
    """Of the one that roles get: the same, unless operators.mfa is set."""
    permission_set: pulumi.Output[str]
    """What roles get, as text, for a permission set of IAM Identity Center."""
    role_arn: pulumi.Output[str] | None
    """Of the operators' role, if one is made."""

    def __init__(self, name: str, args: OperatorAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, ask IAM whether these people are there, then make it."""
        endpoint = handed_on(args, "connectEndpointArn")
        # What Settings say of a network: whether it has an endpoint.
        settings = read_settings({**args, "instanceConnect": endpoint is not None})
        document = read_plain(args, ["documentName"]).values.get("documentName", DEFAULT_DOCUMENT)
        super().__init__("ssm-only:index:OperatorAccess", name, {}, opts)
        assert settings.operators is not None  # noqa: S101 - for mypy: the property is required
        ask = pulumi.InvokeOptions(parent=self)
        region = Region.ask(ask)
        require_people(region, settings.operators, ask)
        tunnel = None
        if settings.operators.instance_connect:
            tunnel = components.Tunnel(endpoint_arn=endpoint, ports=connect_ports(settings), block=settings.cidr)
        made = components.OperatorAccess(
            name,
            components.OperatorAccessArgs(
                region=region,
                settings=settings.operators,
                document=document,
                session_key_arn=handed_on(args, "sessionKeyArn"),
                tunnel=tunnel,
                tags=settings.all_tags,
                secret="operators" in settings.secrets,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.policy_arn, self.roles_policy_arn = made.policy_arn, made.roles_policy_arn
        self.permission_set, self.role_arn = made.permission_set, made.role_arn
        self.register_outputs({})
