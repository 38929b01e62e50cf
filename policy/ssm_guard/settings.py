"""What a team may set about `no-world-ssh`: the keys, their defaults, and the check of what it wrote.

The engine checks a configuration against the schema and fills in nothing, so the defaults live here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_policy import PolicyConfigSchema

from ssm_guard.config_error import ConfigError
from ssm_guard.exemptions import EXEMPTIONS_SCHEMA, Exemption, parse_exemptions
from ssm_guard.opening import Kind
from ssm_guard.readers import CLOUDS, cloud_of

if TYPE_CHECKING:
    from collections.abc import Mapping

FAMILIES = {"ipv4": 4, "ipv6": 6}

# On by default: what is a door to the world by itself. Off: what is a second lock, or a product that is meant to be
# public; README.md says which is which.
SWITCHES: Mapping[Kind, tuple[bool, str]] = {
    Kind.BEANSTALK_DEFAULT_GROUP: (True, "Elastic Beanstalk's default security group, opened by an EC2KeyName."),
    Kind.EMR_PUBLIC_ACCESS: (False, "EMR's guard against public security groups, switched off or sparing the port."),
    Kind.GLOBAL_ACCELERATOR: (True, "Global Accelerator listeners and endpoints on the port."),
    Kind.LOAD_BALANCER: (True, "Public load balancers that listen on the port or forward to it."),
    Kind.NETWORK_ACL: (True, "Network ACL entries that name tcp and hold the port."),
    Kind.NETWORK_ACL_ALLOW_ALL: (False, "Network ACL entries for every protocol, as in AWS's default network ACL."),
    Kind.PREFIX_LIST: (False, "Managed prefix lists that hold the world, whether or not a rule names them."),
    Kind.TRANSFER_SERVER: (False, "Transfer Family servers that serve SFTP on a public endpoint."),
}

SCHEMA = PolicyConfigSchema(
    properties={
        "ports": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 65535},
            "minItems": 1,
            "default": [22],
            "description": "The TCP ports that stay closed to the world.",
        },
        "families": {
            "type": "array",
            "items": {"type": "string", "enum": list(FAMILIES)},
            "minItems": 1,
            "default": list(FAMILIES),
            "description": "The address families that are judged.",
        },
        "worldPrefixIpv4": {
            "type": "integer",
            "minimum": 0,
            "maximum": 32,
            "default": 0,
            "description": "An IPv4 network with a prefix of this length or shorter counts as the world.",
        },
        "worldPrefixIpv6": {
            "type": "integer",
            "minimum": 0,
            "maximum": 128,
            "default": 0,
            "description": "The same for IPv6; 2000::/3, all of public IPv6, always counts as the world.",
        },
        **{
            kind.value: {"type": "boolean", "default": default, "description": description}
            for kind, (default, description) in SWITCHES.items()
        },
        "clouds": {
            "type": "array",
            "items": {"type": "string", "enum": [cloud.name for cloud in CLOUDS]},
            "minItems": 1,
            "default": [cloud.name for cloud in CLOUDS],
            "description": "The clouds whose resources are judged.",
        },
        "exemptions": EXEMPTIONS_SCHEMA,
    }
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The limits that openings are judged by.

    A network counts as the world when its prefix is no longer than the limit of its family.
    """

    ports: tuple[int, ...] = (22,)
    families: frozenset[int] = frozenset(FAMILIES.values())
    world_prefix_ipv4: int = 0
    world_prefix_ipv6: int = 0
    kinds: frozenset[Kind] = frozenset({Kind.RULE, *(kind for kind, (default, _) in SWITCHES.items() if default)})
    clouds: frozenset[str] = frozenset(cloud.name for cloud in CLOUDS)
    exemptions: tuple[Exemption, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    def judges(self, token: str) -> bool:
        """Whether the cloud of a type is one that is judged."""
        return cloud_of(token).name in self.clouds


# What every policy takes, and what `opaque-ingress` does.
EXEMPTIONS_ONLY = PolicyConfigSchema(properties={"exemptions": EXEMPTIONS_SCHEMA})
OPAQUE_SCHEMA = PolicyConfigSchema(
    properties={key: SCHEMA.properties[key] for key in ("ports", "clouds", "exemptions")}
)
# What the policies on Session Manager take: instances may be meant that no profile marks.
TAGS_SCHEMA = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "default": {},
    "description": "Tags of instances that have to answer, beside those whose role may register; * is wild.",
}
REACHABLE_SCHEMA = PolicyConfigSchema(properties={"tags": TAGS_SCHEMA, "exemptions": EXEMPTIONS_SCHEMA})


def parse_settings(config: Mapping[str, Any], schema: PolicyConfigSchema = SCHEMA) -> Settings:
    """The settings that a configuration asks for, of the keys that a policy takes.

    Raises:
        ConfigError: for the first wrong key or value, with the choices.
    """
    for key in config:
        if key not in schema.properties:
            raise ConfigError(
                f"{key!r}, set to {config[key]!r}, is no setting of this policy; "
                f"use one of {', '.join(sorted(schema.properties))}."
            )
    given = {key: config.get(key, schema["default"]) for key, schema in SCHEMA.properties.items()}
    for kind in SWITCHES:
        if not isinstance(given[kind.value], bool):
            raise ConfigError(f"{kind.value} is {given[kind.value]!r}; use true or false.")
    return Settings(
        ports=tuple(_whole("ports", port, 65535) for port in _list("ports", given["ports"])),
        families=frozenset(_family(name) for name in _list("families", given["families"])),
        world_prefix_ipv4=_whole("worldPrefixIpv4", given["worldPrefixIpv4"], 32),
        world_prefix_ipv6=_whole("worldPrefixIpv6", given["worldPrefixIpv6"], 128),
        kinds=frozenset({Kind.RULE, *(kind for kind in SWITCHES if given[kind.value])}),
        clouds=frozenset(_cloud(name) for name in _list("clouds", given["clouds"])),
        exemptions=parse_exemptions(given["exemptions"]),
        tags=_tags(config.get("tags", {})),
    )


def settings_or_defaults(config: Mapping[str, object], schema: PolicyConfigSchema = SCHEMA) -> Settings:
    """The settings asked for; the defaults, which are strict, where the configuration is wrong."""
    if not config:
        return _DEFAULTS  # asked for at every resource
    try:
        return parse_settings(config, schema)
    except ConfigError:
        return _DEFAULTS


_DEFAULTS = Settings()


def _list(key: str, value: object) -> list[object]:
    if not isinstance(value, list) or not value:
        raise ConfigError(f"{key} is {value!r}; use a list with at least one item.")
    return value


def _whole(key: str, value: object, highest: int) -> int:
    # The engine sends every number as a float.
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(highest + 1):
        raise ConfigError(f"{key} has {value!r}; use a whole number from 0 to {highest}.")
    return int(value)


def _tags(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ConfigError(f'tags is {value!r}; use an object with a text for each tag, such as {{"team": "web"}}.')
    return value


def _cloud(name: object) -> str:
    names = [cloud.name for cloud in CLOUDS]
    if not isinstance(name, str) or name not in names:
        raise ConfigError(f"clouds has {name!r}; use one of {', '.join(names)}.")
    return name


def _family(name: object) -> int:
    if not isinstance(name, str) or name not in FAMILIES:
        raise ConfigError(f"families has {name!r}; use one of {', '.join(FAMILIES)}.")
    return FAMILIES[name]
