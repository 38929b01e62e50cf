"""What the output `monthly_cost` says, and what the guides quote of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.network.routes import Variant
from components.prices import Plan, bill, estimate, plan_stack
from components.prices.lines import in_dollars
from components.settings import Settings
from tests.components.prices.guide import GUIDE, filled
from tests.components.prices.test_lines import ENCRYPTED, IGW, NAT, NAT_INSTANCE

README = (Path(__file__).parents[3] / "README.md").read_text()


@pytest.mark.parametrize(
    ("plan", "region", "said"),
    [
        pytest.param(
            plan_stack(Settings()),
            "us-east-1",
            "$29.20 for the network (us-east-1, prices of 2026-09-20); instances, disks and traffic come on top",
            id="all of it is known",
        ),
        pytest.param(
            plan_stack(NAT),
            "eu-west-1",
            "$38.69 for the network (eu-west-1, prices of 2026-10-02); instances, disks and traffic ($0.048 a GB "
            "through NAT) come on top",
            id="all traffic goes through NAT",
        ),
        pytest.param(
            plan_stack(NAT_INSTANCE),
            "us-east-1",
            "$7.36 for the network (us-east-1, prices of 2026-08-12); instances, disks and traffic come on top",
            id="a NAT instance bills no traffic, and its oldest price is its disk's",
        ),
        pytest.param(
            plan_stack(ENCRYPTED),
            "eu-central-1",
            "$71.08 for the network and the key of sessions (eu-central-1, prices of 2026-09-22); instances, disks and "
            "traffic come on top",
            id="a key is a part of it",
        ),
        pytest.param(
            plan_stack(Settings()),
            "eu-south-2",
            "unknown for eu-south-2: no price of interface endpoint in one zone is known there (for the network in "
            "us-east-1 it would be $29.20, prices of 2026-09-20); instances, disks and traffic come on top",
            id="none of it is known",
        ),
        pytest.param(
            plan_stack(NAT),
            "eu-south-2",
            "unknown for eu-south-2: no price of NAT gateway is known there, the rest is $3.65 (for the network in "
            "us-east-1 it would be $36.50, prices of 2026-09-20); instances, disks and traffic (an unknown price a GB "
            "through NAT) come on top",
            id="a part is known",
        ),
        pytest.param(
            Plan(variant=Variant.PRIVATELINK, zones=2),
            "eu-south-2",
            "$0.00 for the network (eu-south-2); instances, disks and traffic come on top",
            id="nothing is billed, whatever the Region",
        ),
    ],
)
def test_the_estimate_says_what_it_covers_where_and_how_old_it_is(plan: Plan, region: str, said: str) -> None:
    assert estimate(plan, region) == said


def test_the_guide_quotes_these_figures() -> None:
    (row,) = (
        line for line in GUIDE.read_text().splitlines() if line.startswith("| Fixed cost a month, one instance |")
    )
    per_zone = Settings(variant=Variant.NAT, nat_per_zone=True)
    quoted = {"igw": [IGW], "nat": [NAT, per_zone], "privatelink": [Settings(zones=1), Settings(zones=2)]}

    assert [re.findall(r"\$[\d.]+", cell) for cell in row.split("|")[2:-1]] == [
        [in_dollars(bill(plan_stack(settings), "us-east-1").known) for settings in column] for column in quoted.values()
    ]


def test_the_generated_parts_of_the_guide_are_those_of_the_code() -> None:
    """`python -m tests.components.prices.guide` writes them."""
    text = GUIDE.read_text(encoding="utf-8")

    assert filled(text) == text


def test_the_readme_shows_what_a_stack_says() -> None:
    assert f'monthly_cost: "{estimate(plan_stack(Settings()), "us-east-1")}"' in README
