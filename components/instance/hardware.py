"""Where and how EC2 runs an instance: on demand or spot, in which placement, with which CPU credits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial

from ..base.errors import ConfigError
from ..base.reading import Reader, read_choice, read_fields, read_json, read_number, read_text

# Placement groups of the type partition have up to 7 partitions in a zone (EC2 user guide, "Placement strategies").
_PARTITIONS = range(1, 7 + 1)

# US dollars an hour, as EC2 takes them.
_PRICE = re.compile(r"\d{1,5}(\.\d{1,6})?")


class Interruption(str, Enum):
    """What EC2 does with a spot instance when it takes the capacity back; its disk outlives a stop alone."""

    TERMINATE = "terminate"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Spare capacity, which EC2 takes back with two minutes' notice.

    Attributes:
        interruption: what becomes of the instance then.
        max_price: in US dollars an hour; empty is up to the price on demand.

    Raises:
        ConfigError: it is no price.
    """

    interruption: Interruption = Interruption.TERMINATE
    max_price: str = ""

    def __post_init__(self) -> None:
        """Check here too, for programs that make one by hand."""
        if self.max_price:
            _read_price("spot.maxPrice", self.max_price)

    @property
    def request(self) -> str:
        """EC2 stops and starts what was asked for persistently, and nothing else."""
        return "persistent" if self.interruption is Interruption.STOP else "one-time"


class Tenancy(str, Enum):
    """With whom an instance shares its hardware: everybody, or the account alone."""

    DEFAULT = "default"
    DEDICATED = "dedicated"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where EC2 puts an instance within its zone.

    Attributes:
        group: a placement group's name; empty is none.
        partition: of the group, from 1; None is EC2's choice.
        tenancy: with whom the hardware is shared; None is everybody, or as the VPC says.

    Raises:
        ConfigError: a partition of no group.
    """

    group: str = ""
    partition: int | None = None
    tenancy: Tenancy | None = None

    def __post_init__(self) -> None:
        """Check here too, for programs that make one by hand."""
        _require_group("placement", self.group, self.partition)


class CpuCredits(str, Enum):
    """What a burstable type does when its CPU credits are used up: slow down, or cost more."""

    STANDARD = "standard"
    UNLIMITED = "unlimited"


def read_spot(key: str, raw: object) -> Spot | None:
    """Read a switch or a map; false is on demand.

    Raises:
        ConfigError: it is neither.
    """
    if raw in (True, "true"):
        return Spot()
    if raw in (False, "false"):
        return None
    return Spot(
        **read_fields(_SPOT, f"{key}.", read_json(dict, "true, or a map, for example {interruption: stop}", key, raw))
    )


def read_placement(key: str, raw: object) -> Placement:
    """Read a map.

    Raises:
        ConfigError: EC2 has no such placement.
    """
    example = "a map, for example {group: rack}"
    given = read_fields(_PLACEMENT, f"{key}.", read_json(dict, example, key, raw))
    _require_group(key, given.get("group", ""), given.get("partition"))
    return Placement(**given)


def _require_group(key: str, group: str, partition: int | None) -> None:
    if partition is not None and not group:
        raise ConfigError(f"{key}.partition", partition, "only a placement group has partitions. Name one too: group.")


def _read_price(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not _PRICE.fullmatch(raw):
        raise ConfigError(key, raw, 'use US dollars an hour in quotes, for example "0.05".')
    return raw


_SPOT: Mapping[str, Reader] = {
    "interruption": partial(read_choice, Interruption),
    "maxPrice": _read_price,
}
_PLACEMENT: Mapping[str, Reader] = {
    "group": read_text,
    "partition": partial(read_number, _PARTITIONS),
    "tenancy": partial(read_choice, Tenancy),
}
