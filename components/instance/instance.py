"""An EC2 instance that is reached through Session Manager and through nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.base.needs import NO_NEEDS, SessionNeeds
from components.base.path import AgentPath, Internet
from components.base.region import Region
from components.instance.egress import Egress
from components.instance.group import InstanceGroup, make_group
from components.instance.images import Image
from components.instance.platforms import Family
from components.instance.rights import Rights
from components.instance.role import InstanceRole, RoleArgs, make_role
from components.instance.user_data import BootSettings, linux_user_data, windows_user_data

# What the parameter of the boot check holds until an instance has written to it.
_NO_REPORT = '{"result": "none yet"}'


@dataclass(frozen=True, kw_only=True)
class SsmInstanceArgs:
    """What an instance is made from.

    Attributes:
        region: the Region that the provider is set to.
        path: the network's way to Systems Manager.
        zone: which of the network's zones the instance is in; 1 is the first.
        image: what it starts from; `find_image` asks AWS.
        instance_type: an EC2 type of the image's architecture.
        volume_size: of the encrypted root volume, in GiB.
        rights: the features that it is used for. A `report_parameter` in it is made here.
        needs: what the session preferences ask of it.
        managed_instance_core: AWS's policy AmazonSSMManagedInstanceCore beside our own.
        policies: ARNs of managed policies of a person's own, each by a name that stays.
        permissions_boundary: ARN of the policy that the role can never go beyond; empty is none.
        ssm_user_sudo: whether `ssm-user`, as whom sessions on Linux run, may become root.
        run_as_users: users to create on Linux, for Session Manager's Run As.
        session_profile: shell lines for sessions on Linux.
        egress: ways out beside the one to Systems Manager; each is a rule of the instance's group.
        user_data: the person's own, which runs beside our check and whatever comes of it.
        secret_user_data: Pulumi keeps all of the user data encrypted. The instance itself can read it, as can whoever
            may ask EC2 for it.
        replace_on_new_image: a newer image of the platform is another instance. Else it keeps the image it has.
        replace_on_user_data: changed user data is another instance. Else it is stopped, and started with the new one.
        tags: on everything that takes tags.
    """

    region: Region
    path: AgentPath
    zone: int = 1
    image: Image
    instance_type: str
    volume_size: int = 8
    rights: Rights = field(default_factory=Rights)
    needs: SessionNeeds = NO_NEEDS
    managed_instance_core: bool = False
    policies: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    permissions_boundary: pulumi.Input[str] = ""
    ssm_user_sudo: bool = True
    run_as_users: Sequence[str] = ()
    session_profile: str = ""
    egress: Sequence[Egress] = ()
    user_data: str = ""
    secret_user_data: bool = False
    replace_on_new_image: bool = False
    replace_on_user_data: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


class SsmInstance(pulumi.ComponentResource):
    """The instance, its role, and its own security group, which lets nothing in.

    Attributes:
        instance_id: what a session is opened to; `ready_lines` gives the lines that open one.
        private_ip: its address in the VPC.
        security_group_id: of its own group. A rule of another group can name it as its source; an inbound rule that is
            added to it is taken away at the next `pulumi up --refresh`.
        role_name: for policies that are to be added.
        role_arn: for policies of other things, such as a bucket, that are to let the instance in.

    Raises:
        UserDataError: the person's own user data cannot be passed on.
    """

    instance_id: pulumi.Output[str]
    private_ip: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    role_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SsmInstanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role and the group first: the agent needs both at its first try."""
        user_data = render_user_data(args)
        super().__init__("ssm-only:components:SsmInstance", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        role = make_role(name, self._role_args(), self._child)
        group = make_group(name, args.path, args.egress, args.tags, self._child)
        instance = self._make_instance(user_data, role, group, after=self._make_report())

        self.instance_id, self.private_ip = instance.id, instance.private_ip
        self.security_group_id = group.id
        self.role_name, self.role_arn = role.name, role.arn
        self.register_outputs(dict(self.outputs))

    @property
    def outputs(self) -> Mapping[str, pulumi.Output[str]]:
        """What a stack hands on of it."""
        return {
            "id": self.instance_id,
            "private_ip": self.private_ip,
            "security_group_id": self.security_group_id,
            "role_name": self.role_name,
            "role_arn": self.role_arn,
        }

    def _tags(self) -> dict[str, str]:
        return {**self._args.tags, "Name": self._name}

    def _role_args(self) -> RoleArgs:
        args = self._args
        return RoleArgs(
            region=args.region,
            rights=args.rights,
            needs=args.needs,
            managed_instance_core=args.managed_instance_core,
            policies=args.policies,
            permissions_boundary=args.permissions_boundary,
            tags=self._tags(),
        )

    def _make_report(self) -> Sequence[pulumi.Resource]:
        if self._args.rights.report_parameter is None:
            return []
        # Made here, so that destroy takes it away; what stands in it is the instance's to say. Whether AWS keeps the
        # description when an instance writes without one, its API reference does not tell.
        theirs = pulumi.ResourceOptions(parent=self, ignore_changes=["value", "insecure_value", "description"])
        return [
            aws.ssm.Parameter(
                f"{self._name}-report",
                name=self._args.rights.report_parameter,
                type=aws.ssm.ParameterType.STRING,
                description="What the boot check of the SSM agent came to, as JSON",
                insecure_value=_NO_REPORT,
                tags=self._tags(),
                opts=theirs,
            )
        ]

    def _make_instance(
        self, user_data: str, role: InstanceRole, group: InstanceGroup, after: Sequence[pulumi.Resource]
    ) -> aws.ec2.Instance:
        args, image = self._args, self._args.image
        return aws.ec2.Instance(
            # An image that is ignored later is ignored when the platform changes too. Its name in that of the resource
            # makes that another instance.
            f"{self._name}-{image.label}",
            ami=image.id,
            instance_type=args.instance_type,
            subnet_id=args.path.subnet_ids[args.zone - 1],
            associate_public_ip_address=True if args.path.public_address else None,
            vpc_security_group_ids=[group.id],
            iam_instance_profile=role.profile,
            user_data_base64=pulumi.Output.secret(user_data) if args.secret_user_data else user_data,
            user_data_replace_on_change=args.replace_on_user_data,
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
                depends_on=[*args.path.ready, *role.granted, *group.openings, *after],
                # Platforms get a new image every few weeks; that must not replace an instance someone works on.
                ignore_changes=[] if image.pinned or args.replace_on_new_image else ["ami"],
            ),
        )


def render_user_data(args: SsmInstanceArgs) -> str:
    """The instance's user data, in base64.

    Raises:
        UserDataError: the person's own cannot be passed on.
    """
    boot = BootSettings(
        services=args.path.services,
        internet=isinstance(args.path.https_to, Internet),
        report_parameter=args.rights.report_parameter,
        ssm_user_sudo=args.ssm_user_sudo,
        run_as_users=args.run_as_users,
        session_profile=args.session_profile,
    )
    render = windows_user_data if args.image.family is Family.WINDOWS else linux_user_data
    return render(boot, args.user_data)
