"""The wait: looks again and again until there is nothing to wait for, or time is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doctor.facts import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_ssm.type_defs import InstanceInformationTypeDef

    from doctor.fleets import Fleet
    from doctor.times import Clock

INTERVAL_SECONDS = 5
# EC2 may not show an instance in the first moments after its launch.
UNSEEN_SECONDS = 30
# An instance in one of these states does not come online by itself.
_ENDED = {"stopping", "stopped", "shutting-down", "terminated"}


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one round of questions showed.

    Attributes:
        managed: instance id -> what Systems Manager knows of it; those that never registered are not in it.
        connected: instance id -> whether Session Manager has a connection to its agent; only those are in it whose
            PingStatus is Online.
        instances: instance id -> what EC2 knows of it.
        fleets: the groups whose instances are waited for too; which these are, each look says anew.
    """

    managed: Mapping[str, InstanceInformationTypeDef]
    connected: Mapping[str, bool | Unknown]
    instances: Mapping[str, InstanceTypeDef] | Unknown
    fleets: Sequence[Fleet] = ()

    @property
    def of_fleets(self) -> Mapping[str, str]:
        """Instance id -> name of its fleet."""
        return {one: fleet.name for fleet in self.fleets for one in fleet.ids}

    @property
    def lacking(self) -> Sequence[Fleet]:
        """Fleets that have too few instances."""
        return [fleet for fleet in self.fleets if fleet.lacks]

    def is_online(self, instance_id: str) -> bool:
        """Whether a session can begin, or nothing that may be asked speaks against it."""
        return self.connected.get(instance_id, False) is not False

    def lacks_connection(self, instance_id: str) -> bool:
        """Whether Systems Manager hears from the agent, and yet no session can begin."""
        return self.connected.get(instance_id) is False

    def has_ended(self, instance_id: str, waited: float) -> bool:
        """Whether there is no point in waiting any longer. A group replaces what ends."""
        if instance_id in self.of_fleets:
            return False
        if isinstance(self.instances, Unknown):
            return False
        if instance_id not in self.instances:
            return waited >= UNSEEN_SECONDS
        return self.instances[instance_id].get("State", {}).get("Name") in _ENDED

    def may_be_answered(self, instance_id: str) -> bool:
        """Whether AWS failed to say if a session can begin, and may say so at the next look."""
        answer = self.connected.get(instance_id)
        return isinstance(answer, Unknown) and answer.passing


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the wait ended.

    Attributes:
        ids: the instances that were waited for; those of fleets as the last look showed them.
        last: the last look.
        online_since: instance id -> when it was first seen online in this run.
        waited: seconds from the first look to the last.
    """

    ids: Sequence[str]
    last: Look
    online_since: Mapping[str, datetime]
    waited: float

    @property
    def offline(self) -> list[str]:
        """Those that are not online."""
        return [one for one in self.ids if not self.last.is_online(one)]

    @property
    def unconfirmed(self) -> Mapping[str, Unknown]:
        """Those that are online as far as Systems Manager hears of them, and why no more is known."""
        answers = self.last.connected
        return {one: answer for one in self.ids if isinstance(answer := answers.get(one), Unknown)}


def wait(
    ids: Sequence[str], look: Callable[[], Look], tell: Callable[[Outcome], None], *, clock: Clock, limit: float
) -> Outcome:
    """Looks until every instance is online or has ended, at most `limit` seconds; looks once at the least.

    `tell` hears of every look. The instances of fleets are waited for as well, until there are as many as there are to
    be.
    """
    start = clock.seconds()
    online_since: dict[str, datetime] = {}
    while True:
        seen = look()
        waited = clock.seconds() - start
        now = clock.now()
        all_ids = tuple(dict.fromkeys((*ids, *seen.of_fleets)))
        online_since = {one: online_since.get(one, now) for one in all_ids if seen.is_online(one)}
        outcome = Outcome(ids=all_ids, last=seen, online_since=online_since, waited=waited)
        tell(outcome)
        settled = not seen.lacking and all(seen.has_ended(one, waited) for one in outcome.offline)
        if waited >= limit or (settled and not any(map(seen.may_be_answered, all_ids))):
            return outcome
        clock.sleep(min(INTERVAL_SECONDS, limit - waited))
