"""The examples in languages that have an SDK of the components."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from localaws import golang
from localaws.host.service import Host, ending
from tests.engine.embedded import ROOT, Cloud
from tests.engine.node import installed, npm
from tests.engine.sdks import write_sdk
from tests.engine.test_languages import EXAMPLES, PACK, Program, cloned, require_all_of_it

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def added(language: str, program: Path) -> None:
    """Writes the SDK where `package add` does."""
    folder = program / "sdks" / "ssm-only"
    shutil.rmtree(folder, ignore_errors=True)
    write_sdk(language, ROOT / "plugin" / "schema.json", folder)


def test_a_program_in_typescript_makes_all_of_it_and_leaves_nothing(cloud: Cloud) -> None:
    # It lies as deep in the checkout as the example: its path to the plugin is right there too.
    folder = installed(EXAMPLES / "typescript", "languages")
    added("nodejs", folder)
    # Its packages have to do for the SDK: a second @pulumi/pulumi beside the program's would be fetched.
    npm(folder, "install", "--offline", "./sdks/ssm-only")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    program = Program(cloud=cloud, folder=folder)
    cloud.start()
    before = cloud.account()

    require_all_of_it(program, cloud.up(*program.where, *PACK))
    cloud.destroy(*program.where)
    assert cloud.account() == before


class Built(Host):
    """A language host for a program that is built: Pulumi's own for Go is in no module that a proxy serves."""

    def __init__(self, binary: Path) -> None:
        super().__init__("", {})
        self._binary = binary

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:  # noqa: ARG002, N802 - gRPC's name and arguments
        """To a host that it has not started, the engine says its own address as an argument of the program."""
        variables = {
            "PULUMI_MONITOR": request.monitor_address,
            "PULUMI_ENGINE": request.args[0],
            "PULUMI_ORGANIZATION": request.organization,
            "PULUMI_PROJECT": request.project,
            "PULUMI_STACK": request.stack,
            "PULUMI_DRY_RUN": str(request.dryRun),
            "PULUMI_PARALLEL": str(request.parallel),
        }
        done = subprocess.run([self._binary], cwd=request.pwd, env={**os.environ, **variables}, check=False)
        return ending(done.returncode)


@contextmanager
def serving(host: Host) -> Iterator[str]:
    """The host's address, on loopback."""
    server = grpc.server(ThreadPoolExecutor())
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


def previewed(program: Program, *words: str) -> dict[str, Any]:
    """What a preview would make, with which inputs, but for the project's name and the random ends of names."""
    said = program.cloud.localaws("pulumi", "preview", "--json", *program.where, *words).stdout
    said = re.sub(r"-[0-9a-f]{7}(?![0-9a-f-])", "", said.replace(f"ssm-only-{program.folder.name}", "PROJECT"))
    steps = json.loads(said)["steps"]
    return {one["urn"]: one["newState"].get("inputs", {}) for one in steps}


def test_a_program_in_go_builds_and_makes_what_the_one_in_yaml_does(cloud: Cloud, tmp_path: Path) -> None:
    program = cloned(cloud, tmp_path, "go")
    added("go", program.folder)
    golang.go("build", "-trimpath", "-buildvcs=false", "-o", str(tmp_path / "built"), ".", module=str(program.folder))
    with serving(Built(tmp_path / "built")) as address:
        made = previewed(program, f"--client={address}")

    assert made == previewed(cloned(cloud, tmp_path / "other", "yaml"))
    # A clone has this version whatever changes in it: a schema that is kept would be an old one.
    assert [*(cloud.folder / "home" / "schemas").glob("ssm-only-0.0.0*")] == []
