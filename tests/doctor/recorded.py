"""An AWS whose answers are recorded: botocore's Stubber, which holds each against AWS's own service model."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from doctor import aws
from tests.doctor.world import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "doctor.md"


@dataclass
class Api:
    """Answers by operation.

    Attributes:
        answers: operation -> an answer, a Refusal, a function of what was asked, or a list of those, one for each call,
            the last of which stays.
        calls: what was asked, in order.
        services: the service and the operation of each.
    """

    answers: dict[str, Any]
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    services: set[tuple[str, str]] = field(default_factory=set)

    def connect(self, region: str | None) -> aws.Clients:
        """In place of `aws.connect`: the same clients, which reach no network."""
        clients = CONNECT(region)
        for client in every(clients):
            stubber = Stubber(client)
            # Before it is activated: of several that want to be first, the first is.
            client.meta.events.register_first("before-parameter-build.*.*", self._feeder(stubber))
            stubber.activate()
        return clients

    def is_possible(self, operation: str, answer: Any) -> bool:
        """Whether AWS may answer so: its service model says what an answer must have."""
        (model,) = (
            client.meta.service_model.operation_model(operation)
            for client in every(CLIENTS())
            if operation in client.meta.service_model.operation_names
        )
        return not ParamValidator().validate(answer, model.output_shape).has_errors()

    def asked(self, operation: str) -> list[Mapping[str, Any]]:
        return [parameters for name, parameters in self.calls if name == operation]

    def _feeder(self, stubber: Stubber) -> Callable[..., None]:
        service = stubber.client.meta.service_model.service_name

        def feed(params: Mapping[str, Any], model: Any, **_: Any) -> None:
            """Puts the answer where the Stubber takes it from, just before it does."""
            assert f"{service}:{model.name}" in permissions(), "docs/doctor.md does not name this permission"
            self.calls.append((model.name, params))
            self.services.add((service, model.name))
            answer = self.answers[model.name]
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if callable(answer):
                answer = answer(params)
            if isinstance(answer, Refusal):
                stubber.add_client_error(xform_name(model.name), answer.code, answer.message, answer.status)
            else:
                # botocore writes into an answer: IAM's documents are text before, and parsed after.
                stubber.add_response(xform_name(model.name), deepcopy(answer))

        return feed


CONNECT = aws.connect
# Whose service models are held against answers.
CLIENTS = cache(lambda: CONNECT("eu-west-1"))


def every(clients: aws.Clients) -> list[Any]:
    return [getattr(clients, field.name) for field in fields(clients)]


def response(request: Any, status: int, body: bytes) -> AWSResponse:
    """What botocore makes of an answer on the wire."""

    class Raw:
        @staticmethod
        def stream() -> list[bytes]:
            return [body]

    headers: Any = HeadersDict()
    return AWSResponse(request.url, status, headers, Raw())


@cache
def permissions() -> set[str]:
    """The actions of the policy document in the guide."""
    return set(re.findall(r'"((?:autoscaling|ec2|iam|route53|ssm):\w+)"', GUIDE.read_text()))


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
