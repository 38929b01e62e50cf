"""What the SDKs of other clouds' providers say of the types that the pack reads: tokens, properties, defaults.

`python -m tests.policy.clouds.sdks` downloads the SDKs that pyproject.toml pins in its group `clouds`, reads their
source as text, and writes `table.json`. It imports none of them, and takes figures, never sentences.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ssm_guard.joins import oci
from ssm_guard.readers import CLOUDS, RULE_SETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[3]
TABLE = Path(__file__).with_name("table.json")
# No SDK of today has the type, or says what is in it; policy/README.md marks them.
UNVERIFIED = {"civo:index/firewallRule:FirewallRule", "exoscale:index/securityGroupRules:SecurityGroupRules"}
# Rules lie at most this deep: rules, a rule's match, its layer 4 configurations, their ports.
DEEPEST = 5
_TOKEN = re.compile(r"super\(\w+, __self__\).__init__\(\s*['\"]([^'\"]+)['\"]")
_ALIAS = re.compile(r"Alias\(type_=[\"']([^\"']+)[\"']\)")
_NESTED = re.compile(r"'(?:[\w.]+\.)?(\w+Args)'")
_LIST = re.compile(r"\b(?:Sequence|List)\[")
_DEFAULT = re.compile(r"[Dd]efaults?(?: value)?(?: is| to|:)?(?: set to)? (?:`+\"?([^`\"]+)\"?`+|([A-Z]{2,}\b))")

Source = dict[PurePosixPath, str]
# A property's path as a policy sees it, and what is said of it.
Properties = dict[str, dict[str, str]]


def read(source: Source, tokens: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What one SDK says of these tokens; a token that it does not have is not in the answer."""
    found: dict[str, dict[str, Any]] = {}
    for path, text in source.items():
        for token in _TOKEN.findall(text):
            aliases = sorted(set(_ALIAS.findall(text)))
            for name in {token, *aliases} & set(tokens):
                # A type goes before another one that has its old name as an alias.
                if name == token or name not in found:
                    properties = dict(_properties(source, path, _arguments(text), ""))
                    found[name] = {"token": token, "properties": properties}
    return found


def _arguments(text: str) -> str:
    """Name of the class of a resource's inputs: the first that the module hands out."""
    handed_out = re.search(r"__all__ = \[['\"](\w+Args)['\"]", text)
    assert handed_out, "an SDK's module begins with the class of its inputs"
    return handed_out[1]


def _properties(
    source: Source, module: PurePosixPath, name: str, prefix: str, depth: int = 1
) -> Iterator[tuple[str, dict[str, str]]]:
    for key, annotation, doc in _getters(source, module, name):
        path = f"{prefix}{key}{'[]' if _LIST.search(annotation) else ''}"
        default = _DEFAULT.search(doc)
        yield path, {"type": _plain(annotation), **({"default": default[1] or default[2]} if default else {})}
        nested = _NESTED.search(annotation)
        if nested and depth < DEEPEST:
            yield from _properties(source, module, nested[1], f"{path}.", depth + 1)


def _getters(source: Source, module: PurePosixPath, name: str) -> Iterator[tuple[str, str, str]]:
    """Each property of a class of inputs: its name on the wire, its type as written, its description."""
    for place in (module, module.with_name("_inputs.py"), *_elsewhere(source, name)):
        body = _class(source.get(place, ""), name)
        if body is not None:
            break
    else:
        return
    for item in body.body:
        if not isinstance(item, ast.FunctionDef) or item.returns is None:
            continue
        for decorator in item.decorator_list:
            text = ast.unparse(decorator)
            if text.startswith("pulumi.getter"):
                given = re.search(r"name='(\w+)'", text)
                yield (
                    given[1] if given else item.name,
                    ast.unparse(item.returns),
                    " ".join((ast.get_docstring(item) or "").split()),
                )


def _elsewhere(source: Source, name: str) -> Iterator[PurePosixPath]:
    """A class of another module of the SDK: Kubernetes' metadata."""
    return (path for path in source if path.name == "_inputs.py" and f"class {name}:" in source[path])


def _class(text: str, name: str) -> ast.ClassDef | None:
    """One class of a module, without parsing the thousands beside it."""
    start = re.search(rf"^class {name}:\n", text, re.MULTILINE)
    if not start:
        return None
    rest = text[start.start() :]
    end = re.search(r"\n(?=\S)", rest)
    (found,) = ast.parse(rest[: end.start()] if end else rest).body
    assert isinstance(found, ast.ClassDef)
    return found


def _plain(annotation: str) -> str:
    """`integer`, `boolean`, `text` or `map`, whatever stands around it."""
    for name, plain in {"int": "integer", "bool": "boolean", "float": "number", "str": "text"}.items():
        if re.search(rf"\b{name}\b", annotation):
            return plain
    return "map"


def tokens() -> list[str]:
    """Every type of another cloud that the pack reads or joins."""
    joined = {token for rule_set in RULE_SETS for token in (*rule_set.sets, *rule_set.rules)}
    read = {token for cloud in CLOUDS for token in cloud.readers}
    return sorted(
        token for token in {*read, *joined, oci.SUBNET, oci.VCN} if not token.startswith(("aws:", "aws-native:"))
    )


def packages() -> list[str]:
    """The SDKs and their versions."""
    uv = [
        str(Path(sys.executable).with_name("uv")),
        "pip",
        "compile",
        "--quiet",
        "--no-deps",
        "--no-header",
        "--no-annotate",
    ]
    found = subprocess.run([*uv, "--group", "clouds"], cwd=ROOT, check=True, capture_output=True, text=True)
    return found.stdout.split()


def unpack(archive: Path) -> Source:
    """The Python files of a wheel or a source archive."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {PurePosixPath(name): wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".py")}
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.isfile() and member.name.endswith(".py")]
        return {PurePosixPath(member.name): _content(tar, member) for member in members}


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    assert file
    return file.read().decode()


def table() -> dict[str, Any]:
    """What all SDKs say, by package."""
    wanted, found = tokens(), {}
    for package in packages():
        with tempfile.TemporaryDirectory() as folder:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package]
            subprocess.run(pip, check=True)
            (archive,) = Path(folder).iterdir()
            found[package] = read(unpack(archive), wanted)
    return found


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=1, sort_keys=True) + "\n")
