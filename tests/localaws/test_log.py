"""What of the bridge's log a person gets to see."""

from __future__ import annotations

from unittest.mock import Mock

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2

from localaws.adapter.log import EngineLog

VPC = "urn:pulumi:dev::p::my:C$aws:index/vpcEndpoint:VpcEndpoint::v"


@pytest.mark.parametrize(
    ("severity", "urn", "passed"),
    [
        pytest.param(engine_pb2.ERROR, "", False, id="an error of a function call, which is its answer too"),
        pytest.param(engine_pb2.ERROR, VPC, False, id="an error of a resource, which the engine shows too"),
        pytest.param(engine_pb2.WARNING, "", True, id="a warning"),
        pytest.param(engine_pb2.DEBUG, VPC, True, id="a line for those who debug a resource"),
        pytest.param(engine_pb2.DEBUG, "", False, id="one of two thousand that a schema brings"),
    ],
)
def test_what_is_said_already_or_is_of_no_use_is_left_out(
    severity: engine_pb2.LogSeverity.ValueType, urn: str, *, passed: bool
) -> None:
    heard: list[engine_pb2.LogRequest] = []

    def engine(request: engine_pb2.LogRequest) -> Empty:
        heard.append(request)
        return Empty()

    said = engine_pb2.LogRequest(severity=severity, urn=urn, message="reading it failed")
    EngineLog(engine).Log(said, Mock(spec=grpc.ServicerContext))

    assert heard == ([said] if passed else [])


@pytest.mark.parametrize(
    ("urn", "shown"),
    [
        pytest.param(VPC, "urn:pulumi:dev::p::my:C$aws:ec2/vpcEndpoint:VpcEndpoint::v", id="a resource"),
        pytest.param("", "", id="none"),
        pytest.param("urn:pulumi:dev::p::my:C::v", "urn:pulumi:dev::p::my:C::v", id="of another type"),
    ],
)
def test_a_warning_names_the_resource_as_the_program_does(urn: str, shown: str) -> None:
    heard: list[engine_pb2.LogRequest] = []
    said = engine_pb2.LogRequest(severity=engine_pb2.WARNING, urn=urn, message="it is deprecated")
    EngineLog(heard.append).Log(said, Mock(spec=grpc.ServicerContext))  # type: ignore[arg-type]  # answers nothing

    assert [one.urn for one in heard] == [shown]
