"""The adapter's table against both sides: pulumi-aws's own source, and the schema that the bridge gives."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pulumi_aws
import pytest
from pulumi.runtime.proto import provider_pb2

from localaws import golang, places, provider
from localaws.adapter import bridge, listener, table, translate

SDK = Path(pulumi_aws.__file__).parent
# Every bridged resource takes these; pulumi-aws sets them by other means.
EVERYWHERE = {"tagsAll", "timeouts"}
# Inputs of provider 5.100 that pulumi-aws 7 has dropped, so no program sets them.
DROPPED = {
    "cpuCoreCount",
    "cpuThreadsPerCore",
    "elasticGpuSpecifications",
    "elasticInferenceAccelerator",
    "instanceId",  # of ssm.Association
    "logGroupName",
    "vpc",
}


@pytest.fixture(scope="module")
def schema() -> Any:
    with listener.listening() as engine:
        running = bridge.start(places.ENGINE / golang.BRIDGE.binary, provider.arguments(), [engine], Path.cwd())
        text = running.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
        running.close()
    return json.loads(translate.schema_from_bridge(text))


@cache
def sdk_files(pattern: str) -> dict[str, Path]:
    """Token -> the file of pulumi-aws that sends it."""
    paths = [path for path in SDK.glob("**/*.py") if path.name not in ("_inputs.py", "outputs.py", "__init__.py")]
    return {token: path for path in paths for token in re.findall(pattern, path.read_text())}


@cache
def sdk_classes(path: Path) -> dict[str, dict[str, str]]:
    """Class -> name on the wire -> annotation, of each input class in a file of pulumi-aws."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            getters = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.returns is not None]
            found[node.name] = dict(wire_name(getter) for getter in getters if getter.decorator_list)
    return found


def wire_name(getter: ast.FunctionDef) -> tuple[str, str]:
    """`@pulumi.getter(name="cidrBlock") def cidr_block(self) -> Input[str]` is cidrBlock: Input[str]."""
    assert getter.returns is not None
    named = re.search(r"name='([^']+)'", " ".join(map(ast.unparse, getter.decorator_list)))
    return (named.group(1) if named else getter.name, ast.unparse(getter.returns))


def differences(schema: Any, module: str, properties: dict[str, Any], sdk: dict[str, str]) -> list[str]:
    """Names that pulumi-aws does not have, and lists that are none there, at any depth."""
    found = [f"{name} is unknown to the SDK" for name in properties.keys() - sdk.keys()]
    for name in properties.keys() & sdk.keys():
        spec, annotation = properties[name], sdk[name]
        if (spec.get("type") == "array") != ("Sequence[" in annotation):
            found.append(f"{name} is a list on one side only")
        reference = spec.get("items", spec).get("$ref")
        # A policy document is an object in the SDK's types, and JSON text on the wire.
        if reference and (nested := re.search(r"(\w+Args)\b", annotation)):
            inner = schema["types"][reference.removeprefix("#/types/")].get("properties", {})
            below = sdk_classes(SDK / module / "_inputs.py")[nested.group(1)]
            found += [f"{name}.{difference}" for difference in differences(schema, module, inner, below)]
    return found


@pytest.mark.parametrize("terraform", sorted(table.RESOURCES))
def test_a_resource_is_named_alike_on_both_sides(schema: Any, terraform: str) -> None:
    token = table.pulumi_token(table.RESOURCES[terraform])
    module, cls = token.split(":")[1].split("/")[0], token.rsplit(":", 1)[1]
    path = sdk_files(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")[token]
    own_id = table.bridge_token(terraform, function=False).split("/")[1].split(":")[0] + "Id"
    # The bridge gives a resource its Terraform id as a property; where that name is taken it puts `aws` before it.
    ids = {own_id, f"aws{own_id[0].upper()}{own_id[1:]}"}
    properties = schema["resources"][token]["inputProperties"]
    # pulumi-aws calls it InitArgs where a nested type has the other name.
    classes = sdk_classes(path)
    asked = {name: spec for name, spec in properties.items() if name not in EVERYWHERE | DROPPED | ids}

    assert differences(schema, module, asked, classes.get(f"{cls}InitArgs") or classes[f"{cls}Args"]) == []


@pytest.mark.parametrize("terraform", sorted(table.FUNCTIONS))
def test_a_function_is_known_on_both_sides(schema: Any, terraform: str) -> None:
    token = table.pulumi_token(table.FUNCTIONS[terraform])

    assert token in schema["functions"]
    assert token in sdk_files(r"invoke\('(aws:[^']+)'")


def test_schema_speaks_of_the_table_only(schema: Any) -> None:
    assert {table.pulumi_token(name) for name in table.RESOURCES.values()} == set(schema["resources"])
    # The engine puts in the version that a program asked for.
    assert schema.keys().isdisjoint({"version", "parameterization"})
