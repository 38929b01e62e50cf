"""Looks at a stack's instances after every call of an update."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3

from tests.engine.calls import recorded
from tests.engine.ways import Vpc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_ec2 import EC2Client

    from tests.engine.embedded import Cloud
    from tests.engine.stack import Stack

# What no rule of AWS's APIs, but their names tell: a call that changes nothing.
READS = ("Describe", "Get", "List", "Head")
ENDED = ("shutting-down", "terminated")


@dataclass
class Watch:
    """Looks at a VPC's instances after every call that changes something, before its answer goes on to the engine."""

    ec2: EC2Client
    vpc_id: str
    others: Sequence[str] = ()
    steps: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, actions: set[str]) -> None:
        changes = sorted(one for one in actions if not one.split(":")[1].startswith(READS))
        if not changes:
            return
        with self.lock:
            self.steps += changes
            for instance in (one for vpc in {self.vpc_id, *self.others} for one in alive(self.ec2, vpc)):
                seen = Vpc(self.ec2, instance)
                # Another call may have ended it since, and with it goes its address.
                if seen.instance["State"]["Name"] not in ENDED:
                    self.gaps += [f"{instance} after {changes}: {why}" for why in seen.missing()]


def alive(ec2: EC2Client, vpc_id: str) -> list[str]:
    """The instances of a VPC that have not ended."""
    found = ec2.describe_instances(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Reservations"]
    return [one["InstanceId"] for many in found for one in many["Instances"] if one["State"]["Name"] not in ENDED]


def asking(cloud: Cloud) -> EC2Client:
    """Asks moto itself: what the engine asks goes by way of the recorder."""
    return boto3.client(
        "ec2",
        region_name="us-east-1",
        endpoint_url=cloud.endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def change(stack: Stack, config: Mapping[str, Any], *others: str) -> Watch:
    """An `up` with other settings, watched; in the stack's VPC, and in others that it is or comes to be in."""
    looking = Watch(asking(stack.cloud), stack.outputs()["network"]["vpc_id"], others)
    with recorded(stack.cloud, looking):
        stack.up(config)
    return looking
