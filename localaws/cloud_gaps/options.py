"""Options of instances, which moto 5.2.5 takes and forgets, or has no answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.spot_instances import SpotInstances

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moto.ec2.models.instances import Instance
    from moto.ec2.responses.monitoring import Monitoring

_run: Callable[[InstanceResponse], Any] = InstanceResponse.run_instances
_describe_spot: Callable[[SpotInstances], ActionResult] = SpotInstances.describe_spot_instance_requests
_cancel_spot: Callable[[SpotInstances], ActionResult] = SpotInstances.cancel_spot_instance_requests

# What moto says of all of them.
_CREDITS = "standard"


def run_instances(asked: InstanceResponse) -> Any:  # noqa: ANN401 - as moto has it
    """RunInstances, with what was asked of placement, protection, CPU credits, the root volume and spot kept."""
    answer = _run(asked)
    wanted = asked._get_params()  # noqa: SLF001 - moto has no other way
    for instance in answer.result.instances:
        placement = {"Tenancy": instance.placement.tenancy, **wanted.get("Placement", {})}
        instance.placement.tenancy = placement["Tenancy"]
        instance.placement.group_name = placement.get("GroupName", "")
        instance.placement.partition_number = placement.get("PartitionNumber")
        instance.disable_api_termination = wanted.get("DisableApiTermination", False)
        instance.cpu_credits = wanted.get("CreditSpecification", {}).get("CpuCredits", _CREDITS)
        # Those of the interface count as the instance's own.
        instance.security_groups = instance.security_groups or instance.nics[0].group_set
        _keep_speeds(instance, wanted)
        _keep_spot(instance, wanted)
    return answer


def _keep_speeds(instance: Instance, wanted: Mapping[str, Any]) -> None:
    for mapping in wanted.get("BlockDeviceMappings", []):
        device, ebs = instance.block_device_mapping.get(mapping.get("DeviceName")), mapping.get("Ebs", {})
        if device:
            volume = instance.ec2_backend.get_volume(device.volume_id)
            volume.iops = ebs.get("Iops", volume.iops)
            volume.throughput = ebs.get("Throughput", volume.throughput)


def _keep_spot(instance: Instance, wanted: Mapping[str, Any]) -> None:
    market = wanted.get("InstanceMarketOptions", {})
    if market.get("MarketType") == "spot":
        vars(instance)["spot_instance_request_id"] = instance.id.replace("i-", "sir-")
        vars(instance)["spot_options"] = market.get("SpotOptions", {})


def _of_spot(asked: SpotInstances) -> list[Any]:
    """The instances whose requests are asked for, of those that were started as spot instances."""
    ids = asked._get_param("SpotInstanceRequestIds", [])  # noqa: SLF001
    return [one for one in asked.ec2_backend.all_instances() if vars(one).get("spot_instance_request_id") in ids]


def describe_spot_instance_requests(asked: SpotInstances) -> ActionResult:
    """DescribeSpotInstanceRequests, with those that RunInstances made."""
    requests = [_request(one) for one in _of_spot(asked)]
    return ActionResult({"SpotInstanceRequests": requests}) if requests else _describe_spot(asked)


def cancel_spot_instance_requests(asked: SpotInstances) -> ActionResult:
    """CancelSpotInstanceRequests, with those that RunInstances made."""
    ids = [one.spot_instance_request_id for one in _of_spot(asked)]
    cancelled = [{"SpotInstanceRequestId": id_, "State": "cancelled"} for id_ in ids]
    return ActionResult({"CancelledSpotInstanceRequests": cancelled}) if ids else _cancel_spot(asked)


def _request(instance: Any) -> dict[str, Any]:  # noqa: ANN401 - with attributes that moto's has not
    options = instance.spot_options
    return {
        "SpotInstanceRequestId": instance.spot_instance_request_id,
        "InstanceId": instance.id,
        "State": "active",
        "Status": {"Code": "fulfilled"},
        "Type": options.get("SpotInstanceType", "one-time"),
        "InstanceInterruptionBehavior": options.get("InstanceInterruptionBehavior", "terminate"),
        "SpotPrice": options.get("MaxPrice"),
    }


def describe_instance_credit_specifications(asked: InstanceResponse) -> ActionResult:
    """DescribeInstanceCreditSpecifications, as they were asked for."""
    found = asked.ec2_backend.describe_instance_credit_specifications(asked._get_param("InstanceIds", []))  # noqa: SLF001
    said = [{"InstanceId": one.id, "CpuCredits": getattr(one, "cpu_credits", _CREDITS)} for one in found]
    return ActionResult({"InstanceCreditSpecifications": said})


def modify_instance_credit_specification(asked: InstanceResponse) -> ActionResult:
    """ModifyInstanceCreditSpecification."""
    changed = []
    for wanted in asked._get_param("InstanceCreditSpecifications", []):  # noqa: SLF001
        asked.ec2_backend.get_instance(wanted["InstanceId"]).cpu_credits = wanted["CpuCredits"]
        changed.append({"InstanceId": wanted["InstanceId"]})
    return ActionResult({"SuccessfulInstanceCreditSpecifications": changed})


def monitor_instances(asked: Monitoring) -> ActionResult:
    """MonitorInstances."""
    return _set_monitoring(asked, "enabled")


def unmonitor_instances(asked: Monitoring) -> ActionResult:
    """UnmonitorInstances."""
    return _set_monitoring(asked, "disabled")


def _set_monitoring(asked: Monitoring, state: str) -> ActionResult:
    said = []
    for id_ in asked._get_param("InstanceIds", []):  # noqa: SLF001
        asked.ec2_backend.get_instance(id_).monitoring_state = state
        said.append({"InstanceId": id_, "Monitoring": {"State": state}})
    return ActionResult({"InstanceMonitorings": said})
