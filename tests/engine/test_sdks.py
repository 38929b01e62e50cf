"""The programs in languages that have an SDK of the components."""

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
import pytest
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from localaws import golang, venv
from localaws.host.service import Host, ending
from tests.engine.embedded import PROGRAMS, ROOT, Cloud
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


@pytest.fixture(scope="module")
def of_yaml(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program in YAML would make."""
    return previewed(cloned(cloud, tmp_path_factory.mktemp("yaml"), "yaml"))


def test_a_program_in_go_builds_and_makes_what_the_one_in_yaml_does(
    cloud: Cloud, of_yaml: dict[str, Any], tmp_path: Path
) -> None:
    program = cloned(cloud, tmp_path, "go")
    added("go", program.folder)
    golang.go("build", *golang.FLAGS, "-o", str(tmp_path / "built"), ".", module=str(program.folder))
    with serving(Built(tmp_path / "built")) as address:
        made = previewed(program, f"--client={address}")

    assert made == of_yaml
    # A clone has this version whatever changes in it: a schema that is kept would be an old one.
    assert [*(cloud.folder / "home" / "schemas").glob("ssm-only-0.0.0*")] == []


def test_a_program_in_java_makes_what_the_one_in_yaml_does(
    cloud: Cloud, of_yaml: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What runs for a second is not worth compiling twice: half of Maven's work.
    monkeypatch.setenv("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    program = cloned(cloud, tmp_path, "java")
    # This host is Pulumi's own: it writes the SDK, and compiles the program.
    cloud.localaws("pulumi", "-C", str(program.folder), "package", "add", "../../../plugin")

    assert previewed(program) == of_yaml


def test_a_program_in_python_makes_through_its_sdk_what_the_one_in_yaml_does(
    cloud: Cloud, of_yaml: dict[str, Any], tmp_path: Path
) -> None:
    program = cloned(cloud, tmp_path, "python", programs=PROGRAMS)
    added("python", program.folder)
    # Beside the program: the virtual environment is everybody's. What the SDK needs is in it.
    alone = ("--no-deps", "--no-build-isolation", "--target", str(program.folder))
    venv.pip("install", *alone, str(program.folder / "sdks" / "ssm-only"))

    assert previewed(program) == of_yaml
