"""What EBS takes of each type, and how a list of volumes is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.instance.platforms import Family
from components.instance.volumes import Volume, VolumeKind, VolumeType, read_volumes, require_devices, require_kind

DEVICES = "use /dev/sdf to /dev/sdp, and on Windows xvdf to xvdp."


@pytest.mark.parametrize(
    ("size", "kind", "is_root"),
    [
        pytest.param(1, VolumeKind(), True, id="the smallest gp3"),
        pytest.param(65_536, VolumeKind(iops=80_000, throughput=2_000), True, id="the largest and fastest gp3"),
        pytest.param(1, VolumeKind(iops=3_000), True, id="what every gp3 has"),
        pytest.param(
            8, VolumeKind(iops=4_000, throughput=1_000), True, id="500 IOPS for each GiB of gp3, 4 for each MiB/s"
        ),
        pytest.param(16_384, VolumeKind(type=VolumeType.GP2), True, id="the largest gp2"),
        pytest.param(4, VolumeKind(type=VolumeType.IO1, iops=200), True, id="50 IOPS for each GiB of io1"),
        pytest.param(100, VolumeKind(type=VolumeType.IO2, iops=100_000), True, id="1000 for each of io2"),
        pytest.param(125, VolumeKind(type=VolumeType.ST1), False, id="the smallest disk of turning plates"),
    ],
)
def test_ebs_takes_it(size: int, kind: VolumeKind, is_root: bool) -> None:  # noqa: FBT001 - pytest passes them by name
    require_kind("v.{}".format, size, kind, is_root=is_root)


@pytest.mark.parametrize(
    ("size", "kind", "is_root", "message"),
    [
        pytest.param(
            65_537, VolumeKind(), False, "v.size is 65537: that is none of gp3. Use a whole", id="gp3 too large"
        ),
        pytest.param(16_385, VolumeKind(type=VolumeType.GP2), False, "v.size is 16385: that is none of gp2.", id="gp2"),
        pytest.param(124, VolumeKind(type=VolumeType.SC1), False, "v.size is 124: that is none of sc1.", id="sc1"),
        pytest.param(
            125, VolumeKind(type=VolumeType.ST1), True, "v.type is 'st1': no instance starts from such", id="as root"
        ),
        pytest.param(8, VolumeKind(iops=2_999), False, "v.iops is 2999: that is none of gp3.", id="fewer than it has"),
        pytest.param(
            7, VolumeKind(iops=4_000), False, "v.iops is 4000: gp3 takes 500 for each GiB", id="too many for it"
        ),
        pytest.param(
            8,
            VolumeKind(throughput=751),
            False,
            "v.throughput is 751: gp3 takes 1 MiB/s for each 4 IOPS",
            id="too fast",
        ),
        pytest.param(
            8, VolumeKind(type=VolumeType.GP2, iops=3_000), False, "v.iops is 3000: gp2 has its own", id="gp2 with IOPS"
        ),
        pytest.param(
            8,
            VolumeKind(type=VolumeType.IO2, iops=500, throughput=125),
            False,
            "v.throughput is 125: io2 has its own",
            id="io2 with a throughput",
        ),
        pytest.param(8, VolumeKind(type=VolumeType.IO2), False, "v.iops is null: io2 needs it.", id="io2 without IOPS"),
        pytest.param(
            8, VolumeKind(type=VolumeType.IO1, iops=401), False, "v.iops is 401: io1 takes 50 for each GiB", id="io1"
        ),
    ],
)
def test_ebs_does_not_take_it(size: int, kind: VolumeKind, is_root: bool, message: str) -> None:  # noqa: FBT001 - as above
    with pytest.raises(ConfigError) as caught:
        require_kind("v.{}".format, size, kind, is_root=is_root)

    assert str(caught.value).startswith(f"ssm-only:{message}")


@given(
    st.integers(-1, 70_000),
    st.builds(
        VolumeKind,
        type=st.sampled_from(VolumeType),
        iops=st.none() | st.integers(0, 300_000),
        throughput=st.none() | st.integers(0, 3_000),
    ),
)
def test_any_volume_is_taken_or_refused_with_a_key(size: int, kind: VolumeKind) -> None:
    refused = None
    try:
        require_kind("v.{}".format, size, kind)
    except ConfigError as error:
        refused = error.key

    assert refused in {None, "v.size", "v.iops", "v.throughput"}
    assert refused or (size >= 1 and (kind.iops or 0) <= max(1_000 * size, 3_000))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param({}, Volume(device="/dev/sdf", size=100), id="device and size"),
        pytest.param({"keep": True}, Volume(device="/dev/sdf", size=100, keep=True), id="kept"),
        pytest.param(
            {"device": "xvdg", "type": "io2", "iops": 500},
            Volume(device="xvdg", size=100, kind=VolumeKind(type=VolumeType.IO2, iops=500)),
            id="a fast one of Windows",
        ),
    ],
)
def test_it_is_read(entry: dict[str, Any], expected: Volume) -> None:
    assert read_volumes("volumes", [{"device": "/dev/sdf", "size": 100, **entry}]) == (expected,)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param("100", " is '100': use a list, for example [{device: /dev/sdf, size: 100}].", id="no list"),
        pytest.param(
            [{"size": 1}],
            '[0] is {"size": 1}: a volume is a map with device and size, for example {device: /dev/sdf, size: 100}.',
            id="no device",
        ),
        pytest.param([{"device": "/dev/sda", "size": 1}], f"[0].device is '/dev/sda': {DEVICES}", id="the root's"),
        pytest.param(
            [{"device": "/dev/sdf", "size": 1}, {"device": "/dev/sdf", "size": 2}],
            "[1].device is '/dev/sdf': a volume above has it. Give each its own.",
            id="a device twice",
        ),
        pytest.param(
            [{"device": "/dev/sdf", "size": 8, "iops": 5_000}],
            "[0].iops is 5000: gp3 takes 500 for each GiB, and there are 8.",
            id="too fast",
        ),
        pytest.param(
            [{"device": "/dev/sdf", "size": 8, "encrypted": False}],
            "[0].encrypted is false: there is no such key. Keys are device, size, type, iops, throughput, keep.",
            id="not encrypted",
        ),
    ],
)
def test_it_is_refused(entries: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_volumes("volumes", entries)

    assert str(caught.value) == f"ssm-only:volumes{message}"


@pytest.mark.parametrize(
    ("device", "family", "taken"),
    [
        pytest.param("/dev/sdf", Family.DEB, True, id="Linux"),
        pytest.param("xvdf", Family.RPM, False, id="Windows' name on Linux"),
        pytest.param("xvdf", Family.WINDOWS, True, id="Windows"),
        pytest.param("/dev/sdf", Family.WINDOWS, False, id="Linux' name on Windows"),
    ],
)
def test_each_system_has_names_of_its_own(device: str, family: Family, taken: bool) -> None:  # noqa: FBT001 - as above
    refused = ""
    try:
        require_devices("volumes", [Volume(device=device, size=8)], family)
    except ConfigError as error:
        refused = str(error)

    assert refused == ("" if taken else f"ssm-only:volumes[0].device is '{device}': {DEVICES}")


def test_a_hand_made_one_is_checked_too() -> None:
    with pytest.raises(ConfigError, match="on Windows xvdf"):
        Volume(device="/dev/xvdf", size=8)
    with pytest.raises(ConfigError, match="that is none of gp3"):
        Volume(device="/dev/sdf", size=0)
