"""Which packets the network ACLs of a network let through. Plain values in, plain values out.

An ACL knows no connections: what goes out needs a rule, and so do its answers. It stands at a subnet's border, so what
stays in a subnet passes none. Names, the metadata service, the time and licences of Windows come from addresses that no
ACL filters ("Network ACL basics", VPC user guide).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from ..base.errors import ConfigError
from .routes import NextHop, Tier, Way

Block = IPv4Network | IPv6Network

# Where a connection ends at who has opened it: Linux takes 32768 to 60999, Windows 49152 to 65535, a NAT gateway 1024
# to 65535 ("Ephemeral ports", VPC user guide). Port 22 is not among them; of 3389 and others the groups decide alone.
EPHEMERAL = range(1024, 65_535 + 1)

_HTTPS = 443
_ANYWHERE = ip_network("0.0.0.0/0")
_ANYWHERE_6 = ip_network("::/0")

# These have a type and a code in place of ports.
ICMP = "icmp"
ICMP_6 = "icmpv6"

# 20 of each family and direction, the last of which is AWS's own, `*` ("Amazon VPC quotas").
_MOST_RULES = 19


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """What instances may connect to.

    Attributes:
        port: that is connected to.
        to: whose.
        protocol: tcp or udp.
    """

    port: int
    to: Block
    protocol: str = "tcp"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A rule of an ACL, which allows; what no rule allows is refused.

    Attributes:
        protocol: tcp, udp, `ICMP` or `ICMP_6`.
        ports: at the end that the packet goes to; of ICMP the type alone.
        cidr: the other end: where an inbound packet comes from, or an outbound one goes.
        code: of ICMP.
    """

    protocol: str
    ports: range
    cidr: Block
    code: int | None = None

    def covers(self, other: "Entry") -> bool:
        """Whether it lets through all that the other does."""
        return (
            (self.protocol, self.code) == (other.protocol, other.code)
            and self.ports.start <= other.ports.start
            and self.ports.stop >= other.ports.stop
            and _holds(self.cidr, other.cidr)
        )


@dataclass(frozen=True, kw_only=True)
class Acl:
    """The rules of one ACL, in the order of their numbers. All of them allow, so their order changes nothing."""

    ingress: Sequence[Entry]
    egress: Sequence[Entry]


def plan_acls(
    way: Way,
    vpc: IPv4Network,
    ways_out: Sequence[WayOut] = (),
    *,
    ports_in: Sequence[int] = (),
    ipv6: bool = False,
) -> Mapping[Tier, Acl]:
    """Plan an ACL for each tier of subnets.

    No rule of an ACL can name a prefix list or a security group. So where S3 is all that is outside, 443 is open to the
    world here, and the instance's group alone narrows it.

    Args:
        way: how packets leave the network.
        vpc: its block.
        ways_out: what instances may connect to, beside Systems Manager.
        ports_in: TCP ports of instances that an endpoint in one of their subnets connects to.
        ipv6: whether the VPC has IPv6 too. Interface endpoints answer at IPv4 addresses all the same.

    Raises:
        ConfigError: AWS would not take as many rules.
    """
    plans = {way.instances: _acl(_of_instances(way, vpc, ways_out, ports_in, ipv6=ipv6))}
    if way.has(NextHop.NAT_GATEWAY):
        plans[Tier.PUBLIC] = _acl(_of_nat(vpc, ways_out))
    for tier, acl in plans.items():
        _require_fits(tier, "inbound", acl.ingress)
        _require_fits(tier, "outbound", acl.egress)
    return plans


@dataclass(frozen=True, kw_only=True)
class _Passage:
    """What passes a subnet's border: a packet, and the other direction for its answer."""

    ingress: Entry
    egress: Entry


def _opens(protocol: str, port: int, to: Block) -> _Passage:
    """Connections from the subnet."""
    return _Passage(egress=_entry(protocol, _only(port), to), ingress=_entry(protocol, EPHEMERAL, to))


def _takes(protocol: str, port: int, source: Block) -> _Passage:
    """Connections into it."""
    return _Passage(ingress=_entry(protocol, _only(port), source), egress=_entry(protocol, EPHEMERAL, source))


def _in_every_tier(vpc: IPv4Network) -> Iterator[_Passage]:
    """What leads to Systems Manager in any variant: to the world, or from one of these subnets to another.

    The other one has the NAT gateway, or an endpoint, of which an instance may take that of another zone. A variant
    that needs one of both ways has both all the same, and as its first rules: an ACL changes while its subnets are in
    use, before the old way has gone, and the provider takes a rule whose number changes away before it adds it anew.
    What is let in here, the instances' groups refuse.
    """
    yield _opens("tcp", _HTTPS, _ANYWHERE)
    yield _takes("tcp", _HTTPS, vpc)
    yield _too_big(ICMP, 3, 4, _ANYWHERE)


def _of_instances(
    way: Way, vpc: IPv4Network, ways_out: Sequence[WayOut], ports_in: Sequence[int], *, ipv6: bool
) -> Iterator[_Passage]:
    yield from _in_every_tier(vpc)
    if ipv6 and not way.is_closed:
        yield _opens("tcp", _HTTPS, _ANYWHERE_6)
        yield _too_big(ICMP_6, 2, 0, _ANYWHERE_6)
    for port in ports_in:
        yield _opens("tcp", port, vpc)
        yield _takes("tcp", port, vpc)
    for one in ways_out:
        if isinstance(one.to, IPv4Network) or ipv6:
            yield _opens(one.protocol, one.port, one.to)
        if isinstance(one.to, IPv4Network) and one.to.overlaps(vpc):
            # It may be in another of these subnets.
            yield _takes(one.protocol, one.port, vpc)


def _of_nat(vpc: IPv4Network, ways_out: Sequence[WayOut]) -> Iterator[_Passage]:
    """A packet of an instance comes in with its own address, and goes out with the gateway's."""
    yield from _in_every_tier(vpc)
    for one in ways_out:
        # IPv6 passes no NAT, and what is in the VPC none either.
        if isinstance(one.to, IPv4Network) and not _holds(vpc, one.to):
            yield _takes(one.protocol, one.port, vpc)
            yield _opens(one.protocol, one.port, one.to)


def _too_big(protocol: str, type_: int, code: int, to: Block) -> _Passage:
    """The answer of a router that takes no packet as large: without it a connection stands still after its beginning.

    "Path MTU Discovery", VPC user guide: both directions need it.
    """
    entry = Entry(protocol=protocol, ports=_only(type_), cidr=to, code=code)
    return _Passage(ingress=entry, egress=entry)


def _entry(protocol: str, ports: range, cidr: Block) -> Entry:
    return Entry(protocol=protocol, ports=ports, cidr=cidr)


def _only(number: int) -> range:
    return range(number, number + 1)


def _acl(passages: Iterator[_Passage]) -> Acl:
    all_of = list(passages)
    return Acl(
        ingress=_without_covered([one.ingress for one in all_of]),
        egress=_without_covered([one.egress for one in all_of]),
    )


def _without_covered(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The same with fewer rules, since AWS takes few."""
    once = list(dict.fromkeys(entries))
    return [one for one in once if not any(other != one and other.covers(one) for other in once)]


def _holds(block: Block, other: Block) -> bool:
    if isinstance(block, IPv4Network):
        return isinstance(other, IPv4Network) and other.subnet_of(block)
    return isinstance(other, IPv6Network) and other.subnet_of(block)


def _require_fits(tier: Tier, direction: str, entries: Sequence[Entry]) -> None:
    for family, kind in (("IPv4", IPv4Network), ("IPv6", IPv6Network)):
        count = sum(isinstance(one.cidr, kind) for one in entries)
        if count > _MOST_RULES:
            raise ConfigError(
                "networkAcls",
                value=True,
                advice=f"with all of egress the ACL of the {tier.value} subnets has {count} {direction} rules for "
                f"{family}, and AWS takes {_MOST_RULES} beside its own. Use fewer ports or larger blocks in egress, or "
                "no ACLs: the instances' groups have the same rules.",
            )
