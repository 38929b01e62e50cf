"""One entry of the `instances` list: what a person says of an instance."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..base.errors import ConfigError
from ..base.reading import (
    Reader,
    read_choice,
    read_fields,
    read_list,
    read_number,
    read_switch,
    read_text,
    require_own_names,
)
from ..base.tags import read_tags
from ..base.targets import read_group
from .egress import Egress, read_egress
from .hardware import CpuCredits, Placement, Spot, read_placement, read_spot
from .platforms import PLATFORMS, Family, Platform
from .volumes import (
    GP3,
    Volume,
    VolumeKind,
    read_speed,
    read_type,
    read_volumes,
    require_devices,
    require_kind,
)

# IAM takes 64 characters for a role's name, of which Pulumi's own ending takes 8; 40 are well below.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

_AMI = re.compile(r"ami-[0-9a-f]{8,17}")

# A key or an alias, by its ARN or by the name that an alias has.
_KEY = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:(key|alias)/[\w/-]+|alias/[\w/-]+", re.ASCII)

_POLICY = re.compile(r"arn:[a-z-]+:iam::(aws|\d{12}):policy/.+")

# IAM's quota for one role. Ours is inline and does not count.
MOST_POLICIES = 10

# EC2 API reference, HttpPutResponseHopLimit.
_HOPS = range(1, 64 + 1)

# EC2 gives an instance's network interface 5 groups, of which one is ours, until a quota says otherwise.
_MOST_GROUPS = 4

# gp3 volumes end at 65,536 GiB.
_VOLUME_GIB = range(1, 65_536 + 1)

# How many zones there really are is the Region's to say (`find_zones`); none has more than 6.
ZONES = range(1, 6 + 1)


@dataclass(frozen=True, kw_only=True)
class InstanceSettings:
    """One entry of the list.

    Attributes:
        name: how the stack's outputs and the instance's Name tag call it.
        zone: which of the network's zones it is in; 1 is the first.
        platform: the operating system.
        ami: an image's id in place of the platform's newest.
        family: the platform's, or what a person says that a custom image is of.
        instance_type: an EC2 type.
        volume_size: of the root volume, in GiB.
        volume_kind: of the root volume: its type and speed.
        volume_key: the KMS key of all volumes, by ARN or alias; empty is the account's default.
        volumes: beside the root volume.
        tags: beside those of the stack.
        user_data: the person's own, beside ours.
        policies: ARNs of managed policies for the instance's role, beside our own.
        egress: ways out, beside those of the stack.
        keep_instance: nothing may delete or replace it.
        security_groups: ids of further groups, which let nothing in either.
        metadata_hop_limit: how many hops the metadata service answers over.
        associate_public_ip: whether it gets a public address; None is as the subnet says.
        termination_protection: EC2 terminates it for nobody, this program included.
        stop_protection: EC2 stops it for nobody.
        monitoring: metrics each minute.
        spot: capacity that EC2 may take back; None is on demand.
        placement: within the zone; None is EC2's choice.
        cpu_credits: of a burstable type; None is the type's own.
    """

    name: str
    zone: int = 1
    platform: Platform = Platform.AMAZON_LINUX_2023
    ami: str | None = None
    family: Family = Family.RPM
    instance_type: str = "t4g.micro"
    volume_size: int = 8
    volume_kind: VolumeKind = GP3
    volume_key: str = ""
    volumes: Sequence[Volume] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    user_data: str = ""
    policies: Sequence[str] = ()
    egress: Sequence[Egress] = ()
    keep_instance: bool = False
    security_groups: Sequence[str] = ()
    metadata_hop_limit: int = 1
    associate_public_ip: bool | None = None
    termination_protection: bool = False
    stop_protection: bool = False
    monitoring: bool = False
    spot: Spot | None = None
    placement: Placement | None = None
    cpu_credits: CpuCredits | None = None


def read_instances(key: str, raw: object) -> Sequence[InstanceSettings]:
    """Read the list; every name in it is used once.

    Raises:
        ConfigError: an entry cannot be deployed.
    """
    instances = read_list(_read_instance, "a list, for example [{name: main}]", key, raw)
    require_own_names(key, [instance.name for instance in instances], "an instance")
    return instances


def _read_instance(key: str, entry: object) -> InstanceSettings:
    if not isinstance(entry, dict) or "name" not in entry:
        raise ConfigError(
            key, entry, f"an instance is a map with a name, for example {{name: main}}. Keys are {', '.join(READERS)}."
        )
    return instance_of(key, read_fields(READERS, f"{key}.", entry))


def instance_of(key: str, given: Mapping[str, Any]) -> InstanceSettings:
    """What a person says of an instance, with what its platform says of the rest.

    Args:
        key: what an error names.
        given: the values that are said, as their readers give them, by the names of the fields.

    Raises:
        ConfigError: they contradict each other.
    """
    platform = given.get("platform", InstanceSettings.platform)
    _refuse_contradictions(key, platform, given)
    if platform in PLATFORMS:
        published = PLATFORMS[platform]
        own = {"instance_type": published.instance_type, "volume_size": published.smallest_volume}
        given = {**own, **given, "family": published.family}
    kind = {key: given[key] for key in _OF_KIND if key in given}
    others = {key: value for key, value in given.items() if key not in kind}
    parts = {key.removeprefix("volume_"): value for key, value in kind.items()}
    instance = InstanceSettings(**others, volume_kind=VolumeKind(**parts))
    _refuse_in_hardware(key, instance)
    return instance


# What is said of the root volume, and is one value of an instance.
_OF_KIND = ("volume_type", "volume_iops", "volume_throughput")


def _refuse_in_hardware(key: str, instance: InstanceSettings) -> None:
    def name_of_root(part: str) -> str:
        return f"{key}.volume{part.capitalize()}"

    require_kind(name_of_root, instance.volume_size, instance.volume_kind, is_root=True)
    require_devices(f"{key}.volumes", instance.volumes, instance.family)
    for name, is_on in {
        "terminationProtection": instance.termination_protection,
        "stopProtection": instance.stop_protection,
    }.items():
        if is_on and instance.spot:
            raise ConfigError(f"{key}.{name}", value=True, advice="EC2 protects no spot instance. Remove it, or spot.")


def _refuse_contradictions(key: str, platform: Platform, given: Mapping[str, object]) -> None:
    if platform is Platform.CUSTOM:
        for needed, example in _CUSTOM_NEEDS.items():
            if needed not in given:
                raise ConfigError(f"{key}.platform", platform.value, f"it needs {example} beside it.")
    elif "family" in given:
        raise ConfigError(
            f"{key}.platform", platform.value, "its family is known; only a custom platform has one. Remove family."
        )
    else:
        smallest = PLATFORMS[platform].smallest_volume
        volume = given.get("volume_size", smallest)
        if isinstance(volume, int) and volume < smallest:
            raise ConfigError(f"{key}.volumeSize", volume, f"{platform.value} needs {smallest} GiB or more.")


_CUSTOM_NEEDS = {
    "ami": "ami, the image's id",
    "family": "family, which is rpm, deb or windows",
    "instance_type": "instanceType, of the image's architecture",
    "volume_size": "volumeSize, at least that of the image",
}


def _read_name(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not _NAME.fullmatch(raw):
        raise ConfigError(key, raw, "use up to 40 lower-case letters, digits and hyphens, a letter first.")
    if raw.startswith("sg-"):
        raise ConfigError(key, raw, "its security group would have this name, and EC2 refuses sg- at the start of one.")
    return raw


def _read_ami(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not _AMI.fullmatch(raw):
        raise ConfigError(key, raw, "use an image's id, for example ami-0abcdef1234567890.")
    return raw


def _read_policies(key: str, raw: object) -> Sequence[str]:
    policies = read_list(read_policy, "a list of ARNs of managed policies", key, raw)
    if len(policies) > MOST_POLICIES:
        raise ConfigError(key, f"{len(policies)} policies", f"IAM attaches up to {MOST_POLICIES} to a role.")
    names = [name_of_policy(policy) for policy in policies]
    for index, policy in enumerate(policies):
        if names[index] in names[:index]:
            raise ConfigError(f"{key}[{index}]", policy, "a policy of this name is in the list already. Remove one.")
    return policies


def _read_key(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not _KEY.fullmatch(raw):
        raise ConfigError(
            key, raw, "use a key's or an alias's ARN, or an alias by its name, for example alias/volumes."
        )
    return raw


def _read_groups(key: str, raw: object) -> Sequence[str]:
    groups = read_list(read_group, "a list of ids of security groups", key, raw)
    if len(groups) > _MOST_GROUPS:
        raise ConfigError(
            key, f"{len(groups)} groups", f"EC2 gives an instance 5, and one is ours. Use {_MOST_GROUPS}."
        )
    for index, group in enumerate(groups):
        if group in groups[:index]:
            raise ConfigError(f"{key}[{index}]", group, "it is in the list already. Remove one.")
    return groups


def name_of_policy(arn: str) -> str:
    """The part of a managed policy's ARN that its owner chose, path included."""
    return arn.split(":policy/", maxsplit=1)[1]


def read_policy(key: str, raw: object) -> str:
    """Read the ARN of a managed policy.

    Raises:
        ConfigError: it is none.
    """
    if not isinstance(raw, str) or not _POLICY.fullmatch(raw):
        raise ConfigError(
            key, raw, "use a managed policy's ARN, as `aws iam list-policies --query Policies[].Arn` lists them."
        )
    return raw


READERS: Mapping[str, Reader] = {
    "name": _read_name,
    "zone": partial(read_number, ZONES),
    "platform": partial(read_choice, Platform),
    "ami": _read_ami,
    "family": partial(read_choice, Family),
    "instanceType": read_text,
    "volumeSize": partial(read_number, _VOLUME_GIB),
    "volumeType": read_type,
    "volumeIops": read_speed,
    "volumeThroughput": read_speed,
    "volumeKey": _read_key,
    "volumes": read_volumes,
    "tags": read_tags,
    "userData": read_text,
    "policies": _read_policies,
    "egress": read_egress,
    "keepInstance": read_switch,
    "securityGroups": _read_groups,
    "metadataHopLimit": partial(read_number, _HOPS),
    "associatePublicIp": read_switch,
    "terminationProtection": read_switch,
    "stopProtection": read_switch,
    "monitoring": read_switch,
    "spot": read_spot,
    "placement": read_placement,
    "cpuCredits": partial(read_choice, CpuCredits),
}
