"""Looks at a stack's instances after every call of an update."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.engine.calls import recorded
from tests.engine.ways import Vpc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

    from tests.engine.stack import Stack

# What no rule of AWS's APIs, but their names tell: a call that changes nothing.
READS = ("Describe", "Get", "List", "Head")
ENDED = ("shutting-down", "terminated")


@dataclass
class Watch:
    """Looks at a stack's instances after every call that changes something, before its answer goes on to the engine.

    Those of each VPC that the stack is in, or comes to be in.
    """

    ec2: EC2Client
    vpc_id: str
    steps: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    names: list[set[str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, actions: set[str]) -> None:
        changes = sorted(one for one in actions if not one.split(":")[1].startswith(READS))
        if not changes:
            return
        with self.lock:
            self.steps += changes
            found = _alive(self.ec2, "tag-key", "ssm-only:stack")
            self.names.append({_name_of(one) for one in found})
            for instance in (one["InstanceId"] for one in found):
                seen = Vpc(self.ec2, instance)
                # Another call may have ended it since, and with it goes its address.
                if seen.instance["State"]["Name"] not in ENDED:
                    self.gaps += [f"{instance} after {changes}: {why}" for why in seen.missing()]


def alive(ec2: EC2Client, vpc_id: str) -> list[str]:
    """The instances of a VPC that have not ended."""
    return [one["InstanceId"] for one in _alive(ec2, "vpc-id", vpc_id)]


def _alive(ec2: EC2Client, key: str, value: str) -> list[InstanceTypeDef]:
    found = ec2.describe_instances(Filters=[{"Name": key, "Values": [value]}])["Reservations"]
    return [one for many in found for one in many["Instances"] if one["State"]["Name"] not in ENDED]


def _name_of(instance: InstanceTypeDef) -> str:
    return next((tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"), "")


def change(stack: Stack, config: Mapping[str, Any]) -> Watch:
    """An `up` with other settings, watched."""
    # It asks moto itself: what the engine asks goes by way of the recorder.
    looking = Watch(stack.cloud.ec2, stack.outputs()["network"]["vpc_id"])
    with recorded(stack.cloud, looking):
        stack.up(config)
    return looking
