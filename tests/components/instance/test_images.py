"""Which image an instance starts from, and what EC2 would refuse later."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.base.errors import ConfigError
from components.instance.images import Image, find_image
from components.instance.platforms import PLATFORMS, Family, Platform
from tests.components.graph import INSTANCE, STATE, Answer, deploy

ARM64_IMAGE = "ami-00000000000000001"
X86_64_IMAGE = "ami-00000000000000002"
WINDOWS_IMAGE = "ami-00000000000000003"


def find(instance_type: str, platform: str, *, answers: Mapping[str, Answer] | None = None, **changed: Any) -> Image:
    found: list[Image] = []
    deploy(lambda: found.append(find_image(instance_type, Platform(platform), **changed)), answers=answers)
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
            "instance.instanceType is 't9.micro': EC2 does not have this type in this Region. It has t4g.micro, "
            "t3.micro. `aws ec2 describe-instance-types --query InstanceTypes[].InstanceType` lists all.",
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
        pytest.param(
            "t3.micro",
            "debian-13",
            {"ami": X86_64_IMAGE, "volume_size": 9},
            f"instance.volumeSize is 9: the image {X86_64_IMAGE} has a root volume of 10 GiB. Use 10 or more.",
            id="a volume smaller than that of a named image",
        ),
    ],
)
def test_what_ec2_would_refuse_is_refused_before(
    instance_type: str, platform: str, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        find(instance_type, platform, **changed)

    assert str(caught.value).startswith(f"ssm-only:{message}")


def test_a_volume_of_the_images_own_size_is_enough() -> None:
    assert find("t3.micro", "debian-13", ami=X86_64_IMAGE, volume_size=10).id == X86_64_IMAGE


GONE = "ami-0abcdef1234567890"
LABEL = "custom-arm64"


def left(name: str, ami: str, component: str = "ssm-only:components:SsmInstance") -> Mapping[str, Answer]:
    """The state of a stack with one instance."""
    resource = {"type": INSTANCE, "outputs": {"ami": ami}}
    return {STATE: lambda _: {"outputs": {f"urn:pulumi:test::ssm-only::{component}${INSTANCE}::{name}": resource}}}


CUSTOM: Mapping[str, Any] = {"ami": GONE, "family": Family.RPM, "name": "web"}


def test_an_instance_keeps_an_image_that_is_there_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)

    image = find("t4g.micro", "custom", answers=left(f"web-{LABEL}", GONE), **CUSTOM)

    assert image == Image(id=GONE, family=Family.RPM, label=LABEL, pinned=True)
    (line,) = warned
    assert line.startswith(f"ssm-only:instance.ami is '{GONE}': EC2 has this image no longer.")


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(left(f"db-{LABEL}", GONE), id="another instance has it"),
        pytest.param(left(f"web-{LABEL}", ARM64_IMAGE), id="the instance is from another image"),
        pytest.param(left("web-custom-x86_64", GONE), id="the instance is of another architecture"),
        pytest.param(left(f"web-{LABEL}", GONE, component="acme:lib:Instance"), id="it is no instance of ours"),
        pytest.param({}, id="a new stack"),
    ],
)
def test_no_new_instance_has_an_image_that_is_there_no_longer(answers: Mapping[str, Answer]) -> None:
    with pytest.raises(ConfigError, match="EC2 has no such image"):
        find("t4g.micro", "custom", answers=answers, **CUSTOM)


DENIED = "api error UnauthorizedOperation: not authorized to perform: ec2:DescribeImages"


@pytest.mark.parametrize(
    ("token", "changed"),
    [
        pytest.param("aws:ec2/getAmi:getAmi", CUSTOM, id="an image"),
        pytest.param("aws:ssm/getParameter:getParameter", {}, id="the newest image"),
    ],
)
def test_another_failure_is_not_taken_for_an_image_that_is_not_there(token: str, changed: Mapping[str, Any]) -> None:
    with pytest.raises(Exception, match="UnauthorizedOperation") as caught:
        find("t4g.micro", "custom" if changed else "debian-13", answers={token: lambda _: DENIED}, **changed)

    assert not isinstance(caught.value, ConfigError)


def types_of_region(*types: str) -> Mapping[str, Answer]:
    def answer(args: Mapping[str, Any]) -> dict[str, Any]:
        (asked,) = (one["values"] for one in args["filters"])
        return {"instanceTypes": [one for one in asked if one in types]}

    return {"aws:ec2/getInstanceTypes:getInstanceTypes": answer}


@pytest.mark.parametrize(
    ("platform", "there"),
    [
        pytest.param("amazon-linux-2023", "It has m6g.medium, m5.large. ", id="both architectures"),
        pytest.param("windows-2022", "It has m5.large. ", id="Windows, which is x86_64 alone"),
        pytest.param("custom", "It has m6g.medium, m5.large. ", id="any image"),
    ],
)
def test_a_region_without_the_type_has_others(platform: str, there: str) -> None:
    """As in me-central-1, which has none of t3 and t4g."""
    with pytest.raises(ConfigError) as caught:
        find("t4g.micro", platform, answers=types_of_region("m6g.medium", "m5.large"))

    assert there in str(caught.value)


def test_windows_is_not_told_a_type_of_less_memory_than_it_needs() -> None:
    with pytest.raises(ConfigError, match=r"It has t3\.medium\. "):
        find("t9.micro", "windows-2022", answers=types_of_region("t3.micro", "t3.medium", "t4g.micro"))


def test_a_region_that_has_none_of_the_common_types_is_not_said_to_have_any() -> None:
    with pytest.raises(ConfigError, match=r"in this Region\. `aws ec2"):
        find("t4g.micro", "debian-13", answers=types_of_region())
