"""What is left when a run ends, of itself or not."""

from __future__ import annotations

import os
import signal
import time

from tests.engine.embedded import PATIENCE_SECONDS, YAML, Cloud, command, marked, start_up, wait_for


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

    assert "forgot stack dev of other-team: its 2 resources went with the AWS" in said
