"""As many like instances as are wanted."""

import pulumi
from typing_extensions import NotRequired

import components
from components.base.region import Region
from components.fleets import launch_args
from components.instance import SsmFleetArgs as FleetArgs
from components.instance.fleet_images import find_fleet_images
from components.instance.fleet_settings import KEYS
from components.instance.references import require_burstable
from plugin.machines import MachineArgs, read_machine, require_rights_fit


class SsmFleetArgs(MachineArgs):
    """What a fleet is made from: what each of its instances is, and how many there are."""

    min: NotRequired[int]
    """The least that there are: 1, unless said."""
    max: NotRequired[int]
    """The most that there are; as many as in the beginning, unless said."""
    desired: NotRequired[int]
    """How many there are to be; left to whatever scales the fleet, unless said."""
    zones: NotRequired[list[int]]
    """Numbers of the network's zones: all, unless said. Needed where subnetIds is the output of a network to come."""
    otherTypes: NotRequired[list[str]]
    """EC2 types that may be taken in place of instanceType, which comes first."""
    onDemandBase: NotRequired[int]
    """How many are on demand before any is a spot instance."""
    onDemandPercentage: NotRequired[int]
    """Of the others, how many of a hundred are on demand: 100, unless said."""
    refresh: NotRequired[bool]
    """Whether a change replaces the instances; otherwise new ones alone have it."""
    minHealthyPercentage: NotRequired[int]
    """Of a refresh: how many of a hundred stay in service, 100 unless said."""


class SsmFleet(pulumi.ComponentResource):
    """A launch template and an Auto Scaling group of instances that are reached through Session Manager.

    Role and security group are theirs in common. docs/fleets.md has every setting.
    """

    group_name: pulumi.Output[str]
    """Of the Auto Scaling group; SsmCommand runs a script on all of it."""
    launch_template_id: pulumi.Output[str]
    """Its instances start from this one."""
    security_group_id: pulumi.Output[str]
    """Of the instances' own group: what lets them in names it as the source."""
    role_name: pulumi.Output[str]
    """For policies that are to be added."""
    role_arn: pulumi.Output[str]
    """For policies of other things, such as a bucket, that are to let them in."""

    def __init__(self, name: str, args: SsmFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, ask AWS, then make it."""
        machine = read_machine("fleets", name, args, KEYS, opts)
        super().__init__("ssm-only:index:SsmFleet", name, {}, opts)
        (fleet,), ask = machine.settings.fleets, pulumi.InvokeOptions(parent=self)
        region = Region.ask(ask)
        image = find_fleet_images([fleet], ask)[name]
        for n, other in enumerate(fleet.scaling.other_types if fleet.instance.cpu_credits is not None else ()):
            require_burstable(f"{machine.key}.otherTypes[{n}]", other, ask)
        planned = launch_args(machine.settings, fleet, machine.look_around(image, region, ask))
        require_rights_fit(region, planned)
        made = components.SsmFleet(
            name, FleetArgs(instance=planned, scaling=fleet.scaling), pulumi.ResourceOptions(parent=self)
        )
        self.group_name, self.launch_template_id = made.group_name, made.launch_template_id
        self.security_group_id = made.security_group_id
        self.role_name, self.role_arn = made.role_name, made.role_arn
        self.register_outputs({})
