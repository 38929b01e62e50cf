"""What a network ACL and a route table do with packets. Plain values in, plain values out."""

from collections.abc import Iterable, Sequence
from enum import Enum
from ipaddress import IPv4Network

from .facts import Acl, AclRule, GroupRule, Route

HTTPS = range(443, 444)
ANYWHERE = IPv4Network("0.0.0.0/0")

# "IANA IPv4 Special-Purpose Address Registry", the larger ones, and multicast.
_NOT_PUBLIC = [
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/3",
    )
]

_TCP = ("6", "tcp")
_ALL = ("-1", "all")


class Passage(Enum):
    """How many of the packets get through."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


def acl_passes(acl: Acl, *, egress: bool, ports: range, block: IPv4Network) -> Passage:
    """What an ACL does with TCP packets between its subnets and a block.

    Args:
        acl: the ACL.
        egress: whether they leave the subnets.
        ports: of their destination. A connection may need any of them, so one that is closed is none at all.
        block: the addresses on the other side; of the internet those that are nobody's own alone count.
    """
    rules = sorted((rule for rule in acl.rules if rule.egress is egress and _is_tcp(rule)), key=lambda one: one.number)
    # Between two of these ports no rule begins or ends.
    edges = {ports.start, *(edge for rule in rules for edge in (rule.ports.start, rule.ports.stop) if edge in ports)}
    found = {_passes(rules, port, block) for port in edges}
    if Passage.NONE in found:
        return Passage.NONE
    return Passage.SOME if Passage.SOME in found else Passage.ALL


def _is_tcp(rule: AclRule) -> bool:
    return rule.protocol in (*_TCP, *_ALL)


def _passes(rules: Sequence[AclRule], port: int, block: IPv4Network) -> Passage:
    undecided, allowed, denied = [block], 0, 0
    for rule in rules:
        if rule.cidr is None or port not in (range(65_536) if rule.protocol in _ALL else rule.ports):
            continue
        decided = [part for one in undecided if (part := overlap(one, rule.cidr)) is not None]
        undecided = [rest for one in undecided for rest in without(one, rule.cidr)]
        counted = sum(_counts(part, block) for part in decided)
        allowed, denied = (allowed + counted, denied) if rule.allow else (allowed, denied + counted)
    denied += sum(_counts(part, block) for part in undecided)
    if not denied:
        return Passage.ALL
    return Passage.SOME if allowed else Passage.NONE


def _counts(part: IPv4Network, block: IPv4Network) -> bool:
    """Nothing of AWS is at a private address, so that an ACL may stop those on the way to the internet."""
    return block != ANYWHERE or not any(part.subnet_of(own) for own in _NOT_PUBLIC)


def overlap(one: IPv4Network, other: IPv4Network) -> IPv4Network | None:
    """The addresses of both: of two blocks one is in the other, or they have none."""
    if one.subnet_of(other):
        return one
    return other if other.subnet_of(one) else None


def without(block: IPv4Network, taken: IPv4Network) -> Iterable[IPv4Network]:
    """What is left of a block."""
    if block.subnet_of(taken):
        return ()
    return block.address_exclude(taken) if taken.subnet_of(block) else (block,)


def group_admits(rules: Iterable[GroupRule], block: IPv4Network) -> bool:
    """Whether inbound rules of security groups let every address of a block connect to port 443."""
    left = [block]
    for rule in rules:
        if rule.protocol not in (*_TCP, *_ALL) or HTTPS.start not in rule.ports:
            continue
        for cidr in rule.cidrs:
            left = [rest for one in left for rest in without(one, cidr)]
    return not left


def way_to(routes: Sequence[Route], block: IPv4Network) -> Route | None:
    """The route that a packet to this block takes, or would if no narrower one led elsewhere: the longest that has all.

    None is the VPC itself, or no way at all.
    """
    whole = [(route.to.prefixlen, route) for route in routes if route.to is not None and block.subnet_of(route.to)]
    return max(whole, key=lambda one: one[0])[1] if whole else None
