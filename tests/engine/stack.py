"""The program itself, with a config file of a test's own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.engine.embedded import Cloud

PACK = ("--policy-pack", "policy", "--policy-pack-config", "policy/ssm-only.json")


@dataclass(frozen=True)
class Stack:
    """One stack, whose settings every command names."""

    cloud: Cloud
    name: str
    file: Path

    def up(self, config: Mapping[str, Any], code: int = 0) -> str:
        return self.cloud.up(*self.words(config), *PACK, code=code)

    def up_with_secrets(self, config: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
        """Settings of which some are set as a person sets what nobody is to see; and the state after it."""
        words = self.words(config)
        for key, value in secrets.items():
            self.cloud.pulumi("config", "set", "--secret", "--path", f"ssm-only:{key}", value, *words)
        self.cloud.up(*words, *PACK)
        return self.cloud.localaws("pulumi", "stack", "export", "-s", self.name).stdout

    def changes(self, config: Mapping[str, Any], *, refresh: bool = True) -> dict[str, int]:
        return self.cloud.changes(*self.words(config), *PACK, *(["--refresh"] if refresh else []))

    def outputs(self) -> dict[str, Any]:
        return self.cloud.outputs(self.name)

    def destroy(self) -> None:
        self.cloud.destroy("-s", self.name, "--config-file", str(self.file))

    def words(self, config: Mapping[str, Any]) -> tuple[str, ...]:
        """What tells a command of Pulumi's the stack and these settings of it."""
        self.file.write_text(yaml.safe_dump({"config": {f"ssm-only:{key}": value for key, value in config.items()}}))
        return ("-s", self.name, "--config-file", str(self.file))


@contextmanager
def configured(cloud: Cloud, name: str, folder: Path) -> Iterator[Stack]:
    """A new stack of this name, taken down in the end."""
    stack = Stack(cloud, name, folder / f"Pulumi.{name}.yaml")
    cloud.pulumi("stack", "init", name)
    yield stack
    stack.destroy()
    cloud.pulumi("stack", "rm", "--yes", "-s", name)
