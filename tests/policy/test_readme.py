"""The README says what the pack does: its tables are the code's own, and its examples are run."""

from __future__ import annotations

import json
import re

import pytest

from ssm_guard import POLICIES
from ssm_guard.settings import Settings, parse_settings
from tests.policy.readme_table import README, configuration, filled, repairs, types

TEXT = README.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
SCHEMAS = {policy.name: policy.config_schema for policy in POLICIES}


def test_the_tables_are_those_of_the_code() -> None:
    """`python -m tests.policy.readme_table` writes them."""
    assert types() in TEXT
    assert configuration() in TEXT
    assert repairs() in TEXT
    assert filled(TEXT) == TEXT


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_a_configuration_is_one(example: str) -> None:
    names = {policy.name for policy in POLICIES}
    written = json.loads(example)
    for name, given in written.get("policies", written).items():
        assert name in names
        level = given if isinstance(given, str) else given.pop("enforcementLevel", "mandatory")
        assert level in {"advisory", "mandatory", "remediate", "disabled"}
        if not isinstance(given, str):
            schema = SCHEMAS[name]
            assert schema
            assert given == {} or parse_settings(given, schema) != Settings()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


def test_every_policy_is_named() -> None:
    assert [policy.name for policy in POLICIES if f"`{policy.name}`" not in TEXT] == []
