"""Spot, placement and CPU credits, as a person writes them."""

import pytest

from components.base.errors import ConfigError
from components.instance.hardware import Interruption, Placement, Spot, Tenancy, read_placement, read_spot


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(False, None, id="on demand"),
        pytest.param(True, Spot(), id="spot"),
        pytest.param({}, Spot(), id="spot, as a map"),
        pytest.param({"interruption": "stop"}, Spot(interruption=Interruption.STOP), id="that stops"),
        pytest.param({"maxPrice": "0.05"}, Spot(max_price="0.05"), id="up to a price"),
    ],
)
def test_spot_is_read(raw: object, expected: Spot | None) -> None:
    assert read_spot("spot", raw) == expected


def test_only_what_is_asked_for_persistently_is_stopped() -> None:
    assert {one: Spot(interruption=one).request for one in Interruption} == {
        Interruption.TERMINATE: "one-time",
        Interruption.STOP: "persistent",
    }


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param("yes", " is 'yes': use true, or a map, for example {interruption: stop}.", id="yes"),
        pytest.param(
            {"interruption": "hibernate"}, ".interruption is 'hibernate': use one of terminate, stop.", id="hibernate"
        ),
        pytest.param(
            {"maxPrice": 0.05},
            '.maxPrice is 0.05: use US dollars an hour in quotes, for example "0.05".',
            id="a number",
        ),
        pytest.param(
            {"maxPrice": "$0.05"},
            ".maxPrice is '$0.05': use US dollars an hour in quotes, for example \"0.05\".",
            id="a currency",
        ),
    ],
)
def test_spot_is_refused(raw: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_spot("spot", raw)

    assert str(caught.value) == f"ssm-only:spot{message}"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param({"group": "rack"}, Placement(group="rack"), id="a group"),
        pytest.param({"group": "rack", "partition": 7}, Placement(group="rack", partition=7), id="a partition of it"),
        pytest.param(
            {"tenancy": "dedicated"}, Placement(tenancy=Tenancy.DEDICATED), id="hardware of the account's own"
        ),
    ],
)
def test_a_placement_is_read(raw: object, expected: Placement) -> None:
    assert read_placement("placement", raw) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param("rack", " is 'rack': use a map, for example {group: rack}.", id="a group alone"),
        pytest.param(
            {"partition": 2},
            ".partition is 2: only a placement group has partitions. Name one too: group.",
            id="no group",
        ),
        pytest.param(
            {"group": "rack", "partition": 8}, ".partition is 8: use a whole number from 1 to 7.", id="an eighth"
        ),
        pytest.param({"tenancy": "host"}, ".tenancy is 'host': use one of default, dedicated.", id="a host"),
    ],
)
def test_a_placement_is_refused(raw: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_placement("placement", raw)

    assert str(caught.value) == f"ssm-only:placement{message}"


def test_hand_made_ones_are_checked_too() -> None:
    with pytest.raises(ConfigError, match="only a placement group"):
        Placement(partition=1)
    with pytest.raises(ConfigError, match="US dollars"):
        Spot(max_price="cheap")
