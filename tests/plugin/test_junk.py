"""Whatever a program gives: a component is made of it, or a person is told what to do, and never a traceback."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.components.commands.test_command import STARTED
from tests.components.graph import deploy
from tests.components.network.existing.account import IN_A, IN_B, VPC, Account
from tests.components.sessions.test_preferences import NEW
from tests.components.test_scripts import GET_PARAMETER, reported
from tests.plugin.program import make
from tests.plugin.schema import now
from tests.plugin.test_reading import output, to_come
from tests.plugin.test_refusals import PATH

SCHEMA = json.loads(now())
# What each component is made from where nothing is wrong.
RIGHT: Mapping[str, Mapping[str, Any]] = {
    "SsmNetwork": {},
    "ExistingNetwork": {"network": {"vpc": VPC, "subnets": [IN_A, IN_B]}},
    "SsmInstance": PATH,
    "SsmFleet": {**PATH, "zones": [1]},
    "SessionPreferences": {"sessions": {}},
    "OperatorAccess": {"operators": {}},
    "DefaultHostManagement": {},
    "SsmCommand": {"script": "x", "roles": {"web": "web"}, "instanceIds": ["i-1"]},
}
# Of all errors, Pulumi shows these alone without where in the program they came from.
REFUSALS = (pulumi.InputPropertyError, pulumi.InputPropertiesError, pulumi.RunError)
# Of every kind that some property takes, so that one comes where another belongs.
WORDS = ("", "x", "igw", "create", "10.0.0.0/16", "vpc-1", "t4g.nano", "debian-13", "windows-2022", "true", "7", "{")
# A command ends, as far as what it runs on can be told to have reported.
ANSWERS = {**NEW.answers, **Account().answers, GET_PARAMETER: reported("i-1", *WORDS)}
KEYS = sorted({name for one in SCHEMA["types"].values() for name in one.get("properties", {})} | {"x"})
PLAIN = st.one_of(st.none(), st.booleans(), st.sampled_from((-1, 0, 1, 2, 7.5, 443, 1e300)), st.sampled_from(WORDS))
JUNK = st.recursive(
    PLAIN,
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(KEYS), some, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def _started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.commands.command.choose_run", STARTED)
    # Where alone something is to come.
    monkeypatch.setattr("plugin.reading.is_dry_run", lambda: True)


@st.composite
def changes(draw: st.DrawFn, kind: str) -> Mapping[str, Any]:
    """A few properties, known to the component or not, with what to put there and how it comes."""
    names = [*SCHEMA["resources"][f"ssm-only:index:{kind}"]["inputProperties"], "nonsense"]
    ways = st.sampled_from(("as it is", "an output", "a secret", "to come"))
    return draw(st.dictionaries(st.sampled_from(names), st.tuples(ways, JUNK), min_size=1, max_size=3))


def given_as(way: str, value: Any) -> Any:
    if way == "to come":
        return to_come()
    return value if way == "as it is" else output(value, secret=way == "a secret")


@pytest.mark.parametrize("kind", RIGHT)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_that_is_given_ends_in_a_traceback(kind: str, data: st.DataObject) -> None:
    changed = data.draw(changes(kind))
    ends: list[type] = []
    unprinted: list[str] = []

    def program() -> None:
        inputs = {**RIGHT[kind], **{name: given_as(way, value) for name, (way, value) in changed.items()}}
        try:
            make(kind, "web", inputs)
        except REFUSALS as error:
            ends.append(type(error))
            if isinstance(error, pulumi.InputPropertyError):
                name = error.property_path.split(".")[0].split("[")[0]
                unprinted.extend([name] if changed.get(name, ("",))[0] == "to come" else [])

    deploy(program, answers=ANSWERS)
    assert set(ends) <= set(REFUSALS)
    # Beside an InputPropertyError the engine prints the property, and panics where that is not known.
    assert unprinted == []


def test_all_components_are_asked() -> None:
    assert {f"ssm-only:index:{kind}" for kind in RIGHT} == SCHEMA["resources"].keys()
