"""The fixed part of the bill, against sums done by hand from AWS's price pages."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from components.base.needs import SessionNeeds
from components.instance.settings import InstanceSettings
from components.network.routes import Variant
from components.prices import READ_ON, estimate, monthly_cost
from components.settings import Settings

THREE = tuple(InstanceSettings(name=name) for name in ("a", "b", "c"))


@pytest.mark.parametrize(
    ("settings", "dollars"),
    [
        pytest.param(Settings(variant=Variant.IGW), "3.65", id="igw: one public address"),
        pytest.param(Settings(variant=Variant.IGW, instances=THREE), "10.95", id="igw: three public addresses"),
        pytest.param(Settings(variant=Variant.IGW, instances=()), "0", id="igw: nobody at home"),
        pytest.param(Settings(variant=Variant.NAT), "36.50", id="nat: one gateway with its address"),
        pytest.param(Settings(variant=Variant.NAT, instances=THREE), "36.50", id="nat: instances add nothing"),
        pytest.param(Settings(variant=Variant.NAT, zones=3, nat_per_zone=True), "109.50", id="nat: three gateways"),
        pytest.param(Settings(zones=1), "14.60", id="privatelink: two endpoints in one zone"),
        pytest.param(Settings(zones=2), "29.20", id="privatelink: two endpoints in two zones"),
        pytest.param(Settings(zones=2, endpoints=["ecr.api", "sts"]), "58.40", id="privatelink: two of one's own"),
        pytest.param(Settings(zones=3, ec2messages=True), "65.70", id="privatelink: three endpoints in three zones"),
    ],
)
def test_a_month_costs(settings: Settings, dollars: str) -> None:
    assert monthly_cost(settings) == Decimal(dollars)


LOGGED = SessionNeeds(log_group_arn="group")
LOGGED_AND_ENCRYPTED = SessionNeeds(log_group_arn="group", session_key_arn="key")


@pytest.mark.parametrize(
    ("settings", "needs", "dollars"),
    [
        pytest.param(Settings(zones=2), LOGGED, "43.80", id="privatelink: three endpoints in two zones"),
        pytest.param(Settings(zones=2), LOGGED_AND_ENCRYPTED, "58.40", id="privatelink: four endpoints in two zones"),
        pytest.param(Settings(zones=1), SessionNeeds(bucket="logs"), "14.60", id="privatelink: the way to S3 is free"),
        pytest.param(Settings(variant=Variant.NAT), LOGGED_AND_ENCRYPTED, "36.50", id="nat: it leads there already"),
    ],
)
def test_what_sessions_need_costs(settings: Settings, needs: SessionNeeds, dollars: str) -> None:
    assert monthly_cost(settings, needs) == Decimal(dollars)
    assert estimate(settings, needs).startswith(f"${dollars} ")


def test_the_estimate_says_what_it_covers_and_how_old_it_is() -> None:
    assert estimate(Settings()) == (
        "$29.20 for the network (us-east-1, prices of 2026-09-20); instances, disks and traffic come on top"
    )


def test_where_all_traffic_goes_through_nat_the_estimate_says_what_that_costs() -> None:
    assert estimate(Settings(variant=Variant.NAT)) == (
        "$36.50 for the network (us-east-1, prices of 2026-09-20); instances, disks and traffic ($0.045 a GB through "
        "NAT, S3's too) come on top"
    )


def test_the_guide_quotes_these_figures() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "variants.md").read_text()
    (row,) = (line for line in guide.splitlines() if line.startswith("| Fixed cost a month, one instance |"))
    quoted = {
        "igw": [Settings(variant=Variant.IGW)],
        "nat": [Settings(variant=Variant.NAT), Settings(variant=Variant.NAT, nat_per_zone=True)],
        "privatelink": [Settings(zones=1), Settings(zones=2)],
    }

    assert [re.findall(r"\$([\d.]+)", cell) for cell in row.split("|")[2:-1]] == [
        [f"{monthly_cost(settings):.2f}" for settings in column] for column in quoted.values()
    ]
    assert str(READ_ON) in guide
