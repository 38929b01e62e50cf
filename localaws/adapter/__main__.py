"""Entry of the plugin: `python -m localaws.adapter ENGINE_ADDRESS`, started by the engine, never by a person."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from localaws import protocol

protocol.alone()

import grpc  # noqa: E402
import psutil  # noqa: E402
from pulumi.runtime.proto import provider_pb2_grpc  # noqa: E402

from localaws.adapter import bridge, log  # noqa: E402
from localaws.adapter.servicer import Adapter  # noqa: E402

# The engine runs four calls at a time per core and more for invokes; a call here only waits for the bridge.
THREADS = 128


def main() -> None:
    """Starts the bridge, serves on loopback, prints the port as the engine expects, and waits."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave())
    threading.Thread(target=leave_with, args=(int(os.environ["LOCALAWS_ENGINE"]),), daemon=True).start()
    binary = Path(os.environ["LOCALAWS_BRIDGE"])
    engine, *others = sys.argv[1:]
    with log.between(engine) as address:
        folder = Path(os.environ["LOCALAWS_PROGRAM"])
        serve(bridge.start(binary, json.loads(os.environ["LOCALAWS_PROVIDER"]), [address, *others], folder))


def serve(child: bridge.Bridge) -> None:
    """Answers the engine for as long as the process lives."""
    server = grpc.server(ThreadPoolExecutor(THREADS), options=bridge.OPTIONS)
    adapter = Adapter(child.stub)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(adapter, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the protocol between engine and plugin
    server.wait_for_termination()


def leave() -> None:
    """Ends adapter, bridge and provider at once, as one process group, which the engine made for its plugin.

    To close a plugin the engine interrupts the group, and a Terraform provider ignores that: it would stay.
    """
    os.killpg(os.getpgrp(), signal.SIGKILL)


def leave_with(engine: int) -> None:
    """Leaves when the engine is gone, which is the parent of our own parent, a shell: killed, it ends no plugin."""
    with suppress(psutil.NoSuchProcess):
        shell = psutil.Process(os.getppid())
        while shell.ppid() == engine:
            time.sleep(1)
    leave()


main()
