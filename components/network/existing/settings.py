"""Which VPC of those that are there, and what this stack may do to it; the key `network`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from ipaddress import IPv4Network

from ...base.errors import ConfigError
from ...base.reading import Reader, read_choice, read_fields, read_json, read_list, read_switch, read_text
from ..routes import WAYS, Variant

# EC2's ids: 8 hexadecimal digits, since 2016 17.
_VPC_ID = re.compile(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_SUBNET_ID = re.compile(r"subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})")

EXAMPLE = "{vpc: vpc-0123456789abcdef0, subnetTags: {tier: private}}"


class EndpointSource(str, Enum):
    """Who has the interface endpoints that the VPC does not have."""

    OWN = "own"
    SHARED = "shared"


@dataclass(frozen=True, kw_only=True)
class ExistingVpc:
    """A VPC that is there.

    Attributes:
        vpc: its id; empty to find it by its tags.
        tags: which exactly one VPC must have.
        subnets: ids of the instances' subnets, at most one in each zone; an instance's zone is a number in this list.
        subnet_tags: find the subnets by their tags instead; in each zone the one with the lowest addresses is used.
        endpoints: whether what is missing is made here, or a hub's is used.
        endpoint_cidrs: where the hub's endpoints are. Nothing else is opened to them.
        endpoint_rules: whether an instance may add a rule that lets it in to the group of an endpoint that is there.

    Raises:
        ConfigError: these do not go together.
    """

    vpc: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    subnets: Sequence[str] = ()
    subnet_tags: Mapping[str, str] = field(default_factory=dict)
    endpoints: EndpointSource = EndpointSource.OWN
    endpoint_cidrs: Sequence[IPv4Network] = ()
    endpoint_rules: bool = False

    def __post_init__(self) -> None:
        """Refuse what says two things at once, or too little."""
        if bool(self.vpc) == bool(self.tags):
            raise ConfigError("network", self._said, f"name the VPC by vpc or by tags, and one of them: {EXAMPLE}.")
        if bool(self.subnets) == bool(self.subnet_tags):
            raise ConfigError(
                "network", self._said, f"name the subnets by subnets or by subnetTags, and one of them: {EXAMPLE}."
            )
        if self.is_shared and not self.endpoint_cidrs:
            raise ConfigError(
                "network.endpoints",
                self.endpoints.value,
                "say where the hub's endpoints are, for example endpointCidrs: [10.1.0.0/24]: instances connect to "
                "nothing that is not said.",
            )
        if len({*self.endpoint_cidrs}) < len(self.endpoint_cidrs):
            raise ConfigError(
                "network.endpointCidrs",
                [str(block) for block in self.endpoint_cidrs],
                "a block is in the list twice. Remove one.",
            )
        if self.endpoint_cidrs and not self.is_shared:
            raise ConfigError(
                "network.endpointCidrs",
                [str(block) for block in self.endpoint_cidrs],
                "only endpoints of a hub are at addresses of their own. Set endpoints: shared, or remove this.",
            )

    @property
    def is_shared(self) -> bool:
        """Whether a hub has the endpoints that are not here."""
        return self.endpoints is EndpointSource.SHARED

    @property
    def subnets_key(self) -> str:
        """What a person has set to say which subnets."""
        return "network.subnets" if self.subnets else "network.subnetTags"

    @property
    def vpc_key(self) -> str:
        """What a person has set to say which VPC."""
        return "network.vpc" if self.vpc else "network.tags"

    @property
    def _said(self) -> Mapping[str, object]:
        said = {"vpc": self.vpc, "tags": self.tags, "subnets": self.subnets, "subnetTags": self.subnet_tags}
        return {key: value for key, value in said.items() if value}


def read_network(key: str, raw: object) -> ExistingVpc:
    """Read the map of the key `network`.

    Raises:
        ConfigError: it names no VPC, or more than one.
    """
    return ExistingVpc(**read_fields(_READERS, f"{key}.", read_json(dict, f"a map, for example {EXAMPLE}", key, raw)))


def refuse_beside_variant(network: ExistingVpc, variant: Variant) -> None:
    """Make sure that each switch does something.

    Raises:
        ConfigError: one is for endpoints, and this variant has none.
    """
    if WAYS[variant].is_closed:
        return
    said = {"endpoints": network.is_shared and network.endpoints.value, "endpointRules": network.endpoint_rules}
    for key, value in said.items():
        if value:
            raise ConfigError(
                f"network.{key}", value, f"only privatelink uses endpoints, and variant is {variant.value}."
            )


def _read_id(pattern: re.Pattern[str], example: str, key: str, raw: object) -> str:
    if not isinstance(raw, str) or not pattern.fullmatch(raw):
        raise ConfigError(key, raw, f"this is no id. Use one like {example}.")
    return raw


def _read_tags(key: str, raw: object) -> Mapping[str, str]:
    tags = read_json(dict, "a map from tag to value, for example {tier: private}", key, raw)
    if not tags:
        raise ConfigError(key, raw, "name at least one tag.")
    return {tag: read_text(f"{key}.{tag}", value) for tag, value in tags.items()}


def read_block(key: str, raw: object) -> IPv4Network:
    """Read a block of addresses.

    Raises:
        ConfigError: it is none.
    """
    try:
        return IPv4Network(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ConfigError(key, raw, "use a block of IPv4 addresses by its first, for example 10.1.0.0/24.") from None


_read_subnet = partial(_read_id, _SUBNET_ID, "subnet-0123456789abcdef0")

_READERS: Mapping[str, Reader] = {
    "vpc": partial(_read_id, _VPC_ID, "vpc-0123456789abcdef0"),
    "tags": _read_tags,
    "subnets": partial(read_list, _read_subnet, "a list of ids, for example [subnet-0123456789abcdef0]"),
    "subnetTags": _read_tags,
    "endpoints": partial(read_choice, EndpointSource),
    "endpointCidrs": partial(read_list, read_block, "a list of blocks, for example [10.1.0.0/24]"),
    "endpointRules": read_switch,
}
