"""Changes of what EC2 has, which moto 5.2.5 does by half."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from moto.ec2.exceptions import InvalidParameterValueError
from moto.ec2.models.elastic_block_store import Volume
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import parse_user_data as _parse_user_data
from moto.ec2.utils import random_private_ip

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.core.responses import ActionResult
    from moto.core.types import Base64EncodedString

_modify_endpoint = VPCEndPoint.modify
_modify_vpc_endpoint: Callable[[VPCs], ActionResult] = VPCs.modify_vpc_endpoint
_modify_volume = Volume.modify
_create_version = LaunchTemplate.create_version


def parse_user_data(value: str | bytes | None) -> Base64EncodedString | None:
    """User data as moto keeps it: base64.

    RunInstances hands it over as such, a string; ModifyInstanceAttribute as a blob, which moto has decoded by then, and
    decodes once more.

    Raises:
        InvalidUserDataError: a string is no base64.
    """
    if isinstance(value, bytes):
        value = base64.b64encode(value).decode()
    return _parse_user_data(value)


def modify_endpoint(endpoint: VPCEndPoint, *changes: Any) -> None:  # noqa: ANN401 - as moto calls it
    """ModifyVpcEndpoint, with the routes and network interfaces that come and go with route tables and subnets.

    moto makes and removes them with the endpoint alone, and then misses the route that it never made.
    """
    tables, subnets = set(endpoint.route_table_ids), set(endpoint.subnet_ids or [])
    _modify_endpoint(endpoint, *changes)
    backend, prefixes = endpoint.ec2_backend, endpoint.destination_prefix_list_id
    if prefixes:
        for table in set(endpoint.route_table_ids) - tables:
            backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefixes)
        for table in tables - set(endpoint.route_table_ids):
            backend.delete_route(table, prefixes)
    for subnet in set(endpoint.subnet_ids or []) - subnets:
        endpoint.network_interface_ids.append(backend.create_network_interface(subnet, random_private_ip()).id)
    for interface in list(endpoint.network_interface_ids):
        if backend.enis[interface].subnet.id in subnets - set(endpoint.subnet_ids or []):
            endpoint.network_interface_ids.remove(interface)
            del backend.enis[interface]


def modify_private_dns(asked: VPCs) -> ActionResult:
    """ModifyVpcEndpoint, of which moto passes over whether the endpoint has private DNS."""
    answer = _modify_vpc_endpoint(asked)
    enabled = asked._get_bool_param("PrivateDnsEnabled")  # noqa: SLF001 - moto's own way to read a parameter
    if enabled is not None:
        id_ = asked._get_param("VpcEndpointId")  # noqa: SLF001 - as above
        (endpoint,) = asked.ec2_backend.describe_vpc_endpoints([id_])
        endpoint.private_dns_enabled = enabled
    return answer


def modify_volume(volume: Volume, target_size: int | None = None, **others: Any) -> None:  # noqa: ANN401 - as moto calls it
    """ModifyVolume: a volume never shrinks, and of its changes the last is described.

    The provider waits for the first that is listed, and for ever where that is an older one.

    Raises:
        InvalidParameterValueError: a smaller size.
    """
    if target_size is not None and int(target_size) < volume.size:
        raise InvalidParameterValueError("New size cannot be smaller than existing size")
    _modify_volume(volume, target_size=target_size, **others)
    del volume.modifications[:-1]


def create_version(template: LaunchTemplate, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
    """A version of a launch template, whose user data is what moto takes for user data when it starts an instance.

    moto reads it from a first version alone; and it tells of the template's own tags as if its instances got them, in
    which the provider sees a change of the template.
    """
    if isinstance(data.get("UserData"), str):
        data["UserData"] = _parse_user_data(data["UserData"])
    if "TagSpecifications" in data:
        theirs = [one for one in data["TagSpecifications"] if one["ResourceType"] != "launch-template"]
        data["TagSpecifications"] = theirs
    return _create_version(template, data, description)
