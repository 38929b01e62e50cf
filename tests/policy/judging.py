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
from pulumi_policy import (
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import PolicyCustomTimeouts
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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


def arguments(
    token: str, props: Mapping[str, object], config: Mapping[str, object] | None = None
) -> ResourceValidationArgs:
    return ResourceValidationArgs(token, _checked(props), urn_of(token), "it", OPTIONS, None, config)


def ask_function(
    policy: ResourceValidationPolicy,
    token: str,
    props: Mapping[str, object],
    config: Mapping[str, object] | None = None,
) -> Said:
    """Calls the policy as the SDK's server does, without the server."""
    said = Said()

    def report(message: str, _urn: str | None = None) -> None:
        said.violations.append(message)

    try:
        policy.validate(arguments(token, props, config), report)
    except UnknownValueError as error:
        said.advisories.append(error.message)
    return said


@contextmanager
def connected(pack: Path) -> Iterator[grpc.Channel]:
    """Starts the pack as the engine's language host does; the address of the engine is never dialled."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(pack)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=pack) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield channel
        finally:
            process.terminate()


@contextmanager
def served(pack: Path) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The same, to be asked by the names of the protocol."""
    with connected(pack) as channel:
        yield analyzer_pb2_grpc.AnalyzerStub(channel)


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


@dataclass(frozen=True)
class Made:
    """A resource of a stack; `needs` says which of its properties depends on which other resources, by name."""

    token: str
    name: str
    props: Mapping[str, object] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return urn_of(self.token, self.name)


def ask_stack_function(
    policy: StackValidationPolicy, made: Sequence[Made], config: Mapping[str, object] | None = None
) -> list[tuple[str, str]]:
    """Calls a stack policy as the SDK's server does; gives the name of the resource and the text of each report."""
    resources = {
        one.name: PolicyResource(one.token, _checked(one.props), one.urn, one.name, OPTIONS, None, None, [], {})
        for one in made
    }
    for one in made:
        for key, names in one.needs.items():
            resources[one.name].property_dependencies[key] = [resources[name] for name in names]
    said: list[tuple[str, str]] = []

    def report(message: str, urn: str | None = None) -> None:
        said.append(((urn or "").rpartition("::")[2], message))

    policy.validate(StackValidationArgs(list(resources.values()), config), report)
    return said


def ask_stack_server(
    analyzer: analyzer_pb2_grpc.AnalyzerStub, policy: str, made: Sequence[Made]
) -> list[tuple[str, str]]:
    """Sends one AnalyzeStack request and gives the name of the resource and the text of each report of a policy."""
    return [
        (diagnostic.urn.rpartition("::")[2], diagnostic.message.removeprefix(f"{diagnostic.description}\n"))
        for diagnostic in analyzer.AnalyzeStack(stack_request(made)).diagnostics
        if diagnostic.policyName == policy
    ]


def stack_request(made: Sequence[Made]) -> proto.AnalyzeStackRequest:
    """A stack as the engine sends it."""
    urns = {one.name: one.urn for one in made}
    return proto.AnalyzeStackRequest(resources=[_on_the_wire(one, urns) for one in made])


def _on_the_wire(one: Made, urns: Mapping[str, str]) -> proto.AnalyzerResource:
    needs = {
        key: proto.AnalyzerPropertyDependencies(urns=[urns[name] for name in names]) for key, names in one.needs.items()
    }
    properties = ParseDict(dict(one.props), Struct())
    return proto.AnalyzerResource(
        type=one.token, urn=one.urn, name=one.name, properties=properties, propertyDependencies=needs
    )


def _checked(props: Mapping[str, object]) -> Any:
    return unknown_checking_proxy(dict(props))
