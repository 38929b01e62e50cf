"""One instance."""

import pulumi
from typing_extensions import NotRequired

import components
from components.base.region import Region
from components.instance.images import find_image_of
from components.instance.settings import READERS
from components.instances import instance_args
from plugin.kinds import Spot, Volume
from plugin.machines import MachineArgs, read_machine, require_rights_fit


class SsmInstanceArgs(MachineArgs):
    """What an instance is made from."""

    zone: NotRequired[int]
    """Which of the network's zones it is in: 1, the first, unless said."""
    volumes: NotRequired[list[Volume]]
    """Volumes beside the root volume."""
    keepInstance: NotRequired[bool]
    """Whether Pulumi refuses whatever would delete or replace it."""
    associatePublicIp: NotRequired[bool]
    """Whether it gets a public address; as the subnet says, unless said."""
    terminationProtection: NotRequired[bool]
    """Whether EC2 terminates it for nobody, Pulumi included."""
    stopProtection: NotRequired[bool]
    """Whether EC2 stops it for nobody."""
    spot: NotRequired[Spot]
    """Capacity that EC2 may take back; on demand, unless said. {} takes it with every default."""
    replaceOnUserData: NotRequired[bool]
    """Whether changed user data is another instance; otherwise it is stopped, and started with the new one."""
    waitForAgent: NotRequired[int]
    """Minutes that an update waits for its agent to be online; what it replaces ends only after that."""
    bootReport: NotRequired[bool]
    """Keep the result of the boot check in a parameter of Parameter Store, made for it."""


class SsmInstance(pulumi.ComponentResource):
    """An EC2 instance that is reached through Session Manager, with its role and a group that lets nothing in.

    Its name is the resource's: up to 40 lower-case letters, digits and hyphens. docs/instance.md has every setting.
    """

    instance_id: pulumi.Output[str]
    """What a session is opened to: aws ssm start-session --target."""
    private_ip: pulumi.Output[str]
    """Its address in the VPC."""
    ipv6_address: pulumi.Output[str | None] | None
    """Its public one, which lets nothing in, where the network has IPv6."""
    subnet_id: pulumi.Output[str]
    """Of its zone."""
    security_group_id: pulumi.Output[str]
    """Of its own group: what lets this instance in names it as the source."""
    role_name: pulumi.Output[str]
    """For policies that are to be added."""
    role_arn: pulumi.Output[str]
    """For policies of other things, such as a bucket, that are to let it in."""

    def __init__(self, name: str, args: SsmInstanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, ask AWS, then make it."""
        machine = read_machine("instances", name, args, READERS, opts)
        super().__init__("ssm-only:index:SsmInstance", name, {}, opts)
        ask = pulumi.InvokeOptions(parent=self)
        region = Region.ask(ask)
        image = find_image_of(machine.key, machine.wanted, name=name, opts=ask)
        planned = instance_args(machine.settings, machine.wanted, machine.look_around(image, region, ask))
        require_rights_fit(region, planned)
        made = components.SsmInstance(name, planned, pulumi.ResourceOptions(parent=self))
        self.instance_id, self.private_ip = made.instance_id, made.private_ip
        self.ipv6_address = made.ipv6_address
        self.subnet_id, self.security_group_id = made.subnet_id, made.security_group_id
        self.role_name, self.role_arn = made.role_name, made.role_arn
        self.register_outputs({})
