"""A YAML program that asks for what localaws does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from localaws import yaml_program
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from pathlib import Path


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"resources": {"one": {"type": kind, "properties": properties}}}


@pytest.mark.parametrize(
    ("program", "lacking"),
    [
        pytest.param(resource("aws:dynamodb:Table"), "aws:dynamodb/table:Table", id="a type"),
        pytest.param(resource("aws:dynamodb/table:Table"), "aws:dynamodb/table:Table", id="a type, written out"),
        pytest.param(
            {"variables": {"a": {"fn::invoke": {"function": "aws:rds:getClusters"}}}},
            "aws:rds/getClusters:getClusters",
            id="a function",
        ),
        pytest.param(
            {"outputs": {"a": [{"fn::aws:rds:getClusters": {}}]}}, "aws:rds/getClusters:getClusters", id="a short call"
        ),
        pytest.param(resource("aws:ec2:VpcEndpoint"), None, id="a type that it runs"),
        pytest.param(resource("aws:ec2/vpcEndpoint:VpcEndpoint"), None, id="the same, written out"),
        pytest.param({"variables": {"a": {"fn::aws:getRegion": {}}}}, None, id="a function that it runs"),
        pytest.param(resource("random:RandomId"), None, id="of another provider"),
        pytest.param(
            resource("aws:ec2:Vpc", tags={"type": "aws:dynamodb:Table"}), None, id="a tag that reads like one"
        ),
        pytest.param({"resources": {"one": "no resource"}}, None, id="a program that Pulumi refuses"),
        pytest.param(None, None, id="an empty file"),
    ],
)
@pytest.mark.parametrize("name", ["Pulumi.yaml", "Main.yaml"])
def test_what_is_lacking_is_named(tmp_path: Path, name: str, program: Any, lacking: str | None) -> None:
    (tmp_path / name).write_text(yaml.safe_dump(program))
    if lacking:
        with pytest.raises(LocalawsError, match=f"^{lacking} is not one of the .* localaws runs"):
            yaml_program.check(tmp_path)
    else:
        yaml_program.check(tmp_path)


@pytest.mark.parametrize("text", ["a: [", "a: \udcff", f"a: {'1' * 5000}", f"a: {'[' * 5000}"])
def test_what_is_no_yaml_is_left_to_pulumi(tmp_path: Path, text: str) -> None:
    (tmp_path / "Main.yaml").write_bytes(text.encode(errors="surrogateescape"))
    yaml_program.check(tmp_path)
