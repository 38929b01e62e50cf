"""What of a person's own environment reaches `pulumi` and `aws`."""

from __future__ import annotations

import pytest

from localaws import cloud, environment, provider


def test_of_pulumis_own_variables_only_the_one_for_its_event_log_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "arguments", list)
    server = cloud.Cloud(endpoint="http://127.0.0.1:1", pid=1, started=0)
    own = {"PULUMI_DEBUG_COMMANDS": "true", "PULUMI_ACCESS_TOKEN": "pul-1", "PULUMI_DEBUG_COMMANDS_TOO": "x"}

    made = environment.embedded(server, own)

    assert made["PULUMI_DEBUG_COMMANDS"] == "true"
    assert "pul-1" not in made.values()
    assert "PULUMI_DEBUG_COMMANDS_TOO" not in made


@pytest.mark.parametrize(
    ("own", "percent"),
    [
        pytest.param({}, environment.GARBAGE_PERCENT, id="without a wish"),
        pytest.param({"GOGC": "50"}, "50", id="with a person's own, for a machine with little memory"),
    ],
)
def test_go_collects_garbage_less_often_than_by_itself(
    monkeypatch: pytest.MonkeyPatch, own: dict[str, str], percent: str
) -> None:
    monkeypatch.setattr(provider, "arguments", list)
    server = cloud.Cloud(endpoint="http://127.0.0.1:1", pid=1, started=0)

    assert environment.embedded(server, own)["GOGC"] == percent
