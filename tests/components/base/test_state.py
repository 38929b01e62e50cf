"""The stack's state while an update goes on, which writes it."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from components.base import state

HALF = "reading state: unexpected EOF"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What the engine fails with, one after the other; None is an answer."""
    left: list[str | None] = []

    def invoke(_token: str, _args: object) -> Any:
        if failure := left.pop(0):
            raise RuntimeError(failure)
        return SimpleNamespace(value={"outputs": {"urn": {}}})

    monkeypatch.setattr("pulumi.runtime.invoke", invoke)
    monkeypatch.setattr(state, "_PAUSE", 0)
    return left


@pytest.mark.parametrize(
    "failures",
    [
        pytest.param([], id="whole at once"),
        pytest.param([HALF, HALF], id="half of it twice"),
        pytest.param(["unexpected end of JSON input"], id="half of it in other words"),
    ],
)
def test_a_state_that_is_half_written_is_asked_for_again(answers: list[str | None], failures: Sequence[str]) -> None:
    answers += [*failures, None]

    assert state.state_of_stack() == {"urn": {}}
    assert answers == []


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        pytest.param("access denied", 1, id="what another try would not mend"),
        pytest.param(HALF, 21, id="half for ever"),
    ],
)
def test_what_stays_wrong_is_told(answers: list[str | None], failure: str, tries: int) -> None:
    answers += [failure] * 30

    with pytest.raises(Exception, match=failure):
        state.state_of_stack()
    assert 30 - len(answers) == tries
