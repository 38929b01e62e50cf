"""The one table of operating systems: whose agent package each takes, and where its newest image is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Architecture(str, Enum):
    """EC2's names of the two processor families."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class Family(str, Enum):
    """Which package of the SSM agent an image takes, and which boot script."""

    RPM = "rpm"
    DEB = "deb"
    WINDOWS = "windows"

    @property
    def login_port(self) -> int:
        """On which people log in without an agent, and without Session Manager: that of RDP, or of SSH."""
        return 3389 if self is Family.WINDOWS else 22


class Platform(str, Enum):
    """The operating systems that a person can ask for."""

    AMAZON_LINUX_2023 = "amazon-linux-2023"
    AMAZON_LINUX_2023_MINIMAL = "amazon-linux-2023-minimal"
    AMAZON_LINUX_2 = "amazon-linux-2"
    UBUNTU_24_04 = "ubuntu-24.04"
    UBUNTU_22_04 = "ubuntu-22.04"
    DEBIAN_13 = "debian-13"
    DEBIAN_12 = "debian-12"
    WINDOWS_2022 = "windows-2022"
    WINDOWS_2019 = "windows-2019"
    CUSTOM = "custom"


@dataclass(frozen=True, kw_only=True)
class Published:
    """An operating system with public images.

    Attributes:
        family: of its packages.
        parameters: the public parameter of Parameter Store that holds the newest image's id, by architecture.
        instance_type: what an instance gets that names none: small, and of an architecture that there is.
        smallest_volume: in GiB, what an instance gets that names none; less is refused, as the image does not fit or
            has no room to work.
        ended: when its maker stopped mending it.
    """

    family: Family
    parameters: Mapping[Architecture, str]
    instance_type: str = "t4g.micro"
    smallest_volume: int = 8
    ended: date | None = None


def _amazon(image: str) -> Mapping[Architecture, str]:
    return {one: f"/aws/service/ami-amazon-linux-latest/{image.format(one.value)}" for one in Architecture}


# Canonical and Debian call the architectures by Debian's names.
_DEBIAN_NAMES = {Architecture.ARM64: "arm64", Architecture.X86_64: "amd64"}


def _ubuntu(release: str, volume: str) -> Mapping[Architecture, str]:
    folder = f"/aws/service/canonical/ubuntu/server/{release}/stable/current"
    return {one: f"{folder}/{name}/hvm/ebs-{volume}/ami-id" for one, name in _DEBIAN_NAMES.items()}


def _debian(release: int) -> Mapping[Architecture, str]:
    return {one: f"/aws/service/debian/release/{release}/latest/{name}" for one, name in _DEBIAN_NAMES.items()}


def _windows(release: int) -> Published:
    image = f"/aws/service/ami-windows-latest/Windows_Server-{release}-English-Full-Base"
    return Published(
        family=Family.WINDOWS,
        parameters={Architecture.X86_64: image},
        # 4 GiB; Windows Server with its desktop is of little use in less.
        instance_type="t3.medium",
        smallest_volume=30,
    )


PLATFORMS: Mapping[Platform, Published] = {
    Platform.AMAZON_LINUX_2023: Published(family=Family.RPM, parameters=_amazon("al2023-ami-kernel-default-{}")),
    # The minimal image has no agent: the boot script installs it.
    Platform.AMAZON_LINUX_2023_MINIMAL: Published(
        family=Family.RPM, parameters=_amazon("al2023-ami-minimal-kernel-default-{}")
    ),
    Platform.AMAZON_LINUX_2: Published(
        family=Family.RPM, parameters=_amazon("amzn2-ami-hvm-{}-gp2"), ended=date(2026, 6, 30)
    ),
    # Canonical publishes images on gp3 volumes since 24.04. The disk is gp3 in either case: the instance says so.
    Platform.UBUNTU_24_04: Published(family=Family.DEB, parameters=_ubuntu("24.04", "gp3")),
    Platform.UBUNTU_22_04: Published(family=Family.DEB, parameters=_ubuntu("22.04", "gp2")),
    Platform.DEBIAN_13: Published(family=Family.DEB, parameters=_debian(13)),
    Platform.DEBIAN_12: Published(family=Family.DEB, parameters=_debian(12)),
    Platform.WINDOWS_2022: _windows(2022),
    Platform.WINDOWS_2019: _windows(2019),
}
