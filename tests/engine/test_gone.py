"""A cloud that has gone, and one that does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tests.engine.embedded import YAML, Cloud, marked

if TYPE_CHECKING:
    from pathlib import Path

# A refresh of some resources leaves the others as they are.
PART = ["refresh", "--yes", "--target", "urn:pulumi:dev::other-team::aws:ec2/vpc:Vpc::vpc"]
SETTING = {
    "host-management": {
        "type": "aws:ssm:ServiceSetting",
        "properties": {
            "settingId": "/ssm/managed-instance/default-ec2-instance-management-role",
            "settingValue": "service-role/hosts",
        },
    }
}


def kill_cloud(cloud: Cloud) -> None:
    """What a power cut does."""
    for process in marked(cloud):
        process.kill()
        process.wait()


def test_a_stack_of_a_cloud_that_has_gone_is_refused_until_a_named_command_mends_it(fresh_cloud: Cloud) -> None:
    for mend in (["pulumi", "refresh", "--yes", *YAML], ["reset"]):
        fresh_cloud.up(*YAML)
        kill_cloud(fresh_cloud)
        for operation in (["preview"], ["up", "--yes", "--skip-preview"], ["destroy", "--yes"], PART):
            said = fresh_cloud.pulumi(*operation, *YAML, code=1)
            assert "describes 2 resources of an AWS that has ended" in said
            assert f"python3 -m localaws pulumi refresh -s dev -C {YAML[1]} --yes" in said
            assert "python3 -m localaws reset" in said
        assert fresh_cloud.status()["stacks"][0]["stale"]
        fresh_cloud.localaws(*mend)
        fresh_cloud.up(*YAML)
        assert not fresh_cloud.status()["stacks"][0]["stale"]
        assert fresh_cloud.changes(*YAML) == {}
        fresh_cloud.up(*YAML)
        fresh_cloud.destroy(*YAML)


def test_what_a_refresh_finds_again_is_there(fresh_cloud: Cloud, tmp_path: Path) -> None:
    """A setting of the account is in every AWS, so it stays in the state, as old as it is."""
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "account", "runtime": "yaml", "resources": SETTING}))
    here = ("-C", str(tmp_path), "-s", "dev")
    fresh_cloud.pulumi("stack", "init", *here)
    fresh_cloud.up(*here)
    kill_cloud(fresh_cloud)
    fresh_cloud.pulumi("refresh", "--yes", *here)

    assert fresh_cloud.status()["stacks"] == [{"project": "account", "stack": "dev", "resources": 2, "stale": False}]
    assert fresh_cloud.changes(*here) == {"update": 1}


def test_a_cloud_that_does_not_answer_is_said(fresh_cloud: Cloud) -> None:
    fresh_cloud.up(*YAML)
    (server,) = marked(fresh_cloud)
    server.suspend()
    said = fresh_cloud.pulumi("preview", *YAML, code=1)
    server.resume()

    assert f"process {server.pid}" in said
    assert "does not answer" in said
    assert "python3 -m localaws stop" in said
