"""Every key, every refusal, and that Pulumi.yaml and the code say the same."""

import contextlib
import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.config import set_all_config

from components.errors import ConfigError
from components.reading import to_field
from components.region import Architecture
from components.routes import Variant
from components.settings import READERS, InstanceSettings, Settings, to_key

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
            "natPerZone": "true",
            "ec2messages": "false",
            "instances": '[{"name": "web"}, {"name": "db", "zone": 3}]',
            "architecture": "x86_64",
            "instanceType": "t3.micro",
            "volumeSize": "30",
            "managedInstanceCore": "true",
            "tags": '{"team": "platform"}',
        }
    )

    assert settings == Settings(
        variant=Variant.NAT,
        zones=3,
        cidr=IPv4Network("10.20.0.0/20"),
        nat_per_zone=True,
        ec2messages=False,
        instances=(InstanceSettings(name="web"), InstanceSettings(name="db", zone=3)),
        architecture=Architecture.X86_64,
        instance_type="t3.micro",
        volume_size=30,
        managed_instance_core=True,
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


NAMES = "use up to 40 lower-case letters, digits and hyphens, a letter first."
TAGS_CHOICE = "use a map, for example {team: platform}."
INSTANCES_CHOICE = "use a list, for example [{name: main}]."


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        pytest.param("variant", "natt", "use one of igw, nat, privatelink.", id="an unknown variant"),
        pytest.param("variant", "NAT", "use one of igw, nat, privatelink.", id="a variant in capitals"),
        pytest.param("architecture", "amd64", "use one of arm64, x86_64.", id="another name of an architecture"),
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
        pytest.param("zones", "0", "use a whole number from 1 to 6.", id="no zone"),
        pytest.param("zones", "7", "use a whole number from 1 to 6.", id="more zones than any Region has"),
        pytest.param("zones", "two", "use a whole number from 1 to 6.", id="a number in words"),
        pytest.param("zones", "1.5", "use a whole number from 1 to 6.", id="half a zone"),
        pytest.param("zones", "²", "use a whole number from 1 to 6.", id="a digit that is none"),
        pytest.param("zones", "", "use a whole number from 1 to 6.", id="a number left out"),
        pytest.param("volumeSize", "7", "use a whole number from 8 to 65536.", id="a disk smaller than the image"),
        pytest.param("natPerZone", "yes", "use true or false.", id="yes for true"),
        pytest.param("ec2messages", "True", "use true or false.", id="true in Python"),
        pytest.param("managedInstanceCore", "1", "use true or false.", id="1 for true"),
        pytest.param("instanceType", " ", "it is empty. Remove the key to have the default.", id="an empty type"),
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
            {"variant": "igw", "ec2messages": "true"},
            "ssm-only:ec2messages is 'true': only privatelink has endpoints, and variant is igw.",
            id="an endpoint without endpoints",
        ),
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
            "ssm-only:tags is '50 tags': EC2 takes 50, and Name is ours. Use up to 49.",
            id="more tags than EC2 takes",
        ),
        pytest.param(
            {"instances": '["web"]'},
            "ssm-only:instances[0] is 'web': an instance is a map with a name, for example {name: main}. "
            "Keys are name, zone.",
            id="an instance that is only a name",
        ),
        pytest.param(
            {"instances": '[{"name": "web"}, {"zone": 1}]'},
            "ssm-only:instances[1] is {'zone': 1}: an instance is a map with a name, for example {name: main}. "
            "Keys are name, zone.",
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
            "ssm-only:instances[0].zone is 3: zones is 2. Use a number from 1 to 2, or more zones.",
            id="a zone that the network has not",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "zone": true}]'},
            "ssm-only:instances[0].zone is True: use a whole number from 1 to 6.",
            id="a zone that is no number",
        ),
        pytest.param(
            {"instances": '[{"name": "web", "zoen": 1}]'},
            "ssm-only:instances[0].zoen is 1: there is no such key. Did you mean zone? Keys are name, zone.",
            id="a misspelt key of an instance",
        ),
        pytest.param(
            {"varient": "nat"},
            "ssm-only:varient is 'nat': there is no such key. Did you mean variant? Keys are variant, zones, cidr, "
            "natPerZone, ec2messages, instances, architecture, instanceType, volumeSize, managedInstanceCore, tags.",
            id="a misspelt key",
        ),
        pytest.param(
            {"colour": "red"},
            "ssm-only:colour is 'red': there is no such key. Keys are variant, zones, cidr, "
            "natPerZone, ec2messages, instances, architecture, instanceType, volumeSize, managedInstanceCore, tags.",
            id="a key that is like none",
        ),
    ],
)
def test_wrong_settings_are_refused(settings: Mapping[str, str], message: str) -> None:
    assert refusal(settings) == message


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
def test_keys_and_fields_translate_both_ways(key: str) -> None:
    assert to_key(to_field(key)) == key


def test_the_project_file_declares_every_key_and_no_other() -> None:
    fields = [to_key(field.name) for field in dataclasses.fields(Settings)]

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

    assert declared["type"] == TYPES[type(declared["default"])]


@pytest.mark.parametrize("key", READERS)
def test_the_project_files_default_is_read_as_pulumi_passes_it(key: str) -> None:
    default = PROJECT["config"][key]["default"]
    passed = default if isinstance(default, str) else json.dumps(default)

    assert Settings.parse({key: passed}) == Settings()


def test_the_project_needs_no_virtual_environment_of_its_own() -> None:
    assert (PROJECT["name"], PROJECT["runtime"]) == ("ssm-only", "python")


def plain(value: Any) -> object:
    """As it is written in YAML, without what has its default."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, IPv4Network):
        return str(value)
    if isinstance(value, tuple):
        return [{"name": instance.name} for instance in value if instance.zone == 1]
    return value


def refusal(settings: Mapping[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        Settings.parse(settings)
    return str(caught.value)
