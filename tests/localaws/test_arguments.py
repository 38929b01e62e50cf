"""What localaws reads from Pulumi's arguments."""

import pytest

from localaws import arguments


@pytest.mark.parametrize(
    ("words", "stack"),
    [
        pytest.param("up -s dev", "dev", id="short"),
        pytest.param("up -sdev", "dev", id="short, joined"),
        pytest.param("up -s=dev", "dev", id="short with an equals sign"),
        pytest.param("up --stack dev", "dev", id="long"),
        pytest.param("up --stack=dev", "dev", id="long with an equals sign"),
        pytest.param("up -ys dev", "dev", id="behind another switch"),
        pytest.param("-s dev up", "dev", id="before the command"),
        pytest.param("up -s organization/ssm-only/dev", "dev", id="fully qualified"),
        pytest.param("up -s igw -s dev", "dev", id="the last one counts"),
        pytest.param("up --yes", None, id="none"),
        pytest.param("up --show-sames", None, id="another option with these letters"),
        pytest.param("up --stackdev", None, id="an option that does not exist"),
        pytest.param("up -- -s dev", None, id="after the double dash"),
        pytest.param("up -s", None, id="no value"),
    ],
)
def test_stack(words: str, stack: str | None) -> None:
    assert arguments.read(words.split()).stack == stack


@pytest.mark.parametrize(
    ("words", "command"),
    [
        pytest.param("up", ("up",), id="one word"),
        pytest.param("stack init dev", ("stack", "init", "dev"), id="with a subcommand and its operand"),
        pytest.param("-C folder up", ("up",), id="the folder is no command"),
        pytest.param("--color never --cwd=x stack ls", ("stack", "ls"), id="behind global options"),
        pytest.param("--version", (), id="none"),
    ],
)
def test_command(words: str, command: tuple[str, ...]) -> None:
    assert arguments.read(words.split()).command == command


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        pytest.param("up -C examples", "examples", id="short"),
        pytest.param("--cwd=examples up", "examples", id="long"),
        pytest.param("up", ".", id="this folder"),
    ],
)
def test_folder(words: str, folder: str) -> None:
    assert arguments.read(words.split()).folder == folder


@pytest.mark.parametrize(
    ("words", "given"),
    [
        pytest.param("up --config-file mine.yaml", True, id="given"),
        pytest.param("up --config-file=mine.yaml", True, id="given with an equals sign"),
        pytest.param("up --config-passphrase x", False, id="not given"),
    ],
)
def test_own_config_file(words: str, *, given: bool) -> None:
    assert arguments.read(words.split()).config_file == given
