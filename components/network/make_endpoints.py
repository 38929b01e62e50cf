"""The VPC endpoints of a network, as children of its component: interface endpoints, their group, the gateway to S3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.base.needs import SessionNeeds
from components.base.region import Region
from components.network.endpoints import GATEWAY_SERVICE, service_name
from components.network.gateway_policy import gateway_policy
from components.network.ipv6 import endpoint_addresses


@dataclass(frozen=True, kw_only=True)
class EndpointPlace:
    """Where endpoints are made.

    Attributes:
        name: of the network; what is made is called after it.
        region: of the VPC.
        vpc_id: the VPC.
        tags: on everything that takes tags.
        child: the options of a child of the network.
    """

    name: str
    region: Region
    vpc_id: pulumi.Input[str]
    tags: Mapping[str, str] = field(default_factory=dict)
    child: pulumi.ResourceOptions

    def tagged(self, label: str) -> dict[str, str]:
        """The tags of what is called so."""
        return {**self.tags, "Name": label}


def make_endpoint_group(place: EndpointPlace) -> aws.ec2.SecurityGroup:
    """Make the group of the interface endpoints, without a rule."""
    label = f"{place.name}-endpoints"
    return aws.ec2.SecurityGroup(
        label,
        vpc_id=place.vpc_id,
        # Each instance adds the rule that lets itself in; an endpoint opens no connection of its own.
        description="Interface endpoints of Systems Manager",
        tags=place.tagged(label),
        opts=place.child,
    )


def make_interface_endpoints(
    place: EndpointPlace,
    services: Sequence[str],
    *,
    subnet_ids: Sequence[pulumi.Input[str]],
    group_ids: Sequence[pulumi.Input[str]],
    dual_stack: bool = False,
) -> Mapping[str, aws.ec2.VpcEndpoint]:
    """Make an endpoint for each of these services, which answers to the service's public name.

    In a network that has IPv6 it also has addresses of that family, where the service takes them.
    """
    return {
        service: aws.ec2.VpcEndpoint(
            f"{place.name}-{service}",
            vpc_id=place.vpc_id,
            vpc_endpoint_type="Interface",
            service_name=service_name(place.region.name, service),
            subnet_ids=subnet_ids,
            security_group_ids=group_ids,
            ip_address_type=endpoint_addresses(service_name(place.region.name, service), place.child)
            if dual_stack
            else None,
            # The agent asks for the service's public name.
            private_dns_enabled=True,
            tags=place.tagged(f"{place.name}-{service}"),
            opts=place.child,
        )
        for service in services
    }


def make_gateway_endpoint(
    place: EndpointPlace, needs: SessionNeeds, buckets: Sequence[str], *, route_table_ids: Sequence[pulumi.Input[str]]
) -> aws.ec2.VpcEndpoint:
    """Make the way to S3 for these route tables."""
    label = f"{place.name}-{GATEWAY_SERVICE}"

    def policy(log_bucket: str | None) -> str:
        return gateway_policy(
            place.region,
            log_bucket=log_bucket,
            log_prefix=needs.bucket_prefix,
            own_log_bucket=needs.own_bucket,
            buckets=buckets,
        )

    return aws.ec2.VpcEndpoint(
        label,
        vpc_id=place.vpc_id,
        vpc_endpoint_type="Gateway",
        service_name=service_name(place.region.name, GATEWAY_SERVICE),
        route_table_ids=route_table_ids,
        policy=pulumi.Output.from_input(needs.bucket).apply(policy),
        tags=place.tagged(label),
        opts=place.child,
    )
