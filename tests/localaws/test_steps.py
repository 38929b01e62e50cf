"""What a person sees of a step that takes its time."""

from __future__ import annotations

import io
import time

import pytest

from localaws import steps


class Screen(io.StringIO):
    """Standard error, a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_the_seconds_run_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> None:
    screen = Screen(terminal=terminal)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(steps, "TICK_SECONDS", 0.01)
    with steps.step("the engine"):
        while terminal and " s\r" not in screen.getvalue():
            time.sleep(0.01)
    said = screen.getvalue()

    assert ("\r" in said) is terminal
    assert said.startswith("localaws: the engine …\n")
    assert said.endswith("localaws: the engine: done in 0 s\n")


def test_the_seconds_end_with_a_step_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    monkeypatch.setattr("sys.stderr", screen)
    with pytest.raises(OSError, match="no way"), steps.step("the engine"):
        raise OSError("no way")

    assert screen.getvalue().endswith(" \r")
    assert "done" not in screen.getvalue()
