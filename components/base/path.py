"""What an instance has to know of its network, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

import pulumi


@dataclass(frozen=True, kw_only=True)
class Internet:
    """Systems Manager is reached at its public addresses."""


@dataclass(frozen=True, kw_only=True)
class EndpointGroup:
    """A security group of interface endpoints, which lets the instances in.

    Attributes:
        name: no other group of the path has it. It is a part of the names of the rules that lead there.
        id: of the group.
    """

    name: str
    id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Systems Manager is reached at interface endpoints, and S3 through a gateway endpoint.

    Attributes:
        groups: those of the interface endpoints that are in this VPC.
        cidrs: where endpoints of another VPC are, whose groups no rule of this one can name.
        s3_prefix_list_id: the addresses of S3 in this Region; a gateway endpoint has no group to name.
    """

    groups: Sequence[EndpointGroup] = ()
    cidrs: Sequence[IPv4Network | IPv6Network] = ()
    s3_prefix_list_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class AgentPath:
    """How an SSM agent in a network reaches Systems Manager.

    Attributes:
        vpc_id: the VPC of the instances.
        subnet_ids: the instances' subnets, one for each zone, in the zones' order.
        settled_in: ids of the subnets that what is there cannot outlive: when another one is here, a fleet's group is
            another one too. Empty where none is.
        https_to: where port 443 has to be open to.
        dual_stack: whether instances have IPv6 too; to the internet it leads where IPv4 does.
        services: AWS's names of what the agent must reach there.
        ready: what must exist before an agent starts. One whose first try fails may wait
            for up to 30 minutes until the next (aws/amazon-ssm-agent#544).
        connect_group_id: the group of an EC2 Instance Connect Endpoint, which each instance lets in to SSH or RDP; None
            for no such endpoint, and no inbound rule.
        public_address: whether an instance asks for a public address itself. Else its subnet decides.
    """

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    settled_in: Sequence[pulumi.Input[str]] = ()
    https_to: Internet | Endpoints
    dual_stack: bool = False
    services: Sequence[str]
    ready: Sequence[pulumi.Resource]
    connect_group_id: pulumi.Input[str] | None = None
    public_address: bool = False
