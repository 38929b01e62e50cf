"""Auto Scaling groups: how many instances each is to have, which it has, and why there are not more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doctor.causes import Diagnosis, unchecked
from doctor.checks.cause import Cause
from doctor.errors import reading
from doctor.facts import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_autoscaling.type_defs import ActivityTypeDef, AutoScalingGroupTypeDef

    from doctor.asking import Asker
    from doctor.aws import Clients

# An answer of DescribeAutoScalingGroups has at most 100 (EC2 Auto Scaling API reference).
_GROUPS_AT_ONCE = 100
# The newest are enough to see the last failure.
_ACTIVITIES = 20

# Instances in these states leave the group, so nobody waits for them: their successors count.
_LEAVING = ("Terminating", "Terminated", "Detaching", "Detached")


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A group as one look showed it.

    Attributes:
        name: in the stack.
        group: of the Auto Scaling group.
        desired: how many instances the group is to have; None where there is no such group.
        ids: of those that it has, and that are to stay.
        suspended: names of what the group does not do at present, for example `Launch`.
    """

    name: str
    group: str
    desired: int | None
    ids: Sequence[str] = ()
    suspended: Sequence[str] = ()

    @property
    def lacks(self) -> int:
        """How many instances are still to be started; of a group that is not there, one."""
        return 1 if self.desired is None else max(self.desired - len(self.ids), 0)


def look(clients: Clients, names: Mapping[str, str]) -> Sequence[Fleet]:
    """How the groups are now.

    Args:
        clients: whom to ask.
        names: name of the group -> the fleet's name in the stack.

    Raises:
        ClientError: it may not be asked.
        BotoCoreError: it can't be asked.
    """
    groups, asked = list(names), clients.autoscaling.get_paginator("describe_auto_scaling_groups")
    with reading("autoscaling:DescribeAutoScalingGroups"):
        there = {
            one["AutoScalingGroupName"]: one
            for start in range(0, len(groups), _GROUPS_AT_ONCE)
            for page in asked.paginate(AutoScalingGroupNames=groups[start : start + _GROUPS_AT_ONCE])
            for one in page["AutoScalingGroups"]
        }
        return [_fleet(names[group], group, there.get(group)) for group in groups]


def _fleet(name: str, group: str, found: AutoScalingGroupTypeDef | None) -> Fleet:
    if found is None:
        return Fleet(name=name, group=group, desired=None)
    return Fleet(
        name=name,
        group=group,
        desired=found["DesiredCapacity"],
        ids=[one["InstanceId"] for one in found["Instances"] if not one["LifecycleState"].startswith(_LEAVING)],
        suspended=[one.get("ProcessName", "") for one in found.get("SuspendedProcesses", [])],
    )


def activities(clients: Clients, asker: Asker, group: str) -> Sequence[ActivityTypeDef] | Unknown:
    """What a group did last, the newest first."""
    return asker.ask(
        "autoscaling:DescribeScalingActivities",
        lambda: clients.autoscaling.describe_scaling_activities(AutoScalingGroupName=group, MaxRecords=_ACTIVITIES)[
            "Activities"
        ],
    )


def diagnose(fleet: Fleet, done: Sequence[ActivityTypeDef] | Unknown, place: str) -> Diagnosis:
    """Why a group has fewer instances than it is to have.

    Args:
        fleet: as the last look showed it.
        done: what it did last.
        place: what the AWS CLI must be told so that it asks there.
    """
    if fleet.desired is None:
        return Diagnosis(causes=(_not_found(fleet, place),), unchecked={})
    if "Launch" in fleet.suspended:
        return Diagnosis(causes=(_suspended(fleet, place),), unchecked={})
    if isinstance(done, Unknown):
        return unchecked(done, "scaling activities")
    return Diagnosis(causes=(_last_activity(fleet, done, place),), unchecked={})


def _not_found(fleet: Fleet, place: str) -> Cause:
    return Cause(
        name="group-not-found",
        text=f"There is no Auto Scaling group {fleet.group} for these credentials: it is in another Region or account, "
        "or was deleted. Compare both, then run `pulumi refresh`.",
        command=_show(fleet, place),
    )


def _suspended(fleet: Fleet, place: str) -> Cause:
    resume = f"aws autoscaling resume-processes --auto-scaling-group-name {fleet.group} --scaling-processes Launch"
    return Cause(
        name="launch-suspended",
        text=f"The group starts no instances: its process Launch is suspended. Resume it: {resume} {place}",
        command=_show(fleet, place),
    )


def _last_activity(fleet: Fleet, done: Sequence[ActivityTypeDef], place: str) -> Cause:
    failed = next((one for one in done if one["StatusCode"] in ("Failed", "Cancelled")), None)
    if failed is not None:
        said = " ".join(failed.get("StatusMessage", "It does not say why.").split())
        name, text = "launch-failed", f"EC2 Auto Scaling could not start an instance. It said: {said}"
    elif done:
        said = " ".join(done[0].get("Description", "something").split())
        name, text = "launching", f"The last that the group did: {said} ({done[0]['StatusCode']}). Wait again."
    else:
        name, text = "launching", "The group has done nothing yet. Wait again."
    command = (
        f"aws autoscaling describe-scaling-activities --auto-scaling-group-name {fleet.group} --max-items 5 {place}"
    )
    return Cause(name=name, text=text, command=command)


def _show(fleet: Fleet, place: str) -> str:
    return f"aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {fleet.group} {place}"
