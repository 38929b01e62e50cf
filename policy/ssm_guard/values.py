"""Parsers from a property to a value with a meaning. They give a `Doubt` where there is none, and never raise."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network

from ssm_guard.node import Doubt, Node, Why
from ssm_guard.opening import EVERY_PORT, EVERYONE, Network, Peer, Ports, PrefixList, Protocol, Source

_HIGHEST_PORT = 65535
_HIGHEST_PROTOCOL = 255
_OCTETS = 4
_TCP_NUMBER = 6

# IANA's keywords for protocols, which the provider takes for a network ACL, and the other names of the APIs.
_OTHER_PROTOCOLS = """
    3pc a/n ah aris argus ax.25 bbn-rcc-mon bit-emu bna br-sat-mon cbt cftp chaos compaq-peer cphb cpnx crtp crudp dccp
    dcn-meas ddp ddx dgp dsr egp eigrp emcon encap esp ethernet etherip fc fire ggp gmtp gre hip hmp hopopt i-nlsp iatp
    icmp icmp6 icmpv6 idpr idpr-cmtp idrp ifmp igmp igp il ipcomp ipcv ipencap ipip iplt ippc iptm ipv4 ipv6 ipv6-frag
    ipv6-icmp ipv6-nonxt ipv6-opts ipv6-route ipx-in-ip irtp isis iso-ip iso-tp4 kryptolan l2tp larp leaf-1 leaf-2 manet
    merit-inp mfe-nsp mhrp micp mobile mobility-header mpls-in-ip mtp mux narp netblt nsfnet-igp nsh nvp-ii ospf ospfigp
    pgm pim pipe pnni prm ptp pup pvp qnx rdp rohc rsvp rsvp-e2e-ignore rvd sat-expak sat-mon scc-sp scps sctp sdrp
    secure-vmtp shim6 skip sm smp snp sprite-rpc sps srp sscopmce st st2 stp sun-nd swipe tcf tlsp tp++ trunk-1 trunk-2
    ttp udp udplite uti vines visa vmtp vrrp wb-expak wb-mon wesp wsn xnet xns-idp xtp
"""
_PROTOCOLS = {
    "tcp": Protocol.TCP,
    "all": Protocol.ALL,
    "any": Protocol.ALL,
    **dict.fromkeys(_OTHER_PROTOCOLS.split(), Protocol.OTHER),
}


def protocol(node: Node, *, missing: Protocol | None = None) -> Protocol | Doubt:
    """TCP, everything, or something else: by name or IANA number, in any case, as text or number."""
    if node.value is None and missing is not None:
        return missing
    number = whole_number(node)
    if number is None:
        return _PROTOCOLS.get(word(node)) or node.doubt(Why.MALFORMED)
    if number == -1:
        return Protocol.ALL
    if not 0 <= number <= _HIGHEST_PROTOCOL:
        return node.doubt(Why.MALFORMED)
    return Protocol.TCP if number == _TCP_NUMBER else Protocol.OTHER


def ports(low: Node, high: Node) -> Ports:
    """The range between two properties.

    Missing, one-sided and -1 bounds pass a plan for tcp, and what AWS makes of them isn't documented: every port.
    """
    bounds = (_port(low), _port(high))
    return EVERY_PORT if None in bounds else Ports(*(bound for bound in bounds if bound is not None))


def _port(node: Node) -> int | Doubt | None:
    if node.value is None:
        return None
    number = whole_number(node)
    if number == -1:
        return None
    if number is None or not 0 <= number <= _HIGHEST_PORT:
        return node.doubt(Why.MALFORMED)
    return number


def whole_number(node: Node) -> int | None:
    """A whole number: the engine sends 22.0, a template may say "22". None for everything else."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
        return None
    try:
        number = float(node.value)
    except (ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() else None


def network(node: Node) -> Network | Doubt:
    """The block of addresses that a CIDR means: `0::/0`, ` 1.2.3.4/0` and `0/0` are all read by value."""
    found = _network(node.value) if isinstance(node.value, str) else None
    return found or node.doubt(Why.MALFORMED)


# A big stack writes the same few blocks in every group, and parsing them was a third of what it costs to judge one.
@lru_cache(maxsize=1024)
def _network(text: str) -> Network | None:
    address, slash, prefix = text.strip().partition("/")
    missing = _OCTETS - 1 - address.count(".")
    if slash and ":" not in address and missing > 0:
        address += ".0" * missing
    try:
        return ip_network(f"{address}{slash}{prefix}", strict=False)
    except ValueError:
        return None


def networks(*nodes: Node) -> tuple[Source, ...]:
    """The CIDRs in these properties, be each a list or one value; outputs write "" for what isn't set."""
    return tuple(Source(network(item), item.path) for node in nodes if node.value != "" for item in node.each())


def prefix_lists(*nodes: Node) -> tuple[Source, ...]:
    """The prefix lists that these properties name."""
    return tuple(Source(_prefix_list(item), item.path) for node in nodes for item in node.each())


def _prefix_list(node: Node) -> PrefixList | Doubt:
    if isinstance(node.value, Doubt) and node.value.why is Why.UNKNOWN:
        return PrefixList(None)
    return PrefixList(node.value) if isinstance(node.value, str) else node.doubt(Why.MALFORMED)


def peers(*nodes: Node) -> tuple[Source, ...]:
    """Sources that are never the world, known or not: security groups, and `self` where it is true."""
    return tuple(Source(Peer(), item.path) for node in nodes for item in node.each() if item.value is not False)


def port(node: Node) -> Ports:
    """One port, which AWS demands: a missing one is every port."""
    return ports(node, node)


def order(node: Node, *, missing: int | None = None) -> int | Doubt:
    """The number of an entry, of which the lowest decides."""
    number = missing if node.value is None else whole_number(node)
    return node.doubt(Why.MALFORMED) if number is None else number


def true(node: Node) -> bool | Doubt:
    """Whether a flag is set; text counts, because templates write "true". Missing is false."""
    if node.value is None or isinstance(node.value, bool):
        return bool(node.value)
    if isinstance(node.value, str) and node.value.strip().lower() in {"true", "false"}:
        return node.value.strip().lower() == "true"
    return node.doubt(Why.MALFORMED)


def everyone(node: Node, *families: Network) -> tuple[Source, ...]:
    """Every address of these families (IPv4 by itself), let in because of what stands, or is missing, here."""
    if isinstance(node.value, Doubt):
        return (Source(node.value, node.path),)
    return tuple(Source(family, node.path) for family in families or (EVERYONE,))


def word(node: Node) -> str:
    """A name in lower case without spaces around it; empty for what is no text."""
    return node.value.strip().lower() if isinstance(node.value, str) else ""
