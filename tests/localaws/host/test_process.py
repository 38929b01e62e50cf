"""The host as the engine starts it: a process of its own, through the script that localaws writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import grpc
import psutil
import pytest
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from localaws import engine
from tests.localaws.host.conftest import ENGINE, info

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# An engine: it starts the host in a process group of its own, says the host's process and port, and stays.
PARENT = """
import subprocess, sys, time
host = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, start_new_session=True)
print(host.pid, int(host.stdout.readline()), flush=True)
time.sleep(3600)
"""


class Running:
    """An engine and its host."""

    def __init__(self, folder: Path) -> None:
        script = folder.parent / "pulumi-language-python"
        script.write_text(engine.script(engine.HOST))
        script.chmod(0o755)
        self.engine = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(script), "-root=.", ENGINE],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": "of the person"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.engine.stdout
        pid, port = self.engine.stdout.readline().split()
        self.host = psutil.Process(int(pid))
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = language_pb2_grpc.LanguageRuntimeStub(self._channel)

    def close(self) -> None:
        self._channel.close()
        self.engine.kill()
        self.engine.communicate()
        with suppress(ProcessLookupError):
            os.killpg(self.host.pid, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose modules must not stand before the host's."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("queue", "grpc", "localaws"):
        (folder / f"{name}.py").write_text("raise SystemExit('the project has shadowed a module of the host')")
    return folder


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    running = Running(folder)
    yield running
    running.close()


def test_no_variable_of_the_host_reaches_a_program(running: Running, folder: Path) -> None:
    stand_in = folder / "venv" / "bin" / "python"
    stand_in.parent.mkdir(parents=True)
    stand_in.write_text("#!/bin/sh\nenv > variables\n")
    stand_in.chmod(0o755)
    running.stub.Run(language_pb2.RunRequest(info=info(folder, virtualenv="venv"), pwd=str(folder)))
    lines = (folder / "variables").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)

    assert variables["PYTHONPATH"] == "of the person"
    assert variables.keys() - os.environ.keys() <= {
        *("PYTHONPATH", "VIRTUAL_ENV", "PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS"),
        *("OLDPWD", "PWD", "SHLVL", "_"),  # a shell's own
    }


@pytest.mark.parametrize("how", ["engine was killed", "host got SIGTERM", "host got SIGINT"])
def test_nothing_stays_after_the(running: Running, folder: Path, how: str) -> None:
    (folder / "__main__.py").write_text("import time; print('ready', flush=True); time.sleep(3600)")
    call = running.stub.RunPlugin(
        language_pb2.RunPluginRequest(info=info(folder), pwd=str(folder), kind="resource", env=["OWN=1"])
    )
    assert next(call).stdout.startswith(b"ready")
    (plugin,) = running.host.children()
    if how == "engine was killed":
        running.engine.kill()
    else:
        running.host.send_signal(signal.Signals[how.rsplit(maxsplit=1)[-1]])

    while any(map(runs, (running.host, plugin))):
        time.sleep(0.1)


def runs(process: psutil.Process) -> bool:
    """Whether it does; what nobody waits for is a zombie in a container."""
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
