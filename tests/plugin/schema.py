"""The plugin's schema: as it is now, as it was at a version, and what of a change breaks other people's programs.

`python -m tests.plugin.schema` writes it anew.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from plugin.inferred import infer

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = Path("plugin/schema.json")

Schema = Mapping[str, Any]


def now() -> str:
    return json.dumps(json.loads(str(infer().schema)), indent=2, ensure_ascii=False) + "\n"


def newest_tag(repository: Path) -> str | None:
    """Of those that name a version, as `pulumi package add` reads them."""
    said = subprocess.run(
        ["git", "tag", "--list", "v[0-9]*", "--sort=-version:refname"],
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return next(iter(said.split()), None)


def at(repository: Path, tag: str) -> Schema | None:
    """What was committed then; nothing, if that was before there was a plugin."""
    shown = subprocess.run(
        ["git", "show", f"{tag}:{COMMITTED}"], cwd=repository, check=False, capture_output=True, text=True
    )
    return None if shown.returncode else json.loads(shown.stdout)


def may_break(old: str, new: str) -> bool:
    """Whether the second version may break what works with the first (semver.org, rules 4 and 8)."""
    before, after = ([int(part) for part in one.removeprefix("v").split(".")] for one in (old, new))
    places = 2 if before[0] == 0 else 1
    return before[:places] < after[:places]


def breaking(old: Schema, new: Schema) -> list[str]:
    """What a program that works with the old schema no longer finds in the new one."""
    return [
        *_of_each(_of_resource, old["resources"], new["resources"]),
        *_of_each(_of_type, old["types"], new["types"]),
    ]


def broken(repository: Path, number: str, schema: Schema) -> list[str]:
    """What of a schema breaks programs that work with the newest version, where its own number does not allow for it.

    Nothing, where no version has a tag, or the newest had no plugin.
    """
    tag = newest_tag(repository)
    before = at(repository, tag) if tag else None
    return [] if tag is None or before is None or may_break(tag, number) else breaking(before, schema)


def _of_each(compare: Callable[[str, Schema, Schema], Iterator[str]], old: Schema, new: Schema) -> Iterator[str]:
    for token, before in old.items():
        if token in new:
            yield from compare(token, before, new[token])
        else:
            yield f"{token} is gone"


def _of_resource(token: str, before: Schema, after: Schema) -> Iterator[str]:
    yield from _of_inputs(
        token,
        before["inputProperties"],
        after["inputProperties"],
        before["requiredInputs"],
        after["requiredInputs"],
    )
    yield from _of_properties(f"{token} output", before["properties"], after["properties"])
    for name in before["required"]:
        if name in after["properties"] and name not in after["required"]:
            yield f"{token} output {name} may be missing"


def _of_type(token: str, before: Schema, after: Schema) -> Iterator[str]:
    yield from _of_inputs(
        token,
        before.get("properties", {}),
        after.get("properties", {}),
        before.get("required", []),
        after.get("required", []),
    )
    values = [one["value"] for one in after.get("enum", [])]
    yield from (f"{token} value {one['value']} is gone" for one in before.get("enum", []) if one["value"] not in values)


def _of_inputs(token: str, old: Schema, new: Schema, required: list[str], needed: list[str]) -> Iterator[str]:
    yield from _of_properties(f"{token} input", old, new)
    yield from (f"{token} input {name} is required" for name in needed if name not in required)


def _of_properties(what: str, old: Schema, new: Schema) -> Iterator[str]:
    for name, before in old.items():
        if name not in new:
            yield f"{what} {name} is gone"
        elif _shape(before) != _shape(new[name]):
            yield f"{what} {name} has another type"


def _shape(value: Any) -> Any:
    """A property without its words."""
    if isinstance(value, Mapping):
        return {key: _shape(one) for key, one in value.items() if key != "description"}
    return value


def version() -> str:
    (found,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    return str(found)


if __name__ == "__main__":
    (ROOT / COMMITTED).write_text(now())
