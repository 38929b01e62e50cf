"""Every platform on the real engine, arm64 and x86_64, and what becomes of an instance when its settings change."""

from __future__ import annotations

import base64
import email
import gzip
from typing import TYPE_CHECKING, Any

import pytest

from components.instance.platforms import PLATFORMS, Architecture, Family, Platform
from tests.engine.stack import configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud
    from tests.engine.stack import Stack

TYPES = {Architecture.ARM64: "t4g.micro", Architecture.X86_64: "t3.micro"}


def an_image(cloud: Cloud, *, windows: bool) -> str:
    """Any image of moto's that is like this, for x86_64."""
    images = cloud.ec2.describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"]
    return next(image["ImageId"] for image in images if (image.get("Platform") == "windows") is windows)


def published_image(cloud: Cloud, entry: dict[str, Any]) -> str:
    """The id that Parameter Store holds for this platform now."""
    (architecture,) = (one for one, instance_type in TYPES.items() if instance_type == entry["instanceType"])
    name = PLATFORMS[Platform(entry["platform"])].parameters[architecture]
    return cloud.ssm.get_parameter(Name=name)["Parameter"]["Value"]


def wanted_instances(cloud: Cloud) -> list[dict[str, Any]]:
    """One of each platform and architecture, and a custom one of each family."""
    wanted: list[dict[str, Any]] = []
    for platform, published in PLATFORMS.items():
        for architecture in published.parameters:
            entry: dict[str, Any] = {
                "name": f"{platform.value}-{architecture.value}".replace(".", "-").replace("_", "-"),
                "platform": platform.value,
                "instanceType": TYPES[architecture],
            }
            wanted.append(entry)
    for family in Family:
        entry = {"name": f"custom-{family.value}", "platform": Platform.CUSTOM.value, "family": family.value}
        ami = an_image(cloud, windows=family is Family.WINDOWS)
        wanted.append({**entry, "ami": ami, "instanceType": "t3.micro", "volumeSize": 40})
    return wanted


@pytest.fixture(scope="class")
def stack(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with configured(cloud, "platforms", tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def running(stack: Stack) -> dict[str, Any]:
    """What EC2 says of each instance that runs, by its name."""
    state = {"Name": "instance-state-name", "Values": ["running"]}
    ours = {"Name": "tag:ssm-only:stack", "Values": ["organization/ssm-only/platforms"]}
    filters: Any = [state, ours]
    pages = stack.cloud.ec2.describe_instances(Filters=filters)
    found = [instance for page in pages["Reservations"] for instance in page["Instances"]]
    return {tag["Value"]: one for one in found for tag in one["Tags"] if tag["Key"] == "Name"}


def user_data(stack: Stack, instance_id: str) -> str:
    """As cloud-init gets it."""
    answer = stack.cloud.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
    content = base64.b64decode(answer["UserData"]["Value"])
    return (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode()


class TestPlatforms:
    def test_each_comes_up_with_its_image_disk_and_script(self, stack: Stack) -> None:
        wanted = wanted_instances(stack.cloud)
        stack.up({"variant": "igw", "zones": 1, "instances": wanted})
        made = running(stack)

        assert set(made) == {entry["name"] for entry in wanted}
        for entry in wanted:
            self.check(stack, entry, made[entry["name"]])

    def check(self, stack: Stack, entry: dict[str, Any], instance: dict[str, Any]) -> None:
        ec2 = stack.cloud.ec2
        (image,) = ec2.describe_images(ImageIds=[instance["ImageId"]])["Images"]
        volumes = [mapping["Ebs"]["VolumeId"] for mapping in instance["BlockDeviceMappings"]]
        (volume,) = ec2.describe_volumes(VolumeIds=volumes)["Volumes"]
        is_windows = "windows" in entry["name"]
        text = user_data(stack, instance["InstanceId"])

        assert instance["ImageId"] == (entry.get("ami") or published_image(stack.cloud, entry))
        assert image["Architecture"] == ("arm64" if entry["instanceType"] == "t4g.micro" else "x86_64")
        assert volume["Size"] == entry.get("volumeSize", 30 if is_windows else 8)
        assert volume["Encrypted"]
        if is_windows:
            assert text.startswith("<powershell>")
            assert "AmazonSSMAgent" in text
        else:
            (part,) = [one for one in email.message_from_string(text).walk() if not one.is_multipart()]
            assert part.get_content_type() == "text/cloud-boothook"


class TestChanges:
    """One instance, and what an `up` would do to it."""

    BASE: dict[str, Any] = {"variant": "igw", "zones": 1}  # noqa: RUF012 - never written to
    # Every image of moto's has a disk of 15 GiB.
    OWN = {"name": "web", "volumeSize": 15, "userData": "#!/bin/sh\necho one\n"}  # noqa: RUF012 - never written to
    OTHER = {"name": "web", "volumeSize": 15, "userData": "#!/bin/sh\necho two\n"}  # noqa: RUF012 - never written to

    def test_it_stays_the_same_instance_unless_asked(self, stack: Stack) -> None:
        parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
        latest = stack.cloud.ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
        alike: Any = [{"Name": "name", "Values": ["al2023-ami-2023.*-arm64"]}]
        images = stack.cloud.ec2.describe_images(Filters=alike)["Images"]
        older = next(image["ImageId"] for image in images if image["ImageId"] != latest)
        stack.up({**self.BASE, "instances": [{"name": "web", "ami": older, "volumeSize": 15}]})
        before = running(stack)["web"]

        stack.up({**self.BASE, "instances": [self.OWN]})
        after = running(stack)["web"]
        assert (before["ImageId"], before["InstanceId"]) == (older, after["InstanceId"])
        assert "echo one" in user_data(stack, after["InstanceId"])
        assert stack.changes({**self.BASE, "instances": [self.OTHER]}) == {"update": 1}

    def test_it_is_another_one_if_asked(self, stack: Stack) -> None:
        newer = {**self.BASE, "replaceOnNewImage": True, "instances": [self.OWN]}
        changed = {**self.BASE, "replaceOnUserData": True, "instances": [self.OTHER]}

        assert stack.changes(newer) == {"replace": 1}
        assert stack.changes(changed) == {"replace": 1}
