"""Does what is asked once, however often an AWS SDK asks.

An SDK that does not get an answer sends the same request again. On a busy machine that happened here now and then, and
the second request failed on what the first had done (InvalidPermission.Duplicate, RouteAlreadyExists). All attempts of
one call carry the same `amz-sdk-invocation-id`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Answers that are kept: a second attempt comes within seconds.
_KEPT = 2000


@dataclass
class _Call:
    """One call of an SDK; the lock is held while it is answered for the first time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: tuple[str, list[tuple[str, str]], bytes] | None = None


class AnswerOnce:
    """A WSGI application in front of another."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        """Hands on what it has not answered before."""
        self._app = app
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers as the application does, or did."""
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if invocation is None:
            return self._app(environ, start_response)
        call = self._call(invocation)
        with call.lock:
            status, headers, body = call.answer or self._ask(environ)
            # What failed may succeed at the next attempt: that is what attempts are for.
            if status.startswith("2"):
                call.answer = status, headers, body
        start_response(status, headers)
        return [body]

    def _call(self, invocation: str) -> _Call:
        with self._lock:
            call = self._calls.setdefault(invocation, _Call())
            while len(self._calls) > _KEPT:
                self._calls.popitem(last=False)
            return call

    def _ask(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        return status, headers.to_wsgi_list(), b"".join(body)
