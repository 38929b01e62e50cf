"""Values that Python's own readers fail at are refused like any other wrong value."""

import pytest

from components.base.errors import ConfigError
from components.base.reading import in_quotes, read_json, read_number


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("1" * 5_000, id="more digits than Python turns into a number"),
        pytest.param("0" * 4_000 + "1", id="a number behind zeros"),
        pytest.param("-1", id="below the range"),
        pytest.param("3", id="above the range"),
    ],
)
def test_a_number_outside_of_the_range(raw: str) -> None:
    with pytest.raises(ConfigError, match=r"use a whole number from 1 to 2\."):
        read_number(range(1, 3), "zone", raw)


def test_a_range_of_one_number() -> None:
    with pytest.raises(ConfigError, match=r"zone is '2': use 1\."):
        read_number(range(1, 2), "zone", "2")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("[" * 100_000 + "]" * 100_000, id="nested deeper than Python reads"),
        pytest.param("[" * 500 + "]" * 500, id="nested deeper than Python shows"),
        pytest.param("[" * 21 + "]" * 21, id="nested deeper than any setting"),
        pytest.param('[{"a":' * 11 + "1" + "}]" * 11, id="lists and maps"),
        pytest.param(f"[{'1' * 5_000}]", id="a number of too many digits inside"),
        pytest.param("{}", id="a map"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_list_that_a_setting_can_have(raw: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_json(list, "a list", "instances", raw)

    assert len(str(caught.value)) < 200


def test_a_list_as_deep_as_a_setting_is_read() -> None:
    assert read_json(list, "a list", "instances", '[{"tags": {"a": [1]}}]') == [{"tags": {"a": [1]}}]
    assert read_json(list, "a list", "instances", "[" * 20 + "]" * 20) != []


@pytest.mark.parametrize(("raw", "quoted"), [(5, ': "5"'), (True, ': "true"'), (1.5, ': "1.5"'), ([1], ""), ({}, "")])
def test_only_a_scalar_is_to_be_put_in_quotes(raw: object, quoted: str) -> None:
    assert in_quotes(raw) == quoted
