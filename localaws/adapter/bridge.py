"""The bridge as a child process: start it, read its port, tell it which Terraform provider to run."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
import psutil
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from localaws import places
from localaws.adapter import table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OPTIONS = (
    # A schema or a state can be larger than gRPC's 4 MiB.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A person's http_proxy is not for loopback.
    ("grpc.enable_http_proxy", 0),
)
# The provider runs within a second or two; where it has to be fetched first, it is a download of about 150 MB.
START_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """A running, parameterized bridge."""

    process: subprocess.Popen[str]
    stub: provider_pb2_grpc.ResourceProviderStub

    def close(self) -> None:
        """Ends the bridge and the provider that it runs."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            child.kill()
        self.process.kill()
        self.process.communicate()


def start(binary: Path, provider: Sequence[str], engine_args: Sequence[str], folder: Path) -> Bridge:
    """Starts the bridge and parameterizes it with the AWS provider.

    Args:
        binary: the bridge.
        provider: what follows `pulumi package add terraform-provider`: the path of a provider's binary, or
            its name and version, which makes the bridge fetch it from OpenTofu's registry.
        engine_args: what the engine passed to the plugin: its own address, which the bridge sends log lines to.
        folder: the program's, from which the paths of files count.

    Raises:
        OSError: if the bridge does not start.
        grpc.RpcError: if the provider can't be run or fetched.
    """
    environment = {**os.environ, "PULUMI_DYNAMIC_TF_PLUGIN_CACHE_DIR": str(places.PROVIDER)}
    process = subprocess.Popen([binary, *engine_args], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or not (port := process.stdout.readline().strip()).isdecimal():
        process.kill()
        raise OSError(f"{binary} ended before it printed the port that it listens on")
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)
    bridge = Bridge(process=process, stub=provider_pb2_grpc.ResourceProviderStub(channel))
    includes = [f"--include={','.join(table.terraform_names())}", "--provider-name=aws"]
    request = provider_pb2.ParameterizeRequest(
        args=provider_pb2.ParameterizeRequest.ParametersArgs(args=[*provider, *includes])
    )
    try:
        bridge.stub.Parameterize(request, timeout=START_SECONDS)
    except BaseException:
        bridge.close()
        raise
    return bridge


def reason(error: Exception) -> str:
    """What a failed start says, without gRPC's wrapping."""
    return error.details() or str(error.code()) if isinstance(error, grpc.RpcError) else str(error)
