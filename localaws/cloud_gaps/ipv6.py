"""What moto 5.2.5 does not tell of IPv6: the parts of subnets, and the addresses of endpoints and their services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.vpcs import VPCs

from localaws.cloud_gaps import changes

if TYPE_CHECKING:
    from moto.core.responses import ActionResult

_get_filter_value = Subnet.get_filter_value
_create_endpoint = VPCs.create_vpc_endpoint
_describe_services = VPCs.describe_vpc_endpoint_services

# By the end of their names. ec2messages has no name with IPv6, and of the others nobody asked here.
_WITH_IPV6 = ("ssm", "ssmmessages", "kms", "logs")


def associations(subnet: Subnet) -> list[dict[str, Any]]:
    """A subnet's blocks, each with its state as a word; moto has it in a map of a map."""
    known = subnet.ipv6_cidr_block_associations.values()
    return [one for one in known if one["ipv6CidrBlockState"]["State"] == "associated"]


def get_filter_value(subnet: Subnet, filter_name: str, method_name: str | None = None) -> Any:  # noqa: ANN401 - as in moto
    """Also of the filter that the provider waits with until a subnet has its block."""
    if filter_name == "ipv6-cidr-block-association.association-id":
        return [one["associationId"] for one in associations(subnet)]
    return _get_filter_value(subnet, filter_name, method_name)


def create_endpoint(asked: VPCs) -> ActionResult:
    """CreateVpcEndpoint, which has addresses of IPv4 unless it is asked for others."""
    answer: Any = _create_endpoint(asked)
    answer.result["VpcEndpoint"].ip_address_type = asked._get_param("IpAddressType", "ipv4")  # noqa: SLF001 - moto's own way to read a parameter
    result: ActionResult = answer
    return result


def modify_endpoint(asked: VPCs) -> ActionResult:
    """ModifyVpcEndpoint, with the kind of its addresses."""
    if addresses := asked._get_param("IpAddressType"):  # noqa: SLF001 - moto's own way to read a parameter
        (endpoint,) = asked.ec2_backend.describe_vpc_endpoints([asked._get_param("VpcEndpointId")])  # noqa: SLF001
        endpoint.ip_address_type = addresses
    return changes.modify_private_dns(asked)


def describe_services(asked: VPCs) -> ActionResult:
    """DescribeVpcEndpointServices, with the kinds of addresses that a service takes."""
    answer: Any = _describe_services(asked)
    answer.result["ServiceDetails"] = [
        {**one, "SupportedIpAddressTypes": ["ipv4", "ipv6"] if _has_ipv6(one["ServiceName"]) else ["ipv4"]}
        for one in answer.result["ServiceDetails"]
    ]
    result: ActionResult = answer
    return result


def _has_ipv6(service: str) -> bool:
    return service.rsplit(".", maxsplit=1)[-1] in _WITH_IPV6
