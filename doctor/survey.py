"""Finds out everything about instances that did not come online. Asks, and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from doctor import preferences
from doctor.asking import Asker
from doctor.console import last_report
from doctor.errors import code
from doctor.facts import (
    SESSION_ACTIONS,
    SOURCE_KEYS,
    Facts,
    Profile,
    Refused,
    Running,
    Session,
    Unknown,
    instance_arn,
    left_out,
)
from doctor.network_survey import NetworkSurveyor, listed
from doctor.preferences import Preferences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import TypeGuard

    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_iam.type_defs import InstanceProfileTypeDef

    from doctor.aws import Clients
    from doctor.console import Report
    from doctor.waiting import Look

DEFAULT_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
# A policy may limit a key to the sessions of its own instance (the agent's agent/session/crypto).
_ENCRYPTION_TARGET = "kms:EncryptionContext:aws:ssm:TargetId"
# What the setting holds as long as nobody has set it.
_NOT_SET = ("", "$None")


class Surveyor:
    """Asks for what several instances share once.

    Attributes:
        preferences: gives the account's preferences for sessions, or why they are not known.
    """

    def __init__(self, clients: Clients, last: Look) -> None:
        """Asks nothing yet.

        Args:
            clients: whom to ask.
            last: the last look at all instances.
        """
        self._clients, self._last = clients, last
        asker = Asker()
        self._ask = asker.ask
        self._network = NetworkSurveyor(clients, asker)
        self._profile = cache(self._ask_profile)
        self._image_name = cache(self._ask_image_name)
        self._default_management = cache(self._ask_default_management)
        self.preferences = cache(self._ask_preferences)

    def away(self, instance_id: str) -> Facts:
        """All of an instance that did not come online.

        Raises:
            ClientError: AWS refuses the credentials.
        """
        facts = self._facts(instance_id)
        try:
            if isinstance(facts.instance, Unknown) or not _runs(facts.instance):
                return facts
            return replace(facts, running=self._running(facts.instance))
        except KeyError as error:
            return replace(facts, instance=left_out(error))

    def online(self, instance_id: str, wanted: Preferences) -> Facts:
        """What the account's preferences ask of an instance that is online.

        Raises:
            ClientError: AWS refuses the credentials.
        """
        facts = self._facts(instance_id)
        try:
            return replace(facts, session=self._session(facts.instance, wanted))
        except KeyError as error:
            return replace(facts, session=left_out(error))

    def _facts(self, instance_id: str) -> Facts:
        there = self._last.instances
        return Facts(
            id=instance_id,
            region=self._clients.region,
            emulator=self._clients.emulator,
            managed=self._last.managed.get(instance_id),
            instance=there if isinstance(there, Unknown) else there.get(instance_id),
        )

    def _session(self, instance: InstanceTypeDef | Unknown | None, wanted: Preferences) -> Session | Unknown:
        if isinstance(instance, Unknown) or instance is None:
            return instance or Unknown(why="EC2 does not know the instance")
        return Session(
            preferences=wanted,
            instance=instance,
            network=self._network.of(instance),
            refused=self._refused_to_sessions(instance, wanted),
        )

    def _refused_to_sessions(self, instance: InstanceTypeDef, wanted: Preferences) -> Sequence[Refused] | Unknown:
        arn = instance.get("IamInstanceProfile", {}).get("Arn")
        profile = self._profile(arn) if arn else None
        if isinstance(profile, Unknown):
            return profile
        if profile is None or not profile["Roles"]:
            return Unknown(why="the role of an instance without a profile of its own does not show")
        role = profile["Roles"][0]
        own = instance_arn(role["Arn"], self._clients.region, instance["InstanceId"])
        context = dict.fromkeys(SOURCE_KEYS, own) | {_ENCRYPTION_TARGET: instance["InstanceId"]}
        refused: list[Refused] = []
        for actions, resource in wanted.needs(role["Arn"], self._clients.region):
            decisions = self._decisions(role["Arn"], actions, resource, context)
            if isinstance(decisions, Unknown):
                return decisions
            if decisions:
                explicitly = "explicitDeny" in decisions.values()
                refused.append(Refused(role=role, actions=tuple(decisions), resource=resource, explicitly=explicitly))
        return refused

    def _running(self, instance: InstanceTypeDef) -> Running:
        arn = instance.get("IamInstanceProfile", {}).get("Arn")
        return Running(
            instance=instance,
            network=self._network.of(instance),
            profile=self._profile_of(instance, arn) if arn else None,
            default_management=self._default_management(),
            image_name=self._image_name(instance["ImageId"]),
            report=self._ask("ec2:GetConsoleOutput", lambda: self._report(instance["InstanceId"])),
        )

    def _ask_preferences(self) -> Preferences | Unknown:
        def read() -> Preferences:
            try:
                answer = self._clients.ssm.get_document(Name=preferences.DOCUMENT, DocumentFormat="JSON")
            except ClientError as error:
                # Nobody has set any: AWS's own hold, which need nothing.
                if code(error) == "InvalidDocument":
                    return Preferences()
                raise
            return preferences.read(answer["Content"])

        return self._ask("ssm:GetDocument", read)

    def _profile_of(self, instance: InstanceTypeDef, arn: str) -> Profile:
        profile = self._profile(arn)
        since = self._ask("ec2:DescribeIamInstanceProfileAssociations", lambda: self._since(instance["InstanceId"]))
        if isinstance(profile, Unknown):
            return Profile(arn=arn, role=profile, since=since)
        if profile is None:
            return Profile(arn=arn, exists=False, since=since)
        role = next(iter(profile["Roles"]), None)
        if role is None:
            return Profile(arn=arn, since=since)
        own = instance_arn(role["Arn"], self._clients.region, instance["InstanceId"])
        refused = self._decisions(role["Arn"], SESSION_ACTIONS, own, dict.fromkeys(SOURCE_KEYS, own))
        names = refused if isinstance(refused, Unknown) else tuple(refused)
        return Profile(arn=arn, role=role, refused=names, since=since)

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

        return self._ask("iam:GetInstanceProfile", profile)

    def _decisions(
        self, role_arn: str, actions: Sequence[str], resource: str, context: Mapping[str, str]
    ) -> Mapping[str, str] | Unknown:
        """What IAM's own simulator refuses: it knows deny statements, conditions, boundaries and the organisation."""
        pages = self._clients.iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role_arn,
            ActionNames=actions,
            ResourceArns=[resource],
            ContextEntries=[
                {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
                for key, value in context.items()
            ],
        )
        return self._ask(
            "iam:SimulatePrincipalPolicy",
            lambda: {
                one["EvalActionName"]: one["EvalDecision"]
                for one in listed(pages, "EvaluationResults")
                if one["EvalDecision"] != "allowed"
            },
        )

    def _since(self, instance_id: str) -> datetime | None:
        pages = self._clients.ec2.get_paginator("describe_iam_instance_profile_associations").paginate(
            Filters=[{"Name": "instance-id", "Values": [instance_id]}]
        )
        times = [one.get("Timestamp") for one in listed(pages, "IamInstanceProfileAssociations")]
        return next(filter(None, times), None)

    def _ask_image_name(self, image_id: str) -> str | Unknown:
        def name() -> str:
            images = self._clients.ec2.describe_images(Filters=[{"Name": "image-id", "Values": [image_id]}])["Images"]
            return images[0].get("Name", "") if images else ""

        return self._ask("ec2:DescribeImages", name)

    def _ask_default_management(self) -> bool | Unknown:
        ssm = self._clients.ssm
        value = self._ask(
            "ssm:GetServiceSetting",
            lambda: ssm.get_service_setting(SettingId=DEFAULT_MANAGEMENT)["ServiceSetting"].get("SettingValue", ""),
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


def _runs(instance: InstanceTypeDef | None) -> TypeGuard[InstanceTypeDef]:
    return instance is not None and instance.get("State", {}).get("Name") == "running"
