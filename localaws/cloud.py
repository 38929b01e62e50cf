"""Starts and ends the AWS on this machine, and knows what became of it."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from dataclasses import dataclass

import psutil

from localaws import places, processes, steps
from localaws.errors import LocalawsError

RECORD = places.CLOUD / "server.json"
LOG = places.CLOUD / "server.log"
# moto imports for about two seconds on an idle machine; a busy one may take much longer.
START_SECONDS = 120
ANSWER_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A running moto.

    Attributes:
        started: seconds since 1970.
    """

    endpoint: str
    pid: int
    started: float


def running() -> Cloud | None:
    """The cloud of this checkout, if its process lives; another process that got its id since does not count."""
    try:
        record = json.loads(RECORD.read_text())
        cloud = Cloud(endpoint=str(record["endpoint"]), pid=int(record["pid"]), started=float(record["started"]))
        process = psutil.Process(cloud.pid)
    except (OSError, ValueError, LookupError, TypeError, psutil.NoSuchProcess):
        return None
    return cloud if processes.is_marked(process) else None


def ensure() -> Cloud:
    """The running cloud; starts one if there is none.

    Raises:
        LocalawsError: if it does not start or does not answer.
    """
    cloud = running()
    if cloud is None:
        with steps.step("AWS on this machine (moto)"):
            cloud = _start()
    try:
        _open(f"{cloud.endpoint}/moto-api/config")
    except OSError as error:
        raise LocalawsError(
            f"the AWS on this machine (process {cloud.pid}, {cloud.endpoint}) does not answer: {error}. "
            "Run: python3 -m localaws stop, then the same command again."
        ) from error
    return cloud


def _start() -> Cloud:
    places.CLOUD.mkdir(parents=True, exist_ok=True)
    RECORD.unlink(missing_ok=True)
    # Not a person's AWS_… variables: moto would read their profile. The managed policies are off by default in moto,
    # and its recorder, once somebody switches it on, writes into the folder where it was started.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON", "MOTO_"))}
    environment |= {
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "MOTO_RECORDER_FILEPATH": str(places.CLOUD / "moto_recording"),
        "AWS_EC2_METADATA_DISABLED": "true",
        processes.MARK: str(places.CLOUD),
    }
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [places.PYTHON, "-m", "localaws.cloud_server", RECORD],
            cwd=places.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A session of its own: Ctrl-C ends the command that a person waits for, not the cloud of their stacks.
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not RECORD.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise LocalawsError(f"moto did not start; the end of {LOG}:\n{LOG.read_text()[-2000:]}")
        time.sleep(0.05)
    cloud = running()
    if cloud is None:
        raise LocalawsError(f"moto ended as soon as it had started; the end of {LOG}:\n{LOG.read_text()[-2000:]}")
    return cloud


def _open(url: str) -> None:
    """Asks the server for one answer, past any proxy of the person's."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=ANSWER_SECONDS) as response:
        response.read()
