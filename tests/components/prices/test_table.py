"""Each price has a day and a source, and none is a slip of the hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from components.prices import EVERYWHERE, PRICES, Price, find_price
from components.prices.estimate import REFERENCE
from components.prices.items import Item

ALL = [
    *(
        pytest.param(item, price, id=f"{region}: {item.value}")
        for region, own in PRICES.items()
        for item, price in own.items()
    ),
    *(pytest.param(item, price, id=f"everywhere: {item.value}") for item, price in EVERYWHERE.items()),
]
# No Region of AWS is more than twice as dear as the cheapest, in any of these.
CHEAPEST = {
    item: min(own[item].dollars for own in PRICES.values() if item in own)
    for item in {one for own in PRICES.values() for one in own}
}


@pytest.mark.parametrize(("item", "price"), ALL)
def test_a_price_has_a_day_and_a_source(item: Item, price: Price) -> None:
    assert date(2026, 8, 1) <= price.read <= date(2026, 11, 26)
    assert price.source
    assert item in EVERYWHERE or CHEAPEST[item] <= price.dollars <= 2 * CHEAPEST[item]


def test_there_are_enough_regions_in_order() -> None:
    assert list(PRICES) == sorted(PRICES)
    assert sum({Item.ENDPOINT, Item.NAT_GATEWAY} <= own.keys() for own in PRICES.values()) >= 8


def test_a_region_has_no_price_of_its_own_for_what_costs_the_same_everywhere() -> None:
    assert [region for region, own in PRICES.items() if own.keys() & EVERYWHERE.keys()] == []


def test_in_the_region_of_comparison_everything_has_a_price_but_types_that_nobody_looked_up() -> None:
    assert [item for item in Item if find_price(REFERENCE, item) is None] == [Item.OTHER_NAT_INSTANCE]


@pytest.mark.parametrize(
    ("region", "dollars"),
    [
        pytest.param("eu-south-2", "0.005", id="a Region that the table does not have"),
        pytest.param("us-gov-west-1", None, id="GovCloud"),
        pytest.param("cn-north-1", None, id="China"),
        pytest.param("eusc-de-east-1", None, id="the European Sovereign Cloud"),
        pytest.param("us-iso-east-1", None, id="a secret Region"),
    ],
)
def test_an_address_costs_the_same_in_each_region_of_the_partition(region: str, dollars: str | None) -> None:
    price = find_price(region, Item.ADDRESS)

    assert (price and price.dollars) == (dollars and Decimal(dollars))
