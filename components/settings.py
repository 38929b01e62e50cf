"""A stack's settings: read once, and either all of them right or one message that says which is not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret

from components.base.errors import SECRET, ConfigError
from components.base.reading import Reader, is_number, read_choice, read_fields, read_list, read_switch, read_text
from components.base.region import up_to
from components.base.tags import MOST_TAGS, read_tags, stack_tag
from components.instance.egress import ANYWHERE, Egress, first_tcp, read_egress, require_useful
from components.instance.platforms import Family
from components.instance.rights import require_parameter
from components.instance.settings import MOST_POLICIES, ZONES, InstanceSettings, read_instances, read_policy
from components.network.existing.settings import ExistingVpc, read_network, refuse_beside_variant
from components.network.gateway_policy import require_buckets
from components.network.routes import WAYS, Variant
from components.network.subnets import LARGEST_BLOCK, SMALLEST_BLOCK
from components.operators.settings import LINUX_USER, OperatorSettings, read_operators
from components.sessions.planned_needs import planned_needs
from components.sessions.settings import DocumentMode, SessionSettings, read_sessions

_CIDR = IPv4Network("10.0.0.0/16")


# Preferences hold for a whole account, and other instances of it have no such file. linux.sh writes it.
_READ_SESSION_PROFILE = "[ ! -r /etc/ssm-only/session-profile ] || . /etc/ssm-only/session-profile"


# Keys whose text reaches AWS in a property of its own, which Pulumi then keeps encrypted: user data, the Session
# document, policies. Anything else is a part of names, tags and rules, which stand in a state as they are.
KEPT_SECRET = ("instances", "sessionProfile", "sessions", "operators")


class DefaultHost(str, Enum):
    """What a stack does with Default Host Management Configuration, which an account has once in each Region."""

    OFF = "off"
    USE = "use"
    CREATE = "create"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every key of the project, with the same default as in Pulumi.yaml, where each is described.

    Attributes:
        secrets: the keys of which at least a part is set with `pulumi config set --secret`.
    """

    variant: Variant = Variant.PRIVATELINK
    network: ExistingVpc | None = None
    zones: int | Sequence[str] = 2
    cidr: IPv4Network = _CIDR
    nat_per_zone: bool = False
    ec2messages: bool = False
    buckets: Sequence[str] = ()
    egress: Sequence[Egress] = ()
    instances: Sequence[InstanceSettings] = (InstanceSettings(name="main"),)
    replace_on_new_image: bool = False
    replace_on_user_data: bool = False
    run_command: bool = False
    patching: bool = False
    agent_update: bool = False
    parameter_paths: Sequence[str] = ()
    managed_instance_core: bool = False
    default_host_management: DefaultHost = DefaultHost.OFF
    permissions_boundary: str = ""
    boot_report: bool = False
    ssm_user_sudo: bool = True
    run_as_users: Sequence[str] = ()
    session_profile: str = ""
    sessions: SessionSettings | None = None
    operators: OperatorSettings | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    @property
    def has_secret_user_data(self) -> bool:
        """Whether user data holds what is secret."""
        return bool({"instances", "sessionProfile"} & self.secrets)

    @property
    def zone_count(self) -> int:
        """How many zones the network uses."""
        return self.zones if isinstance(self.zones, int) else len(self.zones)

    @property
    def all_tags(self) -> Mapping[str, str]:
        """Those of `tags`, and the one by which all that belongs to this stack is found."""
        return {**self.tags, **stack_tag()}

    def egress_of(self, instance: InstanceSettings) -> Sequence[Egress]:
        """All ways out of an instance beside the one to Systems Manager; its own come first."""
        return (*instance.egress, *self.egress)

    @property
    def preferences(self) -> SessionSettings | None:
        """Those of `sessions`; without a Linux profile of their own they read the one that is on the instances."""
        sessions = self.sessions
        if sessions is None or sessions.document is DocumentMode.SKIP:
            return sessions
        if sessions.shell_profile.linux or not self.session_profile:
            return sessions
        return replace(sessions, shell_profile=replace(sessions.shell_profile, linux=_READ_SESSION_PROFILE))

    @classmethod
    def load(cls, config: pulumi.Config) -> "Settings":
        """Read the stack's configuration.

        Raises:
            ConfigError: a key is not one of ours, or its value cannot be deployed.
        """
        # pulumi.Config gives a value for a key, but not the keys, and a misspelt one must not go unseen.
        present = {**get_config_env(), **CONFIG.get()}
        keys = [name.removeprefix(f"{config.name}:") for name in present if name.startswith(f"{config.name}:")]
        secrets = frozenset(key for key in keys if is_config_secret(config.full_key(key)))
        for key in secrets.difference(KEPT_SECRET):
            raise ConfigError(
                key,
                SECRET,
                "it is set with --secret, and would stand in the state as plain text all the same. Set it without; of "
                f"this project's keys {', '.join(KEPT_SECRET)} can be secret.",
            )
        try:
            return replace(cls.parse({key: config.require(key) for key in keys}), secrets=secrets)
        except ConfigError as error:
            if secrets.isdisjoint(re.findall(r"^\w+", error.key)):
                raise
            raise ConfigError(error.key, SECRET, error.advice) from None

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
        if self.network is not None:
            self._refuse_beside_network(self.network)
        if self.nat_per_zone and self.variant is not Variant.NAT:
            raise ConfigError("natPerZone", "true", f"only nat has NAT gateways, and variant is {self.variant.value}.")
        if self.buckets and self.variant is not Variant.PRIVATELINK:
            raise ConfigError(
                "buckets", self.buckets, f"only privatelink has endpoints, and variant is {self.variant.value}."
            )
        if self.default_host_management is not DefaultHost.OFF:
            self._refuse_beside_default_host_management()
        if {instance.family for instance in self.instances} == {Family.WINDOWS}:
            self._refuse_without_linux()
        for index, instance in enumerate(self.instances):
            self._refuse_in(f"instances[{index}]", instance)
        self._refuse_remote_hosts_out_of_reach()

    def _refuse_beside_network(self, network: ExistingVpc) -> None:
        """What says how a VPC is made says nothing of one that is there."""
        made = {"zones": self.zones, "cidr": str(self.cidr), "natPerZone": self.nat_per_zone}
        defaults = {"zones": Settings.zones, "cidr": str(Settings.cidr), "natPerZone": Settings.nat_per_zone}
        for key, value in made.items():
            if value != defaults[key]:
                raise ConfigError(
                    key, value, "network names a VPC that is there, of which this says nothing. Remove it."
                )
        refuse_beside_variant(network, self.variant)

    def _refuse_beside_default_host_management(self) -> None:
        own = {
            "managedInstanceCore": self.managed_instance_core,
            "runCommand": self.run_command,
            "patching": self.patching,
            "agentUpdate": self.agent_update,
        }
        for key, is_set in own.items():
            if is_set:
                raise ConfigError(
                    key,
                    "true",
                    "the agent works with the role of Default Host Management, not with the instance's. "
                    "Set one of the two.",
                )
        if self.default_host_management is DefaultHost.USE and not planned_needs(self.sessions).is_empty:
            raise ConfigError(
                "defaultHostManagement",
                "use",
                "the account's role would have to write the logs of sessions and use their key, and is not this "
                "stack's to change. Use create or off, or sessions without s3, cloudwatch and key.",
            )

    def _refuse_without_linux(self) -> None:
        of_linux = {
            "ssmUserSudo": None if self.ssm_user_sudo else "false",
            "runAsUsers": self.run_as_users,
            "sessionProfile": self.session_profile,
        }
        for key, value in of_linux.items():
            if value:
                raise ConfigError(key, value, "only Linux has it, and this stack has no Linux instance. Remove it.")

    def _refuse_in(self, key: str, instance: InstanceSettings) -> None:
        tags = len({**self.tags, **instance.tags})
        if tags > MOST_TAGS:
            raise ConfigError(f"{key}.tags", f"{tags} tags", f"that is with those of the stack. Use up to {MOST_TAGS}.")
        if len(instance.policies) + self.managed_instance_core > MOST_POLICIES:
            raise ConfigError(
                f"{key}.policies",
                f"{len(instance.policies)} policies",
                f"managedInstanceCore is one more, and IAM attaches up to {MOST_POLICIES} to a role.",
            )
        if self.network is None and instance.zone > self.zone_count:
            raise ConfigError(
                f"{key}.zone",
                instance.zone,
                f"the network has {self.zone_count} of them (zones). Use {up_to(self.zone_count)}, or more zones.",
            )
        entries = {f"egress[{n}]": entry for n, entry in enumerate(self.egress)}
        entries |= {f"{key}.egress[{n}]": entry for n, entry in enumerate(instance.egress)}
        require_useful(entries, inside=self._inside)

    @property
    def _inside(self) -> IPv4Network | None:
        """Where the ways out of a closed network may lead: in a VPC that is there, wherever its own routes do."""
        if not WAYS[self.variant].is_closed:
            return None
        return self.cidr if self.network is None else ANYWHERE

    def _refuse_remote_hosts_out_of_reach(self) -> None:
        """Of instances that have other tags, other stacks know what they reach."""
        if self.operators is None or not self.operators.remote_hosts or self.operators.tags is not None:
            return
        if not any(first_tcp(self.egress_of(instance)) for instance in self.instances):
            raise ConfigError(
                "operators.remoteHosts",
                "true",
                "the instances may connect to no port of another host. Say to which, for example "
                f"ssm-only:egress: [{{port: 5432, to: {self.cidr}, why: database}}].",
            )


def to_key(field_name: str) -> str:
    """Turn a field's name into its key: Pulumi's keys are in camel case."""
    first, *rest = field_name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _read_zones(key: str, raw: object) -> int | Sequence[str]:
    if isinstance(raw, str) and not raw.lstrip().startswith("["):
        if is_number(raw) and int(raw) in ZONES:
            return int(raw)
        raise ConfigError(key, raw, f"use a whole number from {ZONES.start} to {ZONES.stop - 1}, or a list of zones.")
    zones = read_list(read_text, "a number, or a list of zones, for example [us-east-1a, use1-az4]", key, raw)
    if len(zones) not in ZONES:
        raise ConfigError(key, raw, f"use {ZONES.start} to {ZONES.stop - 1} of them.")
    return zones


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


def _read_buckets(key: str, raw: object) -> Sequence[str]:
    buckets = read_list(read_text, "a list of names of buckets", key, raw)
    require_buckets(buckets)
    return buckets


def _read_parameter(key: str, raw: object) -> str:
    name = read_text(key, raw)
    require_parameter(key, name)
    return name


def _read_user(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not LINUX_USER.fullmatch(raw):
        raise ConfigError(
            key, raw, "use a Linux user's name: up to 32 lower-case letters, digits, _ and -, a letter first."
        )
    return raw


def _read_optional_policy(key: str, raw: str) -> str:
    return raw and read_policy(key, raw)


def _read_optional(reader: Reader, key: str, raw: object) -> Any:  # noqa: ANN401 - it is whatever the reader gives
    """Nothing in the map is nothing to make: Pulumi.yaml has to have a default."""
    return None if raw == "{}" else reader(key, raw)


def _read_lines(key: str, raw: str) -> str:
    if "\0" in raw:
        raise ConfigError(key, raw, "a shell's text cannot hold NUL. Remove it.")
    return raw


READERS: Mapping[str, Reader] = {
    "variant": partial(read_choice, Variant),
    "network": partial(_read_optional, read_network),
    "zones": _read_zones,
    "cidr": _read_cidr,
    "natPerZone": read_switch,
    "ec2messages": read_switch,
    "buckets": _read_buckets,
    "egress": read_egress,
    "instances": read_instances,
    "replaceOnNewImage": read_switch,
    "replaceOnUserData": read_switch,
    "runCommand": read_switch,
    "patching": read_switch,
    "agentUpdate": read_switch,
    "parameterPaths": partial(read_list, _read_parameter, "a list of paths, for example [/shop/web]"),
    "managedInstanceCore": read_switch,
    "defaultHostManagement": partial(read_choice, DefaultHost),
    "permissionsBoundary": _read_optional_policy,
    "bootReport": read_switch,
    "ssmUserSudo": read_switch,
    "runAsUsers": partial(read_list, _read_user, "a list of names of users"),
    "sessionProfile": _read_lines,
    "sessions": partial(_read_optional, read_sessions),
    "operators": partial(_read_optional, read_operators),
    "tags": read_tags,
}
