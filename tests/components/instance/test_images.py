"""Which image an instance starts from, and what EC2 would refuse later."""

from typing import Any

import pytest

from components.base.errors import ConfigError
from components.instance.images import Image, find_image
from components.instance.platforms import PLATFORMS, Family, Platform
from tests.components.graph import deploy

ARM64_IMAGE = "ami-00000000000000001"
X86_64_IMAGE = "ami-00000000000000002"
WINDOWS_IMAGE = "ami-00000000000000003"


def find(instance_type: str, platform: str, **changed: Any) -> Image:
    found: list[Image] = []
    deploy(lambda: found.append(find_image(instance_type, Platform(platform), **changed)))
    return found[0]


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [
        pytest.param("t4g.micro", "arm64", id="a g after the digit"),
        pytest.param("im4gn.large", "arm64", id="letters after the g"),
        pytest.param("a1.medium", "arm64", id="no g at all"),
        pytest.param("t3.micro", "x86_64", id="no g"),
        pytest.param("g4dn.xlarge", "x86_64", id="a g for graphics"),
        pytest.param("t2.micro", "x86_64", id="32 bits too"),
    ],
)
def test_the_newest_image_is_of_the_architecture_that_ec2_names(instance_type: str, architecture: str) -> None:
    assert find(instance_type, "amazon-linux-2023") == Image(
        id=f"image of /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}",
        family=Family.RPM,
        label=f"amazon-linux-2023-{architecture}",
        pinned=False,
    )


@pytest.mark.parametrize("platform", [one.value for one in PLATFORMS if one is not Platform.DEBIAN_12])
@pytest.mark.parametrize("instance_type", ["t4g.micro", "t3.micro"])
def test_every_platform_has_an_image_where_it_is_published(platform: str, instance_type: str) -> None:
    published = PLATFORMS[Platform(platform)]
    if platform.startswith("windows") and instance_type == "t4g.micro":
        with pytest.raises(ConfigError, match="published for x86_64, and the instance type is arm64"):
            find(instance_type, platform)
        return
    image = find(instance_type, platform)

    assert image.id.removeprefix("image of ") in published.parameters.values()
    assert image.family is published.family


@pytest.mark.parametrize(
    ("instance_type", "platform", "ami", "family"),
    [
        pytest.param("t4g.micro", "custom", ARM64_IMAGE, Family.RPM, id="custom, arm64"),
        pytest.param("t3.micro", "custom", X86_64_IMAGE, Family.DEB, id="custom, x86_64"),
        pytest.param("t3.micro", "custom", WINDOWS_IMAGE, Family.WINDOWS, id="custom, Windows"),
        pytest.param("t3.micro", "debian-12", X86_64_IMAGE, None, id="a platform's image of a person's choice"),
    ],
)
def test_an_image_that_is_named_is_taken(instance_type: str, platform: str, ami: str, family: Family | None) -> None:
    image = find(instance_type, platform, ami=ami, family=family)

    assert (image.id, image.pinned) == (ami, True)
    assert image.family is (family or Family.DEB)


@pytest.mark.parametrize(
    ("instance_type", "platform", "changed", "message"),
    [
        pytest.param(
            "t9.micro",
            "debian-13",
            {},
            "instance.instanceType is 't9.micro': EC2 does not have this type in this Region.",
            id="a type that does not exist",
        ),
        pytest.param(
            "mac1.metal",
            "debian-13",
            {},
            "instance.instanceType is 'mac1.metal': EC2 runs it on x86_64_mac, and the agent's packages are for "
            "arm64 and x86_64.",
            id="a Mac",
        ),
        pytest.param(
            "t4g.micro",
            "windows-2022",
            {},
            "instance.platform is 'windows-2022': it is published for x86_64, and the instance type is arm64. "
            "Use another instanceType (t3.medium is x86_64, t4g.micro is arm64).",
            id="Windows on arm64",
        ),
        pytest.param(
            "t4g.micro",
            "debian-12",
            {},
            "instance.platform is 'debian-12': this Region does not publish it as "
            "/aws/service/debian/release/12/latest/arm64. Name an image: instance.ami",
            id="a platform that the Region does not publish",
        ),
        pytest.param(
            "t4g.micro",
            "custom",
            {"family": Family.RPM},
            "instance.ami is null: a custom image needs its id, for example ami-0abcdef1234567890.",
            id="a custom image without its id",
        ),
        pytest.param(
            "t4g.micro",
            "custom",
            {"ami": ARM64_IMAGE},
            "instance.family is null: a custom image needs one of rpm, deb, windows.",
            id="a custom image of an unknown family",
        ),
        pytest.param(
            "t3.micro",
            "custom",
            {"ami": ARM64_IMAGE, "family": Family.RPM},
            f"instance.ami is '{ARM64_IMAGE}': it is of arm64, and the instance type of x86_64. Change one of the two",
            id="an image of another architecture",
        ),
        pytest.param(
            "t3.micro",
            "custom",
            {"ami": WINDOWS_IMAGE, "family": Family.RPM},
            f"instance.ami is '{WINDOWS_IMAGE}': it is a Windows image, and the family is rpm.",
            id="a Windows image as another family",
        ),
        pytest.param(
            "t3.micro",
            "windows-2022",
            {"ami": X86_64_IMAGE},
            f"instance.ami is '{X86_64_IMAGE}': it is no Windows image, and the family is windows.",
            id="another image as Windows",
        ),
        pytest.param(
            "t3.micro",
            "amazon-linux-2",
            {"ami": "ami-0abcdef1234567890"},
            "instance.ami is 'ami-0abcdef1234567890': EC2 has no such image in this Region that this account may use",
            id="an image that is not there",
        ),
    ],
)
def test_what_ec2_would_refuse_is_refused_before(
    instance_type: str, platform: str, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        find(instance_type, platform, **changed)

    assert str(caught.value).startswith(f"ssm-only:{message}")
