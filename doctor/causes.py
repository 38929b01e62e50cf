"""From facts to likely causes: a table of checks, roots before symptoms. Plain values in, plain values out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doctor.checks import agent, network, rights
from doctor.checks.cause import Cause, reboot, show_console, show_instance
from doctor.facts import Unknown, UnknownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from doctor.facts import Facts, Running

    Check = Callable[[Facts, Running], Iterator[Cause]]

# What a person calls it -> the check, in the order in which causes are told.
CHECKS: Mapping[str, Check] = {
    "instance metadata": rights.check_metadata,
    "instance profile": rights.check_profile,
    "the role's rights": rights.check_rights,
    "DNS of the VPC": network.check_dns,
    "missing endpoints": network.check_endpoints_there,
    "state of the endpoints": network.check_endpoints_work,
    "the endpoints' groups": network.check_endpoint_groups,
    "way out": network.check_way_out,
    "the instance's groups": network.check_egress,
    "network ACLs": network.check_acls,
    "console": agent.check_report,
    "version of the agent": agent.check_version,
    "image": agent.check_image,
    "connection": agent.check_connection,
    "time of the profile": rights.check_late_profile,
}


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
        return Diagnosis(causes=(_not_running(facts, facts.instance["State"]["Name"]),), unchecked={})
    causes: list[Cause] = []
    unchecked: dict[str, list[str]] = defaultdict(list)
    for name, check in CHECKS.items():
        found = _run(check, facts, facts.running)
        if isinstance(found, Unknown):
            unchecked[found.why].append(name)
        else:
            causes += found
    return Diagnosis(causes=causes or (_unexplained(facts),), unchecked=unchecked)


def unconfirmed(unknown: Unknown) -> Diagnosis:
    """What is said of an instance that is online, but whose connection could not be asked."""
    return Diagnosis(causes=(), unchecked={unknown.why: ("connection to Session Manager",)})


def _run(check: Check, facts: Facts, running: Running) -> list[Cause] | Unknown:
    try:
        return list(check(facts, running))
    except UnknownError as error:
        return Unknown(why=error.why)


def _not_found(facts: Facts) -> Cause:
    return Cause(
        name="not-found",
        text=f"There is no instance {facts.id} in {facts.region} for these credentials: it is in another Region or "
        "account, or was terminated. Compare both; for a stack, run `pulumi refresh`.",
        command=f"aws ec2 describe-instances --instance-ids {facts.id} --region {facts.region}",
    )


def _not_running(facts: Facts, state: str) -> Cause:
    advice = {
        "pending": "It has only just been launched: wait again.",
        "stopping": "Start it once it has stopped.",
        "stopped": f"Start it: aws ec2 start-instances --instance-ids {facts.id} --region {facts.region}",
    }
    return Cause(
        name="not-running",
        text=f"The instance is {state}. {advice.get(state, 'It will not come back.')}",
        command=show_instance(facts, "State"),
    )


def _unexplained(facts: Facts) -> Cause:
    return Cause(
        name="unexplained",
        text="No cause is seen from outside; the console may tell more. An agent whose first try failed tries again "
        f"after up to 30 minutes. To try at once: {reboot(facts)}",
        command=show_console(facts),
    )
