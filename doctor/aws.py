"""The questions to AWS that are asked again and again while the doctor waits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from doctor.asking import Asker
from doctor.errors import DoctorError, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import InstanceInformationTypeDef

    from doctor.facts import Unknown


def _config(attempts: int) -> Config:
    # `adaptive` also slows down by itself once AWS has refused a call as too frequent.
    retries: Any = {"mode": "adaptive", "total_max_attempts": attempts}
    return Config(retries=retries, connect_timeout=5, read_timeout=10)


# Without Systems Manager there is no verdict, so it gets more time. The pauses between attempts are at most 1, 2, 4 …
# seconds: a service that takes connections and says nothing costs 47 s, another one 33 s.
_VERDICT, _SIDE_QUESTION = _config(attempts=4), _config(attempts=3)

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

# A page of DescribeInstanceInformation holds at most 50 (Systems Manager API reference).
_MANAGED_AT_ONCE = 50
# A filter of an EC2 call takes at most 200 values (EC2 user guide, "List and filter your resources").
_INSTANCES_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Clients:
    """One client for each service that is asked."""

    autoscaling: AutoScalingClient
    ec2: EC2Client
    iam: IAMClient
    route53: Route53Client
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
        DoctorError: a setting of the person's AWS configuration can't be used.
    """
    try:
        # botocore reads AWS_DEFAULT_REGION alone; every other SDK, the AWS CLI and Pulumi read AWS_REGION, and first.
        session = boto3.Session(region_name=region or os.environ.get("AWS_REGION") or None)
        return Clients(
            # Of a fleet it says who is waited for.
            autoscaling=session.client("autoscaling", config=_VERDICT),
            ec2=session.client("ec2", config=_SIDE_QUESTION),
            iam=session.client("iam", config=_SIDE_QUESTION),
            route53=session.client("route53", config=_SIDE_QUESTION),
            ssm=session.client("ssm", config=_VERDICT),
        )
    except BotoCoreError:
        # Some of them are ValueErrors too.
        raise
    except (OSError, ValueError) as error:
        # An address that is none, a number that is none, a bundle of certificates that is not there.
        raise DoctorError(f"the AWS configuration (AWS_… variables, ~/.aws/config) can't be used: {error}") from error


def managed(clients: Clients, ids: Sequence[str]) -> Mapping[str, InstanceInformationTypeDef]:
    """What Systems Manager knows of those of the instances that ever registered.

    Raises:
        ClientError: it may not be asked.
        BotoCoreError: it can't be asked.
    """
    pages = clients.ssm.get_paginator("describe_instance_information")
    with reading("ssm:DescribeInstanceInformation"):
        return {
            one["InstanceId"]: one
            for some in _chunks(ids, _MANAGED_AT_ONCE)
            for page in pages.paginate(
                Filters=[{"Key": "InstanceIds", "Values": some}], PaginationConfig={"PageSize": _MANAGED_AT_ONCE}
            )
            for one in page["InstanceInformationList"]
        }


def instances(clients: Clients, ids: Sequence[str]) -> Mapping[str, InstanceTypeDef] | Unknown:
    """What EC2 knows of those of the instances that there are.

    Raises:
        ClientError: AWS refuses the credentials.
    """
    pages = clients.ec2.get_paginator("describe_instances")

    def there() -> Mapping[str, InstanceTypeDef]:
        return {
            one["InstanceId"]: one
            for some in _chunks(ids, _INSTANCES_AT_ONCE)
            # By filter: asked by id, EC2 answers with an error if it does not know one of them.
            for page in pages.paginate(Filters=[{"Name": "instance-id", "Values": some}])
            for reservation in page["Reservations"]
            for one in reservation.get("Instances", [])
        }

    return Asker().ask("ec2:DescribeInstances", there)


def connected(clients: Clients, instance_id: str) -> bool | Unknown:
    """Whether Session Manager has a connection to the agent, without which it refuses a session as TargetNotConnected.

    The agent opens it to `ssmmessages`; PingStatus tells of `ssm` alone ("GetConnectionStatus", Systems Manager API
    reference; agent/session/controlchannel in the agent's source).

    Raises:
        ClientError: AWS refuses the credentials.
    """
    ssm = clients.ssm
    return Asker().ask(
        "ssm:GetConnectionStatus",
        # Documented as `Connected` before it was as `connected`.
        lambda: ssm.get_connection_status(Target=instance_id)["Status"].lower() == "connected",
    )


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
