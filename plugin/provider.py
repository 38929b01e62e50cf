"""The provider: the schema of all components, and how an error of one of them reaches a person."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError
from typing_extensions import get_original_bases

from components.base.answers import explain
from components.base.errors import NAMESPACE, ConfigError
from components.instance.user_data import UserDataError
from plugin.command import SsmCommand
from plugin.default_host import DefaultHostManagement
from plugin.existing import ExistingNetwork
from plugin.fleet import SsmFleet
from plugin.instance import SsmInstance
from plugin.network import SsmNetwork
from plugin.operators import OperatorAccess
from plugin.preferences import SessionPreferences
from plugin.reading import resolved

COMPONENTS = (
    SsmNetwork,
    ExistingNetwork,
    SsmInstance,
    SsmFleet,
    SessionPreferences,
    OperatorAccess,
    DefaultHostManagement,
    SsmCommand,
)

# A component is one entry of a list of settings.
_ENTRY = re.compile(r"^(instances|fleets|commands)\[0\]\.?")
_VERSION = re.compile(r"^resource-.+-v(\d+\.\d+\.\d+.*)$")
_NO_CHOICE = re.compile(r"for enum '(\w+)'$")


def make_provider() -> "Provider":
    """The provider of this package."""
    return Provider(list(COMPONENTS), NAMESPACE, version_of(Path(__file__).resolve().parent.parent.name))


def version_of(folder: str) -> str:
    """The version that a git tag gives: Pulumi writes it into the name of the folder that it clones into.

    SDKs need one, so a clone of a person's own has this one (`PluginDescriptor.Dir`, sdk/go/common/workspace).
    """
    found = _VERSION.search(folder)
    return found[1] if found else "0.0.0"


class Provider(ComponentProvider):
    """Pulumi's, which knows what is inherited, and says an error without a traceback."""

    def __init__(self, components: list[type[pulumi.ComponentResource]], name: str, version: str) -> None:
        """Infer the schema, and describe in it what the arguments of several components have in common."""
        super().__init__(components, name, version=version)
        schema = json.loads(str(self.schema))
        for component in components:
            properties = schema["resources"][f"{name}:index:{component.__name__}"]["inputProperties"]
            for key, inherited in _inherited(component.__init__.__annotations__["args"]):
                properties[key].setdefault("description", inherited)
        # Pulumi's generator for Go forgets the type of what is in a list that is `plain`, and the SDK does not compile.
        schema["language"]["go"]["generateExtraInputTypes"] = True
        self.schema = json.dumps(_without_indents(schema))
        self._plain = {
            token: [key for key, one in resource["inputProperties"].items() if one.get("plain")]
            for token, resource in schema["resources"].items()
        }

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make a component.

        Raises:
            pulumi.InputPropertyError: a property cannot be deployed.
            pulumi.RunError: AWS does not answer, or not with what is needed.
        """
        try:
            with resolved(inputs, self._plain[resource_type]) as plain:
                return super().construct(name, resource_type, plain, options)
        except ComponentInitError as error:
            raise _told(error.inner) from error.inner
        except pulumi.InputPropertyError as error:
            raise self._with_choices(error) from error

    def _with_choices(self, error: pulumi.InputPropertyError) -> pulumi.InputPropertyError:
        """The SDK's own for what is no value of an enumeration does not say which are."""
        found = _NO_CHOICE.search(error.reason)
        if found is None:
            return error
        choices = json.loads(str(self.schema))["types"][f"{NAMESPACE}:index:{found[1]}"]["enum"]
        named = ", ".join(one["value"] for one in choices)
        return pulumi.InputPropertyError(error.property_path, f"{error.reason}: use one of {named}.")


def _told(error: Exception) -> Exception:
    """An error as Pulumi tells it without a traceback, if it is one that a person can mend."""
    if isinstance(error, ConfigError):
        words = str(error).removeprefix(f"{NAMESPACE}:{error.key} ")
        return pulumi.InputPropertyError(_ENTRY.sub("", error.key) or "name", words)
    if isinstance(error, UserDataError):
        return pulumi.InputPropertyError("userData", f"{error}.")
    message = explain(error)
    return error if message is None else pulumi.RunError(message)


def _without_indents(value: Any) -> Any:  # noqa: ANN401 - it is whatever JSON holds
    """A schema whose descriptions have no indents of the source, which would be code to a reader of Markdown."""
    if not isinstance(value, dict):
        return value
    return {
        key: inspect.cleandoc(one) if key == "description" and isinstance(one, str) else _without_indents(one)
        for key, one in value.items()
    }


def _inherited(args: type) -> Iterator[tuple[str, str]]:
    """What the bases of a TypedDict say of their keys: the SDK reads the lines of the class itself alone."""
    for base in get_original_bases(args):
        analyzer = Analyzer(NAMESPACE)
        for key in getattr(base, "__annotations__", {}):
            if description := analyzer.get_docstring(base, key):
                yield key, description
        if base.__module__.startswith("plugin."):
            yield from _inherited(base)
