"""What stands in place of NAT gateways: asked of AWS, and opened for what instances are to reach."""

import json
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.nat import find_nat_instance
from components.network.nat_instance import NatInstance, NatWay
from components.settings import Settings
from tests.components.graph import INGRESS, INSTANCE, ROUTE, deploy
from tests.components.test_program import OFFERS, run

IMAGE = "image of /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
WORLD = IPv4Network("0.0.0.0/0")


def parsed(config: Mapping[str, Any]) -> Settings:
    raw = {"variant": "nat", "natKind": "instance", **config}
    return Settings.parse({key: one if isinstance(one, str) else json.dumps(one) for key, one in raw.items()})


def found(**config: Any) -> NatInstance | None:
    answers: list[NatInstance | None] = []
    deploy(lambda: answers.append(find_nat_instance(parsed(config))))
    return answers[0]


def refusal(**config: Any) -> str:
    said: list[str] = []

    def program() -> None:
        with pytest.raises(ConfigError) as caught:
            find_nat_instance(parsed(config))
        said.append(str(caught.value))

    assert deploy(program).resources == {}
    return said[0]


def entry(port: int, to: str, **more: str) -> Mapping[str, object]:
    return {"port": port, "to": to, "why": "a reason", **more}


def test_with_gateways_there_is_none() -> None:
    assert found(natKind="gateway") is None


def test_it_is_the_newest_amazon_linux_of_its_type() -> None:
    assert found() == NatInstance(image_id=IMAGE, instance_type="t4g.nano")


@pytest.mark.parametrize(
    ("egress", "ways"),
    [
        pytest.param([], [], id="nothing but Systems Manager"),
        pytest.param([entry(80, "0.0.0.0/0")], [NatWay(port=80, to=WORLD)], id="the internet"),
        pytest.param([entry(5432, "10.0.3.0/24")], [], id="a host in the network, to which no NAT leads"),
        pytest.param(
            [entry(5432, "10.0.0.0/8")],
            [NatWay(port=5432, to=IPv4Network("10.0.0.0/8"))],
            id="a block that is larger than the network",
        ),
        pytest.param([entry(80, "::/0")], [], id="IPv6, which needs no NAT"),
        pytest.param(
            [entry(53, "192.0.2.53", protocol="udp")],
            [NatWay(port=53, to=IPv4Network("192.0.2.53/32"), protocol="udp")],
            id="another protocol",
        ),
    ],
)
def test_it_lets_through_what_instances_may_reach_outside(egress: list[Any], ways: list[NatWay]) -> None:
    of_the_stack = found(egress=egress)
    of_an_instance = found(instances=[{"name": "a"}, {"name": "b", "egress": egress}])
    of_both = found(egress=egress, instances=[{"name": "a"}, {"name": "b"}])

    for one in (of_the_stack, of_an_instance, of_both):
        assert one is not None
        assert [*one.ways] == ways


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param(
            {"natInstanceType": "t9.nano"},
            "ssm-only:natInstanceType is 't9.nano': EC2 does not have this type in this Region.",
            id="a type that does not exist",
        ),
        pytest.param(
            {"natInstanceType": "t3.micro"},
            "ssm-only:natInstanceType is 't3.micro': a NAT instance is arm64, and this type is not. Use t4g.nano,",
            id="a type of other processors",
        ),
        pytest.param(
            {"zones": "3", "egress": [entry(port, "0.0.0.0/0") for port in range(1000, 1020)]},
            "ssm-only:natKind is 'instance': its group would need 63 inbound and 21 outbound rules for what egress",
            id="more rules than a group has, inbound",
        ),
        pytest.param(
            {"egress": [entry(80, f"192.0.2.{host}") for host in range(60)]},
            "ssm-only:natKind is 'instance': its group would need 4 inbound and 61 outbound rules for what egress",
            id="more rules than a group has, outbound",
        ),
    ],
)
def test_what_ec2_would_refuse_later_is_refused(config: Mapping[str, Any], message: str) -> None:
    assert refusal(**config).startswith(message)


def test_as_many_rules_as_a_group_has_are_taken() -> None:
    assert found(zones="3", egress=[entry(port, "0.0.0.0/0") for port in range(1000, 1019)])
    assert found(egress=[entry(80, f"192.0.2.{host}") for host in range(59)])


def test_a_program_of_the_settings_has_it() -> None:
    graph = run(
        {
            "ssm-only:variant": "nat",
            "ssm-only:natKind": "instance",
            "ssm-only:egress": json.dumps([entry(80, "0.0.0.0/0")]),
            "ssm-only:replaceOnNewImage": "true",
        }
    )
    instance = graph.one(INSTANCE, "main-nat-instance-us-east-1a")

    assert (instance.inputs["ami"], instance.inputs["instanceType"]) == (IMAGE, "t4g.nano")
    assert instance.ignores == set()
    assert {rule["fromPort"] for rule in graph.of(INGRESS).values()} == {80, 443}
    assert graph.of(ROUTE)["main-private-us-east-1b"]["networkInterfaceId"] == "main-nat-instance-us-east-1a-interface"
    before = graph.made_before(graph.one(INSTANCE, "main-amazon-linux-2023-arm64"))
    assert (INSTANCE, "main-nat-instance-us-east-1a") in before


@pytest.mark.parametrize(
    ("config", "zone"),
    [
        pytest.param({"natKind": "gateway"}, "us-east-1a", id="a gateway is everywhere"),
        pytest.param({"natKind": "instance"}, "us-east-1b", id="its type is in one zone alone"),
    ],
)
def test_it_is_where_its_type_is(config: Mapping[str, str], zone: str) -> None:
    def offers(args: Mapping[str, Any]) -> dict[str, Any]:
        (types,) = (one["values"] for one in args["filters"])
        pairs = [
            (one, at) for one in types for at in ("us-east-1a", "us-east-1b") if one != "t4g.nano" or at[-1] == "b"
        ]
        return {"instanceTypes": [one for one, _ in pairs], "locations": [at for _, at in pairs]}

    settings = {"variant": "nat", "zones": "1", **config}
    graph = run({f"ssm-only:{key}": value for key, value in settings.items()}, answers={OFFERS: offers})

    assert f"main-private-{zone}" in graph.of(ROUTE)
