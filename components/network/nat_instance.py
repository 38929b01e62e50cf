"""An instance that does what a NAT gateway does, for a fraction of its price.

It has no role, so Systems Manager does not manage it: nobody has a session on the one machine that takes connections
in, and there are no credentials on it. A newer image mends it, not a person.
"""

import base64
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

import pulumi
import pulumi_aws as aws

_SCRIPT = Path(__file__).parent / "nat.sh"
_SETTINGS = "# <settings>\n"
# What the image of Amazon Linux 2023 has.
_GIBIBYTES = 8


@dataclass(frozen=True, kw_only=True)
class NatWay:
    """What private subnets may send through a NAT instance.

    Attributes:
        port: that is connected to.
        to: whose.
        protocol: EC2's name of it.
    """

    port: int
    to: IPv4Network
    protocol: str = "tcp"

    @property
    def name(self) -> str:
        """Which no other way has."""
        return f"{self.protocol}-{self.port}-{self.to}"


# Systems Manager, and all else that instances reach on this port.
_HTTPS = NatWay(port=443, to=IPv4Network("0.0.0.0/0"))


@dataclass(frozen=True, kw_only=True)
class NatInstance:
    """What the NAT instances of a network are made from.

    Attributes:
        image_id: of Amazon Linux 2023; `find_image` asks AWS.
        instance_type: an EC2 type of the image's architecture.
        ways: what instances may reach beside port 443. A NAT gateway lets all through; this what somebody asked for.
        replace_on_new_image: another image is another instance. Else it keeps the image it has.
    """

    image_id: str
    instance_type: str = "t4g.nano"
    ways: Sequence[NatWay] = ()
    replace_on_new_image: bool = False


@dataclass(frozen=True, kw_only=True)
class NatPlace:
    """Where NAT instances are made.

    Attributes:
        name: of the network; what is made is called after it.
        vpc_id: the VPC.
        cidr: the VPC's block.
        private: the private subnets' blocks, by the names of their zones.
        tags: on everything that takes tags.
        after: what must be there before.
        parent: the network.
    """

    name: str
    vpc_id: pulumi.Input[str]
    cidr: IPv4Network
    private: Mapping[str, IPv4Network]
    tags: Mapping[str, str] = field(default_factory=dict)
    after: Sequence[pulumi.Resource] = ()
    parent: pulumi.Resource

    def tagged(self, label: str) -> dict[str, str]:
        """The tags of what is called so."""
        return {**self.tags, "Name": label}


@dataclass(frozen=True, kw_only=True)
class NatInstances:
    """What routes lead to, and what must be there before an agent starts.

    Attributes:
        interfaces: the network interface of the instance in each zone that has one.
        ready: instances, addresses and rules.
    """

    interfaces: Mapping[str, pulumi.Output[str]]
    ready: Sequence[pulumi.Resource]


def make_nat_instances(
    place: NatPlace, wanted: NatInstance, subnet_ids: Mapping[str, pulumi.Input[str]]
) -> NatInstances:
    """Make the instance of each of these zones, in that public subnet, and their group."""
    child = pulumi.ResourceOptions(parent=place.parent)
    label = f"{place.name}-nat"
    group = aws.ec2.SecurityGroup(
        label,
        vpc_id=place.vpc_id,
        description="NAT instance: only what private subnets send to the internet comes in",
        tags=place.tagged(label),
        opts=child,
    )
    made = {zone: _make_instance(place, wanted, zone, subnet, group) for zone, subnet in subnet_ids.items()}
    return NatInstances(
        interfaces={zone: instance.primary_network_interface_id for zone, (instance, _) in made.items()},
        ready=[*(one for both in made.values() for one in both), *_make_rules(place, wanted.ways, group, child)],
    )


def _make_rules(
    place: NatPlace, more: Sequence[NatWay], group: aws.ec2.SecurityGroup, child: pulumi.ResourceOptions
) -> Sequence[pulumi.Resource]:
    """In from the private subnets, on the ports that lead on, and out again."""
    label = f"{place.name}-nat"
    ways = {way.name: way for way in (_HTTPS, *more)}
    # What comes in is for the instance as far as a group knows. Whose it is after that, the rules of the way out say.
    entries = dict.fromkeys((way.protocol, way.port) for way in ways.values())
    return [
        *(
            aws.vpc.SecurityGroupEgressRule(
                f"{label}-to-{name}",
                security_group_id=group.id,
                ip_protocol=way.protocol,
                from_port=way.port,
                to_port=way.port,
                cidr_ipv4=str(way.to),
                tags=place.tagged(f"{label}-to-{name}"),
                opts=child,
            )
            for name, way in ways.items()
        ),
        *(
            aws.vpc.SecurityGroupIngressRule(
                f"{label}-from-{zone}-{protocol}-{port}",
                security_group_id=group.id,
                ip_protocol=protocol,
                from_port=port,
                to_port=port,
                cidr_ipv4=str(block),
                tags=place.tagged(f"{label}-from-{zone}-{protocol}-{port}"),
                opts=child,
            )
            for protocol, port in entries
            for zone, block in place.private.items()
        ),
    ]


def _make_instance(
    place: NatPlace, wanted: NatInstance, zone: str, subnet_id: pulumi.Input[str], group: aws.ec2.SecurityGroup
) -> tuple[aws.ec2.Instance, aws.ec2.Eip]:
    """The instance, with an Elastic IP that stays when it is replaced.

    A replacement is made before the old one ends. In between the address moves, and the routes are led to its network
    interface: at no time is there no route, and where no new one can be made the old one works on.
    """
    label = f"{place.name}-nat-instance-{zone}"
    after = pulumi.ResourceOptions(parent=place.parent, depends_on=[*place.after])
    instance = aws.ec2.Instance(
        label,
        ami=wanted.image_id,
        instance_type=wanted.instance_type,
        subnet_id=subnet_id,
        vpc_security_group_ids=[group.id],
        # Unless this is off, EC2 drops what is neither from the instance nor for it.
        source_dest_check=False,
        user_data_base64=base64.b64encode(nat_user_data(place.cidr).encode()).decode(),
        metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
            encrypted=True, volume_size=_GIBIBYTES, volume_type="gp3", tags=place.tagged(label)
        ),
        tags=place.tagged(label),
        opts=pulumi.ResourceOptions.merge(
            # A newer image must not cut the way out at whatever `up` comes next.
            after,
            pulumi.ResourceOptions(ignore_changes=[] if wanted.replace_on_new_image else ["ami"]),
        ),
    )
    # EC2 refuses an address in a VPC whose internet gateway is not attached yet, and the address does not name it.
    address = aws.ec2.Eip(label, domain="vpc", instance=instance.id, tags=place.tagged(label), opts=after)
    return instance, address


def nat_user_data(cidr: IPv4Network) -> str:
    """What it is told at each of its boots, as a boothook of cloud-init: to pass on what comes from the VPC."""
    script = _SCRIPT.read_text(encoding="utf-8").replace(_SETTINGS, f"block={shlex.quote(str(cidr))}\n")
    return f"#cloud-boothook\n{script}"
