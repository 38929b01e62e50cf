"""What the rules of many clouds have in common: words for yes and no, ports in a text, a source that is left out."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, summarize_address_range
from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node, Why, first_doubt, short
from ssm_guard.opening import EVERY_PORT, EVERYONE, EVERYONE_IPV6, Kind, Network, Opening, Ports, Protocol, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands for every port: Azure's `*`, Hetzner's `any`, Alibaba's `-1/-1`. DigitalOcean's `0` is no port of TCP.
_EVERY = {"", "*", "all", "any", "-1", "-1/-1", "0"}
# `22`, `20-30`, `22/22`, `20:30`; Linode and Azure also write several with commas between them.
_RANGE = re.compile(r"(\d{1,5})(?:\s*[-/:]\s*(\d{1,5}))?")
# A text longer than this is no list of ports that a cloud takes.
_LONGEST = 4096


def says(node: Node, *words: str, missing: bool = False) -> bool | Doubt:
    """Whether one of these words stands here, in whatever case; a doubt where that is unknown."""
    if node.value is None:
        return missing
    return node.value if isinstance(node.value, Doubt) else values.word(node) in words


def carrying_tcp(node: Node, *every: str, missing: Protocol | None = Protocol.TCP) -> Protocol | Doubt:
    """TCP, or something else, for rules whose ports count whatever the protocol: what means all of them means TCP too.

    `every` are this cloud's own words for every protocol, beside `all`, `any` and `-1`.
    """
    if values.word(node) in every or (node.value == "" and missing is not None):
        return Protocol.TCP
    found = values.protocol(node, missing=missing)
    return Protocol.TCP if found is Protocol.ALL else found


def port_texts(*nodes: Node) -> tuple[Ports, ...]:
    """The ranges of ports in these properties, be each a list, one text or one number; none at all is every port.

    Outputs write "" for what isn't set, beside the list that is.
    """
    items = [item for node in nodes for item in node.each() if item.value != ""]
    return tuple(found for item in items for found in _ranges(item)) if items else (EVERY_PORT,)


def _ranges(node: Node) -> Iterator[Ports]:
    number = values.whole_number(node)
    text = str(number) if number is not None else node.value
    if not isinstance(text, str) or len(text) > _LONGEST:
        yield Ports(node.doubt(Why.MALFORMED), node.doubt(Why.MALFORMED))
        return
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        if part.strip().lower() in _EVERY:
            yield EVERY_PORT
        elif found:
            yield Ports(int(found[1]), int(found[2] or found[1]))
        else:
            yield Ports(node.doubt(Why.MALFORMED), node.doubt(Why.MALFORMED))


def everyone(node: Node) -> tuple[Source, ...]:
    """Every address of both families, because of what stands, or is missing, here."""
    return values.everyone(node, EVERYONE, EVERYONE_IPV6)


def everyone_in(node: Node, family: Node, *, missing: str = "") -> tuple[Source, ...]:
    """Every address of the family that is named beside it (`IPv6`, 6, `v6`), of the `missing` one, or of both."""
    number = values.whole_number(family)
    name = missing if family.value is None else str(number) if number is not None else values.word(family)
    if not name:
        return everyone(node)
    return values.everyone(node, EVERYONE_IPV6 if name.endswith("6") else EVERYONE)


def out_of_sight(what: str, *nodes: Node) -> tuple[Source, ...]:
    """Addresses that are listed elsewhere, under the names in these properties: `opaque-ingress` says so."""
    items = [item for node in nodes for item in node.each() if item.value != ""]
    return tuple(Source(Doubt(Why.OPAQUE, item.where, _named(what, item)), item.path) for item in items)


def _named(what: str, node: Node) -> str:
    """A list's name is unknown before the list is made."""
    return what if isinstance(node.value, Doubt) else f"{what} {short(node.value)}"


def is_on(node: Node) -> bool | Doubt:
    """Whether a switch is on that is on where nobody has set it."""
    return True if node.value is None else values.true(node)


def is_absent(node: Node) -> bool:
    """Whether nothing stands here, which to these clouds is everybody: an empty text is nothing too."""
    return node.value is None or node.value == ""


def address_range(start: Node, end: Node) -> tuple[Source, ...]:
    """The blocks between two addresses; the same address where the second is missing."""
    last = start if is_absent(end) else end
    try:
        blocks = list(_blocks(ip_address(values.word(start)), ip_address(values.word(last))))
    except (ValueError, TypeError):  # no address, the wrong order, or one address of each family
        doubt = first_doubt(start.value, end.value) or start.doubt(Why.MALFORMED)
        return (Source(doubt, start.path),)
    return tuple(Source(block, start.path) for block in blocks)


def _blocks(first: IPv4Address | IPv6Address, last: IPv4Address | IPv6Address) -> Iterator[Network]:
    if isinstance(first, IPv4Address) and isinstance(last, IPv4Address):
        return summarize_address_range(first, last)
    if isinstance(first, IPv6Address) and isinstance(last, IPv6Address):
        return summarize_address_range(first, last)
    raise TypeError("a range is of one family")


def entries(
    entry: Node,
    *,
    protocol: Protocol | Doubt,
    ports: tuple[Ports, ...],
    sources: tuple[Source, ...],
    unless: bool | Doubt = False,
    allows: bool | Doubt = True,
    order: int | Doubt = 0,
    group: str | Doubt | None = None,
    alone: bool = True,
    kind: Kind = Kind.RULE,
    note: str = "",
) -> Iterator[Opening]:
    """One opening for each range of ports of a rule; `unless` is the doubt whether it is an inbound rule at all."""
    for one in ports:
        yield Opening(
            protocol=unless if isinstance(unless, Doubt) else protocol,
            ports=one,
            sources=sources,
            path=entry.path,
            kind=kind,
            allows=allows,
            order=order,
            group=group,
            alone=alone,
            note=note,
        )


def default_policy(
    policy: Node, *, accepts: bool | Doubt, order: int, note: str, alone: bool = True
) -> Iterator[Opening]:
    """What a set lets in that none of its rules decides; nothing where it drops that."""
    if accepts is not False:
        yield from entries(
            policy,
            protocol=Protocol.TCP,
            ports=(EVERY_PORT,),
            sources=everyone(policy),
            allows=accepts,
            order=order,
            alone=alone,
            note=note,
        )
