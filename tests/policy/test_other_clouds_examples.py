"""The programs of examples/other-clouds, played to the served pack in the engine's own requests.

Their providers can't be had here; a reference to another resource is what a preview can't know.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.policy.judging import UNKNOWN, Made, ask_server, ask_stack_server

if TYPE_CHECKING:
    from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

PROGRAMS = sorted((Path(__file__).parents[2] / "examples" / "other-clouds").glob("*/Pulumi.yaml"))
STOPPED = {
    "google": [("open", "open.sourceRanges[0]: 0.0.0.0/0, every IPv4 address, may reach tcp/22.")],
    "azure": [
        ("open", "securityRules[0].sourceAddressPrefix: 0.0.0.0/0, every IPv4 address, may reach tcp/22."),
        ("open", "securityRules[0].sourceAddressPrefix: ::/0, every public IPv6 address, may reach tcp/22."),
    ],
    "kubernetes": [("open", "spec.loadBalancerSourceRanges: 0.0.0.0/0, every IPv4 address, may reach tcp/22.")],
}


def resolved(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: resolved(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(item) for item in value]
    return UNKNOWN if isinstance(value, str) and value.startswith("${") else value


def test_these_clouds_have_one() -> None:
    assert {program.parent.name for program in PROGRAMS} == set(STOPPED)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.parent.name)
def test_the_open_door_is_stopped_and_the_one_beside_it_is_not(program: Path, analyzer: AnalyzerStub) -> None:
    resources = yaml.safe_load(program.read_text())["resources"]
    stack = [Made(one["type"], name, resolved(one.get("properties", {}))) for name, one in resources.items()]

    said = [
        (made.name, text)
        for made in stack
        for text in ask_server(analyzer, "no-world-ssh", made.token, made.props).violations
    ]
    said += ask_stack_server(analyzer, "no-world-ssh-across-resources", stack)

    expected = STOPPED[program.parent.name]
    assert [name for name, _ in expected] == [name for name, _ in said]
    assert all(text.startswith(begin) for (_, begin), (_, text) in zip(expected, said, strict=True))
