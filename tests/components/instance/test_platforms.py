"""The table of platforms, against the names that their makers publish."""

import pytest

from components.instance.platforms import PLATFORMS, Architecture, Family, Platform

ARM64, X86_64 = Architecture.ARM64, Architecture.X86_64
AMAZON = "/aws/service/ami-amazon-linux-latest"
CANONICAL = "/aws/service/canonical/ubuntu/server"
WINDOWS = "/aws/service/ami-windows-latest"

# As AWS, Canonical and Debian document them.
PUBLISHED = {
    ("amazon-linux-2023", ARM64): f"{AMAZON}/al2023-ami-kernel-default-arm64",
    ("amazon-linux-2023", X86_64): f"{AMAZON}/al2023-ami-kernel-default-x86_64",
    ("amazon-linux-2023-minimal", ARM64): f"{AMAZON}/al2023-ami-minimal-kernel-default-arm64",
    ("amazon-linux-2023-minimal", X86_64): f"{AMAZON}/al2023-ami-minimal-kernel-default-x86_64",
    ("amazon-linux-2", ARM64): f"{AMAZON}/amzn2-ami-hvm-arm64-gp2",
    ("amazon-linux-2", X86_64): f"{AMAZON}/amzn2-ami-hvm-x86_64-gp2",
    ("ubuntu-24.04", ARM64): f"{CANONICAL}/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
    ("ubuntu-24.04", X86_64): f"{CANONICAL}/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    ("ubuntu-22.04", ARM64): f"{CANONICAL}/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
    ("ubuntu-22.04", X86_64): f"{CANONICAL}/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
    ("debian-13", ARM64): "/aws/service/debian/release/13/latest/arm64",
    ("debian-13", X86_64): "/aws/service/debian/release/13/latest/amd64",
    ("debian-12", ARM64): "/aws/service/debian/release/12/latest/arm64",
    ("debian-12", X86_64): "/aws/service/debian/release/12/latest/amd64",
    ("windows-2022", X86_64): f"{WINDOWS}/Windows_Server-2022-English-Full-Base",
    ("windows-2019", X86_64): f"{WINDOWS}/Windows_Server-2019-English-Full-Base",
}


def test_every_platform_is_published_under_its_makers_name() -> None:
    assert {
        (platform.value, architecture): parameter
        for platform, published in PLATFORMS.items()
        for architecture, parameter in published.parameters.items()
    } == PUBLISHED


def test_only_a_custom_platform_is_not_in_the_table() -> None:
    assert set(Platform) - set(PLATFORMS) == {Platform.CUSTOM}


@pytest.mark.parametrize(
    ("platform", "family", "instance_type", "volume"),
    [
        ("amazon-linux-2023", Family.RPM, "t4g.micro", 8),
        ("amazon-linux-2023-minimal", Family.RPM, "t4g.micro", 8),
        ("amazon-linux-2", Family.RPM, "t4g.micro", 8),
        ("ubuntu-24.04", Family.DEB, "t4g.micro", 8),
        ("ubuntu-22.04", Family.DEB, "t4g.micro", 8),
        ("debian-13", Family.DEB, "t4g.micro", 8),
        ("debian-12", Family.DEB, "t4g.micro", 8),
        ("windows-2022", Family.WINDOWS, "t3.medium", 30),
        ("windows-2019", Family.WINDOWS, "t3.medium", 30),
    ],
)
def test_what_an_instance_gets_that_names_nothing_else(
    platform: str, family: Family, instance_type: str, volume: int
) -> None:
    published = PLATFORMS[Platform(platform)]

    assert (published.family, published.instance_type, published.smallest_volume) == (family, instance_type, volume)
