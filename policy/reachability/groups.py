"""What the security groups of an interface let through.

A rule may hold a part of the addresses that the other end may have. Then the answer depends on which it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reachability.blocks import EVERYWHERE, Span, Spans, block, common, union
from reachability.findings import Change
from reachability.model import Protocol, Rule, Unknown
from reachability.peers import HTTPS, Peer, listed, unread
from reachability.view import default_group_key
from reachability.ways import hop, link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reachability.findings import Link, Mend
    from reachability.model import Ref, Vpc
    from reachability.view import View
    from reachability.ways import Step


@dataclass
class _Held:
    """What rules hold of a peer's addresses, and why it is not known of more."""

    sure: list[Span]
    perhaps: list[Span]
    doubts: list[Unknown]

    def may(self, spans: Iterable[Span], doubt: Unknown | None) -> None:
        if doubt is None:
            self.sure += spans
        else:
            self.perhaps += spans
            self.doubts.append(doubt)


def groups_let(view: View, vpc: Vpc, keys: tuple[str | Unknown, ...], peer: Peer, *, egress: bool) -> Step:
    """Whether any of an interface's groups lets https pass to or from the other end."""
    return view.once(("groups", keys, peer, egress), lambda: _groups_let(view, vpc, keys, peer, egress=egress))


def _groups_let(view: View, vpc: Vpc, keys: Sequence[str | Unknown], peer: Peer, *, egress: bool) -> Step:
    held = _Held([], [], [])
    names: list[str] = []
    for key in keys:
        group = view.group(key, vpc)
        if isinstance(group, Unknown):
            held.may(peer.spans, group)
            continue
        names.append(group.name)
        for rule in group.egress if egress else group.ingress:
            before = len(held.sure)
            _hold(view, rule, peer, held)
            if not peer.rest(union(held.sure[before:])):
                return hop(_GROUP_HOPS[egress], group=group.name, peer=_called(peer), rule=_shown(view, rule, peer))
        if group.gaps:
            held.may(peer.spans, group.gaps)
    if not peer.rest(union(held.sure)):
        return hop(_GROUP_HOPS[egress], group=", ".join(names), peer=_called(peer), rule="several rules together")
    if not common(peer.spans, union([*held.sure, *held.perhaps])):
        mend = _group_mend(view, vpc, keys, peer, egress=egress)
        return link(_GROUP_LINKS[egress], mend, group=", ".join(names), first=names[0], peer=_called(peer))
    part = Unknown(peer.which, f"{', '.join(names)} has a rule for a part of what it may be")
    return held.doubts[0] if held.doubts else part


def nothing_out(view: View, refs: tuple[Ref, ...] | Unknown, family: int) -> Link | None:
    """What an interface lacks whose groups let no https out, wherever it is to go; None where they may."""
    refs = () if isinstance(refs, Unknown) else refs
    groups = [view.world.groups.get(ref) for ref in refs if isinstance(ref, str)]
    known = [group for group in groups if group is not None and group.gaps is None]
    if not known or len(known) < len(refs) or any(_lets_some(rule) for group in known for rule in group.egress):
        return None
    rule = Rule(protocol=Protocol.TCP, ports=HTTPS, cidrs=(EVERYWHERE[family],))
    mend = (Change("groups", known[0].id, "egress", rule, adds=True),)
    names = ", ".join(group.name for group in known)
    return link(_GROUP_LINKS[True], mend, group=names, first=known[0].name, peer="any address")


def _lets_some(rule: Rule) -> bool:
    has_peer = bool(rule.cidrs or rule.groups or rule.prefix_lists)
    return has_peer and rule.protocol is not Protocol.OTHER and _has_https(rule)


_GROUP_HOPS = {True: "group-out", False: "group-in"}
_GROUP_LINKS = {True: "egress-closed", False: "ingress-closed"}


def _called(peer: Peer) -> str:
    return peer.group_name or peer.name


def _hold(view: View, rule: Rule, peer: Peer, held: _Held) -> None:
    if rule.protocol is Protocol.OTHER or not _has_https(rule):
        return
    doubt = next((one for one in (rule.protocol, rule.ports) if isinstance(one, Unknown)), None)
    for cidr in rule.cidrs:
        found = block(cidr)
        if found is None:
            held.may(peer.spans, unread(cidr, "a block of a rule"))
        elif found.family == peer.family:
            held.may(common(peer.spans, [found.span]), doubt)
    for ref in rule.prefix_lists:
        spans = listed(view, ref, peer)
        if isinstance(spans, Unknown):
            held.may(peer.spans, spans)
        else:
            held.may(spans, doubt)
    # What has no group is no member of one, known or not.
    if peer.groups:
        for ref in rule.groups:
            member = _is_member(view.key(ref), peer)
            if member is not False:
                held.may(peer.spans, member if isinstance(member, Unknown) else doubt)


def _has_https(rule: Rule) -> bool:
    return isinstance(rule.ports, Unknown) or rule.ports[0] <= HTTPS[0] <= rule.ports[1]


def _is_member(key: str | Unknown, peer: Peer) -> bool | Unknown:
    if isinstance(key, Unknown):
        return key
    return key in peer.groups or next((one for one in peer.groups if isinstance(one, Unknown)), False)


def _shown(view: View, rule: Rule, peer: Peer) -> str:
    """What a rule is called, or what of it is about this peer."""
    if rule.name:
        return rule.name
    cidrs = [str(one) for one in rule.cidrs if (found := block(one)) and common(peer.spans, [found.span])]
    groups = [key for ref in rule.groups if isinstance(key := view.key(ref), str) and _is_member(key, peer) is True]
    keys = [view.key(ref) for ref in rule.prefix_lists if common(peer.spans, _known(listed(view, ref, peer)))]
    return ", ".join([*cidrs, *(_name_of(view, key) for key in (*groups, *keys) if isinstance(key, str))])


def _known(spans: Spans | Unknown) -> Spans:
    return () if isinstance(spans, Unknown) else spans


def _name_of(view: View, key: str) -> str:
    thing = view.world.groups.get(key) or view.world.prefix_lists.get(key)
    return thing.name if thing else key


def _group_mend(view: View, vpc: Vpc, keys: Sequence[str | Unknown], peer: Peer, *, egress: bool) -> Mend:
    """A rule for tcp 443 in the first of the groups: for a group if the other end has one, else for a list or block."""
    groups = tuple(key for key in peer.groups if isinstance(key, str))[:1]
    lists = (peer.prefix_list,) if peer.prefix_list and not groups else ()
    rule = Rule(
        protocol=Protocol.TCP,
        ports=HTTPS,
        groups=groups,
        prefix_lists=lists,
        cidrs=() if groups or lists else (peer.cidr,),
    )
    for key in keys:
        group = view.group(key, vpc)
        if isinstance(group, Unknown):
            continue
        made = (Change("groups", group.id, "", group),) if key == default_group_key(vpc) else ()
        return (*made, Change("groups", group.id, "egress" if egress else "ingress", rule, adds=True))
    return ()
