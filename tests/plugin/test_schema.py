"""The schema, by which every language knows the components."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from plugin.provider import version_of
from tests.plugin.schema import COMMITTED, ROOT, Schema, at, breaking, broken, may_break, newest_tag, now, version

NETWORK, INSTANCE, SPOT, VARIANT = (
    f"ssm-only:index:{name}" for name in ("SsmNetwork", "SsmInstance", "Spot", "Variant")
)


def test_the_committed_schema_is_that_of_the_components() -> None:
    assert (ROOT / COMMITTED).read_text() == now(), "write it anew: make schema"


def described(schema: Schema) -> Mapping[str, str]:
    """What is said of each property, by where it stands."""
    groups = {
        **{token: one["inputProperties"] for token, one in schema["resources"].items()},
        **{f"{token} output": one["properties"] for token, one in schema["resources"].items()},
        **{token: one.get("properties", {}) for token, one in schema["types"].items()},
    }
    return {
        f"{where}.{name}": one.get("description", "") for where, group in groups.items() for name, one in group.items()
    }


def test_every_component_type_and_property_is_described() -> None:
    schema = json.loads(now())
    named = {**schema["resources"], **schema["types"]}

    assert [token for token, one in named.items() if not one.get("description")] == []
    assert [name for name, words in described(schema).items() if not words] == []


def test_outputs_that_are_handed_on_have_the_names_and_types_of_inputs() -> None:
    """As `${network.vpcId}` is the `vpcId` of an instance."""
    resources = json.loads(now())["resources"]

    def type_of(one: Mapping[str, Any]) -> str:
        # A choice is handed on as its text.
        return str(one.get("type", "string"))

    taken = {
        name: type_of(one)
        for kind in ("SsmInstance", "SsmFleet", "OperatorAccess", "SsmCommand", "DefaultHostManagement")
        for name, one in resources[f"ssm-only:index:{kind}"]["inputProperties"].items()
        if re.match(r"Of (the network|[A-Z]\w+):", one.get("description", ""))
    }
    given = {
        name: type_of(one)
        for kind in ("SsmNetwork", "ExistingNetwork", "SessionPreferences", "SsmFleet")
        for name, one in resources[f"ssm-only:index:{kind}"]["properties"].items()
    }
    assert {name: given.get(name) for name in taken} == taken


def test_no_list_or_map_holds_choices() -> None:
    """Pulumi's SDK makes an empty map of each: they are text, and the component refuses what is no choice."""
    schema = json.loads(now())
    choices = {f"#/types/{token}" for token, one in schema["types"].items() if "enum" in one}
    groups = [one.get("inputProperties", one.get("properties", {})) for one in every(schema)]
    held = [one.get("items", one.get("additionalProperties", {})) for group in groups for one in group.values()]

    assert choices
    assert [one for one in held if one.get("$ref") in choices] == []


def test_no_output_is_a_map_of_named_parts() -> None:
    """Pulumi's SDK makes an empty one of it, where another component takes it."""
    outputs = [one for resource in json.loads(now())["resources"].values() for one in resource["properties"].items()]

    assert [name for name, one in outputs if "$ref" in json.dumps(one)] == []


def every(schema: Schema) -> list[Any]:
    return [*schema["resources"].values(), *schema["types"].values()]


def pins(path: str) -> set[str]:
    lines = (line.partition("#")[0].strip().rstrip("\\").strip() for line in (ROOT / path).read_text().splitlines())
    return {line for line in lines if "==" in line}


def test_what_the_engine_installs_beside_a_clone_is_what_the_program_has() -> None:
    assert pins("plugin/requirements.txt") <= pins("requirements.lock")


def brought(names: Iterable[str]) -> set[str]:
    """The distributions that come with these, and they themselves."""
    found, left = set[str](), {*names}
    while left:
        found.add(name := left.pop())
        needs = [Requirement(one) for one in metadata.requires(name) or ()]
        left |= {one.name for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})} - found
    return {canonicalize_name(name) for name in found}


REFUSING = """
import json, sys
class Refuse:
    refused = json.loads(sys.argv[1])
    def find_spec(self, name, *_):
        if name in self.refused:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
import plugin.provider
"""


def test_the_plugin_needs_what_the_engine_installs_and_nothing_else() -> None:
    """Here more is installed, so what lacks in a person's clone would be there."""
    installed = brought(pin.partition("==")[0] for pin in pins("plugin/requirements.txt"))
    of = metadata.packages_distributions()
    others = [module for module, names in of.items() if not {canonicalize_name(name) for name in names} & installed]
    command = [sys.executable, "-c", REFUSING, json.dumps(others)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    assert {"boto3", "pulumi_policy"} <= {*others}
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("folder", "version"),
    [
        pytest.param("resource-github.com_acme_ssm-only.git_plugin-v1.2.3", "1.2.3", id="a tag"),
        pytest.param("resource-github.com_acme_ssm-v2.git_plugin-v0.0.0-x62b35ce", "0.0.0-x62b35ce", id="a commit"),
        pytest.param("ssm-only", "0.0.0", id="a clone of one's own"),
        pytest.param("ssm-only-v1.2.3", "0.0.0", id="a clone of one's own with a number in its name"),
    ],
)
def test_the_version_is_that_which_pulumi_has_cloned(folder: str, version: str) -> None:
    assert version_of(folder) == version


def change(path: str, value: Any = None) -> Callable[[dict[str, Any]], None]:
    """Take what is at a path away, or put a value there."""

    def apply(schema: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        for parent in parents:
            schema = schema[parent]
        if value is None:
            del schema[last]
        else:
            schema[last] = value

    return apply


@pytest.mark.parametrize(
    ("apply", "found"),
    [
        pytest.param(change(f"resources/{NETWORK}"), [f"{NETWORK} is gone"], id="a component goes"),
        pytest.param(change("resources/new", {}), [], id="a component comes"),
        pytest.param(
            change(f"resources/{NETWORK}/inputProperties/cidr"), [f"{NETWORK} input cidr is gone"], id="an input goes"
        ),
        pytest.param(change(f"resources/{NETWORK}/inputProperties/new", {"type": "string"}), [], id="an input comes"),
        pytest.param(
            change(f"resources/{INSTANCE}/requiredInputs", ["subnetIds", "vpcId", "zone"]),
            [f"{INSTANCE} input zone is required"],
            id="an input is required",
        ),
        pytest.param(change(f"resources/{INSTANCE}/requiredInputs", ["vpcId"]), [], id="an input is no more required"),
        pytest.param(
            change(f"resources/{INSTANCE}/inputProperties/zone", {"type": "string"}),
            [f"{INSTANCE} input zone has another type"],
            id="an input has another type",
        ),
        pytest.param(
            change(f"resources/{INSTANCE}/inputProperties/zone/description", "other words"), [], id="other words"
        ),
        pytest.param(
            change(f"resources/{NETWORK}/properties/vpcId"), [f"{NETWORK} output vpcId is gone"], id="an output goes"
        ),
        pytest.param(
            change(f"resources/{NETWORK}/required", ["cidr", "dualStack", "services", "subnetIds", "variant", "zones"]),
            [f"{NETWORK} output vpcId may be missing"],
            id="an output may be missing",
        ),
        pytest.param(change(f"types/{SPOT}"), [f"{SPOT} is gone"], id="a type goes"),
        pytest.param(
            change(f"types/{SPOT}/required", ["maxPrice"]),
            [f"{SPOT} input maxPrice is required"],
            id="a key of a map is required",
        ),
        pytest.param(
            change(f"types/{VARIANT}/enum", [{"value": "igw"}, {"value": "nat"}]),
            [f"{VARIANT} value privatelink is gone"],
            id="a choice goes",
        ),
    ],
)
def test_a_change_breaks_programs_or_not(apply: Callable[[dict[str, Any]], None], found: list[str]) -> None:
    old = json.loads(now())
    new = deepcopy(old)
    apply(new)

    assert breaking(old, new) == found


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        pytest.param("v1.2.3", "1.3.0", False, id="a minor version"),
        pytest.param("v1.2.3", "2.0.0", True, id="a major version"),
        pytest.param("v0.1.0", "0.1.1", False, id="a patch before the first"),
        pytest.param("v0.1.0", "0.2.0", True, id="a minor version before the first"),
        pytest.param("v0.9.0", "0.10.0", True, id="numbers, not text"),
    ],
)
def test_a_version_may_break_or_not(old: str, new: str, *, allowed: bool) -> None:
    assert may_break(old, new) is allowed


def test_the_newest_version_is_found_by_its_tag_and_what_it_had_is_kept(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=tmp_path, check=True)

    had = json.loads(now())
    lacks = {**had, "resources": {token: one for token, one in had["resources"].items() if token != NETWORK}}
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message=before")
    assert newest_tag(tmp_path) is None
    assert broken(tmp_path, "0.9.0", lacks) == []

    git("tag", "v0.9.0")
    assert at(tmp_path, "v0.9.0") is None
    assert broken(tmp_path, "0.9.1", lacks) == []

    (tmp_path / "plugin").mkdir()
    (tmp_path / COMMITTED).write_text(now())
    git("add", ".")
    git("commit", "--quiet", "--message=after")
    git("tag", "v0.10.0")
    git("tag", "very-new")
    assert newest_tag(tmp_path) == "v0.10.0"
    assert broken(tmp_path, "0.10.1", had) == []
    assert broken(tmp_path, "0.10.1", lacks) == [f"{NETWORK} is gone"]
    assert broken(tmp_path, "0.11.0", lacks) == []


def test_nothing_breaks_that_works_with_the_newest_version() -> None:
    """A checkout without tags knows of none; the workflow that tests a change has them."""
    assert broken(ROOT, version(), json.loads(now())) == []
