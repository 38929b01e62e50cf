"""Whether there is an agent, and what it said of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doctor import endpoints
from doctor.checks.cause import Cause, reboot, show_connection, show_console, show_managed
from doctor.console import Report
from doctor.facts import known
from doctor.times import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from doctor.facts import Facts, Running

# From this release an agent needs ssmmessages alone (its RELEASENOTES, "switch off ec2messages").
_WITHOUT_EC2MESSAGES = (3, 3, 40, 0)

# Amazon Linux's minimal images, Debian's and Red Hat's come without the agent (Systems Manager user guide,
# "Amazon Machine Images with SSM Agent preinstalled", lists those that have it).
_IMAGE_WITHOUT_AGENT = re.compile(r"(al2023-ami|amzn2-ami)-minimal-|debian-|RHEL-")

_REPORTS = {
    "not-installed": "The SSM agent is not installed",
    "not-running": "The SSM agent is installed and does not run",
    "unreachable": "The agent does not reach {services}",
    "no-credentials": "The agent gets no credentials from the instance's role",
    "refused": "Systems Manager does not take the credentials of the instance's role",
    "old-agent": "SSM agent {agent} is too old to do without the service ec2messages",
    "diagnostics-failed": "The agent's own diagnosis failed",
}


def check_report(facts: Facts, running: Running) -> Iterator[Cause]:
    """What the instance said of itself at its last boot."""
    report = known(running.report)
    if report is None or report.ready:
        return
    meaning = _REPORTS.get(report.reason, "The check on the instance failed").format(
        services=" and ".join(report.unreachable) or "Systems Manager", agent=report.agent or "(version unknown)"
    )
    yield Cause(
        name=f"agent-{report.reason}" if report.reason in _REPORTS else "agent-not-ready",
        text=f"{meaning}, says its console. {report.advice}".rstrip(),
        command=show_console(facts),
    )


def check_version(facts: Facts, running: Running) -> Iterator[Cause]:
    """An agent that was online once, and needs a service that has no endpoint here."""
    version = (facts.managed or {}).get("AgentVersion", "")
    numbers = tuple(int(part) for part in re.findall(r"\d+", version))
    if not numbers or numbers >= _WITHOUT_EC2MESSAGES:
        return
    if endpoints.named(running.network) and not endpoints.has_legacy(running.network):
        yield Cause(
            name="agent-old-agent",
            # AWS retires ec2messages: an endpoint for it would be no lasting way.
            text=f"SSM agent {version} is too old to do without the service ec2messages, which has no endpoint here. "
            "Take a newer image, or update the agent: from 3.3.40.0 on it needs ssmmessages alone.",
            command=show_managed(facts),
        )


def check_image(facts: Facts, running: Running) -> Iterator[Cause]:
    """The image has the agent, or something has installed it."""
    # A report comes from a script that installs the agent, and says if it could not.
    if facts.managed is not None or isinstance(running.report, Report):
        return
    if lacks_agent(name := known(running.image_name)):
        yield Cause(
            name="image-without-agent",
            text=f"The image {name} comes without the SSM agent. Install it in user data, or take another image.",
            command=f"aws ec2 describe-images --image-ids {running.instance['ImageId']} {facts.place}",
        )


def lacks_agent(image_name: str) -> bool:
    """Whether an image of this name comes without the agent."""
    return _IMAGE_WITHOUT_AGENT.match(image_name) is not None


def check_connection(facts: Facts, _: Running | None = None) -> Iterator[Cause]:
    """An agent that Systems Manager once heard is still heard, and then Session Manager has a connection to it."""
    if facts.managed is None:
        return
    moment = facts.managed.get("LastPingDateTime")
    last = written(moment) if moment else "a time that is not told"
    if facts.managed.get("PingStatus") == "Online":
        # The agent's pause between tries doubles, up to 40 minutes (its agent/session/config/config.go).
        yield Cause(
            name="not-connected",
            text=f"The agent was heard by ssm at {last}, but has no connection to ssmmessages, which carries sessions. "
            "After a start it may come some minutes later: wait again. An agent whose tries failed waits ever longer "
            f"between them. To try at once: {reboot(facts)}",
            command=show_connection(facts),
        )
    else:
        yield Cause(
            name="connection-lost",
            text=f"The agent was last heard at {last}. Since then it has stopped, "
            "or its network or rights have changed.",
            command=show_managed(facts),
        )
