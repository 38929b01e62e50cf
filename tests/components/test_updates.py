"""Who gets security updates: the program's warnings, and the guide's table."""

import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from components.instance.egress import Egress, Protocol
from components.instance.platforms import PLATFORMS, Family, Platform
from components.instance.settings import InstanceSettings
from components.network.routes import Variant
from components.settings import Settings
from components.updates import PORTS, missing_updates

GUIDE = Path(__file__).parents[2] / "docs" / "instance.md"
HTTP = Egress(port=80, to=ip_network("0.0.0.0/0"), why="mirrors")
INSIDE = ip_network("10.0.0.9")


def deployed(platform: Platform, variant: Variant, *egress: Egress, patching: bool = False) -> Settings:
    return Settings(
        variant=variant,
        patching=patching,
        instances=(InstanceSettings(name="ok"), InstanceSettings(name="x", platform=platform, egress=egress)),
    )


def test_the_table_knows_every_platform() -> None:
    assert set(PORTS) == set(PLATFORMS)


@pytest.mark.parametrize(
    ("settings", "come"),
    [
        pytest.param(deployed(Platform.AMAZON_LINUX_2, Variant.PRIVATELINK), True, id="Amazon Linux from S3"),
        pytest.param(deployed(Platform.DEBIAN_13, Variant.NAT), True, id="Debian by https"),
        pytest.param(deployed(Platform.DEBIAN_13, Variant.PRIVATELINK), False, id="Debian without a way"),
        pytest.param(deployed(Platform.UBUNTU_24_04, Variant.IGW), False, id="Ubuntu on 443 alone"),
        pytest.param(deployed(Platform.UBUNTU_24_04, Variant.IGW, HTTP), True, id="Ubuntu by http"),
        pytest.param(
            deployed(
                Platform.UBUNTU_24_04,
                Variant.IGW,
                Egress(port=80, to=HTTP.to, why="x", protocol=Protocol.UDP),
            ),
            False,
            id="a port of another protocol",
        ),
        pytest.param(deployed(Platform.WINDOWS_2022, Variant.NAT), False, id="Windows on 443 alone"),
        pytest.param(deployed(Platform.WINDOWS_2022, Variant.NAT, HTTP), True, id="Windows on both"),
        pytest.param(
            deployed(Platform.UBUNTU_22_04, Variant.PRIVATELINK, Egress(port=80, to=INSIDE, why="mirror")),
            True,
            id="a mirror in the VPC",
        ),
        pytest.param(
            Settings(
                instances=(InstanceSettings(name="own", platform=Platform.CUSTOM, ami="ami-1", family=Family.DEB),)
            ),
            True,
            id="an image of one's own, of which nothing is known",
        ),
    ],
)
def test_whether_updates_come(settings: Settings, come: bool) -> None:  # noqa: FBT001 - a verdict
    assert (missing_updates(settings) == []) is come


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            deployed(Platform.UBUNTU_24_04, Variant.NAT),
            "ssm-only:instances[1].platform is 'ubuntu-24.04': it gets no security updates. It fetches them on port "
            "80, which is closed. Add ssm-only:egress: [{port: 80, to: 0.0.0.0/0, why: package mirrors}].",
            id="a port that can be opened",
        ),
        pytest.param(
            deployed(Platform.WINDOWS_2022, Variant.PRIVATELINK, patching=True),
            "ssm-only:instances[1].platform is 'windows-2022': it gets no security updates, so patching finds none. "
            "privatelink does not lead to the internet. Use nat, Amazon Linux, or a mirror in the VPC.",
            id="patching in a closed network",
        ),
    ],
)
def test_the_warning_says_what_to_do(settings: Settings, message: str) -> None:
    assert missing_updates(settings) == [message]


def test_the_guides_table_is_the_codes() -> None:
    """Its cells say yes, no, or with which entry of `egress`."""
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \| ([^|]+) \|[^|]*\|$", GUIDE.read_text(), re.MULTILINE)
    told = {
        Platform(name): (open_, closed) for names, open_, closed in rows for name in re.findall(r"`([^`]+)`", names)
    }
    verdicts = {
        platform: (
            "yes" if not missing_updates(deployed(platform, Variant.NAT)) else "with port 80 in `egress`",
            "no" if missing_updates(deployed(platform, Variant.PRIVATELINK)) else "yes",
        )
        for platform in PLATFORMS
    }

    assert told == verdicts
