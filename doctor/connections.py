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
            ClientError: it can't be asked, for another reason than a right that the caller lacks.
        """
        self._answers = {one: self._answer(one) for one in ids}
        return self._answers

    def _answer(self, instance_id: str) -> bool | Unknown:
        before = self._answers.get(instance_id, _NOT_ASKED)
        # Whoever was connected counts as such while its agent is heard, and a right that is lacking does not come.
        if before not in (False, _NOT_ASKED) or self._clock.seconds() >= self._end:
            return before
        return aws.connected(self._clients, instance_id)
