"""The host runs a program: what it is told, how it ends, and how it is ended."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2

from localaws.host import service
from tests.localaws.host.conftest import ENGINE, info

if TYPE_CHECKING:
    from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeStub

# In place of the executor, which wants an engine: it writes down how it was started, then does as the program says.
EXECUTOR = """
import json, os, runpy, sys
with open(os.path.join(os.getcwd(), "started.json.new"), "w") as file:
    json.dump({"words": sys.argv[1:], "environment": dict(os.environ)}, file)
os.replace("started.json.new", "started.json")
runpy.run_path(os.getcwd(), run_name="__main__")
"""


@pytest.fixture(autouse=True)
def executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "executor"
    path.write_text(EXECUTOR)
    monkeypatch.setattr(service, "EXECUTOR", path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def request(folder: Path, program: str, **fields: object) -> language_pb2.RunRequest:
    """What the engine asks for."""
    (folder / "__main__.py").write_text(program)
    wanted = {"info": info(folder), "pwd": str(folder), "project": "net", "stack": "dev", **fields}
    return language_pb2.RunRequest(**wanted)  # type: ignore[arg-type] # of many types


def started(folder: Path) -> dict[str, object]:
    facts: dict[str, object] = json.loads((folder / "started.json").read_text())
    return facts


def test_a_program_is_told_what_the_engine_said(host: LanguageRuntimeStub, folder: Path) -> None:
    config = {"net:zones": "2", "net:key": "s3cret"}
    host.Run(
        request(
            folder,
            "",
            monitor_address="127.0.0.1:2",
            dryRun=True,
            parallel=16,
            organization="organization",
            config=config,
            configSecretKeys=["net:key"],
        )
    )
    facts = started(folder)
    environment = facts["environment"]

    assert facts["words"] == [
        *("--monitor", "127.0.0.1:2", "--engine", ENGINE, "--project", "net", "--root_directory", str(folder)),
        *("--stack", "dev", "--pwd", str(folder), "--dry_run", "true", "--parallel", "16"),
        *("--organization", "organization", "."),
    ]
    assert isinstance(environment, dict)
    assert json.loads(environment["PULUMI_CONFIG"]) == config
    assert json.loads(environment["PULUMI_CONFIG_SECRET_KEYS"]) == ["net:key"]
    assert environment["OWN"] == "of the person"
    assert "s3cret" not in str(facts["words"])


@pytest.mark.parametrize(
    ("program", "error", "bail"),
    [
        pytest.param("", "", False, id="a program that ends well"),
        pytest.param("raise SystemExit(3)", "program exited with non-zero exit code: 3", False, id="one with a code"),
        pytest.param("raise SystemExit(32)", "", True, id="one whose error is on the screen already"),
        pytest.param(
            "import os; os.kill(os.getpid(), 9)", "program was ended by signal 9", False, id="one that was killed"
        ),
    ],
)
def test_how_a_program_ended_is_said(
    host: LanguageRuntimeStub, folder: Path, program: str, error: str, *, bail: bool
) -> None:
    said = host.Run(request(folder, program))

    assert (said.error, said.bail) == (error, bail)


def test_a_folder_that_has_gone_is_an_error_and_no_traceback(host: LanguageRuntimeStub, folder: Path) -> None:
    wanted = request(folder, "")
    wanted.pwd = str(folder / "gone")

    assert host.Run(wanted).error.startswith("the program could not be started: [Errno 2]")


# Ended with SIGINT, a program would write a traceback of KeyboardInterrupt.
WAITING = """
import pathlib, signal, time
def heard(number, frame):
    pathlib.Path("heard").write_text(signal.Signals(number).name)
    raise SystemExit(0)
for one in (signal.SIGINT, signal.SIGTERM):
    signal.signal(one, heard)
pathlib.Path("ready").touch()
while True:
    time.sleep(0.05)
"""


@pytest.mark.parametrize("cancelled", [True, False], ids=["Cancel", "the call is cut"])
def test_a_program_is_ended_by_sigterm(host: LanguageRuntimeStub, folder: Path, *, cancelled: bool) -> None:
    call = host.Run.future(request(folder, WAITING))
    wait_for(folder / "ready")
    if cancelled:
        host.Cancel(Empty())
        assert call.result().error == ""
    else:
        call.cancel()
    wait_for(folder / "heard")

    assert (folder / "heard").read_text() == "SIGTERM"


def test_cancel_without_a_program_does_nothing(host: LanguageRuntimeStub) -> None:
    assert host.Cancel(Empty()) == Empty()


def environment_of(folder: Path) -> Path:
    """A virtual environment, as far as a host looks at it."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


@pytest.mark.parametrize("there", [True, False], ids=["is there", "is not there"])
def test_a_project_s_own_virtual_environment_is_used_where_it(
    host: LanguageRuntimeStub, folder: Path, *, there: bool
) -> None:
    if there:
        environment_of(folder / "venv")
    host.Run(request(folder, "", info=info(folder, virtualenv="venv")))
    environment = started(folder)["environment"]

    assert isinstance(environment, dict)
    own = folder / "venv" if there else Path(sys.executable).parent.parent
    assert environment["VIRTUAL_ENV"] == str(own)
    assert environment["PATH"].split(os.pathsep)[0] == str(own / "bin")


def test_an_engine_is_told_what_this_host_can_not(host: LanguageRuntimeStub) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        host.GenerateProgram(language_pb2.GenerateProgramRequest())

    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_no_package_is_required_so_that_none_is_downloaded(host: LanguageRuntimeStub, folder: Path) -> None:
    (folder / "requirements.txt").write_text("pulumi-aws==7.51.1\n")
    asked = language_pb2.GetRequiredPackagesRequest(info=info(folder))

    assert list(host.GetRequiredPackages(asked).packages) == []


def test_packages_are_installed_without_a_word(host: LanguageRuntimeStub, folder: Path) -> None:
    assert list(host.InstallDependencies(language_pb2.InstallDependenciesRequest(info=info(folder)))) == []
    assert list(folder.iterdir()) == []


def test_what_the_engine_asks_beside_programs(host: LanguageRuntimeStub, folder: Path) -> None:
    asked = language_pb2.GetProgramDependenciesRequest(info=info(folder), transitiveDependencies=True)
    found = {one.name for one in host.GetProgramDependencies(asked).dependencies}

    assert {"pulumi", "grpcio"} <= found
    assert host.Handshake(language_pb2.LanguageHandshakeRequest()) == language_pb2.LanguageHandshakeResponse()
    assert host.GetPluginInfo(Empty()).version.startswith("3.")
    assert host.About(language_pb2.AboutRequest()).executable == sys.executable
    assert list(host.RuntimeOptionsPrompts(language_pb2.RuntimeOptionsRequest()).prompts) == []
    assert host.Template(language_pb2.TemplateRequest()) == language_pb2.TemplateResponse()


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.02)
