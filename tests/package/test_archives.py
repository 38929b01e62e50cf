"""What the wheel and the sdist hold, beside what lies in the folders that they are made of."""

from __future__ import annotations

import ast
import sys
import tarfile
import zipfile
from collections import ChainMap
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.package.installing import ROOT, copy, run

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDERS = {"components": "ssm_only", "policy/reachability": "reachability", "policy/ssm_guard": "ssm_guard"}
# What lies about where somebody works: .gitignore names all of it.
LITTER = ("components/__pycache__/nat.cpython-310.pyc", "components/.mypy_cache/x", "policy/ssm_guard/.ruff_cache/x")
# Which requirement brings a module. That of protobuf is in each version of pulumi, which speaks it.
BROUGHT = {
    "google": "pulumi",
    "pulumi": "pulumi",
    "pulumi_aws": "pulumi-aws",
    "pulumi_policy": "pulumi-policy",
    "yaml": "pyyaml",
}


def lying_in(folder: str, called: str) -> dict[str, bytes]:
    """The files of a folder of the checkout, by the paths that they have where it is called so."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{called}/{path.relative_to(ROOT / folder).as_posix()}": path.read_bytes() for path in files}


def in_wheel(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def in_sdist(sdist: Path) -> dict[str, bytes]:
    """Without the folder that all of it is in."""
    with tarfile.open(sdist) as opened:
        files = {one.name.partition("/")[2]: opened.extractfile(one) for one in opened.getmembers() if one.isfile()}
        return {name: file.read() for name, file in files.items() if file}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the checkout, as pip makes one of an address, and an sdist with the wheel that is made of it."""
    place = tmp_path_factory.mktemp("archives")
    source = copy(place / "source")
    for name in LITTER:
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text("litter")
    before = {path.relative_to(source) for path in source.rglob("*")}
    uv = Path(sys.executable).with_name("uv")
    run([uv, "build", "--quiet", source, "--out-dir", place, "--wheel"], place)
    run([uv, "build", "--quiet", source, "--out-dir", place / "sdist"], place)
    assert {path.relative_to(source) for path in source.rglob("*")} == before
    return place


@pytest.fixture(scope="module")
def wheel(archives: Path) -> dict[str, bytes]:
    return in_wheel(*archives.glob("*.whl"))


def test_the_wheel_holds_each_file_of_the_folders_as_it_is_and_nothing_else(wheel: dict[str, bytes]) -> None:
    lying = dict(ChainMap(*(lying_in(folder, package) for folder, package in FOLDERS.items())))
    held = {name: text for name, text in wheel.items() if ".dist-info/" not in name}

    assert sorted(held) == sorted(lying)
    assert held == lying


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ssm_only/py.typed", id="that it has types"),
        pytest.param("ssm_only/instance/agent/linux.sh", id="the boot script"),
        pytest.param("ssm_only/instance/agent/windows.ps1", id="that of Windows"),
        pytest.param("ssm_only/commands/agent/report.py", id="a program that instances run"),
        pytest.param("ssm_only/network/nat.sh", id="a NAT instance's script"),
        pytest.param("reachability/aws_policies.json", id="what AWS's own policies allow"),
    ],
)
def test_the_wheel_holds_what_is_no_module(wheel: dict[str, bytes], name: str) -> None:
    assert name in wheel


def test_the_sdist_holds_the_same_and_what_builds_it(archives: Path) -> None:
    sdist = in_sdist(*archives.glob("sdist/*.tar.gz"))
    lying = dict(ChainMap(*(lying_in(folder, folder) for folder in FOLDERS)))
    held = {name: text for name, text in sdist.items() if PurePosixPath(name).parts[0] in {"components", "policy"}}

    assert held == lying
    assert sdist.keys() - held.keys() == {".gitignore", "LICENSE", "PKG-INFO", "pyproject.toml"}
    assert in_wheel(*archives.glob("sdist/*.whl")) == in_wheel(*archives.glob("*.whl"))


def requirements(wheel: dict[str, bytes]) -> dict[str, Requirement]:
    (metadata,) = (text for name, text in wheel.items() if name.endswith(".dist-info/METADATA"))
    return by_name(Parser().parsestr(metadata.decode()).get_all("Requires-Dist") or [])


def by_name(lines: Iterable[str]) -> dict[str, Requirement]:
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


def imported(module: str) -> set[str]:
    """The first parts of what a module imports from elsewhere than its own package."""
    found = set()
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found


def test_it_needs_what_it_imports_and_nothing_else(wheel: dict[str, bytes]) -> None:
    everything = set().union(*(imported(text.decode()) for name, text in wheel.items() if name.endswith(".py")))
    foreign = everything - sys.stdlib_module_names - set(FOLDERS.values())

    assert {BROUGHT.get(name, name) for name in foreign} == requirements(wheel).keys()


def test_a_clone_has_versions_that_the_package_takes(wheel: dict[str, bytes]) -> None:
    """A program keeps its own versions within one major; a pin of ours would replace them."""
    lines = (line.partition("#")[0] for line in (ROOT / "requirements.txt").read_text().splitlines())
    pins = by_name(line for line in lines if line)
    for name, needed in requirements(wheel).items():
        (pin,) = pins[name].specifier

        assert needed.specifier.contains(pin.version)
        assert {one.operator for one in needed.specifier} == {">=", "<"}
