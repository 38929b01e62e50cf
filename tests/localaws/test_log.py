"""What of the bridge's log a person gets to see."""

from __future__ import annotations

from unittest.mock import Mock

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2

from localaws.adapter.log import EngineLog

VPC = "urn:pulumi:dev::p::aws:ec2/vpc:Vpc::v"


@pytest.mark.parametrize(
    ("severity", "urn", "passed"),
    [
        pytest.param(engine_pb2.ERROR, "", False, id="an error of a function call, which is its answer too"),
        pytest.param(engine_pb2.ERROR, VPC, True, id="an error of a resource"),
        pytest.param(engine_pb2.WARNING, "", True, id="a warning"),
        pytest.param(engine_pb2.DEBUG, VPC, True, id="a line for those who debug"),
    ],
)
def test_an_error_is_said_once(severity: engine_pb2.LogSeverity.ValueType, urn: str, *, passed: bool) -> None:
    heard: list[engine_pb2.LogRequest] = []

    def engine(request: engine_pb2.LogRequest) -> Empty:
        heard.append(request)
        return Empty()

    said = engine_pb2.LogRequest(severity=severity, urn=urn, message="reading it failed")
    EngineLog(engine).Log(said, Mock(spec=grpc.ServicerContext))

    assert heard == ([said] if passed else [])
