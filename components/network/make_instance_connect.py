"""An EC2 Instance Connect Endpoint, as a child of a network: a way to the instances that needs no agent."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from .make_endpoints import EndpointPlace


@dataclass(frozen=True, kw_only=True)
class InstanceConnect:
    """The endpoint.

    Attributes:
        endpoint_arn: on which people need `ec2-instance-connect:OpenTunnel`.
        group_id: the endpoint's group. Each instance adds the rule that leads from there to itself.
    """

    endpoint_arn: pulumi.Output[str]
    group_id: pulumi.Output[str]


def make_instance_connect(place: EndpointPlace, *, subnet_id: pulumi.Input[str]) -> InstanceConnect:
    """Make the endpoint in one subnet, from where it reaches all of the VPC: EC2 has one for a VPC, five for a Region.

    Nobody connects to it. EC2 hands over what IAM has let through, whatever its group says of inbound packets
    ("Security groups for EC2 Instance Connect Endpoint", EC2 user guide).
    """
    label = f"{place.name}-instance-connect"
    group = aws.ec2.SecurityGroup(
        label,
        vpc_id=place.vpc_id,
        description="EC2 Instance Connect Endpoint",
        ingress=[],
        tags=place.tagged(label),
        opts=place.child,
    )
    endpoint = aws.ec2transitgateway.InstanceConnectEndpoint(
        label,
        subnet_id=subnet_id,
        security_group_ids=[group.id],
        # Packets come from the endpoint's address, so the instances' groups can name its group and nothing else.
        preserve_client_ip=False,
        tags=place.tagged(label),
        # In another subnet it is another one, and EC2 takes no second one beside the first.
        opts=pulumi.ResourceOptions.merge(place.child, pulumi.ResourceOptions(delete_before_replace=True)),
    )
    return InstanceConnect(endpoint_arn=endpoint.arn, group_id=group.id)
