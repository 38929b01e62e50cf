"""What the host itself needs before an agent asks anything: the agent, and the metadata service for credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reachability.findings import Change
from reachability.model import Unknown
from reachability.ways import hop, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.model import Host
    from reachability.ways import Step

# The first one that opens sessions ("Session Manager prerequisites", Systems Manager user guide).
OLDEST = (2, 3, 68)


def on_host(host: Host) -> Iterator[Step]:
    """The agent and its credentials."""
    if isinstance(host.agent, Unknown):
        yield host.agent
    elif not host.agent:
        # Who installs it gets the newest.
        newest = (Change("hosts", host.id, "agent", True), Change("hosts", host.id, "agent_version", None))  # noqa: FBT003
        yield link("no-agent", newest, host=host.name)
    elif host.agent_version is not None and host.agent_version < OLDEST:
        mend = (Change("hosts", host.id, "agent_version", OLDEST),)
        yield link("agent-too-old", mend, host=host.name, version=_dotted(host.agent_version))
    else:
        yield hop("agent", host=host.name)
    if isinstance(host.metadata, Unknown):
        yield host.metadata
    elif not host.metadata:
        mend = (Change("hosts", host.id, "metadata", True),)  # noqa: FBT003 - the value
        yield link("metadata-off", mend, host=host.name)
    else:
        yield hop("metadata", host=host.name)
    if isinstance(host.hop_limit, Unknown):
        yield host.hop_limit
    elif host.hop_limit < 1:
        yield link("hop-limit", (Change("hosts", host.id, "hop_limit", 1),), host=host.name)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
