"""Finds out everything about instances that did not come online. Asks, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from botocore import xform_name
from botocore.exceptions import ClientError

from doctor.console import last_report
from doctor.errors import code, is_denied, refuses_credentials
from doctor.facts import SESSION_ACTIONS, SOURCE_KEYS, Facts, Network, Profile, Running, Unknown, instance_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_iam.type_defs import InstanceProfileTypeDef

    from doctor.aws import Clients
    from doctor.console import Report
    from doctor.waiting import Look

T = TypeVar("T")

_DEFAULT_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
# What the setting holds as long as nobody has set it.
_NOT_SET = ("", "$None")


def survey(clients: Clients, ids: Sequence[str], last: Look) -> Iterator[Facts]:
    """The facts of each instance, one after the other.

    Raises:
        ClientError: AWS refuses the credentials.
    """
    surveyor = _Surveyor(clients)
    for one in ids:
        managed = last.managed.get(one)
        if last.instances is None:
            unknown = Unknown(why="needs ec2:DescribeInstances")
            yield Facts(id=one, region=clients.region, managed=managed, instance=unknown)
            continue
        instance = last.instances.get(one)
        runs = instance is not None and instance["State"]["Name"] == "running"
        running = surveyor.running(instance) if instance and runs else None
        yield Facts(id=one, region=clients.region, managed=managed, instance=instance, running=running)


class _Surveyor:
    """Asks for what several instances share once."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._network = cache(self._ask_network)
        self._profile = cache(self._ask_profile)
        self._image_name = cache(self._ask_image_name)
        self._default_management = cache(self._ask_default_management)

    def running(self, instance: InstanceTypeDef) -> Running:
        arn = instance.get("IamInstanceProfile", {}).get("Arn")
        return Running(
            instance=instance,
            network=_as_seen(self._network(instance["VpcId"]), instance),
            profile=self._profile_of(instance, arn) if arn else None,
            default_management=self._default_management(),
            image_name=self._image_name(instance["ImageId"]),
            report=_ask("ec2:GetConsoleOutput", lambda: self._report(instance["InstanceId"])),
        )

    def _ask_network(self, vpc_id: str) -> Network:
        return Network(
            vpc_id=vpc_id,
            dns_support=self._attribute(vpc_id, "EnableDnsSupport"),
            dns_hostnames=self._attribute(vpc_id, "EnableDnsHostnames"),
            endpoints=self._in_vpc(vpc_id, "DescribeVpcEndpoints", "VpcEndpoints"),
            subnets=_by_id("SubnetId", self._in_vpc(vpc_id, "DescribeSubnets", "Subnets")),
            groups=_by_id("GroupId", self._in_vpc(vpc_id, "DescribeSecurityGroups", "SecurityGroups")),
            route_tables=self._in_vpc(vpc_id, "DescribeRouteTables", "RouteTables"),
            nat_gateways=_by_id("NatGatewayId", self._in_vpc(vpc_id, "DescribeNatGateways", "NatGateways")),
            acls=self._in_vpc(vpc_id, "DescribeNetworkAcls", "NetworkAcls"),
        )

    def _attribute(self, vpc_id: str, name: Literal["EnableDnsSupport", "EnableDnsHostnames"]) -> bool | Unknown:
        # The one name is spelt in two ways: `enableDnsSupport` in the question, `EnableDnsSupport` in the answer.
        asked: Any = name[0].lower() + name[1:]
        return _ask(
            "ec2:DescribeVpcAttribute",
            lambda: self._clients.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=asked)[name]["Value"],
        )

    def _in_vpc(self, vpc_id: str, operation: str, key: str) -> list[Any] | Unknown:
        """What one of EC2's describe operations lists for the VPC."""
        paginator: Any = self._clients.ec2.get_paginator(xform_name(operation))  # type: ignore[call-overload]
        pages = paginator.paginate(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
        return _ask(f"ec2:{operation}", lambda: _listed(pages, key))

    def _profile_of(self, instance: InstanceTypeDef, arn: str) -> Profile:
        profile = self._profile(arn)
        since = _ask("ec2:DescribeIamInstanceProfileAssociations", lambda: self._since(instance["InstanceId"]))
        if isinstance(profile, Unknown):
            return Profile(arn=arn, role=profile, since=since)
        if profile is None:
            return Profile(arn=arn, exists=False, since=since)
        role = next(iter(profile["Roles"]), None)
        if role is None:
            return Profile(arn=arn, since=since)
        refused = _ask("iam:SimulatePrincipalPolicy", lambda: self._refused(role["Arn"], instance["InstanceId"]))
        return Profile(arn=arn, role=role, refused=refused, since=since)

    def _ask_profile(self, arn: str) -> InstanceProfileTypeDef | Unknown | None:
        def profile() -> InstanceProfileTypeDef | None:
            try:
                return self._clients.iam.get_instance_profile(InstanceProfileName=arn.rsplit("/", 1)[-1])[
                    "InstanceProfile"
                ]
            except ClientError as error:
                if code(error) == "NoSuchEntity":
                    return None
                raise

        return _ask("iam:GetInstanceProfile", profile)

    def _refused(self, role_arn: str, instance_id: str) -> list[str]:
        """What IAM's own simulator refuses: it knows deny statements, conditions, boundaries and the organisation."""
        arn = instance_arn(role_arn, self._clients.region, instance_id)
        pages = self._clients.iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role_arn,
            ActionNames=SESSION_ACTIONS,
            ResourceArns=[arn],
            ContextEntries=[
                {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [arn]} for key in SOURCE_KEYS
            ],
        )
        return [
            one["EvalActionName"] for one in _listed(pages, "EvaluationResults") if one["EvalDecision"] != "allowed"
        ]

    def _since(self, instance_id: str) -> datetime | None:
        pages = self._clients.ec2.get_paginator("describe_iam_instance_profile_associations").paginate(
            Filters=[{"Name": "instance-id", "Values": [instance_id]}]
        )
        times = [one.get("Timestamp") for one in _listed(pages, "IamInstanceProfileAssociations")]
        return next(filter(None, times), None)

    def _ask_image_name(self, image_id: str) -> str | Unknown:
        def name() -> str:
            images = self._clients.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [image_id]}])["Images"]
            return images[0].get("Name", "") if images else ""

        return _ask("ec2:DescribeImages", name)

    def _ask_default_management(self) -> bool | Unknown:
        ssm = self._clients.ssm
        value = _ask(
            "ssm:GetServiceSetting",
            lambda: ssm.get_service_setting(SettingId=_DEFAULT_MANAGEMENT)["ServiceSetting"].get("SettingValue", ""),
        )
        return value if isinstance(value, Unknown) else value not in _NOT_SET

    def _report(self, instance_id: str) -> Report | None:
        ec2 = self._clients.ec2
        try:
            answer = ec2.get_console_output(InstanceId=instance_id, Latest=True)
        except ClientError as error:
            # Only types of the Nitro kind give what their console shows now; others, what it showed after the boot.
            if code(error) != "UnsupportedOperation":
                raise
            answer = ec2.get_console_output(InstanceId=instance_id)
        return last_report(answer.get("Output", ""))


def _as_seen(network: Network, instance: InstanceTypeDef) -> Network:
    """The VPC as the instance's account sees it: of a VPC that another account shares, it sees no endpoints."""
    if isinstance(network.subnets, Unknown):
        return network
    owner = network.subnets.get(instance["SubnetId"], {}).get("OwnerId")
    own = {one.get("OwnerId", owner) for one in instance.get("NetworkInterfaces", [])}
    if owner is None or own <= {owner}:
        return network
    return replace(network, endpoints=Unknown(why=f"only account {owner}, which shares the VPC, sees its endpoints"))


def _ask(action: str, question: Callable[[], T]) -> T | Unknown:
    """The answer; one that AWS refuses costs the checks that need it, not the whole verdict."""
    try:
        return question()
    except ClientError as error:
        if refuses_credentials(error):
            raise
        why = f"needs {action}" if is_denied(error) else f"{action} failed: {code(error)}"
        return Unknown(why=why)


def _by_id(key: str, listed: list[Any] | Unknown) -> dict[str, Any] | Unknown:
    return listed if isinstance(listed, Unknown) else {one[key]: one for one in listed}


def _listed(pages: Iterable[Any], key: str) -> list[Any]:
    return [one for page in pages for one in page[key]]
