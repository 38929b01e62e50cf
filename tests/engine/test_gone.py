"""A cloud that has gone, and one that does not answer."""

from __future__ import annotations

from tests.engine.embedded import YAML, Cloud, marked


def kill_cloud(cloud: Cloud) -> None:
    """What a power cut does."""
    for process in marked(cloud):
        process.kill()
        process.wait()


def test_a_stack_of_a_cloud_that_has_gone_is_refused_until_a_named_command_mends_it(fresh_cloud: Cloud) -> None:
    for mend in (["pulumi", "refresh", "--yes", *YAML], ["reset"]):
        fresh_cloud.up(*YAML)
        kill_cloud(fresh_cloud)
        for operation in (["preview"], ["up", "--yes", "--skip-preview"], ["destroy", "--yes"]):
            said = fresh_cloud.pulumi(*operation, *YAML, code=1)
            assert "describes 2 resources of an AWS that has ended" in said
            assert "python3 -m localaws pulumi refresh -s dev --yes" in said
            assert "python3 -m localaws reset" in said
        assert fresh_cloud.status()["stacks"][0]["stale"]
        fresh_cloud.localaws(*mend)
    fresh_cloud.up(*YAML)


def test_a_cloud_that_does_not_answer_is_said(fresh_cloud: Cloud) -> None:
    fresh_cloud.up(*YAML)
    (server,) = marked(fresh_cloud)
    server.suspend()
    said = fresh_cloud.pulumi("preview", *YAML, code=1)
    server.resume()

    assert f"process {server.pid}" in said
    assert "does not answer" in said
    assert "python3 -m localaws stop" in said
