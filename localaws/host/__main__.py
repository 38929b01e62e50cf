"""Entry of the host: `python -m localaws.host ENGINE_ADDRESS`, started by the engine, never by a person."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ENGINE = int(os.environ.pop("LOCALAWS_ENGINE"))
OWN = os.environ.copy()
# Before gRPC loads: about every third pack that the engine closes would leave a line `Got goaway [2]` on its screen.
os.environ["GRPC_VERBOSITY"] = "ERROR"

from localaws import protocol  # noqa: E402

protocol.alone()

import grpc  # noqa: E402
from pulumi.runtime.proto import language_pb2_grpc  # noqa: E402

from localaws.adapter.bridge import OPTIONS  # noqa: E402
from localaws.host.service import Host  # noqa: E402

# The program holds one as long as it runs, and so does each pack and each plugin.
THREADS = 64


def main() -> None:
    """Serves on loopback, prints the port as the engine expects, and waits."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave())
    threading.Thread(target=leave_with, args=(ENGINE,), daemon=True).start()
    server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
    # The engine's address comes last, behind options of the engine's own.
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(sys.argv[-1], OWN), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the protocol between engine and plugin
    server.wait_for_termination()


def leave() -> None:
    """Ends the host and all that it started at once, as one process group, which the engine made for its plugin."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def leave_with(engine: int) -> None:
    """Leaves when the engine is gone, which is our parent: killed, it ends no plugin."""
    while os.getppid() == engine:
        time.sleep(1)
    leave()


main()
