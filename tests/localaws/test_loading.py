"""What a process of localaws loads: each `pulumi` starts several, and a person waits for all of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from localaws import places


@pytest.mark.parametrize(
    ("statements", "loaded"),
    [
        pytest.param("import localaws.run", [], id="a command needs neither gRPC nor the SDK"),
        pytest.param(
            "from localaws import protocol; protocol.alone(); import localaws.adapter.servicer, localaws.host.service",
            ["grpc", "pulumi.runtime.proto"],
            id="the adapter and the host need the protocol",
        ),
        pytest.param(
            "import localaws.adapter.servicer, localaws.host.service",
            ["grpc", "opentelemetry", "pulumi.automation", "pulumi.runtime.proto"],
            id="which brings all of the SDK where nothing is done about it",
        ),
    ],
)
def test_no_process_loads_what_it_does_not_need(statements: str, loaded: list[str]) -> None:
    dear = ["grpc", "opentelemetry", "pulumi.automation", "pulumi.runtime.proto"]
    program = f"{statements}; import sys; print([name for name in {dear!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=places.ROOT, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == str(loaded), done.stderr
