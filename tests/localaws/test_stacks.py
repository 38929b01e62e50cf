"""The generated config file of a stack: it follows the committed one, and keeps what a person set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from localaws import places, stacks
from localaws.errors import LocalawsError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3))


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> stacks.Stack:
    monkeypatch.setattr(places, "STACKS", tmp_path / "stacks")
    monkeypatch.setattr(places, "STATE", tmp_path / "state")
    committed = tmp_path / "project"
    committed.mkdir()
    stack = stacks.Stack(
        project=stacks.Project(name="p", runtime="yaml", folder=committed, config_folder=committed), name="dev"
    )
    stack.make_folder()
    return stack


def commit(stack: stacks.Stack, **facts: Any) -> None:
    stack.committed.write_text(yaml.safe_dump(facts))


def generated(stack: stacks.Stack) -> Any:
    return yaml.safe_load(stack.config.read_text())


@given(committed=CONFIG, base=CONFIG, generated=CONFIG)
def test_a_persons_change_wins_and_the_rest_follows_the_project(
    committed: dict[str, int], base: dict[str, int], generated: dict[str, int]
) -> None:
    merged = stacks.merge(committed, base, generated)

    for key in "abcde":
        touched = generated.get(key) != base.get(key)
        assert merged.get(key) == (generated if touched else committed).get(key)


def test_what_was_set_on_this_machine_survives_a_change_of_the_project(stack: stacks.Stack) -> None:
    commit(stack, config={"p:zones": 1, "p:size": "s"})
    stack.write_config()
    stack.config.write_text(yaml.safe_dump({"encryptionsalt": "v1:x", "config": {"p:zones": 2, "p:size": "s"}}))
    commit(stack, config={"p:zones": 1, "p:size": "m"})
    stack.write_config()

    assert generated(stack) == {"config": {"p:zones": 2, "p:size": "m"}, "encryptionsalt": "v1:x"}


@pytest.mark.parametrize(
    ("committed", "written"), [(1, "1"), (True, "true"), ("a", "a"), ([1], [1])], ids=["int", "bool", "text", "list"]
)
def test_what_pulumi_writes_back_is_no_change(
    stack: stacks.Stack, capsys: pytest.CaptureFixture[str], committed: Any, written: Any
) -> None:
    commit(stack, config={"p:key": committed})
    stack.write_config()
    stack.config.write_text(yaml.safe_dump({"config": {"p:key": written}}))
    stack.write_config()

    assert capsys.readouterr().err == ""
    assert generated(stack) == {"config": {"p:key": committed}}


def test_a_removed_generated_file_is_made_anew(stack: stacks.Stack) -> None:
    commit(stack, config={"p:zones": 1})
    stack.write_config()
    stack.config.unlink()
    stack.write_config()

    assert generated(stack) == {"config": {"p:zones": 1}}


def test_a_persons_own_secrets_provider_is_not_used(stack: stacks.Stack) -> None:
    commit(
        stack, config={"p:zones": 1}, secretsprovider="awskms://alias/own", encryptedkey="k", encryptionsalt="v1:own"
    )
    stack.write_config()

    assert generated(stack) == {"config": {"p:zones": 1}}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"secure": "v1:x"}, id="at the top"),
        pytest.param([{"inner": {"secure": "v1:x"}}], id="inside"),
    ],
)
def test_an_encrypted_value_needs_one_of_this_machine(stack: stacks.Stack, value: Any) -> None:
    commit(stack, config={"p:key": value})
    with pytest.raises(LocalawsError, match=r"Pulumi.dev.yaml: p:key is encrypted.*config set --secret -s dev p:key"):
        stack.write_config()
    stack.config.write_text(yaml.safe_dump({"config": {"p:key": "mine"}}))
    stack.write_config()

    assert generated(stack)["config"] == {"p:key": "mine"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: [", "is not valid YAML", id="not YAML"),
        pytest.param(f"a: {'1' * 5000}", "is not valid YAML", id="a number that is no number"),
        pytest.param(f"a: {'[' * 5000}", "is not valid YAML", id="lists without an end"),
        pytest.param("- a", "or its config is not a map", id="not a map"),
        pytest.param("config: [1]", "or its config is not a map", id="a config that is no map"),
    ],
)
def test_a_broken_config_file_is_one_clear_error(stack: stacks.Stack, text: str, message: str) -> None:
    stack.committed.write_text(text)
    with pytest.raises(LocalawsError, match=message):
        stack.write_config()


@pytest.mark.parametrize("broken", ["config", "_base"])
def test_a_broken_file_of_ours_is_to_be_removed(stack: stacks.Stack, broken: str) -> None:
    commit(stack, config={"p:zones": 1})
    stack.write_config()
    path = getattr(stack, broken)
    path.write_text("config: [")
    with pytest.raises(LocalawsError, match=rf"{path.name} is not valid YAML(.|\n)*Remove it: it is made anew"):
        stack.write_config()
    path.unlink()
    stack.write_config()

    assert generated(stack) == {"config": {"p:zones": 1}}


def test_a_config_file_that_is_no_text_is_one_clear_error(stack: stacks.Stack) -> None:
    stack.committed.write_bytes(b"a: \xff\xfe")
    with pytest.raises(LocalawsError, match="is not valid YAML"):
        stack.write_config()


def test_the_nearest_project_upwards_counts(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: outer\nruntime:\n  name: python\nstackConfigDir: stacks\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    project = stacks.find_project(below)

    assert project == stacks.Project(name="outer", runtime="python", folder=tmp_path, config_folder=tmp_path / "stacks")
    assert stacks.find_project(tmp_path.parent) is None


def test_a_project_without_a_name_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("runtime: python\n")
    with pytest.raises(LocalawsError, match="has no name or no runtime"):
        stacks.find_project(tmp_path)
