"""The engine's log, as the bridge gets to it: everything goes on to the engine but what is said twice.

A call that fails is answered with its error. The engine shows that of a resource under the resource's own name; that of
a function the program gets, and may handle. The bridge logs each as an error too: it would be shown twice, or fail an
update whose program only asked whether something exists.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from localaws.adapter import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class EngineLog(engine_pb2_grpc.EngineServicer):
    """What the bridge takes for the engine; it calls nothing of it but `Log`."""

    def __init__(self, log: Callable[[engine_pb2.LogRequest], Empty]) -> None:
        """Args: the engine's own `Log`."""
        self._log = log

    def Log(self, request: engine_pb2.LogRequest, _context: grpc.ServicerContext) -> Empty:  # noqa: N802 - gRPC's name
        """Passes on all but errors, and what is of no resource for those who debug, in pulumi-aws's names.

        For a schema the bridge says of each of two thousand types that it was told to leave out that it lacks it.
        """
        if request.severity == engine_pb2.ERROR or (request.severity == engine_pb2.DEBUG and not request.urn):
            return Empty()
        request.urn = translate.urn_from_bridge(request.urn)
        return self._log(request)


@contextmanager
def between(engine: str) -> Iterator[str]:
    """The address to start the bridge with, in place of the engine's own."""
    server = grpc.server(ThreadPoolExecutor(1))
    stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(engine, options=(("grpc.enable_http_proxy", 0),)))
    engine_pb2_grpc.add_EngineServicer_to_server(EngineLog(stub.Log), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)
