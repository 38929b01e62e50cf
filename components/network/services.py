"""What AWS says of a Region's endpoint services."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..base.answers import is_missing
from .endpoints import service_names


@dataclass(frozen=True, kw_only=True)
class EndpointService:
    """A service that can have interface endpoints.

    Attributes:
        name: AWS's, in full.
        zones: where such an endpoint can be.
        private_names: the names that private DNS answers to; ``*.`` at the front stands for all below it.
        takes_policy: whether an endpoint can have a policy.
        has_ipv6: whether an endpoint can have addresses of IPv6 too.
    """

    name: str
    zones: Collection[str]
    private_names: Sequence[str]
    takes_policy: bool
    has_ipv6: bool


def ask_service(region: str, service: str, opts: pulumi.InvokeOptions | None) -> EndpointService | None:
    """What there is under this name in the Region, if anything."""
    answers = (_ask(name, opts) for name in service_names(region, service))
    return next(filter(None, answers), None)


def ask_names(region: str, services: Sequence[str], opts: pulumi.InvokeOptions | None) -> Mapping[str, str]:
    """AWS's names of those services that may have several in the Region, as far as EC2 knows them."""
    several = [service for service in services if len(service_names(region, service)) > 1]
    return {service: found.name for service in several if (found := ask_service(region, service, opts))}


def _ask(name: str, opts: pulumi.InvokeOptions | None) -> EndpointService | None:
    try:
        # Some services have a gateway endpoint too, under the same name.
        found = aws.ec2.get_vpc_endpoint_service(service_name=name, service_type="Interface", opts=opts)
    except Exception as error:
        if is_missing(error):
            return None
        raise
    return EndpointService(
        name=name,
        zones=found.availability_zones,
        private_names=found.private_dns_names,
        takes_policy=found.vpc_endpoint_policy_supported,
        # A provider that does not tell leaves it out, and IPv4 is what every endpoint has.
        has_ipv6="ipv6" in (found.supported_ip_address_types or ()),
    )
