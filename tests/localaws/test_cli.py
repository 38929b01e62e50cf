"""The commands of localaws that need no engine."""

from __future__ import annotations

import pytest

from localaws import cli, engine, golang, venv


@pytest.mark.parametrize("name", ["pulumi", "aws", "python", "sh"])
def test_what_follows_is_passed_on(name: str) -> None:
    command = cli.parse([name, "--help", "-m", "doctor"])

    assert (command.name, command.words, command.sets_up) == (name, ["--help", "-m", "doctor"], True)


@pytest.mark.parametrize(
    ("words", "dev", "built"),
    [
        pytest.param(["setup"], False, ["yaml", "nodejs", "java"], id="everything"),
        pytest.param(
            ["setup", "--dev"],
            True,
            ["yaml", "nodejs", "java", "actionlint", "write-sdk", "pulumi-language-dotnet"],
            id="and the tools",
        ),
        pytest.param(["setup", "--packages"], False, [], id="only packages"),
    ],
)
def test_setup_builds_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, words: list[str], *, dev: bool, built: list[str]
) -> None:
    done: list[str] = []
    monkeypatch.setattr(venv, "is_ready", lambda: True)
    monkeypatch.setattr(engine, "ensure", lambda *runtimes: done.extend(runtimes))
    monkeypatch.setattr(golang, "ensure", lambda *parts: done.extend(part.binary for part in parts))
    command = cli.parse(words)

    assert (command.sets_up, command.dev, cli.run(command)) == (True, dev, 0)
    assert done == built
