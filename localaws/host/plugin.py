"""A plugin that is a Python program, such as a provider of components: a child whose output goes to the engine."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from pulumi.runtime.proto import language_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

CHUNK = 65536


@dataclass(frozen=True)
class Output:
    """What a plugin writes and how it ends, as the messages of one call of the engine."""

    _messages: queue.SimpleQueue[language_pb2.RunPluginResponse | None] = field(default_factory=queue.SimpleQueue)

    def out(self, text: bytes) -> None:
        """Standard output: the engine reads the port in its first line."""
        self._messages.put(language_pb2.RunPluginResponse(stdout=text))

    def err(self, text: bytes) -> None:
        """Standard error."""
        self._messages.put(language_pb2.RunPluginResponse(stderr=text))

    def exit(self, code: int) -> None:
        """The last message."""
        self._messages.put(language_pb2.RunPluginResponse(exitcode=code))
        self.close()

    def close(self) -> None:
        """Ends the messages: nobody reads them any more."""
        self._messages.put(None)

    def __iter__(self) -> Iterator[language_pb2.RunPluginResponse]:
        """Each message as it comes."""
        return iter(self._messages.get, None)


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is started: the words, where, and with which variables."""

    words: Sequence[str]
    folder: str
    environment: Mapping[str, str]

    def start(self) -> subprocess.Popen[bytes]:
        """Starts it, with pipes for what it writes.

        Raises:
            OSError: if it can't be started.
        """
        return subprocess.Popen(
            self.words,
            cwd=self.folder,
            env=self.environment,
            # A line that is read takes nothing of what follows it.
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


class Plugin:
    """A plugin that runs from the start."""

    def __init__(self, command: Command, output: Output) -> None:
        """Starts it.

        Raises:
            OSError: if it can't be started.
        """
        self._output = output
        self._child = command.start()
        threading.Thread(target=self._pump, daemon=True).start()

    def end(self) -> None:
        """Ends it, if it still runs."""
        # Not SIGINT, which Python answers with a traceback.
        self._child.terminate()
        self._output.close()

    def _pump(self) -> None:
        errors = copy(self._child.stderr, self._output.err)
        copy(self._child.stdout, self._output.out).join()
        errors.join()
        self._output.exit(self._child.wait())


def copy(source: IO[bytes] | None, write: Callable[[bytes], None]) -> threading.Thread:
    """Hands on what a child writes into a pipe, in a thread that ends with the pipe."""

    def work() -> None:
        if source:
            with source:
                while text := os.read(source.fileno(), CHUNK):
                    write(text)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
