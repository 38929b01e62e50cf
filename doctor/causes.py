"""From facts to likely causes: a table of checks, roots before symptoms. Plain values in, plain values out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from doctor.checks import agent, network, rights, sessions
from doctor.checks.cause import Cause, reboot, show_console, show_instance
from doctor.facts import Unknown, UnknownError, left_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_ec2.type_defs import InstanceTypeDef

    from doctor.facts import Facts, Running, Session

    Check = Callable[[Facts, Running], Iterator[Cause]]
    SessionCheck = Callable[[Facts, Session], Iterator[Cause]]

# What a person calls it -> the check, in the order in which causes are told.
CHECKS: Mapping[str, Check] = {
    "instance metadata": rights.check_metadata,
    "instance profile": rights.check_profile,
    "the role's rights": rights.check_rights,
    "IPv4 address": network.check_address,
    "DNS of the VPC": network.check_dns,
    "name servers": network.check_name_servers,
    "missing endpoints": network.check_endpoints_there,
    "state of the endpoints": network.check_endpoints_work,
    "policies of the endpoints": network.check_endpoint_policies,
    "the endpoints' groups": network.check_endpoint_groups,
    "way out": network.check_way_out,
    "VPC Block Public Access": network.check_public_access,
    "the instance's groups": network.check_egress,
    "network ACLs": network.check_acls,
    "console": agent.check_report,
    "version of the agent": agent.check_version,
    "image": agent.check_image,
    "connection": agent.check_connection,
    "time of the profile": rights.check_late_profile,
}
# The same for an instance that is online.
SESSION_CHECKS: Mapping[str, SessionCheck] = {
    "endpoints for the session preferences": sessions.check_session_endpoints,
    "rights for the session preferences": sessions.check_session_rights,
}
EMULATED = "emulator"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What the checks came to.

    Attributes:
        causes: the likely ones, in order; if no check found any, one that says so.
        unchecked: what was in the way, for example `needs ec2:DescribeSubnets` -> the checks that could not be made.
    """

    causes: Sequence[Cause]
    unchecked: Mapping[str, Sequence[str]]


def diagnose(facts: Facts) -> Diagnosis:
    """Why no session can begin on this instance."""
    if isinstance(facts.instance, Unknown):
        # Only Systems Manager itself could be asked.
        return Diagnosis(causes=tuple(agent.check_connection(facts)), unchecked={facts.instance.why: tuple(CHECKS)})
    if facts.instance is None:
        return Diagnosis(causes=(_not_found(facts),), unchecked={})
    if facts.running is None:
        return Diagnosis(causes=(_not_running(facts, facts.instance),), unchecked={})
    running = facts.running
    found = _diagnosis((name, partial(check, facts, running)) for name, check in CHECKS.items())
    return found if found.causes else replace(found, causes=(_unexplained(facts),))


def diagnose_session(facts: Facts) -> Diagnosis:
    """Why a session may not open on this instance, although it is online; no cause where nothing speaks against it."""
    if isinstance(facts.session, Unknown):
        return unchecked(facts.session, "session preferences")
    session = facts.session
    if session is None:
        return Diagnosis(causes=(), unchecked={})
    return _diagnosis((name, partial(check, facts, session)) for name, check in SESSION_CHECKS.items())


def unchecked(unknown: Unknown, what: str, beside: Diagnosis | None = None) -> Diagnosis:
    """What is said of an instance that is online where something could not be asked."""
    found = beside or Diagnosis(causes=(), unchecked={})
    return replace(found, unchecked={unknown.why: (what,), **found.unchecked})


def _diagnosis(checks: Iterable[tuple[str, Callable[[], Iterator[Cause]]]]) -> Diagnosis:
    causes: list[Cause] = []
    unchecked: dict[str, list[str]] = defaultdict(list)
    for name, check in checks:
        if unknown := _add(causes, check):
            unchecked[unknown.why].append(name)
    return Diagnosis(causes=causes, unchecked=unchecked)


def _add(causes: list[Cause], check: Callable[[], Iterator[Cause]]) -> Unknown | None:
    """Adds what the check sees; gives what it lacked to see all."""
    try:
        causes.extend(check())
    except UnknownError as error:
        return Unknown(why=error.why)
    except KeyError as error:
        return left_out(error)
    return None


def _not_found(facts: Facts) -> Cause:
    return Cause(
        name="not-found",
        text=f"There is no instance {facts.id} in {facts.region} for these credentials: it is in another Region or "
        "account, or was terminated. Compare both; for a stack, run `pulumi refresh`.",
        command=f"aws ec2 describe-instances --instance-ids {facts.id} {facts.place}",
    )


def _not_running(facts: Facts, instance: InstanceTypeDef) -> Cause:
    state: str = instance.get("State", {}).get("Name", "in a state that EC2 does not tell")
    advice = {
        "pending": "It has only just been launched: wait again.",
        "stopping": "Start it once it has stopped.",
        "stopped": f"Start it: aws ec2 start-instances --instance-ids {facts.id} {facts.place}",
    }
    return Cause(
        name="not-running",
        text=f"The instance is {state}. {advice.get(state, 'It will not come back.')}",
        command=show_instance(facts, "State"),
    )


def _unexplained(facts: Facts) -> Cause:
    if facts.emulator:
        return Cause(
            name=EMULATED,
            text="An emulator starts no machine. Nothing else is seen to be in the way.",
            command=show_instance(facts, "State"),
        )
    return Cause(
        name="unexplained",
        text="No cause is seen from outside; the console may tell more. An agent whose first try failed tries again "
        f"after up to 30 minutes. To try at once: {reboot(facts)}",
        command=show_console(facts),
    )
