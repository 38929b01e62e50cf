"""What the survey found of one instance: plain values, most in the form in which AWS gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_ec2.type_defs import (
        InstanceTypeDef,
        NatGatewayTypeDef,
        NetworkAclTypeDef,
        RouteTableTypeDef,
        SecurityGroupTypeDef,
        SubnetTypeDef,
        VpcEndpointTypeDef,
    )
    from mypy_boto3_iam.type_defs import RoleTypeDef
    from mypy_boto3_route53.type_defs import ResourceRecordSetTypeDef
    from mypy_boto3_ssm.type_defs import InstanceInformationTypeDef

    from doctor.console import Report
    from doctor.preferences import Preferences

T = TypeVar("T")

# "Create a custom IAM role for Session Manager", Systems Manager user guide.
SESSION_ACTIONS = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


# Policies limit a role to its own instance with these (Systems Manager, EC2: global condition keys).
SOURCE_KEYS = ("ec2:SourceInstanceARN", "ssm:SourceInstanceARN")


def instance_arn(role_arn: str, region: str, instance_id: str) -> str:
    """The ARN of an instance, which is of the account and partition of its role."""
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return f"arn:{partition}:ec2:{region}:{account}:instance/{instance_id}"


def place_of(region: str, emulator: str | None) -> str:
    """What the AWS CLI must be told so that it asks where the doctor did."""
    return f"--region {region}{_endpoint(emulator)}"


def _endpoint(emulator: str | None) -> str:
    return f" --endpoint-url {emulator}" if emulator else ""


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A fact that could not be learnt.

    Attributes:
        why: completes "could not be checked: …".
        passing: whether it may be learnt if it is asked again.
    """

    why: str
    passing: bool = False


def left_out(error: KeyError) -> Unknown:
    """What AWS's answer leaves out: its service models require hardly any member of an answer."""
    return Unknown(why=f"AWS's answer leaves out {error.args[0]}")


class UnknownError(Exception):
    """A check came upon a fact that is not known."""

    def __init__(self, why: str) -> None:
        """Takes the reason of the Unknown."""
        super().__init__(why)
        self.why = why


def known(fact: T | Unknown) -> T:
    """The fact itself.

    Raises:
        UnknownError: it could not be learnt.
    """
    if isinstance(fact, Unknown):
        raise UnknownError(fact.why)
    return fact


@dataclass(frozen=True, kw_only=True)
class PublicAccess:
    """VPC Block Public Access in the account and Region.

    Attributes:
        mode: `off`, `block-ingress` or `block-bidirectional`.
        excluded: ARNs of the VPCs and subnets that it does not hold for.
    """

    mode: str
    excluded: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class PrefixList:
    """A list that a rule or a route names.

    Attributes:
        name: `com.amazonaws.eu-west-1.s3` for one of AWS's own; empty if nobody tells.
        cidrs: its entries; of AWS's own the name tells whose addresses they are.
    """

    name: str
    cidrs: Sequence[str] | Unknown


@dataclass(frozen=True, kw_only=True)
class HostedZone:
    """A private hosted zone.

    Attributes:
        id: as Route 53 has it.
        name: its domain, with a dot at the end.
        records: of all names in it.
    """

    id: str
    name: str
    records: Sequence[ResourceRecordSetTypeDef] | Unknown


# Each is itself alone, so that what is made of one is made once for all the instances in it.
@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Everything in the instance's VPC that can stand between the agent and Systems Manager.

    Attributes that do not speak for themselves:
        name_servers: those that DHCP options name in place of the VPC's own resolver.
        zones: the private hosted zones that people, not services of AWS, have made for the VPC.
        prefix_lists: those that rules and routes name, and no gateway endpoint stands for.
    """

    vpc_id: str
    region: str
    name_servers: Sequence[str] | Unknown
    zones: Sequence[HostedZone] | Unknown
    public_access: PublicAccess | Unknown
    dns_support: bool | Unknown
    dns_hostnames: bool | Unknown
    endpoints: Sequence[VpcEndpointTypeDef] | Unknown
    subnets: Mapping[str, SubnetTypeDef] | Unknown
    groups: Mapping[str, SecurityGroupTypeDef] | Unknown
    route_tables: Sequence[RouteTableTypeDef] | Unknown
    nat_gateways: Mapping[str, NatGatewayTypeDef] | Unknown
    acls: Sequence[NetworkAclTypeDef] | Unknown
    prefix_lists: Mapping[str, PrefixList]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The instance profile that is attached.

    Attributes:
        arn: its ARN.
        exists: whether IAM still knows it.
        role: the role in it, None if it holds none.
        refused: which of the actions that a session needs IAM refuses to the role, on this instance.
        since: when it was attached, None if EC2 does not say.
    """

    arn: str
    exists: bool = True
    role: RoleTypeDef | Unknown | None = None
    refused: Sequence[str] | Unknown = ()
    since: datetime | Unknown | None = None

    @property
    def name(self) -> str:
        """What IAM calls it; an ARN may hold a path before the name."""
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Running:
    """What is asked of an instance that runs, and of nothing else.

    Attributes:
        instance: the instance itself.
        network: its VPC.
        profile: its instance profile, None without one.
        default_management: whether Default Host Management gives a role to instances that have none.
        image_name: of its AMI, empty if the AMI is gone or private.
        report: the last result of the check at boot that its console shows.
    """

    instance: InstanceTypeDef
    network: Network
    profile: Profile | None
    default_management: bool | Unknown
    image_name: str | Unknown
    report: Report | Unknown | None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What IAM refuses to a role.

    Attributes:
        role: the role.
        actions: those of the refused ones that are done to the same thing.
        resource: the ARN of that.
        explicitly: whether a statement denies one of them, against which no other policy helps.
    """

    role: RoleTypeDef
    actions: Sequence[str]
    resource: str
    explicitly: bool


@dataclass(frozen=True, kw_only=True)
class Session:
    """What the account's preferences ask of an instance that is online, and what the instance has of it.

    Attributes:
        preferences: of the account.
        instance: the instance itself.
        network: its VPC.
        refused: what a session needs, and IAM refuses to the instance's role.
    """

    preferences: Preferences
    instance: InstanceTypeDef
    network: Network
    refused: Sequence[Refused] | Unknown


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of one instance.

    Attributes:
        id: the instance's.
        region: where it was looked for.
        emulator: the address on this machine that answers in place of AWS, if one does.
        managed: what Systems Manager knows of it, None if it never registered.
        instance: what EC2 knows of it, None if there is no such instance.
        running: the rest, if it runs and is not online.
        session: the rest, if it is online and the account has preferences for sessions.
    """

    id: str
    region: str
    emulator: str | None = None
    managed: InstanceInformationTypeDef | None = None
    instance: InstanceTypeDef | Unknown | None = None
    running: Running | None = None
    session: Session | Unknown | None = None

    @property
    def endpoint(self) -> str:
        """What the AWS CLI must be told so that it asks the same as the doctor, and never a real account instead."""
        return _endpoint(self.emulator)

    @property
    def place(self) -> str:
        """The same, with the Region."""
        return place_of(self.region, self.emulator)
