"""Stacks of an embedded run, and the config file that each gets.

A stack made with a passphrase writes its salt into the stack's config file, and `pulumi config set` writes there too.
The committed `Pulumi.<stack>.yaml` must not change by running something, so Pulumi is given a copy with
`--config-file`. The copy follows the committed file: at every run it is made anew from it, and what a person set on the
copy since (`pulumi config set`, `pulumi up -c`) is kept on top.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from localaws import backend, places, steps
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from pathlib import Path

# Where a stack's config file says how secrets are encrypted: a person's own way is not there in an embedded run.
SECRETS_PROVIDER = ("encryptionsalt", "secretsprovider", "encryptedkey")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Pulumi project: what its Pulumi.yaml says of it."""

    name: str
    runtime: str
    folder: Path
    config_folder: Path


def find_project(folder: Path) -> Project | None:
    """The project whose Pulumi.yaml is nearest, upwards from `folder`, as Pulumi looks for it.

    Raises:
        LocalawsError: if the file is not a project.
    """
    for parent in (folder, *folder.parents):
        for path in (parent / "Pulumi.yaml", parent / "Pulumi.yml"):
            if path.is_file():
                return _read_project(path)
    return None


def _read_project(path: Path) -> Project:
    facts = _read(path)
    runtime = facts.get("runtime")
    name = runtime.get("name") if isinstance(runtime, dict) else runtime
    if not (isinstance(facts.get("name"), str) and isinstance(name, str)):
        raise LocalawsError(
            f"{path} has no name or no runtime: https://www.pulumi.com/docs/iac/concepts/projects/project-file/"
        )
    folder = path.parent
    config_folder = folder / str(facts.get("stackConfigDir", ""))
    return Project(name=facts["name"], runtime=name, folder=folder, config_folder=config_folder)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of a project, with the files that localaws keeps of it."""

    project: Project
    name: str

    @property
    def folder(self) -> Path:
        """A folder with a Pulumi.yaml of its own: commands that write a stack's config file run in it."""
        return places.STACKS / self.project.name

    @property
    def committed(self) -> Path:
        """The project's own config file of the stack."""
        return self.project.config_folder / f"Pulumi.{self.name}.yaml"

    @property
    def config(self) -> Path:
        """The generated config file."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    @property
    def state(self) -> backend.State:
        """What Pulumi's backend keeps of it."""
        return backend.State(project=self.project.name, stack=self.name)

    @property
    def _base(self) -> Path:
        """The committed file as it was when `config` was made from it: tells a person's changes from the project's."""
        return self.folder / f"base.{self.name}.yaml"

    def make_folder(self) -> None:
        """Makes `folder`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "Pulumi.yaml", {"name": self.project.name, "runtime": self.project.runtime})

    def write_config(self) -> None:
        """Makes the generated config file from the committed one, and what a person set since.

        Raises:
            LocalawsError: if a value is encrypted with a key that is not there in an embedded run.
        """
        committed, generated = _read(self.committed), _read_own(self.config)
        base = _read_own(self._base) if generated else {}
        ours = committed.get("config") or {}
        merged = merge(ours, base.get("config") or {}, generated.get("config") or {})
        if foreign := [key for key, value in ours.items() if _secure(value) and merged.get(key) == value]:
            raise LocalawsError(
                f"{self.committed.name}: {', '.join(foreign)} is encrypted, and its key is not here. "
                f"Set a value for it: python3 -m localaws pulumi config set --secret -s {self.name} {foreign[0]}"
            )
        others = {key: value for key, value in committed.items() if key not in SECRETS_PROVIDER}
        salt = {key: value for key, value in generated.items() if key in SECRETS_PROVIDER}
        _write(self._base, committed)
        _write(self.config, {**others, "config": merged, **salt})
        if changed := sorted(key for key in {*ours, *merged} if as_text(merged.get(key)) != as_text(ours.get(key))):
            steps.say(f"config set on this machine only ({self.config}): {', '.join(changed)}")


def merge(committed: dict[str, Any], base: dict[str, Any], generated: dict[str, Any]) -> dict[str, Any]:
    """The committed config, with what was set or removed on the generated one since it was made from `base`."""
    changed = {
        key: value for key, value in generated.items() if key not in base or as_text(value) != as_text(base[key])
    }
    removed = base.keys() - generated.keys()
    return {key: value for key, value in {**committed, **changed}.items() if key not in removed or key in changed}


def as_text(value: object) -> object:
    """A value as Pulumi writes it back: `zones: 1` comes out as `zones: "1"`, true as "true"."""
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _secure(value: object) -> bool:
    """Whether a config value is encrypted, at any depth."""
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_secure, value.values()))
    return isinstance(value, list) and any(map(_secure, value))


def _read(path: Path) -> dict[str, Any]:
    try:
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # Python refuses bytes that are no text, numbers of thousands of digits, and lists a thousand deep.
        raise LocalawsError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(facts, dict | None) or not isinstance((facts or {}).get("config"), dict | None):
        raise LocalawsError(f"{path} or its config is not a map of keys and values")
    return facts or {}


def _read_own(path: Path) -> dict[str, Any]:
    """A file that localaws or `pulumi config set` wrote, not the project's people."""
    try:
        return _read(path)
    except LocalawsError as error:
        raise LocalawsError(
            f"{error}. Remove it: it is made anew, without what `pulumi config set` put there."
        ) from error


def _write(path: Path, facts: dict[str, Any]) -> None:
    # Two commands may write at once.
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(yaml.safe_dump(facts, sort_keys=False))
    new.replace(path)
