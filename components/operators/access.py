"""What the people who open sessions may do, and the lines that they paste."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial

import pulumi
import pulumi_aws as aws

from ..base.document_names import DEFAULT_DOCUMENT
from ..base.errors import NAMESPACE
from ..base.region import Region
from ..base.tags import stack_tag
from . import console
from . import documents as operator_documents
from .settings import KEY, OperatorRole, OperatorSettings

# A key's id has this length, whether it is a UUID or, for a multi-Region key, mrk- and 32 digits.
_SOME_KEY_ID = "0" * 36
_SOME_ENDPOINT_ID = f"eice-{'0' * 17}"


@dataclass(frozen=True, kw_only=True)
class OperatorAccessArgs:
    """What the access is made from.

    Attributes:
        region: the Region that the provider is set to.
        settings: who may open which sessions, under which conditions.
        document: the session document for shells, unless settings name others.
        session_key_arn: the key that encrypts sessions, if one does. Whether there is one is plain.
        tunnel: through the network's EC2 Instance Connect Endpoint; for `instance_connect` of the settings.
        tags: on everything that takes tags.
        secret: Pulumi keeps the text of policies encrypted. Whoever may ask IAM for it can read it.
    """

    region: Region
    settings: OperatorSettings
    document: str = DEFAULT_DOCUMENT
    session_key_arn: pulumi.Input[str] | None = None
    tunnel: operator_documents.Tunnel | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    secret: bool = False


class OperatorAccess(pulumi.ComponentResource):
    """The policy of operators, attached to whom it is for, and the role that they assume if one is asked for.

    Attributes:
        policy_arn: of the managed policy that users and groups get.
        roles_policy_arn: of the one that roles get: the same, unless `mfa` is set, which no role could satisfy.
        permission_set: what roles get, as text, for a permission set of IAM Identity Center.
        role_arn: of the operators' role, or None.
        ways: what the policy allows; `console.ready_lines` makes lines of them.
    """

    policy_arn: pulumi.Output[str]
    roles_policy_arn: pulumi.Output[str]
    permission_set: pulumi.Output[str]
    role_arn: pulumi.Output[str] | None
    ways: console.Ways

    def __init__(self, name: str, args: OperatorAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the policy, and give it to everybody whom the settings name.

        Raises:
            ConfigError: IAM would not take so long a policy, or whom the role trusts.
        """
        has_session_key = args.session_key_arn is not None
        require_fits(
            args.region, args.settings, document=args.document, has_session_key=has_session_key, tunnel=args.tunnel
        )
        super().__init__("ssm-only:components:OperatorAccess", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        self._warn()
        self.ways = _ways(args.settings, args.document)
        for_roles = operator_documents.without_second_factor(args.settings)
        self.permission_set = self._write_policy(for_roles)
        self.policy_arn = self._make_policy(name, self._write_policy(args.settings))
        self.roles_policy_arn = (
            self.policy_arn if for_roles == args.settings else self._make_policy(f"{name}-roles", self.permission_set)
        )
        self._attach()
        self.role_arn = None if args.settings.role is None else self._make_role(args.settings.role)
        self.register_outputs(dict(self.outputs))

    @property
    def outputs(self) -> Mapping[str, pulumi.Output[str] | None]:
        """What a stack hands on of it: not the text, which Pulumi prints as a tree of a hundred lines."""
        return {"policy_arn": self.policy_arn, "roles_policy_arn": self.roles_policy_arn, "role_arn": self.role_arn}

    def _warn(self) -> None:
        """No error: neither must stop the stack's next update."""
        settings = self._args.settings
        if settings.is_over(datetime.now(timezone.utc)):
            until = f"{NAMESPACE}:{KEY}.validUntil is {settings.valid_until!r}"
            pulumi.log.warn(f"{until}: that is over, so nobody may open a session.", self)
        if settings.unasked_roles:
            pulumi.log.warn(
                f"{NAMESPACE}:{KEY}.mfa is True: it is for users and groups. The credentials of a role never say "
                "whether its person used a second factor, so who assumes it must be asked there: "
                f"{', '.join(settings.unasked_roles)}.",
                self,
            )

    def _write_policy(self, settings: OperatorSettings) -> pulumi.Output[str]:
        args = self._args
        endpoint = args.tunnel.endpoint_arn if args.tunnel else None
        text = pulumi.Output.all(args.session_key_arn, endpoint).apply(
            partial(_policy, args.region, settings, args.document, args.tunnel)
        )
        return pulumi.Output.secret(text) if args.secret else text

    def _make_policy(self, name: str, text: pulumi.Output[str]) -> pulumi.Output[str]:
        policy = aws.iam.Policy(
            name,
            description="Open Session Manager sessions, and end and resume one's own",
            policy=text,
            tags={**self._args.tags, "Name": name},
            opts=self._child,
        )
        return policy.arn

    def _attach(self) -> None:
        settings, arn = self._args.settings, self.policy_arn
        for role in settings.roles:
            aws.iam.RolePolicyAttachment(
                f"{self._name}-role-{role}", role=role, policy_arn=self.roles_policy_arn, opts=self._child
            )
        for user in settings.users:
            aws.iam.UserPolicyAttachment(f"{self._name}-user-{user}", user=user, policy_arn=arn, opts=self._child)
        for group in settings.groups:
            aws.iam.GroupPolicyAttachment(f"{self._name}-group-{group}", group=group, policy_arn=arn, opts=self._child)

    def _make_role(self, wanted: OperatorRole) -> pulumi.Output[str]:
        trust = operator_documents.trust_policy(wanted)
        role = aws.iam.Role(
            self._name,
            description="For people who open Session Manager sessions",
            assume_role_policy=pulumi.Output.secret(trust) if self._args.secret else trust,
            # IAM deletes no role that has a policy, and one that was attached by hand is in no state.
            force_detach_policies=True,
            max_session_duration=wanted.max_hours * 3600,
            tags={**self._args.tags, "Name": self._name},
            opts=self._child,
        )
        aws.iam.RolePolicyAttachment(self._name, role=role.name, policy_arn=self.roles_policy_arn, opts=self._child)
        return role.arn


def require_fits(
    region: Region,
    settings: OperatorSettings,
    *,
    document: str = DEFAULT_DOCUMENT,
    has_session_key: bool,
    tunnel: operator_documents.Tunnel | None = None,
) -> None:
    """Make sure that IAM takes policy and role, before anything is made: ARNs are not known by then.

    Raises:
        ConfigError: the policy is too long, or the role trusts somebody of another partition.
    """
    if settings.role is not None:
        operator_documents.require_partition(region, settings.role)
    as_long = region.arn("kms", f"key/{_SOME_KEY_ID}") if has_session_key else None
    endpoint = region.arn("ec2", f"instance-connect-endpoint/{_SOME_ENDPOINT_ID}")
    operator_documents.require_fits(_policy(region, settings, document, tunnel, [as_long, endpoint]))


def _policy(
    region: Region,
    settings: OperatorSettings,
    document: str,
    tunnel: operator_documents.Tunnel | None,
    arns: Sequence[str | None],
) -> str:
    """The policy with the ARNs of the session's key and of the endpoint."""
    session_key_arn, endpoint_arn = arns
    return operator_documents.session_policy(
        region,
        settings,
        tags=stack_tag(),
        document=document,
        session_key_arn=session_key_arn,
        tunnel=replace(tunnel, endpoint_arn=endpoint_arn) if tunnel and endpoint_arn else None,
    )


def _ways(settings: OperatorSettings, document: str) -> console.Ways:
    shells: Sequence[str] = operator_documents.allowed_documents(settings, document)
    # The stack's own document, if it is among them: it holds the stack's preferences.
    return console.Ways(
        document=document if document in shells else next(iter(shells), None),
        port_forwarding=settings.port_forwarding,
        remote_hosts=bool(settings.remote_hosts),
        named_hosts=tuple((one.host, one.port) for one in settings.named_hosts),
        ssh=settings.ssh,
        ssh_users=settings.ssh_users,
        instance_connect=settings.instance_connect,
        through_endpoint=settings.vpc is not None,
        mfa=settings.mfa,
    )
