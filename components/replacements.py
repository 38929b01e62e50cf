"""Which settings make other instances of those that are there, whose disks end with them: said before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.base.errors import NAMESPACE, ConfigError, show
from components.base.state import Left, left_of
from components.network.routes import WAYS, Tier
from components.settings import Settings

_VPC = "aws:ec2/vpc:Vpc"
_SUBNET = "aws:ec2/subnet:Subnet"
_INSTANCE = "aws:ec2/instance:Instance"
_NETWORK = "ssm-only:components:SsmNetwork"
_OWNER = "ssm-only:components:SsmInstance"


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A setting that makes other instances.

    Attributes:
        key: of it.
        value: that it has now.
        why: AWS cannot change what is there.
        back: the value that would leave everything as it is.
    """

    key: str
    value: str
    why: str
    back: str


def tell_replacements(settings: Settings) -> None:
    """Warn of every instance that goes.

    Raises:
        ConfigError: one of them is to be kept.
    """
    left = left_of(_VPC, _SUBNET, _INSTANCE)
    there = {one.outputs.get("tags", {}).get("Name") for one in left if one.type == _INSTANCE and one.is_in(_OWNER)}
    going = [wanted.name for wanted in settings.instances if wanted.name in there]
    kept = [wanted.name for wanted in settings.instances if wanted.name in there and wanted.keep_instance]
    for change in plan_replacements(settings, [one for one in left if one.is_in(_NETWORK)]) if going else ():
        whose = f"{', '.join(going)}: made anew, and what is on the disks is lost, since {change.why}."
        if kept:
            advice = f"keepInstance of {', '.join(kept)} refuses it. Set {change.key} back to {change.back}."
            raise ConfigError(change.key, change.value, f"{whose} {advice}")
        pulumi.log.warn(f"{NAMESPACE}:{change.key} is {show(change.value)}: {whose} Save it first, or set it back.")


def plan_replacements(settings: Settings, network: Sequence[Left]) -> Sequence[Replacement]:
    """What the settings change of a network that is there, and no instance outlives."""
    return [*_of_cidr(settings, network), *_of_variant(settings, network)]


def _of_cidr(settings: Settings, network: Sequence[Left]) -> Sequence[Replacement]:
    blocks = {one.outputs.get("cidrBlock") for one in network if one.type == _VPC} - {None, str(settings.cidr)}
    return [
        Replacement(key="cidr", value=str(settings.cidr), why=f"a VPC keeps its block, {block}", back=str(block))
        for block in blocks
    ]


def _of_variant(settings: Settings, network: Sequence[Left]) -> Sequence[Replacement]:
    names = [one.name for one in network if one.type == _SUBNET]
    tiers = {tier for tier in Tier if any(f"-{tier.value}-" in name for name in names)}
    was = Tier.PRIVATE if Tier.PRIVATE in tiers else Tier.PUBLIC
    if not tiers or was is WAYS[settings.variant].instances:
        return []
    back = _VARIANTS[was]
    why = "igw has its instances in public subnets and the others in private ones, and an instance keeps its subnet"
    return [Replacement(key="variant", value=settings.variant.value, why=why, back=back)]


_VARIANTS: Mapping[Tier, str] = {Tier.PUBLIC: "igw", Tier.PRIVATE: "nat or privatelink"}
