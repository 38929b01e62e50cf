"""How the bridge names what a Terraform provider has, for packages that are made on the spot.

- `pulumi package add terraform-provider hashicorp/aws` gives `aws:index/securityGroup:SecurityGroup`: one module, the
  name without the provider's prefix, and every list in the plural (`ingresses`), where Pulumi's own package has
  `ingress`. A block that may stand once is an object, unless the provider is written with Terraform's newer framework,
  which doesn't tell: then it is a list of one.
- `pulumi package add terraform-module …` gives views such as `network:tf:aws_security_group`, whose properties are
  Terraform's own: snake_case, lists in the singular, a block that may stand once in a list of one.

Both are what pulumi-terraform-bridge does: `pkg/tfbridge/internal/naming` for names, `dynamic/info.go` for tokens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ssm_guard.node import Node

if TYPE_CHECKING:
    from collections.abc import Mapping


def token(name: str, package: str = "") -> str:
    """`aws_security_group` -> `aws:index/securityGroup:SecurityGroup`; in a package of another name, under that."""
    provider, *words = name.split("_")
    pascal = "".join(word.capitalize() for word in words)
    return f"{package or provider}:index/{pascal[:1].lower()}{pascal[1:]}:{pascal}"


@dataclass(frozen=True)
class _ListOfOneNode(Node):
    """A node that steps through a list of one as if it were the one."""

    def __getitem__(self, key: str) -> Node:
        """The property `key` of an object, or of the only object in a list."""
        if isinstance(self.value, list) and len(self.value) == 1:
            return self._child(self.value[0], 0)[key]
        return super().__getitem__(key)


@dataclass(frozen=True)
class PackageNode(_ListOfOneNode):
    """Properties of a Terraform provider's package: camelCase, every list in the plural."""

    def _find(self, mapping: Mapping[str, object], key: str) -> tuple[str, object]:
        name = key if key in mapping else next((plural for plural in _plurals(key) if plural in mapping), key)
        return name, mapping.get(name)


@dataclass(frozen=True)
class ModuleNode(_ListOfOneNode):
    """Properties of a resource in a Terraform module: snake_case, lists in the singular."""

    def _find(self, mapping: Mapping[str, object], key: str) -> tuple[str, object]:
        name = next((name for name in _snake_names(key) if name in mapping), key)
        return name, mapping.get(name)


def _plurals(key: str) -> tuple[str, ...]:
    return f"{key}es", f"{key}s", f"{key[:-1]}ies"


@lru_cache(maxsize=1024)
def _snake_names(key: str) -> tuple[str, ...]:
    snake = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key)
    return snake, snake.removesuffix("s"), f"{snake.removesuffix('ies')}y", snake.removesuffix("es")
