"""What an instance may do: its role, with the least policy that its features need, and the profile that carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_aws as aws

from ..base import iam_documents
from ..base.needs import SessionNeeds
from ..base.region import Region
from .rights import NO_RIGHTS, Rights, instance_policy, with_needs


@dataclass(frozen=True, kw_only=True)
class RoleArgs:
    """What a role is made from.

    Attributes:
        region: the Region that the provider is set to.
        rights: the features that the instance is used for.
        needs: what the session preferences add to them.
        managed_instance_core: AWS's policy AmazonSSMManagedInstanceCore too.
        policies: ARNs of managed policies of a person's own, each by a name that stays.
        permissions_boundary: ARN of the policy that the role can never go beyond; empty is none.
        tags: on role and profile.
    """

    region: Region
    rights: Rights
    needs: SessionNeeds
    managed_instance_core: bool
    policies: Mapping[str, pulumi.Input[str]]
    permissions_boundary: pulumi.Input[str]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class InstanceRole:
    """A role with its profile, and what must be there before an agent uses it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    profile: pulumi.Output[str]
    granted: Sequence[pulumi.Resource]


def make_role(name: str, args: RoleArgs, child: pulumi.ResourceOptions) -> InstanceRole:
    """Make role, rights and profile as children of a component."""
    role = aws.iam.Role(
        name,
        assume_role_policy=iam_documents.ec2_trust(args.region.dns_suffix),
        permissions_boundary=args.permissions_boundary or None,
        # IAM deletes no role that has a policy, and one that was attached by hand is in no state.
        force_detach_policies=True,
        tags=args.tags,
        opts=child,
    )
    profile = aws.iam.InstanceProfile(name, role=role.name, tags=args.tags, opts=child)
    return InstanceRole(
        name=role.name,
        arn=role.arn,
        profile=profile.name,
        granted=[*_grant(name, role, args, child), *_attach(name, role, args, child)],
    )


def write_policy(
    name: str, role: aws.iam.Role, policy: pulumi.Output[str], child: pulumi.ResourceOptions
) -> aws.iam.RolePolicy:
    """Write the one inline policy of a role."""
    return aws.iam.RolePolicy(
        name,
        # A name that Pulumi makes is another at every try: when the answer to a first one is lost, the role keeps two.
        name="features",
        role=role.id,
        policy=policy,
        # The provider deletes first what has a name of its own. Here another name or role is another policy, and in
        # between the agent would have no rights.
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(delete_before_replace=False)),
    )


def _grant(name: str, role: aws.iam.Role, args: RoleArgs, child: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    if args.rights == NO_RIGHTS and args.needs.is_empty:
        # IAM takes no policy without a statement.
        return []
    policy = with_needs(args.rights, args.needs).apply(partial(instance_policy, args.region))
    return [write_policy(f"{name}-features", role, policy, child)]


def _attach(name: str, role: aws.iam.Role, args: RoleArgs, child: pulumi.ResourceOptions) -> Sequence[pulumi.Resource]:
    arns = dict(args.policies)
    if args.managed_instance_core:
        core = iam_documents.managed_instance_core(args.region.partition)
        arns[core.rsplit("/", maxsplit=1)[-1]] = core
    return [
        # Neither part can hold a slash in front of the other: no two instances make one name.
        aws.iam.RolePolicyAttachment(f"{name}/{key}", role=role.name, policy_arn=arn, opts=child)
        for key, arn in arns.items()
    ]
