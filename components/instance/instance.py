"""An EC2 instance that is reached through Session Manager and through nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..base.needs import NO_NEEDS, SessionNeeds
from ..base.path import AgentPath, Internet
from ..base.region import Region
from .agent_config import fips_config
from .egress import Egress
from .group import InstanceGroup, make_group
from .hardware import CpuCredits, Interruption, Placement, Spot
from .images import Image
from .make_volumes import attach_volumes, make_volumes
from .online import wait_until_online
from .platforms import Family
from .proxy import Proxy
from .rights import Rights
from .role import InstanceRole, RoleArgs, make_role
from .user_data import BootSettings, linux_user_data, windows_user_data
from .volumes import GP3, Volume, VolumeKind

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
        volume_kind: its type and speed.
        volume_key: ARN of the KMS key of all its volumes; empty is the account's default. `find_volume_key` asks AWS.
        volumes: beside the root volume. One instance at a time has them, so another one is made once this is gone.
        rights: the features that it is used for. A `report_parameter` in it is made here.
        needs: what the session preferences ask of it.
        managed_instance_core: AWS's policy AmazonSSMManagedInstanceCore beside our own.
        policies: ARNs of managed policies of a person's own, each by a name that stays.
        permissions_boundary: ARN of the policy that the role can never go beyond; empty is none.
        fips: whether the agent goes by FIPS endpoints; Linux alone.
        ssm_user_sudo: whether `ssm-user`, as whom sessions on Linux run, may become root.
        run_as_users: users to create on Linux, for Session Manager's Run As.
        session_profile: shell lines for sessions on Linux.
        egress: ways out beside the one to Systems Manager; each is a rule of the instance's group.
        security_groups: of a person's own, beside the instance's. What they let in is not looked at here:
            `require_closed_group` does.
        proxy: through which the agent and the boot check reach everything. `egress` has to lead there.
        metadata_hop_limit: how many hops the metadata service answers over, 1 to 64. A container of a bridge network
            is one hop further away than the instance, and with 2 it gets at the role's credentials.
        associate_public_ip: whether it gets a public address; None is as the subnet says.
        termination_protection: EC2 terminates it for nobody. It has to be off before a stack can replace or destroy it.
        stop_protection: EC2 stops it for nobody.
        monitoring: metrics each minute, for a price, not each five.
        spot: capacity that EC2 may take back; None is on demand.
        placement: within the zone; None is EC2's choice.
        cpu_credits: of a burstable type; None is the type's own. `require_burstable` asks EC2.
        user_data: the person's own, which runs beside our check and whatever comes of it.
        secret_user_data: Pulumi keeps all of the user data encrypted. The instance itself can read it, as can whoever
            may ask EC2 for it.
        replace_on_new_image: a newer image of the platform is another instance. Else it keeps the image it has.
        replace_on_user_data: changed user data is another instance. Else it is stopped, and started with the new one.
        keep: Pulumi refuses whatever would delete or replace the instance, and says so in the preview.
        wait_for_agent: minutes to wait for its agent to be online; what it replaces ends only after that. 0 is no wait.
        tags: on everything that takes tags.
    """

    region: Region
    path: AgentPath
    zone: int = 1
    image: Image
    instance_type: str
    volume_size: int = 8
    volume_kind: VolumeKind = GP3
    volume_key: pulumi.Input[str] = ""
    volumes: Sequence[Volume] = ()
    rights: Rights = field(default_factory=Rights)
    needs: SessionNeeds = NO_NEEDS
    managed_instance_core: bool = False
    policies: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    permissions_boundary: pulumi.Input[str] = ""
    fips: bool = False
    ssm_user_sudo: bool = True
    run_as_users: Sequence[str] = ()
    session_profile: str = ""
    egress: Sequence[Egress] = ()
    security_groups: Sequence[pulumi.Input[str]] = ()
    proxy: Proxy | None = None
    metadata_hop_limit: int = 1
    associate_public_ip: bool | None = None
    termination_protection: bool = False
    stop_protection: bool = False
    monitoring: bool = False
    spot: Spot | None = None
    placement: Placement | None = None
    cpu_credits: CpuCredits | None = None
    user_data: str = ""
    secret_user_data: bool = False
    replace_on_new_image: bool = False
    replace_on_user_data: bool = False
    keep: bool = False
    wait_for_agent: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)


class SsmInstance(pulumi.ComponentResource):
    """The instance, its role, and its own security group, which lets nothing in but an endpoint that its network has.

    Attributes:
        instance_id: what a session is opened to; `ready_lines` gives the lines that open one.
        private_ip: its address in the VPC.
        ipv6_address: its public one, which lets nothing in; None where the network has no IPv6.
        vpc_id: of its network.
        subnet_id: of its zone.
        security_group_id: of its own group. A rule of another group can name it as its source; an inbound rule that is
            added to it is taken away at the next `pulumi up --refresh`.
        role_name: for policies that are to be added.
        role_arn: for policies of other things, such as a bucket, that are to let the instance in.

    Raises:
        UserDataError: the person's own user data cannot be passed on.
    """

    instance_id: pulumi.Output[str]
    private_ip: pulumi.Output[str]
    ipv6_address: pulumi.Output[str | None] | None
    vpc_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    role_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SsmInstanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role and the group first: the agent needs both at its first try."""
        user_data = render_user_data(args)
        super().__init__("ssm-only:components:SsmInstance", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        role = make_role(name, role_args(name, args), self._child)
        group = make_group(name, args.path, args.egress, args.tags, self._child, family=args.image.family)
        volumes = make_volumes(
            name, args.volumes, key=args.volume_key, subnet_id=self._subnet_id, tags=args.tags, child=self._child
        )
        instance = self._make_instance(user_data, role, group, after=[*self._make_report(), *volumes.values()])
        attach_volumes(name, volumes, instance, self._child)

        self.instance_id, self.private_ip = instance.id, instance.private_ip
        if args.wait_for_agent:
            self.instance_id = wait_until_online(name, instance.id, args.wait_for_agent, self._child)
        # One that is there gets its address in this `up`; before that the provider knows of none.
        first = instance.ipv6_addresses.apply(lambda known: next(iter(known), None))
        self.ipv6_address = first if args.path.dual_stack else None
        self.vpc_id, self.subnet_id = pulumi.Output.from_input(args.path.vpc_id), instance.subnet_id
        self.security_group_id = group.id
        self.role_name, self.role_arn = role.name, role.arn
        self.register_outputs(dict(self.outputs))

    @property
    def outputs(self) -> Mapping[str, pulumi.Output[str] | pulumi.Output[str | None]]:
        """What a stack hands on of it."""
        return {
            "id": self.instance_id,
            "private_ip": self.private_ip,
            **({} if self.ipv6_address is None else {"ipv6_address": self.ipv6_address}),
            "vpc_id": self.vpc_id,
            "subnet_id": self.subnet_id,
            "security_group_id": self.security_group_id,
            "role_name": self.role_name,
            "role_arn": self.role_arn,
        }

    @property
    def _subnet_id(self) -> pulumi.Input[str]:
        return self._args.path.subnet_ids[self._args.zone - 1]

    def _tags(self) -> dict[str, str]:
        return {**self._args.tags, "Name": self._name}

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
        args, image, place = self._args, self._args.image, self._args.placement
        return aws.ec2.Instance(
            # An image that is ignored later is ignored when the platform changes too. Its name in that of the resource
            # makes that another instance.
            f"{self._name}-{image.label}",
            ami=image.id,
            instance_type=args.instance_type,
            subnet_id=self._subnet_id,
            ipv6_address_count=1 if args.path.dual_stack else None,
            vpc_security_group_ids=[group.id, *args.security_groups],
            associate_public_ip_address=self._public_address,
            iam_instance_profile=role.profile,
            user_data_base64=pulumi.Output.secret(user_data) if args.secret_user_data else user_data,
            user_data_replace_on_change=args.replace_on_user_data or not self._can_stop,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # By default one hop: a container on the instance does not get at the role's credentials.
                http_put_response_hop_limit=args.metadata_hop_limit,
            ),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                encrypted=True,
                kms_key_id=args.volume_key or None,
                volume_size=args.volume_size,
                volume_type=args.volume_kind.type.value,
                iops=args.volume_kind.iops,
                throughput=args.volume_kind.throughput,
                tags=self._tags(),
            ),
            # Said when it is off too: left out, the provider keeps what is there.
            disable_api_termination=args.termination_protection,
            disable_api_stop=args.stop_protection,
            monitoring=args.monitoring,
            instance_market_options=_market(args.spot),
            placement_group=place.group or None if place else None,
            placement_partition_number=place.partition if place else None,
            tenancy=place.tenancy.value if place and place.tenancy else None,
            credit_specification=_credits(args.cpu_credits),
            tags=self._tags(),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.keep,
                depends_on=[*args.path.ready, *role.granted, *group.openings, *after],
                # Platforms get a new image every few weeks; that must not replace an instance someone works on.
                ignore_changes=[] if image.pinned or args.replace_on_new_image else ["ami"],
                # EC2 changes the type of no spot instance, stopped or not.
                replace_on_changes=["instanceType"] if args.spot else None,
                # A volume is of one instance at a time: the one that has it goes first.
                delete_before_replace=True if args.volumes else None,
            ),
        )

    @property
    def _public_address(self) -> bool | None:
        """What a person says, or else the network; None leaves it to the subnet."""
        if self._args.associate_public_ip is not None:
            return self._args.associate_public_ip
        return True if self._args.path.public_address else None

    @property
    def _can_stop(self) -> bool:
        return self._args.spot is None or self._args.spot.interruption is Interruption.STOP


def _market(spot: Spot | None) -> aws.ec2.InstanceInstanceMarketOptionsArgs | None:
    if spot is None:
        return None
    return aws.ec2.InstanceInstanceMarketOptionsArgs(
        market_type="spot",
        spot_options=aws.ec2.InstanceInstanceMarketOptionsSpotOptionsArgs(
            instance_interruption_behavior=spot.interruption.value,
            spot_instance_type=spot.request,
            max_price=spot.max_price or None,
        ),
    )


def _credits(cpu_credits: CpuCredits | None) -> aws.ec2.InstanceCreditSpecificationArgs | None:
    return aws.ec2.InstanceCreditSpecificationArgs(cpu_credits=cpu_credits.value) if cpu_credits else None


def role_args(name: str, args: SsmInstanceArgs) -> RoleArgs:
    """What the role of an instance of this name is made from."""
    return RoleArgs(
        region=args.region,
        rights=args.rights,
        needs=args.needs,
        managed_instance_core=args.managed_instance_core,
        policies=args.policies,
        permissions_boundary=args.permissions_boundary,
        tags={**args.tags, "Name": name},
    )


def render_user_data(args: SsmInstanceArgs) -> str:
    """The instance's user data, in base64.

    Raises:
        UserDataError: the person's own cannot be passed on.
    """
    boot = BootSettings(
        services=args.path.services,
        internet=isinstance(args.path.https_to, Internet),
        dual_stack=_has_dual_stack_names(args),
        report_parameter=args.rights.report_parameter,
        ssm_user_sudo=args.ssm_user_sudo,
        run_as_users=args.run_as_users,
        session_profile=args.session_profile,
        agent_config=fips_config(args.region.name) if args.fips else "",
        proxy=args.proxy,
    )
    render = windows_user_data if args.image.family is Family.WINDOWS else linux_user_data
    return render(boot, args.user_data)


def _has_dual_stack_names(args: SsmInstanceArgs) -> bool:
    """Whether the agent is to use the services' names that have IPv6 too.

    Not in a closed network: S3's has an address that the gateway endpoint, which is of IPv4, does not lead to (AWS
    PrivateLink guide, "Gateway endpoints"). Not in other partitions: AWS lists no such name of ssmmessages, and people
    have used it in the Regions of this one.
    """
    path = args.path
    return path.dual_stack and isinstance(path.https_to, Internet) and args.region.partition == "aws"
