"""A wrong setting on the real engine: one message, no traceback, nothing made."""

from __future__ import annotations

import json
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.engine.embedded import Cloud

pytestmark = pytest.mark.long
NAT = {"ssm-only:variant": "nat"}


def nat(folder: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The stack `nat` with these settings in place of its own, which stay in no other test."""
    file = folder / "Pulumi.nat.yaml"
    file.write_text(yaml.safe_dump({"config": dict(config)}))
    return ("-s", "nat", "--config-file", str(file))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        pytest.param("variant=natt", "ssm-only:variant is 'natt': use one of igw, nat, privatelink.", id="variant"),
        pytest.param("varient=nat", "ssm-only:varient is 'nat': there is no such key. Did you mean variant?", id="key"),
        pytest.param(
            "monthlyLimit=30", "ssm-only:monthlyLimit is 30: the stack costs $36.50 a month in us-east-1", id="a limit"
        ),
        pytest.param("cidr=10.0.0.0/28", "ssm-only:cidr is '10.0.0.0/28': it has room for 1 of the 3", id="block"),
        pytest.param("zones=99", "ssm-only:zones is '99': use a whole number from 1 to 6", id="more than any Region"),
        pytest.param("zones=many", "ssm-only:zones is 'many': use a whole number from 1 to 6", id="a word for zones"),
    ],
)
def test_a_wrong_config_is_one_message(cloud: Cloud, tmp_path: Path, setting: str, message: str) -> None:
    key, value = setting.split("=")
    said = cloud.pulumi("preview", *nat(tmp_path, {**NAT, f"ssm-only:{key}": value}), code=1)
    # Everything below the heading: what Pulumi repeats at the end, for a person who scrolled.
    errors = [line for line in said.split("Diagnostics:")[1].splitlines() if "error:" in line]

    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in said
    assert "+ 1 to create\n" in said, "which is the stack itself"


@pytest.mark.parametrize(
    ("instance", "message"),
    [
        pytest.param({"ami": "ami-0abcdef1234567890"}, "EC2 has no such image in this Region", id="image"),
        pytest.param({"instanceType": "t9.micro"}, "It has t4g.micro, t4g.small, c6g.medium", id="type"),
        pytest.param({"userData": f"#!/bin/sh\n# {secrets.token_hex(20_000)}"}, "more than EC2 takes", id="too long"),
    ],
)
def test_a_wrong_instance_is_one_message(
    fresh_cloud: Cloud, tmp_path: Path, instance: dict[str, str], message: str
) -> None:
    here = nat(tmp_path, {**NAT, "ssm-only:instances": [{"name": "main"}, {"name": "web", **instance}]})
    fresh_cloud.pulumi("stack", "init", "nat")
    before = fresh_cloud.account()
    said = fresh_cloud.up(*here, code=1)

    errors = [line for line in said.split("Diagnostics:")[1].splitlines() if "error:" in line]
    assert [line for line in errors if "ssm-only:instances[1]." in line and message in line]
    assert "Traceback" not in said
    assert fresh_cloud.account() == before


@pytest.mark.parametrize("kind", ["group", "user", "role"])
def test_somebody_who_does_not_exist_is_one_message(cloud: Cloud, tmp_path: Path, kind: str) -> None:
    said = cloud.pulumi("preview", *nat(tmp_path, {"ssm-only:operators": {f"{kind}s": ["absent"]}}), code=1)

    assert f"ssm-only:operators.{kind}s[0] is 'absent': this account has no such {kind}. Make it first" in said
    assert "Traceback" not in said
    assert "aws:" not in said.split("Diagnostics:")[0]


def test_more_zones_than_the_region_has(cloud: Cloud, tmp_path: Path) -> None:
    """us-west-1 has two zones for most accounts, and for moto's."""
    said = cloud.pulumi("preview", *nat(tmp_path, {**NAT, "aws:region": "us-west-1", "ssm-only:zones": 3}), code=1)

    assert "ssm-only:zones is 3: this account can use 2 in us-west-1 (us-west-1a, us-west-1b)" in said


EC2 = (
    """<?xml version="1.0"?><Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"""
)
NO_RIGHT = "You are not authorized to perform this operation."


class _Refusing(BaseHTTPRequestHandler):
    """An EC2 that answers everything with an error, whose code is the path."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = EC2.format(self.path.split("/")[1], NO_RIGHT).encode()
        self.send_response(HTTPStatus.FORBIDDEN)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """It has nothing to say."""


@pytest.fixture
def refusing_ec2() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param({"aws:region": "us-east-9"}, "Set the Region: AWS_REGION, or `pulumi config set", id="Region"),
        pytest.param(
            {"aws:profile": "nobody"}, "Look at AWS_PROFILE and `pulumi config get aws:profile`.", id="profile"
        ),
        pytest.param(
            {"aws:endpoints": [{"ec2": "http://127.0.0.1:9"}]}, "AWS cannot be reached from here.", id="no way to AWS"
        ),
        pytest.param(
            {"aws:endpoints": [{"ec2": "{ec2}/UnauthorizedOperation"}]},
            "Whoever deploys needs the right ec2:DescribeAvailabilityZones.",
            id="no right",
        ),
        pytest.param(
            {"aws:endpoints": [{"ec2": "{ec2}/RequestExpired"}]}, "The sign-in is over", id="an expired session"
        ),
        pytest.param(
            {"aws:endpoints": [{"ec2": "{ec2}/AuthFailure"}]}, "AWS does not know these credentials", id="another's key"
        ),
    ],
)
def test_an_aws_that_does_not_answer_is_one_message(
    cloud: Cloud, tmp_path: Path, refusing_ec2: str, config: dict[str, Any], message: str
) -> None:
    there = json.loads(json.dumps(config).replace("{ec2}", refusing_ec2))
    said = cloud.pulumi("preview", *nat(tmp_path, {**NAT, "aws:maxRetries": 1, **there}), code=1)

    errors = [line for line in said.split("Diagnostics:")[1].splitlines() if "error:" in line]
    (ours,) = (line for line in errors if "error: AWS does not answer getAvailabilityZones: " in line)
    assert message in ours
    assert "Traceback" not in said
    # Where its provider does not start, the engine ends the update itself, and says why in lines of its own.
    wrong = config.get("aws:region") or config.get("aws:profile")
    assert errors == [ours] if wrong is None else f", {wrong}: " in errors[0] or f": {wrong}: " in errors[0]
