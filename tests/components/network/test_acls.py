"""Packets that walk through a network's ACLs, rule by rule as EC2 does it, with the answers on their way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.network.acls import ICMP, ICMP_6, Acl, Entry, WayOut, plan_acls
from components.network.routes import WAYS, Tier, Variant

VPC = IPv4Network("10.0.0.0/16")
FIRST, SECOND, NAT = "10.0.0.9", "10.0.16.9", "10.0.240.9"  # an instance in each of two zones; the NAT gateway
ENDPOINT = "10.0.16.20"  # Systems Manager's, in the second zone
WORLD, WORLD_6 = "198.51.100.7", "2001:db8::7"
OWN_6 = "2600:1f18::9"


@dataclass(frozen=True)
class Packet:
    source: str
    target: str
    port: int  # that it goes to
    protocol: str = "tcp"
    code: int | None = None


def lets(rules: Sequence[Entry], peer: str, packet: Packet) -> bool:
    """The first rule that matches decides, and all of ours allow; after the last one everything is refused."""
    for rule in rules:
        if (
            rule.protocol == packet.protocol
            and ip_address(peer) in rule.cidr
            and packet.port in rule.ports
            and rule.code == packet.code
        ):
            return True
    return False


def leaves(acl: Acl, packet: Packet) -> bool:
    return lets(acl.egress, packet.target, packet)


def enters(acl: Acl, packet: Packet) -> bool:
    return lets(acl.ingress, packet.source, packet)


def arrives(acls: Mapping[Tier, Acl], variant: Variant, packet: Packet) -> bool:
    """Whether a packet that an instance sends gets to its target: past each subnet's border on the way."""
    own = acls[WAYS[variant].instances]
    if not leaves(own, packet):
        return False
    if ip_address(packet.target) in VPC:
        return enters(own, packet)
    if variant is Variant.NAT and ip_address(packet.target).version == 4:
        nat = acls[Tier.PUBLIC]
        translated = Packet(NAT, packet.target, packet.port, packet.protocol, packet.code)
        return enters(nat, packet) and leaves(nat, translated)
    return True


def returns(acls: Mapping[Tier, Acl], variant: Variant, packet: Packet, port: int) -> bool:
    """Whether the answer gets back, to the port from which the packet came."""
    own = acls[WAYS[variant].instances]
    answer = Packet(packet.target, packet.source, port, packet.protocol, packet.code)
    if ip_address(packet.target) in VPC:
        return leaves(own, answer) and enters(own, answer)
    if variant is Variant.NAT and ip_address(packet.target).version == 4:
        nat = acls[Tier.PUBLIC]
        # Whichever port the gateway took.
        for taken in (1024, 32768, 65535):
            if not enters(nat, Packet(packet.target, NAT, taken, packet.protocol, packet.code)):
                return False
        if not leaves(nat, answer):
            return False
    return enters(own, answer)


def converses(acls: Mapping[Tier, Acl], variant: Variant, packet: Packet) -> bool:
    """There and back, from the ephemeral ports of Linux and of Windows."""
    return arrives(acls, variant, packet) and all(
        returns(acls, variant, packet, port) for port in (32768, 49152, 65535)
    )


def acls_of(variant: Variant, *ways_out: WayOut, **more: Any) -> Mapping[Tier, Acl]:
    return plan_acls(WAYS[variant], VPC, ways_out, **more)


@pytest.mark.parametrize(
    ("variant", "packet", "passes"),
    [
        pytest.param(Variant.IGW, Packet(FIRST, WORLD, 443), True, id="igw: Systems Manager in the world"),
        pytest.param(Variant.IGW, Packet(FIRST, WORLD, 80), False, id="igw: no other port"),
        pytest.param(Variant.IGW, Packet(FIRST, WORLD, 443, "udp"), False, id="igw: no other protocol"),
        pytest.param(Variant.NAT, Packet(FIRST, WORLD, 443), True, id="nat: Systems Manager in the world"),
        pytest.param(Variant.NAT, Packet(FIRST, WORLD, 22), False, id="nat: no other port"),
        pytest.param(
            Variant.PRIVATELINK, Packet(FIRST, ENDPOINT, 443), True, id="privatelink: another zone's endpoint"
        ),
        pytest.param(Variant.PRIVATELINK, Packet(FIRST, WORLD, 443), True, id="privatelink: S3, which has no block"),
        pytest.param(Variant.PRIVATELINK, Packet(FIRST, WORLD, 80), False, id="privatelink: no other port"),
        pytest.param(Variant.IGW, Packet(FIRST, SECOND, 22), False, id="igw: not from instance to instance"),
        pytest.param(Variant.NAT, Packet(FIRST, SECOND, 22), False, id="nat: not from instance to instance"),
        pytest.param(Variant.PRIVATELINK, Packet(FIRST, SECOND, 22), False, id="privatelink: instances reach no 22"),
    ],
)
def test_what_an_instance_reaches(variant: Variant, packet: Packet, passes: bool) -> None:  # noqa: FBT001 - a column
    assert converses(acls_of(variant), variant, packet) is passes


@pytest.mark.parametrize("before", Variant)
@pytest.mark.parametrize("after", Variant)
def test_the_rules_of_a_way_to_systems_manager_keep_their_numbers_when_the_variant_changes(
    before: Variant, after: Variant
) -> None:
    """An ACL is changed in place, rule by rule, while what was made for the other variant is in use."""
    old, new = acls_of(before), acls_of(after)
    for tier in old.keys() & new.keys():
        assert old[tier] == new[tier]
    for acl in (*old.values(), *new.values()):
        assert enters(acl, Packet(FIRST, ENDPOINT, 443))
        assert leaves(acl, Packet(ENDPOINT, FIRST, 32768))
        assert leaves(acl, Packet(FIRST, WORLD, 443))
        assert enters(acl, Packet(WORLD, FIRST, 65535))


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("ipv6", [False, True], ids=["IPv4", "dual-stack"])
def test_nobody_in_the_world_reaches_port_22(variant: Variant, *, ipv6: bool) -> None:
    for acl in acls_of(variant, ipv6=ipv6).values():
        for source in (WORLD, WORLD_6):
            for port in (21, 22, 23, 80, 443, 1023):
                assert not enters(acl, Packet(source, FIRST, port))


@pytest.mark.parametrize("variant", Variant)
def test_packets_that_are_too_large_are_told_of(variant: Variant) -> None:
    for acl in acls_of(variant).values():
        needs_fragments = Packet(WORLD, FIRST, 3, ICMP, 4)
        assert enters(acl, needs_fragments)
        assert leaves(acl, Packet(FIRST, WORLD, 3, ICMP, 4))
        assert not enters(acl, Packet(WORLD, FIRST, 8, ICMP, 0)), "an echo is no answer"


@pytest.mark.parametrize(("variant", "open_"), [(Variant.IGW, True), (Variant.NAT, True), (Variant.PRIVATELINK, False)])
def test_ipv6_leads_where_ipv4_does(variant: Variant, open_: bool) -> None:  # noqa: FBT001 - a column
    packet, told = Packet(OWN_6, WORLD_6, 443), Packet(WORLD_6, OWN_6, 2, ICMP_6, 0)
    instances = acls_of(variant, ipv6=True)[WAYS[variant].instances]

    assert converses(acls_of(variant, ipv6=True), variant, packet) is open_
    assert enters(instances, told) is open_
    assert not converses(acls_of(variant), variant, packet)


def test_an_endpoint_in_a_subnet_connects_to_instances_of_all() -> None:
    for variant in Variant:
        ssh = Packet(ENDPOINT, FIRST, 22)
        assert converses(acls_of(variant, ports_in=[22]), variant, ssh)
        assert not arrives(acls_of(variant), variant, ssh)
        assert not enters(acls_of(variant, ports_in=[22])[WAYS[variant].instances], Packet(WORLD, FIRST, 22))


def test_what_no_gateway_translates_has_no_rule_at_the_gateway() -> None:
    acls = acls_of(Variant.NAT, WayOut(port=25, to=VPC), WayOut(port=53, to=ip_network("::/0")), ipv6=True)

    assert acls[Tier.PUBLIC] == acls_of(Variant.NAT)[Tier.PUBLIC]
    assert converses(acls, Variant.NAT, Packet(FIRST, SECOND, 25))
    assert converses(acls, Variant.NAT, Packet(OWN_6, WORLD_6, 53))


def blocks() -> st.SearchStrategy[IPv4Network]:
    """Anywhere, and often in the VPC."""

    def block(inside: bool, address: int, length: int) -> IPv4Network:  # noqa: FBT001 - a draw
        base = int(VPC.network_address) if inside else 0
        return IPv4Network(
            (base + address % (1 << 16) if inside else address, max(length, 16 if inside else 0)), strict=False
        )

    return st.builds(block, st.booleans(), st.integers(0, 2**32 - 1), st.integers(0, 32))


ways_out = st.builds(WayOut, port=st.integers(1, 65535), to=blocks(), protocol=st.sampled_from(["tcp", "udp"]))


@given(variant=st.sampled_from(Variant), wanted=st.lists(ways_out, max_size=6), data=st.data())
def test_every_way_out_is_one_there_and_back(variant: Variant, wanted: list[WayOut], data: st.DataObject) -> None:
    acls = acls_of(variant, *wanted)
    for one in wanted:
        assert isinstance(one.to, IPv4Network)
        host = str(one.to[data.draw(st.integers(0, one.to.num_addresses - 1))])
        assert converses(acls, variant, Packet(FIRST, host, one.port, one.protocol))
    assert converses(acls, variant, Packet(FIRST, WORLD, 443))


@given(variant=st.sampled_from(Variant), wanted=st.lists(ways_out, max_size=6), port=st.integers(1, 1023))
def test_no_way_out_is_a_way_in(variant: Variant, wanted: list[WayOut], port: int) -> None:
    for acl in acls_of(variant, *wanted).values():
        for protocol in ("tcp", "udp"):
            assert not enters(acl, Packet(WORLD, FIRST, port, protocol))


@given(variant=st.sampled_from(Variant), wanted=st.lists(ways_out, max_size=6), port=st.integers(1, 65535))
def test_what_is_not_asked_for_is_not_opened(variant: Variant, wanted: list[WayOut], port: int) -> None:
    """A port of the world, from any instance: only where an entry or Systems Manager has it."""
    known = port == 443 or any(
        one.port == port and one.protocol == "tcp" and ip_address(WORLD) in one.to for one in wanted
    )

    assert arrives(acls_of(variant, *wanted), variant, Packet(FIRST, WORLD, port)) is known


@given(variant=st.sampled_from(Variant), wanted=st.lists(ways_out, max_size=6))
def test_no_rule_is_covered_by_another(variant: Variant, wanted: list[WayOut]) -> None:
    for acl in acls_of(variant, *wanted).values():
        for rules in (acl.ingress, acl.egress):
            assert [(one, two) for one in rules for two in rules if one != two and one.covers(two)] == []
            assert len(set(rules)) == len(rules)


def test_one_block_more_adds_a_rule_at_the_end() -> None:
    """The number of a rule is its place: another number is another rule, and the old one goes first."""
    some = [WayOut(port=80, to=ip_network("192.0.2.0/24"))]
    more = [*some, WayOut(port=25, to=ip_network("203.0.113.0/24"))]
    before, after = acls_of(Variant.IGW, *some)[Tier.PUBLIC], acls_of(Variant.IGW, *more)[Tier.PUBLIC]

    assert after.egress[: len(before.egress)] == before.egress
    assert len(after.egress) == len(before.egress) + 1


@pytest.mark.parametrize(
    ("variant", "count", "refused"),
    [
        pytest.param(Variant.IGW, 16, None, id="as many as AWS takes"),
        pytest.param(Variant.IGW, 17, "public subnets has 20 inbound rules for IPv4", id="one too many"),
        pytest.param(Variant.NAT, 16, None, id="nat: as many"),
        pytest.param(Variant.NAT, 17, "private subnets has 20 inbound rules for IPv4", id="nat: one too many"),
    ],
)
def test_more_rules_than_aws_takes_are_refused(variant: Variant, count: int, refused: str | None) -> None:
    wanted = [WayOut(port=1000 + number, to=ip_network("0.0.0.0/0")) for number in range(count)]
    if refused is None:
        assert acls_of(variant, *wanted)
        return
    with pytest.raises(ConfigError, match=refused):
        acls_of(variant, *wanted)


def test_the_quota_is_of_each_family() -> None:
    wanted = [WayOut(port=1000 + number, to=ip_network(to)) for number in range(16) for to in ("0.0.0.0/0", "::/0")]

    assert len(acls_of(Variant.IGW, *wanted, ipv6=True)[Tier.PUBLIC].egress) == 37
    assert isinstance(acls_of(Variant.IGW, *wanted, ipv6=True)[Tier.PUBLIC].egress[-1].cidr, IPv6Network)
