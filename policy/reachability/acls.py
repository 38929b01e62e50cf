"""What a subnet's network ACL lets through, for all addresses and ports that a packet may have at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reachability.blocks import Spans, block, common, without
from reachability.findings import Change
from reachability.model import AclEntry, Protocol, Unknown
from reachability.ways import hop, link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reachability.model import Subnet
    from reachability.peers import Peer
    from reachability.view import View
    from reachability.ways import Step

_TCP = (Protocol.TCP, Protocol.ALL)


def acl_lets(
    view: View, subnet: Subnet, peer: Peer, *, egress: bool, ports: tuple[int, int], answer: bool = False
) -> Step:
    """Whether the subnet's network ACL lets packets to these ports pass to or from the other end.

    It knows no connections: of an answer's ports it must let through whichever the other system took.
    """
    key = ("acl", subnet.id, peer, egress, ports, answer)
    return view.once(key, lambda: _acl_lets(view, subnet, peer, egress=egress, ports=ports, answer=answer))


def _acl_lets(view: View, subnet: Subnet, peer: Peer, *, egress: bool, ports: tuple[int, int], answer: bool) -> Step:
    acl = view.acl_of(subnet)
    if isinstance(acl, Unknown):
        return acl
    if acl is not None and acl.gaps is not None:
        return acl.gaps
    direction = "out" if egress else "in"
    about = {"subnet": subnet.name, "peer": peer.name, "ports": _ports(ports)}
    step = f"acl-{'answer-' if answer else ''}{direction}"
    if acl is None:
        return hop(step, acl="the default network ACL", entry="which lets all through", **about)
    entries = [one for one in acl.entries if one.egress == egress]
    least, surely = _passes(entries, peer, ports, hopeful=False)
    most, _ = _passes(entries, peer, ports, hopeful=True)
    if least == _ALL:
        return hop(step, acl=acl.name, entry=_numbers(surely), **about)
    if most == _NONE:
        # A number of its own it gets where the others' are known.
        entry = AclEntry(number=0, egress=egress, allow=True, cidr=peer.cidr, protocol=Protocol.TCP, ports=ports)
        mend = (Change("acls", acl.id, "entries", entry, adds=True),)
        return link(step, mend, acl=acl.name, **about)
    ends = peer.which + (f", and which of the ports {_ports(ports)} is taken" if answer else "")
    part = Unknown(ends, f"{acl.name} lets a part of that {direction}")
    return part if least == most else next(_doubts(entries), part)


def _doubts(entries: Iterable[AclEntry]) -> Iterator[Unknown]:
    for one in entries:
        for value in (one.allow, one.cidr, one.protocol, one.ports):
            if isinstance(value, Unknown):
                yield value


def _ports(ports: tuple[int, int]) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def _numbers(entries: Iterable[AclEntry]) -> str:
    return "entry " + ", ".join(str(number) for number in sorted({one.number for one in entries}))


_ALL, _SOME, _NONE = "all", "some", "none"


def _passes(
    entries: Sequence[AclEntry], peer: Peer, ports: tuple[int, int], *, hopeful: bool
) -> tuple[str, list[AclEntry]]:
    """How much of all packets passes, and by which entries, if what is not known is as one hopes, or as one fears."""
    read = [one for entry in entries for one in _read(entry, peer, hopeful=hopeful)]
    read.sort(key=lambda one: one.entry.number)
    answers: set[str] = set()
    used: list[AclEntry] = []
    for low, high in _pieces(ports, read):
        left, passed = peer.spans, False
        for one in read:
            if not (one.ports[0] <= low and high <= one.ports[1]) or not (met := common(left, one.spans)):
                continue
            if one.allow:
                passed = True
                used.append(one.entry)
            elif peer.counted(met):
                answers.add(_NONE)
            if not (left := without(left, met)):
                break
        if passed:
            answers.add(_ALL)
        if peer.counted(left):
            answers.add(_NONE)
    return answers.pop() if len(answers) == 1 else _SOME, used


@dataclass(frozen=True)
class _Read:
    entry: AclEntry
    allow: bool
    spans: Spans
    ports: tuple[int, int]


def _read(entry: AclEntry, peer: Peer, *, hopeful: bool) -> Iterator[_Read]:
    if not isinstance(entry.protocol, Unknown) and entry.protocol not in _TCP:
        return
    allow = hopeful if isinstance(entry.allow, Unknown) else entry.allow
    found = block(entry.cidr)
    if found is not None and found.family != peer.family:
        return
    sure = found is not None and not any(
        isinstance(value, Unknown) for value in (entry.allow, entry.protocol, entry.ports)
    )
    # An entry that may or may not fit counts as one that fits all if that is what one hopes, or fears.
    if not sure and allow != hopeful:
        return
    ports = (0, 65535) if isinstance(entry.ports, Unknown) else entry.ports
    yield _Read(entry, allow, (found.span,) if found else peer.spans, ports)


def _pieces(ports: tuple[int, int], entries: Sequence[_Read]) -> Iterator[tuple[int, int]]:
    """The ports in stretches that each entry holds as a whole, or not at all."""
    low, high = ports
    edges = {edge for one in entries for edge in (one.ports[0], one.ports[1] + 1) if low < edge <= high}
    starts = sorted({low, *edges})
    yield from zip(starts, [*(start - 1 for start in starts[1:]), high], strict=True)
