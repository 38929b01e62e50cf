"""A policy pack in Python, behind a server that the engine takes for it.

The SDK of packs reads stack, project and config from its variables when it starts. The engine says them to a pack that
runs already, in the call ConfigureStack. So this server prints the port, and starts the pack at the first call that
needs it.
"""

from __future__ import annotations

import dataclasses
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
from pulumi.runtime.proto import analyzer_pb2

from localaws.adapter.bridge import OPTIONS
from localaws.host import plugin

if TYPE_CHECKING:
    import subprocess

# The engine asks a pack about as many resources at once as it makes: a call here only waits for the pack.
THREADS = 32
# Of all messages an empty one is a valid answer.
EMPTY = b""


class PackError(Exception):
    """A pack that did not start; the text is what it wrote."""


class Pack(grpc.GenericRpcHandler):
    """Hands each call on to the pack, as bytes."""

    def __init__(self, command: plugin.Command, output: plugin.Output) -> None:
        """Serves on loopback, and prints the port as a pack does."""
        self._command = command
        self._output = output
        self._lock = threading.Lock()
        self._over = False
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: grpc.Channel | None = None
        self._server = grpc.server(ThreadPoolExecutor(THREADS), handlers=[self], options=OPTIONS)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        output.out(f"{port}\n".encode())

    def end(self) -> None:
        """Ends the pack, if it runs, and stops serving."""
        self._over = True
        if self._child:
            self._child.terminate()
        self._output.close()
        self._server.stop(None)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """A handler for the method, whichever it is: requests and responses stay what they are."""
        method = str(handler_call_details.method)
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self._answer(method, request, context))

    def _answer(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        name = method.rsplit("/", 1)[-1]
        with self._lock:
            if self._channel is None:
                # They come before the settings, or when all is over: no reason to start a pack.
                if name in ("Handshake", "Cancel"):
                    return EMPTY
                try:
                    self._channel = self._start(settings(request) if name == "ConfigureStack" else {})
                except (OSError, PackError) as error:
                    context.abort(grpc.StatusCode.UNKNOWN, str(error))
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(method)
        try:
            return call(request)
        except grpc.RpcError as error:
            context.abort(error.code(), error.details() or "")
        raise AssertionError  # `abort` raised

    def _start(self, variables: dict[str, str]) -> grpc.Channel:
        """Starts the pack with these variables, and waits for its port."""
        environment = {**self._command.environment, **variables}
        self._child = child = dataclasses.replace(self._command, environment=environment).start()
        if self._over:
            # `end` came before there was a child.
            child.terminate()
        errors = Errors(self._output)
        reader = plugin.copy(child.stderr, errors.write)
        first = child.stdout.readline() if child.stdout else b""
        if not first.strip().isdigit():
            child.terminate()
            child.wait()
            plugin.copy(child.stdout, errors.write).join()
            reader.join()
            said = (first + errors.kept).decode(errors="replace").strip()
            raise PackError(f"the pack in {self._command.folder} did not start:\n{said}")
        errors.release()
        threading.Thread(target=self._pump, args=(child, reader), daemon=True).start()
        return grpc.insecure_channel(f"127.0.0.1:{int(first)}", options=OPTIONS)

    def _pump(self, child: subprocess.Popen[bytes], errors: threading.Thread) -> None:
        plugin.copy(child.stdout, self._output.out).join()
        errors.join()
        self._output.exit(child.wait())


class Errors:
    """What a pack writes to standard error: kept until it serves, for the engine reads nothing after a failed start."""

    def __init__(self, output: plugin.Output) -> None:
        """Args: where it goes then."""
        self._output = output
        self._lock = threading.Lock()
        self._serves = False
        self.kept = b""

    def write(self, text: bytes) -> None:
        """Takes what was written."""
        with self._lock:
            if self._serves:
                self._output.err(text)
            else:
                self.kept += text

    def release(self) -> None:
        """Hands on what was kept, and from now on everything."""
        with self._lock:
            self._serves = True
            if self.kept:
                self._output.err(self.kept)


def settings(request: bytes) -> dict[str, str]:
    """The variables of ConfigureStack's settings, as `pulumi.policy` reads them; what is empty is left out."""
    said = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request)
    variables = {
        "PULUMI_ORGANIZATION": said.organization,
        "PULUMI_PROJECT": said.project,
        "PULUMI_STACK": said.stack,
        "PULUMI_DRY_RUN": json.dumps(said.dry_run),
        "PULUMI_CONFIG": json.dumps(dict(said.config)),
    }
    return {name: value for name, value in variables.items() if value}
