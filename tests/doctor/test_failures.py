"""What AWS may do in place of an answer: leave out a part of it, send a page, hang, fail. None of it is a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from doctor import aws, cli
from tests.doctor.recorded import CONNECT, Api, FakeClock, response
from tests.doctor.world import ID, Refusal, igw, nat, online, privatelink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.doctor.world import World

ROOT = Path(__file__).resolve().parent.parent.parent
IAM = ("GetInstanceProfile", "SimulatePrincipalPolicy")
WORDS = ["--instance", ID, "--timeout", "0"]


def document(capsys: pytest.CaptureFixture[str], clock: FakeClock, code: int = 1) -> Any:
    capsys.readouterr()
    assert cli.main([*WORDS, "--json"], clock) == code
    return json.loads(capsys.readouterr().out)


def broken() -> World:
    """No agent came, for reasons of which some show."""
    world = privatelink()
    world.endpoint_ingress, world.refused = [], ["ssm:UpdateInstanceInformation"]
    return world


def lost() -> World:
    world = nat()
    world.managed = online() | {"PingStatus": "ConnectionLost"}
    return world


def unconnected() -> World:
    world = privatelink()
    world.managed, world.connection = online(), "notconnected"
    return world


def connected() -> World:
    world = igw()
    world.managed = online()
    return world


WORLDS: list[Callable[[], World]] = [broken, lost, unconnected, connected]


def keys(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each member of each map in an answer."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(value, dict):
            yield (*path, key)
        yield from keys(inner, (*path, key))


def take(answers: Any, path: tuple[Any, ...]) -> None:
    for key in path[:-1]:
        answers = answers[key]
    del answers[path[-1]]


def test_an_answer_may_leave_out_anything(api: Api, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """What AWS's own service models do not require."""
    clients = api.connect(None)
    monkeypatch.setattr(aws, "connect", lambda _: clients)

    @settings(max_examples=40, deadline=None)
    @given(world=st.sampled_from(WORLDS), data=st.data())
    def holes(world: Callable[[], World], data: st.DataObject) -> None:
        answers = world().answers()
        ways = [way for way in keys(answers) if len(way) > 1]
        # The longest first: a way into what is gone leads nowhere.
        for way in sorted(data.draw(st.sets(st.sampled_from(ways), max_size=5)), key=len, reverse=True):
            whole = deepcopy(answers[way[0]])
            take(answers, way)
            if not api.is_possible(way[0], answers[way[0]]):
                answers[way[0]] = whole
        api.answers = answers

        assert cli.main(WORDS, clock) in (0, 1, 2)

    holes()


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        pytest.param(broken, 1, id="broken"),
        pytest.param(lost, 1, id="lost"),
        pytest.param(unconnected, 1, id="unconnected"),
        pytest.param(connected, 0, id="connected"),
    ],
)
def test_each_answer_may_be_empty(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], world: Callable[[], World], expected: int
) -> None:
    for operation in (one for one in world().answers() if api.is_possible(one, {})):
        api.answers = world().answers()
        api.answers[operation] = {}
        # Without what Systems Manager knows there is no verdict, and without the connection no good one.
        needed = {"DescribeInstanceInformation"} | (
            {"GetConnectionStatus"} if world in (unconnected, connected) else set()
        )

        assert cli.main(WORDS, clock) == (2 if operation in needed else expected), operation
    assert "Traceback" not in capsys.readouterr().err


def test_an_instance_that_has_ipv6_alone(api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> None:
    world = privatelink()
    del world.it["PrivateIpAddress"]
    del world.subnets[0]["CidrBlock"]
    api.answers |= world.answers()
    (shown,) = document(capsys, clock)["instances"]

    assert [cause["name"] for cause in shown["causes"]] == ["ipv6-only"]
    assert "ec2" not in "".join(shown["unchecked"])


BODIES = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"<html><body><h1>Please sign in</h1></body></html>", id="a sign-in page"),
    pytest.param(b"<!doctype html><br>Please sign in", id="a page that is no XML"),
    pytest.param(b'{"InstanceInformationList": [{"Inst', id="the first half"),
    pytest.param(b'{"InstanceInformationList": 7, "Status": []}', id="of other kinds"),
    pytest.param(b"[1]", id="a list"),
    pytest.param(b"null", id="null"),
    pytest.param(b"\xff\xfe\x00", id="no text"),
]


def answering(body: bytes, status: int = 200) -> Callable[..., Any]:
    return lambda request, **_: response(request, status, body)


def beside(api: Api, monkeypatch: pytest.MonkeyPatch, service: str, handler: Callable[..., Any]) -> None:
    """One service answers past the recorded API, from below botocore's parsers."""

    def connect(region: str | None) -> aws.Clients:
        client: Any = getattr(CONNECT(region), service)
        client.meta.events.register(f"before-send.{service}.*", handler)
        return replace(api.connect(region), **{service: client})

    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    monkeypatch.setattr(aws, "connect", connect)


@pytest.mark.parametrize("body", BODIES)
def test_what_is_no_answer_of_systems_manager_is_no_verdict(
    api: Api, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    beside(api, monkeypatch, "ssm", answering(body))

    assert cli.main(WORDS, clock) == 2
    assert (
        "doctor: error: AWS can't be asked: the answer to ssm:DescribeInstanceInformation can't be read: a proxy or a "
        "sign-in page may stand between here and AWS\n"
    ) in capsys.readouterr().err


@pytest.mark.parametrize("body", BODIES)
def test_what_is_no_answer_of_another_service_costs_what_needs_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    world = privatelink()
    world.endpoints.pop()
    for service in ("ec2", "iam", "route53"):
        api.answers |= world.answers()
        beside(api, monkeypatch, service, answering(body))
        (shown,) = document(capsys, clock)["instances"]

        assert any(f"the answer to {service}:" in why for why in shown["unchecked"]), service


FAILURES = [
    pytest.param(lambda: ReadTimeoutError(endpoint_url="https://x"), id="it hangs"),
    pytest.param(lambda: EndpointConnectionError(endpoint_url="https://x", error="refused"), id="it is not there"),
    pytest.param(lambda: ConnectionClosedError(endpoint_url="https://x"), id="it hangs up"),
]


def failing(error: Callable[[], Exception]) -> Callable[[Mapping[str, Any]], Any]:
    def fail(_: Mapping[str, Any]) -> Any:
        raise error()

    return fail


@pytest.mark.parametrize("error", FAILURES)
def test_a_service_that_does_not_answer_costs_its_checks_and_is_asked_once(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], error: Callable[[], Exception]
) -> None:
    """In a closed network there may be no way to IAM."""
    api.answers |= broken().answers() | dict.fromkeys(IAM, failing(error))
    (shown,) = document(capsys, clock)["instances"]
    ((why, checks),) = shown["unchecked"].items()

    assert why.startswith("iam does not answer: ")
    assert checks == ["instance profile", "the role's rights"]
    assert [cause["name"] for cause in shown["causes"]] == ["endpoint-group-closed"]
    assert sum(len(api.asked(one)) for one in IAM) == 1


@pytest.mark.parametrize("error", FAILURES)
def test_without_ec2_there_is_the_verdict_of_systems_manager(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], error: Callable[[], Exception]
) -> None:
    api.answers["DescribeInstances"] = failing(error)
    (shown,) = document(capsys, clock)["instances"]

    assert [why.partition(":")[0] for why in shown["unchecked"]] == ["ec2 does not answer"]
    assert shown["causes"] == []


@pytest.mark.parametrize("code", ["ThrottlingException", "Throttling", "RequestLimitExceeded", "500"])
def test_what_aws_is_too_busy_for_is_asked_once(
    api: Api, clock: FakeClock, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    """Each instance would wait for it anew."""
    ids = [f"i-{number:08x}" for number in range(20)]
    instances = [privatelink().it | {"InstanceId": one} for one in ids]
    api.answers["DescribeInstances"] = {"Reservations": [{"Instances": instances}]}
    api.answers["GetConsoleOutput"] = Refusal(code=code, status=500 if code == "500" else 400)

    assert cli.main([word for one in ids for word in ("--instance", one)] + ["--timeout", "0"], clock) == 1
    assert f"Could not be checked (ec2:GetConsoleOutput failed: {code}): console" in capsys.readouterr().out
    assert len(api.asked("GetConsoleOutput")) == 1


def test_what_is_wrong_with_one_instance_is_asked_of_the_next(api: Api, clock: FakeClock) -> None:
    ids = [f"i-{number:08x}" for number in range(3)]
    instances = [privatelink().it | {"InstanceId": one} for one in ids]
    api.answers["DescribeInstances"] = {"Reservations": [{"Instances": instances}]}
    api.answers["GetConsoleOutput"] = Refusal(code="InvalidInstanceID.NotFound")

    assert cli.main([word for one in ids for word in ("--instance", one)] + ["--timeout", "0"], clock) == 1
    assert len(api.asked("GetConsoleOutput")) == 3


def test_no_question_takes_more_than_its_bound() -> None:
    """The seconds that docs/doctor.md gives: each attempt at its longest, and the pauses between them."""
    clients = CONNECT(None)
    bounds = {}
    for field in fields(clients):
        config = getattr(clients, field.name).meta.config
        attempts = config.retries["total_max_attempts"]
        bounds[field.name] = attempts * config.read_timeout + sum(2**pause for pause in range(attempts - 1))
        assert config.connect_timeout <= config.read_timeout

    assert bounds == {"autoscaling": 47, "ec2": 33, "iam": 33, "route53": 33, "ssm": 47}
    guide = (ROOT / "docs" / "doctor.md").read_text()
    assert all(f"{seconds} s" in guide for seconds in bounds.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("AWS_ENDPOINT_URL", "no address", id="an address that is none"),
        pytest.param("AWS_REGION", "[secret]", id="a Region that is none"),
        pytest.param("AWS_CONFIG_FILE", __file__, id="a configuration that is none"),
    ],
)
def test_a_configuration_that_can_not_be_used(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    if name == "AWS_REGION":
        monkeypatch.setenv("AWS_DEFAULT_REGION", value)

    assert cli.main(WORDS, clock) == 2
    assert capsys.readouterr().err.startswith("doctor: error: ")


def started(*words: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The command itself, in the folder of the project."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_its_packages_it_says_what_to_type() -> None:
    """`-I -S` has no site-packages: what a virtual environment of requirements.txt lacks, too."""
    start = f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); runpy.run_module('doctor', run_name='__main__')"
    process = started("-I", "-S", "-c", start)
    out, said = process.communicate()

    assert (process.returncode, out) == (2, "")
    assert said.startswith("doctor: error: this Python has no package ")
    assert f"-m pip install -r {ROOT / 'requirements-doctor.txt'}" in said
    assert len(said.splitlines()) == 1


def test_ctrl_c_while_it_loads_is_130(tmp_path: Path) -> None:
    """A package that presses it as soon as it is imported."""
    (tmp_path / "boto3.py").write_text(f"import os\nos.kill(os.getpid(), {int(signal.SIGINT)})\n")
    process = started("-m", "doctor", "--instance", ID, environment={"PYTHONPATH": str(tmp_path)})
    out, said = process.communicate()

    assert (process.returncode, out) == (130, "")
    assert said == "doctor: interrupted; nothing was changed\n"


def test_a_reader_that_has_read_enough_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "pulumi").write_text('#!/bin/sh\necho \'{"instances": {}, "region": "eu-west-1"}\'\n')
    (tmp_path / "pulumi").chmod(0o755)
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "doctor", "--stack", "dev", "--json"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}:/bin:/usr/bin"},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert (process.returncode, process.stderr) == (2, "Waiting for 0 instances, at most 10 min.\n")
