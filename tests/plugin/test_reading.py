"""Outputs as inputs: what is known is taken, what is not known decides nothing, and what is secret stays so."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
from pulumi.output import Unknown

from tests.components.graph import DOCUMENT, ENDPOINT, INSTANCE, ROLE_POLICY, Graph, deploy
from tests.components.sessions.test_preferences import NEW
from tests.plugin.program import make

PATH = {
    "vpcId": "vpc-1",
    "subnetIds": ["subnet-1", "subnet-2"],
    "endpointGroupId": "sg-1",
    "s3PrefixListId": "pl-1",
}
WEB = "web-amazon-linux-2023-arm64"


def output(value: Any, *, known: bool = True, secret: bool = False) -> pulumi.Output[Any]:
    """As the SDK hands over what another resource says."""

    def done(one: Any) -> Any:
        future = asyncio.get_event_loop().create_future()
        future.set_result(one)
        return future

    return pulumi.Output(done(set()), done(value if known else None), done(known), done(secret))


def to_come() -> pulumi.Output[Any]:
    """In a preview, what a resource says that is not there yet."""
    return output(None, known=False)


def sentinel() -> Unknown:
    """The same, of a program in YAML."""
    return Unknown()  # type: ignore[no-untyped-call]


@pytest.fixture(autouse=True)
def preview(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where alone something is to come."""
    monkeypatch.setattr("plugin.reading.is_dry_run", lambda: True)


def made(kind: str, inputs: Callable[[], Mapping[str, Any]]) -> Graph:
    return deploy(lambda: make(kind, "web", inputs()), answers=NEW.answers)


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        pytest.param("SsmInstance", lambda: {**PATH, "zone": to_come()}, "zone", id="a number"),
        pytest.param("SsmInstance", lambda: {**PATH, "platform": to_come()}, "platform", id="a choice"),
        pytest.param("SsmInstance", lambda: {**PATH, "variant": to_come()}, "variant", id="the network's way"),
        pytest.param(
            "SsmInstance",
            lambda: {**PATH, "egress": [{"port": 80, "to": to_come(), "why": "x"}]},
            "egress[0].to",
            id="a part of a list",
        ),
        pytest.param(
            "SessionPreferences",
            lambda: {"sessions": {"s3": {"bucket": to_come()}}},
            "sessions.s3.bucket",
            id="of a map",
        ),
        pytest.param("SessionPreferences", lambda: {"sessions": to_come()}, "sessions", id="a whole map"),
        pytest.param(
            "SsmFleet",
            lambda: {**PATH, "zones": [to_come()]},
            "zones[0]",
            id="a fleet's zone",
        ),
    ],
)
def test_what_decides_what_is_made_has_to_be_known(
    kind: str, inputs: Callable[[], Mapping[str, Any]], path: str
) -> None:
    def program() -> None:
        with pytest.raises(pulumi.InputPropertiesError) as raised:
            make(kind, "web", inputs())
        assert str(raised.value).startswith(f"property {path} has a problem: it decides what is made, and is")

    assert [*deploy(program, answers=NEW.answers)] == []


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        pytest.param(lambda: {"vpcId": sentinel()}, "vpcId", id="a component in place of an id"),
        pytest.param(lambda: {"vpcId": to_come()}, "vpcId", id="an output"),
        pytest.param(lambda: {"subnetIds": [sentinel(), "subnet-2"]}, "subnetIds", id="in a list"),
    ],
)
def test_in_an_update_all_is_known(
    monkeypatch: pytest.MonkeyPatch, inputs: Callable[[], Mapping[str, Any]], path: str
) -> None:
    """In a preview it may come yet; later nothing would be sent for it, and AWS take a default."""
    before = made("SsmInstance", lambda: {**PATH, **inputs()})
    monkeypatch.setattr("plugin.reading.is_dry_run", lambda: False)

    def program() -> None:
        with pytest.raises(pulumi.InputPropertiesError) as raised:
            make("SsmInstance", "web", {**PATH, **inputs()})
        assert str(raised.value).startswith(f"property {path} has a problem: it is not known in an update either.")

    assert WEB in [one.name for one in before]
    assert [*deploy(program, answers=NEW.answers)] == []


def test_a_fleet_in_subnets_to_come_has_to_say_in_which_zones_it_is() -> None:
    def program() -> None:
        with pytest.raises(pulumi.InputPropertyError) as raised:
            make("SsmFleet", "web", {**PATH, "subnetIds": to_come()})
        assert raised.value.property_path == "zones"
        assert "is not known yet" in raised.value.reason

    assert [*deploy(program, answers=NEW.answers)] == []


# Which of Pulumi's errors it is: one in words alone, or one beside which the engine prints the property.
WORDS, PROPERTY = pulumi.InputPropertiesError, pulumi.InputPropertyError


class Bucket(pulumi.Resource):
    """One that a program gives in place of its id."""

    def __init__(self) -> None:
        """It is registered nowhere."""


@pytest.mark.parametrize(
    ("inputs", "path", "refusal"),
    [
        pytest.param(lambda: {"zone": 9, "cidr": to_come()}, "cidr", WORDS, id="not known"),
        pytest.param(lambda: {"tags": {"a": 7, "b": to_come()}}, "tags.a", WORDS, id="a part is not known"),
        pytest.param(lambda: {"nonsense": [to_come()]}, "nonsense", WORDS, id="no property at all"),
        pytest.param(lambda: {"vpcId": Bucket()}, "vpcId", WORDS, id="a resource"),
        pytest.param(lambda: {"tags": {"a": 7}}, "tags.a", PROPERTY, id="known"),
        pytest.param(lambda: {"zone": 9, "vpcId": to_come()}, "zone", PROPERTY, id="another is not"),
    ],
)
def test_the_engine_is_asked_to_print_none_but_what_it_can(
    inputs: Callable[[], Mapping[str, Any]], path: str, refusal: type[Exception]
) -> None:
    """Beside an InputPropertyError it prints the property, and panics over what is not known, and over a resource."""

    def program() -> None:
        with pytest.raises(refusal) as raised:
            make("SsmInstance", "web", {**PATH, **inputs()})
        if isinstance(raised.value, pulumi.InputPropertyError):
            assert raised.value.property_path == path
        else:
            assert str(raised.value).startswith(f"property {path} has a problem: ")

    assert [*deploy(program, answers=NEW.answers)] == []


def inputs_of(graph: Graph) -> dict[tuple[str, str], Mapping[str, Any]]:
    """By type and name: a role and a group have one name, and come in any order."""
    return {(one.type, one.name): one.inputs for one in graph}


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(lambda: {**PATH, "zone": output(2.0)}, id="a number"),
        pytest.param(lambda: {**PATH, "zone": 2, "platform": output("amazon-linux-2023")}, id="a choice"),
        pytest.param(lambda: {**PATH, "zone": 2, "variant": output("privatelink")}, id="the network's way"),
        pytest.param(lambda: {**PATH, "zone": 2, "foundGroupIds": output([])}, id="an empty list"),
        pytest.param(lambda: {**PATH, "zone": 2, "logGroupArn": output(None)}, id="nothing, which no log group is"),
        pytest.param(lambda: {**PATH, "zone": 2, "subnetIds": output(PATH["subnetIds"])}, id="all subnets"),
        pytest.param(
            lambda: {**PATH, "zone": 2, "subnetIds": ["subnet-1", output("subnet-2")]}, id="a subnet in the list"
        ),
    ],
)
def test_an_output_that_is_known_is_as_good_as_its_value(inputs: Callable[[], Mapping[str, Any]]) -> None:
    direct, through = made("SsmInstance", lambda: {**PATH, "zone": 2}), made("SsmInstance", inputs)

    assert inputs_of(through) == inputs_of(direct)
    assert through.one(INSTANCE, WEB).inputs["subnetId"] == "subnet-2"


def test_what_is_handed_on_may_be_to_come_and_is_there_all_the_same() -> None:
    """The endpoint for logs is made though nobody knows the log group's name yet."""
    network = made("SsmNetwork", lambda: {"logGroupArn": to_come(), "bucket": to_come()})
    instance = made(
        "SsmInstance", lambda: {name: to_come() for name in (*PATH, "logGroupArn", "sessionKeyArn", "connectGroupId")}
    )

    assert "web-logs" in network.of(ENDPOINT)
    assert {one.name for one in instance} >= {"web-to-endpoints", "web-to-s3", "web-from-instance-connect"}


def test_a_command_runs_where_nobody_knows_yet() -> None:
    """How many there are decides what is made; not what they are called."""
    command = made(
        "SsmCommand",
        lambda: {"script": "x", "roles": {"web": to_come()}, "instanceIds": [to_come()], "triggers": [to_come()]},
    )

    assert [one.name for one in command if one.type == ROLE_POLICY] == ["web/web"]


@pytest.mark.parametrize(
    ("kind", "inputs", "type_", "key"),
    [
        pytest.param(
            "SsmInstance", {**PATH, "userData": "#!/bin/sh\necho hunter2\n"}, INSTANCE, "userDataBase64", id="user data"
        ),
        pytest.param("SsmInstance", {**PATH, "sessionProfile": "hunter2"}, INSTANCE, "userDataBase64", id="a profile"),
        pytest.param(
            "SessionPreferences", {"sessions": {"runAs": {"user": "hunter2"}}}, DOCUMENT, "content", id="preferences"
        ),
    ],
)
def test_what_is_secret_is_sent_as_such(kind: str, inputs: Mapping[str, Any], type_: str, key: str) -> None:
    property_ = next(name for name in inputs if name in ("userData", "sessionProfile", "sessions"))
    secret = made(kind, lambda: {**inputs, property_: output(inputs[property_], secret=True)})
    clear = made(kind, lambda: inputs)

    assert [key in one.secret for one in secret if one.type == type_] == [True]
    assert [key in one.secret for one in clear if one.type == type_] == [False]
    assert [one.name for one in secret if "hunter2" in str({**one.inputs, **dict.fromkeys(one.secret)})] == []


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        pytest.param({"tags": {"team": "hunter2"}}, "tags", id="where a state would show it"),
        pytest.param({"userData": "hunter2"}, "userData", id="where it is wrong"),
    ],
)
def test_no_error_shows_a_secret(inputs: Mapping[str, Any], path: str) -> None:
    """The engine writes `property tags with value <secret> has a problem: `, and then the words."""

    def program() -> None:
        with pytest.raises(pulumi.InputPropertyError) as raised:
            make("SsmInstance", "web", {**PATH, **{key: output(one, secret=True) for key, one in inputs.items()}})
        assert raised.value.property_path == path
        assert "hunter2" not in raised.value.reason
        assert "[secret]" not in raised.value.reason

    deploy(program, answers=NEW.answers)


def test_the_policy_of_a_role_has_what_is_to_come() -> None:
    graph = made(
        "SsmInstance", lambda: {**PATH, "logGroupArn": output("arn:aws:logs:us-east-1:123456789012:log-group:a")}
    )

    assert "log-group:a" in str(graph.of(ROLE_POLICY))
