"""What EC2 tells of routes and of the interfaces of VPC endpoints, and moto 5.2.5 does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import Route, RouteTable
from moto.ec2.models.vpcs import VPCBackend

if TYPE_CHECKING:
    from moto.ec2.models.vpcs import VPCEndPoint

_get_filter_value = RouteTable.get_filter_value
_create_vpc_endpoint = VPCBackend.create_vpc_endpoint


def state(route: Route) -> str:
    """`blackhole` where the gateway that a route leads to is gone; moto's routes are all active."""
    if route.nat_gateway is not None and route.nat_gateway.state == "deleted":
        return "blackhole"
    if isinstance(route.gateway, InternetGateway) and route.gateway.vpc is None:
        return "blackhole"
    return "active"


def get_filter_value(table: RouteTable, filter_name: str, method_name: str | None = None) -> Any:  # noqa: ANN401 - moto's
    """Filters of DescribeRouteTables, with two more than moto has."""
    routes = table.routes
    if filter_name == "route.state":
        return [state(route) for route in routes]
    if filter_name == "route.destination-prefix-list-id":
        return [route.destination_prefix_list_id for route in routes if route.destination_prefix_list_id]
    return _get_filter_value(table, filter_name, method_name)


def create_vpc_endpoint(backend: Any, *args: Any, **options: Any) -> VPCEndPoint:  # noqa: ANN401 - as moto calls it
    """CreateVpcEndpoint, whose network interfaces say of which endpoint they are, as EC2's do."""
    endpoint = _create_vpc_endpoint(backend, *args, **options)
    for id_ in endpoint.network_interface_ids:
        backend.enis[id_].description = f"VPC Endpoint Interface {endpoint.id}"
    return endpoint
