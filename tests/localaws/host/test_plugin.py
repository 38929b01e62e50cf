"""The host runs a plugin that is a Python program, such as a provider of components."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import grpc
import pytest
from pulumi.runtime.proto import language_pb2

from tests.localaws.host.conftest import ENGINE, info
from tests.localaws.host.test_program import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeStub


def request(folder: Path, program: str) -> language_pb2.RunPluginRequest:
    """What the engine asks for: `program` is empty, as it is today."""
    plugin, elsewhere = folder / "plugin", folder / "elsewhere"
    plugin.mkdir()
    elsewhere.mkdir()
    (plugin / "__main__.py").write_text(program)
    return language_pb2.RunPluginRequest(
        info=info(plugin), pwd=str(elsewhere), kind="resource", args=[ENGINE], env=["OWN=a=b", "OWN=c=d"]
    )


def test_a_plugin_runs_where_and_as_the_engine_says(host: LanguageRuntimeStub, tmp_path: Path) -> None:
    program = """
import os, sys
print(sys.argv, os.getcwd(), os.environ["OWN"], "PULUMI_CONFIG" in os.environ, sys.executable)
"""
    said = list(host.RunPlugin(request(tmp_path, program)))
    out = b"".join(one.stdout for one in said).decode()

    where = [str(tmp_path / "plugin"), ENGINE]
    assert out == f"{where} {tmp_path / 'elsewhere'} c=d False {sys.executable}\n"


@pytest.mark.parametrize(
    ("program", "ending"),
    [
        pytest.param("print(8080)", (b"8080\n", b"", 0), id="a plugin that ends well"),
        pytest.param("import sys; sys.exit('no')", (b"", b"no\n", 1), id="one that fails"),
        pytest.param("import os; os.kill(os.getpid(), 9)", (b"", b"", -signal.SIGKILL), id="one that was killed"),
        pytest.param("print('x' * 200_000)", (b"x" * 200_000 + b"\n", b"", 0), id="one that writes much"),
    ],
)
def test_all_that_it_writes_comes_before_its_code(
    host: LanguageRuntimeStub, tmp_path: Path, program: str, ending: tuple[bytes, bytes, int]
) -> None:
    *written, last = host.RunPlugin(request(tmp_path, program))

    out, err = b"".join(one.stdout for one in written), b"".join(one.stderr for one in written)
    assert last.WhichOneof("output") == "exitcode"
    assert (out, err, last.exitcode) == ending


def test_a_plugin_is_ended_by_sigterm_when_the_engine_closes_it(host: LanguageRuntimeStub, tmp_path: Path) -> None:
    program = """
import pathlib, signal, sys, time
def heard(number, frame):
    pathlib.Path("heard").write_text(signal.Signals(number).name)
    sys.exit()
for one in (signal.SIGINT, signal.SIGTERM):
    signal.signal(one, heard)
print(8080, flush=True)
while True:
    time.sleep(0.05)
"""
    call = host.RunPlugin(request(tmp_path, program))
    assert next(call).stdout.startswith(b"8080")
    call.cancel()
    wait_for(tmp_path / "elsewhere" / "heard")

    assert (tmp_path / "elsewhere" / "heard").read_text() == "SIGTERM"


def test_a_folder_that_has_gone_is_an_error(host: LanguageRuntimeStub, tmp_path: Path) -> None:
    wanted = request(tmp_path, "")
    wanted.pwd = str(tmp_path / "gone")
    with pytest.raises(grpc.RpcError) as failed:
        list(host.RunPlugin(wanted))

    assert f"the plugin in {tmp_path / 'plugin'} could not be started: [Errno 2]" in str(failed.value.details())
