"""IPv6 beside IPv4: the VPC's block, the subnets' parts of it, and the way out. None of it lets anything in."""

from collections.abc import Mapping
from ipaddress import IPv6Network

import pulumi
import pulumi_aws as aws

from .routes import Tier

_ANYWHERE = "::/0"

# AWS gives a VPC a /56 of its own addresses, and a subnet a /64 of that (VPC user guide, "IPv6 VPC CIDR blocks").
_SUBNET_LENGTH = 64


def subnet_block(vpc: IPv6Network, tier: Tier, number: int) -> IPv6Network:
    """The addresses of a tier's subnet of this number; 0 is that of the first zone.

    As with IPv4, private subnets take blocks from the front and public ones from the back: a zone that is added later,
    or another variant, moves no subnet that is there already.
    """
    place = number if tier is Tier.PRIVATE else -1 - number
    return IPv6Network((int(vpc[0]) + (place % 2 ** (_SUBNET_LENGTH - vpc.prefixlen) << 64), _SUBNET_LENGTH))


def make_block(
    label: str, vpc_id: pulumi.Input[str], child: pulumi.ResourceOptions
) -> aws.ec2.VpcIpv6CidrBlockAssociation:
    """Let Amazon give the VPC a block.

    As a resource of its own, and no property of the VPC's: it is given back once no subnet has a part of it.
    """
    return aws.ec2.VpcIpv6CidrBlockAssociation(label, vpc_id=vpc_id, assign_generated_ipv6_cidr_block=True, opts=child)


def part_of(block: aws.ec2.VpcIpv6CidrBlockAssociation, tier: Tier, number: int) -> pulumi.Output[str]:
    """What `subnet_block` gives of a block that is known once it is made."""
    return block.ipv6_cidr_block.apply(lambda known: str(subnet_block(IPv6Network(known), tier, number)))


def make_egress_only_gateway(
    label: str, vpc_id: pulumi.Input[str], tags: Mapping[str, str], child: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Make what IPv6 has in place of NAT: connections begin inside of the network only. It costs nothing by itself."""
    return aws.ec2.EgressOnlyInternetGateway(label, vpc_id=vpc_id, tags={**tags, "Name": label}, opts=child).id


def make_route(
    subnet: str,
    table_id: pulumi.Input[str],
    child: pulumi.ResourceOptions,
    *,
    gateway_id: pulumi.Input[str] | None = None,
    egress_only_gateway_id: pulumi.Input[str] | None = None,
) -> pulumi.Resource:
    """Lead what a subnet of this name sends over IPv6 to one of the two gateways."""
    return aws.ec2.Route(
        f"{subnet}-ipv6",
        route_table_id=table_id,
        destination_ipv6_cidr_block=_ANYWHERE,
        gateway_id=gateway_id,
        egress_only_gateway_id=egress_only_gateway_id,
        opts=child,
    )
