"""What moto does not answer, or not as AWS does, answered in its place: `fill`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.models.elastic_block_store import Volume
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.route_tables import Route, RouteTable
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses import EC2Response, instances
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.monitoring import Monitoring
from moto.ec2.responses.network_acls import NetworkACLs
from moto.ec2.responses.spot_instances import SpotInstances
from moto.ec2.responses.vpcs import VPCs
from moto.iam.responses import IamResponse
from moto.route53.responses import Route53
from moto.route53.urls import url_paths as route53_paths
from moto.ssm.models import ParameterDict, SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from localaws.cloud_gaps import (
    addresses,
    associations,
    authorizations,
    changes,
    flow_logs,
    hosted_zones,
    images,
    instance_connect,
    interfaces,
    ipv6,
    network_acls,
    options,
    permissions,
    public_access,
    routes,
    rules,
    scaling,
    sessions,
)

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
        "create_association": associations.create_association,
        "update_association": associations.update_association,
        "start_associations_once": associations.start_associations_once,
        "describe_association": associations.describe_association,
        "delete_association": associations.delete_association,
        "list_associations": associations.list_associations,
        "describe_association_executions": associations.describe_association_executions,
        "describe_association_execution_targets": associations.describe_association_execution_targets,
    },
    EC2Response: {
        "create_instance_connect_endpoint": instance_connect.create_instance_connect_endpoint,
        "describe_instance_connect_endpoints": instance_connect.describe_instance_connect_endpoints,
        "delete_instance_connect_endpoint": instance_connect.delete_instance_connect_endpoint,
        "describe_vpc_block_public_access_options": public_access.describe_vpc_block_public_access_options,
        "modify_vpc_block_public_access_options": public_access.modify_vpc_block_public_access_options,
        "create_vpc_block_public_access_exclusion": public_access.create_vpc_block_public_access_exclusion,
        "describe_vpc_block_public_access_exclusions": public_access.describe_vpc_block_public_access_exclusions,
        "modify_vpc_block_public_access_exclusion": public_access.modify_vpc_block_public_access_exclusion,
        "delete_vpc_block_public_access_exclusion": public_access.delete_vpc_block_public_access_exclusion,
    },
    AutoScalingResponse: {
        "start_instance_refresh": scaling.start_instance_refresh,
        "describe_instance_refreshes": scaling.describe_instance_refreshes,
        "cancel_instance_refresh": scaling.cancel_instance_refresh,
    },
    InstanceResponse: {"modify_instance_credit_specification": options.modify_instance_credit_specification},
    Route53: {
        "create_vpc_association_authorization": authorizations.create_vpc_association_authorization,
        "list_vpc_association_authorizations": authorizations.list_vpc_association_authorizations,
        "delete_vpc_association_authorization": authorizations.delete_vpc_association_authorization,
    },
    IamResponse: {"simulate_principal_policy": permissions.simulate_principal_policy},
}
# They are, and are mended.
MENDED: dict[Any, dict[str, Any]] = {
    BaseResponse: {"call_action": call_action},
    SimpleSystemManagerBackend: {"_validate_resource_type_and_id": associations.validate_tagged},
    ParameterDict: {"_check_loading_status": images.check_loading_status},
    NetworkInterface: {"association": property(addresses.association)},
    NetworkACLs: {
        "create_network_acl_entry": network_acls.create_network_acl_entry,
        "replace_network_acl_entry": network_acls.replace_network_acl_entry,
    },
    FlowLogsBackend: {"create_flow_logs": flow_logs.create_flow_logs},
    Route53: {"create_hosted_zone": hosted_zones.create_hosted_zone},
    Subnet: {
        "get_filter_value": ipv6.get_filter_value,
        "ipv6_cidr_block_association_set": property(ipv6.associations),
    },
    VPCEndPoint: {"modify": changes.modify_endpoint},
    VPCs: {
        "create_vpc_endpoint": ipv6.create_endpoint,
        "modify_vpc_endpoint": ipv6.modify_endpoint,
        "describe_vpc_endpoint_services": ipv6.describe_services,
    },
    Route: {"state": property(routes.state)},
    RouteTable: {"get_filter_value": routes.get_filter_value},
    VPCBackend: {"create_vpc_endpoint": routes.create_vpc_endpoint},
    Instance: {"prep_nics": interfaces.prep_nics},
    Volume: {"modify": changes.modify_volume},
    LaunchTemplate: {"create_version": changes.create_version},
    FakeAutoScalingGroup: {
        "replace_autoscaling_group_instances": scaling.launch,
        "set_desired_capacity": scaling.set_desired_capacity,
        "update": scaling.update,
    },
    InstanceState: {"launch_template": property(scaling.launch_template_of)},
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
    route53_paths.update(authorizations.PATHS)
