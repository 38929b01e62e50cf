"""A stack's settings: read once, and either all of them right or one message that says which is not."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components.errors import ConfigError
from components.reading import (
    Reader,
    read_choice,
    read_fields,
    read_json,
    read_list,
    read_number,
    read_switch,
    read_text,
)
from components.region import Architecture
from components.routes import Variant
from components.subnets import LARGEST_BLOCK, SMALLEST_BLOCK

_CIDR = IPv4Network("10.0.0.0/16")

# IAM takes 64 characters for a role's name, of which Pulumi's own ending takes 8; 40 are well below.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

# gp3 volumes end at 65,536 GiB; the root volume of Amazon Linux 2023 begins at 8.
_VOLUME_GIB = range(8, 65_536 + 1)

# EC2's limits for tags. We set Name ourselves, which is one of the 50.
_MOST_TAGS = 49
_LONGEST_TAG_KEY = 128
_LONGEST_TAG_VALUE = 256


@dataclass(frozen=True, kw_only=True)
class InstanceSettings:
    """One entry of the `instances` list.

    Attributes:
        name: how the stack's outputs and the instance's Name tag call it.
        zone: which of the network's zones it is in; 1 is the first.
    """

    name: str
    zone: int = 1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every key of the project, with the same default as in Pulumi.yaml, where each is described."""

    variant: Variant = Variant.PRIVATELINK
    zones: int = 2
    cidr: IPv4Network = _CIDR
    nat_per_zone: bool = False
    ec2messages: bool = False
    instances: Sequence[InstanceSettings] = (InstanceSettings(name="main"),)
    architecture: Architecture = Architecture.ARM64
    instance_type: str = "t4g.micro"
    volume_size: int = 8
    managed_instance_core: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, config: pulumi.Config) -> "Settings":
        """Read the stack's configuration.

        Raises:
            ConfigError: a key is not one of ours, or its value cannot be deployed.
        """
        # pulumi.Config gives a value for a key, but not the keys, and a misspelt one must not go unseen.
        present = {**get_config_env(), **CONFIG.get()}
        keys = [name.removeprefix(f"{config.name}:") for name in present if name.startswith(f"{config.name}:")]
        return cls.parse({key: config.require(key) for key in keys})

    @classmethod
    def parse(cls, raw: Mapping[str, str]) -> "Settings":
        """Read keys and values as Pulumi hands them over: all values are text, lists and maps are JSON.

        Raises:
            ConfigError: as for `load`.
        """
        settings = cls(**read_fields(READERS, "", raw))
        settings._refuse_contradictions()
        return settings

    def _refuse_contradictions(self) -> None:
        """A setting that would change nothing is a misunderstanding, so it is not passed over."""
        if self.nat_per_zone and self.variant is not Variant.NAT:
            raise ConfigError("natPerZone", "true", f"only nat has NAT gateways, and variant is {self.variant.value}.")
        if self.ec2messages and self.variant is not Variant.PRIVATELINK:
            raise ConfigError(
                "ec2messages", "true", f"only privatelink has endpoints, and variant is {self.variant.value}."
            )
        for index, instance in enumerate(self.instances):
            if instance.zone > self.zones:
                raise ConfigError(
                    f"instances[{index}].zone",
                    instance.zone,
                    f"zones is {self.zones}. Use a number from 1 to {self.zones}, or more zones.",
                )


def to_key(field_name: str) -> str:
    """Turn a field's name into its key: Pulumi's keys are in camel case."""
    first, *rest = field_name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _read_cidr(key: str, raw: str) -> IPv4Network:
    limits = f"AWS takes a VPC from /{LARGEST_BLOCK} to /{SMALLEST_BLOCK}"
    try:
        loose = IPv4Network(raw, strict=False)
    except ValueError:
        raise ConfigError(key, raw, f"this is no IPv4 block. Write it like 10.0.0.0/16; {limits}.") from None
    if not LARGEST_BLOCK <= loose.prefixlen <= SMALLEST_BLOCK:
        raise ConfigError(key, raw, f"{limits}; this is a /{loose.prefixlen}.")
    if str(loose) != raw:
        raise ConfigError(key, raw, f"the address must be the block's first. Did you mean {loose}?")
    return loose


def _read_tags(key: str, raw: object) -> Mapping[str, str]:
    tags: dict[str, str] = read_json(dict, "a map, for example {team: platform}", key, raw)
    if len(tags) > _MOST_TAGS:
        raise ConfigError(key, f"{len(tags)} tags", f"EC2 takes 50, and Name is ours. Use up to {_MOST_TAGS}.")
    for tag, value in tags.items():
        where = f"{key}.{tag}"
        if tag == "Name":
            raise ConfigError(where, value, "every resource gets a Name of its own. Use another key.")
        if tag.lower().startswith("aws:"):
            raise ConfigError(where, value, "keys that begin with aws: belong to AWS. Use another key.")
        if not isinstance(value, str):
            raise ConfigError(where, value, f"a tag's value is text. Put it in quotes: {json.dumps(str(value))}.")
        if not 1 <= len(tag) <= _LONGEST_TAG_KEY or len(value) > _LONGEST_TAG_VALUE:
            raise ConfigError(
                where, value, f"a key has 1 to {_LONGEST_TAG_KEY} characters, a value up to {_LONGEST_TAG_VALUE}."
            )
    return tags


def _read_instances(key: str, raw: object) -> Sequence[InstanceSettings]:
    instances = read_list(_read_instance, "a list, for example [{name: main}]", key, raw)
    names = [instance.name for instance in instances]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(f"{key}[{index}].name", name, "an instance above has this name. Give each its own.")
    return instances


def _read_instance(key: str, entry: object) -> InstanceSettings:
    if not isinstance(entry, dict) or "name" not in entry:
        raise ConfigError(
            key,
            entry,
            f"an instance is a map with a name, for example {{name: main}}. Keys are {', '.join(_INSTANCE_READERS)}.",
        )
    return InstanceSettings(**read_fields(_INSTANCE_READERS, f"{key}.", entry))


def _read_name(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not _NAME.fullmatch(raw):
        raise ConfigError(key, raw, "use up to 40 lower-case letters, digits and hyphens, a letter first.")
    if raw.startswith("sg-"):
        raise ConfigError(key, raw, "its security group would have this name, and EC2 refuses sg- at the start of one.")
    return raw


# How many zones there really are is the Region's to say (`Region.first_zones`); none has more than 6.
_ZONES = range(1, 6 + 1)

_INSTANCE_READERS: Mapping[str, Reader] = {
    "name": _read_name,
    "zone": partial(read_number, _ZONES),
}

READERS: Mapping[str, Reader] = {
    "variant": partial(read_choice, Variant),
    "zones": partial(read_number, _ZONES),
    "cidr": _read_cidr,
    "natPerZone": read_switch,
    "ec2messages": read_switch,
    "instances": _read_instances,
    "architecture": partial(read_choice, Architecture),
    "instanceType": read_text,
    "volumeSize": partial(read_number, _VOLUME_GIB),
    "managedInstanceCore": read_switch,
    "tags": _read_tags,
}
