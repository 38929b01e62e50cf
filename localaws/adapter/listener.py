"""A stand-in for the engine: takes the bridge's log lines, where no engine runs. Without one the bridge crashes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from localaws import steps

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Listener(engine_pb2_grpc.EngineServicer):
    def Log(self, request: engine_pb2.LogRequest, _context: grpc.ServicerContext) -> Empty:  # noqa: N802 - gRPC's name
        """Says what matters to a person."""
        if request.severity >= engine_pb2.WARNING:
            steps.say(request.message.strip())
        return Empty()


@contextmanager
def listening() -> Iterator[str]:
    """The address to start a bridge with, as long as the context lasts."""
    server = grpc.server(ThreadPoolExecutor(1))
    engine_pb2_grpc.add_EngineServicer_to_server(_Listener(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)
