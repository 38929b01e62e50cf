"""The whole program on each committed stack file, and what it refuses before any resource exists."""

import json
import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.config import set_all_config

from components.errors import ConfigError
from components.settings import READERS, Settings
from tests.components.graph import ENDPOINT, INSTANCE, SUBNET, US_EAST_1, Graph, deploy

ROOT = Path(__file__).parents[2]
STACKS = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))


def stack_config(stack: str) -> dict[str, str]:
    """A stack file's keys as Pulumi passes them: all values are text."""
    config: Mapping[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def run(config: Mapping[str, str]) -> Graph:
    def program() -> None:
        set_all_config(dict(config))
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return deploy(program)


def test_these_stacks_are_committed() -> None:
    assert STACKS == ["dev", "igw", "nat", "privatelink"]


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_holds_only_keys_of_the_project_and_no_default_but_the_variant(stack: str) -> None:
    for name, value in stack_config(stack).items():
        project, key = name.split(":")
        assert project == "ssm-only"
        assert key in READERS
        assert key == "variant" or Settings.parse({key: value}) != Settings()


@pytest.mark.parametrize(
    ("stack", "variant", "cost", "zones"),
    [
        ("dev", "privatelink", "$14.60", 1),
        ("igw", "igw", "$3.65", 2),
        ("nat", "nat", "$36.50", 2),
        ("privatelink", "privatelink", "$29.20", 2),
    ],
)
def test_a_stack_comes_up(stack: str, variant: str, cost: str, zones: int) -> None:
    graph = run(stack_config(stack))

    assert graph.exports == {
        "variant": variant,
        "monthly_cost": f"{cost} for the network (us-east-1, prices of 2026-09-20); "
        "instances, disks and traffic come on top",
        "instances": {
            "main": {
                "id": "main-arm64-id",
                "session": "aws ssm start-session --target main-arm64-id --region us-east-1",
                "console": "https://console.aws.amazon.com/systems-manager/session-manager/main-arm64-id"
                "?region=us-east-1",
            }
        },
    }
    assert {subnet["availabilityZone"] for subnet in graph.of(SUBNET).values()} == set(US_EAST_1.zones[:zones])
    assert list(graph.of(INSTANCE)) == ["main-arm64"]


def test_every_setting_arrives() -> None:
    graph = run(
        {
            "ssm-only:cidr": "10.9.0.0/16",
            "ssm-only:ec2messages": "true",
            "ssm-only:architecture": "x86_64",
            "ssm-only:instanceType": "t3.micro",
            "ssm-only:volumeSize": "12",
            "ssm-only:managedInstanceCore": "true",
            "ssm-only:tags": '{"team": "platform"}',
            "ssm-only:instances": '[{"name": "web"}, {"name": "db", "zone": 2}]',
        }
    )

    assert {"main-ssm", "main-ssmmessages", "main-ec2messages", "main-s3"} == set(graph.of(ENDPOINT))
    assert {subnet["cidrBlock"] for subnet in graph.of(SUBNET).values()} == {"10.9.0.0/20", "10.9.16.0/20"}
    assert {
        name: (instance["instanceType"], instance["subnetId"], instance["rootBlockDevice"]["volumeSize"])
        for name, instance in graph.of(INSTANCE).items()
    } == {
        "web-x86_64": ("t3.micro", "main-private-us-east-1a-id", 12),
        "db-x86_64": ("t3.micro", "main-private-us-east-1b-id", 12),
    }
    assert {name for type_, name in graph.names() if "Attachment" in type_} == {"web-core", "db-core"}
    assert all(resource.inputs["tags"]["team"] == "platform" for resource in graph if "tags" in resource.inputs)
    assert list(graph.exports["instances"]) == ["web", "db"]


@pytest.mark.parametrize("instance_type", ["im4gn.large", "a1.medium"])
def test_arm64_types_without_the_usual_letter_are_taken(instance_type: str) -> None:
    graph = run({"ssm-only:instanceType": instance_type})

    assert graph.of(INSTANCE)["main-arm64"]["instanceType"] == instance_type


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param(
            {"variant": "natt"},
            "ssm-only:variant is 'natt': use one of igw, nat, privatelink.",
            id="an unknown variant",
        ),
        pytest.param(
            {"cidr": "10.0.0.0/28"},
            "ssm-only:cidr is '10.0.0.0/28': it has room for 1 of the 2 subnets that are needed "
            "(AWS's smallest is /28). Use a /27 or larger, or fewer zones.",
            id="a block that is too small for the zones",
        ),
        pytest.param(
            {"zones": "4"},
            "ssm-only:zones is 4: this account can use 3 in us-east-1 (us-east-1a, us-east-1b, us-east-1c). "
            "Use a number from 1 to 3.",
            id="more zones than the Region has",
        ),
        pytest.param(
            {"instanceType": "t3.micro"},
            "ssm-only:instanceType is 't3.micro': EC2 runs it on x86_64, and ssm-only:architecture is arm64. "
            "Change one of the two (t4g.micro is arm64, t3.micro is x86_64).",
            id="a type of another architecture",
        ),
        pytest.param(
            {"instanceType": "g4dn.xlarge"},
            "ssm-only:instanceType is 'g4dn.xlarge': EC2 runs it on x86_64, and ssm-only:architecture is arm64. "
            "Change one of the two (t4g.micro is arm64, t3.micro is x86_64).",
            id="a type with the letter of arm64 that is x86_64",
        ),
        pytest.param(
            {"instanceType": "t9.micro"},
            "ssm-only:instanceType is 't9.micro': EC2 does not have this type in this Region. "
            "`aws ec2 describe-instance-types --query InstanceTypes[].InstanceType` lists those that it has.",
            id="a type that does not exist",
        ),
        pytest.param(
            {"varient": "nat"},
            f"ssm-only:varient is 'nat': there is no such key. Did you mean variant? Keys are {', '.join(READERS)}.",
            id="a misspelt key",
        ),
    ],
)
def test_a_wrong_config_is_one_message_and_no_resource(
    monkeypatch: pytest.MonkeyPatch, config: Mapping[str, str], message: str
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)

    def program() -> None:
        set_all_config({f"ssm-only:{key}": value for key, value in config.items()})
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        # The language host adds an error of its own to any other code.
        assert end.value.code == 32

    assert deploy(program).resources == {}
    assert logged == [message]


def test_pulumi_prints_a_components_error_without_a_traceback() -> None:
    assert issubclass(ConfigError, pulumi.RunError)


def test_no_source_names_a_partition() -> None:
    sources = [*(ROOT / "components").rglob("*.*"), ROOT / "__main__.py"]
    texts = {path.name: path.read_text() for path in sources if path.suffix in {".py", ".sh"}}

    assert [name for name, text in texts.items() if re.search(r"arn:aws\b", text)] == []
