"""What a person reads: which part, which value, what to do instead. Pulumi prints the resource itself."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from ssm_guard.node import sendable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssm_guard.exemptions import Exemption
    from ssm_guard.node import Doubt
    from ssm_guard.opening import Network, Source
    from ssm_guard.verdict import Violation

# Some 120 characters of sources: a rule made of 256 /8 blocks stays one readable line.
_SHOWN = 3


def violation_text(violation: Violation) -> str:
    """`ingress[0].cidrBlocks[1]: 0.0.0.0/0, every IPv4 address, may reach tcp/22. …`."""
    ports = " and ".join(f"tcp/{port}" for port in violation.ports)
    note = f"{violation.note} " if violation.note else ""
    return f"{_sources(violation.sources, violation.block)} may reach {ports}. {note}{REMEDY}"


REMEDY = (
    "Take it out, and connect with `aws ssm start-session --target <instance id>`: "
    "Session Manager needs no inbound rule (with no way to the internet: the variant `privatelink`)."
)


def cannot_judge_text(doubt: Doubt) -> str:
    """`ingress[0].cidrBlocks[1]: cannot judge 'foo', …`."""
    return sendable(
        f"{doubt.where or 'the resource'}: cannot judge {doubt.said}, which is {doubt.why.value}. Correct it."
    )


def opaque_text(doubt: Doubt) -> str:
    """`templateUrl: 'https://…' is out of the pack's sight: …`."""
    text = f"{doubt.where or 'the resource'}: {doubt.said} is {doubt.why.value}: make sure that it opens no port 22."
    return sendable(text)


def component_text(urn: str) -> str:
    """What is added where a component of awsx made the group: its defaults let everybody in."""
    hint = " A component of awsx made this: give it `securityGroups` or `defaultSecurityGroup`."
    return hint if "::awsx:" in urn else ""


def pardon_text(exemption: Exemption) -> str:
    """Why a resource that is open may be: the SDK reports it as a policy that doesn't apply."""
    until = f"until {exemption.expires}" if exemption.expires else "for good"
    return f"exempt {until}: {exemption.reason}"


def expired_text(exemptions: Sequence[Exemption]) -> str:
    """What is added to a violation that was exempt once."""
    return "".join(f" An exemption ended on {over.expires}: {over.reason}" for over in exemptions)


def unknown_text(doubts: Sequence[Doubt]) -> str:
    """One line for all that a preview can't know of a resource."""
    places = [doubt.where or "the resource" for doubt in doubts]
    return f"{_some(places)}: {doubts[0].why.value}, which judges it"


def _sources(sources: Sequence[Source], block: Network) -> str:
    if len(sources) == 1:
        return f"{sources[0].where}: {_block(block)},"
    each = [f"{source.where} ({source.origin})" for source in sources]
    return f"{_some(each)} add up to {_block(block)}, which"


def _block(block: Network) -> str:
    if block == ip_network("0.0.0.0/0"):
        return f"{block}, every IPv4 address"
    if block.version == 6 and block.prefixlen <= 3:  # noqa: PLR2004 - 2000::/3 and wider
        return f"{block}, every public IPv6 address"
    return f"{block}, {block.num_addresses:,} addresses"


def _some(items: Sequence[str]) -> str:
    rest = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
