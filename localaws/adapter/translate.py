"""Puts Pulumi's names for the bridge's, and back, in one gRPC message at a time.

Three places hold names: type tokens (also inside a URN), property names at the top level of a resource, and property
paths (`ingress[0].cidrBlocks`). Below the top level everything is named alike on both sides but `table.SINGLES`.
What is one object on one side may be a list of one on the other.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from google.protobuf.struct_pb2 import Value

from localaws.adapter import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from google.protobuf.struct_pb2 import Struct

    from localaws.adapter.table import Single

RENAMED = {table.bridge_token(terraform, function=False): names for terraform, names in table.PROPERTIES.items()}

LISTS = {table.bridge_token(terraform, function=False): names for terraform, names in table.LISTS.items()}

SINGLES = {table.bridge_token(terraform, function=False): singles for terraform, singles in table.SINGLES.items()}

TO_BRIDGE = {
    table.pulumi_token(pulumi): table.bridge_token(terraform, function=function)
    for rows, function in ((table.RESOURCES, False), (table.FUNCTIONS, True))
    for terraform, pulumi in rows.items()
}
FROM_BRIDGE = {bridge: pulumi for pulumi, bridge in TO_BRIDGE.items()}


class UnsupportedTypeError(Exception):
    """A program uses a type or function that is not in `table`."""


def token_to_bridge(token: str) -> str:
    """The bridge's token for one of pulumi-aws.

    Raises:
        UnsupportedTypeError: if the table does not have it; the message names it and the table.
    """
    if token not in TO_BRIDGE:
        raise UnsupportedTypeError(
            f"{token} is not one of the {len(TO_BRIDGE)} types and functions that localaws runs. "
            "localaws/adapter/table.py lists them: add a row there if the AWS on this machine (moto) has it."
        )
    return TO_BRIDGE[token]


def type_of_urn(urn: str) -> str:
    """The resource's own type: the last of the `$`-joined chain of its parents' types."""
    return urn.split("::", 3)[2].rsplit("$", 1)[-1]


def urn_to_bridge(urn: str) -> str:
    """The URN with the resource's own type in the bridge's name; parents keep theirs."""
    stack, project, chain, name = urn.split("::", 3)
    parents, dollar, own = chain.rpartition("$")
    return "::".join((stack, project, f"{parents}{dollar}{token_to_bridge(own)}", name))


def urn_from_bridge(urn: str) -> str:
    """The other way round; a log line that is of no resource has none."""
    if not urn:
        return urn
    stack, project, chain, name = urn.split("::", 3)
    parents, dollar, own = chain.rpartition("$")
    return "::".join((stack, project, f"{parents}{dollar}{FROM_BRIDGE.get(own, own)}", name))


def names_of(bridge_type: str, *, to_bridge: bool) -> dict[str, str]:
    """What the properties of a type are called on the other side; empty where they are called the same."""
    renamed = RENAMED.get(bridge_type, {})
    return renamed if to_bridge else {bridge: pulumi for pulumi, bridge in renamed.items()}


def lists_of(bridge_type: str) -> frozenset[str]:
    """Which properties of a type are lists of one for pulumi-aws, and one object for the bridge."""
    return LISTS.get(bridge_type, frozenset())


def rename_properties(properties: Struct, names: dict[str, str]) -> None:
    """Renames top-level properties in place."""
    for old, new in names.items():
        if old in properties.fields:
            properties.fields[new].CopyFrom(properties.fields[old])
            del properties.fields[old]


def fold(properties: Struct, bridge_type: str, *, to_bridge: bool) -> None:
    """Makes lists of one of what `table.SINGLES` has for a type, or objects of these lists, in place.

    And the other way round of what `table.LISTS` has.
    """
    for name in lists_of(bridge_type):
        if name in properties.fields:
            (_to_object if to_bridge else _to_list)(properties, name)
    for name, singles in SINGLES.get(bridge_type, {}).items():
        for item in properties.fields[name].list_value.values if name in properties.fields else ():
            if item.WhichOneof("kind") == "struct_value":
                (_to_lists if to_bridge else _to_objects)(item.struct_value, singles)


def _to_object(properties: Struct, name: str) -> None:
    """What is no list, for one that is not known yet, keeps its shape."""
    value = properties.fields[name]
    if value.WhichOneof("kind") == "list_value":
        items = [*value.list_value.values]
        del properties.fields[name]
        if items:
            properties.fields[name].CopyFrom(items[0])


def _to_list(properties: Struct, name: str) -> None:
    value = Value()
    value.CopyFrom(properties.fields[name])
    if value.WhichOneof("kind") == "struct_value":
        properties.fields[name].list_value.values.append(value)


def _to_lists(properties: Struct, singles: Mapping[str, Single]) -> None:
    for name, (bridge, below) in singles.items():
        value = Value()
        value.CopyFrom(properties.fields[name])
        del properties.fields[name]
        kind = value.WhichOneof("kind")
        if kind == "struct_value":
            _to_lists(value.struct_value, below)
            properties.fields[bridge].list_value.values.append(value)
        elif kind == "string_value":
            # This text stands for what is not known yet, whatever its shape.
            properties.fields[bridge].CopyFrom(value)
        else:
            # The engine drops what is not there; the bridge misses the empty list on its way to Terraform's state.
            properties.fields[bridge].list_value.Clear()


def _to_objects(properties: Struct, singles: Mapping[str, Single]) -> None:
    for name, (bridge, below) in singles.items():
        values = list(properties.fields[bridge].list_value.values)
        del properties.fields[bridge]
        if values:
            properties.fields[name].CopyFrom(values[0])
            _to_objects(properties.fields[name].struct_value, below)


def settings_to_bridge(settings: Struct) -> None:
    """Makes lists of one of the provider's settings that are one object for pulumi-aws, in place."""
    for name, bridge in table.SETTINGS.items():
        if name in settings.fields:
            value = Value()
            value.CopyFrom(settings.fields[name])
            del settings.fields[name]
            if value.WhichOneof("kind") == "struct_value":
                settings.fields[bridge].list_value.values.append(value)
                continue
            if value.WhichOneof("kind") == "string_value":
                value.string_value = setting_to_bridge(value.string_value)
            settings.fields[bridge].CopyFrom(value)


def setting_to_bridge(text: str) -> str:
    """The same of a setting as text: what a stack's config has of more than one word comes as JSON."""
    return f"[{text}]" if text.startswith("{") else text


def rename_path(path: str, names: dict[str, str], lists: frozenset[str] = frozenset()) -> str:
    """`ingresses[0].cidrBlocks` -> `ingress[0].cidrBlocks`: only the first part of a path is a top-level property.

    What is below one of `lists` has an index for pulumi-aws alone: `aliases[0].name` is the bridge's `alias.name`.
    """
    head, rest = re.fullmatch(r"([^.\[]*)(.*)", path, re.DOTALL).groups()  # type: ignore[union-attr]  # always matches
    renamed = names.get(head, head)
    if head in lists and rest:
        rest = f"[0]{rest}"
    return renamed + (rest.removeprefix("[0]") if renamed in lists else rest)


def rename_paths(paths: Iterable[str], names: dict[str, str], lists: frozenset[str] = frozenset()) -> list[str]:
    """`rename_path` over many."""
    return [rename_path(path, names, lists) for path in paths]


def schema_from_bridge(text: str) -> str:
    """The bridge's package schema in pulumi-aws's names, for hosts that read it (YAML, code generators).

    Drops `parameterization`, which would make a host ask for the bridge itself instead of `aws`; and the version, which
    the engine then takes to be the one that was asked for.
    """
    schema = json.loads(text)
    schema.pop("parameterization", None)
    schema.pop("version", None)
    for token, spec in schema.get("resources", {}).items():
        for name in lists_of(token):
            for part in (spec, spec.get("stateInputs", {})):
                for properties in (part.get("properties", {}), part.get("inputProperties", {})):
                    if name in properties:
                        properties[name] = {"type": "array", "items": properties[name]}
        for name, singles in SINGLES.get(token, {}).items():
            _objects_in_schema(schema["types"], spec["properties"][name], singles)
    for settings in (
        schema.get("provider", {}).get("inputProperties", {}),
        schema.get("config", {}).get("variables", {}),
    ):
        for name, bridge in table.SETTINGS.items():
            if bridge in settings:
                settings[name] = settings.pop(bridge)["items"]
    schema["resources"] = {
        FROM_BRIDGE[token]: _rename_schema(spec, names_of(token, to_bridge=False))
        for token, spec in schema.get("resources", {}).items()
        if token in FROM_BRIDGE
    }
    schema["functions"] = {
        FROM_BRIDGE.get(token, token): spec
        for token, spec in schema.get("functions", {}).items()
        if token in FROM_BRIDGE or token.startswith("pulumi:")
    }
    return json.dumps(schema)


def _rename_schema(spec: dict[str, object], names: dict[str, str]) -> dict[str, object]:
    """One resource's schema with its property names replaced, in maps (properties) and lists (required) alike."""
    renamed = dict(spec)
    for key in ("properties", "inputProperties"):
        if isinstance(part := spec.get(key), dict):
            renamed[key] = {names.get(name, name): value for name, value in part.items()}
    for key in ("required", "requiredInputs"):
        if isinstance(part := spec.get(key), list):
            renamed[key] = [names.get(name, name) for name in part]
    if isinstance(state := spec.get("stateInputs"), dict):
        renamed["stateInputs"] = _rename_schema(state, names)
    return renamed


def _objects_in_schema(types: Any, spec: Any, singles: Mapping[str, Single]) -> None:  # noqa: ANN401 - JSON
    """Makes objects of the lists of one in the type that a property is of."""
    properties = types[spec.get("items", spec)["$ref"].removeprefix("#/types/")]["properties"]
    for name, (bridge, below) in singles.items():
        properties[name] = properties.pop(bridge)["items"]
        _objects_in_schema(types, properties[name], below)
