"""The variants side by side, where two of them break even, and how both are shown."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.prices.break_even import Cost, break_even
from components.prices.compare import compare, explain, explain_break_even
from components.prices.layout import as_markdown, as_text
from components.settings import Settings
from tests.components.prices.test_lines import ENCRYPTED, NAT, THREE

DEEP = Settings.parse({"zones": "3", "sessions": '{"key": "create", "cloudwatch": {}}'})

VPC = {"vpc": "vpc-0123456789abcdef0"}
SUBNETS = [f"subnet-0123456789abcdef{number}" for number in range(3)]
THERE = Settings.parse({"network": json.dumps({**VPC, "subnets": SUBNETS})})
BY_TAGS = Settings.parse({"network": json.dumps({**VPC, "subnetTags": {"tier": "private"}})})
OF_HUB = Settings.parse(
    {"network": json.dumps({**VPC, "subnets": SUBNETS, "endpoints": "shared", "endpointCidrs": ["10.1.0.0/24"]})}
)


def test_the_same_settings_stand_side_by_side() -> None:
    rows = compare(Settings(zones=1, instances=THREE), "eu-west-1")

    assert rows == [
        ["", "igw", "nat", "privatelink"],
        ["What is public", "the addresses of 3 instances", "the address of the NAT gateway", "nothing"],
        ["Interface endpoints", "none", "none", "ssm, ssmmessages; each in one zone"],
        [
            "What is billed whatever passes",
            "3 x public IPv4 address",
            "1 x NAT gateway, 1 x public IPv4 address",
            "2 x interface endpoint in one zone",
        ],
        ["Fixed cost a month", "$10.95", "$38.69", "$16.06"],
        ["Traffic", "the usual price out", "$0.048 a GB", "$0.01 a GB through the endpoints; S3 is free"],
    ]


@pytest.mark.parametrize(
    ("settings", "region", "row", "cells"),
    [
        pytest.param(
            Settings.parse({"variant": "nat", "natPerZone": "true"}),
            "us-east-1",
            "What is public",
            ["the address of the instance", "the addresses of 2 NAT gateways", "nothing"],
            id="what only nat has is no part of the others",
        ),
        pytest.param(
            Settings(instances=()),
            "us-east-1",
            "What is billed whatever passes",
            ["nothing", "1 x NAT gateway, 1 x public IPv4 address", "4 x interface endpoint in one zone"],
            id="nobody at home",
        ),
        pytest.param(
            ENCRYPTED,
            "eu-south-2",
            "Fixed cost a month",
            ["$4.65", "unknown, $4.65 of it known", "unknown, $1.00 of it known"],
            id="a Region of which little is known",
        ),
        pytest.param(
            Settings(), "eu-south-2", "Fixed cost a month", ["$3.65", "unknown, $3.65 of it known", "unknown"]
        ),
        pytest.param(
            NAT,
            "cn-north-1",
            "Traffic",
            [
                "the usual price out",
                "unknown a GB",
                "unknown a GB through the endpoints; S3 is free",
            ],
            id="a Region of which nothing is known",
        ),
        pytest.param(
            Settings.parse({"buckets": '["mine"]', "sessions": '{"cloudwatch": {}}'}),
            "us-east-1",
            "Interface endpoints",
            ["none", "none", "logs, ssm, ssmmessages; each in 2 zones"],
            id="what only privatelink has is no part of the others",
        ),
        pytest.param(
            THERE,
            "us-east-1",
            "Fixed cost a month",
            ["$3.65", "$0.00", "at most $43.80"],
            id="a network that is there, in three named subnets",
        ),
        pytest.param(
            THERE,
            "us-east-1",
            "What is public",
            ["the address of the instance", "nothing of this stack", "nothing"],
            id="whose NAT gateway is not the stack's",
        ),
        pytest.param(
            OF_HUB,
            "us-east-1",
            "What is billed whatever passes",
            ["1 x public IPv4 address", "nothing", "nothing"],
            id="whose endpoints are a hub's",
        ),
    ],
)
def test_a_row(settings: Settings, region: str, row: str, cells: list[str]) -> None:
    (found,) = (list(cells) for name, *cells in compare(settings, region) if name == row)

    assert found == cells


@pytest.mark.parametrize(
    ("settings", "region", "said"),
    [
        pytest.param(
            Settings(), "us-east-1", "privatelink costs less than nat, however much passes.", id="less in both parts"
        ),
        # (4 endpoints x 2 zones x 7.30 - 36.50) / (0.045 - 0.01) = 625.71; the key is in both.
        pytest.param(
            ENCRYPTED,
            "us-east-1",
            "nat costs less than privatelink up to 626 GB a month; above that it is privatelink.",
            id="logs and a key",
        ),
        # (4 x 3 x 10.22 - 48.91) / (0.062 - 0.01) = 1417.88
        pytest.param(
            DEEP,
            "ap-northeast-1",
            "nat costs less than privatelink up to 1,418 GB a month; above that it is privatelink.",
            id="three zones in Tokyo",
        ),
        pytest.param(
            Settings(),
            "us-west-2",
            "Where nat and privatelink break even is unknown: us-west-2 lacks prices for it.",
            id="a gigabyte has no known price",
        ),
        pytest.param(
            Settings(),
            "eu-south-2",
            "Where nat and privatelink break even is unknown: eu-south-2 lacks prices for it.",
            id="nothing has a known price",
        ),
    ],
)
def test_where_nat_and_privatelink_break_even(settings: Settings, region: str, said: str) -> None:
    assert explain_break_even(settings, region) == said


def test_of_a_network_that_is_there_it_says_what_it_does_not_know() -> None:
    assert explain(Settings(), "us-east-1") == explain_break_even(Settings(), "us-east-1")
    there, by_tags, of_hub = (explain(settings, "us-east-1") for settings in (THERE, BY_TAGS, OF_HUB))
    assert "endpoints that it has are counted as if they were made, in 3 zones. Its gateways" in there
    assert "in 2 zones, and only AWS knows how many have the tags. Its" in by_tags
    assert "nobody is asked about it here: endpoints are the hub's. Its" in of_hub


cents = st.integers(0, 20_000).map(lambda amount: Decimal(amount) / 100)
mills = st.integers(0, 100).map(lambda amount: Decimal(amount) / 1000)
gigabytes = st.integers(0, 2_000_000).map(lambda amount: Decimal(amount) / 10)


@given(cents, mills, cents, mills, gigabytes)
def test_the_one_that_is_called_cheaper_is(
    fixed_a: Decimal, each_a: Decimal, fixed_b: Decimal, each_b: Decimal, passes: Decimal
) -> None:
    """Against the two bills themselves, in fractions: no formula for where they cross is used."""
    found = break_even(Cost(name="a", fixed=fixed_a, gigabyte=each_a), Cost(name="b", fixed=fixed_b, gigabyte=each_b))
    bills = {
        "a": Fraction(fixed_a) + Fraction(passes) * Fraction(each_a),
        "b": Fraction(fixed_b) + Fraction(passes) * Fraction(each_b),
    }
    if found.gigabytes is None:
        assert found.below == found.above
    elif abs(passes - found.gigabytes) < Decimal("1e-9"):
        assume(condition=False)
    called = found.above if found.gigabytes is not None and passes > found.gigabytes else found.below

    assert bills[called] == min(bills.values())


@given(cents, mills, cents, mills)
def test_where_they_break_even_both_cost_the_same(
    fixed_a: Decimal, each_a: Decimal, fixed_b: Decimal, each_b: Decimal
) -> None:
    found = break_even(Cost(name="a", fixed=fixed_a, gigabyte=each_a), Cost(name="b", fixed=fixed_b, gigabyte=each_b))
    assume(found.gigabytes is not None)
    assert found.gigabytes is not None

    assert found.gigabytes >= 0
    assert {found.below, found.above} == {"a", "b"}
    month_a, month_b = fixed_a + found.gigabytes * each_a, fixed_b + found.gigabytes * each_b
    assert abs(month_a - month_b) < Decimal("1e-6")


def test_a_table_in_a_terminal_has_columns() -> None:
    long = "one two three four five six seven eight nine"

    assert as_text([["", "a", "b"], ["row", long, "x"]]).splitlines() == [
        "     a                                  b",
        "---  ---------------------------------  -",
        "row  one two three four five six seven  x",
        "     eight nine",
    ]


def test_a_table_of_markdown() -> None:
    assert as_markdown([["", "a"], ["row", "x"]]) == "|  | a |\n| --- | --- |\n| row | x |"
