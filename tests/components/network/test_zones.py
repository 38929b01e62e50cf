"""Where a network is: in zones that have what it needs, and for good."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.base.region import Region
from components.network.routes import Tier, Variant
from components.network.subnets import number_in_vpc
from components.network.zones import Deployed, Offers, find_zones, plan_zones
from tests.components.graph import CN_NORTH_1, ENDPOINT, INSTANCE, STATE, SUBNET, US_EAST_1, Answer, deploy

A, B, C, D = (f"us-east-1{letter}" for letter in "abcd")
FOUR = replace(US_EAST_1, zones=(A, B, C, D), zone_ids={A: "use1-az6", B: "use1-az1", C: "use1-az2", D: "use1-az4"})
KMS = "com.amazonaws.us-east-1.kms"
NEW = Deployed()
IMPAIRED = "us-east-1x"
ALL: Mapping[str, Sequence[str]] = {"t4g.micro": (A, B, C, D, IMPAIRED)}
MICRO_IN_1 = Offers(types=ALL, types_in={1: ["t4g.micro"]})


def there(*zones: str, **changed: Any) -> Deployed:
    return replace(Deployed(zones=zones, region="us-east-1"), **changed)


def micro_in(*zones: str, **changed: Any) -> Offers:
    return replace(Offers(types={"t4g.micro": zones}, types_in={1: ["t4g.micro"]}), **changed)


@pytest.mark.parametrize(
    ("wanted", "deployed", "offers", "chosen"),
    [
        pytest.param(2, NEW, Offers(), (A, B), id="nothing needed: by the alphabet"),
        pytest.param(2, NEW, MICRO_IN_1, (A, B), id="everything everywhere: by the alphabet"),
        pytest.param(2, NEW, micro_in(B, C, D), (B, C), id="the first zone lacks the type"),
        pytest.param(2, NEW, micro_in(A, C, D), (A, C), id="the second zone lacks the type of the first"),
        pytest.param(4, NEW, micro_in(B, C, D), (B, C, D, A), id="a zone that lacks the type has no instance"),
        pytest.param(2, NEW, micro_in(D), (D, A), id="one zone has the type"),
        pytest.param(
            3,
            NEW,
            Offers(types={"t4g.micro": (A, B, C), "g5.xlarge": (A,)}, types_in={1: ["t4g.micro"], 3: ["g5.xlarge"]}),
            (B, C, A),
            id="the one zone that has all is kept for who needs it",
        ),
        pytest.param(2, NEW, Offers(services={KMS: (B, D)}), (B, D), id="a service must be in every zone"),
        pytest.param([C, A], NEW, MICRO_IN_1, (C, A), id="named, in their own order"),
        pytest.param(["use1-az2", A], NEW, MICRO_IN_1, (C, A), id="an id and a name"),
        pytest.param(2, there(B, D), MICRO_IN_1, (B, D), id="what is there stays, though another sorts before it"),
        pytest.param(2, there(IMPAIRED, B), MICRO_IN_1, (IMPAIRED, B), id="a zone that is impaired stays"),
        pytest.param(3, there(D, B), MICRO_IN_1, (D, B, A), id="more zones come behind"),
        pytest.param(1, there(D, B), MICRO_IN_1, (D,), id="fewer take the last away"),
        pytest.param(
            2, there(A, B, types={(A, "t4g.micro")}), micro_in(B), (A, B), id="an offer that ended, with its instance"
        ),
        pytest.param(
            2,
            there(A, B, services={KMS}),
            Offers(services={KMS: ()}),
            (A, B),
            id="a service that ended, with its endpoint",
        ),
        pytest.param([D, B, A], there(D, B), MICRO_IN_1, (D, B, A), id="named, one more behind"),
        pytest.param([D], there(D, B), MICRO_IN_1, (D,), id="named, the last taken away"),
        pytest.param(
            ["use1-az9", B],
            there(IMPAIRED, B, zone_ids={IMPAIRED: "use1-az9"}),
            MICRO_IN_1,
            (IMPAIRED, B),
            id="an impaired zone that is there, by its id",
        ),
    ],
)
def test_the_zones(wanted: int | Sequence[str], deployed: Deployed, offers: Offers, chosen: Sequence[str]) -> None:
    assert plan_zones(wanted, FOUR, deployed, offers) == chosen


WHERE = "Use other zones or fewer, or another zone or instanceType for an instance."
KEPT = (
    "this stack is in us-east-1d, us-east-1b, whose addresses are in use. Keep these in front, in this order; add "
    "others behind, or take the last away. A stack of its own can be elsewhere in us-east-1."
)


@pytest.mark.parametrize(
    ("wanted", "deployed", "offers", "message"),
    [
        pytest.param(
            5,
            NEW,
            MICRO_IN_1,
            f"ssm-only:zones is 5: this account can use 4 in us-east-1 ({A}, {B}, {C}, {D}). Use a number from 1 to 4.",
            id="more zones than there are",
        ),
        pytest.param(
            1,
            NEW,
            micro_in(),
            f"ssm-only:zones is 1: {A} has no t4g.micro; {B} has no t4g.micro; {C} has no t4g.micro; {D} has no "
            f"t4g.micro. All that is needed is in no zone. {WHERE}",
            id="a type that is nowhere",
        ),
        pytest.param(
            3,
            NEW,
            Offers(services={KMS: (A, C)}, types=ALL, types_in={1: ["t4g.micro"]}),
            f"ssm-only:zones is 3: {B} has no {KMS}; {D} has no {KMS}. All that is needed is in {A}, {C}. {WHERE}",
            id="a service in too few zones",
        ),
        pytest.param(
            2,
            there(A, B),
            micro_in(C),
            f"ssm-only:zones is 2: {A} has no t4g.micro; {B} has no t4g.micro; {D} has no t4g.micro. This stack is in "
            f"{A}, {B} and stays there. All that is needed is in {C}. {WHERE}",
            id="a new instance in a zone that is there and lacks its type",
        ),
        pytest.param(
            3,
            there(A, B, services={KMS}),
            Offers(services={KMS: (A, B)}),
            f"ssm-only:zones is 3: {C} has no {KMS}; {D} has no {KMS}. This stack is in {A}, {B} and stays there. All "
            f"that is needed is in {A}, {B}. {WHERE}",
            id="a zone more, which lacks a service that is there",
        ),
        pytest.param(
            [A, "us-east-1z"],
            NEW,
            MICRO_IN_1,
            "ssm-only:zones[1] is 'us-east-1z': this account can use us-east-1a (use1-az6), us-east-1b (use1-az1), "
            "us-east-1c (use1-az2), us-east-1d (use1-az4) in us-east-1 now.",
            id="a zone that there is not",
        ),
        pytest.param(
            [A, "use1-az6"],
            NEW,
            MICRO_IN_1,
            "ssm-only:zones[1] is 'use1-az6': this zone is in the list already. Remove one.",
            id="one zone by both of its names",
        ),
        pytest.param(
            [A, B],
            NEW,
            micro_in(B),
            f'ssm-only:zones is ["{A}", "{B}"]: zone 1 would be {A}, which has no t4g.micro. All that is needed is in '
            f"{B}. {WHERE}",
            id="a named zone that lacks the type",
        ),
        pytest.param([B, D], there(D, B), MICRO_IN_1, f"ssm-only:zones[0] is '{B}': {KEPT}", id="another order"),
        pytest.param([D, C], there(D, B), MICRO_IN_1, f"ssm-only:zones[1] is '{C}': {KEPT}", id="another zone"),
        pytest.param(
            2,
            replace(there("eu-west-1a"), region="eu-west-1"),
            MICRO_IN_1,
            "aws:region is 'us-east-1': this stack is in eu-west-1, and what it has there cannot move. Set AWS_REGION "
            "or aws:region back. The way to us-east-1 is a stack of its own, or this one after `pulumi destroy`.",
            id="another Region than the stack's",
        ),
    ],
)
def test_there_are_no_such_zones(wanted: int | Sequence[str], deployed: Deployed, offers: Offers, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_zones(wanted, FOUR, deployed, offers)

    assert str(caught.value) == message


zones = st.lists(st.sampled_from(FOUR.zones), unique=True)


@given(zones.filter(bool), zones, zones, st.integers(1, 4))
def test_what_is_there_never_moves(before: list[str], usable: list[str], offered: list[str], wanted: int) -> None:
    """Whatever AWS offers today: the zones that stay are those of yesterday, in their order."""
    region = replace(FOUR, zones=tuple(sorted(usable)))
    types = {(zone, "t4g.micro") for zone in before}
    try:
        chosen = plan_zones(wanted, region, there(*before, types=types), micro_in(*offered))
    except ConfigError:
        assert wanted > len(before)
        return

    assert list(chosen[: len(before)]) == before[:wanted]
    assert len(set(chosen)) == wanted


def subnet(tier: Tier, zone: str, cidr: str, network: str = "main", of: str = "ssm-only:components:SsmNetwork") -> Any:
    outputs = {
        "availabilityZone": zone,
        "availabilityZoneId": f"id of {zone}",
        "cidrBlock": cidr,
        "arn": f"arn:aws:ec2:{zone[:-1]}:123456789012:subnet/subnet-1",
    }
    urn = f"urn:pulumi:test::ssm-only::{of}${SUBNET}::{network}-{tier.value}-{zone}"
    return {urn: {"type": SUBNET, "outputs": outputs}}


def other(type_: str, **outputs: str) -> Any:
    return {f"urn:pulumi:test::ssm-only::{type_}::{sorted(outputs)}": {"type": type_, "outputs": outputs}}


PRIVATE, PUBLIC = Tier.PRIVATE, Tier.PUBLIC


@pytest.mark.parametrize(
    ("state", "deployed"),
    [
        pytest.param({}, NEW, id="nothing"),
        pytest.param(
            {
                **subnet(PRIVATE, A, "10.0.16.0/20"),
                **subnet(PRIVATE, B, "10.0.32.0/20"),
                **subnet(PRIVATE, C, "10.0.0.0/20"),
            },
            (C, A, B),
            id="private subnets begin at the front",
        ),
        pytest.param(
            {**subnet(PUBLIC, A, "10.0.224.0/20"), **subnet(PUBLIC, B, "10.0.240.0/20")},
            (B, A),
            id="public subnets begin at the back",
        ),
        pytest.param(
            {
                **subnet(PUBLIC, B, "10.0.240.0/20"),
                **subnet(PRIVATE, A, "10.0.16.0/20"),
                **subnet(PRIVATE, B, "10.0.0.0/20"),
            },
            (B, A),
            id="both",
        ),
        pytest.param(
            {**subnet(PRIVATE, A, "10.0.0.16/28"), **subnet(PRIVATE, B, "10.0.0.0/28")}, (B, A), id="the smallest"
        ),
        pytest.param(
            {**subnet(PRIVATE, A, "10.9.0.0/20"), **subnet(PRIVATE, B, "10.0.16.0/20")},
            (A, B),
            id="half-way into another block",
        ),
        pytest.param(
            {
                **subnet(PRIVATE, A, "10.0.0.0/20"),
                **subnet(PRIVATE, B, "10.0.16.0/20", network="other"),
                **subnet(PRIVATE, C, "10.0.32.0/20", of="acme:lib:Network"),
            },
            (A,),
            id="other networks in the same stack",
        ),
    ],
)
def test_the_state_tells_the_zones_in_their_order(
    state: Mapping[str, Any], deployed: Deployed | tuple[str, ...]
) -> None:
    if isinstance(deployed, tuple):
        ids = {zone: f"id of {zone}" for zone in deployed}
        deployed = replace(there(*deployed), zone_ids=ids)

    assert read(state) == replace(deployed, types=set(), services=set())


def test_the_state_tells_what_is_in_them() -> None:
    state = {
        **other(INSTANCE, availabilityZone=A, instanceType="t4g.micro"),
        **other(ENDPOINT, serviceName=KMS),
        # An update was cut before the provider said more.
        **other(INSTANCE),
    }

    found = read(state)

    assert set(found.types) == {(A, "t4g.micro"), (None, None)}
    assert set(found.services) == {KMS}


def read(state: Mapping[str, Any]) -> Deployed:
    found: list[Deployed] = []
    deploy(lambda: found.append(Deployed.read("main")), answers=answers(state=state))
    return found[0]


SERVICE = "aws:ec2/getVpcEndpointService:getVpcEndpointService"
OFFERS = "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"


def answers(
    *, state: Mapping[str, Any] | None = None, services: Mapping[str, Any] | None = None, micro: Sequence[str] = (A, B)
) -> Mapping[str, Answer]:
    given: Mapping[str, Any] = services or {}

    def service(args: Mapping[str, Any]) -> dict[str, Any] | str:
        assert args["serviceType"] == "Interface"
        said: str | Sequence[str] = given.get(args["serviceName"].split(".")[-1], [A, B, C])
        return said if isinstance(said, str) else {"availabilityZones": [*said]}

    return {
        STATE: lambda _: {"outputs": dict(state or {})},
        SERVICE: service,
        OFFERS: lambda _: {"instanceTypes": ["t4g.micro"] * len(micro), "locations": [*micro]},
    }


def found(asked: Mapping[str, Answer], region: Region = US_EAST_1, **changed: Any) -> Sequence[str]:
    args: dict[str, Any] = {
        "region": region,
        "variant": Variant.PRIVATELINK,
        "instance_types": {1: ["t4g.micro"]},
        **changed,
    }
    zones: list[Sequence[str]] = []
    deploy(lambda: zones.append(find_zones("main", 2, **args)), answers=asked)
    return zones[0]


NO_SERVICE = "reading EC2 VPC Endpoint Services: couldn't find resource"


@pytest.mark.parametrize(
    ("asked", "changed", "zones"),
    [
        pytest.param(answers(), {}, (A, B), id="all of it is there"),
        pytest.param(answers(micro=(B, C)), {}, (B, C), id="a zone lacks the type"),
        pytest.param(answers(services={"ssm": [A, C]}), {}, (A, C), id="a zone lacks an endpoint service"),
        pytest.param(answers(services={"ssm": [A, C]}), {"variant": Variant.NAT}, (A, B), id="no endpoints, no matter"),
        pytest.param(answers(services={"ec2messages": NO_SERVICE}), {}, (A, B), id="a service that nobody wants"),
        pytest.param(answers(micro=()), {"instance_types": None}, (A, B), id="no instances"),
    ],
)
def test_aws_is_asked(asked: Mapping[str, Answer], changed: dict[str, Any], zones: Sequence[str]) -> None:
    assert tuple(found(asked, **changed)) == zones


def test_another_failure_is_not_taken_for_a_service_that_is_not_there() -> None:
    denied = "api error UnauthorizedOperation: not authorized to perform: ec2:DescribeVpcEndpointServices"
    with pytest.raises(Exception, match="UnauthorizedOperation") as caught:
        found(answers(services={"ssm": denied}))

    assert not isinstance(caught.value, ConfigError)


def test_what_to_do_about_a_service_that_is_not_there() -> None:
    with pytest.raises(ConfigError) as caught:
        found(answers(services={"ec2messages": NO_SERVICE}), ec2messages=True)
    assert str(caught.value) == (
        "ssm-only:ec2messages is 'true': us-east-1 has no endpoint service com.amazonaws.us-east-1.ec2messages. AWS "
        "retires it in 2026. Remove the key, and use a newer image or agent: from 3.3.40.0 on it needs none."
    )

    with pytest.raises(ConfigError) as caught:
        found(answers(services={"ssmmessages": NO_SERVICE}))
    assert str(caught.value) == (
        "ssm-only:variant is 'privatelink': us-east-1 has no endpoint service com.amazonaws.us-east-1.ssmmessages. Use "
        "igw or nat, or do without what needs it."
    )


def test_a_further_endpoint_is_in_every_zone_and_one_that_is_nowhere_is_named() -> None:
    assert tuple(found(answers(services={"sts": [A, C]}), endpoints=["sts"])) == (A, C)

    with pytest.raises(ConfigError) as caught:
        found(answers(services={"strs": NO_SERVICE}), endpoints=["sts", "strs"])
    assert str(caught.value) == (
        "ssm-only:endpoints[1] is 'strs': us-east-1 has no endpoint service com.amazonaws.us-east-1.strs. "
        "`aws ec2 describe-vpc-endpoint-services --query ServiceNames` lists those that there are."
    )


def test_a_fips_endpoint_that_is_no_endpoint_service_is_said() -> None:
    assert tuple(found(answers(), fips=True)) == (A, B)

    with pytest.raises(ConfigError) as caught:
        found(answers(services={"ssmmessages-fips": NO_SERVICE}), fips=True)
    assert str(caught.value) == (
        "ssm-only:fips is 'true': us-east-1 has no endpoint service com.amazonaws.us-east-1.ssmmessages-fips. Only the "
        "internet leads to its name: use igw or nat, or do without fips."
    )
    assert tuple(found(answers(services={"ssmmessages-fips": NO_SERVICE}), fips=True, variant=Variant.NAT)) == (A, B)


def test_a_service_of_china_is_found_under_its_own_name() -> None:
    asked: list[str] = []

    def service(args: Mapping[str, Any]) -> dict[str, Any] | str:
        asked.append(args["serviceName"])
        there = args["serviceName"].startswith("cn.") or not args["serviceName"].endswith(".sts")
        zones = ["cn-north-1b"] if args["serviceName"].startswith("cn.") else [*CN_NORTH_1.zones]
        return {"availabilityZones": zones} if there else NO_SERVICE

    china = {**answers(), SERVICE: service}
    zones: list[Sequence[str]] = []
    deploy(
        lambda: zones.append(find_zones("main", 1, region=CN_NORTH_1, variant=Variant.PRIVATELINK, endpoints=["sts"])),
        answers=china,
    )

    assert zones == [("cn-north-1b",)]
    assert asked[-2:] == ["com.amazonaws.cn-north-1.sts", "cn.com.amazonaws.cn-north-1.sts"]


def test_an_endpoint_that_is_there_outlives_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    state = {
        **subnet(PRIVATE, A, "10.0.0.0/20"),
        **subnet(PRIVATE, B, "10.0.16.0/20"),
        **other(ENDPOINT, serviceName="com.amazonaws.us-east-1.ec2messages"),
    }

    assert tuple(found(answers(state=state, services={"ec2messages": NO_SERVICE}), ec2messages=True)) == (A, B)
    assert [line for line in warned if "has no endpoint service" in line and "The endpoint that is there stays" in line]


def test_no_zone_more_has_a_service_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.log, "warn", lambda _: None)
    state = {
        **subnet(PRIVATE, A, "10.0.0.0/20"),
        **other(ENDPOINT, serviceName="com.amazonaws.us-east-1.ec2messages"),
    }
    with pytest.raises(ConfigError, match=r"has no com\.amazonaws\.us-east-1\.ec2messages"):
        found(answers(state=state, services={"ec2messages": NO_SERVICE}), ec2messages=True)


@given(st.integers(16, 28), st.data())
def test_a_subnets_number_orders_those_of_a_vpc(length: int, data: st.DataObject) -> None:
    vpc = IPv4Network((data.draw(st.integers(0, 2**length - 1)) << (32 - length), length))
    blocks = list(vpc.subnets(new_prefix=min(length + 4, 28)))

    numbers = [number_in_vpc(block) for block in blocks]
    assert numbers == list(range(numbers[0], numbers[0] + len(blocks)))


def test_the_region_knows_names_and_ids() -> None:
    asked: list[Region] = []
    deploy(lambda: asked.append(Region.ask()))

    assert asked == [US_EAST_1]
