"""A wrong setting on the real engine: one message, no traceback, nothing made."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.embedded import Cloud


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        pytest.param("variant=natt", "ssm-only:variant is 'natt': use one of igw, nat, privatelink.", id="variant"),
        pytest.param("varient=nat", "ssm-only:varient is 'nat': there is no such key. Did you mean variant?", id="key"),
        pytest.param("cidr=10.0.0.0/28", "ssm-only:cidr is '10.0.0.0/28': it has room for 1 of the 3", id="block"),
        pytest.param("zones=99", "ssm-only:zones is", id="more zones than any Region has"),
    ],
)
def test_a_wrong_config_is_one_message(fresh_cloud: Cloud, setting: str, message: str) -> None:
    said = fresh_cloud.pulumi("preview", "-s", "nat", "-c", f"ssm-only:{setting}", code=255)
    # Everything below the heading: what Pulumi repeats at the end, for a person who scrolled.
    errors = [line for line in said.split("Diagnostics:")[1].splitlines() if "error:" in line]

    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in said
    assert "aws:" not in said.split("Diagnostics:")[0]


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        pytest.param({"platform": "debian-13"}, "this Region does not publish it", id="unpublished"),
        pytest.param({"ami": "ami-0abcdef1234567890"}, "EC2 has no such image in this Region", id="image"),
        pytest.param({"userData": f"#!/bin/sh\n# {secrets.token_hex(20_000)}"}, "more than EC2 takes", id="too long"),
    ],
)
def test_a_wrong_instance_is_one_message(
    fresh_cloud: Cloud, tmp_path: Path, instance: dict[str, str], message: str
) -> None:
    file = tmp_path / "Pulumi.nat.yaml"
    config = {"ssm-only:variant": "nat", "ssm-only:instances": [{"name": "main"}, {"name": "web", **instance}]}
    file.write_text(yaml.safe_dump({"config": config}))
    fresh_cloud.pulumi("stack", "init", "nat")
    before = fresh_cloud.account()
    said = fresh_cloud.up("-s", "nat", "--config-file", str(file), code=255)

    errors = [line for line in said.split("Diagnostics:")[1].splitlines() if "error:" in line]
    assert [line for line in errors if "ssm-only:instances[1]." in line and message in line]
    assert "Traceback" not in said
    assert fresh_cloud.account() == before


@pytest.mark.parametrize("kind", ["group", "user", "role"])
def test_somebody_who_does_not_exist_is_one_message(fresh_cloud: Cloud, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "Pulumi.nat.yaml"
    file.write_text(yaml.safe_dump({"config": {"ssm-only:operators": {f"{kind}s": ["absent"]}}}))
    said = fresh_cloud.pulumi("preview", "-s", "nat", "--config-file", str(file), code=255)

    assert f"ssm-only:operators.{kind}s[0] is 'absent': this account has no such {kind}. Make it first" in said
    assert "Traceback" not in said
    assert "aws:" not in said.split("Diagnostics:")[0]


def test_more_zones_than_the_region_has(fresh_cloud: Cloud) -> None:
    """us-west-1 has two zones for most accounts, and for moto's."""
    said = fresh_cloud.pulumi("preview", "-s", "nat", "-c", "aws:region=us-west-1", "-c", "ssm-only:zones=3", code=255)

    assert "ssm-only:zones is 3: this account can use 2 in us-west-1 (us-west-1a, us-west-1b)" in said
