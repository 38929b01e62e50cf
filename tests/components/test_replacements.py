"""Settings that make other instances of those that are there: said in the preview, or refused."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.base.errors import ConfigError
from components.instance.images import Image
from components.instance.platforms import Family
from components.network import ExistingNetworkArgs, SsmNetworkArgs
from components.network.existing.facts import Subnet
from components.network.existing.plan import NetworkPlan
from components.replacements import Plans, tell_replacements
from components.settings import Settings
from tests.components.graph import GROUP, INSTANCE, STATE, SUBNET, US_EAST_1, VPC, deploy

NETWORK, OWNER = "ssm-only:components:SsmNetwork", "ssm-only:components:SsmInstance"
FLEET, EXISTING = "ssm-only:components:SsmFleet", "ssm-only:components:ExistingNetwork"
LABEL, IMAGE = "amazon-linux-2023-arm64", "ami-1"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def resource(type_: str, name: str, owner: str, **outputs: Any) -> Mapping[str, Any]:
    return {f"urn:pulumi:test::ssm-only::{owner}${type_}::{name}": {"type": type_, "outputs": outputs}}


def stack(
    *tiers: str, cidr: str = "10.0.0.0/16", names: Sequence[str] = ("main",), owner: str = OWNER
) -> dict[str, Any]:
    """The state of a stack that has subnets of these tiers, and these instances."""
    state = {**resource(VPC, "main-vpc", NETWORK, cidrBlock=cidr)}
    for tier in tiers:
        state |= resource(SUBNET, f"main-{tier}-us-east-1a", NETWORK)
    for name in names:
        state |= instance(name, owner)
    return state


def instance(name: str = "main", owner: str = OWNER, label: str = LABEL, **outputs: Any) -> Mapping[str, Any]:
    """As `plans` would make it, but for what is said."""
    made = {
        "availabilityZone": "us-east-1a",
        "ami": IMAGE,
        "instanceType": "t4g.micro",
        "instanceLifecycle": "",
        "rootBlockDevice": {"kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/default"},
        "userDataBase64": "told",
        "subnetId": "subnet-a",
        "tags": {"Name": name},
    }
    return resource(INSTANCE, f"{name}-{label}", owner, **{**made, **outputs})


def existing(vpc: str = "vpc-1", *subnets: str) -> Mapping[str, Any]:
    """The state of a stack that uses a network that is there."""
    outputs = {"vpc_id": vpc, "subnet_ids": [*subnets]}
    return {f"urn:pulumi:test::ssm-only::{EXISTING}::main": {"type": EXISTING, "outputs": outputs}}


def fleet(name: str = "workers") -> Mapping[str, Any]:
    return resource(GROUP, name, FLEET)


def used(vpc: str, *subnets: str) -> ExistingNetworkArgs:
    plan = NetworkPlan(
        vpc_id=vpc,
        vpc_cidrs=(),
        variant=Settings.parse({}).variant,
        subnets=[Subnet(id=id_, vpc_id=vpc, zone=f"us-east-1{id_[-1]}", cidr=None) for id_ in subnets],
        made={},
        reused={},
        hub=(),
        hub_cidrs=(),
        groups=(),
        s3_table_ids=(),
        s3_found=(),
        s3_prefix_list_id="pl-1",
        warnings=(),
    )
    return ExistingNetworkArgs(plan=plan, region=US_EAST_1)


def told(
    monkeypatch: pytest.MonkeyPatch,
    state: Mapping[str, Any],
    settings: Mapping[str, str],
    network: ExistingNetworkArgs | None = None,
    *,
    image: Image | None = None,
    secrets: Sequence[str] = (),
) -> list[str]:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    parsed = replace(Settings.parse(settings), secrets=frozenset(secrets))
    own = SsmNetworkArgs(variant=parsed.variant, region=US_EAST_1, zones=["us-east-1a", "us-east-1b"], cidr=parsed.cidr)
    names = [one.name for one in parsed.machines.values()]
    image = image or Image(id=IMAGE, family=Family.RPM, label=LABEL, pinned=False)
    plans = Plans(
        network=network or own,
        images=dict.fromkeys(names, image),
        user_data=dict.fromkeys(names, "told"),
        volume_keys={one.name: KEY for one in parsed.instances if one.volume_key},
    )
    deploy(lambda: tell_replacements(parsed, plans), answers={STATE: lambda *_: {"outputs": state}})
    return warned


ADDRESS = "igw has its instances in public subnets and the others in private ones, and an instance keeps its subnet"
LOST = "made anew, and what is on the root volumes is lost, since"
SAVE = "Save it first, or set it back."


@pytest.mark.parametrize(
    ("state", "settings", "warnings"),
    [
        pytest.param({}, {"variant": "igw"}, [], id="a new stack"),
        pytest.param(stack("private"), {"variant": "privatelink"}, [], id="privatelink stays"),
        pytest.param(stack("private"), {"variant": "nat"}, [], id="privatelink to nat"),
        pytest.param(stack("private", "public"), {"variant": "privatelink"}, [], id="nat to privatelink"),
        pytest.param(stack("public"), {"variant": "igw"}, [], id="igw stays"),
        pytest.param(
            stack("public"),
            {"variant": "nat"},
            [f"ssm-only:variant is 'nat': main: {LOST} {ADDRESS}. {SAVE}"],
            id="igw to nat",
        ),
        pytest.param(
            stack("private", "public", names=("main", "gone")),
            {"variant": "igw"},
            [f"ssm-only:variant is 'igw': main: {LOST} {ADDRESS}. {SAVE}"],
            id="nat to igw; an instance that goes anyway is not named",
        ),
        pytest.param(
            stack("private"),
            {"cidr": "10.1.0.0/16"},
            [f"ssm-only:cidr is '10.1.0.0/16': main: {LOST} a VPC keeps its block, 10.0.0.0/16. {SAVE}"],
            id="another block",
        ),
        pytest.param(stack("private", names=()), {"cidr": "10.1.0.0/16"}, [], id="another block, no instance yet"),
        pytest.param(
            stack("private", owner="acme:lib:Box"), {"cidr": "10.1.0.0/16"}, [], id="an instance that is another's"
        ),
        pytest.param(
            stack("private", names=("other",)), {"cidr": "10.1.0.0/16"}, [], id="an instance that the list has no more"
        ),
    ],
)
def test_the_preview_says_what_is_replaced(
    monkeypatch: pytest.MonkeyPatch, state: Mapping[str, Any], settings: dict[str, str], warnings: list[str]
) -> None:
    assert told(monkeypatch, state, settings) == warnings


OWN_GOES = "the stack's own VPC goes, and an instance keeps its VPC"
SUBNET_STAYS = "what is there is in subnet-a of vpc-1, and an instance keeps its subnet"


@pytest.mark.parametrize(
    ("state", "network", "settings", "warnings"),
    [
        pytest.param(
            {**stack("private"), **fleet()},
            None,
            {"variant": "igw", "fleets": '[{"name": "workers"}]'},
            [f"ssm-only:variant is 'igw': main, workers: {LOST} {ADDRESS}. {SAVE}"],
            id="a fleet, whose group is another one in other subnets",
        ),
        pytest.param(
            {**stack("private", names=()), **fleet("gone")},
            None,
            {"variant": "igw", "instances": "[]", "fleets": '[{"name": "workers"}]'},
            [],
            id="a fleet that is new",
        ),
        pytest.param(
            {**stack("private"), **fleet()},
            used("vpc-1", "subnet-a"),
            {"fleets": '[{"name": "workers"}]'},
            [f"ssm-only:network is 'vpc-1': main, workers: {LOST} {OWN_GOES}. {SAVE}"],
            id="to a network that is there",
        ),
        pytest.param(
            {**existing("vpc-1", "subnet-a"), **instance(), **fleet()},
            None,
            {"fleets": '[{"name": "workers"}]'},
            [f"ssm-only:network is {{}}: main, workers: {LOST} an instance keeps its VPC, vpc-1. {SAVE}"],
            id="from a network that is there",
        ),
        pytest.param(
            {**existing("vpc-1", "subnet-a"), **instance(), **fleet()},
            used("vpc-1", "subnet-a"),
            {"fleets": '[{"name": "workers"}]'},
            [],
            id="in the same network",
        ),
        pytest.param(
            {**existing("vpc-1", "subnet-a"), **instance(), **fleet()},
            used("vpc-1", "subnet-9a"),
            {"fleets": '[{"name": "workers"}]'},
            [f"ssm-only:network is 'vpc-1 with subnet-9a': main, workers: {LOST} {SUBNET_STAYS}. {SAVE}"],
            id="in another subnet",
        ),
        pytest.param(
            {**existing("vpc-1", "subnet-a"), **instance(), **fleet()},
            used("vpc-1", "subnet-a", "subnet-b"),
            {"fleets": '[{"name": "workers"}]'},
            [f"ssm-only:network is 'vpc-1 with subnet-a, subnet-b': workers: {LOST} {SUBNET_STAYS}. {SAVE}"],
            id="in one subnet more, where an instance stays",
        ),
    ],
)
def test_the_preview_says_what_a_networks_change_replaces(
    monkeypatch: pytest.MonkeyPatch,
    state: Mapping[str, Any],
    network: ExistingNetworkArgs | None,
    settings: dict[str, str],
    warnings: list[str],
) -> None:
    assert told(monkeypatch, state, settings, network) == warnings


EMPTY = "; its volumes are others too, and come empty"
DISK = '"volumes": [{"device": "/dev/sdf", "size": 8}]'


def entry(said: str) -> dict[str, str]:
    return {"instances": f'[{{"name": "main", {said}}}]'}


@pytest.mark.parametrize(
    ("there", "settings", "warning"),
    [
        pytest.param(
            {},
            entry('"zone": 2'),
            f"instances[0].zone is 2: main: {LOST} an instance stays in its zone, us-east-1a.",
            id="another zone",
        ),
        pytest.param(
            {},
            entry(f'"zone": 2, {DISK}'),
            f"instances[0].zone is 2: main: {LOST} an instance stays in its zone, us-east-1a{EMPTY}.",
            id="another zone, where its volumes are not",
        ),
        pytest.param({}, entry(DISK), None, id="volumes that it has"),
        pytest.param(
            {"label": "debian-13-arm64"},
            {},
            f"instances[0].platform is '{LABEL}': main: {LOST} it keeps what it was started as, debian-13-arm64.",
            id="another platform",
        ),
        pytest.param({"ami": "ami-0"}, {}, None, id="a newer image, which it need not have"),
        pytest.param(
            {"ami": "ami-0"},
            {"replaceOnNewImage": "true"},
            f"replaceOnNewImage is true: main: {LOST} its platform has a newer image, {IMAGE}, and it keeps ami-0.",
            id="a newer image that it is to have",
        ),
        pytest.param(
            {},
            entry(f'"volumeKey": "{KEY}", {DISK}'),
            f"instances[0].volumeKey is '{KEY}': main: {LOST} a volume keeps its key, "
            f"arn:aws:kms:us-east-1:123456789012:key/default{EMPTY}.",
            id="another key",
        ),
        pytest.param(
            {"rootBlockDevice": {"kmsKeyId": KEY}}, entry(f'"volumeKey": "{KEY}"'), None, id="the key that it has"
        ),
        pytest.param(
            {},
            entry('"spot": true'),
            f"instances[0].spot is true: main: {LOST} EC2 has started it on demand, which it stays.",
            id="spot instead of on demand",
        ),
        pytest.param(
            {"instanceLifecycle": "spot"},
            {},
            f"instances[0].spot is false: main: {LOST} EC2 has started it as a spot instance, which it stays.",
            id="on demand instead of spot",
        ),
        pytest.param(
            {"instanceLifecycle": "spot", "instanceType": "t4g.nano"},
            entry('"spot": true'),
            f"instances[0].instanceType is 't4g.micro': main: {LOST} EC2 changes the type of no spot instance.",
            id="another type of a spot instance",
        ),
        pytest.param({"instanceType": "t4g.nano"}, {}, None, id="another type on demand: it is stopped and started"),
        pytest.param({"userDataBase64": "else"}, {}, None, id="other user data: it is stopped and started"),
        pytest.param(
            {"userDataBase64": "else"},
            {"replaceOnUserData": "true"},
            f"replaceOnUserData is true: main: {LOST} its user data is another: your own, a setting that it tells the "
            "boot script, or the script itself.",
            id="other user data, where that makes another one",
        ),
        pytest.param({}, {"replaceOnUserData": "true"}, None, id="the same user data"),
        pytest.param(
            {"instanceLifecycle": "spot", "userDataBase64": "else"},
            entry('"spot": true'),
            f"instances[0].userData is 'changed': main: {LOST} its user data is another, and EC2 stops no spot "
            "instance that it would terminate.",
            id="other user data of a spot instance",
        ),
        pytest.param(
            {"instanceLifecycle": "spot", "userDataBase64": "else"},
            entry('"spot": {"interruption": "stop"}'),
            None,
            id="other user data of a spot instance that EC2 stops",
        ),
    ],
)
def test_the_preview_says_what_a_change_of_one_instance_replaces(
    monkeypatch: pytest.MonkeyPatch, there: dict[str, Any], settings: dict[str, str], warning: str | None
) -> None:
    state = {**stack("private", names=()), **instance(**there)}

    assert told(monkeypatch, state, settings) == ([f"ssm-only:{warning} {SAVE}"] if warning else [])


def test_an_image_that_is_named_is_another_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    state, image = stack("private"), Image(id="ami-2", family=Family.RPM, label=LABEL, pinned=True)
    warning = f"instances[0].ami is 'ami-2': main: {LOST} it keeps the image that it was started from, {IMAGE}."

    assert told(monkeypatch, state, {}, image=image) == [f"ssm-only:{warning} {SAVE}"]


def test_no_value_of_a_list_that_nobody_is_to_see_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    (warning,) = told(monkeypatch, stack("private"), entry('"zone": 2'), secrets=["instances"])

    assert warning.startswith("ssm-only:instances[0].zone is '[secret]': main: ")


def test_what_an_older_state_does_not_tell_is_not_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {**stack("private", names=()), **resource(INSTANCE, f"main-{LABEL}", OWNER, tags={"Name": "main"})}

    assert told(monkeypatch, state, {"replaceOnUserData": "true", **entry('"zone": 2, "spot": true')}) == []


@pytest.mark.parametrize(
    ("state", "network", "said", "advice"),
    [
        pytest.param(stack("private"), None, f'"zone": 2, {DISK}', "Set instances[0].zone back to 1.", id="zone"),
        pytest.param(stack("private"), None, '"spot": true', "Set instances[0].spot back to false.", id="spot"),
        pytest.param(stack("private"), used("vpc-1", "subnet-a"), '"zone": 1', "Set network back to {}.", id="network"),
        pytest.param(
            {**existing("vpc-1", "subnet-a"), **instance()},
            None,
            '"zone": 1',
            "Set network back to {vpc: vpc-1}.",
            id="no network",
        ),
        pytest.param(
            {**existing("vpc-1", "subnet-a"), **instance()},
            used("vpc-1", "subnet-9a"),
            '"zone": 1',
            "Set network back to these.",
            id="subnets",
        ),
    ],
)
def test_whatever_makes_another_instance_is_refused_for_one_that_is_to_be_kept(
    monkeypatch: pytest.MonkeyPatch,
    state: Mapping[str, Any],
    network: ExistingNetworkArgs | None,
    said: str,
    advice: str,
) -> None:
    with pytest.raises(ConfigError) as caught:
        told(monkeypatch, state, entry(f'"keepInstance": true, {said}'), network)

    assert str(caught.value).endswith(f"keepInstance of main refuses it. {advice}")


KEPT = '[{"name": "main", "keepInstance": true}, {"name": "web"}]'


def test_what_is_to_be_kept_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    state = stack("public", names=("main", "web"))
    with pytest.raises(ConfigError) as caught:
        told(monkeypatch, state, {"variant": "nat", "instances": KEPT})

    assert str(caught.value) == (
        f"ssm-only:variant is 'nat': main, web: {LOST} {ADDRESS}. keepInstance of main refuses it. "
        "Set variant back to igw."
    )
    assert told(monkeypatch, state, {"variant": "igw", "instances": KEPT}) == []
