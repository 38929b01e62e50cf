"""Which settings make other instances of those that are there, whose disks end with them: said before it is done.

What is there the stack's own state tells, as the last update left it. Pulumi's preview shows each instance that it
would replace, whatever the reason; this says which setting is the reason, and what is lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from .base.errors import NAMESPACE, SECRET, ConfigError, show
from .base.state import Left, left_of
from .instance.hardware import Interruption
from .instance.images import Image
from .instance.settings import InstanceSettings
from .network import ExistingNetworkArgs, SsmNetworkArgs
from .network.routes import WAYS, Tier
from .settings import Settings

_VPC = "aws:ec2/vpc:Vpc"
_SUBNET = "aws:ec2/subnet:Subnet"
_INSTANCE = "aws:ec2/instance:Instance"
_GROUP = "aws:autoscaling/group:Group"
_NETWORK = "ssm-only:components:SsmNetwork"
_EXISTING = "ssm-only:components:ExistingNetwork"
_OWNER = "ssm-only:components:SsmInstance"
_FLEET = "ssm-only:components:SsmFleet"

_VARIANTS: Mapping[Tier, str] = {Tier.PUBLIC: "igw", Tier.PRIVATE: "nat or privatelink"}


@dataclass(frozen=True, kw_only=True)
class Plans:
    """What an update would make, as far as it is known before the first resource.

    Attributes:
        network: its own, or what is used of one that is there.
        images: what each instance and fleet would start from, by its name.
        user_data: of each, likewise.
        volume_keys: the ARNs of the KMS keys of their volumes, by the names of those that name one.
    """

    network: SsmNetworkArgs | ExistingNetworkArgs
    images: Mapping[str, Image]
    user_data: Mapping[str, str]
    volume_keys: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A setting that makes other instances.

    Attributes:
        names: of the instances and fleets.
        key: of the setting.
        value: that it has now.
        why: AWS cannot change what is there.
        back: the value that would leave everything as it is.
    """

    names: Sequence[str]
    key: str
    value: object
    why: str
    back: str


def tell_replacements(settings: Settings, plans: Plans) -> None:
    """Warn of every instance that goes.

    Raises:
        ConfigError: one of them is to be kept.
    """
    left = left_of(_VPC, _SUBNET, _INSTANCE, _GROUP, _EXISTING)
    for change in plan_replacements(settings, plans, left):
        kept = [one.name for one in settings.instances if one.keep_instance and one.name in change.names]
        names = ", ".join(change.names)
        whose = f"{names}: made anew, and what is on the root volumes is lost, since {change.why}."
        if kept:
            advice = f"keepInstance of {', '.join(kept)} refuses it. Set {change.key} back to {change.back}."
            raise ConfigError(change.key, change.value, f"{whose} {advice}")
        pulumi.log.warn(f"{NAMESPACE}:{change.key} is {show(change.value)}: {whose} Save it first, or set it back.")


@dataclass(frozen=True, kw_only=True)
class _There:
    """What the last update left, of what the settings still name.

    Attributes:
        own: the resources of a network of the stack's own.
        used: what is used of one that is there, or None.
        instances: by name.
        fleets: their names.
    """

    own: Sequence[Left]
    used: Mapping[str, Any] | None
    instances: Mapping[str, Left]
    fleets: Sequence[str]

    @property
    def names(self) -> Sequence[str]:
        """Of instances and fleets."""
        return [*self.instances, *self.fleets]


def plan_replacements(settings: Settings, plans: Plans, left: Sequence[Left]) -> Sequence[Replacement]:
    """What the settings change of what is there, and no instance outlives: of the network, or else of single ones."""
    by_name = {str(one.outputs.get("tags", {}).get("Name")): one for one in left if one.is_in(_OWNER)}
    groups = {one.name for one in left if one.is_in(_FLEET)}
    there = _There(
        own=[one for one in left if one.is_in(_NETWORK)],
        used=next((one.outputs for one in left if one.type == _EXISTING), None),
        instances={one.name: by_name[one.name] for one in settings.instances if one.name in by_name},
        fleets=[one.name for one in settings.fleets if one.name in groups],
    )
    of_network = [one for one in _of_network(settings, plans.network, there) if one.names]
    gone = {name for one in of_network for name in one.names}
    machines = [
        _Machine(at=f"instances[{n}]", wanted=one, left=there.instances[one.name], settings=settings, plans=plans)
        for n, one in enumerate(settings.instances)
        if one.name in there.instances and one.name not in gone
    ]
    return [*of_network, *(change for one in machines for cause in _CAUSES for change in cause(one))]


def _of_network(
    settings: Settings, network: SsmNetworkArgs | ExistingNetworkArgs, there: _There
) -> Iterator[Replacement]:
    if isinstance(network, ExistingNetworkArgs):
        yield from _of_existing(network, there)
    elif there.used is not None and not there.own:
        vpc_id = str(there.used.get("vpc_id"))
        why = f"an instance keeps its VPC, {vpc_id}"
        yield Replacement(names=there.names, key="network", value={}, why=why, back=f"{{vpc: {vpc_id}}}")
    else:
        yield from _of_cidr(settings, there)
        yield from _of_variant(settings, there)


def _of_existing(network: ExistingNetworkArgs, there: _There) -> Iterator[Replacement]:
    vpc_id, now = network.plan.vpc_id, [one.id for one in network.plan.subnets]
    if there.own:
        why = "the stack's own VPC goes, and an instance keeps its VPC"
        yield Replacement(names=there.names, key="network", value=vpc_id, why=why, back="{}")
    elif there.used is not None:
        before = there.used.get("subnet_ids", ())
        moved = [name for name, one in there.instances.items() if one.outputs.get("subnetId") not in now]
        # The group of a fleet is another one with any other subnet, and where one comes, too.
        moved += there.fleets if set(before) != set(now) else []
        why = f"what is there is in {', '.join(before)} of {there.used.get('vpc_id')}, and an instance keeps its subnet"
        yield Replacement(names=moved, key="network", value=f"{vpc_id} with {', '.join(now)}", why=why, back="these")


def _of_cidr(settings: Settings, there: _There) -> Iterator[Replacement]:
    for block in {one.outputs.get("cidrBlock") for one in there.own if one.type == _VPC} - {None, str(settings.cidr)}:
        why = f"a VPC keeps its block, {block}"
        yield Replacement(names=there.names, key="cidr", value=str(settings.cidr), why=why, back=str(block))


def _of_variant(settings: Settings, there: _There) -> Iterator[Replacement]:
    subnets = [one.name for one in there.own if one.type == _SUBNET]
    tiers = {tier for tier in Tier if any(f"-{tier.value}-" in name for name in subnets)}
    was = Tier.PRIVATE if Tier.PRIVATE in tiers else Tier.PUBLIC
    if tiers and was is not WAYS[settings.variant].instances:
        why = "igw has its instances in public subnets and the others in private ones, and an instance keeps its subnet"
        variant = settings.variant.value
        yield Replacement(names=there.names, key="variant", value=variant, why=why, back=_VARIANTS[was])


@dataclass(frozen=True, kw_only=True)
class _Machine:
    """An instance that is there, and what the settings say of it.

    Attributes:
        at: the key of its entry.
        wanted: its entry.
        left: what there is.
        settings: of the stack.
        plans: of the update.
    """

    at: str
    wanted: InstanceSettings
    left: Left
    settings: Settings
    plans: Plans

    @property
    def name(self) -> str:
        """Of the instance."""
        return self.wanted.name

    @property
    def empty(self) -> str:
        """What becomes of its volumes where others come in their place."""
        return "; its volumes are others too, and come empty" if self.wanted.volumes else ""

    def was(self, output: str, now: object) -> object:
        """What the provider said of it; where that is unknown, it is as it is to be."""
        return self.left.outputs.get(output) or now

    def another(self, key: str, value: object, why: str, back: object) -> Replacement:
        """Another instance, for a reason of this one's own."""
        shown = SECRET if key.split("[", maxsplit=1)[0] in self.settings.secrets else value
        return Replacement(names=[self.name], key=key, value=shown, why=why, back=str(back))


def _of_zone(one: _Machine) -> Iterator[Replacement]:
    zones = one.plans.network.zones
    zone = zones[one.wanted.zone - 1]
    if (was := one.was("availabilityZone", zone)) != zone:
        back = zones.index(was) + 1 if was in zones else f"that of {was}"
        yield one.another(f"{one.at}.zone", one.wanted.zone, f"an instance stays in its zone, {was}{one.empty}", back)


def _of_image(one: _Machine) -> Iterator[Replacement]:
    image = one.plans.images[one.name]
    label = one.left.name.removeprefix(f"{one.name}-")
    if label != image.label:
        yield one.another(f"{one.at}.platform", image.label, f"it keeps what it was started as, {label}", label)
    elif (was := one.was("ami", image.id)) != image.id and image.pinned:
        yield one.another(f"{one.at}.ami", image.id, f"it keeps the image that it was started from, {was}", was)
    elif was != image.id and one.settings.replace_on_new_image:
        why = f"its platform has a newer image, {image.id}, and it keeps {was}"
        yield one.another("replaceOnNewImage", True, why, "false")  # noqa: FBT003 - the setting's value


def _of_volume_key(one: _Machine) -> Iterator[Replacement]:
    now = one.plans.volume_keys.get(one.name)
    was = (one.left.outputs.get("rootBlockDevice") or {}).get("kmsKeyId")
    if now and was and was != now:
        why = f"a volume keeps its key, {was}{one.empty}"
        yield one.another(f"{one.at}.volumeKey", one.wanted.volume_key, why, was)


def _of_spot(one: _Machine) -> Iterator[Replacement]:
    spot, was = one.wanted.spot, one.left.outputs.get("instanceLifecycle")
    if was is None:
        return
    if (was == "spot") != (spot is not None):
        why = f"EC2 has started it {'as a spot instance' if was == 'spot' else 'on demand'}, which it stays"
        yield one.another(f"{one.at}.spot", spot is not None, why, "true" if was == "spot" else "false")
    elif spot and (type_ := one.was("instanceType", one.wanted.instance_type)) != one.wanted.instance_type:
        why = "EC2 changes the type of no spot instance"
        yield one.another(f"{one.at}.instanceType", one.wanted.instance_type, why, type_)


def _of_user_data(one: _Machine) -> Iterator[Replacement]:
    now, asked = one.plans.user_data[one.name], one.settings.replace_on_user_data
    ends = one.wanted.spot is not None and one.wanted.spot.interruption is Interruption.TERMINATE
    if one.was("userDataBase64", now) == now or not (asked or ends):
        return
    if asked:
        why = "its user data is another: your own, a setting that it tells the boot script, or the script itself"
        yield one.another("replaceOnUserData", True, why, "false")  # noqa: FBT003 - the setting's value
    else:
        why = "its user data is another, and EC2 stops no spot instance that it would terminate"
        yield one.another(f"{one.at}.userData", "changed", why, "what it was")


# Of what else makes another instance (placement, associatePublicIp, maxPrice) the preview alone tells.
_CAUSES = (_of_zone, _of_image, _of_volume_key, _of_spot, _of_user_data)
