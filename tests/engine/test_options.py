"""An instance with every option on the real engine: EC2 itself is asked what it got, and who else was let in."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.engine.calls import recorded
from tests.engine.embedded import ROOT
from tests.engine.guides import OF_OPTIONS, OF_VARIANT, PREVIEW, deployer, unallowed, unasked
from tests.engine.stack import Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.embedded import Cloud


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """What somebody else made, and the stack names."""

    key: str
    database: str
    prefixes: str


@pytest.fixture(scope="class")
def theirs(cloud: Cloud) -> Iterator[Theirs]:
    cloud.start()
    ec2 = cloud.ec2
    key = json.loads(cloud.localaws("aws", "kms", "create-key").stdout)["KeyMetadata"]["Arn"]
    cloud.localaws("aws", "kms", "create-alias", "--alias-name", "alias/volumes", "--target-key-id", key)
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    database = ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"]
    prefixes = ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=1, AddressFamily="IPv4")
    yield Theirs(key=key, database=database, prefixes=prefixes["PrefixList"]["PrefixListId"])
    ec2.delete_security_group(GroupId=database)
    ec2.delete_vpc(VpcId=vpc)


def instance_of(theirs: Theirs) -> dict[str, Any]:
    return {
        "name": "main",
        "instanceType": "t3.micro",
        "volumeSize": 20,
        "volumeType": "gp3",
        "volumeIops": 4000,
        "volumeThroughput": 250,
        "volumeKey": "alias/volumes",
        "volumes": [
            {"device": "/dev/sdf", "size": 30, "type": "io2", "iops": 500},
            {"device": "/dev/sdg", "size": 10, "keep": True},
        ],
        "egress": [{"port": 8443, "to": theirs.prefixes, "why": "the office"}],
        "metadataHopLimit": 2,
        "associatePublicIp": True,
        "terminationProtection": True,
        "stopProtection": True,
        "monitoring": True,
        "placement": {"group": "rack", "partition": 2, "tenancy": "dedicated"},
        "cpuCredits": "standard",
    }


def config_of(theirs: Theirs) -> dict[str, Any]:
    host = {"host": "db.example.internal", "to": theirs.database, "port": 5432, "why": "orders", "addRule": True}
    return {
        "variant": "igw",
        "zones": 1,
        "proxy": {"https": "http://10.0.0.9:3128", "noProxy": [".example.internal"]},
        "operators": {"remoteHosts": [host]},
        "instances": [
            instance_of(theirs),
            {"name": "spare", "spot": {"interruption": "stop", "maxPrice": "0.05"}},
        ],
    }


@pytest.fixture(scope="class")
def asked() -> set[str]:
    return set()


@pytest.fixture(scope="class")
def stack(cloud: Cloud, theirs: Theirs, asked: set[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with configured(cloud, "options", tmp_path_factory.mktemp("stack")) as stack:
        with recorded(cloud) as calls:
            said = stack.up(config_of(theirs))
        asked |= calls
        assert "[mandatory]" not in said
        assert "[advisory]" not in said
        yield stack


@pytest.fixture
def outputs(stack: Stack) -> dict[str, Any]:
    return stack.outputs()


@pytest.fixture
def main(stack: Stack, outputs: dict[str, Any]) -> Any:
    return described(stack, outputs["instances"]["main"]["id"])


def described(stack: Stack, instance: str) -> Any:
    (found,) = stack.cloud.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    return found["Instances"][0]


def volumes_of(stack: Stack, instance: Any) -> dict[str, Any]:
    """By device."""
    ids = [one["Ebs"]["VolumeId"] for one in instance["BlockDeviceMappings"]]
    found = stack.cloud.ec2.describe_volumes(VolumeIds=ids)["Volumes"]
    return {one["Attachments"][0]["Device"]: one for one in found}


def rules_of(cloud: Cloud, group: str) -> list[tuple[Any, ...]]:
    """Who gets in, by which port, and what for; or where it leads."""
    found = cloud.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return sorted(
        (
            "out" if rule["IsEgress"] else "in",
            rule["FromPort"],
            rule.get("CidrIpv4") or rule.get("PrefixListId") or rule["ReferencedGroupInfo"]["GroupId"],
            rule.get("Description", ""),
        )
        for rule in found["SecurityGroupRules"]
        if rule["IpProtocol"] != "-1"  # what every new group lets out
    )


def program_of_the_guide() -> str:
    (found,) = re.findall(r"```yaml\n(name: database\n.*?)```", (ROOT / "docs/instance.md").read_text(), re.DOTALL)
    return str(found)


class TestOptions:
    def test_the_instance_has_what_was_asked_for(self, stack: Stack, main: Any) -> None:
        ec2, id_ = stack.cloud.ec2, main["InstanceId"]
        (credit,) = ec2.describe_instance_credit_specifications(InstanceIds=[id_])["InstanceCreditSpecifications"]

        assert ec2.describe_instance_attribute(InstanceId=id_, Attribute="disableApiTermination")[
            "DisableApiTermination"
        ] == {"Value": True}
        assert ec2.describe_instance_attribute(InstanceId=id_, Attribute="disableApiStop")["DisableApiStop"] == {
            "Value": True
        }
        assert main["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
        assert main["Monitoring"] == {"State": "enabled"}
        placed = {"GroupName": "rack", "PartitionNumber": 2, "Tenancy": "dedicated", "AvailabilityZone": "us-east-1a"}
        assert main["Placement"] == placed
        assert main["PublicIpAddress"]
        assert credit["CpuCredits"] == "standard"

    def test_each_volume_is_encrypted_with_the_key_and_as_fast_as_it_is_to_be(
        self, stack: Stack, theirs: Theirs, main: Any
    ) -> None:
        found = {
            device: (one["Size"], one["VolumeType"], one["Iops"], one["Encrypted"], one["KmsKeyId"] == theirs.key)
            for device, one in volumes_of(stack, main).items()
        }

        assert found == {
            main["RootDeviceName"]: (20, "gp3", 4000, True, True),
            "/dev/sdf": (30, "io2", 500, True, True),
            "/dev/sdg": (10, "gp3", 3000, True, True),
        }

    def test_ways_lead_to_a_group_a_list_and_the_proxy_and_the_group_lets_them_in(
        self, stack: Stack, theirs: Theirs, outputs: dict[str, Any]
    ) -> None:
        ours = {name: one["security_group_id"] for name, one in outputs["instances"].items()}
        both = [
            ("out", 443, "0.0.0.0/0", ""),
            ("out", 3128, "10.0.0.9/32", "proxy"),
            ("out", 5432, theirs.database, "orders"),
        ]

        assert rules_of(stack.cloud, ours["main"]) == [*both, ("out", 8443, theirs.prefixes, "the office")]
        assert rules_of(stack.cloud, ours["spare"]) == both
        assert rules_of(stack.cloud, theirs.database) == sorted(("in", 5432, id_, "orders") for id_ in ours.values())

    def test_the_boot_script_is_told_of_the_proxy(self, stack: Stack, main: Any) -> None:
        told = stack.cloud.ec2.describe_instance_attribute(InstanceId=main["InstanceId"], Attribute="userData")
        script = base64.b64decode(told["UserData"]["Value"]).decode()

        assert "\nproxy=http://10.0.0.9:3128\ndirect=169.254.169.254,.example.internal\n" in script

    def test_a_host_that_is_named_has_a_line(self, outputs: dict[str, Any]) -> None:
        lines = [one["remote_hosts"] for one in outputs["instances"].values()]

        assert [list(one) for one in lines] == [["db.example.internal:5432"]] * 2
        assert '"host": ["db.example.internal"]' in lines[0]["db.example.internal:5432"]

    def test_the_spare_one_is_stopped_when_its_capacity_is_taken(self, stack: Stack, outputs: dict[str, Any]) -> None:
        spare = described(stack, outputs["instances"]["spare"]["id"])
        asked_for = stack.cloud.ec2.describe_spot_instance_requests(
            SpotInstanceRequestIds=[spare["SpotInstanceRequestId"]]
        )
        (request,) = asked_for["SpotInstanceRequests"]

        assert spare["InstanceLifecycle"] == "spot"
        assert request["InstanceInterruptionBehavior"] == "stop"
        assert (request["Type"], float(request["SpotPrice"])) == ("persistent", 0.05)

    def test_a_second_up_changes_nothing_and_a_preview_asks_what_its_guide_says(
        self, stack: Stack, theirs: Theirs
    ) -> None:
        assert stack.changes(config_of(theirs)) == {}
        with recorded(stack.cloud) as previewed:
            assert stack.changes(config_of(theirs), refresh=False) == {}

        assert unallowed(previewed, PREVIEW) == set()

    def test_a_databases_stack_lets_the_instance_in(
        self, stack: Stack, outputs: dict[str, Any], tmp_path: Path
    ) -> None:
        text = program_of_the_guide().replace("ssm-only/privatelink", f"ssm-only/{stack.name}")
        (tmp_path / "Pulumi.yaml").write_text(text)
        (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
        program = ("-C", str(tmp_path), "-s", "dev")
        stack.cloud.up(*program)
        group = json.loads(stack.cloud.localaws("pulumi", "stack", "output", "--json", *program).stdout)["group"]
        (made,) = stack.cloud.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        main = outputs["instances"]["main"]

        assert made["VpcId"] == main["vpc_id"]
        assert rules_of(stack.cloud, group) == [("in", 5432, main["security_group_id"], "")]
        stack.cloud.destroy(*program)

    def test_volumes_and_switches_change_on_an_instance_that_runs_on(
        self, stack: Stack, theirs: Theirs, main: Any, asked: set[str]
    ) -> None:
        before, more = volumes_of(stack, main), changed(theirs)
        # One of the stack's VPC, which a stack that is new has not.
        group = stack.cloud.ec2.create_security_group(GroupName="more", Description="more", VpcId=main["VpcId"])
        more["instances"][0]["securityGroups"] = [group["GroupId"]]
        with recorded(stack.cloud) as calls:
            stack.up(more)
        asked |= calls
        now = described(stack, main["InstanceId"])
        after = volumes_of(stack, now)
        (kept,) = stack.cloud.ec2.describe_volumes(VolumeIds=[before["/dev/sdg"]["VolumeId"]])["Volumes"]

        groups = [one["GroupId"] for one in now["NetworkInterfaces"][0]["Groups"]]

        assert (now["State"]["Name"], now["Monitoring"]["State"]) == ("running", "disabled")
        assert (len(groups), group["GroupId"] in groups) == (2, True)
        assert set(after) == {now["RootDeviceName"], "/dev/sdf"}
        assert after["/dev/sdf"]["VolumeId"] == before["/dev/sdf"]["VolumeId"]
        assert after["/dev/sdf"]["Size"] == 40
        assert kept["State"] == "available", "`keep`: it is taken off, and stays"

    def test_another_instance_takes_the_volumes_over(
        self, stack: Stack, theirs: Theirs, main: Any, asked: set[str]
    ) -> None:
        before = volumes_of(stack, main)["/dev/sdf"]["VolumeId"]
        elsewhere = changed(theirs)
        elsewhere["instances"][0]["placement"]["partition"] = 1
        with recorded(stack.cloud) as calls:
            stack.up(elsewhere)
        asked |= calls
        now = described(stack, stack.outputs()["instances"]["main"]["id"])
        more = stack.cloud.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["more"]}])
        stack.cloud.ec2.delete_security_group(GroupId=more["SecurityGroups"][0]["GroupId"])

        assert now["InstanceId"] != main["InstanceId"]
        assert volumes_of(stack, now)["/dev/sdf"]["VolumeId"] == before

    def test_it_goes_and_takes_its_rules_along(self, stack: Stack, theirs: Theirs, asked: set[str]) -> None:
        """The last: it takes the stack down."""
        with recorded(stack.cloud) as calls:
            stack.destroy()
        asked |= calls

        assert rules_of(stack.cloud, theirs.database) == []
        assert unallowed(asked, deployer(OF_OPTIONS | OF_VARIANT["igw"] | {"OperatorsPolicy"})) == set()
        assert unasked(asked, deployer(OF_OPTIONS)) == set()
        (kept,) = stack.cloud.ec2.describe_volumes(Filters=[{"Name": "tag:Name", "Values": ["main-sdg"]}])["Volumes"]
        stack.cloud.ec2.delete_volume(VolumeId=kept["VolumeId"])


def changed(theirs: Theirs) -> dict[str, Any]:
    """What leaves the instance where it is."""
    config = config_of(theirs)
    config["instances"][0] |= {
        "volumes": [{"device": "/dev/sdf", "size": 40, "type": "io2", "iops": 500}],
        "terminationProtection": False,
        "stopProtection": False,
        "monitoring": False,
        "metadataHopLimit": 1,
        "cpuCredits": "unlimited",
    }
    return config


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        pytest.param({"securityGroups": ["{open}"]}, "lets 0.0.0.0/0 in, and nothing comes in to an", id="a group"),
        pytest.param({"securityGroups": ["{closed}"]}, "the stack's own VPC is still to be made", id="another VPC's"),
        pytest.param(
            {"securityGroups": ["sg-0123456789abcdef0"]}, "EC2 has no such security group in this", id="no group"
        ),
        pytest.param(
            {"egress": [{"port": 1, "to": "pl-0123456789abcdef0", "why": "x"}]},
            "EC2 has no such prefix list in this Region.",
            id="no list",
        ),
        pytest.param({"volumeKey": "alias/nothing"}, "there is no such key. Make it first", id="no key"),
        pytest.param(
            {"instanceType": "m6g.medium", "cpuCredits": "standard"}, "only burstable types", id="no CPU credits"
        ),
    ],
)
def test_what_cannot_be_is_one_message_and_makes_nothing(
    cloud: Cloud, tmp_path: Path, instance: dict[str, Any], message: str
) -> None:
    cloud.start()
    name = tmp_path.name
    group, closed = (
        cloud.ec2.create_security_group(GroupName=f"{name}{end}", Description="x")["GroupId"] for end in ("", "-closed")
    )
    world: Any = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=world)
    file = tmp_path / "Pulumi.nat.yaml"
    text = yaml.safe_dump({"config": {"ssm-only:variant": "nat", "ssm-only:instances": [{"name": "main", **instance}]}})
    file.write_text(text.replace("'{open}'", group).replace("'{closed}'", closed))
    said = cloud.pulumi("preview", "-s", "nat", "--config-file", str(file), code=1)
    errors = [line for line in said.split("Diagnostics:")[1].splitlines() if "error:" in line]

    assert len(errors) == 1
    assert "ssm-only:instances[0]." in errors[0]
    assert message in errors[0]
    assert "Traceback" not in said
    assert "+ 1 to create\n" in said, "which is the stack itself"
    for made in (group, closed):
        cloud.ec2.delete_security_group(GroupId=made)
