"""EC2 Instance Connect Endpoints, which moto 5.2.5 lacks: each has an address in a subnet, and nobody behind it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import add_tag_specification, random_private_ip

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.responses import EC2Response

# "EC2 Instance Connect Endpoint quotas", EC2 user guide.
_MOST_IN_A_VPC = 1

_MADE: dict[str, InstanceConnectEndpoint] = {}


class InstanceConnectEndpoint(TaggedEC2Resource):
    """One of them; its attributes are called as EC2's answers call them."""

    def __init__(self, backend: EC2Backend, subnet_id: str, group_ids: list[str], *, keeps_address: bool) -> None:
        """Takes an address in the subnet."""
        subnet = backend.get_subnet(subnet_id)
        self.ec2_backend = backend
        self.id = self.instance_connect_endpoint_id = f"eice-{secrets.token_hex(8)}"
        self.owner_id = backend.account_id
        self.instance_connect_endpoint_arn = (
            f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:instance-connect-endpoint/{self.id}"
        )
        self.state = "create-complete"
        self.dns_name = f"{self.id}.ec2-instance-connect-endpoint.{backend.region_name}.amazonaws.com"
        self.fips_dns_name = f"{self.id}.fips.ec2-instance-connect-endpoint.{backend.region_name}.amazonaws.com"
        self.vpc_id, self.subnet_id = subnet.vpc_id, subnet_id
        self.availability_zone = subnet.availability_zone
        self.created_at = utcnow()
        self.preserve_client_ip = keeps_address
        self.security_group_ids = list(group_ids)
        interface = backend.create_network_interface(subnet, random_private_ip(subnet.cidr_block), group_ids=group_ids)
        self.network_interface_ids = [interface.id]


def create_instance_connect_endpoint(asked: EC2Response) -> ActionResult:
    """Made at once, where AWS takes minutes.

    Raises:
        EC2ClientError: the VPC has one.
    """
    backend, parameter = asked.ec2_backend, asked._get_param  # noqa: SLF001 - moto's own way to read a parameter
    vpc = backend.get_subnet(parameter("SubnetId")).vpc_id
    if sum(one.vpc_id == vpc for one in _of(backend)) >= _MOST_IN_A_VPC:
        raise EC2ClientError("InstanceConnectEndpointLimitExceeded", f"{vpc} has an EC2 Instance Connect Endpoint.")
    made = InstanceConnectEndpoint(
        backend,
        parameter("SubnetId"),
        parameter("SecurityGroupIds", []),
        keeps_address=asked._get_bool_param("PreserveClientIp", False),  # noqa: SLF001, FBT003 - the same
    )
    made.add_tags(add_tag_specification(parameter("TagSpecifications", [])))
    _MADE[made.id] = made
    return ActionResult({"InstanceConnectEndpoint": made})


def describe_instance_connect_endpoints(asked: EC2Response) -> ActionResult:
    """Those of the account and Region, or of these ids.

    Raises:
        EC2ClientError: there is no such id.
    """
    ids: list[str] = asked._get_param("InstanceConnectEndpointIds", [])  # noqa: SLF001 - moto's own way
    found = [_find(asked.ec2_backend, one) for one in ids] if ids else _of(asked.ec2_backend)
    return ActionResult({"InstanceConnectEndpoints": found})


def delete_instance_connect_endpoint(asked: EC2Response) -> ActionResult:
    """Gone at once, with its address.

    Raises:
        EC2ClientError: there is no such id.
    """
    found = _find(asked.ec2_backend, asked._get_param("InstanceConnectEndpointId"))  # noqa: SLF001 - moto's own way
    for interface in found.network_interface_ids:
        asked.ec2_backend.delete_network_interface(interface)
    del _MADE[found.id]
    found.state = "delete-complete"
    return ActionResult({"InstanceConnectEndpoint": found})


def _of(backend: EC2Backend) -> list[InstanceConnectEndpoint]:
    return [one for one in _MADE.values() if one.ec2_backend is backend]


def _find(backend: EC2Backend, id_: Any) -> InstanceConnectEndpoint:  # noqa: ANN401 - what was asked for
    for one in _of(backend):
        if one.id == id_:
            return one
    raise EC2ClientError("InvalidInstanceConnectEndpointId.NotFound", f"The endpoint {id_} does not exist.")
