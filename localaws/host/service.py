"""The calls that the engine makes of a language host, for Python."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from localaws import places
from localaws.host.pack import Pack
from localaws.host.plugin import Command, Output, Plugin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.message import Message

EXECUTOR = places.ENGINE / "pulumi-language-python-exec"
# The executor's way to say that the program's error has been shown.
SHOWN = 32


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """What is not here, the engine is told is not implemented: to write programs and SDKs."""

    def __init__(self, engine: str, environment: Mapping[str, str]) -> None:
        """Args: the engine's address; the variables that a program gets."""
        self._engine = engine
        self._environment = environment
        self._lock = threading.Lock()
        self._programs: list[subprocess.Popen[bytes]] = []

    def Handshake(self, _request: Message, _context: object) -> language_pb2.LanguageHandshakeResponse:  # noqa: N802 - gRPC's names, here and below
        """Nothing is agreed upon."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Message, _context: object) -> plugin_pb2.PluginInfo:  # noqa: N802
        """The version is that of the SDK which speaks the protocol."""
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def About(self, _request: Message, _context: object) -> language_pb2.AboutResponse:  # noqa: N802
        """The Python that runs programs."""
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    def RuntimeOptionsPrompts(self, _request: Message, _context: object) -> language_pb2.RuntimeOptionsResponse:  # noqa: N802
        """`pulumi new` need not ask how packages are installed."""
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, _request: Message, _context: object) -> language_pb2.TemplateResponse:  # noqa: N802
        """A template needs no change."""
        return language_pb2.TemplateResponse()

    def GetRequiredPackages(self, _request: Message, _context: object) -> language_pb2.GetRequiredPackagesResponse:  # noqa: N802
        """None: `pulumi install` would look for aws in the very version of the SDK, and then try to download it."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetProgramDependencies(  # noqa: N802
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """What pip lists, for `pulumi about`."""
        words = [python(request.info), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
        if not request.transitiveDependencies:
            words.append("--not-required")
        done = subprocess.run(words, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            context.abort(grpc.StatusCode.UNKNOWN, f"pip list failed: {done.stderr.strip()}")
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=one["name"], version=one["version"]) for one in json.loads(done.stdout)
            ]
        )

    def InstallDependencies(  # noqa: N802
        self, _request: Message, _context: object
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Nothing, and without a word, which each `pulumi package` would show: packages are in `.localaws/venv`."""
        yield from ()

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:  # noqa: N802
        """Runs a program. What it writes goes where the host's own output goes: to the engine's screen."""
        interpreter = python(request.info)
        variables = {
            **self._environment,
            **activation(interpreter, self._environment),
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        words = [interpreter, str(EXECUTOR), *arguments(request, self._engine)]
        try:
            program = subprocess.Popen(words, cwd=request.pwd, env=variables, stdin=subprocess.DEVNULL)
        except OSError as error:
            return language_pb2.RunResponse(error=f"the program could not be started: {error}")
        with self._lock:
            self._programs.append(program)
        # With SIGINT, Python would answer a second Ctrl-C with a traceback. Where the call is over, nobody waits.
        if not context.add_callback(program.terminate):
            program.terminate()
        code = program.wait()
        with self._lock:
            self._programs.remove(program)
        return ending(code)

    def Cancel(self, _request: Message, _context: object) -> Empty:  # noqa: N802
        """Ends the program: Ctrl-C was pressed twice."""
        with self._lock:
            for program in self._programs:
                program.terminate()
        return Empty()

    def RunPlugin(  # noqa: N802
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Runs a policy pack, or a plugin such as a provider of components, until it ends or the call is cancelled."""
        output = Output()
        folder = request.info.program_directory
        interpreter = python(request.info)
        sent = dict(one.split("=", 1) for one in request.env)
        environment = {**sent, **activation(interpreter, sent)}
        try:
            if request.kind == "analyzer":
                words = [interpreter, "-u", "-m", "pulumi.policy", *request.args, folder]
                end = Pack(Command(words=words, folder=folder, environment=environment), output).end
            else:
                words = [interpreter, "-u", folder, *request.args]
                end = Plugin(Command(words=words, folder=request.pwd, environment=environment), output).end
        except OSError as error:
            context.abort(grpc.StatusCode.UNKNOWN, f"the plugin in {folder} could not be started: {error}")
        if not context.add_callback(end):
            end()
        yield from output


def arguments(request: language_pb2.RunRequest, engine: str) -> list[str]:
    """What the executor is told about the program."""
    options = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": json.dumps(request.dryRun),
        "parallel": str(request.parallel),
        "organization": request.organization,
    }
    said = [word for name, value in options.items() if value for word in (f"--{name}", value)]
    return [*said, request.info.entry_point or ".", *request.args]


def ending(code: int) -> language_pb2.RunResponse:
    """What the engine is told of a program that has ended; a negative code is a signal, as in `subprocess`."""
    if code < 0:
        return language_pb2.RunResponse(error=f"program was ended by signal {-code}")
    if code == SHOWN:
        return language_pb2.RunResponse(bail=True)
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}" if code else "")


def python(info: language_pb2.ProgramInfo) -> str:
    """The Python of the project's own `virtualenv`, where it is there, else localaws's."""
    if "virtualenv" not in info.options:
        return sys.executable
    own = Path(info.root_directory, str(info.options["virtualenv"]), "bin", "python")
    return str(own) if own.exists() else sys.executable


def activation(interpreter: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that activate a virtual environment, from the Python in it."""
    binaries = Path(interpreter).parent
    path = os.pathsep.join((str(binaries), environment.get("PATH", os.defpath)))
    return {"VIRTUAL_ENV": str(binaries.parent), "PATH": path}
