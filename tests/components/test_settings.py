"""Every key, every refusal, and that Pulumi.yaml and the code say the same."""

import contextlib
import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.config import set_all_config

from components.base.errors import ConfigError
from components.base.reading import to_field
from components.instance.egress import Egress, Protocol
from components.instance.hardware import CpuCredits, Placement, Spot
from components.instance.platforms import Family, Platform
from components.instance.proxy import Proxy
from components.instance.settings import InstanceSettings
from components.instance.volumes import Volume, VolumeKind, VolumeType
from components.network.flow_logs import FlowLogs, Traffic
from components.network.routes import Variant
from components.operators.settings import OperatorSettings
from components.sessions.settings import SessionSettings
from components.settings import KEPT_SECRET, READERS, DefaultHost, NatKind, Settings, to_key

ROOT = Path(__file__).parents[2]
PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())


def test_without_any_key_there_are_the_defaults() -> None:
    assert Settings.parse({}) == Settings()


def test_every_key_is_read() -> None:
    settings = Settings.parse(
        {
            "variant": "nat",
            "zones": "3",
            "cidr": "10.20.0.0/20",
            "dualStack": "true",
            "natPerZone": "true",
            "natKind": "instance",
            "natInstanceType": "t4g.small",
            "ec2messages": "false",
            "fips": "false",
            "endpoints": "[]",
            "endpointAccounts": "[]",
            "shareEndpoints": "[]",
            "spokeVpcs": "[]",
            "buckets": "[]",
            "networkAcls": "true",
            "flowLogs": '{"to": "cloudwatch", "traffic": "all"}',
            "instanceConnect": "true",
            "publicAccessExclusion": "true",
            "egress": '[{"port": 80, "to": "0.0.0.0/0", "why": "mirrors"}]',
            "proxy": '{"https": "http://10.20.0.9:3128"}',
            "instances": json.dumps(
                [
                    {"name": "web", "spot": True},
                    {
                        "name": "db",
                        "zone": 3,
                        "platform": "custom",
                        "ami": "ami-0abcdef1234567890",
                        "family": "deb",
                        "instanceType": "t3.micro",
                        "volumeSize": 30,
                        "volumeType": "io2",
                        "volumeIops": 500,
                        "volumeKey": "alias/volumes",
                        "volumes": [{"device": "/dev/sdf", "size": 10}],
                        "securityGroups": ["sg-0123456789abcdef0"],
                        "metadataHopLimit": 2,
                        "associatePublicIp": False,
                        "terminationProtection": True,
                        "stopProtection": True,
                        "monitoring": True,
                        "placement": {"group": "rack"},
                        "cpuCredits": "standard",
                        "tags": {"role": "db"},
                        "userData": "#!/bin/sh\ntrue\n",
                        "policies": ["arn:aws-cn:iam::123456789012:policy/backup"],
                        "egress": [{"port": 53, "to": "2001:db8::/32", "why": "names", "protocol": "udp"}],
                    },
                ]
            ),
            "replaceOnNewImage": "true",
            "replaceOnUserData": "true",
            "runCommand": "true",
            "patching": "true",
            "agentUpdate": "true",
            "parameterPaths": '["/shop/web"]',
            "managedInstanceCore": "true",
            "defaultHostManagement": "off",
            "permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
            "bootReport": "true",
            "ssmUserSudo": "false",
            "runAsUsers": '["alice"]',
            "sessionProfile": "exec bash",
            "sessions": '{"idleMinutes": 5}',
            "operators": '{"portForwarding": true}',
            "monthlyLimit": "50",
            "tags": '{"team": "platform"}',
        }
    )
    db = InstanceSettings(
        name="db",
        zone=3,
        platform=Platform.CUSTOM,
        ami="ami-0abcdef1234567890",
        family=Family.DEB,
        instance_type="t3.micro",
        volume_size=30,
        volume_kind=VolumeKind(type=VolumeType.IO2, iops=500),
        volume_key="alias/volumes",
        volumes=(Volume(device="/dev/sdf", size=10),),
        security_groups=("sg-0123456789abcdef0",),
        metadata_hop_limit=2,
        associate_public_ip=False,
        termination_protection=True,
        stop_protection=True,
        monitoring=True,
        placement=Placement(group="rack"),
        cpu_credits=CpuCredits.STANDARD,
        tags={"role": "db"},
        user_data="#!/bin/sh\ntrue\n",
        policies=("arn:aws-cn:iam::123456789012:policy/backup",),
        egress=(Egress(port=53, to=IPv6Network("2001:db8::/32"), why="names", protocol=Protocol.UDP),),
    )

    assert settings == Settings(
        variant=Variant.NAT,
        zones=3,
        cidr=IPv4Network("10.20.0.0/20"),
        dual_stack=True,
        nat_per_zone=True,
        nat_kind=NatKind.INSTANCE,
        nat_instance_type="t4g.small",
        ec2messages=False,
        fips=False,
        endpoints=(),
        endpoint_accounts=(),
        share_endpoints=(),
        spoke_vpcs=(),
        buckets=(),
        network_acls=True,
        flow_logs=FlowLogs(traffic=Traffic.ALL),
        instance_connect=True,
        public_access_exclusion=True,
        egress=(Egress(port=80, to=IPv4Network("0.0.0.0/0"), why="mirrors"),),
        proxy=Proxy(https="http://10.20.0.9:3128"),
        instances=(InstanceSettings(name="web", spot=Spot()), db),
        replace_on_new_image=True,
        replace_on_user_data=True,
        run_command=True,
        patching=True,
        agent_update=True,
        parameter_paths=("/shop/web",),
        managed_instance_core=True,
        default_host_management=DefaultHost.OFF,
        permissions_boundary="arn:aws:iam::123456789012:policy/boundary",
        boot_report=True,
        ssm_user_sudo=False,
        run_as_users=("alice",),
        session_profile="exec bash",
        sessions=SessionSettings(idle_minutes=5),
        operators=OperatorSettings(port_forwarding=True),
        monthly_limit=50,
        tags={"team": "platform"},
    )


def test_load_takes_the_keys_of_this_project_only() -> None:
    set_all_config({"aws:region": "eu-west-1", "ssm-only:zones": "1", "ssm-only-more:zones": "9"})

    assert Settings.load(pulumi.Config("ssm-only")) == Settings(zones=1)


def test_load_takes_what_the_language_host_puts_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"ssm-only:variant": "igw"}))

    assert Settings.load(pulumi.Config("ssm-only")) == Settings(variant=Variant.IGW)


def test_a_key_that_is_given_on_the_command_line_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"ssm-only:varient": "igw"}))

    with pytest.raises(ConfigError, match="Did you mean variant"):
        Settings.load(pulumi.Config("ssm-only"))


def test_load_tells_what_is_secret() -> None:
    config = {"ssm-only:sessionProfile": "export WORD=hunter2", "ssm-only:zones": "1"}
    set_all_config(config, ["ssm-only:sessionProfile", "other:zones"])

    settings = Settings.load(pulumi.Config("ssm-only"))
    assert settings == Settings(session_profile="export WORD=hunter2", zones=1, secrets=frozenset({"sessionProfile"}))


@pytest.mark.parametrize("key", [key for key in READERS if key not in KEPT_SECRET])
def test_what_would_stand_in_the_state_all_the_same_is_no_secret(key: str) -> None:
    """Names, tags and rules are those."""
    set_all_config({f"ssm-only:{key}": "hunter2"}, [f"ssm-only:{key}"])
    with pytest.raises(
        ConfigError, match=rf"^ssm-only:{key} is '\[secret\]': .* would stand in the state as plain text"
    ):
        Settings.load(pulumi.Config("ssm-only"))


def test_a_secret_that_is_refused_is_not_shown() -> None:
    role = {"trust": ["arn:aws:iam::123456789012:root"], "externalId": "hunter 2"}
    config = {"ssm-only:operators": json.dumps({"role": role})}
    for secrets, shown in (([], "hunter 2"), (["ssm-only:operators"], "[secret]")):
        set_all_config(config, secrets)
        with pytest.raises(ConfigError, match=r"^ssm-only:operators.role.externalId is '(.*)': use 2 to") as error:
            Settings.load(pulumi.Config("ssm-only"))

        assert ("hunter" in str(error.value), shown in str(error.value)) == (shown == "hunter 2", True)


PARAMETER = (
    "this is no name of a parameter of this account. Use letters, digits and . - _ with / between the levels, and "
    "neither aws nor ssm at the start; for example /web/prod."
)
WINDOWS = '{"name": "windows", "platform": "windows-2022"}'
CUSTOM_WINDOWS = json.dumps(
    {
        "name": "windows",
        "platform": "custom",
        "ami": "ami-0abcdef1234567890",
        "family": "windows",
        "instanceType": "t3.large",
        "volumeSize": 50,
    }
)
INSTANCE_KEYS = (
    "name, zone, platform, ami, family, instanceType, volumeSize, volumeType, volumeIops, volumeThroughput, volumeKey, "
    "volumes, tags, userData, policies, egress, keepInstance, securityGroups, metadataHopLimit, associatePublicIp, "
    "terminationProtection, stopProtection, monitoring, spot, placement, cpuCredits"
)
OTHER_ROLE = "the agent works with the role of Default Host Management, not with the instance's. Set one of the two."
OWN = "arn:aws:iam::123456789012:policy/"
TAGS_40 = json.dumps({f"tag{number}": "x" for number in range(40)})
NAMES = "use up to 40 lower-case letters, digits and hyphens, a letter first."
TAGS_CHOICE = "use a map, for example {team: platform}."
POLICY = "use a managed policy's ARN, as `aws iam list-policies --query Policies[].Arn` lists them."
MIRRORS = '[{"port": 80, "to": "0.0.0.0/0", "why": "mirrors"}]'
INSIDE = '[{"port": 443, "to": "10.0.0.0/16", "why": "web"}]'
INSTANCES_CHOICE = "use a list, for example [{name: main}]."


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        pytest.param("variant", "natt", "use one of igw, nat, privatelink.", id="an unknown variant"),
        pytest.param("variant", "NAT", "use one of igw, nat, privatelink.", id="a variant in capitals"),
        pytest.param(
            "defaultHostManagement", "on", "use one of off, use, create.", id="a switch where there are three"
        ),
        pytest.param(
            "cidr",
            "10.0.0.0.0/16",
            "this is no IPv4 block. Write it like 10.0.0.0/16; AWS takes a VPC from /16 to /28.",
            id="no block at all",
        ),
        pytest.param(
            "cidr",
            "fd00::/56",
            "this is no IPv4 block. Write it like 10.0.0.0/16; AWS takes a VPC from /16 to /28.",
            id="an IPv6 block",
        ),
        pytest.param("cidr", "10.0.0.0/15", "AWS takes a VPC from /16 to /28; this is a /15.", id="too large a block"),
        pytest.param("cidr", "10.0.0.0/29", "AWS takes a VPC from /16 to /28; this is a /29.", id="too small a block"),
        pytest.param("cidr", "10.0.0.0", "AWS takes a VPC from /16 to /28; this is a /32.", id="a block of no length"),
        pytest.param(
            "cidr",
            "10.0.0.5/16",
            "the address must be the block's first. Did you mean 10.0.0.0/16?",
            id="an address inside the block",
        ),
        pytest.param("monthlyLimit", "29.99", "use a whole number from 0 to 999999.", id="a limit with cents"),
        pytest.param("monthlyLimit", "$30", "use a whole number from 0 to 999999.", id="a limit with its currency"),
        pytest.param("zones", "0", "use a whole number from 1 to 6, or a list of zones.", id="no zone"),
        pytest.param(
            "zones", "7", "use a whole number from 1 to 6, or a list of zones.", id="more zones than any Region has"
        ),
        pytest.param("zones", "two", "use a whole number from 1 to 6, or a list of zones.", id="a number in words"),
        pytest.param("zones", "1.5", "use a whole number from 1 to 6, or a list of zones.", id="half a zone"),
        pytest.param("zones", "²", "use a whole number from 1 to 6, or a list of zones.", id="a digit that is none"),
        pytest.param("zones", "", "use a whole number from 1 to 6, or a list of zones.", id="a number left out"),
        pytest.param("natPerZone", "yes", "use true or false.", id="yes for true"),
        pytest.param("ec2messages", "True", "use true or false.", id="true in Python"),
        pytest.param("managedInstanceCore", "1", "use true or false.", id="1 for true"),
        pytest.param("sessionProfile", "a\0b", "a shell's text cannot hold NUL. Remove it.", id="NUL in a profile"),
        pytest.param("permissionsBoundary", "boundary", POLICY, id="a policy's name for its ARN"),
        pytest.param(
            "defaultHostManagement",
            "On",
            "use one of off, use, create.",
            id="another case of what is none of the three",
        ),
        pytest.param("tags", "team=platform", TAGS_CHOICE, id="tags as text"),
        pytest.param("tags", '["team"]', TAGS_CHOICE, id="tags as a list"),
        pytest.param("instances", "web", INSTANCES_CHOICE, id="instances as text"),
        pytest.param("instances", '{"web": {}}', INSTANCES_CHOICE, id="instances as a map"),
        pytest.param(
            "natPerZone", "true", "only nat has NAT gateways, and variant is privatelink.", id="NAT without NAT"
        ),
    ],
)
def test_a_wrong_value_is_refused(key: str, value: str, message: str) -> None:
    assert refusal({key: value}) == f"ssm-only:{key} is {value!r}: {message}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"tags": '{"Name": "web"}'},
            "ssm-only:tags.Name is 'web': every resource gets a Name of its own. Use another key.",
            id="a Name for all",
        ),
        pytest.param(
            {"tags": '{"AWS:team": "platform"}'},
            "ssm-only:tags.AWS:team is 'platform': keys that begin with aws: belong to AWS. Use another key.",
            id="a tag of AWS's",
        ),
        pytest.param(
            {"tags": '{"cost": 42}'},
            """ssm-only:tags.cost is 42: a tag's value is text. Put it in quotes: "42".""",
            id="a number as a tag",
        ),
        pytest.param(
            {"tags": '{"": "x"}'},
            "ssm-only:tags. is 'x': a key has 1 to 128 characters, a value up to 256.",
            id="a tag without a key",
        ),
        pytest.param(
            {"tags": json.dumps({f"tag{number}": "x" for number in range(50)})},
            "ssm-only:tags is '50 tags': EC2 takes 50, and 2 are ours. Use up to 48.",
            id="more tags than EC2 takes",
        ),
        pytest.param(
            {"instances": '["web"]'},
            "ssm-only:instances[0] is 'web': an instance is a map with a name, for example {name: main}. "
            f"Keys are {INSTANCE_KEYS}.",
            id="an instance that is only a name",
        ),
        pytest.param(
            {"instances": '[{"name": "web"}, {"zone": 1}]'},
            'ssm-only:instances[1] is {"zone": 1}: an instance is a map with a name, for example {name: main}. '
            f"Keys are {INSTANCE_KEYS}.",
            id="an instance without a name",
        ),
        pytest.param(
            {"instances": '[{"name": "Web"}]'}, f"ssm-only:instances[0].name is 'Web': {NAMES}", id="a name in capitals"
        ),
        pytest.param(
            {"instances": '[{"name": 1}]'}, f"ssm-only:instances[0].name is 1: {NAMES}", id="a number for a name"
        ),
        pytest.param(
            {"instances": '[{"name": "sg-web"}]'},
            "ssm-only:instances[0].name is 'sg-web': its security group would have this name, and EC2 refuses sg- "
            "at the start of one.",
            id="a name that EC2 refuses for a group",
        ),
        pytest.param(
            {"instances": '[{"name": "web"}, {"name": "web"}]'},
            "ssm-only:instances[1].name is 'web': an instance above has this name. Give each its own.",
            id="two instances of one name",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "zone": 3}]'},
            "ssm-only:instances[0].zone is 3: the network has 2 of them (zones). Use a number from 1 to 2, "
            "or more zones.",
            id="a zone that the network has not",
        ),
        pytest.param(
            {"zones": "1", "instances": '[{"name": "web", "zone": 3}]'},
            "ssm-only:instances[0].zone is 3: the network has 1 of them (zones). Use 1, or more zones.",
            id="a second zone where there is one",
        ),
        pytest.param(
            {"zones": '["us-east-1a"]', "instances": '[{"name": "web", "zone": 2}]'},
            "ssm-only:instances[0].zone is 2: the network has 1 of them (zones). Use 1, or more zones.",
            id="a second zone where one is named",
        ),
        pytest.param({"zones": "[]"}, "ssm-only:zones is '[]': use 1 to 6 of them.", id="a list of no zone"),
        pytest.param(
            {"zones": '["a", "b", "c", "d", "e", "f", "g"]'},
            """ssm-only:zones is '["a", "b", "c", "d", "e", "f", "g"]': use 1 to 6 of them.""",
            id="more zones in a list than any Region has",
        ),
        pytest.param(
            {"zones": "[1, 2]"},
            """ssm-only:zones[0] is 1: this is no text. Put it in quotes: "1".""",
            id="numbers in the list of zones",
        ),
        pytest.param(
            {"zones": "[us-east-1a]"},
            "ssm-only:zones is '[us-east-1a]': use a number, or a list of zones, for example [us-east-1a, use1-az4].",
            id="YAML for JSON, as it is set without --path",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "zone": true}]'},
            "ssm-only:instances[0].zone is true: use a whole number from 1 to 6.",
            id="a zone that is no number",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "zoen": 1}]'},
            f"ssm-only:instances[0].zoen is 1: there is no such key. Did you mean zone? Keys are {INSTANCE_KEYS}.",
            id="a misspelt key of an instance",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "platform": "debian"}]'},
            "ssm-only:instances[0].platform is 'debian': use one of amazon-linux-2023, amazon-linux-2023-minimal, "
            "amazon-linux-2, ubuntu-24.04, ubuntu-22.04, debian-13, debian-12, windows-2022, windows-2019, custom.",
            id="a platform without its release",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "platform": "windows-2022", "volumeSize": 29}]'},
            "ssm-only:instances[0].volumeSize is 29: windows-2022 needs 30 GiB or more.",
            id="a disk smaller than the image",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "volumeSize": 0}]'},
            "ssm-only:instances[0].volumeSize is 0: use a whole number from 1 to 65536.",
            id="no disk",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "volumeType": "st1", "volumeSize": 500}]'},
            "ssm-only:instances[0].volumeType is 'st1': no instance starts from such a volume. Use gp3.",
            id="a root volume of turning plates",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "volumeIops": 5000}]'},
            "ssm-only:instances[0].volumeIops is 5000: gp3 takes 500 for each GiB, and there are 8.",
            id="a root volume that is too small for its speed",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "volumeKey": "volumes"}]'},
            "ssm-only:instances[0].volumeKey is 'volumes': use a key's or an alias's ARN, or an alias by its name, for "
            "example alias/volumes.",
            id="a key by neither ARN nor alias",
        ),
        pytest.param(
            {"instances": f'[{WINDOWS[:-1]}, "volumes": [{{"device": "/dev/sdf", "size": 8}}]}}]'},
            "ssm-only:instances[0].volumes[0].device is '/dev/sdf': use /dev/sdf to /dev/sdp, and on Windows xvdf to "
            "xvdp.",
            id="a device of Linux on Windows",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "securityGroups": ["web"]}]'},
            "ssm-only:instances[0].securityGroups[0] is 'web': use the id of a security group, for example "
            "sg-0123456789abcdef0.",
            id="a group by its name",
        ),
        pytest.param(
            {"instances": json.dumps([{"name": "web", "securityGroups": [f"sg-{n}aaaaaaa" for n in range(5)]}])},
            "ssm-only:instances[0].securityGroups is '5 groups': EC2 gives an instance 5, and one is ours. Use 4.",
            id="more groups than EC2 takes",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "securityGroups": ["sg-aaaaaaaa", "sg-aaaaaaaa"]}]'},
            "ssm-only:instances[0].securityGroups[1] is 'sg-aaaaaaaa': it is in the list already. Remove one.",
            id="a group twice",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "metadataHopLimit": 65}]'},
            "ssm-only:instances[0].metadataHopLimit is 65: use a whole number from 1 to 64.",
            id="more hops than EC2 takes",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "spot": true, "stopProtection": true}]'},
            "ssm-only:instances[0].stopProtection is true: EC2 protects no spot instance. Remove it, or spot.",
            id="a spot instance that nobody stops",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "associatePublicIp": true}]'},
            "ssm-only:instances[0].associatePublicIp is true: only in igw a route leads back to a public address, and "
            "variant is privatelink.",
            id="a public address in privatelink",
        ),
        pytest.param(
            {"variant": "nat", "instances": '[{"name": "web", "associatePublicIp": true}]'},
            "ssm-only:instances[0].associatePublicIp is true: only in igw a route leads back to a public address, and "
            "variant is nat.",
            id="a public address behind NAT",
        ),
        pytest.param(
            {"variant": "igw", "instances": '[{"name": "web", "associatePublicIp": false}]'},
            "ssm-only:instances[0].associatePublicIp is false: without one, or a proxy, nothing leads from an instance "
            "of igw to Systems Manager. Remove it.",
            id="no address in igw",
        ),
        pytest.param(
            {"proxy": '{"https": "http://10.9.0.9:3128"}'},
            "ssm-only:proxy.https is '10.9.0.9/32': no route of privatelink leads out of its own block, 10.0.0.0/16. "
            "Use a part of that, or nat or igw.",
            id="a proxy outside of a closed network",
        ),
        pytest.param(
            {"proxy": '{"https": "http://proxy:3128"}'},
            "ssm-only:proxy.https is 'http://proxy:3128': main may connect to no port 3128. Use the proxy's address, "
            "or say where its name leads, as in ssm-only:egress: [{port: 3128, to: 10.0.0.0/16, why: proxy}].",
            id="a proxy to which no rule leads",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "instanceType": ""}]'},
            "ssm-only:instances[0].instanceType is '': it is empty. Remove the key to have the default.",
            id="an empty type",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "userData": 5}]'},
            """ssm-only:instances[0].userData is 5: this is no text. Put it in quotes: "5".""",
            id="a number for a script",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "platform": "custom", "ami": "ami-0abcdef1234567890"}]'},
            "ssm-only:instances[0].platform is 'custom': it needs family, which is rpm, deb or windows beside it.",
            id="a custom image of an unknown family",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "family": "rpm"}]'},
            "ssm-only:instances[0].platform is 'amazon-linux-2023': its family is known; only a custom platform has "
            "one. Remove family.",
            id="a family where there is no choice",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "ami": "al2023"}]'},
            "ssm-only:instances[0].ami is 'al2023': use an image's id, for example ami-0abcdef1234567890.",
            id="an image's name for its id",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "policies": ["backup"]}]'},
            f"ssm-only:instances[0].policies[0] is 'backup': {POLICY}",
            id="a policy's name for its ARN",
        ),
        pytest.param(
            {"instances": json.dumps([{"name": "web", "policies": [f"{OWN}backup", f"{OWN}backup"]}])},
            f"ssm-only:instances[0].policies[1] is '{OWN}backup': a policy of this name is in the list already. "
            "Remove one.",
            id="a policy twice",
        ),
        pytest.param(
            {"instances": json.dumps([{"name": "web", "policies": [f"{OWN}{number}" for number in range(11)]}])},
            "ssm-only:instances[0].policies is '11 policies': IAM attaches up to 10 to a role.",
            id="more policies than a role takes",
        ),
        pytest.param(
            {"tags": TAGS_40, "instances": json.dumps([{"name": "web", "tags": {f"own{n}": "x" for n in range(9)}}])},
            "ssm-only:instances[0].tags is '49 tags': that is with those of the stack. Use up to 48.",
            id="more tags with the stack's than EC2 takes",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "tags": {"ssm-only:stack": "x"}}]'},
            "ssm-only:instances[0].tags.ssm-only:stack is 'x': it says which stack a resource is of. Use another key.",
            id="another stack's tag",
        ),
        pytest.param(
            {"variant": "nat", "buckets": '["packages"]'},
            'ssm-only:buckets is ["packages"]: only privatelink has endpoints, and variant is nat.',
            id="a bucket behind no endpoint",
        ),
        pytest.param(
            {"fips": "true", "instances": '[{"name": "web"}, {"name": "win", "platform": "windows-2022"}]'},
            "ssm-only:fips is 'true': instances[1] is Windows, whose agent is told of no endpoints here. Put "
            "amazon-ssm-agent.json into an image of your own, in a stack without fips.",
            id="FIPS endpoints for Windows",
        ),
        pytest.param(
            {"variant": "igw", "shareEndpoints": '["10.1.0.0/16"]'},
            'ssm-only:shareEndpoints is ["10.1.0.0/16"]: only privatelink has endpoints, and variant is igw.',
            id="sharing no endpoint",
        ),
        pytest.param(
            {"variant": "nat", "endpoints": '["sts"]'},
            'ssm-only:endpoints is ["sts"]: only privatelink has endpoints, and variant is nat.',
            id="an endpoint where there is none",
        ),
        pytest.param(
            {"variant": "nat", "endpointAccounts": '["222233334444"]'},
            'ssm-only:endpointAccounts is ["222233334444"]: only privatelink has endpoints, and variant is nat.',
            id="an account that no endpoint lets through",
        ),
        pytest.param(
            {"shareEndpoints": '["10.0.16.0/20"]'},
            "ssm-only:shareEndpoints[0] is '10.0.16.0/20': it overlaps this network's own block, 10.0.0.0/16, so no "
            "route leads from there to here. Use the blocks of the other VPCs.",
            id="sharing endpoints with the network itself",
        ),
        pytest.param(
            {"spokeVpcs": '["vpc-0123456789abcdef0"]'},
            'ssm-only:spokeVpcs is ["vpc-0123456789abcdef0"]: the endpoints serve this network alone. Say in '
            "shareEndpoints which addresses those VPCs have.",
            id="a spoke of no hub",
        ),
        pytest.param(
            {"buckets": '["Packages"]'},
            "ssm-only:buckets[0] is 'Packages': no bucket is called that. Use the name alone: 3 to 63 "
            "lower-case letters, digits, dots and hyphens.",
            id="a bucket in capitals",
        ),
        pytest.param(
            {"parameterPaths": '["/aws/service"]'},
            f"ssm-only:parameterPaths[0] is '/aws/service': {PARAMETER}",
            id="a path of AWS's own",
        ),
        pytest.param(
            {"parameterPaths": '["/shop/*"]'},
            f"ssm-only:parameterPaths[0] is '/shop/*': {PARAMETER}",
            id="a path with a wildcard",
        ),
        pytest.param(
            {"runAsUsers": '["Alice"]'},
            "ssm-only:runAsUsers[0] is 'Alice': use a Linux user's name: up to 32 lower-case letters, digits, _ and -, "
            "a letter first.",
            id="a user in capitals",
        ),
        pytest.param(
            {"managedInstanceCore": "true", "defaultHostManagement": "use"},
            f"ssm-only:managedInstanceCore is 'true': {OTHER_ROLE}",
            id="two ways to be registered",
        ),
        pytest.param(
            {"patching": "true", "defaultHostManagement": "create"},
            f"ssm-only:patching is 'true': {OTHER_ROLE}",
            id="a right that the agent does not use",
        ),
        *(
            pytest.param(
                {key: value, "instances": f"[{instance}]"},
                f"ssm-only:{key} is {shown}: only Linux has it, and this stack has no Linux instance. Remove it.",
                id=f"{key} on Windows alone",
            )
            for key, value, shown, instance in (
                ("ssmUserSudo", "false", "'false'", WINDOWS),
                ("runAsUsers", '["ann"]', '["ann"]', WINDOWS),
                ("sessionProfile", "umask 077", "'umask 077'", CUSTOM_WINDOWS),
            )
        ),
        *(
            pytest.param(
                {"defaultHostManagement": "use", "sessions": sessions},
                "ssm-only:defaultHostManagement is 'use': the account's role would have to write the logs of sessions "
                "and use their key, and is not this stack's to change. Use create or off, or sessions without s3, "
                "cloudwatch and key.",
                id=f"a role that may not: {sessions}",
            )
            for sessions in ('{"s3": {}}', '{"cloudwatch": {}}', '{"key": "create"}')
        ),
        pytest.param(
            {
                "managedInstanceCore": "true",
                "instances": json.dumps([{"name": "web", "policies": [f"{OWN}{number}" for number in range(10)]}]),
            },
            "ssm-only:instances[0].policies is '10 policies': managedInstanceCore is one more, and IAM attaches up to "
            "10 to a role.",
            id="more policies than a role takes, with AWS's",
        ),
        pytest.param(
            {"variant": "nat", "egress": MIRRORS, "instances": f'[{{"name": "web", "egress": {MIRRORS}}}]'},
            "ssm-only:instances[0].egress[0] is 'tcp-80-0.0.0.0/0': egress[0] has it already. Remove it here.",
            id="a way out of the stack's once more",
        ),
        *(
            pytest.param(
                {"variant": variant, "egress": '[{"port": 443, "to": "0.0.0.0/0", "why": "https"}]'},
                "ssm-only:egress[0] is 'tcp-443-0.0.0.0/0': every instance of igw and nat has it already. "
                "Remove it here.",
                id=f"the way out that {variant} has anyway",
            )
            for variant in ("igw", "nat")
        ),
        pytest.param(
            {"variant": "nat", "dualStack": "true", "egress": '[{"port": 443, "to": "::/0", "why": "https"}]'},
            "ssm-only:egress[0] is 'tcp-443-0000:0000:0000:0000:0000:0000:0000:0000/0': every instance of igw and nat "
            "has it already. Remove it here.",
            id="the way out that IPv6 has anyway",
        ),
        *(
            pytest.param(
                {"cidr": "10.1.0.0/16", "egress": json.dumps([{"port": 80, "to": to, "why": "mirrors"}])},
                f"ssm-only:egress[0].to is '{to}': no route of privatelink leads out of its own block, 10.1.0.0/16. "
                "Use a part of that, or nat or igw.",
                id=f"out of privatelink to {to}",
            )
            for to in ("0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "::/0")
        ),
        pytest.param(
            {"publicAccessExclusion": "true"},
            "ssm-only:publicAccessExclusion is 'true': no packet of privatelink passes a gateway that could be "
            "blocked. Remove it, or use igw or nat.",
            id="an exclusion from a block that does not concern it",
        ),
        pytest.param(
            {"operators": '{"instanceConnect": true, "sshUsers": ["ec2-user"]}'},
            "ssm-only:operators.instanceConnect is 'true': the network has no EC2 Instance Connect Endpoint. Set "
            "ssm-only:instanceConnect to true, or remove it.",
            id="a right to an endpoint that is not made",
        ),
        pytest.param(
            {"instanceConnect": "true", "operators": '{"instanceConnect": true}'},
            "ssm-only:operators.sshUsers is []: instanceConnect is true, and Linux instances ask for a key. Name the "
            "user for whom EC2 Instance Connect brings it, for example [ec2-user].",
            id="through an endpoint to Linux, as nobody",
        ),
        *(
            pytest.param(
                {"operators": '{"remoteHosts": true}', **config},
                "ssm-only:operators.remoteHosts is 'true': the instances may connect to no port of another host. Say "
                "to which, for example ssm-only:egress: [{port: 5432, to: 10.0.0.0/16, why: database}].",
                id=f"remote hosts out of reach: {why}",
            )
            for why, config in {
                "in privatelink": {},
                "in nat": {"variant": "nat"},
                "sessions forward no UDP": {
                    "egress": '[{"port": 53, "to": "10.0.0.2", "why": "names", "protocol": "udp"}]'
                },
            }.items()
        ),
        pytest.param(
            {"natKind": "instance"},
            "ssm-only:natKind is 'instance': only nat has NAT, and variant is privatelink.",
            id="a NAT instance where there is no NAT",
        ),
        pytest.param(
            {"variant": "nat", "natInstanceType": "t4g.small"},
            "ssm-only:natInstanceType is 't4g.small': a NAT gateway has none. Set natKind: instance.",
            id="the type of an instance that there is not",
        ),
        pytest.param(
            {"varient": "nat"},
            f"ssm-only:varient is 'nat': there is no such key. Did you mean variant? Keys are {', '.join(READERS)}.",
            id="a misspelt key",
        ),
        pytest.param(
            {"colour": "red"},
            f"ssm-only:colour is 'red': there is no such key. Keys are {', '.join(READERS)}.",
            id="a key that is like none",
        ),
    ],
)
def test_wrong_settings_are_refused(settings: Mapping[str, str], message: str) -> None:
    assert refusal(settings) == message


def test_zones_are_counted_or_named() -> None:
    assert Settings.parse({"zones": "3"}).zone_count == 3
    named = Settings.parse({"zones": '["us-east-1a", "use1-az4"]', "instances": '[{"name": "web", "zone": 2}]'})
    assert (named.zones, named.zone_count) == (("us-east-1a", "use1-az4"), 2)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"variant": "nat", "egress": MIRRORS}, id="to the internet, where a route leads there"),
        pytest.param({"egress": INSIDE}, id="privatelink, inside"),
        pytest.param(
            {"variant": "nat", "egress": '[{"port": 443, "to": "::/0", "why": "https"}]'},
            id="over IPv6, which the network itself has not",
        ),
        pytest.param(
            {
                "egress": '[{"port": 53, "to": "10.0.0.2", "why": "a", "protocol": "udp"}, '
                '{"port": 53, "to": "10.0.0.2", "why": "b"}]'
            },
            id="two protocols of one port",
        ),
        pytest.param(
            {
                "instances": f'[{{"name": "a"}}, {{"name": "b", "egress": {INSIDE}}}]',
                "operators": '{"remoteHosts": true}',
            },
            id="remote hosts that one of the instances reaches",
        ),
        pytest.param({"operators": '{"remoteHosts": true, "tags": {"a": "b"}}'}, id="remote hosts of other instances"),
    ],
)
def test_ways_out_that_lead_somewhere_are_taken(settings: Mapping[str, str]) -> None:
    Settings.parse(settings)


@pytest.mark.parametrize(
    ("settings", "opened"),
    [
        pytest.param({"proxy": '{"https": "http://10.0.0.9:3128"}'}, ["tcp-3128-10.0.0.9/32"], id="by its address"),
        pytest.param(
            {"proxy": '{"https": "http://proxy:3128"}', "egress": INSIDE.replace("443", "3128")},
            ["tcp-3128-10.0.0.0/16"],
            id="by its name, where an entry leads",
        ),
        pytest.param({"variant": "nat", "proxy": '{"https": "http://proxy:443"}'}, [], id="on the port that is open"),
        pytest.param(
            {
                "variant": "igw",
                "proxy": '{"https": "http://10.0.0.9:3128"}',
                "instances": '[{"name": "web", "associatePublicIp": false}]',
            },
            ["tcp-3128-10.0.0.9/32"],
            id="in igw, for an instance without a public address",
        ),
    ],
)
def test_the_way_to_a_proxy_is_open(settings: Mapping[str, str], opened: list[str]) -> None:
    read = Settings.parse(settings)

    assert [way.name for way in read.egress_of(read.instances[0])] == opened


NAMED_GROUP = "sg-0123456789abcdef0"


def named_hosts(**entry: object) -> Mapping[str, str]:
    return {"operators": json.dumps({"remoteHosts": [{"port": 5432, "why": "orders", **entry}]})}


@pytest.mark.parametrize(
    ("settings", "opened"),
    [
        pytest.param(named_hosts(to="10.0.3.4"), ["tcp-5432-10.0.3.4/32"], id="an address"),
        pytest.param(
            named_hosts(host="db.internal", to=NAMED_GROUP), [f"tcp-5432-group-{NAMED_GROUP}"], id="a security group"
        ),
        pytest.param(
            {**named_hosts(host="db.internal", to="10.0.0.0/16"), "egress": INSIDE.replace("443", "5432")},
            ["tcp-5432-10.0.0.0/16"],
            id="what is open already",
        ),
        pytest.param(
            {"variant": "nat", **named_hosts(host="10.9.3.4")}, ["tcp-5432-10.9.3.4/32"], id="outside, in nat"
        ),
        pytest.param(
            {"variant": "nat", **named_hosts(host="api.example.com", to="0.0.0.0/0", port=443)}, [], id="the internet"
        ),
        pytest.param(
            {
                "operators": '{"tags": {"a": "b"}, "remoteHosts": [{"to": "10.0.3.4", "port": 22, "why": "hop"}]}',
                "egress": INSIDE,
            },
            ["tcp-443-10.0.0.0/16", "tcp-22-10.0.3.4/32"],
            id="after those of the stack, and SSH on another host",
        ),
    ],
)
def test_a_remote_host_that_is_named_is_opened(settings: Mapping[str, str], opened: list[str]) -> None:
    read = Settings.parse(settings)

    assert [way.name for way in read.egress_of(read.instances[0])] == opened


def test_a_remote_host_to_which_no_route_leads_is_refused() -> None:
    assert refusal(named_hosts(host="10.9.3.4")) == (
        "ssm-only:operators.remoteHosts[0].to is '10.9.3.4/32': no route of privatelink leads out of its own block, "
        "10.0.0.0/16. Use a part of that, or nat or igw."
    )


def test_the_lines_that_a_refusal_says_to_add_mend_it() -> None:
    remote = {"operators": '{"remoteHosts": true}', "cidr": "10.7.0.0/20"}
    key, line = refusal(remote).rstrip(".").split("for example ssm-only:")[1].split(": ", maxsplit=1)

    Settings.parse({**remote, key: json.dumps(yaml.safe_load(line))})


def test_the_largest_and_the_smallest_block_are_taken() -> None:
    for cidr in ("10.0.0.0/16", "10.0.0.0/28"):
        assert str(Settings.parse({"cidr": cidr}).cidr) == cidr


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(sorted(READERS)), st.text() | json_values.map(json.dumps))
def test_any_text_is_either_read_or_refused(key: str, value: str) -> None:
    with contextlib.suppress(ConfigError):
        Settings.parse({key: value})


@pytest.mark.parametrize("key", READERS)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("1" * 5_000, id="more digits than Python takes"),
        pytest.param("[" * 100_000, id="lists without end"),
        pytest.param("[" * 900 + "]" * 900, id="lists that Python can just read"),
        pytest.param('{"a":' * 100_000, id="maps without end"),
        pytest.param(json.dumps([{"name": "x" * 1_000_000}]), id="a million letters"),
    ],
)
def test_what_no_setting_can_be_is_read_or_refused_in_few_words(key: str, value: str) -> None:
    said = ""
    try:
        Settings.parse({key: value})
    except ConfigError as error:
        said = str(error)

    assert len(said) < 1_000


@pytest.mark.parametrize("key", READERS)
def test_keys_and_fields_translate_both_ways(key: str) -> None:
    assert to_key(to_field(key)) == key


def test_the_project_file_declares_every_key_and_no_other() -> None:
    fields = [to_key(field.name) for field in dataclasses.fields(Settings) if field.name != "secrets"]

    assert list(PROJECT["config"]) == fields
    assert list(READERS) == fields


@pytest.mark.parametrize("key", READERS)
def test_the_project_files_default_is_the_codes(key: str) -> None:
    declared = PROJECT["config"][key]

    assert declared["default"] == plain(getattr(Settings(), to_field(key)))
    assert declared["description"].endswith(".")


TYPES = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}


@pytest.mark.parametrize("key", READERS)
def test_the_project_files_type_is_that_of_its_default(key: str) -> None:
    declared = PROJECT["config"][key]

    # A key of Pulumi's has one type or none, and this one is a number or a list.
    assert declared.get("type") == (None if key == "zones" else TYPES[type(declared["default"])])


@pytest.mark.parametrize("key", READERS)
def test_the_project_files_default_is_read_as_pulumi_passes_it(key: str) -> None:
    default = PROJECT["config"][key]["default"]
    passed = default if isinstance(default, str) else json.dumps(default)

    assert Settings.parse({key: passed}) == Settings()


def test_the_project_needs_no_virtual_environment_of_its_own() -> None:
    assert (PROJECT["name"], PROJECT["runtime"]) == ("ssm-only", "python")


def plain(value: Any) -> object:
    """As it is written in YAML, without what has its default."""
    if value is None:
        return {}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, IPv4Network):
        return str(value)
    if isinstance(value, tuple):
        return [{"name": instance.name} for instance in value]
    return value


def refusal(settings: Mapping[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        Settings.parse(settings)
    return str(caught.value)


def test_a_platform_gives_its_own_type_and_disk() -> None:
    windows, linux, small = Settings.parse(
        {
            "instances": json.dumps(
                [
                    {"name": "windows", "platform": "windows-2022"},
                    {"name": "linux", "platform": "debian-13"},
                    {"name": "small", "platform": "windows-2019", "instanceType": "t3.small", "volumeSize": 50},
                ]
            )
        }
    ).instances

    assert (windows.instance_type, windows.volume_size) == ("t3.medium", 30)
    assert (linux.instance_type, linux.volume_size) == ("t4g.micro", 8)
    assert (small.instance_type, small.volume_size) == ("t3.small", 50)


@pytest.mark.parametrize("name", ["ssmonly", "_x", "shop-web"])
def test_names_of_users_are_taken(name: str) -> None:
    assert Settings.parse({"runAsUsers": json.dumps([name])}).run_as_users == (name,)


READ_IT = "[ ! -r /etc/ssm-only/session-profile ] || . /etc/ssm-only/session-profile"


@pytest.mark.parametrize(
    ("config", "linux"),
    [
        pytest.param({"sessions": '{"idleMinutes": 5}'}, "", id="no profile"),
        pytest.param({"sessions": '{"idleMinutes": 5}', "sessionProfile": "exec bash"}, READ_IT, id="on the instances"),
        pytest.param(
            {"sessions": '{"shellProfile": {"linux": "cd /"}}', "sessionProfile": "exec bash"},
            "cd /",
            id="one of its own",
        ),
        pytest.param(
            {"sessions": '{"document": "skip", "s3": {"bucket": "theirs"}}', "sessionProfile": "exec bash"},
            "",
            id="preferences of someone else",
        ),
    ],
)
def test_sessions_read_the_profile_of_the_instances(config: dict[str, str], linux: str) -> None:
    preferences = Settings.parse(config).preferences

    assert preferences is not None
    assert preferences.shell_profile.linux == linux


def test_without_sessions_there_are_no_preferences_to_read_it() -> None:
    assert Settings.parse({"sessionProfile": "exec bash"}).preferences is None


@pytest.mark.parametrize(
    "config",
    [
        {"defaultHostManagement": "use", "sessions": '{"idleMinutes": 5}'},
        {"defaultHostManagement": "create", "sessions": '{"key": "create"}'},
        {"defaultHostManagement": "use", "bootReport": "true", "parameterPaths": '["/shop"]'},
        {"variant": "igw", "ec2messages": "true"},
        {"variant": "nat", "natKind": "instance", "natPerZone": "true", "dualStack": "true"},
        {"variant": "privatelink", "dualStack": "true"},
        {"ssmUserSudo": "false", "instances": f'[{WINDOWS}, {{"name": "linux"}}]'},
        {"ssmUserSudo": "false", "instances": "[]"},
    ],
    ids=" ".join,
)
def test_what_goes_together_is_taken(config: dict[str, str]) -> None:
    Settings.parse(config)
