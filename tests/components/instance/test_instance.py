"""The instance, its role and its group, on Pulumi's mocks."""

import dataclasses
import json
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import pulumi
import pytest

from components.base.path import AgentPath, EndpointGroup, Endpoints, Internet
from components.base.region import Region
from components.base.targets import PrefixListTarget, SecurityGroupTarget
from components.instance.egress import Egress, Protocol
from components.instance.hardware import CpuCredits, Interruption, Placement, Spot, Tenancy
from components.instance.images import Image
from components.instance.instance import SsmInstance, SsmInstanceArgs
from components.instance.platforms import Family
from components.instance.proxy import Proxy
from components.instance.rights import Rights
from components.instance.user_data import BootSettings, linux_user_data, windows_user_data
from components.instance.volumes import Volume, VolumeKind, VolumeType
from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.routes import Variant
from tests.components import graph as graphs
from tests.components.graph import (
    ASSOCIATION,
    ATTACHMENT,
    CN_NORTH_1,
    EGRESS,
    EIP,
    ENDPOINT,
    INGRESS,
    INSTANCE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    PROFILE,
    ROLE,
    ROLE_POLICY,
    ROUTE,
    SECURITY_GROUP,
    US_EAST_1,
    US_GOV_WEST_1,
    VOLUME,
    VOLUME_ATTACHMENT,
    Graph,
    deploy,
)

IMAGE = Image(id="ami-1", family=Family.RPM, label="amazon-linux-2023-arm64", pinned=False)
BOX = "box-amazon-linux-2023-arm64"
ANYWHERE = AgentPath(
    vpc_id="vpc",
    subnet_ids=["subnet-1", "subnet-2"],
    https_to=Internet(),
    services=["ssm", "ssmmessages", "s3"],
    ready=(),
)
DUAL_STACK = dataclasses.replace(ANYWHERE, dual_stack=True)
ALONE = SsmInstanceArgs(
    region=US_EAST_1,
    path=ANYWHERE,
    image=IMAGE,
    instance_type="t4g.micro",
    tags={"team": "platform"},
)
TAGS = {"team": "platform", "Name": "box"}


def deploy_instance(**changed: Any) -> Graph:
    """An instance in a network that was made elsewhere."""
    return deploy(lambda: SsmInstance("box", dataclasses.replace(ALONE, **changed)))


def with_network(variant: Variant, *names: str, region: Region = US_EAST_1) -> Callable[[], object]:
    """A program with a network of two zones and these instances in it."""

    def program() -> None:
        network = SsmNetwork(
            "net",
            SsmNetworkArgs(
                variant=variant,
                region=region,
                zones=region.zones[:2],
                cidr=IPv4Network("10.0.0.0/16"),
                tags={"team": "platform"},
            ),
        )
        for name in names:
            SsmInstance(name, dataclasses.replace(ALONE, region=region, path=network.path))

    return program


def test_an_instance_is_these_resources_and_no_key_pair() -> None:
    assert deploy_instance().names() == {
        (ROLE, "box"),
        (ROLE_POLICY, "box-features"),
        (PROFILE, "box"),
        (SECURITY_GROUP, "box"),
        (EGRESS, "box-to-internet"),
        (INSTANCE, BOX),
    }


def test_the_instance_itself() -> None:
    assert deploy_instance().of(INSTANCE)[BOX] == {
        "ami": "ami-1",
        "instanceType": "t4g.micro",
        "subnetId": "subnet-1",
        "vpcSecurityGroupIds": ["box-id"],
        "iamInstanceProfile": "box-name",
        "userDataBase64": linux_user_data(BootSettings(services=("ssm", "ssmmessages", "s3"), internet=True)),
        "userDataReplaceOnChange": False,
        "disableApiTermination": False,
        "disableApiStop": False,
        "monitoring": False,
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"encrypted": True, "volumeSize": 8, "volumeType": "gp3", "tags": TAGS},
        "tags": TAGS,
    }


def test_what_is_asked_for_arrives() -> None:
    instance = deploy_instance(zone=2, instance_type="t4g.small", volume_size=20, replace_on_user_data=True).of(
        INSTANCE
    )[BOX]

    assert (instance["instanceType"], instance["subnetId"]) == ("t4g.small", "subnet-2")
    assert instance["rootBlockDevice"]["volumeSize"] == 20
    assert instance["userDataReplaceOnChange"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"security_groups": ["sg-1"]}, {"vpcSecurityGroupIds": ["box-id", "sg-1"]}, id="further groups"),
        pytest.param({"associate_public_ip": True}, {"associatePublicIpAddress": True}, id="a public address"),
        pytest.param({"associate_public_ip": False}, {"associatePublicIpAddress": False}, id="none"),
        pytest.param({"termination_protection": True}, {"disableApiTermination": True}, id="termination protection"),
        pytest.param({"stop_protection": True}, {"disableApiStop": True}, id="stop protection"),
        pytest.param({"monitoring": True}, {"monitoring": True}, id="monitoring"),
        pytest.param(
            {"metadata_hop_limit": 2},
            {"metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 2}},
            id="a hop for containers",
        ),
        pytest.param(
            {"placement": Placement(group="rack", partition=2, tenancy=Tenancy.DEDICATED)},
            {"placementGroup": "rack", "placementPartitionNumber": 2, "tenancy": "dedicated"},
            id="placement",
        ),
        pytest.param(
            {"cpu_credits": CpuCredits.UNLIMITED},
            {"creditSpecification": {"cpuCredits": "unlimited"}},
            id="CPU credits",
        ),
        pytest.param(
            {"spot": Spot(interruption=Interruption.STOP, max_price="0.05")},
            {
                "instanceMarketOptions": {
                    "marketType": "spot",
                    "spotOptions": {
                        "instanceInterruptionBehavior": "stop",
                        "spotInstanceType": "persistent",
                        "maxPrice": "0.05",
                    },
                }
            },
            id="spot, that is stopped",
        ),
        pytest.param(
            {
                "volume_size": 20,
                "volume_kind": VolumeKind(type=VolumeType.GP3, iops=4_000, throughput=250),
                "volume_key": "key-arn",
            },
            {
                "rootBlockDevice": {
                    "encrypted": True,
                    "kmsKeyId": "key-arn",
                    "volumeSize": 20,
                    "volumeType": "gp3",
                    "iops": 4_000,
                    "throughput": 250,
                    "tags": TAGS,
                }
            },
            id="the root volume",
        ),
    ],
)
def test_an_option_changes_what_it_is_of_and_nothing_else(changed: dict[str, Any], expected: dict[str, Any]) -> None:
    plain, instance = deploy_instance().of(INSTANCE)[BOX], deploy_instance(**changed).of(INSTANCE)[BOX]

    assert {key: value for key, value in instance.items() if plain.get(key) != value} == expected


@pytest.mark.parametrize(
    ("spot", "replaced"),
    [
        pytest.param(None, False, id="on demand"),
        pytest.param(Spot(interruption=Interruption.STOP), False, id="spot that can be stopped"),
        pytest.param(Spot(), True, id="spot that can not"),
    ],
)
def test_what_stops_an_instance_replaces_one_that_ec2_does_not_stop(spot: Spot | None, replaced: bool) -> None:  # noqa: FBT001 - pytest passes them by name
    instance = deploy_instance(spot=spot).one(INSTANCE, BOX)

    assert instance.inputs["userDataReplaceOnChange"] is replaced
    assert instance.replaced_on == ({"instanceType"} if spot else set()), "EC2 changes the type of no spot instance"


def test_a_further_volume_has_a_life_of_its_own() -> None:
    graph = deploy_instance(
        zone=2,
        volume_key="key-arn",
        volumes=[
            Volume(device="/dev/sdf", size=100, kind=VolumeKind(type=VolumeType.IO2, iops=500), keep=True),
            Volume(device="xvdg", size=10),
        ],
    )
    common = {"availabilityZone": "us-east-1a", "encrypted": True, "kmsKeyId": "key-arn"}

    assert graph.of(VOLUME) == {
        "box-sdf": {
            **common,
            "size": 100,
            "type": "io2",
            "iops": 500,
            "tags": {"team": "platform", "Name": "box-sdf"},
        },
        "box-xvdg": {**common, "size": 10, "type": "gp3", "tags": {"team": "platform", "Name": "box-xvdg"}},
    }
    assert graph.of(VOLUME_ATTACHMENT) == {
        "box-sdf": {"deviceName": "/dev/sdf", "instanceId": f"{BOX}-id", "volumeId": "box-sdf-id"},
        "box-xvdg": {"deviceName": "xvdg", "instanceId": f"{BOX}-id", "volumeId": "box-xvdg-id"},
    }
    assert [graph.one(VOLUME, name).retained for name in ("box-sdf", "box-xvdg")] == [True, False]


def test_an_instance_with_volumes_goes_before_its_successor_comes() -> None:
    """A volume is of one instance at a time, and a detached one that is in use loses what was not written."""
    graph = deploy_instance(volumes=[Volume(device="/dev/sdf", size=100)])
    instance, attachment = graph.one(INSTANCE, BOX), graph.one(VOLUME_ATTACHMENT, "box-sdf")

    assert (instance.deleted_first, attachment.deleted_first) == (True, True)
    assert attachment.deleted_with == instance.urn
    # On the way down the instance goes first: EC2 deletes no volume that is in use.
    assert (VOLUME, "box-sdf") in graph.made_before(instance)
    assert deploy_instance().one(INSTANCE, BOX).deleted_first is None


BOOT = BootSettings(services=("ssm", "ssmmessages", "s3"), internet=True)
PROXY = Proxy(https="http://10.0.0.9:3128")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"path": DUAL_STACK}, dataclasses.replace(BOOT, dual_stack=True), id="IPv6"),
        pytest.param(
            {"path": DUAL_STACK, "region": CN_NORTH_1}, BOOT, id="IPv6 in China, where ssmmessages has no such name"
        ),
        pytest.param(
            {"path": dataclasses.replace(DUAL_STACK, https_to=Endpoints(s3_prefix_list_id="pl-1"))},
            dataclasses.replace(BOOT, internet=False),
            id="IPv6 in a closed network, where S3 has none",
        ),
        pytest.param({"ssm_user_sudo": False}, dataclasses.replace(BOOT, ssm_user_sudo=False), id="no sudo"),
        pytest.param({"run_as_users": ["ann"]}, dataclasses.replace(BOOT, run_as_users=["ann"]), id="Run As"),
        pytest.param({"proxy": PROXY}, dataclasses.replace(BOOT, proxy=PROXY), id="proxy"),
        pytest.param({"session_profile": "ls"}, dataclasses.replace(BOOT, session_profile="ls"), id="profile"),
        pytest.param(
            {"rights": Rights(report_parameter="/a/b")}, dataclasses.replace(BOOT, report_parameter="/a/b"), id="report"
        ),
    ],
)
def test_what_the_boot_script_is_told(changed: dict[str, Any], expected: BootSettings) -> None:
    assert deploy_instance(**changed).of(INSTANCE)[BOX]["userDataBase64"] == linux_user_data(expected)


def test_windows_has_a_script_of_its_own() -> None:
    windows = dataclasses.replace(IMAGE, family=Family.WINDOWS, label="windows-2022-x86_64")
    graph = deploy_instance(image=windows, user_data="Get-Date")

    assert graph.of(INSTANCE)["box-windows-2022-x86_64"]["userDataBase64"] == windows_user_data(BOOT, "Get-Date")


@pytest.mark.parametrize(
    ("pinned", "replace", "ignored"),
    [
        pytest.param(False, False, {"ami"}, id="a newer image changes nothing"),
        pytest.param(False, True, set(), id="unless it is asked for"),
        pytest.param(True, False, set(), id="another image that is named is another instance"),
    ],
)
def test_when_an_image_is_another_instance(pinned: bool, replace: bool, ignored: set[str]) -> None:  # noqa: FBT001 - pytest passes them by name
    graph = deploy_instance(image=dataclasses.replace(IMAGE, pinned=pinned), replace_on_new_image=replace)

    assert graph.one(INSTANCE, BOX).ignores == ignored


def test_nothing_comes_in_and_only_https_goes_out() -> None:
    graph = deploy_instance()

    assert graph.of(SECURITY_GROUP)["box"] == {
        "vpcId": "vpc",
        "description": "Reached through Session Manager: nothing comes in",
        "ingress": [],
        "tags": TAGS,
    }
    assert graph.of(EGRESS)["box-to-internet"] == {
        "securityGroupId": "box-id",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "0.0.0.0/0",
        "tags": {"team": "platform", "Name": "box-to-internet"},
    }


WINDOWS = dataclasses.replace(IMAGE, family=Family.WINDOWS, label="windows-2022-x86_64")


@pytest.mark.parametrize(
    ("image", "port"), [pytest.param(IMAGE, 22, id="SSH on Linux"), pytest.param(WINDOWS, 3389, id="RDP on Windows")]
)
def test_an_instance_connect_endpoint_is_let_in_by_its_group_and_nothing_else_is(image: Image, port: int) -> None:
    graph = deploy_instance(path=dataclasses.replace(ANYWHERE, connect_group_id="doors"), image=image)

    # In the group itself: beside the list a rule of its own would be taken away.
    assert graph.of(INGRESS) == {}
    assert graph.of(SECURITY_GROUP)["box"]["ingress"] == [
        {
            "description": "EC2 Instance Connect Endpoint",
            "protocol": "tcp",
            "fromPort": port,
            "toPort": port,
            "securityGroups": ["doors"],
        }
    ]
    assert graph.of(EGRESS)["box-from-instance-connect"] == {
        "securityGroupId": "doors",
        "referencedSecurityGroupId": "box-id",
        "ipProtocol": "tcp",
        "fromPort": port,
        "toPort": port,
        "tags": {"team": "platform", "Name": "box-from-instance-connect"},
    }


def test_with_ipv6_https_goes_out_over_both_families_and_nothing_comes_in() -> None:
    graph = deploy_instance(path=DUAL_STACK)
    ways = {name: (rule.get("cidrIpv4"), rule.get("cidrIpv6")) for name, rule in graph.of(EGRESS).items()}

    assert ways == {"box-to-internet": ("0.0.0.0/0", None), "box-to-internet-ipv6": (None, "::/0")}
    assert {(rule["fromPort"], rule["toPort"]) for rule in graph.of(EGRESS).values()} == {(443, 443)}
    assert graph.of(SECURITY_GROUP)["box"]["ingress"] == []
    assert graph.of(INSTANCE)[BOX]["ipv6AddressCount"] == 1


def test_in_a_closed_network_ipv6_adds_no_rule() -> None:
    """A rule that names the endpoints' group is for their addresses of both families."""
    closed = Endpoints(groups=[EndpointGroup(name="endpoints", id="sg-1")], s3_prefix_list_id="pl-1")
    path = dataclasses.replace(ANYWHERE, https_to=closed)
    rules = [
        deploy_instance(path=dataclasses.replace(path, dual_stack=dual_stack)).of(EGRESS)
        for dual_stack in (True, False)
    ]

    assert rules[0] == rules[1]


def test_each_way_out_is_a_rule_that_says_what_it_is_for() -> None:
    graph = deploy_instance(
        egress=[
            Egress(port=80, to=IPv4Network("0.0.0.0/0"), why="package mirrors"),
            Egress(port=53, to=IPv6Network("::/0"), why="names", protocol=Protocol.UDP),
        ]
    )
    nowhere = "0000:0000:0000:0000:0000:0000:0000:0000/0"
    labels = {"v4": "box-to-tcp-80-0.0.0.0/0", "v6": f"box-to-udp-53-{nowhere}"}

    assert {name: rule for name, rule in graph.of(EGRESS).items() if name != "box-to-internet"} == {
        labels["v4"]: {
            "securityGroupId": "box-id",
            "ipProtocol": "tcp",
            "fromPort": 80,
            "toPort": 80,
            "cidrIpv4": "0.0.0.0/0",
            "description": "package mirrors",
            "tags": {"team": "platform", "Name": labels["v4"]},
        },
        labels["v6"]: {
            "securityGroupId": "box-id",
            "ipProtocol": "udp",
            "fromPort": 53,
            "toPort": 53,
            "cidrIpv6": "::/0",
            "description": "names",
            "tags": {"team": "platform", "Name": labels["v6"]},
        },
    }
    assert graph.of(SECURITY_GROUP)["box"]["ingress"] == []
    assert graph.made_before(graph.one(INSTANCE, BOX)) >= {(EGRESS, label) for label in labels.values()}


def test_a_way_out_leads_to_a_group_that_another_stack_makes_or_to_a_list() -> None:
    """The id is known only once the group is there, so the rule is called by a plain name."""

    def program() -> None:
        made_elsewhere = pulumi.Output.from_input("sg-1")
        egress = [
            Egress(port=5432, to=SecurityGroupTarget(name="db", id=made_elsewhere), why="orders"),
            Egress(port=443, to=PrefixListTarget(name="tables", id="pl-1"), why="DynamoDB"),
        ]
        SsmInstance("box", dataclasses.replace(ALONE, egress=egress))

    graph = deploy(program)
    rules = {name: rule for name, rule in graph.of(EGRESS).items() if name != "box-to-internet"}
    labels = ["box-to-tcp-5432-group-db", "box-to-tcp-443-list-tables"]
    common = {"securityGroupId": "box-id", "ipProtocol": "tcp"}

    assert rules == {
        labels[0]: {
            **common,
            "fromPort": 5432,
            "toPort": 5432,
            "referencedSecurityGroupId": "sg-1",
            "description": "orders",
            "tags": {"team": "platform", "Name": labels[0]},
        },
        labels[1]: {
            **common,
            "fromPort": 443,
            "toPort": 443,
            "prefixListId": "pl-1",
            "description": "DynamoDB",
            "tags": {"team": "platform", "Name": labels[1]},
        },
    }
    assert graph.of(INGRESS) == {}


def test_a_group_that_takes_our_rule_lets_the_instance_in_and_nobody_else() -> None:
    to = SecurityGroupTarget(name="db", id="sg-1", takes_rules=True)
    graph = deploy_instance(egress=[Egress(port=5432, to=to, why="orders")])
    label = "box-to-tcp-5432-group-db"

    assert graph.of(INGRESS) == {
        label: {
            "securityGroupId": "sg-1",
            "referencedSecurityGroupId": "box-id",
            "ipProtocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
            "description": "orders",
            "tags": {"team": "platform", "Name": label},
        }
    }
    assert graph.of(SECURITY_GROUP)["box"]["ingress"] == []
    assert graph.made_before(graph.one(INSTANCE, BOX)) >= {(EGRESS, label), (INGRESS, label)}


def test_in_privatelink_https_goes_to_the_endpoints_and_s3_only() -> None:
    graph = deploy(with_network(Variant.PRIVATELINK, "box"))
    https = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}

    assert graph.of(EGRESS) == {
        "box-to-endpoints": {
            **https,
            "securityGroupId": "box-id",
            "referencedSecurityGroupId": "net-endpoints-id",
            "tags": {"team": "platform", "Name": "box-to-endpoints"},
        },
        "box-to-s3": {
            **https,
            "securityGroupId": "box-id",
            "prefixListId": "net-s3-prefix-list",
            "tags": {"team": "platform", "Name": "box-to-s3"},
        },
    }


def test_instance_and_endpoints_never_share_a_group() -> None:
    graph = deploy(with_network(Variant.PRIVATELINK, "box"))
    of_endpoints = {group for endpoint in graph.of(ENDPOINT).values() for group in endpoint.get("securityGroupIds", [])}

    assert of_endpoints == {"net-endpoints-id"}
    assert graph.of(INSTANCE)[BOX]["vpcSecurityGroupIds"] == ["box-id"]


# What an instance of each variant must wait for, beside its rights and rules: all that its first packet passes.
WAY_OF_THE_FIRST_PACKET = {
    Variant.IGW: {
        (INTERNET_GATEWAY, "net-internet"),
        (ROUTE, "net-public-us-east-1a"),
        (ASSOCIATION, "net-public-us-east-1a"),
        (EGRESS, "box-to-internet"),
    },
    Variant.NAT: {
        (INTERNET_GATEWAY, "net-internet"),
        (EIP, "net-nat-us-east-1a"),
        (NAT_GATEWAY, "net-nat-us-east-1a"),
        (ROUTE, "net-public-us-east-1a"),
        (ASSOCIATION, "net-public-us-east-1a"),
        (ROUTE, "net-private-us-east-1a"),
        (ASSOCIATION, "net-private-us-east-1a"),
        (EGRESS, "box-to-internet"),
    },
    Variant.PRIVATELINK: {
        (ENDPOINT, "net-ssm"),
        (ENDPOINT, "net-ssmmessages"),
        (ENDPOINT, "net-s3"),
        (ASSOCIATION, "net-private-us-east-1a"),
        (INGRESS, "net-endpoints-from-vpc"),
        (EGRESS, "box-to-endpoints"),
        (EGRESS, "box-to-s3"),
    },
}


@pytest.mark.parametrize("variant", Variant)
def test_the_instance_waits_for_all_that_its_agent_needs(variant: Variant) -> None:
    graph = deploy(with_network(variant, "box"))
    before = graph.made_before(graph.one(INSTANCE, BOX))

    assert before >= WAY_OF_THE_FIRST_PACKET[variant] | {(ROLE_POLICY, "box-features"), (PROFILE, "box")}


@pytest.mark.parametrize("variant", Variant)
def test_no_part_of_the_network_waits_for_an_instance(variant: Variant) -> None:
    of_network = deploy(with_network(variant)).names()
    graph = deploy(with_network(variant, "box"))

    for type_, name in of_network:
        assert graph.made_before(graph.one(type_, name)) <= of_network


@pytest.mark.parametrize("variant", Variant)
def test_several_instances_share_a_network(variant: Variant) -> None:
    one = deploy(with_network(variant, "box")).names() - deploy(with_network(variant)).names()
    graph = deploy(with_network(variant, "box", "web", "db"))

    assert set(graph.of(INSTANCE)) == {f"{name}-{IMAGE.label}" for name in ("box", "web", "db")}
    assert len(graph.names()) == len(deploy(with_network(variant)).names()) + 3 * len(one)


def test_instance_and_network_may_have_the_same_name() -> None:
    deploy(with_network(Variant.PRIVATELINK, "net"))


@pytest.mark.parametrize("variant", Variant)
def test_what_takes_tags_has_them(variant: Variant) -> None:
    untaggable = {ROUTE, ASSOCIATION, ROLE_POLICY}

    for resource in deploy(with_network(variant, "box")):
        if resource.type not in untaggable:
            assert resource.inputs["tags"].items() >= {"team": "platform"}.items()
            assert resource.inputs["tags"]["Name"]


@pytest.mark.parametrize("variant", Variant)
def test_whether_an_address_is_public_is_left_to_the_subnet(variant: Variant) -> None:
    graph = deploy(with_network(variant, "box"))

    assert "associatePublicIpAddress" not in graph.of(INSTANCE)[BOX]


def test_the_role_has_the_five_actions_of_sessions() -> None:
    graph = deploy_instance()

    assert graph.of(ROLE_POLICY)["box-features"]["role"] == "box-id"
    # A name of Pulumi's would be another at every try, and the role would keep both.
    assert graph.of(ROLE_POLICY)["box-features"]["name"] == "features"
    assert json.loads(graph.of(ROLE_POLICY)["box-features"]["policy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Sessions",
                "Effect": "Allow",
                "Action": ["ssm:UpdateInstanceInformation"],
                "Resource": ["arn:aws:ec2:us-east-1:123456789012:instance/*"],
            },
            {
                "Sid": "SessionsChannels",
                "Effect": "Allow",
                "Action": [
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                "Resource": ["*"],
            },
        ],
    }
    assert graph.of(PROFILE)["box"]["role"] == "box-name"


def test_the_role_is_never_without_its_policy() -> None:
    assert deploy_instance().one(ROLE_POLICY, "box-features").deleted_first is False


def test_a_policy_that_somebody_attached_does_not_keep_the_role() -> None:
    assert deploy_instance().of(ROLE)["box"]["forceDetachPolicies"] is True


@pytest.mark.parametrize(
    ("known", "said"),
    [
        pytest.param(["2001:db8::4"], "2001:db8::4", id="one that has it"),
        pytest.param([], None, id="one that gets it in this up"),
    ],
)
def test_it_says_its_ipv6_address(known: list[str], said: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "IPV6_ADDRESSES", known)

    def program() -> None:
        instance = SsmInstance("box", dataclasses.replace(ALONE, path=DUAL_STACK))
        pulumi.export("said", [instance.outputs["ipv6_address"], instance.ipv6_address])

    assert deploy(program).exports == {"said": [said, said]}


def test_it_says_what_others_can_build_on() -> None:
    def program() -> None:
        instance = SsmInstance("box", ALONE)
        for name, value in instance.outputs.items():
            pulumi.export(name, value)
        pulumi.export("attributes", [instance.instance_id, instance.security_group_id, instance.role_name])

    exports = deploy(program).exports

    assert exports == {
        "id": f"{BOX}-id",
        "private_ip": "10.0.0.4",
        "vpc_id": "vpc",
        "subnet_id": "subnet-1",
        "security_group_id": "box-id",
        "role_name": "box-name",
        "role_arn": "box-arn",
        "attributes": [f"{BOX}-id", "box-id", "box-name"],
    }


REGIONS = pytest.mark.parametrize(
    "region",
    [
        pytest.param(US_EAST_1, id="commercial"),
        pytest.param(CN_NORTH_1, id="China"),
        pytest.param(US_GOV_WEST_1, id="GovCloud"),
    ],
)


@REGIONS
def test_ec2_of_the_partition_may_take_the_role(region: Region) -> None:
    role = deploy_instance(region=region).of(ROLE)["box"]
    principal = {"Service": "ec2.amazonaws.com.cn" if region is CN_NORTH_1 else "ec2.amazonaws.com"}

    assert json.loads(role["assumeRolePolicy"]) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }


@REGIONS
def test_awss_own_policy_is_attached_if_asked(region: Region) -> None:
    graph = deploy_instance(region=region, managed_instance_core=True)

    assert graph.of(ATTACHMENT) == {
        "box/AmazonSSMManagedInstanceCore": {
            "role": "box-name",
            "policyArn": f"arn:{region.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
        }
    }
    assert (ATTACHMENT, "box/AmazonSSMManagedInstanceCore") in graph.made_before(graph.one(INSTANCE, BOX))


def test_policies_of_two_instances_never_meet() -> None:
    def program() -> None:
        for name, policy in (("a", "b-c"), ("a-b", "c"), ("a-b-c", "d")):
            arns = {policy: f"arn:aws:iam::123456789012:policy/{policy}"}
            SsmInstance(name, dataclasses.replace(ALONE, policies=arns))

    assert len(deploy(program).of(ATTACHMENT)) == 3
