"""The VPC endpoints of a network, as children of its component: interface endpoints, their group, the gateway to S3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from ..base.needs import SessionNeeds
from ..base.region import Region
from ..base.state import left_of
from .endpoint_policy import interface_policy
from .endpoints import GATEWAY_SERVICE, service_name
from .gateway_policy import OPEN_POLICY, gateway_policy
from .services import EndpointService, ask_service

_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_NETWORKS = ("ssm-only:components:SsmNetwork", "ssm-only:components:ExistingNetwork")


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


@dataclass(frozen=True, kw_only=True)
class InterfaceEndpoint:
    """One that has been made.

    Attributes:
        resource: the endpoint.
        private_names: the names that private DNS answers to, as `EndpointService` has them; none of a service that
            has ended.
    """

    resource: aws.ec2.VpcEndpoint
    private_names: Sequence[str]


def find_endpoints_group(network: str) -> str:
    """The id of the group that `make_endpoint_group` made at the stack's last updates; empty if there is none."""
    groups = [one for one in left_of(_GROUP) if one.name == f"{network}-endpoints" and any(map(one.is_in, _NETWORKS))]
    return next((one.id for one in groups), "")


def make_endpoint_group(place: EndpointPlace) -> aws.ec2.SecurityGroup:
    """Make the group of the interface endpoints, without a rule."""
    label = f"{place.name}-endpoints"
    return aws.ec2.SecurityGroup(
        label,
        vpc_id=place.vpc_id,
        # `admit` adds the rules that let instances in; an endpoint opens no connection of its own.
        description="Interface endpoints of Systems Manager",
        tags=place.tagged(label),
        opts=place.child,
    )


def admit(
    place: EndpointPlace,
    group_id: pulumi.Input[str],
    blocks: Mapping[str, IPv4Network],
    ipv6: pulumi.Input[str] | None = None,
) -> Sequence[pulumi.Resource]:
    """Let whoever has an address of these blocks in to the endpoints.

    Addresses, and not instances' groups. As long as an endpoint stands, its service's name leads there, for whatever is
    in the VPC, and an agent that it refuses may wait up to 30 minutes. A rule for an instance's group would go before
    the endpoints do when the variant changes; and where that makes another instance, no rule would let that one in.

    Args:
        place: of the endpoints.
        group_id: their security group.
        blocks: by a name that stays.
        ipv6: the VPC's block of that family.
    """
    named: dict[str, Mapping[str, pulumi.Input[str]]] = {name: {"cidr_ipv4": str(one)} for name, one in blocks.items()}
    if ipv6 is not None:
        named["vpc-ipv6"] = {"cidr_ipv6": ipv6}
    return [
        aws.vpc.SecurityGroupIngressRule(
            f"{place.name}-endpoints-from-{name}",
            security_group_id=group_id,
            **block,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=place.tagged(f"{place.name}-endpoints-from-{name}"),
            opts=place.child,
        )
        for name, block in named.items()
    ]


def make_interface_endpoints(
    place: EndpointPlace,
    services: Sequence[str],
    *,
    subnet_ids: Sequence[pulumi.Input[str]],
    group_ids: Sequence[pulumi.Input[str]],
    admitted: Sequence[pulumi.Resource],
    private_dns: bool = True,
    dual_stack: bool = False,
) -> Mapping[str, InterfaceEndpoint]:
    """Make an endpoint for each of these services.

    Args:
        place: where they are.
        services: AWS's names of them.
        subnet_ids: one in each zone.
        group_ids: their security groups.
        admitted: the rules that let instances in. Pulumi takes these away after the endpoints.
        private_dns: whether they answer to the services' public names; else a private hosted zone does.
        dual_stack: they have addresses of IPv6 too, where the service takes them.
    """
    after = pulumi.ResourceOptions.merge(place.child, pulumi.ResourceOptions(depends_on=[*admitted]))
    # The question goes to the provider that the network has.
    asking = pulumi.InvokeOptions(parent=place.child.parent)
    found = {service: ask_service(place.region.name, service, asking) for service in services}
    return {
        service: InterfaceEndpoint(
            resource=aws.ec2.VpcEndpoint(
                f"{place.name}-{service}",
                vpc_id=place.vpc_id,
                vpc_endpoint_type="Interface",
                # A service that has ended has endpoints still.
                service_name=asked.name if asked else service_name(place.region.name, service),
                subnet_ids=subnet_ids,
                security_group_ids=group_ids,
                ip_address_type=_addresses_of(asked) if dual_stack and asked else None,
                # The agent asks for the service's public name.
                private_dns_enabled=private_dns,
                policy=_policy_of(place, service, asked) if asked else None,
                tags=place.tagged(f"{place.name}-{service}"),
                opts=after,
            ),
            private_names=asked.private_names if asked else (),
        )
        for service, asked in found.items()
    }


def _addresses_of(asked: EndpointService) -> str:
    return "dualstack" if asked.has_ipv6 else "ipv4"


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

    def policy(log_bucket: str | None) -> str:
        return gateway_policy(
            place.region,
            log_bucket=log_bucket,
            log_prefix=needs.bucket_prefix,
            own_log_bucket=needs.own_bucket,
            buckets=buckets,
            images=images,
        )

    return _make_gateway(place, pulumi.Output.from_input(needs.bucket).apply(policy), route_table_ids)


def make_open_gateway_endpoint(
    place: EndpointPlace, *, route_table_ids: Sequence[pulumi.Input[str]]
) -> aws.ec2.VpcEndpoint:
    """Make a way to all of S3 for these route tables, whose default route leads to the internet."""
    return _make_gateway(place, OPEN_POLICY, route_table_ids)


def _make_gateway(
    place: EndpointPlace, policy: pulumi.Input[str], route_table_ids: Sequence[pulumi.Input[str]]
) -> aws.ec2.VpcEndpoint:
    label = f"{place.name}-{GATEWAY_SERVICE}"
    return aws.ec2.VpcEndpoint(
        label,
        vpc_id=place.vpc_id,
        vpc_endpoint_type="Gateway",
        service_name=service_name(place.region.name, GATEWAY_SERVICE),
        route_table_ids=route_table_ids,
        policy=policy,
        tags=place.tagged(label),
        opts=place.child,
    )
