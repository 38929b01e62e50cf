"""One entry of the `fleets` list: what a person says of a fleet, which is an instance's and how many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from ..base.errors import ConfigError
from ..base.reading import Reader, read_fields, read_list, read_number, read_switch, read_text
from . import settings
from .fleet_plan import Scaling
from .settings import ZONES, InstanceSettings, instance_of

# Groups end where the account's quotas of instances do; no default one is above this.
_COUNTS = range(10_000 + 1)
_PERCENT = range(100 + 1)

# EC2 Auto Scaling takes 40 types in one group (its user guide, "Mixed instances groups").
_MOST_TYPES = 40


@dataclass(frozen=True, kw_only=True)
class FleetSettings:
    """One entry of the list.

    Attributes:
        instance: what each of its instances is; its zone says nothing.
        scaling: how many there are, where, and on what terms.
    """

    instance: InstanceSettings
    scaling: Scaling

    @property
    def name(self) -> str:
        """How the stack's outputs and the instances' Name tags call it."""
        return self.instance.name


def read_fleets(key: str, raw: object) -> Sequence[FleetSettings]:
    """Read the list. That names are used once is the stack's to see, whose instances have names too.

    Raises:
        ConfigError: an entry cannot be deployed.
    """
    return read_list(_read_fleet, "a list, for example [{name: workers, max: 4}]", key, raw)


def _read_fleet(key: str, entry: object) -> FleetSettings:
    if not isinstance(entry, dict) or "name" not in entry:
        raise ConfigError(
            key, entry, f"a fleet is a map with a name, for example {{name: workers}}. Keys are {', '.join(KEYS)}."
        )
    given = read_fields(KEYS, f"{key}.", entry)
    own = {name: given.pop(name) for name in list(given) if name in _SCALING}
    instance = instance_of(key, given)
    scaling = _scaling(own)
    _refuse_counts(key, scaling)
    _refuse_types(key, instance, scaling)
    _refuse_kept_volumes(key, instance)
    _refuse_what_changes_nothing(key, own, scaling)
    return FleetSettings(instance=instance, scaling=scaling)


def _scaling(own: Mapping[str, Any]) -> Scaling:
    """Without a maximum there are as many as in the beginning."""
    plain = {name: own[name] for name in own if name not in ("min", "max")}
    minimum = own.get("min", Scaling.minimum)
    start = max(minimum, own.get("desired", minimum), 1)
    return Scaling(minimum=minimum, maximum=own.get("max", start), **plain)


def _refuse_counts(key: str, scaling: Scaling) -> None:
    if scaling.maximum < scaling.minimum:
        raise ConfigError(f"{key}.max", scaling.maximum, f"min is {scaling.minimum}. Use {scaling.minimum} or more.")
    if scaling.desired is not None and not scaling.minimum <= scaling.desired <= scaling.maximum:
        raise ConfigError(
            f"{key}.desired", scaling.desired, f"use a number from {scaling.minimum} (min) to {scaling.maximum} (max)."
        )


def _refuse_types(key: str, instance: InstanceSettings, scaling: Scaling) -> None:
    for index, other in enumerate(scaling.other_types):
        if other in (instance.instance_type, *scaling.other_types[:index]):
            raise ConfigError(f"{key}.otherTypes[{index}]", other, "the fleet has this type already. Remove one.")


def _refuse_kept_volumes(key: str, instance: InstanceSettings) -> None:
    for index, volume in enumerate(instance.volumes):
        if volume.keep:
            raise ConfigError(
                f"{key}.volumes[{index}].keep",
                value=True,
                advice="instances of a fleet come and go, and each would leave one that no other takes. Remove it.",
            )


def _refuse_what_changes_nothing(key: str, own: Mapping[str, Any], scaling: Scaling) -> None:
    if "on_demand_base" in own and not scaling.has_spot:
        raise ConfigError(
            f"{key}.onDemandBase",
            scaling.on_demand_base,
            "all instances are on demand. Say how many of the others are: onDemandPercentage, for example 0.",
        )
    if scaling.has_spot and scaling.on_demand_base >= scaling.maximum:
        raise ConfigError(
            f"{key}.onDemandBase",
            scaling.on_demand_base,
            f"the fleet has at most {scaling.maximum} (max), so none would be a spot instance. Use less, or remove "
            "onDemandPercentage.",
        )
    if "min_healthy_percentage" in own and not scaling.refresh:
        raise ConfigError(
            f"{key}.minHealthyPercentage", scaling.min_healthy_percentage, "it is of a refresh. Set refresh: true too."
        )


def _read_zones(key: str, raw: object) -> Sequence[int]:
    zones = read_list(partial(read_number, ZONES), "a list of numbers of zones, for example [1, 2]", key, raw)
    if not zones:
        raise ConfigError(key, raw, "name one or more, or remove the key to have all.")
    for index, zone in enumerate(zones):
        if zone in zones[:index]:
            raise ConfigError(f"{key}[{index}]", zone, "this zone is in the list already. Remove one.")
    return zones


def _read_types(key: str, raw: object) -> Sequence[str]:
    types = read_list(read_text, "a list of EC2 types, for example [t4g.small, t4g.medium]", key, raw)
    if len(types) >= _MOST_TYPES:
        raise ConfigError(key, f"{len(types)} types", f"use up to {_MOST_TYPES - 1} beside instanceType.")
    return types


_OWN: Mapping[str, Reader] = {
    "min": partial(read_number, _COUNTS),
    "max": partial(read_number, _COUNTS[1:]),
    "desired": partial(read_number, _COUNTS),
    "zones": _read_zones,
    "otherTypes": _read_types,
    "onDemandBase": partial(read_number, _COUNTS),
    "onDemandPercentage": partial(read_number, _PERCENT),
    "refresh": read_switch,
    "minHealthyPercentage": partial(read_number, _PERCENT),
}
# What is of one instance, and not of those that come and go. A fleet has its own share of spot, and its
# subnets say which addresses there are.
OF_ONE = {
    "zone",
    "keepInstance",
    "terminationProtection",
    "stopProtection",
    "spot",
    "associatePublicIp",
}
KEYS: Mapping[str, Reader] = {
    **{name: reader for name, reader in settings.READERS.items() if name not in OF_ONE},
    **_OWN,
}
_SCALING = {"min", "max"} | {one.name for one in fields(Scaling)}
