"""An AWS whose answers are recorded: botocore's Stubber, which holds each against AWS's own service model."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.stub import Stubber

from doctor import aws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "doctor.md"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error in place of an answer."""

    code: str
    message: str = "as the service puts it"


@dataclass
class Api:
    """Answers by operation.

    Attributes:
        answers: operation -> an answer, a Refusal, a function of what was asked, or a list of those, one for each call,
            the last of which stays.
        calls: what was asked, in order.
    """

    answers: dict[str, Any]
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def connect(self, region: str | None) -> aws.Clients:
        """In place of `aws.connect`: the same clients, which reach no network."""
        clients = CONNECT(region)
        for client in (clients.ec2, clients.iam, clients.ssm):
            stubber = Stubber(client)
            # Before it is activated: of several that want to be first, the first is.
            client.meta.events.register_first("before-parameter-build.*.*", self._feeder(stubber))
            stubber.activate()
        return clients

    def asked(self, operation: str) -> list[Mapping[str, Any]]:
        return [parameters for name, parameters in self.calls if name == operation]

    def _feeder(self, stubber: Stubber) -> Callable[..., None]:
        service = stubber.client.meta.service_model.service_name

        def feed(params: Mapping[str, Any], model: Any, **_: Any) -> None:
            """Puts the answer where the Stubber takes it from, just before it does."""
            assert f"{service}:{model.name}" in permissions(), "docs/doctor.md does not name this permission"
            self.calls.append((model.name, params))
            answer = self.answers[model.name]
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if callable(answer):
                answer = answer(params)
            if isinstance(answer, Refusal):
                stubber.add_client_error(xform_name(model.name), answer.code, answer.message)
            else:
                # botocore writes into an answer: IAM's documents are text before, and parsed after.
                stubber.add_response(xform_name(model.name), deepcopy(answer))

        return feed


CONNECT = aws.connect


def permissions() -> set[str]:
    """The actions of the policy document in the guide."""
    return set(re.findall(r'"((?:ec2|iam|ssm):\w+)"', GUIDE.read_text()))


class FakeClock:
    """Time passes only when someone sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 6, 5, tzinfo=timezone.utc) + timedelta(seconds=self.passed)

    def seconds(self) -> float:
        return 1000 + self.passed

    def sleep(self, seconds: float) -> None:
        # A wait that lets no time pass would never end.
        assert seconds > 0
        self.sleeps.append(seconds)
        self.passed += seconds
