"""The provider: it tells the schema at once, and makes components when it is asked to."""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi.provider

if TYPE_CHECKING:
    from plugin.inferred import Inferred

_FOLDER = Path(__file__).resolve().parent
_VERSION = re.compile(r"^resource-.+-v(\d+\.\d+\.\d+.*)$")


def make_provider() -> "Provider":
    """The provider of this package."""
    return Provider(version_of(_FOLDER.parent.name))


def version_of(folder: str) -> str:
    """The version that a git tag gives: Pulumi writes it into the name of the folder that it clones into.

    SDKs need one, so a clone of a person's own has this one (`PluginDescriptor.Dir`, sdk/go/common/workspace).
    """
    found = _VERSION.search(folder)
    return found[1] if found else "0.0.0"


class Provider(pulumi.provider.Provider):
    """Imports the components when the first is made: the engine starts it once more to be told the schema alone."""

    def __init__(self, version: str) -> None:
        """Read the schema, which is committed as the components have it."""
        schema = json.loads((_FOLDER / "schema.json").read_text(encoding="utf-8"))
        super().__init__(version, json.dumps({**schema, "version": version}))

    @cached_property
    def _inferred(self) -> "Inferred":
        # They import pulumi-aws, which takes more than a second of CPU.
        from plugin.inferred import infer  # noqa: PLC0415

        return infer()

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> pulumi.provider.ConstructResult:
        """Make a component.

        Raises:
            pulumi.InputPropertyError: a property cannot be deployed.
            pulumi.InputPropertiesError: likewise, and it is not known; or AWS does not answer with what is needed.
        """
        return self._inferred.construct(name, resource_type, inputs, options)
