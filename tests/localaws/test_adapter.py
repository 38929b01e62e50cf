"""The adapter as the engine starts it: a process of its own, in the folder of a program."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from localaws import engine

if TYPE_CHECKING:
    from pathlib import Path

# In place of the bridge. It says where it was started, and no port, so that the adapter ends.
BRIDGE = """#!/bin/sh
pwd > started
"""


def test_no_module_of_a_program_stands_before_the_adapters_and_files_are_found_from_there(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.mkdir()
    for name in ("json", "grpc", "queue", "localaws"):
        (program / f"{name}.py").write_text("raise SystemExit('the program has shadowed a module of the adapter')")
    scripts = {"pulumi-resource-aws": engine.script(engine.PLUGIN), "bridge": BRIDGE}
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    told = {"LOCALAWS_BRIDGE": str(tmp_path / "bridge"), "LOCALAWS_PROVIDER": "[]"}
    # It ends its process group, as the engine makes one for each plugin.
    done = subprocess.run(
        [tmp_path / "pulumi-resource-aws", "127.0.0.1:1"],
        cwd=program,
        env={**os.environ, **told},
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "ended before it printed the port" in done.stderr
    assert (program / "started").read_text() == f"{program}\n"
