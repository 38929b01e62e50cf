"""A host on loopback, in this process, and what the engine would call it with."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
import pytest
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from localaws.adapter.bridge import OPTIONS
from localaws.host import service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENGINE = "127.0.0.1:1"


@pytest.fixture
def host() -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    """What the engine has of a host."""
    server = grpc.server(ThreadPoolExecutor(8))
    environment = {"PATH": os.environ["PATH"], "OWN": "of the person"}
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(service.Host(ENGINE, environment), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS) as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)
    server.stop(None).wait()


def info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    """A program, pack or plugin in this folder."""
    found = language_pb2.ProgramInfo(root_directory=str(folder), program_directory=str(folder), entry_point=".")
    found.options.update(options)
    return found
