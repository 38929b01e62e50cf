"""One question to AWS, whose failure costs the checks that need its answer, and not the whole verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from botocore import exceptions

from doctor import errors
from doctor.facts import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Asker:
    """Remembers which services and actions fail, so that many questions do not each wait for the same failure."""

    def __init__(self) -> None:
        """Knows of no failure yet."""
        self._failed: dict[str, Unknown] = {}

    def ask(self, action: str, question: Callable[[], T]) -> T | Unknown:
        """The answer, or why there is none.

        Args:
            action: as IAM names it, for example `ec2:DescribeSubnets`.
            question: calls AWS, and reads the answer.

        Raises:
            ClientError: AWS refuses the credentials.
            BotoCoreError: there are no credentials.
        """
        service = action.partition(":")[0]
        if failed := self._failed.get(service) or self._failed.get(action):
            return failed
        try:
            with errors.reading(action):
                return question()
        except exceptions.ClientError as error:
            if errors.refuses_credentials(error):
                raise
            if errors.is_denied(error):
                return Unknown(why=f"needs {action}")
            why = f"{action} failed: {errors.code(error)}"
            # What is wrong with one instance says nothing of the next; what is wrong with AWS does.
            return self._remember(action, why) if errors.is_of_aws(error) else Unknown(why=why)
        except exceptions.BotoCoreError as error:
            if errors.lacks_credentials(error):
                raise
            said = " ".join(str(error).split())
            if isinstance(error, errors.UnreadableError):
                return self._remember(action, said)
            return self._remember(service, f"{service} does not answer: {said}")

    def _remember(self, scope: str, why: str) -> Unknown:
        self._failed[scope] = Unknown(why=why, passing=True)
        return self._failed[scope]
