"""The host runs a policy pack, behind a server that the engine takes for it."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, language_pb2

from tests.localaws.host.conftest import ENGINE, info

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi.runtime.proto.language_pb2_grpc import LanguageRuntimeStub

# It reads stack and config as it starts, as a pack may.
PACK = """
import os, sys, pulumi
from pulumi_policy import PolicyPack, ResourceValidationPolicy
print("as it starts", file=sys.stderr)
said = "-"
if "PULUMI_STACK" in os.environ:
    said = f"{pulumi.get_project()}/{pulumi.get_stack()} {pulumi.Config('net').get('zones')}"
def check(args, report):
    print("a line", flush=True)
    print("an error", file=sys.stderr, flush=True)
    if "size" not in args.props:
        raise ValueError("it has no size")
    report(f"{args.name} is {args.props['size']}")
policy = ResourceValidationPolicy(name="one", description=f"{os.getpid()} {said} {os.getcwd()}", validate=check)
PolicyPack("pack", policies=[policy])
"""
SETTINGS = analyzer_pb2.AnalyzerStackConfigureRequest(
    stack="dev", project="net", organization="organization", dry_run=True, config={"net:zones": "2"}
)


class Pack:
    """What the engine has of a pack: the call that runs it, and its own end of the wire."""

    def __init__(self, host: LanguageRuntimeStub, folder: Path, program: str) -> None:
        (folder / "__main__.py").write_text(program)
        environment = [f"{name}={value}" for name, value in os.environ.items()]
        self.call = host.RunPlugin(
            language_pb2.RunPluginRequest(
                info=info(folder), pwd=str(folder.parent), kind="analyzer", args=[ENGINE], env=environment
            )
        )
        port = int(next(self.call).stdout)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=(("grpc.enable_http_proxy", 0),))
        self.stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        self.stub.Handshake(analyzer_pb2.AnalyzerHandshakeRequest(engine_address=ENGINE))

    def configure(self) -> None:
        """As the engine does before any other call."""
        self.stub.ConfigureStack(SETTINGS)

    def description(self) -> str:
        """What the pack's policy says of itself."""
        (policy,) = self.stub.GetAnalyzerInfo(Empty()).policies
        return str(policy.description)

    def close(self) -> None:
        self.call.cancel()
        self._channel.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    return folder


@pytest.fixture
def pack(host: LanguageRuntimeStub, folder: Path) -> Iterator[Pack]:
    pack = Pack(host, folder, PACK)
    yield pack
    pack.close()


def test_a_pack_reads_stack_and_config_as_it_starts(pack: Pack, folder: Path) -> None:
    pack.configure()

    assert pack.description().split(" ", 1)[1] == f"net/dev 2 {folder}"


def test_a_pack_that_is_told_no_stack_starts_all_the_same(pack: Pack, folder: Path) -> None:
    """As for `policy analyze`."""
    assert pack.description().split(" ", 1)[1] == f"- {folder}"


def test_a_call_goes_on_to_the_pack_and_what_it_writes_to_the_engine(pack: Pack) -> None:
    pack.configure()
    asked = analyzer_pb2.AnalyzeRequest(type="a:b:C", urn="urn:pulumi:dev::net::a:b:C::web", name="web")
    asked.properties.update({"size": 22})
    (found,) = pack.stub.Analyze(asked).diagnostics
    said = {"stdout": b"", "stderr": b""}
    while b"a line\n" not in said["stdout"] or b"an error\n" not in said["stderr"]:
        one = next(pack.call)
        said[one.WhichOneof("output")] += getattr(one, one.WhichOneof("output"))

    assert found.message.endswith("\nweb is 22.0")
    assert said["stderr"].startswith(b"as it starts\n")


def test_an_error_of_the_pack_comes_back_as_it_is(pack: Pack) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        pack.stub.Analyze(analyzer_pb2.AnalyzeRequest(type="a:b:C", urn="urn:pulumi:dev::net::a:b:C::web", name="web"))

    assert failed.value.code() is grpc.StatusCode.UNKNOWN
    assert "it has no size" in str(failed.value.details())


@pytest.mark.parametrize(
    ("program", "said"),
    [
        pytest.param("raise ValueError('no such rule')", "ValueError: no such rule", id="raises"),
        pytest.param("import sys; sys.exit('wants a file')", "wants a file", id="exits"),
        pytest.param("print('hello', flush=True)", "hello", id="says something else than a port"),
    ],
)
def test_the_first_call_says_why_a_pack_does_not_start(
    host: LanguageRuntimeStub, folder: Path, program: str, said: str
) -> None:
    pack = Pack(host, folder, program)
    with pytest.raises(grpc.RpcError) as failed:
        pack.stub.ConfigureStack(SETTINGS)
    pack.close()

    assert f"the pack in {folder} did not start:\n" in str(failed.value.details())
    assert said in str(failed.value.details())


def test_a_pack_that_is_closed_ends(pack: Pack) -> None:
    child = psutil.Process(int(pack.description().split()[0]))
    pack.close()
    # The host is this process, and waits for its child.
    while child.is_running():
        time.sleep(0.05)


def test_a_pack_that_was_never_asked_is_not_started_to_be_closed(pack: Pack) -> None:
    before = {one.pid for one in psutil.Process().children()}
    pack.stub.Cancel(Empty())

    assert {one.pid for one in psutil.Process().children()} == before


def test_the_settings_hold_no_secret_on_the_command_line(pack: Pack) -> None:
    pack.configure()
    child = psutil.Process(int(pack.description().split()[0]))

    assert json.dumps({"net:zones": "2"}) == child.environ()["PULUMI_CONFIG"]
    assert "zones" not in " ".join(child.cmdline())
