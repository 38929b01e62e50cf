"""Which image a fleet starts from, and whether all of its instance types can."""

from collections.abc import Mapping, Sequence

import pulumi

from ..base.errors import ConfigError
from .fleet_settings import FleetSettings
from .images import Image, architecture_of, find_image_of, with_root_device


def find_fleet_images(fleets: Sequence[FleetSettings], opts: pulumi.InvokeOptions | None = None) -> Mapping[str, Image]:
    """The image of every fleet of a stack, by its name.

    Raises:
        ConfigError: as for `find_image`; or the types are not of one architecture. A fleet keeps no image that EC2 has
            no longer, as an instance does: it could start no instance from it.
    """
    found = {}
    for index, fleet in enumerate(fleets):
        key = f"fleets[{index}]"
        found[fleet.name] = with_root_device(find_image_of(key, fleet.instance, opts=opts), opts)
        _require_one_architecture(key, fleet, opts)
    return found


def _require_one_architecture(key: str, fleet: FleetSettings, opts: pulumi.InvokeOptions | None) -> None:
    own = fleet.instance
    architecture = architecture_of(own.instance_type, own.platform, f"{key}.instanceType", opts)
    for index, other in enumerate(fleet.scaling.other_types):
        where = f"{key}.otherTypes[{index}]"
        if (others := architecture_of(other, own.platform, where, opts)) is not architecture:
            raise ConfigError(
                where,
                other,
                f"it is {others.value}, and {own.instance_type} is {architecture.value}: one image has one of the two.",
            )
