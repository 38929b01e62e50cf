"""The EBS volumes of an instance: what each type takes, and those beside the root volume."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from ..base.errors import ConfigError
from ..base.reading import Reader, read_choice, read_fields, read_list, read_number, read_switch
from .platforms import Family

# What EC2 recommends for volumes that are attached ("Device names for volumes", EC2 user guide).
_OF_LINUX = re.compile(r"/dev/sd[f-p]")
_OF_WINDOWS = re.compile(r"xvd[f-p]")
_DEVICES = "use /dev/sdf to /dev/sdp, and on Windows xvdf to xvdp."

# What is read before a type's own limits are looked at.
_ANY_SIZE = range(1, 65_536 + 1)
_ANY_SPEED = range(1, 256_000 + 1)

EXAMPLE = "{device: /dev/sdf, size: 100}"


class VolumeType(str, Enum):
    """EC2's names of the types that an instance takes today."""

    GP3 = "gp3"
    GP2 = "gp2"
    IO2 = "io2"
    IO1 = "io1"
    ST1 = "st1"
    SC1 = "sc1"


@dataclass(frozen=True, kw_only=True)
class _Limits:
    """What EBS takes of a type ("Amazon EBS volume types", EBS user guide, as of 2026).

    Attributes:
        size: in GiB.
        iops: that may be asked for; None is none.
        iops_per_gib: how many there may be for each GiB.
        throughput: in MiB/s, that may be asked for.
        needs_iops: EBS has no default.
        is_root: whether an instance starts from it.
    """

    size: range
    iops: range | None = None
    iops_per_gib: int = 0
    throughput: range | None = None
    needs_iops: bool = False
    is_root: bool = True


_LIMITS: Mapping[VolumeType, _Limits] = {
    VolumeType.GP3: _Limits(
        size=range(1, 65_536 + 1), iops=range(3_000, 80_000 + 1), iops_per_gib=500, throughput=range(125, 2_000 + 1)
    ),
    VolumeType.GP2: _Limits(size=range(1, 16_384 + 1)),
    VolumeType.IO2: _Limits(
        size=range(4, 65_536 + 1), iops=range(100, 256_000 + 1), iops_per_gib=1_000, needs_iops=True
    ),
    VolumeType.IO1: _Limits(size=range(4, 16_384 + 1), iops=range(100, 64_000 + 1), iops_per_gib=50, needs_iops=True),
    VolumeType.ST1: _Limits(size=range(125, 16_384 + 1), is_root=False),
    VolumeType.SC1: _Limits(size=range(125, 16_384 + 1), is_root=False),
}

# Of gp3: what comes with the volume, and how much throughput one IOPS carries, in MiB/s.
_FREE_IOPS = 3_000
_THROUGHPUT_PER_IOPS = 0.25


@dataclass(frozen=True, kw_only=True)
class VolumeKind:
    """What a volume is but its size.

    Attributes:
        type: of EBS.
        iops: operations a second; None is the type's own.
        throughput: in MiB/s, of gp3 alone; None is the type's own.
    """

    type: VolumeType = VolumeType.GP3
    iops: int | None = None
    throughput: int | None = None


GP3 = VolumeKind()


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume beside the root volume: encrypted, with a life of its own.

    Attributes:
        device: the name under which EC2 attaches it. By it the volume is known: another one is another volume.
        size: in GiB.
        kind: type and speed.
        keep: it stays in the account when it is taken out or the stack goes.

    Raises:
        ConfigError: EC2 takes no such device or volume.
    """

    device: str
    size: int
    kind: VolumeKind = GP3
    keep: bool = False

    def __post_init__(self) -> None:
        """Check here too, for programs that make one by hand."""
        _read_device("volumes.device", self.device)
        require_kind("volumes.{}".format, self.size, self.kind)

    @property
    def label(self) -> str:
        """The end of its device's name, for example ``sdf``."""
        return self.device.rsplit("/", maxsplit=1)[-1]


def require_kind(name: Callable[[str], str], size: int, kind: VolumeKind, *, is_root: bool = False) -> None:
    """Make sure that EBS takes size and speed of a type.

    Args:
        name: the key of size, type, iops or throughput, for errors.
        size: in GiB.
        kind: of the volume.
        is_root: whether an instance is to start from it.

    Raises:
        ConfigError: it does not.
    """
    limits, type_ = _LIMITS[kind.type], kind.type.value
    if is_root and not limits.is_root:
        raise ConfigError(name("type"), type_, "no instance starts from such a volume. Use gp3.")
    _require_in(name("size"), size, limits.size, type_)
    if limits.needs_iops and kind.iops is None:
        raise ConfigError(name("iops"), None, f"{type_} needs it. {_use(limits.iops)}")
    for part, value, allowed in (("iops", kind.iops, limits.iops), ("throughput", kind.throughput, limits.throughput)):
        if value is not None:
            _require_in(name(part), value, allowed, type_)
    if kind.iops is not None and kind.iops > max(size * limits.iops_per_gib, _floor(limits)):
        raise ConfigError(
            name("iops"), kind.iops, f"{type_} takes {limits.iops_per_gib} for each GiB, and there are {size}."
        )
    if kind.throughput is not None and kind.throughput > (kind.iops or _FREE_IOPS) * _THROUGHPUT_PER_IOPS:
        raise ConfigError(
            name("throughput"),
            kind.throughput,
            f"{type_} takes 1 MiB/s for each 4 IOPS, and there are {kind.iops or _FREE_IOPS}. Use more iops.",
        )


def _floor(limits: _Limits) -> int:
    """What a volume of any size may have."""
    return limits.iops.start if limits.iops else 0


def _require_in(key: str, value: int, allowed: range | None, type_: str) -> None:
    if allowed is None:
        raise ConfigError(key, value, f"{type_} has its own, which follows from its size. Remove it.")
    if value not in allowed:
        raise ConfigError(key, value, f"that is none of {type_}. {_use(allowed)}")


def _use(allowed: range | None) -> str:
    return f"Use a whole number from {allowed.start} to {allowed.stop - 1}." if allowed else ""


def read_volumes(key: str, raw: object) -> Sequence[Volume]:
    """Read a list of volumes, each of a device of its own.

    Raises:
        ConfigError: EC2 takes no such list.
    """
    volumes = read_list(_read_volume, f"a list, for example [{EXAMPLE}]", key, raw)
    devices = [volume.device for volume in volumes]
    for index, device in enumerate(devices):
        if device in devices[:index]:
            raise ConfigError(f"{key}[{index}].device", device, "a volume above has it. Give each its own.")
    return volumes


def require_devices(key: str, volumes: Sequence[Volume], family: Family) -> None:
    """Make sure that the operating system takes the devices' names.

    Raises:
        ConfigError: it does not.
    """
    taken = _OF_WINDOWS if family is Family.WINDOWS else _OF_LINUX
    for index, volume in enumerate(volumes):
        if not taken.fullmatch(volume.device):
            raise ConfigError(f"{key}[{index}].device", volume.device, _DEVICES)


def _read_volume(key: str, entry: object) -> Volume:
    if not isinstance(entry, dict) or not {"device", "size"} <= entry.keys():
        raise ConfigError(key, entry, f"a volume is a map with device and size, for example {EXAMPLE}.")
    given = read_fields(_READERS, f"{key}.", entry)
    kind = VolumeKind(**{part: given.pop(part) for part in ("type", "iops", "throughput") if part in given})
    require_kind(f"{key}.{{}}".format, given["size"], kind)
    return Volume(**given, kind=kind)


def _read_device(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not (_OF_LINUX.fullmatch(raw) or _OF_WINDOWS.fullmatch(raw)):
        raise ConfigError(key, raw, _DEVICES)
    return raw


read_speed: Reader = partial(read_number, _ANY_SPEED)
read_type: Reader = partial(read_choice, VolumeType)

_READERS: Mapping[str, Reader] = {
    "device": _read_device,
    "size": partial(read_number, _ANY_SIZE),
    "type": read_type,
    "iops": read_speed,
    "throughput": read_speed,
    "keep": read_switch,
}
