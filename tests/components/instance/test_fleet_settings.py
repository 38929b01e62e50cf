"""What a person says of a fleet: what is read, and each refusal."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.instance.fleet_plan import Scaling, zones_of
from components.instance.fleet_settings import OF_ONE
from components.instance.platforms import Family
from components.instance.settings import READERS as OF_INSTANCES
from components.instance.settings import read_instances
from components.settings import Settings


def parse(*fleets: Mapping[str, Any], **others: str) -> Settings:
    return Settings.parse({"fleets": json.dumps(fleets), **others})


def test_a_fleet_of_a_name_alone_is_one_instance() -> None:
    (fleet,) = parse({"name": "workers"}).fleets
    (instance,) = read_instances("instances", '[{"name": "workers"}]')

    assert fleet.scaling == Scaling(minimum=1, maximum=1)
    assert fleet.instance == instance


def test_every_key_of_its_own_is_read() -> None:
    own = {
        "min": 2,
        "max": 5,
        "desired": 3,
        "zones": [2, 1],
        "otherTypes": ["t4g.small"],
        "onDemandBase": 1,
        "onDemandPercentage": 50,
        "refresh": True,
        "minHealthyPercentage": 80,
    }
    (fleet,) = parse({"name": "workers", **own}).fleets

    assert fleet.scaling == Scaling(
        minimum=2,
        maximum=5,
        desired=3,
        zones=(2, 1),
        other_types=("t4g.small",),
        on_demand_base=1,
        on_demand_percentage=50,
        refresh=True,
        min_healthy_percentage=80,
    )


def test_what_an_instance_has_a_fleet_has_too() -> None:
    said = {
        "platform": "windows-2022",
        "tags": {"a": "b"},
        "userData": "<script></script>",
        "policies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
        "egress": [{"port": 80, "to": "0.0.0.0/0", "why": "updates"}],
        "ami": "ami-0abcdef1234567890",
        "instanceType": "t3.large",
        "volumeSize": 50,
        "volumeType": "gp3",
        "volumeIops": 4000,
        "volumeThroughput": 250,
        "volumeKey": "alias/volumes",
        "volumes": [{"device": "xvdf", "size": 8}],
        "securityGroups": ["sg-0123456789abcdef0"],
        "metadataHopLimit": 2,
        "monitoring": True,
        "placement": {"group": "rack"},
        "cpuCredits": "unlimited",
    }
    settings = parse({"name": "workers", **said}, instances="[]", variant="nat")
    (instance,) = read_instances("instances", json.dumps([{"name": "workers", **said}]))

    assert settings.fleets[0].instance == instance
    # A key that an instance gets later is a fleet's too, or this says so.
    assert {"name", "family", *said} == OF_INSTANCES.keys() - OF_ONE
    assert instance.family is Family.WINDOWS


@pytest.mark.parametrize(
    ("said", "maximum"),
    [
        pytest.param({"min": 3}, 3, id="the minimum"),
        pytest.param({"min": 0}, 1, id="one that may be started"),
        pytest.param({"min": 1, "desired": 0, "max": 4}, None, id="less than the minimum is refused"),
        pytest.param({"min": 0, "desired": 4}, 4, id="what is desired"),
        pytest.param({"min": 0, "desired": 4, "max": 9}, 9, id="what is said"),
    ],
)
def test_without_a_maximum_there_are_as_many_as_in_the_beginning(said: Mapping[str, int], maximum: int | None) -> None:
    if maximum is None:
        with pytest.raises(ConfigError):
            parse({"name": "workers", **said})
    else:
        assert parse({"name": "workers", **said}).fleets[0].scaling.maximum == maximum


@pytest.mark.parametrize(
    ("scaling", "count", "expected"),
    [
        pytest.param(Scaling(), 3, [1, 2, 3], id="all"),
        pytest.param(Scaling(zones=(3, 1)), 3, [3, 1], id="those that are named"),
    ],
)
def test_zones(scaling: Scaling, count: int, expected: list[int]) -> None:
    assert list(zones_of(scaling, count)) == expected


ONE = {"name": "workers"}


@pytest.mark.parametrize(
    ("fleets", "others", "message"),
    [
        pytest.param(["workers"], {}, "fleets[0] is 'workers': a fleet is a map with a name", id="no map"),
        pytest.param([{"max": 2}], {}, "Keys are name, platform, ", id="no name"),
        pytest.param(
            [{**ONE, "zone": 1}],
            {},
            "fleets[0].zone is 1: there is no such key. Did you mean zones? Keys are name, platform, ",
            id="the zone of an instance",
        ),
        pytest.param([{**ONE, "max": 0}], {}, "fleets[0].max is 0: use a whole number from 1 to 10000.", id="none"),
        pytest.param(
            [{**ONE, "min": 3, "max": 2}],
            {},
            "fleets[0].max is 2: min is 3. Use 3 or more.",
            id="less than the minimum",
        ),
        pytest.param(
            [{**ONE, "max": 2, "desired": 3}],
            {},
            "fleets[0].desired is 3: use a number from 1 (min) to 2 (max).",
            id="more than the maximum",
        ),
        pytest.param(
            [{**ONE, "otherTypes": ["t4g.small", "t4g.micro"]}],
            {},
            "fleets[0].otherTypes[1] is 't4g.micro': the fleet has this type already. Remove one.",
            id="the platform's own type twice",
        ),
        pytest.param(
            [{**ONE, "otherTypes": [f"t{number}" for number in range(40)]}],
            {},
            "fleets[0].otherTypes is '40 types': use up to 39 beside instanceType.",
            id="more types than a group takes",
        ),
        pytest.param(
            [{**ONE, "onDemandBase": 1}],
            {},
            "fleets[0].onDemandBase is 1: all instances are on demand. Say how many of the others are: "
            "onDemandPercentage, for example 0.",
            id="a base of what is all",
        ),
        pytest.param(
            [{**ONE, "max": 2, "onDemandBase": 2, "onDemandPercentage": 0}],
            {},
            "fleets[0].onDemandBase is 2: the fleet has at most 2 (max), so none would be a spot instance. Use less, "
            "or remove onDemandPercentage.",
            id="a base of all",
        ),
        pytest.param(
            [{**ONE, "minHealthyPercentage": 90}],
            {},
            "fleets[0].minHealthyPercentage is 90: it is of a refresh. Set refresh: true too.",
            id="of a refresh that there is not",
        ),
        pytest.param([{**ONE, "zones": []}], {}, "fleets[0].zones is []: name one or more, or remove", id="no zone"),
        pytest.param(
            [{**ONE, "zones": [1, 1]}],
            {},
            "fleets[0].zones[1] is 1: this zone is in the list already",
            id="a zone twice",
        ),
        pytest.param(
            [{**ONE, "zones": [1, 3]}],
            {},
            "fleets[0].zones[1] is 3: the network has 2 of them (zones). Use a number from 1 to 2, or more zones.",
            id="a zone that the network has not",
        ),
        pytest.param(
            [ONE, ONE],
            {},
            "fleets[1].name is 'workers': an instance or a fleet above has this name. Give each its own.",
            id="the name of another fleet",
        ),
        pytest.param(
            [{"name": "main"}],
            {},
            "fleets[0].name is 'main': an instance or a fleet above has this name. Give each its own.",
            id="the name of an instance",
        ),
        pytest.param(
            [ONE],
            {"bootReport": "true", "instances": "[]"},
            "bootReport is 'true': the instances of a fleet come and go and have no parameter of their own",
            id="a report of nobody",
        ),
        pytest.param(
            [{**ONE, "volumes": [{"device": "/dev/sdf", "size": 8, "keep": True}]}],
            {},
            "fleets[0].volumes[0].keep is true: instances of a fleet come and go",
            id="a volume that each instance would leave behind",
        ),
        pytest.param(
            [{**ONE, "volumes": [{"device": "xvdf", "size": 8}]}],
            {},
            "fleets[0].volumes[0].device is 'xvdf': use /dev/sdf to /dev/sdp",
            id="a device of Windows",
        ),
        pytest.param(
            [ONE],
            {"replaceOnUserData": "true", "instances": "[]"},
            "replaceOnUserData is 'true': it is of instances, and this stack has fleets alone. Remove it",
            id="a replacement of nobody",
        ),
        pytest.param(
            [ONE],
            {"waitForAgent": "5", "instances": "[]"},
            "waitForAgent is 5: a fleet's group starts and ends its instances by itself, and this stack has no other",
            id="a wait for nobody",
        ),
        pytest.param(
            [{**ONE, "platform": "windows-2022"}],
            {"runAsUsers": '["ann"]', "instances": "[]"},
            'runAsUsers is ["ann"]: only Linux has it',
            id="what only Linux has",
        ),
        pytest.param(
            [{**ONE, "tags": {f"t{number}": "" for number in range(48)}}],
            {"tags": '{"one": "more"}'},
            "fleets[0].tags is '49 tags': that is with those of the stack.",
            id="too many tags with the stack's",
        ),
    ],
)
def test_a_fleet_that_cannot_be_is_refused(fleets: Any, others: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(*fleets, **others)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("fleets", "others"),
    [
        pytest.param([ONE], {"bootReport": "true"}, id="a report of the stack's instance"),
        pytest.param([ONE], {"replaceOnUserData": "true"}, id="a replacement of the stack's instance"),
        pytest.param([ONE], {"replaceOnNewImage": "true", "instances": "[]"}, id="newer images, which fleets have too"),
        pytest.param([{**ONE, "max": 3, "onDemandBase": 2, "onDemandPercentage": 0}], {}, id="one that may be spot"),
        pytest.param([ONE, {"name": "web"}], {}, id="two of their own names"),
        pytest.param([{**ONE, "zones": [2]}], {}, id="the last zone"),
        pytest.param([{**ONE, "volumes": [{"device": "/dev/sdf", "size": 8}]}], {}, id="a volume for each instance"),
        pytest.param([ONE], {"runAsUsers": '["ann"]', "instances": "[]"}, id="Linux in a fleet alone"),
    ],
)
def test_what_goes_together_is_taken(fleets: Any, others: dict[str, str]) -> None:
    assert parse(*fleets, **others).fleets
