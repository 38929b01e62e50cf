"""A fleet on the real engine: it comes up, is scaled, changes, is refreshed, and goes; AWS itself is asked."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.components.evaluator import Request, allows
from tests.engine.calls import recorded
from tests.engine.guides import DRIFT, OF_FLEETS, OF_VARIANT, PREVIEW, deployer, unallowed, unasked
from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud

FLEET: dict[str, Any] = {
    "name": "workers",
    "min": 1,
    "max": 4,
    "otherTypes": ["t4g.small"],
    "onDemandBase": 1,
    "onDemandPercentage": 0,
    "volumes": [{"device": "/dev/sdf", "size": 10, "type": "gp2"}],
    "tags": {"team": "web"},
}
CONFIG: dict[str, Any] = {
    "variant": "igw",
    "zones": 2,
    "instances": [],
    "fleets": [FLEET],
    "operators": {"portForwarding": True},
}
STACK_TAG = "organization/ssm-only/fleets"
# The provider asks it of an image, and does without the answer where that is a refusal.
NEEDLESS = "ec2:GetInstanceUefiData"


def with_fleet(**changed: Any) -> dict[str, Any]:
    return {**CONFIG, "fleets": [{**FLEET, **changed}]}


@pytest.fixture(scope="class")
def asked() -> set[str]:
    """What Pulumi asks of AWS to bring the stack up, to change it and to take it down."""
    return set()


@pytest.fixture(scope="class")
def stack(cloud: Cloud, asked: set[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    cloud.start()
    before = cloud.account()
    with configured(cloud, "fleets", tmp_path_factory.mktemp("stack")) as stack:
        with recorded(cloud) as calls:
            said = stack.up(CONFIG)
        asked |= calls
        assert "ssm-guard" in said
        assert "warning" not in said, "the policy pack, and the program, have nothing against it"
        yield stack
    assert cloud.account() == before, "it goes, and nothing stays"


@pytest.fixture(scope="class")
def output(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = stack.outputs()["fleets"]["workers"]
    return found


@pytest.fixture(scope="class")
def scaling(stack: Stack) -> Any:
    return stack.cloud.autoscaling


def running(stack: Stack, group: str) -> list[Any]:
    """The group's instances that run, as EC2 describes them."""
    filters: Any = [
        {"Name": "tag:aws:autoscaling:groupName", "Values": [group]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    reservations = stack.cloud.ec2.describe_instances(Filters=filters)["Reservations"]
    return [one for reservation in reservations for one in reservation["Instances"]]


def tags_of(described: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described["Tags"] if not tag["Key"].startswith("aws:")}


class TestFleet:
    def test_its_instances_have_what_an_instance_has(self, stack: Stack, output: dict[str, Any]) -> None:
        (found,) = running(stack, output["group_name"])
        volume, more = sorted(volumes(stack, {found["InstanceId"]}), key=lambda one: int(one["Size"]))
        (group,) = stack.cloud.ec2.describe_security_groups(GroupIds=[output["security_group_id"]])["SecurityGroups"]
        tags = {"Name": "workers", "team": "web", "ssm-only:stack": STACK_TAG}

        assert found["MetadataOptions"]["HttpTokens"] == "required"
        assert found["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert "PublicIpAddress" in found, "the subnet gives it one"
        assert found["IamInstanceProfile"]["Arn"].split("/")[-1].startswith("workers-")
        assert [one["GroupId"] for one in found["SecurityGroups"]] == [output["security_group_id"]]
        assert group["IpPermissions"] == []
        assert (volume["Encrypted"], volume["Size"], volume["VolumeType"]) == (True, 8, "gp3")
        assert (more["Encrypted"], more["Size"], more["VolumeType"]) == (True, 10, "gp2")
        assert [one["Ebs"]["DeleteOnTermination"] for one in found["BlockDeviceMappings"]] == [True, True]
        assert (tags_of(found), tags_of(volume), tags_of(more)) == (tags, tags, tags)

    def test_it_boots_with_the_boot_check(self, stack: Stack, output: dict[str, Any]) -> None:
        (found,) = running(stack, output["group_name"])
        told = stack.cloud.ec2.describe_instance_attribute(InstanceId=found["InstanceId"], Attribute="userData")

        assert "ssm-only" in base64.b64decode(told["UserData"]["Value"]).decode()

    def test_operators_reach_its_instances_and_no_others(self, stack: Stack, output: dict[str, Any]) -> None:
        (found,) = running(stack, output["group_name"])
        iam, arn = stack.cloud.iam, stack.outputs()["operators"]["policy_arn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        policy = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        ours = {f"ssm:resourceTag/{key}": value for key, value in tags_of(found).items()}
        instance = f"arn:aws:ec2:us-east-1:123456789012:instance/{found['InstanceId']}"

        def allowed(context: dict[str, str]) -> bool:
            asked = Request(action="ssm:StartSession", resource=instance, context=context)
            return allows(json.dumps(policy), asked)

        assert allowed(ours)
        assert not allowed({**ours, "ssm:resourceTag/ssm-only:stack": "another"})

    @pytest.mark.parametrize("name", ["shell", "port_forward"])
    def test_a_ready_line_opens_a_session_on_one_of_them(self, stack: Stack, output: dict[str, Any], name: str) -> None:
        (found,) = running(stack, output["group_name"])
        done = in_shell(stack, output[name])

        assert f"{found['InstanceId']} is not connected: no machine runs on this AWS" in done.stdout + done.stderr

    def test_a_ready_line_lists_them(self, stack: Stack, output: dict[str, Any]) -> None:
        (found,) = running(stack, output["group_name"])
        done = in_shell(stack, output["list"])

        assert done.returncode == 0, done.stderr
        assert found["InstanceId"] in done.stdout
        assert found["PrivateIpAddress"] in done.stdout

    def test_the_doctor_waits_for_them(self, stack: Stack, output: dict[str, Any]) -> None:
        (found,) = running(stack, output["group_name"])
        words = ("python", "-m", "doctor", "--timeout", "0", "--json", "--stack", stack.name)
        document = json.loads(stack.cloud.localaws(*words, code=3).stdout)

        assert [(one["name"], one["id"]) for one in document["instances"]] == [("workers", found["InstanceId"])]
        assert [(one["desired"], one["started"], one["causes"]) for one in document["fleets"]] == [(1, 1, [])]

    def test_what_scales_it_is_not_undone(self, stack: Stack, output: dict[str, Any], scaling: Any) -> None:
        scaling.set_desired_capacity(AutoScalingGroupName=output["group_name"], DesiredCapacity=3)

        with recorded(stack.cloud) as previewed:
            assert stack.changes(CONFIG) == {}
        assert unallowed(previewed, PREVIEW | DRIFT) - {NEEDLESS} == {"autoscaling:DescribeAutoScalingGroups"}
        stack.up(with_fleet(max=5))
        (group,) = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        found = running(stack, output["group_name"])

        assert (group["DesiredCapacity"], group["MaxSize"], len(found)) == (3, 5, 3)
        # One on demand, the others spot; in both zones.
        assert sorted(one.get("InstanceLifecycle", "") for one in found) == ["", "spot", "spot"]
        assert {one["Placement"]["AvailabilityZone"] for one in found} == {"us-east-1a", "us-east-1b"}

    def test_a_changed_template_is_for_new_instances(self, stack: Stack, output: dict[str, Any], scaling: Any) -> None:
        before = {one["InstanceId"] for one in running(stack, output["group_name"])}
        stack.up(with_fleet(max=5, volumeSize=12))
        scaling.set_desired_capacity(AutoScalingGroupName=output["group_name"], DesiredCapacity=4)
        found = {one["InstanceId"] for one in running(stack, output["group_name"])}

        assert before < found
        assert sizes(stack, before) == [8, 8, 8]
        assert sizes(stack, found - before) == [12]

    def test_a_refresh_replaces_them(self, stack: Stack, asked: set[str], output: dict[str, Any], scaling: Any) -> None:
        before = {one["InstanceId"] for one in running(stack, output["group_name"])}
        wanted = with_fleet(max=5, volumeSize=16, refresh=True)
        with recorded(stack.cloud) as calls:
            stack.up(wanted)
        asked |= calls
        found = {one["InstanceId"] for one in running(stack, output["group_name"])}
        (refresh,) = scaling.describe_instance_refreshes(AutoScalingGroupName=output["group_name"])["InstanceRefreshes"]

        assert before.isdisjoint(found)
        assert len(found) == len(before)
        assert sizes(stack, found) == [16] * len(before)
        assert refresh["Preferences"]["MinHealthyPercentage"] == 100
        assert refresh["Preferences"]["MaxHealthyPercentage"] == 110
        assert stack.changes(wanted) == {}

    def test_more_types_end_no_instance(self, stack: Stack, output: dict[str, Any]) -> None:
        before = {one["InstanceId"] for one in running(stack, output["group_name"])}
        stack.up(with_fleet(max=5, volumeSize=16, refresh=True, otherTypes=["t4g.small", "t4g.medium"]))

        assert {one["InstanceId"] for one in running(stack, output["group_name"])} == before

    def test_the_guides_policy_for_who_deploys_is_what_all_that_asked(self, stack: Stack, asked: set[str]) -> None:
        """The last: it takes the stack down."""
        with recorded(stack.cloud) as calls:
            stack.destroy()
        asked |= calls

        assert {
            one for one in unallowed(asked, deployer(OF_FLEETS | OF_VARIANT["igw"])) if not is_of_others(one)
        } == set()
        assert unasked(asked, deployer(OF_FLEETS)) == set()


def is_of_others(action: str) -> bool:
    """What the policy for people asks, which docs/deployer.md has elsewhere."""
    return action == NEEDLESS or (action.startswith("iam:") and "Policy" in action)


def volumes(stack: Stack, ids: set[str]) -> list[Any]:
    filters: Any = [{"Name": "attachment.instance-id", "Values": sorted(ids)}]
    return [*stack.cloud.ec2.describe_volumes(Filters=filters)["Volumes"]]


def sizes(stack: Stack, ids: set[str]) -> list[int]:
    """Of the root volumes."""
    return [one["Size"] for one in volumes(stack, ids) if one["Attachments"][0]["Device"] != "/dev/sdf"]


def in_shell(stack: Stack, line: str) -> subprocess.CompletedProcess[str]:
    """Runs a line as a person pastes it, in a shell whose `aws` asks this AWS."""
    return stack.cloud.localaws("sh", "-c", line, code=None)
