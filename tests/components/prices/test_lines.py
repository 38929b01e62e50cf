"""The bill of a stack, against sums done by hand from AWS's price lists."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.instance.settings import InstanceSettings
from components.network.routes import Variant
from components.prices import bill, lines, plan_stack
from components.prices.items import Item
from components.settings import NatKind, Settings

THREE = tuple(InstanceSettings(name=name) for name in ("a", "b", "c"))
IGW, NAT = Settings(variant=Variant.IGW), Settings(variant=Variant.NAT)
NAT_INSTANCE = replace(NAT, nat_kind=NatKind.INSTANCE)
LOGGED = Settings.parse({"sessions": '{"cloudwatch": {}}'})
ENCRYPTED = Settings.parse({"sessions": '{"cloudwatch": {}, "key": "create"}'})
OWN_KEY = Settings.parse({"sessions": '{"key": "arn:aws:kms:eu-west-1:123456789012:key/k"}'})


@pytest.mark.parametrize(
    ("settings", "region", "dollars"),
    [
        pytest.param(IGW, "us-east-1", "3.65", id="igw: one public address"),
        pytest.param(replace(IGW, instances=THREE), "us-east-1", "10.95", id="igw: three public addresses"),
        pytest.param(replace(IGW, instances=()), "us-east-1", "0", id="igw: nobody at home"),
        pytest.param(NAT, "us-east-1", "36.50", id="nat: one gateway with its address"),
        pytest.param(replace(NAT, instances=THREE), "us-east-1", "36.50", id="nat: instances add nothing"),
        pytest.param(replace(NAT, zones=3, nat_per_zone=True), "us-east-1", "109.50", id="nat: three gateways"),
        pytest.param(replace(NAT, zones=3), "us-east-1", "36.50", id="nat: one gateway for three zones"),
        pytest.param(Settings(zones=1), "us-east-1", "14.60", id="privatelink: two endpoints in one zone"),
        pytest.param(Settings(zones=2), "us-east-1", "29.20", id="privatelink: two endpoints in two zones"),
        pytest.param(Settings(zones=["use1-az1", "use1-az2"]), "us-east-1", "29.20", id="privatelink: two named zones"),
        pytest.param(Settings(zones=3, ec2messages=True), "us-east-1", "65.70", id="privatelink: three in three zones"),
        pytest.param(LOGGED, "us-east-1", "43.80", id="privatelink: logs add an endpoint"),
        pytest.param(ENCRYPTED, "us-east-1", "59.40", id="privatelink: a key adds an endpoint and itself"),
        pytest.param(OWN_KEY, "us-east-1", "43.80", id="privatelink: an own key adds an endpoint alone"),
        pytest.param(replace(ENCRYPTED, variant=Variant.NAT), "us-east-1", "37.50", id="nat: the key, no endpoint"),
        pytest.param(Settings.parse({"sessions": '{"s3": {}}'}), "us-east-1", "29.20", id="the bucket of logs is free"),
        # 2 endpoints x 2 zones x 730 h, and a gateway with its address for 730 h, at each Region's own price.
        pytest.param(Settings(), "ap-northeast-1", "40.88", id="Tokyo: privatelink, 0.014"),
        pytest.param(NAT, "ap-northeast-1", "48.91", id="Tokyo: nat, 0.062"),
        pytest.param(Settings(), "ap-northeast-2", "37.96", id="Seoul: privatelink, 0.013"),
        pytest.param(NAT, "ap-northeast-2", "46.72", id="Seoul: nat, 0.059"),
        pytest.param(NAT, "ap-south-1", "44.53", id="Mumbai: nat, 0.056"),
        pytest.param(Settings(), "ap-southeast-1", "37.96", id="Singapore: privatelink, 0.013"),
        pytest.param(Settings(), "ap-southeast-2", "37.96", id="Sydney: privatelink, 0.013"),
        pytest.param(NAT, "ca-central-1", "40.15", id="Canada: nat, 0.05"),
        pytest.param(Settings(), "eu-central-1", "35.04", id="Frankfurt: privatelink, 0.012"),
        pytest.param(NAT, "eu-central-1", "41.61", id="Frankfurt: nat, 0.052"),
        pytest.param(Settings(), "eu-west-1", "32.12", id="Ireland: privatelink, 0.011"),
        pytest.param(NAT, "eu-west-1", "38.69", id="Ireland: nat, 0.048"),
        pytest.param(NAT, "eu-west-2", "40.15", id="London: nat, 0.05"),
        pytest.param(Settings(), "us-west-2", "29.20", id="Oregon: privatelink, 0.01"),
        pytest.param(IGW, "eu-south-2", "3.65", id="an address is the same in a Region without prices of its own"),
    ],
)
def test_a_month_costs(settings: Settings, region: str, dollars: str) -> None:
    found = bill(plan_stack(settings), region)

    assert (found.total, found.unknown) == (Decimal(dollars), [])


@pytest.mark.parametrize(
    ("settings", "region", "known", "unknown"),
    [
        pytest.param(NAT, "eu-south-2", "3.65", [Item.NAT_GATEWAY], id="no gateway, but its address"),
        pytest.param(Settings(), "eu-south-2", "0", [Item.ENDPOINT], id="no endpoint"),
        pytest.param(ENCRYPTED, "eu-south-2", "1.00", [Item.ENDPOINT], id="no endpoint, but the key"),
        pytest.param(IGW, "cn-north-1", "0", [Item.ADDRESS], id="China has a currency of its own"),
        pytest.param(ENCRYPTED, "us-gov-west-1", "0", [Item.ENDPOINT, Item.KEY], id="GovCloud has prices of its own"),
        pytest.param(NAT, "ap-southeast-2", "3.65", [Item.NAT_GATEWAY], id="Sydney: endpoints are known, NAT is not"),
        pytest.param(
            replace(NAT_INSTANCE, nat_instance_type="t4g.xlarge"),
            "us-east-1",
            "4.29",
            [Item.OTHER_NAT_INSTANCE],
            id="a NAT instance of a type that has no price here",
        ),
    ],
)
def test_what_is_not_known_has_no_total(settings: Settings, region: str, known: str, unknown: list[Item]) -> None:
    found = bill(plan_stack(settings), region)

    assert (found.total, found.known, found.unknown) == (None, Decimal(known), unknown)


@pytest.mark.parametrize(
    ("settings", "options", "dollars"),
    [
        # 730 x 0.0042 + 8 x 0.08 + 730 x 0.005
        pytest.param(NAT_INSTANCE, {}, "7.356", id="a NAT instance with its disk and address"),
        pytest.param(replace(NAT_INSTANCE, nat_per_zone=True), {}, "14.712", id="in each of two zones"),
        pytest.param(Settings(endpoints=["sts", "ecr.api"]), {}, "58.40", id="two endpoints more"),
        pytest.param(Settings(endpoints=["ssm"]), {}, "29.20", id="one that there is anyway counts once"),
        pytest.param(
            Settings(share_endpoints=[IPv4Network("10.1.0.0/16")]), {}, "30.20", id="shared, each with a hosted zone"
        ),
        pytest.param(Settings(), {"new_endpoints": 4}, "29.20", id="an existing network without endpoints"),
        pytest.param(Settings(), {"new_endpoints": 2}, "14.60", id="one of two is there already"),
        pytest.param(Settings(), {"new_endpoints": 0}, "0", id="all are there already"),
        pytest.param(NAT, {"new_endpoints": 0}, "0", id="an existing network brings its NAT"),
        pytest.param(IGW, {"new_endpoints": 0}, "3.65", id="in an existing network an address costs the same"),
    ],
)
def test_what_a_network_can_have_beside(settings: Settings, options: dict[str, Any], dollars: str) -> None:
    assert bill(plan_stack(settings, **options), "us-east-1").total == Decimal(dollars)


def test_a_line_says_what_it_is_of_and_how_old() -> None:
    gateway, address = lines(plan_stack(NAT), "eu-west-1")

    assert (gateway.item, gateway.count, gateway.monthly) == (Item.NAT_GATEWAY, 1, Decimal("35.04"))
    assert (address.item, address.count, address.monthly) == (Item.ADDRESS, 1, Decimal("3.65"))
    assert gateway.price is not None
    assert str(gateway.price.read) == "2026-10-02"
    assert str(bill(plan_stack(NAT), "eu-west-1").read) == "2026-10-02"


networks = st.builds(
    Settings,
    variant=st.sampled_from(Variant),
    zones=st.integers(1, 5),
    nat_per_zone=st.booleans(),
    sessions=st.sampled_from([None, LOGGED.sessions, ENCRYPTED.sessions]),
)
regions = st.sampled_from(["us-east-1", "ap-northeast-1", "eu-west-2", "eu-south-2", "cn-north-1"])


@given(networks, regions)
def test_more_is_never_cheaper(settings: Settings, region: str) -> None:
    plain = bill(plan_stack(settings), region)

    for more in (
        bill(plan_stack(replace(settings, zones=settings.zone_count + 1)), region),
        bill(plan_stack(replace(settings, ec2messages=True)), region),
        bill(plan_stack(replace(settings, instances=(*settings.instances, InstanceSettings(name="b")))), region),
        bill(plan_stack(replace(settings, endpoints=["sts"])), region),
        bill(plan_stack(replace(settings, share_endpoints=[IPv4Network("10.1.0.0/16")])), region),
    ):
        assert plain.known <= more.known
        assert set(plain.unknown) <= set(more.unknown)


@given(networks, regions)
def test_a_total_is_the_sum_of_its_lines_or_says_what_is_missing(settings: Settings, region: str) -> None:
    found = bill(plan_stack(settings), region)

    assert (found.total is None) == bool(found.unknown)
    assert all(line.count > 0 for line in found.lines)
    assert found.known == sum(line.monthly for line in found.lines if line.monthly is not None)
