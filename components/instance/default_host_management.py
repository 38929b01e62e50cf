"""Default Host Management: Systems Manager manages every instance of the account in this Region by one role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pulumi
import pulumi_aws as aws

from ..base import iam_documents
from ..base.needs import NO_NEEDS, SessionNeeds
from ..base.region import Region
from .rights import NO_RIGHTS, Rights, instance_policy, with_needs
from .role import write_policy

_SETTING = "servicesetting/ssm/managed-instance/default-ec2-instance-management-role"

# The setting's value is the role's name with this path: "service-role/<name>".
_ROLE_PATH = "service-role"


@dataclass(frozen=True, kw_only=True)
class DefaultHostManagementArgs:
    """What the role may do, on all instances alike.

    Attributes:
        region: the Region that the provider is set to; the setting is made for it alone.
        rights: the role has these, and not AWS's policy AmazonSSMManagedEC2InstanceDefaultPolicy; None is AWS's.
        needs: what the session preferences ask for. The agent writes logs with this role, not with a profile.
        permissions_boundary: ARN of the policy that the role can never go beyond; empty is none.
        tags: on the role.
    """

    region: Region
    rights: Rights | None = None
    needs: SessionNeeds = NO_NEEDS
    permissions_boundary: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class DefaultHostManagement(pulumi.ComponentResource):
    """The role, and the service setting that names it ("Default Host Management Configuration", user guide).

    There is one such setting for each account and Region. Making this one replaces what was there, for the
    instances of everybody; destroying it resets the setting to none, and does not bring back what was there. Have it
    in a stack of the account, not of an application.

    An instance comes under it with an agent from 3.2.582.0 on, IMDSv2, and no profile that allows
    ssm:UpdateInstanceInformation (`Rights(sessions=False)`); it may take 30 minutes. Who makes this must be allowed
    iam:PassRole on the role.

    Attributes:
        role_name: for policies that are to be added.
    """

    role_name: pulumi.Output[str]

    def __init__(self, name: str, args: DefaultHostManagementArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Give the role its rights before an agent can take it."""
        super().__init__("ssm-only:components:DefaultHostManagement", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            path=f"/{_ROLE_PATH}/",
            description="Systems Manager manages the instances of this account and Region by it",
            assume_role_policy=iam_documents.systems_manager_trust(args.region.dns_suffix),
            permissions_boundary=args.permissions_boundary or None,
            force_detach_policies=True,  # as in role.py
            tags={**args.tags, "Name": name},
            opts=child,
        )
        granted: list[pulumi.Resource] = []
        if args.rights is None:
            arn = iam_documents.default_host_management(args.region.partition)
            granted.append(aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=arn, opts=child))
        rights = args.rights or NO_RIGHTS
        if rights != NO_RIGHTS or not args.needs.is_empty:
            text = with_needs(rights, args.needs).apply(partial(instance_policy, args.region))
            granted.append(write_policy(name, role, text, child))
        aws.ssm.ServiceSetting(
            name,
            setting_id=args.region.arn("ssm", _SETTING),
            setting_value=role.name.apply(lambda role_name: f"{_ROLE_PATH}/{role_name}"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=granted),
        )
        self.role_name = role.name
        self.register_outputs({"role_name": self.role_name})
