"""A person's machine: credentials that reach nowhere, and a `pulumi` that says what a test wants."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from doctor import aws
from tests.doctor.recorded import Api, FakeClock
from tests.doctor.world import REGION, privatelink

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Gives a folder that is alone on PATH."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    return tools


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """A recorded API of an account where all is right, but no agent came yet."""
    recorded = Api(privatelink().answers())
    monkeypatch.setattr(aws, "connect", recorded.connect)
    return recorded


class Pulumi(Protocol):
    """Puts a `pulumi` on PATH."""

    def __call__(self, outputs: Any = None, *, says: str = "", code: int = 0) -> None: ...


@pytest.fixture
def pulumi(person: Path) -> Pulumi:
    def put(outputs: Any = None, *, says: str = "", code: int = 0) -> None:
        (person / "outputs.json").write_text(json.dumps(outputs) + "\n")
        (person / "says.txt").write_text(says)
        script = person / "pulumi"
        script.write_text(
            f'#!/bin/sh\necho "$*" >"{person}/asked"\n'
            f'while read -r line; do echo "$line"; done <"{person}/outputs.json"\n'
            f'while read -r line; do echo "$line" >&2; done <"{person}/says.txt"\nexit {code}\n'
        )
        script.chmod(0o755)

    return put
