"""What is left when a run ends, of itself or not."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from tests.engine.embedded import PATIENCE_SECONDS, YAML, Cloud, command, marked, start, start_up, wait_for
from tests.engine.test_languages import PACK, cloned

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def survivors(cloud: Cloud) -> list[list[str]]:
    """The command lines of what still runs beside moto, once it had time to leave."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        left = [line for process in marked(cloud) if "localaws.cloud_server" not in (line := command(process)) and line]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.2)


def test_an_interrupted_up_leaves_no_process(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    # Ctrl-C goes to the whole group of the command in front.
    os.killpg(engine.pid, signal.SIGINT)
    engine.communicate()

    assert engine.returncode != 0
    assert survivors(fresh_cloud) == []


WAITS = """
import pathlib, time
pathlib.Path("waits").touch()
time.sleep(3600)
"""


def test_ctrl_c_ends_a_program_that_waits_for_something_else(fresh_cloud: Cloud, tmp_path: Path) -> None:
    project = {"Pulumi.yaml": "name: waits\nruntime: python\n", "Pulumi.dev.yaml": "", "__main__.py": WAITS}
    for name, text in project.items():
        (tmp_path / name).write_text(text)
    engine = start(fresh_cloud, "pulumi", "--non-interactive", "up", "-y", "-f", "-C", str(tmp_path), "-s", "dev")
    while not (tmp_path / "waits").exists():
        assert engine.poll() is None
        time.sleep(0.1)
    os.killpg(engine.pid, signal.SIGINT)
    said = engine.communicate()[0]

    assert (engine.returncode, "error: update canceled" in said) == (1, True), said
    assert "Traceback" not in said
    assert survivors(fresh_cloud) == []


def test_ctrl_c_twice_ends_an_up_in_the_midst_of_it(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    os.killpg(engine.pid, signal.SIGINT)
    assert engine.stdout
    said = next(line for line in engine.stdout if "press ^C again" in line)
    os.killpg(engine.pid, signal.SIGINT)
    said += engine.communicate()[0]

    assert engine.returncode == 8, said
    assert "Traceback" not in said
    assert survivors(fresh_cloud) == []


def once(engine: subprocess.Popen[str]) -> str:
    """Presses Ctrl-C; gives all that was said."""
    os.killpg(engine.pid, signal.SIGINT)
    return engine.communicate()[0]


def twice(engine: subprocess.Popen[str]) -> str:
    os.killpg(engine.pid, signal.SIGINT)
    assert engine.stdout
    said = next(line for line in engine.stdout if "press ^C again" in line)
    return said + once(engine)


def killed(engine: subprocess.Popen[str]) -> str:
    engine.kill()
    return engine.communicate()[0]


def test_a_run_with_a_plugin_and_a_pack_leaves_no_process_however_it_ends(fresh_cloud: Cloud, tmp_path: Path) -> None:
    program = cloned(fresh_cloud, tmp_path, "yaml")
    up = ("pulumi", "--non-interactive", "up", "-y", "-f", *program.where, *PACK)
    parts = (f"-u {tmp_path}/plugin", "pulumi.policy", "localaws.host", "localaws.adapter", "terraform-provider-aws")
    for end in (once, twice, killed):
        engine = start(fresh_cloud, *up)
        for part in parts:
            wait_for(fresh_cloud, part)
        said = end(engine)

        assert engine.returncode != 0, said
        assert "Traceback" not in said
        assert survivors(fresh_cloud) == [], end

    # Two had given the stack back, and the third could not.
    held = fresh_cloud.up(*program.where, code=1)
    assert "stack dev is held by a pulumi that was killed" in held
    fresh_cloud.pulumi("cancel", *program.where, "--yes")
    fresh_cloud.up(*program.where, *PACK)
    fresh_cloud.destroy(*program.where)


def test_an_adapter_that_is_killed_as_it_starts_ends_the_command(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    (adapter,) = (one for one in marked(fresh_cloud) if "localaws.adapter" in command(one))
    adapter.kill()
    # The bridge gives up by itself after 300 s.
    engine.communicate(timeout=120)

    assert engine.returncode != 0
    assert survivors(fresh_cloud) == []


def test_the_killed_engines_stack_is_freed_by_a_named_command(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    engine.kill()
    engine.communicate()
    said = fresh_cloud.up("-s", "dev", code=1)
    assert "stack dev is held by a pulumi that was killed" in said
    assert "python3 -m localaws pulumi cancel -s dev --yes" in said
    assert survivors(fresh_cloud) == []

    fresh_cloud.pulumi("cancel", "-s", "dev", "--yes")
    fresh_cloud.destroy("-s", "dev")


def test_two_first_commands_of_a_stack_both_go_through(fresh_cloud: Cloud) -> None:
    fresh_cloud.start()
    words = ["pulumi", "--non-interactive", "preview", *YAML]
    first, second = (start(fresh_cloud, *words) for _ in range(2))
    said = [one.communicate()[0] for one in (first, second)]

    assert [first.returncode, second.returncode] == [0, 0], said


def test_stop_ends_what_a_killed_engine_leaves(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    engine.kill()
    engine.communicate()
    fresh_cloud.localaws("stop")

    assert marked(fresh_cloud) == []


def test_stop_ends_an_up_that_runs(fresh_cloud: Cloud) -> None:
    engine = start_up(fresh_cloud)
    wait_for(fresh_cloud, "terraform-provider-aws")
    fresh_cloud.localaws("stop")
    engine.communicate()

    assert marked(fresh_cloud) == []


def test_stop_forgets_what_went_with_the_cloud(fresh_cloud: Cloud) -> None:
    fresh_cloud.up(*YAML)
    said = fresh_cloud.localaws("stop").stderr
    fresh_cloud.up(*YAML)

    assert "forgot stack dev of other-team: its 3 resources went with the AWS" in said
