"""What the record of a running cloud says, and when it is not to be believed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from localaws import cloud, places, processes

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = "http://127.0.0.1:1"


def record_of(pid: object) -> str:
    return json.dumps({"endpoint": ENDPOINT, "pid": pid, "started": 0})


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "server.json"
    monkeypatch.setattr(cloud, "RECORD", path)
    return path


def test_a_cloud_whose_process_lives_is_running(record: Path) -> None:
    environment = {**os.environ, processes.MARK: str(places.CLOUD)}
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=environment)
    try:
        # The record of another version may say more.
        record.write_text(json.dumps({"endpoint": ENDPOINT, "pid": child.pid, "started": 1.5, "identity": "x"}))
        assert cloud.running() == cloud.Cloud(endpoint=ENDPOINT, pid=child.pid, started=1.5)
    finally:
        child.communicate()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="cut off"),
        pytest.param("{}", id="of another version"),
        pytest.param("[]", id="a list"),
        pytest.param("1", id="a number"),
        pytest.param(record_of("x"), id="its id is no number"),
        pytest.param(record_of(-1), id="its id is negative"),
        pytest.param(record_of(2**70), id="its id is beyond any"),
        pytest.param(record_of(2**22 + 1), id="its process is gone"),
        pytest.param(record_of(os.getpid()), id="its id is another process's"),
    ],
)
def test_another_record_is_of_none(record: Path, text: str) -> None:
    record.write_text(text)

    assert cloud.running() is None


def test_without_a_record_none_runs(record: Path) -> None:
    assert not record.exists()
    assert cloud.running() is None
