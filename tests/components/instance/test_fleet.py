"""The fleet, its template and its group, on Pulumi's mocks."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.instance.fleet import SsmFleet, SsmFleetArgs
from components.instance.fleet_plan import BOOTS, Scaling
from components.instance.hardware import CpuCredits, Placement, Spot
from components.instance.images import with_root_device
from components.instance.instance import SsmInstance
from components.instance.platforms import Family
from components.instance.rights import Rights
from components.instance.volumes import Volume, VolumeKind, VolumeType
from tests.components.graph import (
    ATTACHMENT,
    EGRESS,
    GROUP,
    INSTANCE,
    PROFILE,
    ROLE,
    ROLE_POLICY,
    SECURITY_GROUP,
    VOLUME,
    Graph,
    Registered,
    deploy,
)
from tests.components.graph import (
    LAUNCH_TEMPLATE as TEMPLATE,
)
from tests.components.instance.test_instance import ALONE, IMAGE

MADE = "workers-amazon-linux-2023-arm64"
AGENT = Path(__file__).parents[3] / "components" / "instance" / "agent"
ONE = dataclasses.replace(ALONE, image=dataclasses.replace(IMAGE, root_device="/dev/xvda"))


def deploy_fleet(scaling: Scaling | None = None, **changed: Any) -> Graph:
    args = SsmFleetArgs(instance=dataclasses.replace(ONE, **changed), scaling=scaling or Scaling())
    return deploy(lambda: SsmFleet("workers", args))


def group_of(graph: Graph) -> Registered:
    return graph.one(GROUP, "workers")


def test_it_is_these_resources_and_no_others() -> None:
    assert deploy_fleet().names() == {
        (ROLE, "workers"),
        (PROFILE, "workers"),
        (ROLE_POLICY, "workers-features"),
        (SECURITY_GROUP, "workers"),
        (EGRESS, "workers-to-internet"),
        (TEMPLATE, MADE),
        (GROUP, "workers"),
    }


def test_the_template_has_the_options_of_an_instance() -> None:
    graph = deploy_fleet(
        volume_kind=VolumeKind(type=VolumeType.GP3, iops=4000, throughput=250),
        volume_key="arn:aws:kms:us-east-1:123456789012:key/k",
        security_groups=["sg-more"],
        metadata_hop_limit=2,
        monitoring=True,
        placement=Placement(group="rack", partition=2),
        cpu_credits=CpuCredits.UNLIMITED,
    )
    (template,) = graph.of(TEMPLATE).values()
    (disk,) = template["blockDeviceMappings"]

    assert disk["ebs"] == {
        "encrypted": "true",
        "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k",
        "volumeSize": 8,
        "volumeType": "gp3",
        "iops": 4000,
        "throughput": 250,
        "deleteOnTermination": "true",
    }
    assert template["vpcSecurityGroupIds"] == ["workers-id", "sg-more"]
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 2
    assert template["monitoring"] == {"enabled": True}
    assert template["placement"] == {"groupName": "rack", "partitionNumber": 2}
    assert template["creditSpecification"] == {"cpuCredits": "unlimited"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("keep", True),
        ("wait_for_agent", 1),
        ("termination_protection", True),
        ("stop_protection", True),
        ("spot", Spot()),
        ("associate_public_ip", True),
    ],
)
def test_what_is_of_one_instance_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name}: it is of one instance"):
        SsmFleetArgs(instance=dataclasses.replace(ONE, **{name: value}))


def test_each_instance_has_volumes_of_its_own_that_end_with_it() -> None:
    kind = VolumeKind(type=VolumeType.IO2, iops=500)
    graph = deploy_fleet(volumes=[Volume(device="/dev/sdf", size=30, kind=kind)], volume_key="key")
    (template,) = graph.of(TEMPLATE).values()
    root, more = template["blockDeviceMappings"]

    assert root["deviceName"] == "/dev/xvda"
    assert more == {
        "deviceName": "/dev/sdf",
        "ebs": {
            "encrypted": "true",
            "kmsKeyId": "key",
            "volumeSize": 30,
            "volumeType": "io2",
            "iops": 500,
            "deleteOnTermination": "true",
        },
    }
    assert graph.of(VOLUME) == {}


def test_a_volume_that_outlives_its_instance_is_refused() -> None:
    with pytest.raises(ValueError, match=r"volumes\.keep: what outlives each instance"):
        SsmFleetArgs(instance=dataclasses.replace(ONE, volumes=[Volume(device="/dev/sdf", size=8, keep=True)]))


def test_its_instances_are_as_an_instance_is() -> None:
    """Role, rules and what an instance starts from are the same but for the names."""
    fleet = deploy_fleet()
    alone = deploy(lambda: SsmInstance("workers", ONE))
    (template,), (instance,) = fleet.of(TEMPLATE).values(), alone.of(INSTANCE).values()

    for type_ in (ROLE, PROFILE, ROLE_POLICY, SECURITY_GROUP, EGRESS, ATTACHMENT):
        assert fleet.of(type_) == alone.of(type_)
    assert template["userData"] == instance["userDataBase64"]
    assert template["metadataOptions"] == instance["metadataOptions"]
    assert template["vpcSecurityGroupIds"] == instance["vpcSecurityGroupIds"]
    assert template["iamInstanceProfile"] == {"name": instance["iamInstanceProfile"]}
    assert (template["imageId"], template["instanceType"]) == (instance["ami"], instance["instanceType"])
    (disk,) = template["blockDeviceMappings"]
    root = instance["rootBlockDevice"]
    assert disk == {
        "deviceName": "/dev/xvda",
        "ebs": {
            "encrypted": "true",
            "deleteOnTermination": "true",
            "volumeSize": root["volumeSize"],
            "volumeType": root["volumeType"],
        },
    }
    assert template["tagSpecifications"] == [{"resourceType": "volume", "tags": root["tags"]}]


def test_tags_reach_the_instances() -> None:
    tags = group_of(deploy_fleet()).inputs["tags"]

    assert tags == [
        {"key": "Name", "value": "workers", "propagateAtLaunch": True},
        {"key": "team", "value": "platform", "propagateAtLaunch": True},
    ]


def test_all_that_an_agent_needs_is_there_before_an_instance_starts() -> None:
    graph = deploy_fleet(policies={"Read": "arn:aws:iam::aws:policy/Read"})
    before = graph.made_before(group_of(graph))

    assert {(ROLE_POLICY, "workers-features"), (EGRESS, "workers-to-internet"), (TEMPLATE, MADE)} <= before
    assert (ATTACHMENT, "workers/Read") in before


@pytest.mark.parametrize(
    ("scaling", "desired"),
    [
        pytest.param(Scaling(minimum=1, maximum=4), None, id="left to what scales it"),
        pytest.param(Scaling(minimum=1, maximum=4, desired=2), 2, id="said"),
        pytest.param(Scaling(minimum=0, maximum=4, desired=0), 0, id="none"),
    ],
)
def test_the_desired_number_is_sent_only_where_it_is_said(scaling: Scaling, desired: int | None) -> None:
    """What Pulumi sends at a later update would undo a scale-out."""
    inputs = group_of(deploy_fleet(scaling)).inputs

    assert inputs.get("desiredCapacity") == desired
    assert (inputs["minSize"], inputs["maxSize"]) == (scaling.minimum, scaling.maximum)


@pytest.mark.parametrize(
    ("scaling", "subnets"),
    [
        pytest.param(Scaling(), ["subnet-1", "subnet-2"], id="all"),
        pytest.param(Scaling(zones=(2,)), ["subnet-2"], id="one"),
    ],
)
def test_it_is_in_its_zones(scaling: Scaling, subnets: list[str]) -> None:
    assert group_of(deploy_fleet(scaling)).inputs["vpcZoneIdentifiers"] == subnets


@pytest.mark.parametrize(
    ("scaling", "has_spot"),
    [
        pytest.param(Scaling(other_types=("t4g.small",)), False, id="on demand"),
        pytest.param(
            Scaling(maximum=4, other_types=("t4g.small",), on_demand_base=1, on_demand_percentage=25), True, id="spot"
        ),
    ],
)
def test_spot(scaling: Scaling, *, has_spot: bool) -> None:
    inputs = group_of(deploy_fleet(scaling)).inputs
    policy = inputs["mixedInstancesPolicy"]

    assert [one["instanceType"] for one in policy["launchTemplate"]["overrides"]] == ["t4g.micro", "t4g.small"]
    assert policy["instancesDistribution"] == {
        "onDemandAllocationStrategy": "prioritized",
        "onDemandBaseCapacity": scaling.on_demand_base,
        "onDemandPercentageAboveBaseCapacity": scaling.on_demand_percentage,
        "spotAllocationStrategy": "price-capacity-optimized",
    }
    assert (inputs["capacityRebalance"], inputs["ignoreFailedScalingActivities"]) == (has_spot, has_spot)


@pytest.mark.parametrize(
    ("scaling", "preferences"),
    [
        pytest.param(Scaling(), None, id="none"),
        pytest.param(Scaling(refresh=True), (100, 110), id="a new one first"),
        pytest.param(Scaling(refresh=True, min_healthy_percentage=50), (50, 100), id="half at a time"),
    ],
)
def test_refresh(scaling: Scaling, preferences: tuple[int, int] | None) -> None:
    refresh: Any = group_of(deploy_fleet(scaling)).inputs.get("instanceRefresh")
    if preferences is None:
        assert refresh is None
        return

    found = refresh["preferences"]
    assert (found["minHealthyPercentage"], found["maxHealthyPercentage"]) == preferences
    assert found["instanceWarmup"] == "180"
    assert found["skipMatching"] is True


@pytest.mark.parametrize(
    ("pinned", "newest", "ignored"),
    [
        pytest.param(False, False, {"imageId"}, id="it keeps its image"),
        pytest.param(False, True, set(), id="it follows its platform"),
        pytest.param(True, False, set(), id="a person named it"),
    ],
)
def test_a_newer_image(*, pinned: bool, newest: bool, ignored: set[str]) -> None:
    graph = deploy_fleet(image=dataclasses.replace(ONE.image, pinned=pinned), replace_on_new_image=newest)

    assert graph.one(TEMPLATE, MADE).ignores == ignored


def test_another_platform_is_another_template_of_the_same_group() -> None:
    """An image that is ignored would be ignored when the platform changes too."""
    debian = dataclasses.replace(ONE.image, label="debian-13-arm64", family=Family.DEB)

    assert set(deploy_fleet(image=debian).of(TEMPLATE)) == {"workers-debian-13-arm64"}
    assert set(deploy_fleet(image=debian).of(GROUP)) == {"workers"}


def test_secret_user_data_is_secret() -> None:
    graph = deploy_fleet(user_data="#!/bin/sh\necho word", secret_user_data=True)

    assert "userData" in graph.one(TEMPLATE, MADE).secret
    assert "userData" not in deploy_fleet().one(TEMPLATE, MADE).secret


def pauses() -> int:
    """The longest that linux.sh waits between the tries of its three steps, and for one try of each."""
    # A package is of one kind.
    script = re.sub(r" *rpm\) .*\n", "", (AGENT / "linux.sh").read_text())
    first, last = (int(one) for one in re.findall(r"pause=(\d+)\n.*\n *\[ \"\$pause\" -le (\d+) \]", script)[0])
    between, pause = 0, first
    while pause <= last:
        between, pause = between + pause, pause * 2
    install = re.search(r"install_agent\(\) \{(.*?)\n\}", script, re.DOTALL)
    verify = re.search(r"verify\(\) \{(.*?)\n\}", script, re.DOTALL)
    assert install
    assert verify
    tries = [int(one) for part in (install[1], verify[1]) for one in re.findall(r"(?:request|timeout) (\d+) ", part)]
    started, diagnosed = 60, 60
    return 3 * between + sum(tries) + started + diagnosed


def test_the_grace_is_longer_than_the_boot_check_takes() -> None:
    boot_seconds = 60
    windows = (AGENT / "windows.ps1").read_text()
    (listed,) = re.findall(r"^\$pauses = ([\d, ]+)", windows, re.MULTILINE)
    download = max(map(int, re.findall(r"-TimeoutSec (\d+)", windows)))

    assert pauses() + boot_seconds <= BOOTS[Family.RPM].longest
    assert 3 * sum(map(int, listed.split(","))) + download + 5 * boot_seconds <= BOOTS[Family.WINDOWS].longest
    for family in Family:
        graph = deploy_fleet(image=dataclasses.replace(ONE.image, family=family))
        assert group_of(graph).inputs["healthCheckGracePeriod"] == BOOTS[family].longest


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"image": IMAGE}, "with_root_device", id="an image whose root volume has no name"),
        pytest.param({"rights": Rights(report_parameter="/a")}, "share their role", id="a parameter for each"),
    ],
)
def test_what_a_fleet_cannot_have_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SsmFleetArgs(instance=dataclasses.replace(ONE, **changed))


def test_it_hands_on_what_others_build_on() -> None:
    made: list[SsmFleet] = []

    def program() -> None:
        made.append(SsmFleet("workers", SsmFleetArgs(instance=ONE)))
        pulumi.export("outputs", made[0].outputs)

    assert deploy(program).exports["outputs"] == {
        "group_name": "workers-name",
        "launch_template_id": f"{MADE}-id",
        "security_group_id": "workers-id",
        "role_name": "workers-name",
        "role_arn": "workers-arn",
    }


def test_the_name_of_the_root_volume_is_the_images() -> None:
    found = []
    image = dataclasses.replace(IMAGE, id="ami-00000000000000001")
    deploy(lambda: found.append(with_root_device(image)))

    assert found == [dataclasses.replace(image, root_device="/dev/xvda")]
