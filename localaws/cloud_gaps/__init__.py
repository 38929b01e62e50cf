"""What moto does not answer, or not as AWS does, answered in its place: `fill`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.models.elastic_block_store import Volume
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import instances
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.monitoring import Monitoring
from moto.ec2.responses.spot_instances import SpotInstances
from moto.iam.responses import IamResponse
from moto.ssm.models import ParameterDict
from moto.ssm.responses import SimpleSystemManagerResponse

from localaws.cloud_gaps import addresses, changes, images, options, permissions, rules, sessions

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
    InstanceResponse: {"modify_instance_credit_specification": options.modify_instance_credit_specification},
    IamResponse: {"simulate_principal_policy": permissions.simulate_principal_policy},
}
# They are, and are mended.
MENDED: dict[Any, dict[str, Any]] = {
    BaseResponse: {"call_action": call_action},
    ParameterDict: {"_check_loading_status": images.check_loading_status},
    NetworkInterface: {"association": property(addresses.association)},
    VPCEndPoint: {"modify": changes.modify_endpoint},
    Volume: {"modify": changes.modify_volume},
    InstanceResponse: {
        "run_instances": options.run_instances,
        "describe_instance_credit_specifications": options.describe_instance_credit_specifications,
    },
    SpotInstances: {
        "describe_spot_instance_requests": options.describe_spot_instance_requests,
        "cancel_spot_instance_requests": options.cancel_spot_instance_requests,
    },
    SecurityGroupRule: {"__init__": rules.init, "description": property(rules.description)},
    Monitoring: {"monitor_instances": options.monitor_instances, "unmonitor_instances": options.unmonitor_instances},
    instances: {"parse_user_data": changes.parse_user_data},
}


def fill() -> None:
    """Gives this process's moto all of them."""
    for owner, functions in (*ADDED.items(), *MENDED.items()):
        for name, function in functions.items():
            setattr(owner, name, function)
