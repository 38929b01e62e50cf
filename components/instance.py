"""An EC2 instance that is reached through Session Manager and through nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components import console, iam_documents
from components.path import AgentPath, Endpoints
from components.region import Architecture, Region
from components.user_data import BootSettings, linux_user_data

_HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class SsmInstanceArgs:
    """What an instance is made from.

    Attributes:
        region: the Region that the provider is set to.
        path: the network's way to Systems Manager.
        zone: which of the network's zones the instance is in; 1 is the first.
        architecture: of the Amazon Linux 2023 image.
        instance_type: an EC2 type of that architecture (`require_architecture` asks EC2).
        volume_size: of the encrypted root volume, in GiB.
        managed_instance_core: AWS's policy AmazonSSMManagedInstanceCore beside our own of five actions.
        tags: on everything that takes tags.
    """

    region: Region
    path: AgentPath
    zone: int = 1
    architecture: Architecture
    instance_type: str
    volume_size: int = 8
    managed_instance_core: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


class SsmInstance(pulumi.ComponentResource):
    """The instance, its role, and its own security group, which lets nothing in.

    Attributes:
        instance_id: what a session is opened to.
        session_command: the AWS CLI's line that opens one.
        console_link: where a browser opens one.
    """

    instance_id: pulumi.Output[str]
    session_command: pulumi.Output[str]
    console_link: pulumi.Output[str]

    def __init__(self, name: str, args: SsmInstanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role and the group first: the agent needs both at its first try."""
        super().__init__("ssm-only:components:SsmInstance", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        role = self._make_role()
        rights = self._grant_rights(role)
        group = self._make_group()
        openings = self._open_https(group)
        profile = aws.iam.InstanceProfile(name, role=role.name, tags=self._tags(), opts=self._child)
        instance = self._make_instance(profile, group, after=[*args.path.ready, *rights, *openings])

        region = args.region
        self.instance_id = instance.id
        self.session_command = instance.id.apply(lambda id_: console.session_command(region.name, id_))
        self.console_link = instance.id.apply(lambda id_: console.session_link(region.partition, region.name, id_))
        self.register_outputs(
            {
                "instance_id": self.instance_id,
                "session_command": self.session_command,
                "console_link": self.console_link,
            }
        )

    def _tags(self) -> dict[str, str]:
        return {**self._args.tags, "Name": self._name}

    def _make_role(self) -> aws.iam.Role:
        return aws.iam.Role(
            self._name,
            assume_role_policy=iam_documents.ec2_trust(self._args.region.dns_suffix),
            tags=self._tags(),
            opts=self._child,
        )

    def _grant_rights(self, role: aws.iam.Role) -> Sequence[pulumi.Resource]:
        rights: list[pulumi.Resource] = [
            aws.iam.RolePolicy(
                f"{self._name}-sessions", role=role.id, policy=iam_documents.sessions(), opts=self._child
            )
        ]
        if self._args.managed_instance_core:
            rights.append(
                aws.iam.RolePolicyAttachment(
                    f"{self._name}-core",
                    role=role.name,
                    policy_arn=iam_documents.managed_instance_core(self._args.region.partition),
                    opts=self._child,
                )
            )
        return rights

    def _make_group(self) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            self._name,
            vpc_id=self._args.path.vpc_id,
            description="Reached through Session Manager: nothing comes in",
            # An explicit empty list makes every inbound rule that someone adds a difference, which the next
            # `pulumi up --refresh` takes away. Left out, such a rule would not be seen.
            ingress=[],
            tags=self._tags(),
            opts=self._child,
        )

    def _open_https(self, group: aws.ec2.SecurityGroup) -> Sequence[pulumi.Resource]:
        https_to = self._args.path.https_to
        if not isinstance(https_to, Endpoints):
            return [self._allow_out(group, "internet", cidr_ipv4="0.0.0.0/0")]
        label = f"{self._name}-to-endpoints"
        into_endpoints = aws.vpc.SecurityGroupIngressRule(
            label,
            security_group_id=https_to.group_id,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            tags={**self._args.tags, "Name": label},
            opts=self._child,
        )
        return [
            into_endpoints,
            self._allow_out(group, "endpoints", referenced_security_group_id=https_to.group_id),
            self._allow_out(group, "s3", prefix_list_id=https_to.s3_prefix_list_id),
        ]

    def _allow_out(
        self,
        group: aws.ec2.SecurityGroup,
        target: str,
        *,
        cidr_ipv4: str | None = None,
        referenced_security_group_id: pulumi.Input[str] | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
    ) -> aws.vpc.SecurityGroupEgressRule:
        label = f"{self._name}-to-{target}"
        return aws.vpc.SecurityGroupEgressRule(
            label,
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            cidr_ipv4=cidr_ipv4,
            referenced_security_group_id=referenced_security_group_id,
            prefix_list_id=prefix_list_id,
            tags={**self._args.tags, "Name": label},
            opts=self._child,
        )

    def _make_instance(
        self, profile: aws.iam.InstanceProfile, group: aws.ec2.SecurityGroup, after: Sequence[pulumi.Resource]
    ) -> aws.ec2.Instance:
        args = self._args
        image = aws.ssm.get_parameter_output(
            # AWS keeps the newest image's id there, for each Region.
            name=f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{args.architecture.value}",
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return aws.ec2.Instance(
            # An image that is ignored later is ignored when the architecture changes too, and one of the old
            # architecture starts on no new type. The name makes that another instance.
            f"{self._name}-{args.architecture.value}",
            # The id is public; `value` would be a secret, and hide the image in every preview.
            ami=image.insecure_value,
            instance_type=args.instance_type,
            subnet_id=args.path.subnet_ids[args.zone - 1],
            vpc_security_group_ids=[group.id],
            iam_instance_profile=profile.name,
            user_data_base64=linux_user_data(
                BootSettings(
                    services=("ssm", "ssmmessages", "s3"), internet=not isinstance(args.path.https_to, Endpoints)
                )
            ),
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # One hop: a container on the instance does not get at the role's credentials.
                http_put_response_hop_limit=1,
            ),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                encrypted=True, volume_size=args.volume_size, volume_type="gp3", tags=self._tags()
            ),
            tags=self._tags(),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=after,
                # AWS publishes a new image every few weeks; that must not replace an instance someone works on.
                ignore_changes=["ami"],
            ),
        )
