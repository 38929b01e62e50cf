"""The other end of a connection, as far as its addresses are known, and what a prefix list has of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reachability.blocks import Span, Spans, block, common, size, spans_of, without
from reachability.model import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reachability.model import Ref
    from reachability.view import View

HTTPS = (443, 443)


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of a connection, as the rules at the other end see it.

    Attributes:
        name: what a message calls it.
        family: 4 or 6.
        spans: the addresses that it may have.
        cidr: the block that a new rule would name.
        groups: its security groups, by their keys.
        group_name: what a message calls the first of them.
        vpc: the key of the VPC that it is in; empty if it is on the internet.
        service: the service, if it is one on the internet.
        prefix_list: the list that a new rule would name in place of the block; empty if there is none.
        few: so many addresses do not count. Of a service's, which are AWS's and many, a list of a few strangers'
            addresses that somebody keeps out has none.
    """

    name: str
    family: int
    spans: Spans
    cidr: str
    groups: tuple[str | Unknown, ...] = ()
    group_name: str = ""
    vpc: str = ""
    service: str = ""
    prefix_list: str = ""
    few: int = 0

    @property
    def which(self) -> str:
        """What is asked where its addresses make a difference."""
        return f"which addresses {self.service} has" if self.service else f"which address of {self.cidr} is taken"

    def rest(self, spans: Sequence[Span]) -> Spans:
        """The addresses that are not among these."""
        return self.counted(without(self.spans, spans))

    def counted(self, spans: Spans) -> Spans:
        """These addresses, if they are more than a few."""
        return spans if self.few == 0 or size(spans) > self.few else ()


def listed(view: View, ref: Ref, peer: Peer) -> Spans | Unknown:
    """What a prefix list has of a peer's addresses. A list of AWS's own has those of its service, and of no other."""
    found = view.find(view.world.prefix_lists, ref)
    if isinstance(found, Unknown):
        return found
    if found.service and (peer.service or isinstance(found.entries, Unknown)):
        return peer.spans if found.service == peer.service else ()
    if isinstance(found.entries, Unknown):
        return found.entries
    if strange := [one for one in found.entries if block(one) is None]:
        return unread(strange[0], f"an entry of {found.name}")
    return common(peer.spans, spans_of(found.entries, peer.family))


def unread(value: object, what: str) -> Unknown:
    """What is said of text that is no block of addresses."""
    return value if isinstance(value, Unknown) else Unknown(what, f"{value!r} is no block of addresses")
