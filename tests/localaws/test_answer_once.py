"""One call of an SDK is done once, in however many attempts it comes."""

from __future__ import annotations

from typing import Any

import pytest

from localaws.answer_once import AnswerOnce


class Service:
    """Counts what it did; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.done, self.failures = 0, failures

    def __call__(self, _environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.done += 1
        status = "503 Busy" if self.done <= self.failures else "200 OK"
        start_response(status, [("X-Number", str(self.done))])
        return [b"answer ", str(self.done).encode()]


def ask(app: AnswerOnce, **headers: str) -> tuple[str, list[tuple[str, str]], bytes]:
    started: list[Any] = []
    body = b"".join(app(dict(headers), lambda *parts: started.extend(parts)))
    return started[0], started[1], body


@pytest.mark.parametrize(
    ("first", "second", "done"),
    [
        pytest.param({"HTTP_AMZ_SDK_INVOCATION_ID": "a"}, {"HTTP_AMZ_SDK_INVOCATION_ID": "a"}, 1, id="two attempts"),
        pytest.param({"HTTP_AMZ_SDK_INVOCATION_ID": "a"}, {"HTTP_AMZ_SDK_INVOCATION_ID": "b"}, 2, id="two calls"),
        pytest.param({}, {}, 2, id="no SDK"),
    ],
)
def test_a_call_is_done_once(first: dict[str, str], second: dict[str, str], done: int) -> None:
    service = Service()
    app = AnswerOnce(service)
    answers = [ask(app, **first), ask(app, **second)]

    assert service.done == done
    assert answers[0] == ("200 OK", [("X-Number", "1")], b"answer 1")
    assert answers[1] == ("200 OK", [("X-Number", str(done))], f"answer {done}".encode())


def test_what_failed_is_tried_again() -> None:
    app = AnswerOnce(Service(failures=1))
    attempts = [ask(app, HTTP_AMZ_SDK_INVOCATION_ID="a")[0] for _ in range(3)]

    assert attempts == ["503 Busy", "200 OK", "200 OK"]


def test_no_more_answers_are_kept_than_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localaws.answer_once._KEPT", 1)
    service = Service()
    app = AnswerOnce(service)
    for invocation in ("a", "b", "a"):
        ask(app, HTTP_AMZ_SDK_INVOCATION_ID=invocation)

    assert service.done == 3
