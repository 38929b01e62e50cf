"""The schema that the components have, how they are made, and how an error of one of them reaches a person."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
from pulumi.output import Inputs
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.analyzer import Analyzer, ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError
from typing_extensions import get_original_bases

from components.base.answers import explain
from components.base.errors import NAMESPACE, SECRET, ConfigError, show
from components.instance.user_data import UserDataError
from plugin.command import SsmCommand
from plugin.default_host import DefaultHostManagement
from plugin.existing import ExistingNetwork
from plugin.fleet import SsmFleet
from plugin.instance import SsmInstance
from plugin.network import SsmNetwork
from plugin.operators import OperatorAccess
from plugin.preferences import SessionPreferences
from plugin.reading import is_known, resolved, value_at

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

# In a path such as `egress[0].to`, what comes after the property's name.
_NAME_ENDS = re.compile(r"[.[]")


def infer() -> "Inferred":
    """All components of this package."""
    return Inferred(list(COMPONENTS), NAMESPACE)


class Inferred(ComponentProvider):
    """Pulumi's, which knows what is inherited, and says an error without a traceback."""

    def __init__(self, components: list[type[pulumi.ComponentResource]], name: str) -> None:
        """Infer the schema, and describe in it what the arguments of several components have in common."""
        super().__init__(components, name)
        schema = json.loads(str(self.schema))
        for component in components:
            properties = schema["resources"][f"{name}:index:{component.__name__}"]["inputProperties"]
            for key, inherited in _inherited(component.__init__.__annotations__["args"]):
                properties[key].setdefault("description", inherited)
        # Pulumi's generator for Go forgets the type of what is in a list that is `plain`, and the SDK does not compile.
        schema["language"]["go"]["generateExtraInputTypes"] = True
        self.schema = json.dumps(_without_indents(schema))
        self._resources = schema["resources"]

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
            pulumi.InputPropertiesError: likewise, and it is not known; or AWS does not answer with what is needed.
        """
        try:
            with resolved(inputs, self._resources[resource_type]) as args:
                return super().construct(name, resource_type, args, options)
        except ComponentInitError as error:
            raise _told(error.inner, inputs) from error.inner
        except pulumi.InputPropertyError as error:
            raise _told(error, inputs) from error

    def map_inputs(self, inputs: Inputs, component_def: ComponentDefinition) -> Inputs:  # noqa: ARG002 - Pulumi's own
        """As they are: they have the schema's names, and the readers of settings look into them.

        Pulumi's own leaves out, at any depth, what the schema does not have, so that a misspelt key would go unseen.
        """
        return inputs


def _told(error: Exception, inputs: Mapping[str, Any]) -> Exception:
    """An error as Pulumi tells it without a traceback, if it is one that a person can mend."""
    if isinstance(error, ConfigError):
        words = str(error).removeprefix(f"{NAMESPACE}:{error.key} ")
        return _refused(_ENTRY.sub("", error.key) or "name", words, inputs, value=error.value)
    if isinstance(error, UserDataError):
        return _refused("userData", f"{error}.", inputs)
    if isinstance(error, pulumi.InputPropertyError):
        return _refused(error.property_path, error.reason, inputs)
    message = explain(error)
    return error if message is None else _in_words(message)


def _refused(path: str, words: str, inputs: Mapping[str, Any], *, value: object = None) -> Exception:
    """That a property cannot be deployed, so that the engine can say it.

    Beside the words for a property the engine shows what the program gives there. It panics over a value that is not
    known, or is a resource (Pulumi 3.274.1, `propertyprint.Value`), and is told those in words alone.
    """
    if not is_known(inputs.get(_NAME_ENDS.split(path)[0])):
        return _in_words(f"property {path} has a problem: {words}")
    shown = value_at(inputs, path)
    is_shown = value in (shown, SECRET)
    return pulumi.InputPropertyError(path, words.removeprefix(f"is {show(value)}: ") if is_shown else words)


def _in_words(message: str) -> pulumi.InputPropertiesError:
    """An error of no property that the engine looks up. Before a RunError gRPC writes that it is unexpected."""
    return pulumi.InputPropertiesError(message, [])


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
