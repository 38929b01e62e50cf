"""A Pulumi that a person has already: which is taken, and what is built beside it."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from localaws import cloud, engine, environment, golang, installed, keep, places, provider
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`make test` itself may run on a person's own."""
    for name in (installed.VARIABLE, installed.PLUGIN_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    installed.pulumi.cache_clear()
    yield
    installed.pulumi.cache_clear()


def executable(path: Path, says: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


def pulumi(folder: Path, says: str, *hosts: str) -> Path:
    """A `pulumi` that says what it is, with these hosts beside it."""
    for name in hosts:
        executable(folder / name)
    return executable(folder / "pulumi", says)


@pytest.mark.parametrize("says", ["v3.274.0", "v3.301.2", "v4.0.0", "v3.274.1-alpha.1"])
def test_a_new_enough_pulumi_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    own = pulumi(tmp_path, says, *installed.HOSTS)
    monkeypatch.setenv(installed.VARIABLE, str(own))

    assert installed.pulumi() == installed.binary() == own
    assert keep.versions()["pulumi"] == f"{says} ({own})"
    assert "pulumi-language-yaml" not in keep.versions()


def test_what_it_writes_of_itself_is_not_in_the_persons_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "pulumi"
    own.write_text('#!/bin/sh\nmkdir "$PULUMI_HOME" && echo v3.274.1\n')
    own.chmod(0o755)
    monkeypatch.setattr(places, "PULUMI_HOME", tmp_path / "ours")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "the person's"))

    assert installed.version(own) == "v3.274.1"
    assert {path.name for path in tmp_path.iterdir()} == {"pulumi", "ours"}


def test_one_that_a_link_leads_to_has_its_hosts_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = pulumi(tmp_path / "cellar", "v3.274.1", *installed.HOSTS)
    (tmp_path / "pulumi").symlink_to(own)
    monkeypatch.setenv(installed.VARIABLE, str(tmp_path / "pulumi"))

    assert installed.pulumi() == own


@pytest.mark.parametrize(
    ("says", "hosts", "lack"),
    [
        pytest.param("v3.273.9", installed.HOSTS, "it is v3.273.9", id="too old"),
        pytest.param("v2.300.0", installed.HOSTS, "it is v2.300.0", id="of another age"),
        pytest.param("hello", installed.HOSTS, "`pulumi version` does not run there", id="something else"),
        pytest.param(
            "v3.274.1",
            ("pulumi-language-yaml",),
            "there is no pulumi-language-python, no pulumi-language-nodejs beside it",
            id="without hosts",
        ),
    ],
)
def test_one_that_will_not_do_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, hosts: tuple[str, ...], lack: str
) -> None:
    own = pulumi(tmp_path, says, *hosts)
    monkeypatch.setenv(installed.VARIABLE, str(own))
    with pytest.raises(LocalawsError) as refused:
        installed.pulumi()

    assert f"LOCALAWS_PULUMI is '{own}': {lack}. It takes the path of a pulumi 3.274 or newer" in str(refused.value)


@pytest.mark.parametrize("kind", ["missing", "a folder", "no program"])
def test_what_does_not_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    own = tmp_path / "pulumi"
    if kind == "a folder":
        own.mkdir()
    elif kind == "no program":
        own.write_bytes(b"\x7fELF of another machine")
        own.chmod(0o755)
    monkeypatch.setenv(installed.VARIABLE, str(own))
    with pytest.raises(LocalawsError, match="`pulumi version` does not run there"):
        installed.pulumi()


@pytest.mark.parametrize(
    ("says", "said"),
    [
        pytest.param("v3.280.0", True, id="one that would do"),
        pytest.param("v3.220.0", False, id="an old one"),
    ],
)
def test_a_pulumi_on_path_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], says: str, *, said: bool
) -> None:
    own = pulumi(tmp_path, says, *installed.HOSTS)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path), os.defpath)))
    installed.hint()

    expected = f"pulumi {says} is here; to run that one and build only the bridge: LOCALAWS_PULUMI={own}"
    assert (expected in capsys.readouterr().err) is said


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a set-up in an empty folder builds and fetches."""
    done: list[str] = []
    monkeypatch.setattr(places, "ENGINE", tmp_path / "engine")
    monkeypatch.setattr(places, "PULUMI_HOME", tmp_path / "home")
    monkeypatch.setattr(golang, "ensure", lambda *parts: done.extend(part.binary for part in parts))
    monkeypatch.setattr(engine, "copy_scripts", lambda: done.append("scripts"))
    monkeypatch.setattr(provider, "ensure", lambda: done.append("provider"))
    monkeypatch.setattr(installed, "hint", lambda: done.append("hint"))
    return done


BRIDGE, PULUMI, YAML = (part.binary for part in (golang.BRIDGE, golang.CLI, golang.YAML_HOST))


def test_without_one_everything_is_built(built: list[str]) -> None:
    engine.ensure("yaml")

    assert built == ["hint", BRIDGE, PULUMI, YAML, "scripts", "provider"]
    assert (places.ENGINE / "pulumi-language-python").exists()


def test_with_one_only_the_bridge_is_built(built: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = pulumi(tmp_path / "own", "v3.274.1", *installed.HOSTS)
    monkeypatch.setenv(installed.VARIABLE, str(own))
    engine.ensure("yaml")

    assert built == [BRIDGE, "provider"]
    assert list(places.ENGINE.iterdir()) == []


def test_with_a_plugin_of_one_s_own_no_bridge_is_built(
    built: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = pulumi(tmp_path / "own", "v3.274.1", *installed.HOSTS)
    plugin = executable(tmp_path / "own plugin" / "pulumi-resource-aws", "8080")
    monkeypatch.setenv(installed.VARIABLE, str(own))
    monkeypatch.setenv(installed.PLUGIN_VARIABLE, str(plugin))
    engine.ensure("yaml")
    (there,) = (places.PULUMI_HOME / "plugins").glob("resource-aws-*/pulumi-resource-aws")
    made = environment.embedded(cloud.Cloud(endpoint="http://127.0.0.1:1", pid=1, started=0), {})

    assert built == []
    assert f"exec '{plugin}'" in there.read_text()
    assert made["PATH"].split(os.pathsep)[0] == str(own.parent)
    assert "LOCALAWS_BRIDGE" not in made


def test_a_schema_of_another_plugin_is_dropped(
    built: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schemas = places.PULUMI_HOME / "schemas"
    schemas.mkdir(parents=True)
    for name in ("aws-999.0.0.json", "random-4.0.0.json"):
        (schemas / name).write_text(json.dumps({}))
    engine.ensure()
    first = {path.name for path in schemas.iterdir()}
    (schemas / "aws-999.0.0.json").write_text(json.dumps({}))
    engine.ensure()
    again = {path.name for path in schemas.iterdir()}
    monkeypatch.setenv(installed.PLUGIN_VARIABLE, str(executable(tmp_path / "pulumi-resource-aws")))
    engine.ensure()

    assert first == {"random-4.0.0.json"}
    assert again == {"random-4.0.0.json", "aws-999.0.0.json"}
    assert {path.name for path in schemas.iterdir()} == {"random-4.0.0.json"}
    assert built.count("provider") == 2


def test_a_plugin_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(installed.PLUGIN_VARIABLE, str(tmp_path))
    with pytest.raises(LocalawsError, match=r"LOCALAWS_AWS_PLUGIN is '.*': that is not an executable file"):
        installed.aws_plugin()


def test_the_engine_calls_itself_what_is_pinned_and_is_the_oldest_that_is_taken() -> None:
    pinned = keep.versions()["pulumi"]

    assert golang.CLI.ldflags.endswith(f"version.Version={pinned}")
    assert tuple(int(number) for number in re.findall(r"\d+", pinned)[:2]) == installed.OLDEST
