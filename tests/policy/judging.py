"""Two ways to ask the pack for a verdict: the policy as a plain function, and the served pack over gRPC."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc
from pulumi_policy import PolicyResourceOptions, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.policy import PolicyCustomTimeouts
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

UNKNOWN = UNKNOWN_STRING_VALUE
OPTIONS = PolicyResourceOptions(
    protect=False,
    ignore_changes=[],
    delete_before_replace=None,
    aliases=[],
    custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
    additional_secret_outputs=[],
)


@dataclass
class Said:
    """What a policy said about one resource."""

    violations: list[str] = field(default_factory=list)
    advisories: list[str] = field(default_factory=list)


def urn_of(token: str, name: str = "it") -> str:
    return f"urn:pulumi:dev::project::{token}::{name}"


def ask_function(
    policy: ResourceValidationPolicy,
    token: str,
    props: Mapping[str, object],
    config: Mapping[str, object] | None = None,
) -> Said:
    """Calls the policy as the SDK's server does, without the server."""
    said = Said()
    checked: Any = unknown_checking_proxy(dict(props))
    args = ResourceValidationArgs(token, checked, urn_of(token), "it", OPTIONS, None, config)

    def report(message: str, _urn: str | None = None) -> None:
        said.violations.append(message)

    try:
        policy.validate(args, report)
    except UnknownValueError as error:
        said.advisories.append(error.message)
    return said


@contextmanager
def served(pack: Path) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """Starts the pack as the engine's language host does; the address of the engine is never dialled."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(pack)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=pack) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.terminate()


def ask_server(
    analyzer: analyzer_pb2_grpc.AnalyzerStub,
    policy: str,
    token: str,
    props: Mapping[str, object],
) -> Said:
    """Sends one Analyze request, with the properties as the wire carries them, and sorts the answer by level."""
    request = proto.AnalyzeRequest(
        type=token, urn=urn_of(token), name="it", properties=ParseDict(dict(props), Struct())
    )
    said = Said()
    for diagnostic in analyzer.Analyze(request).diagnostics:
        if diagnostic.policyName == policy:
            mandatory = diagnostic.enforcementLevel == proto.MANDATORY
            (said.violations if mandatory else said.advisories).append(
                diagnostic.message.removeprefix(f"{diagnostic.description}\n")
            )
    return said
