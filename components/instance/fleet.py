"""As many instances as are wanted, each reached through Session Manager and through nothing else.

AWS moves instances of an Auto Scaling group between zones, new ones first ("Rebalancing activities", EC2 Auto Scaling
user guide), but says nothing of another subnet in the same zone. So where the network is in other subnets, of another
tier or another VPC, the group is another one: Pulumi makes it, the provider waits until it has its instances, and then
the old one ends. What the old one depends on (its subnets, their routes, the endpoints, the rules of its security
group) goes only after it: Pulumi deletes in the order of the dependencies that the state has. Where zones come or go,
the group stays, and AWS moves what has to move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from .fleet_plan import BOOTS, Scaling, zones_of
from .group import InstanceGroup, make_group
from .instance import SsmInstanceArgs, render_user_data, role_args
from .role import InstanceRole, make_role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .hardware import CpuCredits, Placement
    from .volumes import VolumeKind

# What an instance can have, and those of a fleet cannot.
_OF_ONE = (
    "keep",
    "wait_for_agent",
    "termination_protection",
    "stop_protection",
    "spot",
    "associate_public_ip",
)


@dataclass(frozen=True, kw_only=True)
class SsmFleetArgs:
    """What a fleet is made from.

    Attributes:
        instance: what each of its instances is. Its zone says nothing, and its image needs `with_root_device`.
        scaling: how many there are, where, and on what terms.
    """

    instance: SsmInstanceArgs
    scaling: Scaling = Scaling()  # noqa: RUF009 - it is frozen

    def __post_init__(self) -> None:
        """Refuse what a fleet cannot have."""
        if not self.instance.image.root_device:
            raise ValueError("the image of a fleet needs the name of its root volume: with_root_device(image)")
        if self.instance.rights.report_parameter is not None:
            # Instances that come and go would write over each other's, or leave one behind each.
            raise ValueError("the instances of a fleet share their role, so none has a parameter of its own")
        if any(volume.keep for volume in self.instance.volumes):
            raise ValueError("volumes.keep: what outlives each instance that comes and goes is nobody's to use again")
        own = {name: getattr(self.instance, name) for name in _OF_ONE}
        if any(own.values()):
            named = ", ".join(name for name, value in own.items() if value)
            raise ValueError(f"{named}: it is of one instance, and those of a fleet come and go")


class SsmFleet(pulumi.ComponentResource):
    """A launch template and an Auto Scaling group; role, profile and security group are the instances' in common.

    Attributes:
        group_name: of the Auto Scaling group.
        launch_template_id: its instances start from this one.
        security_group_id: of the instances; it lets nothing in.
        role_name: for policies that are to be added.
        role_arn: for policies of other things, such as a bucket, that are to let the instances in.

    Raises:
        UserDataError: the person's own user data cannot be passed on.
    """

    group_name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    role_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SsmFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role and the group first: the agents need both at their first try."""
        user_data = render_user_data(args.instance)
        super().__init__("ssm-only:components:SsmFleet", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        role = make_role(name, role_args(name, args.instance), self._child)
        group = make_group(
            name,
            args.instance.path,
            args.instance.egress,
            args.instance.tags,
            self._child,
            family=args.instance.image.family,
        )
        template = self._make_template(user_data, role, group)
        scaled = self._make_group(template, after=[*role.granted, *group.openings])

        self.group_name, self.launch_template_id = scaled.name, template.id
        self.security_group_id = group.id
        self.role_name, self.role_arn = role.name, role.arn
        self.register_outputs(dict(self.outputs))

    @property
    def outputs(self) -> Mapping[str, pulumi.Output[str]]:
        """What a stack hands on of it."""
        return {
            "group_name": self.group_name,
            "launch_template_id": self.launch_template_id,
            "security_group_id": self.security_group_id,
            "role_name": self.role_name,
            "role_arn": self.role_arn,
        }

    def _tags(self) -> dict[str, str]:
        return {**self._args.instance.tags, "Name": self._name}

    def _make_template(self, user_data: str, role: InstanceRole, group: InstanceGroup) -> aws.ec2.LaunchTemplate:
        args, image = self._args.instance, self._args.instance.image
        groups = [group.id, *args.security_groups]
        return aws.ec2.LaunchTemplate(
            # As for an instance: an image that is ignored later is ignored when the platform changes too.
            f"{self._name}-{image.label}",
            image_id=image.id,
            instance_type=args.instance_type,
            # A template has its groups in one of two places, and only the second one says which address there is.
            vpc_security_group_ids=None if args.path.public_address else groups,
            network_interfaces=[
                aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                    device_index=0,
                    associate_public_ip_address="true",
                    security_groups=groups,
                    delete_on_termination="true",
                )
            ]
            if args.path.public_address
            else None,
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(name=role.profile),
            user_data=pulumi.Output.secret(user_data) if args.secret_user_data else user_data,
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # As for an instance: with one hop no container gets at the role's credentials.
                http_put_response_hop_limit=args.metadata_hop_limit,
            ),
            monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True) if args.monitoring else None,
            credit_specification=_credits(args.cpu_credits),
            placement=_placement(args.placement),
            block_device_mappings=[
                self._disk(image.root_device, args.volume_size, args.volume_kind),
                # Each instance has its own, which come empty and end with it.
                *(self._disk(volume.device, volume.size, volume.kind) for volume in args.volumes),
            ],
            # The group's own tags reach the instances, and nothing of theirs.
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type="volume", tags=self._tags()),
            ],
            tags=self._tags(),
            opts=pulumi.ResourceOptions(
                parent=self,
                # A newer image of the platform is a change of the template only where it is asked for.
                ignore_changes=[] if image.pinned or args.replace_on_new_image else ["imageId"],
            ),
        )

    def _disk(self, device: str, size: int, kind: VolumeKind) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgs:
        return aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
            device_name=device,
            ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                encrypted="true",
                kms_key_id=self._args.instance.volume_key or None,
                volume_size=size,
                volume_type=kind.type.value,
                iops=kind.iops,
                throughput=kind.throughput,
                delete_on_termination="true",
            ),
        )

    def _make_group(self, template: aws.ec2.LaunchTemplate, after: Sequence[pulumi.Resource]) -> aws.autoscaling.Group:
        path, scaling = self._args.instance.path, self._args.scaling
        return aws.autoscaling.Group(
            self._name,
            min_size=scaling.minimum,
            max_size=scaling.maximum,
            # Where nobody says it, it is what scales the fleet that does, and an update sends none.
            desired_capacity=scaling.desired,
            vpc_zone_identifiers=[path.subnet_ids[zone - 1] for zone in zones_of(scaling, len(path.subnet_ids))],
            mixed_instances_policy=self._mix(template),
            # What EC2 itself sees of an instance. Nothing that could ask the agent is in a group's reach.
            health_check_type="EC2",
            health_check_grace_period=BOOTS[self._args.instance.image.family].longest,
            # Another is launched when EC2 says that a spot instance is about to be taken away.
            capacity_rebalance=scaling.has_spot,
            # Spot capacity that is not there now may be a minute later, of another type or in another zone.
            ignore_failed_scaling_activities=scaling.has_spot,
            wait_for_capacity_timeout="10m",
            instance_refresh=self._refresh() if scaling.refresh else None,
            tags=[
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=True)
                for key, value in sorted(self._tags().items())
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*path.ready, *after],
                replacement_trigger=list(path.settled_in) or None,
            ),
        )

    def _mix(self, template: aws.ec2.LaunchTemplate) -> aws.autoscaling.GroupMixedInstancesPolicyArgs:
        args, scaling = self._args.instance, self._args.scaling
        return aws.autoscaling.GroupMixedInstancesPolicyArgs(
            launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
                launch_template_specification=(
                    aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                        launch_template_id=template.id,
                        # Not $Latest: a preview would show no change of the group, and a refresh would not begin.
                        version=template.latest_version.apply(str),
                    )
                ),
                overrides=[
                    aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(instance_type=one)
                    for one in (args.instance_type, *scaling.other_types)
                ],
            ),
            instances_distribution=aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
                on_demand_allocation_strategy="prioritized",
                on_demand_base_capacity=scaling.on_demand_base,
                on_demand_percentage_above_base_capacity=scaling.on_demand_percentage,
                # What AWS advises for all that can bear an interruption at all.
                spot_allocation_strategy="price-capacity-optimized",
            ),
        )

    def _refresh(self) -> aws.autoscaling.GroupInstanceRefreshArgs:
        scaling = self._args.scaling
        return aws.autoscaling.GroupInstanceRefreshArgs(
            strategy="Rolling",
            preferences=aws.autoscaling.GroupInstanceRefreshPreferencesArgs(
                min_healthy_percentage=scaling.min_healthy_percentage,
                max_healthy_percentage=scaling.max_healthy_percentage,
                # Left out, each step would take the grace period, in which a boot check fails.
                instance_warmup=str(BOOTS[self._args.instance.image.family].usual),
                # A change that only concerns new instances, such as more types, ends none that has the template.
                skip_matching=True,
            ),
        )


def _credits(cpu_credits: CpuCredits | None) -> aws.ec2.LaunchTemplateCreditSpecificationArgs | None:
    return aws.ec2.LaunchTemplateCreditSpecificationArgs(cpu_credits=cpu_credits.value) if cpu_credits else None


def _placement(placement: Placement | None) -> aws.ec2.LaunchTemplatePlacementArgs | None:
    if placement is None:
        return None
    return aws.ec2.LaunchTemplatePlacementArgs(
        group_name=placement.group or None,
        partition_number=placement.partition,
        tenancy=placement.tenancy.value if placement.tenancy else None,
    )
