"""VPC Block Public Access and exclusions from it, which moto 5.2.5 lacks. There is no packet that they would stop."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import add_tag_specification

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.responses import EC2Response

_MADE: dict[str, Exclusion] = {}
# Of accounts and Regions that have been set.
_OPTIONS: dict[tuple[str, str], Options] = {}


class Exclusion(TaggedEC2Resource):
    """One of them; its attributes are called as EC2's answers call them."""

    def __init__(self, backend: EC2Backend, thing: str, mode: str) -> None:
        """Of a VPC or a subnet."""
        self.ec2_backend = backend
        self.id = self.exclusion_id = f"vpcbpa-exclude-{secrets.token_hex(8)}"
        self.resource_arn = f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:{thing}"
        self.internet_gateway_exclusion_mode = mode
        self.state = "create-complete"
        self.creation_timestamp = self.last_update_timestamp = utcnow()


class Options:
    """What an account has set in a Region; attributes are called as EC2's answers call them."""

    def __init__(self, backend: EC2Backend, mode: str, state: str) -> None:
        """Of the account and Region of this backend."""
        self.aws_account_id, self.aws_region = backend.account_id, backend.region_name
        self.internet_gateway_block_mode = mode
        self.state = state
        self.exclusions_allowed, self.managed_by = "allowed", "account"
        self.last_update_timestamp = utcnow()


def describe_vpc_block_public_access_options(asked: EC2Response) -> ActionResult:
    """Off until it is set."""
    return ActionResult({"VpcBlockPublicAccessOptions": _options(asked)})


def modify_vpc_block_public_access_options(asked: EC2Response) -> ActionResult:
    """Set at once, where AWS takes minutes."""
    mode = asked._get_param("InternetGatewayBlockMode")  # noqa: SLF001 - moto's own way to read a parameter
    made = Options(asked.ec2_backend, mode, "update-complete")
    _OPTIONS[made.aws_account_id, made.aws_region] = made
    return ActionResult({"VpcBlockPublicAccessOptions": made})


def _options(asked: EC2Response) -> Options:
    backend = asked.ec2_backend
    there = _OPTIONS.get((backend.account_id, backend.region_name))
    return there or Options(backend, "off", "default-state")


def create_vpc_block_public_access_exclusion(asked: EC2Response) -> ActionResult:
    """Made at once, where AWS takes minutes."""
    backend, parameter = asked.ec2_backend, asked._get_param  # noqa: SLF001 - moto's own way to read a parameter
    if vpc := parameter("VpcId"):
        thing = f"vpc/{backend.get_vpc(vpc).id}"
    else:
        thing = f"subnet/{backend.get_subnet(parameter('SubnetId')).id}"
    made = Exclusion(backend, thing, parameter("InternetGatewayExclusionMode"))
    made.add_tags(add_tag_specification(parameter("TagSpecifications", [])))
    _MADE[made.id] = made
    return ActionResult({"VpcBlockPublicAccessExclusion": made})


def describe_vpc_block_public_access_exclusions(asked: EC2Response) -> ActionResult:
    """Those of the account and Region, or of these ids.

    Raises:
        EC2ClientError: there is no such id.
    """
    ids: list[str] = asked._get_param("ExclusionIds", [])  # noqa: SLF001 - moto's own way to read a parameter
    every = [one for one in _MADE.values() if one.ec2_backend is asked.ec2_backend]
    found = [_find(asked, one) for one in ids] if ids else every
    return ActionResult({"VpcBlockPublicAccessExclusions": found})


def modify_vpc_block_public_access_exclusion(asked: EC2Response) -> ActionResult:
    """Another mode.

    Raises:
        EC2ClientError: there is no such id.
    """
    parameter = asked._get_param  # noqa: SLF001 - moto's own way to read a parameter
    found = _find(asked, parameter("ExclusionId"))
    found.internet_gateway_exclusion_mode = parameter("InternetGatewayExclusionMode")
    found.state, found.last_update_timestamp = "update-complete", utcnow()
    return ActionResult({"VpcBlockPublicAccessExclusion": found})


def delete_vpc_block_public_access_exclusion(asked: EC2Response) -> ActionResult:
    """Gone at once.

    Raises:
        EC2ClientError: there is no such id.
    """
    found = _find(asked, asked._get_param("ExclusionId"))  # noqa: SLF001 - moto's own way to read a parameter
    del _MADE[found.id]
    found.state = "delete-complete"
    return ActionResult({"VpcBlockPublicAccessExclusion": found})


def _find(asked: EC2Response, id_: str) -> Exclusion:
    found = _MADE.get(id_)
    if found is None or found.ec2_backend is not asked.ec2_backend:
        raise EC2ClientError("InvalidVpcBlockPublicAccessExclusionId.NotFound", f"{id_} does not exist.")
    return found
