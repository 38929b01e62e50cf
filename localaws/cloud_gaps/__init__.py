"""What moto does not answer, or not as AWS does, answered in its place: `fill`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.models.elastic_block_store import Volume
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.route_tables import Route, RouteTable
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses import instances
from moto.iam.responses import IamResponse
from moto.route53.responses import Route53
from moto.ssm.models import ParameterDict
from moto.ssm.responses import SimpleSystemManagerResponse

from localaws.cloud_gaps import addresses, changes, hosted_zones, images, interfaces, permissions, routes, sessions

if TYPE_CHECKING:
    from moto.core.common_types import TYPE_RESPONSE

_call_action = BaseResponse.call_action


class LackingError(ServiceException):
    """A class of our own: for one of moto's, it looks for a service of the name of its module.

    The code is one that any service may answer:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
    """

    code = "InvalidAction"


def call_action(asked: BaseResponse) -> TYPE_RESPONSE:
    """Does what was asked; says what moto has not got as a refusal, which an SDK shows at once.

    moto itself answers with status 500 and an HTML page, and an SDK asks again and again.
    """
    try:
        return _call_action(asked)
    except NotImplementedError as error:
        lacking = LackingError(f"{error}: the AWS on this machine (moto) lacks it.")
        return asked.serialized(ActionResult(lacking))


# They are not in moto: it looks a response's methods up by the operation's name.
ADDED: dict[type, dict[str, Any]] = {
    SimpleSystemManagerResponse: {
        "describe_instance_information": sessions.describe_instance_information,
        "get_connection_status": sessions.get_connection_status,
        "start_session": sessions.start_session,
        "get_service_setting": sessions.get_service_setting,
        "update_service_setting": sessions.update_service_setting,
        "reset_service_setting": sessions.reset_service_setting,
    },
    IamResponse: {"simulate_principal_policy": permissions.simulate_principal_policy},
}
# They are, and are mended.
MENDED: dict[Any, dict[str, Any]] = {
    BaseResponse: {"call_action": call_action},
    ParameterDict: {"_check_loading_status": images.check_loading_status},
    NetworkInterface: {"association": property(addresses.association)},
    Route53: {"create_hosted_zone": hosted_zones.create_hosted_zone},
    VPCEndPoint: {"modify": changes.modify_endpoint},
    Route: {"state": property(routes.state)},
    RouteTable: {"get_filter_value": routes.get_filter_value},
    VPCBackend: {"create_vpc_endpoint": routes.create_vpc_endpoint},
    Instance: {"prep_nics": interfaces.prep_nics},
    Volume: {"modify": changes.modify_volume},
    instances: {"parse_user_data": changes.parse_user_data},
}


def fill() -> None:
    """Gives this process's moto all of them."""
    for owner, functions in (*ADDED.items(), *MENDED.items()):
        for name, function in functions.items():
            setattr(owner, name, function)
