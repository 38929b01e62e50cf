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

from .base.errors import SECRET, ConfigError
from .base.reading import (
    Reader,
    is_number,
    read_choice,
    read_fields,
    read_list,
    read_number,
    read_switch,
    read_text,
)
from .base.region import up_to
from .base.tags import MOST_TAGS, read_tags, stack_tag
from .commands.settings import CommandSettings, read_commands, require_targets
from .instance.egress import (
    ANYWHERE,
    HTTPS,
    Egress,
    Protocol,
    first_tcp,
    read_egress,
    require_reachable,
    require_useful,
    with_more,
)
from .instance.fleet_settings import FleetSettings, read_fleets
from .instance.platforms import Family
from .instance.proxy import Proxy, read_proxy
from .instance.rights import require_parameter
from .instance.settings import MOST_POLICIES, ZONES, InstanceSettings, read_instances, read_policy
from .network.endpoint_settings import read_accounts, read_endpoints, read_other_vpcs, read_vpcs
from .network.existing.settings import ExistingVpc, read_network, refuse_beside_variant
from .network.flow_logs import FlowLogs, read_flow_logs
from .network.gateway_policy import require_buckets
from .network.hub import require_other_vpcs
from .network.routes import WAYS, Tier, Variant
from .network.subnets import LARGEST_BLOCK, SMALLEST_BLOCK
from .operators.settings import LINUX_USER, OperatorSettings, read_operators
from .sessions.planned_needs import planned_needs
from .sessions.settings import DocumentMode, SessionSettings, read_sessions

_CIDR = IPv4Network("10.0.0.0/16")
# A month's limit; 0 is none. No network of a stack comes near the other end.
_DOLLARS = range(1_000_000)
_NAT_INSTANCE_TYPE = "t4g.nano"


# Preferences hold for a whole account, and other instances of it have no such file. linux.sh writes it.
_READ_SESSION_PROFILE = "[ ! -r /etc/ssm-only/session-profile ] || . /etc/ssm-only/session-profile"


# Keys whose text reaches AWS in a property of its own, which Pulumi then keeps encrypted: user data, documents,
# policies. Anything else is a part of names, tags and rules, which stand in a state as they are.
KEPT_SECRET = ("instances", "fleets", "commands", "sessionProfile", "sessions", "operators")


# What says how a VPC of the stack's own is made.
_OF_OWN_NETWORK = (
    "zones",
    "cidr",
    "dual_stack",
    "nat_per_zone",
    "nat_kind",
    "nat_instance_type",
    "network_acls",
    "flow_logs",
    "instance_connect",
    "public_access_exclusion",
)


class DefaultHost(str, Enum):
    """What a stack does with Default Host Management Configuration, which an account has once in each Region."""

    OFF = "off"
    USE = "use"
    CREATE = "create"


class NatKind(str, Enum):
    """What does NAT for private subnets."""

    GATEWAY = "gateway"
    INSTANCE = "instance"


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
    dual_stack: bool = False
    nat_per_zone: bool = False
    nat_kind: NatKind = NatKind.GATEWAY
    nat_instance_type: str = _NAT_INSTANCE_TYPE
    ec2messages: bool = False
    fips: bool = False
    endpoints: Sequence[str] = ()
    endpoint_accounts: Sequence[str] = ()
    share_endpoints: Sequence[IPv4Network] = ()
    spoke_vpcs: Sequence[str] = ()
    buckets: Sequence[str] = ()
    network_acls: bool = False
    flow_logs: FlowLogs | None = None
    instance_connect: bool = False
    public_access_exclusion: bool = False
    egress: Sequence[Egress] = ()
    proxy: Proxy | None = None
    instances: Sequence[InstanceSettings] = (InstanceSettings(name="main"),)
    commands: Sequence[CommandSettings] = ()
    fleets: Sequence[FleetSettings] = ()
    replace_on_new_image: bool = False
    replace_on_user_data: bool = False
    wait_for_agent: int = 0
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
    monthly_limit: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    @property
    def has_secret_user_data(self) -> bool:
        """Whether user data holds what is secret."""
        return bool({"instances", "fleets", "sessionProfile"} & self.secrets)

    @property
    def machines(self) -> Mapping[str, InstanceSettings]:
        """What is said of each instance, and of those of each fleet, by the key that says it."""
        fleets = {f"fleets[{index}]": fleet.instance for index, fleet in enumerate(self.fleets)}
        return {**{f"instances[{index}]": one for index, one in enumerate(self.instances)}, **fleets}

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
        own = (*instance.egress, *self.egress)
        return with_more(own, [*self.named_ways.values()], is_closed=WAYS[self.variant].is_closed)

    @property
    def named_ways(self) -> Mapping[str, Egress]:
        """Those that other keys than `egress` open, by the key that an error names."""
        hosts = self.operators.named_hosts if self.operators else ()
        ways = {
            f"operators.remoteHosts[{index}].to": Egress(port=one.port, to=one.to, why=one.why)
            for index, one in enumerate(hosts)
        }
        return {**ways, "proxy.https": self.proxy.way} if self.proxy and self.proxy.way else ways

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
        self._refuse_around_endpoints()
        if self.nat_kind is NatKind.INSTANCE and self.variant is not Variant.NAT:
            raise ConfigError("natKind", "instance", f"only nat has NAT, and variant is {self.variant.value}.")
        if self.nat_instance_type != _NAT_INSTANCE_TYPE and self.nat_kind is NatKind.GATEWAY:
            raise ConfigError(
                "natInstanceType", self.nat_instance_type, "a NAT gateway has none. Set natKind: instance."
            )
        if self.public_access_exclusion and WAYS[self.variant].is_closed:
            raise ConfigError(
                "publicAccessExclusion",
                "true",
                f"no packet of {self.variant.value} passes a gateway that could be blocked. Remove it, or use igw or "
                "nat.",
            )
        if self.default_host_management is not DefaultHost.OFF:
            self._refuse_beside_default_host_management()
        if {instance.family for instance in self.machines.values()} == {Family.WINDOWS}:
            self._refuse_without_linux()
        for key, instance in self.machines.items():
            self._refuse_in(key, instance)
        for key, way in self.named_ways.items():
            require_reachable(key, way.to, inside=self._inside)
        self._refuse_in_fleets()
        self._refuse_remote_hosts_out_of_reach()
        self._refuse_proxy_out_of_reach()
        self._refuse_instance_connect_without_endpoint()
        require_targets(
            self.commands,
            {one.name: one.family is Family.WINDOWS for one in self.instances},
            [fleet.name for fleet in self.fleets],
        )

    def _refuse_around_endpoints(self) -> None:
        of_endpoints = {
            "endpoints": self.endpoints,
            "endpointAccounts": self.endpoint_accounts,
            "shareEndpoints": self.share_endpoints,
            "buckets": self.buckets,
        }
        for key, value in of_endpoints.items():
            if value and self.variant is not Variant.PRIVATELINK:
                raise ConfigError(key, value, f"only privatelink has endpoints, and variant is {self.variant.value}.")
        if self.network is None:
            require_other_vpcs("shareEndpoints", self.share_endpoints, self.cidr)
        if self.share_endpoints and self.network_acls:
            raise ConfigError(
                "networkAcls",
                "true",
                "its ACLs let the VPC's own addresses in to the endpoints, and shareEndpoints names others. Use one of "
                "the two.",
            )
        if self.fips and self.dual_stack:
            raise ConfigError(
                "fips",
                "true",
                "the agent goes by FIPS endpoints or by names with IPv6 (dualStack). Use one of the two.",
            )
        if self.network_acls and self.dual_stack and WAYS[self.variant].is_closed:
            raise ConfigError(
                "networkAcls",
                "true",
                "with dualStack the endpoints of privatelink answer at IPv6 addresses, which are known only once there "
                "is a VPC. Use one of the two.",
            )
        if self.endpoint_accounts and self.network is not None and self.network.is_shared:
            raise ConfigError(
                "endpointAccounts",
                self.endpoint_accounts,
                "network.endpoints is shared: the endpoints are the hub's, whose stack names the accounts. Remove it.",
            )
        if self.share_endpoints and self.network is not None and self.network.is_shared:
            raise ConfigError(
                "shareEndpoints",
                self.share_endpoints,
                "network.endpoints is shared: this VPC has a hub, and is none. Use one of the two.",
            )
        if self.spoke_vpcs and not self.share_endpoints:
            raise ConfigError(
                "spokeVpcs",
                self.spoke_vpcs,
                "the endpoints serve this network alone. Say in shareEndpoints which addresses those VPCs have.",
            )

    def _refuse_beside_network(self, network: ExistingVpc) -> None:
        """What says how a VPC is made says nothing of one that is there."""
        for field_name in _OF_OWN_NETWORK:
            value = getattr(self, field_name)
            if value != getattr(Settings, field_name):
                shown = str(value) if isinstance(value, IPv4Network) else value
                raise ConfigError(
                    to_key(field_name),
                    shown,
                    "network names a VPC that is there, of which this says nothing. Remove it.",
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
        if self.fips and instance.family is Family.WINDOWS:
            raise ConfigError(
                "fips",
                "true",
                f"{key} is Windows, whose agent is told of no endpoints here. Put amazon-ssm-agent.json into an image "
                "of your own, in a stack without fips.",
            )
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
        require_useful(entries, inside=self._inside, dual_stack=self.dual_stack)
        self._refuse_address(f"{key}.associatePublicIp", instance.associate_public_ip)

    @property
    def _inside(self) -> IPv4Network | None:
        """Where the ways out of a closed network may lead: in a VPC that is there, wherever its own routes do."""
        if not WAYS[self.variant].is_closed:
            return None
        return self.cidr if self.network is None else ANYWHERE

    def _refuse_address(self, key: str, is_wanted: bool | None) -> None:  # noqa: FBT001 - None is a third value
        is_public = WAYS[self.variant].instances is Tier.PUBLIC
        if is_wanted and not is_public:
            raise ConfigError(
                key,
                value=True,
                advice=f"only in igw a route leads back to a public address, and variant is {self.variant.value}.",
            )
        if is_wanted is False and is_public and self.proxy is None:
            raise ConfigError(
                key,
                value=False,
                advice="without one, or a proxy, nothing leads from an instance of igw to Systems Manager. Remove it.",
            )

    def _refuse_in_fleets(self) -> None:
        taken = {instance.name for instance in self.instances}
        for index, fleet in enumerate(self.fleets):
            if fleet.name in taken:
                raise ConfigError(
                    f"fleets[{index}].name",
                    fleet.name,
                    "an instance or a fleet above has this name. Give each its own.",
                )
            taken.add(fleet.name)
            beyond = [zone > self.zone_count for zone in fleet.scaling.zones]
            if any(beyond) and self.network is None:
                position = beyond.index(True)
                raise ConfigError(
                    f"fleets[{index}].zones[{position}]",
                    fleet.scaling.zones[position],
                    f"the network has {self.zone_count} of them (zones). Use {up_to(self.zone_count)}, or more zones.",
                )
        if self.wait_for_agent and self.fleets and not self.instances:
            raise ConfigError(
                "waitForAgent",
                self.wait_for_agent,
                "a fleet's group starts and ends its instances by itself, and this stack has no other. Remove it: "
                "`python -m doctor` waits for them.",
            )
        if self.replace_on_user_data and self.fleets and not self.instances:
            raise ConfigError(
                "replaceOnUserData",
                "true",
                "it is of instances, and this stack has fleets alone. Remove it: a fleet with refresh: true replaces "
                "its instances when their user data changes.",
            )
        if self.boot_report and self.fleets and not self.instances:
            raise ConfigError(
                "bootReport",
                "true",
                "the instances of a fleet come and go and have no parameter of their own, and this stack has no other. "
                "Remove it: each says its result on its console.",
            )

    def _refuse_remote_hosts_out_of_reach(self) -> None:
        """Of instances that have other tags, other stacks know what they reach."""
        if self.operators is None or self.operators.remote_hosts is not True or self.operators.tags is not None:
            return
        if not any(first_tcp(self.egress_of(instance)) for instance in self.machines.values()):
            raise ConfigError(
                "operators.remoteHosts",
                "true",
                "the instances may connect to no port of another host. Say to which, for example "
                f"ssm-only:egress: [{{port: 5432, to: {self.cidr}, why: database}}].",
            )

    def _refuse_instance_connect_without_endpoint(self) -> None:
        if self.operators is None or not self.operators.instance_connect:
            return
        if not self.instance_connect:
            raise ConfigError(
                "operators.instanceConnect",
                "true",
                "the network has no EC2 Instance Connect Endpoint. Set ssm-only:instanceConnect to true, or remove it.",
            )
        if not self.operators.ssh_users and {one.family for one in self.machines.values()} != {Family.WINDOWS}:
            raise ConfigError(
                "operators.sshUsers",
                [],
                "instanceConnect is true, and Linux instances ask for a key. Name the user for whom EC2 Instance "
                "Connect brings it, for example [ec2-user].",
            )

    def _refuse_proxy_out_of_reach(self) -> None:
        """Where a proxy is that is called by a name, no rule can say."""
        if self.proxy is None or self.proxy.way is not None:
            return
        port, anyway = self.proxy.port, set() if WAYS[self.variant].is_closed else {HTTPS}
        for instance in self.machines.values():
            opened = {way.port for way in self.egress_of(instance) if way.protocol is Protocol.TCP}
            if port not in opened | anyway:
                raise ConfigError(
                    "proxy.https",
                    self.proxy.https,
                    f"{instance.name} may connect to no port {port}. Use the proxy's address, or say where its name "
                    f"leads, as in ssm-only:egress: [{{port: {port}, to: {self.cidr}, why: proxy}}].",
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
    "dualStack": read_switch,
    "natPerZone": read_switch,
    "natKind": partial(read_choice, NatKind),
    "natInstanceType": read_text,
    "ec2messages": read_switch,
    "fips": read_switch,
    "endpoints": read_endpoints,
    "endpointAccounts": read_accounts,
    "shareEndpoints": read_other_vpcs,
    "spokeVpcs": read_vpcs,
    "buckets": _read_buckets,
    "networkAcls": read_switch,
    "flowLogs": partial(_read_optional, read_flow_logs),
    "instanceConnect": read_switch,
    "publicAccessExclusion": read_switch,
    "egress": read_egress,
    "proxy": partial(_read_optional, read_proxy),
    "instances": read_instances,
    "commands": read_commands,
    "fleets": read_fleets,
    "replaceOnNewImage": read_switch,
    "replaceOnUserData": read_switch,
    "waitForAgent": partial(read_number, range(60 + 1)),
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
    "monthlyLimit": partial(read_number, _DOLLARS),
    "tags": read_tags,
}
