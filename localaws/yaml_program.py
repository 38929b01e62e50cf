"""What a YAML program asks of AWS, read before it runs.

Its host looks types up in the schema and says of one that it lacks `unable to find resource type`, as if AWS had none.
The hosts of other languages ask the adapter, which says whose lack it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A project may keep its program apart from Pulumi.yaml.
FILES = ("Pulumi.yaml", "Pulumi.yml", "Main.yaml", "Main.yml")


def check(folder: Path) -> None:
    """Reads the program in a project's folder; what is no program is left for Pulumi to say.

    Raises:
        LocalawsError: if it uses a type or function that localaws does not run.
    """
    try:
        programs = [yaml.safe_load(path.read_bytes()) for path in map(folder.joinpath, FILES) if path.is_file()]
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    # Only now: it loads protobuf, and few commands are of a YAML program.
    from localaws.adapter import translate  # noqa: PLC0415

    try:
        for token in _tokens(programs):
            translate.token_to_bridge(_whole(token))
    except translate.UnsupportedTypeError as error:
        raise LocalawsError(str(error)) from error


def _tokens(node: Any) -> Iterator[str]:  # noqa: ANN401 - YAML
    """Every token of `aws`: a resource's type, and a function's in both ways of writing it."""
    if isinstance(node, list):
        for one in node:
            yield from _tokens(one)
    if not isinstance(node, dict):
        return
    resources = node.get("resources")
    named = resources.values() if isinstance(resources, dict) else ()
    found: list[Any] = [one.get("type") for one in named if isinstance(one, dict)]
    for key, value in node.items():
        if str(key).lower() == "fn::invoke" and isinstance(value, dict):
            found.append(value.get("function", value.get("Function")))
        elif str(key).startswith("fn::aws:"):
            found.append(key.removeprefix("fn::"))
        yield from _tokens(value)
    yield from (one for one in found if isinstance(one, str) and one.startswith("aws:"))


def _whole(token: str) -> str:
    """`aws:ec2:Vpc` is short for `aws:ec2/vpc:Vpc`, and `aws:getRegion` for `aws:index/getRegion:getRegion`."""
    package, *module, name = token.split(":")
    where = module[0] if module else "index"
    return f"{package}:{where if '/' in where else f'{where}/{name[0].lower()}{name[1:]}'}:{name}"
