"""The VPC endpoints of a network, as children of its component: interface endpoints, their group, the gateway to S3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.base.needs import SessionNeeds
from components.base.region import Region
from components.network.endpoint_policy import interface_policy
from components.network.endpoints import GATEWAY_SERVICE, service_name
from components.network.gateway_policy import gateway_policy
from components.network.services import EndpointService, ask_service


@dataclass(frozen=True, kw_only=True)
class EndpointPlace:
    """Where endpoints are made.

    Attributes:
        name: of the network; what is made is called after it.
        region: of the VPC.
        vpc_id: the VPC.
        accounts: numbers of those beside the network's own whose principals interface endpoints let through.
        tags: on everything that takes tags.
        child: the options of a child of the network.
    """

    name: str
    region: Region
    vpc_id: pulumi.Input[str]
    accounts: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    child: pulumi.ResourceOptions

    def tagged(self, label: str) -> dict[str, str]:
        """The tags of what is called so."""
        return {**self.tags, "Name": label}


def asked_in(place: EndpointPlace) -> pulumi.InvokeOptions:
    """The options of a question about a place: it goes to the provider that the network has."""
    return pulumi.InvokeOptions(parent=place.child.parent)


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
    private_dns: bool = True,
) -> Mapping[str, aws.ec2.VpcEndpoint]:
    """Make an endpoint for each of these services, which answers to the service's public name unless a zone does."""
    found = {service: ask_service(place.region.name, service, asked_in(place)) for service in services}
    return {
        service: aws.ec2.VpcEndpoint(
            f"{place.name}-{service}",
            vpc_id=place.vpc_id,
            vpc_endpoint_type="Interface",
            # A service that has ended has endpoints still.
            service_name=asked.name if asked else service_name(place.region.name, service),
            subnet_ids=subnet_ids,
            security_group_ids=group_ids,
            # The agent asks for the service's public name.
            private_dns_enabled=private_dns,
            policy=_policy_of(place, service, asked) if asked else None,
            tags=place.tagged(f"{place.name}-{service}"),
            opts=place.child,
        )
        for service, asked in found.items()
    }


def _policy_of(place: EndpointPlace, service: str, asked: EndpointService) -> str | None:
    """An endpoint without a policy has AWS's, which lets everybody through."""
    if asked.takes_policy:
        return interface_policy(service, [place.region.account, *place.accounts])
    pulumi.log.warn(
        f"The endpoint {place.name}-{service} can have no policy, so whoever brings credentials of another account to "
        "an instance reaches that account through it."
    )
    return None


def make_gateway_endpoint(
    place: EndpointPlace,
    needs: SessionNeeds,
    buckets: Sequence[str],
    *,
    route_table_ids: Sequence[pulumi.Input[str]],
    images: bool = False,
) -> aws.ec2.VpcEndpoint:
    """Make the way to S3 for these route tables; with images it leads to the layers of those in ECR."""
    label = f"{place.name}-{GATEWAY_SERVICE}"

    def policy(log_bucket: str | None) -> str:
        return gateway_policy(
            place.region,
            log_bucket=log_bucket,
            log_prefix=needs.bucket_prefix,
            own_log_bucket=needs.own_bucket,
            buckets=buckets,
            images=images,
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
