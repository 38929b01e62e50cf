"""The VPC's endpoints for Systems Manager, as AWS describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctor.facts import Unknown, known
from reachability.model import World
from reachability.names import answers_for, service_name

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import VpcEndpointTypeDef

    from doctor.facts import Network

# `ssm` registers the instance, `ssmmessages` carries sessions
# (Systems Manager user guide, "Improve the security of EC2 instances by using VPC endpoints").
SERVICES = ("ssm", "ssmmessages")
LEGACY_SERVICE = "ec2messages"


def present(network: Network) -> list[VpcEndpointTypeDef]:
    """Those for SERVICES, in that order.

    Raises:
        UnknownError: endpoints could not be asked.
    """
    return [one for service in SERVICES for one in _of(network, service)]


def named(network: Network) -> list[VpcEndpointTypeDef]:
    """Those of them that answer to the service's public name (private DNS), which is the one that the agent uses."""
    return [one for one in present(network) if one.get("PrivateDnsEnabled")]


def zoned(network: Network, service: str) -> bool:
    """Whether a private hosted zone is known to answer for the service: with what does not show here."""
    zones = () if isinstance(network.zones, Unknown) else network.zones
    name = service_name(World(region=network.region), service, dual_stack=False)
    return any(answers_for(zone.name, name) for zone in zones)


def all_named(network: Network) -> bool:
    """Whether the names of all SERVICES lead to endpoints, so that no other way out matters."""
    left = set(SERVICES) - {service_of(one) for one in named(network)}
    return all(zoned(network, service) for service in left)


def serves(network: Network, service: str) -> bool:
    """Whether a service is reached without a way out. The gateway endpoint that S3 most often has needs no name."""
    by_endpoint = any(
        one.get("PrivateDnsEnabled") or one.get("VpcEndpointType") == "Gateway" for one in _of(network, service)
    )
    return by_endpoint or zoned(network, service)


def fips(network: Network) -> list[VpcEndpointTypeDef]:
    """Those that answer to other names, which an agent uses only if its configuration says so."""
    return [one for service in SERVICES for one in _of(network, f"{service}-fips")]


def usable(network: Network) -> list[VpcEndpointTypeDef]:
    """The named ones that have an address."""
    return [one for one in named(network) if one.get("SubnetIds")]


def has_legacy(network: Network) -> bool:
    """Whether there is one for ec2messages."""
    return bool(_of(network, LEGACY_SERVICE))


def service_of(endpoint: VpcEndpointTypeDef) -> str:
    """`com.amazonaws.eu-west-1.ssm` is `ssm`."""
    return endpoint.get("ServiceName", "").rsplit(".", 1)[-1]


def label(endpoint: VpcEndpointTypeDef) -> str:
    """What a message calls it."""
    return f"{endpoint['VpcEndpointId']} for {service_of(endpoint)}"


def group_ids(endpoint: VpcEndpointTypeDef) -> list[str]:
    """Its security groups."""
    return [group["GroupId"] for group in endpoint.get("Groups", [])]


def _of(network: Network, service: str) -> list[VpcEndpointTypeDef]:
    # EC2 still shows an endpoint for a while after it was deleted.
    return [
        one
        for one in known(network.endpoints)
        if service_of(one) == service and one.get("State", "").lower() not in ("deleting", "deleted")
    ]
