"""The check of tests/conftest.py that a run leaves nothing behind, held to a project of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")


@pytest.mark.parametrize(
    ("file", "workers", "code"),
    [
        pytest.param("moto_recording", "0", 1, id="a file in the checkout"),
        pytest.param("docs/node_modules/x.js", "2", 1, id="a file in a folder of its own, of a worker"),
        pytest.param(".localaws/__pycache__/x", "2", 0, id="a file where runs may write"),
    ],
)
def test_what_a_run_leaves_fails_it(tmp_path: Path, file: str, workers: str, code: int) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / ".gitignore").write_text("# ours\n/.localaws/\n__pycache__/\n.pytest_cache/\n.hypothesis/\n")
    shutil.copy(CONFTEST, tmp_path / "tests")
    (tmp_path / "tests/test_it.py").write_text(
        "from pathlib import Path\n"
        "def test_it():\n"
        f"    file = Path({str(tmp_path / file)!r})\n"
        "    file.parent.mkdir(parents=True, exist_ok=True)\n"
        "    file.touch()\n"
    )
    command = [sys.executable, "-m", "pytest", f"--numprocesses={workers}", "tests"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == code, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert (f"left in the checkout: {file}" in done.stdout) == bool(code)
