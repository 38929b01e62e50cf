"""Whether sessions can begin, asked as seldom as will do: it takes one call for each instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctor import aws
from doctor.facts import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from doctor.times import Clock

# The look at the time limit asks too, and so many calls, slowed down by AWS, may take long.
_AFTER_LIMIT_SECONDS = 60
_NOT_ASKED = Unknown(why="no time was left for ssm:GetConnectionStatus")


class Connections:
    """Remembers the answers of one run."""

    def __init__(self, clients: aws.Clients, clock: Clock, limit: float) -> None:
        """Begins now.

        Args:
            clients: whom to ask.
            clock: tells when to ask no more.
            limit: of the wait, in seconds; a minute later, what is known by then has to do.
        """
        self._clients, self._clock = clients, clock
        self._end = clock.seconds() + limit + _AFTER_LIMIT_SECONDS
        self._answers: Mapping[str, bool | Unknown] = {}

    def of(self, ids: Iterable[str]) -> Mapping[str, bool | Unknown]:
        """The answer for each of these, which are all that are Online now; those that were before are forgotten.

        Raises:
            ClientError: AWS refuses the credentials.
        """
        answers: dict[str, bool | Unknown] = {}
        # Whom AWS failed to answer for comes last: one such instance must not stand before all others each time.
        for one in sorted(ids, key=lambda one: _failure(self._answers.get(one)) is not None):
            # Each such failure takes up to a minute, so that it is the answer for the rest of this look.
            failure = next(filter(None, map(_failure, answers.values())), None)
            answers[one] = self._answer(one, failure)
        self._answers = answers
        return answers

    def _answer(self, instance_id: str, failure: Unknown | None) -> bool | Unknown:
        before = self._answers.get(instance_id, _NOT_ASKED)
        # Whoever was connected counts as such while its agent is heard, and a right that is lacking does not come.
        lasts = before not in (False, _NOT_ASKED) and not _failure(before)
        if lasts or self._clock.seconds() >= self._end:
            return before
        return failure or aws.connected(self._clients, instance_id)


def _failure(answer: object) -> Unknown | None:
    return answer if isinstance(answer, Unknown) and answer.passing else None
