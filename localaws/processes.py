"""Finds and ends what one cloud's commands started, and nothing else.

Every process of an embedded run inherits the variable MARK with the cloud's folder, so that another checkout's
processes, and a person's own, are never taken for ours.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from localaws import places

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "LOCALAWS_RUN_OF"
MODULES = {
    "localaws.cloud_server": "moto",
    "localaws.adapter": "pulumi-resource-aws",
    "localaws.host": "pulumi-language-python",
}
# A process that was asked to end gets this long; then it is ended.
GRACE_SECONDS = 5


def marked() -> list[psutil.Process]:
    """The processes of this cloud: moto, and any `pulumi` with its hosts and plugins."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and is_marked(process)]


def is_marked(process: psutil.Process) -> bool:
    """Whether a process belongs to this cloud; one that has gone, or is not ours to ask, does not."""
    try:
        return bool(process.environ().get(MARK) == str(places.CLOUD))
    except psutil.Error:
        return False


def title(process: psutil.Process) -> str:
    """What a process is, for a person: moto, adapter and host are each a `python`. Empty once it has gone."""
    try:
        words = process.cmdline()
        return next((name for module, name in MODULES.items() if module in words), process.name())
    except psutil.Error:
        return ""


def end(processes: list[psutil.Process]) -> None:
    """Asks the processes to end, waits, and ends those that did not."""
    for process in processes:
        _send(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=GRACE_SECONDS)
    for process in alive:
        _send(process.kill)
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)


def _send(signal: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        signal()
