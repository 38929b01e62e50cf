"""Auto Scaling groups: what their instances get of the launch template, and what a refresh does.

moto 5.2.5 takes image, type and user data from the template and leaves out the rest, puts all instances into the first
subnet, forgets a mixed instances policy at an update that does not name it, and knows no instance refresh.
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.utils import convert_tag_spec
from moto.moto_api._internal import mock_random

if TYPE_CHECKING:
    from collections.abc import Sequence

    from moto.autoscaling.responses import AutoScalingResponse
    from moto.ec2.models.launch_templates import LaunchTemplateVersion

_launch_by_moto = FakeAutoScalingGroup.replace_autoscaling_group_instances
_update = FakeAutoScalingGroup.update

# Refreshes by the ARN of their group, which has a part of its own for each group that ever was; the newest comes first.
_REFRESHES: dict[str, list[dict[str, Any]]] = {}

# By these an instance keeps what it was launched from.
_TEMPLATE_TAG, _VERSION_TAG = "aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"


def launch(group: FakeAutoScalingGroup, count: int, tags: dict[str, str]) -> None:
    """Starts instances with all that the template says, in the subnets that have the fewest of the group's."""
    if group.ec2_launch_template is None or not group.vpc_zone_identifier:
        _launch_by_moto(group, count, tags)
        return
    version = group.ec2_launch_template.get_version(group.launch_template_version)
    for _ in range(count):
        # AWS's own tag is nobody's to set, so it comes last.
        _launch_one(group, version, {**version.instance_tags, **tags, ASG_NAME_TAG: group.name})


def _launch_one(group: FakeAutoScalingGroup, version: LaunchTemplateVersion, tags: dict[str, str]) -> None:
    data, ec2 = version.data, group.ec2_backend
    devices: dict[str, Any] = {"block_device_mappings": data["BlockDeviceMappings"]} if _has_devices(data) else {}
    (instance,) = ec2.run_instances(
        version.image_id,
        1,
        version.user_data,
        version.security_groups,
        security_group_ids=_groups(data),
        instance_type=_type(group, version),
        is_instance_type_default=False,
        subnet_id=_emptiest_subnet(group),
        # None leaves it to the subnet.
        associate_public_ip=None,
        launch_template={"LaunchTemplateId": version.template.id, "Version": str(version.number)},
        tags={"instance": tags, "volume": convert_tag_spec(data.get("TagSpecifications", [])).get("volume", {})},
        metadata_options=data.get("MetadataOptions", {}),
        monitoring_state="enabled" if data.get("Monitoring", {}).get("Enabled") else "disabled",
        instance_market_options="spot" if _is_next_spot(group) else None,
        **devices,
    ).instances
    if profile := data.get("IamInstanceProfile"):
        ec2.associate_iam_instance_profile(
            instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn")
        )
    instance.autoscaling_group = group  # type: ignore[attr-defined]  # as moto does
    group.instance_states.append(
        InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in)
    )


def _has_devices(data: dict[str, Any]) -> bool:
    return bool(data.get("BlockDeviceMappings"))


def _groups(data: dict[str, Any]) -> list[str]:
    """A template has them of its own, or in its first interface."""
    (interface, *_) = data.get("NetworkInterfaces") or [{}]
    found: list[str] = data.get("SecurityGroupIds") or interface.get("Groups") or []
    return list(found)


def _overrides(group: FakeAutoScalingGroup) -> Sequence[dict[str, Any]]:
    policy = group.mixed_instances_policy or {}
    found: Sequence[dict[str, Any]] = policy.get("LaunchTemplate", {}).get("Overrides") or []
    return found


def _type(group: FakeAutoScalingGroup, version: LaunchTemplateVersion) -> str:
    """The first, as where there is no lack of it."""
    named = [one["InstanceType"] for one in _overrides(group) if "InstanceType" in one]
    return str(named[0]) if named else version.instance_type


def _emptiest_subnet(group: FakeAutoScalingGroup) -> str:
    held = Counter(state.instance.subnet_id for state in group.instance_states)
    return min(_subnets(group), key=lambda subnet: held[subnet])


def _subnets(group: FakeAutoScalingGroup) -> list[str]:
    return (group.vpc_zone_identifier or "").split(",")


def _is_next_spot(group: FakeAutoScalingGroup) -> bool:
    """Whether as many are on demand already as the policy asks for, in a group of one more."""
    distribution = (group.mixed_instances_policy or {}).get("InstancesDistribution", {})
    base = int(distribution.get("OnDemandBaseCapacity", 0))
    percent = int(distribution.get("OnDemandPercentageAboveBaseCapacity", 100))
    held = group.active_instances()
    on_demand = sum(state.instance.lifecycle != "spot" for state in held)
    above = max(len(held) + 1 - base, 0)
    return on_demand >= base + math.ceil(above * percent / 100)


def set_desired_capacity(group: FakeAutoScalingGroup, new_capacity: int | None) -> None:
    """Starts or ends as many as are missing or too many: moto's own sum, of halves of instances, can miss one."""
    group.desired_capacity = group.min_size if new_capacity is None else new_capacity
    (first, *_) = _overrides(group) or [{}]
    wanted = math.ceil((group.desired_capacity or 0) / int(first.get("WeightedCapacity") or 1))
    held = group.active_instances()
    if wanted > len(held):
        group.replace_autoscaling_group_instances(wanted - len(held), group.get_propagated_tags())
    _end(group, [state for state in held if not state.protected_from_scale_in][: max(len(held) - wanted, 0)])
    if group.name in group.autoscaling_backend.autoscaling_groups:
        group.autoscaling_backend.update_attached_elbs(group.name)
        group.autoscaling_backend.update_attached_target_groups(group.name)


def _end(group: FakeAutoScalingGroup, states: Sequence[InstanceState]) -> None:
    if states:
        group.ec2_backend.terminate_instances([state.instance.id for state in states])
        group.instance_states = [state for state in group.instance_states if state not in states]


def _replace(group: FakeAutoScalingGroup, states: Sequence[InstanceState]) -> None:
    """The new ones are there before the old ones go, and are as many of each kind and in each subnet as if alone."""
    if states:
        group.instance_states = [state for state in group.instance_states if state not in states]
        group.replace_autoscaling_group_instances(len(states), group.get_propagated_tags())
        group.ec2_backend.terminate_instances([state.instance.id for state in states])


def update(group: FakeAutoScalingGroup, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as moto calls it
    """UpdateAutoScalingGroup: what it does not name stays, and instances leave the subnets that it takes away."""
    if not any(kwargs.get(name) for name in ("mixed_instances_policy", "launch_template", "launch_config_name")):
        kwargs["mixed_instances_policy"] = _policy(group)
    _update(group, *args, **kwargs)
    if group.vpc_zone_identifier:
        _replace(group, [one for one in group.instance_states if one.instance.subnet_id not in _subnets(group)])


def _policy(group: FakeAutoScalingGroup) -> dict[str, Any] | None:
    """As a request has it: a template has its id or its name there, and moto keeps both."""
    policy = copy.deepcopy(group.mixed_instances_policy)
    if policy:
        policy["LaunchTemplate"]["LaunchTemplateSpecification"].pop("LaunchTemplateName", None)
    return policy


def launch_template_of(state: InstanceState) -> dict[str, Any] | None:
    """The template that an instance was launched from, in the version of that day."""
    template = state.auto_scaling_group.ec2_launch_template
    if template is None:
        return None
    id_, version = _origin(state)
    # A template that is deleted has no name any more.
    named = {"LaunchTemplateName": template.name} if id_ == template.id else {}
    return {"LaunchTemplateId": id_, "Version": version, **named}


def _origin(state: InstanceState) -> tuple[str | None, str | None]:
    """The template and the version that an instance was launched from."""
    tags = {tag["key"]: tag["value"] for tag in state.instance.get_tags()}
    return tags.get(_TEMPLATE_TAG), tags.get(_VERSION_TAG)


def start_instance_refresh(asked: AutoScalingResponse) -> ActionResult:
    """Replaces the instances at once, so that a refresh that was started is over."""
    group, preferences = _group(asked), asked._get_param("Preferences", {})  # noqa: SLF001 - moto's own way to read a parameter
    template = group.ec2_launch_template
    newest = (template.id, str(template.get_version(group.launch_template_version).number)) if template else None
    skips = str(preferences.get("SkipMatching")).lower() == "true"
    old = [state for state in group.instance_states if not (skips and _origin(state) == newest)]
    started = utcnow()
    _replace(group, old)
    refresh = {
        "InstanceRefreshId": str(mock_random.uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "Successful",
        "StartTime": started,
        "EndTime": utcnow(),
        "PercentageComplete": 100,
        "InstancesToUpdate": 0,
        "Preferences": preferences,
    }
    _REFRESHES.setdefault(group.arn, []).insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


def describe_instance_refreshes(asked: AutoScalingResponse) -> ActionResult:
    """Those of a group that were ever started, or of these ids, the newest first."""
    wanted = asked._get_param("InstanceRefreshIds", [])  # noqa: SLF001 - moto's own way to read a parameter
    found = [one for one in _REFRESHES.get(_group(asked).arn, []) if not wanted or one["InstanceRefreshId"] in wanted]
    return ActionResult({"InstanceRefreshes": found})


def cancel_instance_refresh(asked: AutoScalingResponse) -> ActionResult:
    """Refused, since none lasts.

    Raises:
        AutoscalingClientError: always.
    """
    raise AutoscalingClientError(
        "ActiveInstanceRefreshNotFound", f"No in progress or pending Instance Refresh found for {_group(asked).name}"
    )


def _group(asked: AutoScalingResponse) -> FakeAutoScalingGroup:
    name = asked._get_param("AutoScalingGroupName")  # noqa: SLF001 - moto's own way to read a parameter
    groups = asked.autoscaling_backend.autoscaling_groups
    if name not in groups:
        raise AutoscalingClientError("ValidationError", f"AutoScalingGroup name not found - null: {name}")
    return groups[name]
