"""What localaws reads from Pulumi's backend: what a state describes, whether that is there, who holds the stack."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any

import pytest

from localaws import backend, cloud, keep, places, processes
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from pathlib import Path

STARTED = 1_000_000_000.0  # 2001-09-09T01:46:40Z
BEFORE, SINCE = "2001-09-09T01:46:39.123456789Z", "2001-09-09T01:46:40.1Z"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> backend.State:
    monkeypatch.setattr(places, "CLOUD", tmp_path)
    monkeypatch.setattr(places, "STATE", tmp_path / "state")
    monkeypatch.setattr(cloud, "RECORD", tmp_path / "server.json")
    state = backend.State(project="p", stack="dev")
    for folder in (state.file.parent, state.history, state.locks):
        folder.mkdir(parents=True)
    return state


def resource(kind: str = "aws:ec2/vpc:Vpc", created: str | None = BEFORE, name: str = "main") -> dict[str, Any]:
    facts = {"type": kind, "urn": f"urn:pulumi:dev::p::{kind}::{name}", "custom": kind.count(":") == 2}
    return facts | ({"created": created} if created else {})


def deploy(state: backend.State, *resources: dict[str, Any]) -> None:
    state.file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}))


def update(state: backend.State, result: str, seconds: float) -> None:
    path = state.history / f"dev-{int(seconds * 1e9)}.history.json"
    path.write_text(json.dumps({"kind": "refresh", "result": result}))
    for other in ("history.json.attrs", "checkpoint.json", "checkpoint.json.attrs"):
        path.with_name(path.name.replace("history.json", other)).write_text("{}")
    os.utime(path, (seconds, seconds))


@pytest.mark.parametrize(
    ("resources", "gone"),
    [
        pytest.param([resource(created=BEFORE)], 1, id="made before the AWS started"),
        pytest.param([resource(created=SINCE)], 0, id="made since"),
        pytest.param([resource(created=SINCE), resource(created=BEFORE)], 1, id="one of each"),
        pytest.param([resource(created=None)], 1, id="made by an engine that notes no time"),
        pytest.param([resource("pulumi:pulumi:Stack", None)], 0, id="the stack itself"),
        pytest.param([resource("pulumi:providers:aws", BEFORE)], 0, id="a provider"),
        pytest.param([{**resource(created=None), "custom": False}], 0, id="a component"),
        pytest.param([{**resource(created=None), "external": True}], 0, id="read, and made by something else"),
        pytest.param([resource("random:index/randomId:RandomId", BEFORE)], 0, id="of another provider"),
        pytest.param([], 0, id="nothing"),
    ],
)
def test_what_an_aws_before_this_one_had_is_gone(
    state: backend.State, resources: list[dict[str, Any]], gone: int
) -> None:
    deploy(state, *resources)

    assert len(state.gone(STARTED)) == gone


@pytest.mark.parametrize(
    ("result", "seconds", "gone"),
    [
        pytest.param("succeeded", STARTED + 1, 0, id="went through since: what it left is there"),
        pytest.param("failed", STARTED + 1, 1, id="failed since"),
        pytest.param("succeeded", STARTED - 1, 1, id="went through before"),
    ],
)
def test_a_refresh_mends(state: backend.State, result: str, seconds: float, gone: int) -> None:
    deploy(state, resource("aws:ssm/serviceSetting:ServiceSetting"))
    update(state, result, seconds)

    assert len(state.gone(STARTED)) == gone


def test_with_no_aws_all_is_gone(state: backend.State) -> None:
    deploy(state, resource(created=SINCE))
    update(state, "succeeded", STARTED + 1)

    assert len(state.gone(math.inf)) == 1


def test_resources_are_counted_as_pulumi_does(state: backend.State) -> None:
    deploy(
        state,
        resource("pulumi:pulumi:Stack", None),
        resource("pulumi:providers:aws", name="default_7_51_1"),
        resource("pulumi:providers:aws", name="mine"),
        resource(),
    )

    assert [one.name for one in state.resources()] == ["main", "mine", "main"]


UNREADABLE = [
    pytest.param("", id="empty"),
    pytest.param('{"checkpoint": {"latest": {"reso', id="cut"),
    pytest.param("{}", id="an empty map"),
    pytest.param("[]", id="a list"),
    pytest.param('{"checkpoint": null}', id="a checkpoint that is null"),
    pytest.param('{"checkpoint": {"latest": []}, "checkpoint": {"latest": {"resources": [1]}}}', id="no resource"),
    pytest.param('{"checkpoint": {"latest": {"resources": [{"type": "aws:a/b:C"}]}}}', id="a resource without a name"),
    pytest.param("\udcff", id="no text"),
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_state_that_can_not_be_read_is_named_with_the_way_out(state: backend.State, text: str) -> None:
    state.file.write_bytes(text.encode(errors="surrogateescape"))
    update(state, "succeeded", STARTED + 1)
    with pytest.raises(LocalawsError, match="the state of stack dev of p can't be read") as caught:
        state.gone(STARTED)

    assert str(state.file) in str(caught.value)
    assert "python3 -m localaws stop" in str(caught.value)


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("record", ["[]", "{}", "1", "", '{"endpoint": 1, "pid": "x", "started": null}'])
def test_status_stop_and_reset_work_whatever_the_files_hold(
    state: backend.State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, record: str
) -> None:
    monkeypatch.setattr(processes, "marked", list)
    (places.STATE / ".pulumi" / "stacks" / "q").mkdir()
    deploy(backend.State(project="q", stack="good"), resource())
    state.file.write_bytes(text.encode(errors="surrogateescape"))
    cloud.RECORD.write_text(record)
    keep.status(as_json=True)
    listed = json.loads(capsys.readouterr().out)["stacks"]
    keep.status(as_json=False)
    read = capsys.readouterr()
    keep.stop()
    said = capsys.readouterr().err
    keep.reset()

    assert listed == [
        {"project": "p", "stack": "dev", "resources": None, "stale": None},
        {"project": "q", "stack": "good", "resources": 1, "stale": True},
    ]
    assert "p/dev: can't be read" in read.out
    assert str(state.file) in read.err
    assert "forgot stack dev of p: its state could not be read" in said
    assert "forgot stack good of q: its 1 resources went with the AWS" in said
    assert not places.CLOUD.exists()


def test_stop_says_what_it_could_not_remove(
    state: backend.State, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(processes, "marked", list)
    monkeypatch.setattr("shutil.rmtree", refuse)
    deploy(state, resource())
    with pytest.raises(LocalawsError, match=r"processes are ended, but .*state could not be removed: .*denied"):
        keep.stop()

    assert "forgot" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("locks", "abandoned"),
    [
        pytest.param([], False, id="nobody holds it"),
        pytest.param([{"pid": os.getpid()}], False, id="one that lives does"),
        pytest.param([{"pid": 2**22 + 1}], True, id="one that was killed does"),
        pytest.param([{"pid": 2**22 + 1}, {"pid": os.getpid()}], False, id="both"),
        pytest.param([{}], True, id="half of a file"),
        pytest.param([{"pid": 2**70}], True, id="no process has this id"),
    ],
)
def test_a_killed_pulumi_holds_its_stack(state: backend.State, locks: list[dict[str, int]], *, abandoned: bool) -> None:
    for number, lock in enumerate(locks):
        (state.locks / f"{number}.json").write_text(json.dumps(lock))

    assert state.abandoned() is abandoned


def test_the_last_updates_are_kept(state: backend.State) -> None:
    for number in range(backend.KEPT_UPDATES + 2):
        update(state, "succeeded", STARTED + number)
    newest = {f"dev-{int((STARTED + number) * 1e9)}" for number in range(2, backend.KEPT_UPDATES + 2)}
    state.prune()
    state.prune()

    assert {path.name.split(".")[0] for path in state.history.iterdir()} == newest
    assert len(list(state.history.iterdir())) == 4 * backend.KEPT_UPDATES
