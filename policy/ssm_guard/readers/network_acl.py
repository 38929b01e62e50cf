"""Readers for network ACLs: numbered entries, of which the lowest that matches decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, first_doubt
from ssm_guard.opening import Kind, Network, Opening, Protocol, Source
from ssm_guard.world import lies_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssm_guard.node import Node

NOTE = "A network ACL opens nothing without a security group, and is the second lock behind it."


@dataclass(frozen=True)
class _Entry:
    number: int | None
    allows: bool
    opening: Opening


def network_acl(acl: Node) -> Iterator[Opening]:
    """`aws:ec2/networkAcl:NetworkAcl` and `aws:ec2/defaultNetworkAcl:DefaultNetworkAcl`."""
    entries = [_entry(entry, number="ruleNo", action="action") for entry in acl["ingress"].each()]
    denials = [entry for entry in entries if not entry.allows]
    for entry in entries:
        if entry.allows and not _is_shadowed(entry, denials):
            yield entry.opening


def network_acl_rule(rule: Node) -> Iterator[Opening]:
    """`aws:ec2/networkAclRule:NetworkAclRule`, and `AWS::EC2::NetworkAclEntry` with nested ports."""
    entry = _entry(rule, number="ruleNumber", action="ruleAction")
    egress = values.true(rule["egress"])
    if isinstance(egress, Doubt):
        yield replace(entry.opening, protocol=egress)
    elif entry.allows and not egress:
        yield entry.opening


def _entry(entry: Node, number: str, action: str) -> _Entry:
    protocol = first_doubt(entry[action].value) or values.protocol(entry["protocol"])
    nested = entry["portRange"]
    low, high = (entry["fromPort"], entry["toPort"]) if nested.value is None else (nested["from"], nested["to"])
    opening = Opening(
        protocol=protocol,
        ports=values.ports(low, high),
        sources=values.networks(entry["cidrBlock"], entry["ipv6CidrBlock"]),
        path=entry.path,
        kind=Kind.NETWORK_ACL_ALLOW_ALL if protocol is Protocol.ALL else Kind.NETWORK_ACL,
        note=NOTE,
    )
    return _Entry(values.whole_number(entry[number]), values.word(entry[action]) != "deny", opening)


def _is_shadowed(entry: _Entry, denials: Sequence[_Entry]) -> bool:
    """Whether a denial with a lower number leaves nothing of the entry, for sure."""
    return all(any(_denies(denial, entry, source) for denial in denials) for source in entry.opening.sources)


def _denies(denial: _Entry, entry: _Entry, source: Source) -> bool:
    if denial.number is None or entry.number is None or denial.number >= entry.number:
        return False
    covered = denial.opening.protocol is Protocol.ALL or (
        denial.opening.protocol is Protocol.TCP and _holds(denial.opening, entry.opening)
    )
    return covered and any(
        isinstance(other.origin, Network)
        and isinstance(source.origin, Network)
        and lies_in(source.origin, other.origin)
        for other in denial.opening.sources
    )


def _holds(outer: Opening, inner: Opening) -> bool:
    low, high = inner.ports.low, inner.ports.high
    if inner.protocol is not Protocol.TCP or isinstance(low, Doubt) or isinstance(high, Doubt):
        return False
    return outer.ports.hold(low) is True and outer.ports.hold(high) is True
