"""What a person reads: which part, which value, what to do instead. Pulumi prints the resource itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ssm_guard.node import sendable
from ssm_guard.readers import cloud_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ssm_guard.exemptions import Exemption
    from ssm_guard.node import Doubt
    from ssm_guard.opening import Source
    from ssm_guard.verdict import Violation
    from ssm_guard.world import World

Item = TypeVar("Item")

# Some 120 characters of sources: a rule made of 256 /8 blocks stays one readable line.
_SHOWN = 3
# Some 30 kB for one resource: ten thousand open rules are one mistake, and nobody reads on.
_LINES = 100


def violation_text(violation: Violation, token: str) -> str:
    """`ingress[0].cidrBlocks[1]: 0.0.0.0/0, every IPv4 address, may reach tcp/22. …`, and what to do in that cloud."""
    ports = " and ".join(f"tcp/{port}" for port in violation.ports)
    note = f"{violation.note} " if violation.note else ""
    return f"{_sources(violation.sources, violation.world)} may reach {ports}. {note}{cloud_of(token).remedy}"


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
    return f"{_some(doubts, lambda doubt: doubt.where or 'the resource')}: {doubts[0].why.value}, which judges it"


def capped(texts: Sequence[str]) -> list[str]:
    """The first messages about one resource, and how many more there are."""
    rest = len(texts) - _LINES
    return [*texts[:_LINES], *([f"and {rest:,} more of this resource, which are not shown"] if rest > 0 else [])]


def _sources(sources: Sequence[Source], world: World) -> str:
    if len(sources) == 1:
        return f"{sources[0].where}: {_world(world)},"
    return f"{_some(sources, lambda source: f'{source.where} ({source.origin})')} add up to {_world(world)}, which"


def _world(world: World) -> str:
    block = world.block
    if block is None:
        return f"every public IPv{world.version} address"
    if block.version == 4 and block.prefixlen == 0:  # noqa: PLR2004 - the family's name
        return f"{block}, every IPv4 address"
    if block.version == 6 and block.prefixlen <= 3:  # noqa: PLR2004 - 2000::/3 and wider
        return f"{block}, every public IPv6 address"
    return f"{block}, {block.num_addresses:,} addresses"


def _some(items: Sequence[Item], text: Callable[[Item], str]) -> str:
    rest = len(items) - _SHOWN
    return ", ".join(map(text, items[:_SHOWN])) + (f" and {rest} more" if rest > 0 else "")
