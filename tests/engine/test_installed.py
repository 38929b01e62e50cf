"""A Pulumi in another folder, and a plugin for AWS in a third, as who has them runs localaws on them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from localaws import engine, installed
from tests.engine.embedded import PROGRAMS, ROOT, YAML, Cloud

if TYPE_CHECKING:
    from pathlib import Path

RECORDING = """#!/bin/sh
echo "$(basename "$0")" "$@" >> {record}
"""


def elsewhere(folder: Path, record: Path) -> dict[str, str]:
    """What names a copy of the engine, of its hosts and of the plugin, each of which notes that it was started."""
    folder.mkdir()
    hosts = {path.name: path for path in installed.binary().parent.glob("pulumi-*") if path.is_file()}
    for name, path in {"pulumi": installed.binary(), **hosts}.items():
        if not name.endswith(".built") and name != "pulumi-terraform-bridge":
            shutil.copy2(path, folder / f".{name}")
            script(folder / name, record, f'exec "$(dirname "$0")/.{name}" "$@"\n')
    plugin = folder / "plugin" / "pulumi-resource-aws"
    plugin.parent.mkdir()
    script(plugin, record, engine.script(engine.PLUGIN).removeprefix("#!/bin/sh\n"))
    return {installed.VARIABLE: str(folder / "pulumi"), installed.PLUGIN_VARIABLE: str(plugin)}


def script(path: Path, record: Path, then: str) -> None:
    path.write_text(RECORDING.format(record=record) + then)
    path.chmod(0o755)


def test_a_pulumi_that_lies_elsewhere_runs_with_its_own_hosts_and_plugin(fresh_cloud: Cloud, tmp_path: Path) -> None:
    record = tmp_path / "record"
    own = elsewhere(tmp_path / "own", record)
    # The stand-in for Pulumi's plugin is the adapter, which asks for what localaws does not set then.
    own |= fresh_cloud.adapter_environment()
    made = fresh_cloud.localaws("pulumi", "up", "--yes", "--skip-preview", *YAML, env=own)
    python = ("-C", str(PROGRAMS / "unsupported"), "-s", "dev")
    fresh_cloud.localaws("pulumi", "preview", *python, "--policy-pack", str(ROOT / "policy"), code=None, env=own)
    started = {line.split()[0] for line in record.read_text().splitlines()}
    versions = fresh_cloud.localaws("status", env=own).stdout

    assert "+ 3 created" in made.stdout
    assert started >= {"pulumi", "pulumi-language-yaml", "pulumi-language-python", "pulumi-resource-aws"}
    assert f"({own[installed.VARIABLE]})" in versions
    fresh_cloud.localaws("pulumi", "destroy", "--yes", "--skip-preview", *YAML, env=own)


def test_an_old_pulumi_is_refused_before_anything_is_built(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho v3.220.0\n")
    (tmp_path / "pulumi").chmod(0o755)
    done = cloud.localaws("pulumi", "version", code=1, env={installed.VARIABLE: str(tmp_path / "pulumi")})

    assert "it is v3.220.0. It takes the path of a pulumi 3.274 or newer" in done.stderr
    assert "Traceback" not in done.stderr
