"""localaws as a person meets it: what it says, and what it passes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.engine.embedded import PROGRAMS, YAML, Cloud, marked

if TYPE_CHECKING:
    from pathlib import Path


def test_status_says_what_runs(fresh_cloud: Cloud) -> None:
    before = fresh_cloud.status()
    fresh_cloud.up(*YAML)
    after = fresh_cloud.status()
    read = fresh_cloud.localaws("status").stdout

    assert (before["endpoint"], before["processes"], before["stacks"]) == (None, [], [])
    assert after["endpoint"].startswith("http://127.0.0.1:")
    assert [process["pid"] for process in after["processes"]] == [process.pid for process in marked(fresh_cloud)]
    assert after["stacks"] == [{"project": "other-team", "stack": "dev", "resources": 2, "stale": False}]
    assert after["versions"]["pulumi"] == "v3.220.0"
    assert after["versions"].keys() >= {"moto", "pulumi-aws", "pulumi-terraform-bridge", "terraform-provider-aws"}
    assert "other-team/dev: 2 resources" in read


def test_an_unsupported_type_is_named(cloud: Cloud) -> None:
    said = cloud.pulumi("preview", "-C", str(PROGRAMS / "unsupported"), "-s", "dev", code=None)

    assert "aws:codecommit/repository:Repository is not one of the" in said
    assert "localaws/adapter/table.py" in said


def test_a_wrong_provider_path_is_one_clear_error(cloud: Cloud, tmp_path: Path) -> None:
    said = cloud.localaws(
        "pulumi", "preview", *YAML, code=1, env={"LOCALAWS_TERRAFORM_PROVIDER_AWS": str(tmp_path / "missing")}
    )

    assert "LOCALAWS_TERRAFORM_PROVIDER_AWS is" in said.stderr
    assert "Traceback" not in said.stderr


def test_aws_takes_its_own_options(cloud: Cloud) -> None:
    done = cloud.localaws("aws", "--output", "json", "sts", "get-caller-identity")

    assert json.loads(done.stdout)["Account"] == "123456789012"
    assert cloud.localaws("aws", "no-such-service", code=None).returncode != 0


def test_pulumi_keeps_its_exit_code_and_help(cloud: Cloud) -> None:
    assert cloud.localaws("pulumi", "version").stdout.strip() == "v3.220.0"
    assert "pulumi preview" in cloud.localaws("pulumi", "preview", "--help").stdout
    assert cloud.localaws("pulumi", "no-such-command", code=None).returncode != 0
