"""The questions to AWS that are asked again and again while the doctor waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from doctor.errors import is_denied
from doctor.facts import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import InstanceInformationTypeDef

# `adaptive` also slows down by itself once AWS has refused a call as too frequent.
_CONFIG = Config(retries={"mode": "adaptive", "total_max_attempts": 8}, connect_timeout=10, read_timeout=30)

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

# A page of DescribeInstanceInformation holds at most 50 (Systems Manager API reference).
_MANAGED_AT_ONCE = 50
# A filter of an EC2 call takes at most 200 values (EC2 user guide, "List and filter your resources").
_INSTANCES_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Clients:
    """One client for each service that is asked."""

    ec2: EC2Client
    iam: IAMClient
    ssm: SSMClient

    @property
    def region(self) -> str:
        """The Region that they ask."""
        return self.ec2.meta.region_name

    @property
    def emulator(self) -> str | None:
        """The address on this machine that answers in place of AWS, if AWS_ENDPOINT_URL or a profile sets one."""
        url = self.ec2.meta.endpoint_url
        return url if urlsplit(url).hostname in _LOOPBACK else None


def connect(region: str | None) -> Clients:
    """Clients with the person's own credentials; a Region of None is theirs too.

    Raises:
        BotoCoreError: no Region is known, or the profile is none.
    """
    session = boto3.Session(region_name=region)
    return Clients(
        ec2=session.client("ec2", config=_CONFIG),
        iam=session.client("iam", config=_CONFIG),
        ssm=session.client("ssm", config=_CONFIG),
    )


def managed(clients: Clients, ids: Sequence[str]) -> Mapping[str, InstanceInformationTypeDef]:
    """What Systems Manager knows of those of the instances that ever registered.

    Raises:
        ClientError: it may not be asked.
    """
    pages = clients.ssm.get_paginator("describe_instance_information")
    return {
        one["InstanceId"]: one
        for some in _chunks(ids, _MANAGED_AT_ONCE)
        for page in pages.paginate(
            Filters=[{"Key": "InstanceIds", "Values": some}], PaginationConfig={"PageSize": _MANAGED_AT_ONCE}
        )
        for one in page["InstanceInformationList"]
    }


def instances(clients: Clients, ids: Sequence[str]) -> Mapping[str, InstanceTypeDef] | None:
    """What EC2 knows of those of the instances that there are; None if the caller may not ask.

    Raises:
        ClientError: it can't be asked for another reason.
    """
    pages = clients.ec2.get_paginator("describe_instances")
    try:
        return {
            one["InstanceId"]: one
            for some in _chunks(ids, _INSTANCES_AT_ONCE)
            # By filter: asked by id, EC2 answers with an error if it does not know one of them.
            for page in pages.paginate(Filters=[{"Name": "instance-id", "Values": some}])
            for reservation in page["Reservations"]
            for one in reservation.get("Instances", [])
        }
    except ClientError as error:
        if is_denied(error):
            return None
        raise


def connected(clients: Clients, instance_id: str) -> bool | Unknown:
    """Whether Session Manager has a connection to the agent, without which it refuses a session as TargetNotConnected.

    The agent opens it to `ssmmessages`; PingStatus tells of `ssm` alone ("GetConnectionStatus", Systems Manager API
    reference; agent/session/controlchannel in the agent's source).

    Raises:
        ClientError: it can't be asked, for another reason than a right that the caller lacks.
    """
    try:
        status = clients.ssm.get_connection_status(Target=instance_id)["Status"]
    except ClientError as error:
        if is_denied(error):
            return Unknown(why="needs ssm:GetConnectionStatus")
        raise
    # Documented as `Connected` before it was as `connected`.
    return status.lower() == "connected"


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
