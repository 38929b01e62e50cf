"""What docs/localaws.md says of localaws, against localaws."""

from __future__ import annotations

import re

from localaws import cli, places
from localaws.adapter import table

GUIDE = (places.ROOT / "docs" / "localaws.md").read_text()
FLOWING = " ".join(GUIDE.split())


def test_the_number_of_types_is_right() -> None:
    said = re.search(r"the (\d+) resource types and (\d+) functions", FLOWING)

    assert said is not None
    assert (int(said[1]), int(said[2])) == (len(table.RESOURCES), len(table.FUNCTIONS))


def test_what_is_said_to_be_missing_is_missing() -> None:
    modules = {name.split("/")[0] for name in (*table.RESOURCES.values(), *table.FUNCTIONS.values())}

    assert "there is no RDS, DynamoDB or Lambda among them" in FLOWING
    assert modules.isdisjoint({"rds", "dynamodb", "lambda"})


def test_every_command_is_in_the_table() -> None:
    listed = set(re.findall(r"^\| `python3 -m localaws (\w+)", GUIDE, re.MULTILINE))

    assert listed == {*cli.PASSED_ON, "status", "stop", "reset", "setup"}
