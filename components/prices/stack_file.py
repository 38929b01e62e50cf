"""A stack's settings from its file, where no Pulumi runs."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..base.errors import NAMESPACE, SECRET, ConfigError
from ..settings import Settings

_REGION = "aws:region"
# What the stack has depends on them. Any other key that is a secret leaves the price as it is.
_COUNTED = ("instances", "sessions")


class StackFileError(Exception):
    """There is no such stack, or one of its files is none."""


def read_stack(root: Path, stack: str) -> tuple[Settings, str | None]:
    """The settings of a stack, and the Region that its file names, if it does.

    Args:
        root: the folder with Pulumi.yaml and the files of the stacks.
        stack: its name.

    Raises:
        StackFileError: a file is not there, or is no YAML of that kind.
        ConfigError: a setting is wrong, or is a secret that decides what the stack costs.
    """
    file = root / f"Pulumi.{stack}.yaml"
    # Else a name with a slash in it would be a file elsewhere.
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", stack) or not file.exists():
        stacks = ", ".join(sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml")))
        raise StackFileError(f"there is no file Pulumi.{stack}.yaml. Stacks with a file are {stacks or 'none'}.")
    config = {**_declared(_config(root / "Pulumi.yaml")), **_config(file)}
    before = f"{NAMESPACE}:"
    own = {name.removeprefix(before): value for name, value in config.items() if name.startswith(before)}
    region = config.get(_REGION)
    return _parse(own), None if region is None else str(region)


def _config(file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise StackFileError(f"{file.name} cannot be read: {said}.") from None
    config = {} if content is None else content.get("config") if isinstance(content, dict) else content
    if not isinstance(config, dict | None):
        raise StackFileError(f"{file.name} has no map of settings below `config:`.")
    return {str(name): value for name, value in (config or {}).items()}


def _declared(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a project's file says for all of its stacks. Its own keys have no namespace there."""
    values = {
        name: value.get("value", value.get("default")) if isinstance(value, dict) else value
        for name, value in config.items()
    }
    return {
        name if ":" in name else f"{NAMESPACE}:{name}": value for name, value in values.items() if value is not None
    }


def _parse(own: Mapping[str, Any]) -> Settings:
    for key in _COUNTED:
        if _is_secret(own.get(key)):
            raise ConfigError(
                key,
                SECRET,
                "only Pulumi can read it, and the cost depends on it. `pulumi stack output monthly_cost` has that of "
                "the stack as it is.",
            )
    return Settings.parse({key: _passed(value) for key, value in own.items() if not _is_secret(value)})


def _passed(value: object) -> str:
    """A value as Pulumi hands it over: text, and anything but text as JSON."""
    return value if isinstance(value, str) else json.dumps(_without_secrets(value), default=str)


def _without_secrets(value: object) -> object:
    """User data and the like, which may be secrets within a list or a map, cost nothing."""
    if isinstance(value, dict):
        return {key: _without_secrets(inner) for key, inner in value.items() if not _is_secret(inner)}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value if not _is_secret(inner)]
    return value


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"secure"}
