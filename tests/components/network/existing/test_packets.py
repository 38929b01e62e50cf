"""Network ACLs, groups and routes against what a packet by packet reading of the rules says."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.existing.facts import Acl, AclRule, GroupRule, Route
from components.network.existing.packets import ANYWHERE, HTTPS, Passage, acl_passes, group_admits, way_to
from components.network.existing.wanted import LINUX_PORTS
from tests.components.network.existing.vpcs import OPEN, admits, rule

BLOCK = IPv4Network("10.8.1.0/24")
ALL, SOME, NONE = Passage.ALL, Passage.SOME, Passage.NONE


def out(number: int, *, allow: bool, ports: range = HTTPS, cidr: str = "0.0.0.0/0") -> AclRule:
    return rule(number, egress=True, allow=allow, ports=ports, cidr=cidr)


@pytest.mark.parametrize(
    ("rules", "block", "ports", "passage"),
    [
        pytest.param(OPEN, BLOCK, HTTPS, ALL, id="everything is let through"),
        pytest.param([], BLOCK, HTTPS, NONE, id="no rule: everything is stopped"),
        pytest.param([out(100, allow=True)], BLOCK, HTTPS, ALL, id="the port to anywhere"),
        pytest.param([out(100, allow=True, ports=range(80, 81))], BLOCK, HTTPS, NONE, id="another port"),
        pytest.param([rule(100, egress=False, allow=True, ports=HTTPS)], BLOCK, HTTPS, NONE, id="the other direction"),
        pytest.param([out(90, allow=False), *OPEN], BLOCK, HTTPS, NONE, id="a lower number stops it"),
        pytest.param([*OPEN, out(110, allow=False)], BLOCK, HTTPS, ALL, id="a higher number is too late"),
        pytest.param([out(100, allow=True, cidr="10.8.0.0/16")], BLOCK, HTTPS, ALL, id="a block that holds it"),
        pytest.param([out(100, allow=True, cidr="10.9.0.0/16")], BLOCK, HTTPS, NONE, id="a block beside it"),
        pytest.param([out(100, allow=True, cidr="10.8.1.0/25")], BLOCK, HTTPS, SOME, id="half of it"),
        pytest.param(
            [out(100, allow=True, cidr="10.8.1.0/25"), out(110, allow=True, cidr="10.8.1.128/25")],
            BLOCK,
            HTTPS,
            ALL,
            id="both halves",
        ),
        pytest.param(
            [out(90, allow=False, cidr="10.0.0.0/8"), *OPEN], ANYWHERE, HTTPS, ALL, id="private addresses alone"
        ),
        pytest.param(
            [out(90, allow=False, cidr="52.0.0.0/8"), *OPEN], ANYWHERE, HTTPS, SOME, id="some of the internet"
        ),
        pytest.param([out(90, allow=True, cidr="10.0.0.0/8")], ANYWHERE, HTTPS, NONE, id="nothing of the internet"),
        pytest.param([out(100, allow=True, ports=range(1024, 65536))], BLOCK, LINUX_PORTS, ALL, id="all return ports"),
        pytest.param([out(100, allow=True, ports=range(49152, 65536))], BLOCK, LINUX_PORTS, NONE, id="Windows' alone"),
        pytest.param(
            [out(90, allow=False, ports=range(40000, 40001)), *OPEN], BLOCK, LINUX_PORTS, NONE, id="all but one"
        ),
        pytest.param(
            [out(90, allow=True, ports=range(1024, 40000)), out(91, allow=True, ports=range(40000, 65536))],
            BLOCK,
            LINUX_PORTS,
            ALL,
            id="return ports in two rules",
        ),
    ],
)
def test_an_acl(rules: Sequence[AclRule], block: IPv4Network, ports: range, passage: Passage) -> None:
    assert acl_passes(Acl(id="acl-1", rules=rules), egress=True, ports=ports, block=block) is passage


def test_a_rule_for_udp_is_none_for_tcp() -> None:
    udp = AclRule(number=90, egress=True, allow=False, protocol="17", ports=HTTPS, cidr=ANYWHERE)

    assert acl_passes(Acl(id="acl-1", rules=[udp, *OPEN]), egress=True, ports=HTTPS, block=BLOCK) is ALL


# 16 addresses and 8 ports, so that each packet can be tried.
_BLOCKS = st.sampled_from(
    [net for bits in range(28, 33) for net in IPv4Network("10.8.1.0/28").subnets(new_prefix=bits)]
)
_PORTS = st.tuples(st.integers(440, 447), st.integers(1, 4)).map(lambda ends: range(ends[0], ends[0] + ends[1]))
_RULES = st.lists(
    st.builds(
        AclRule,
        number=st.integers(1, 9),
        egress=st.just(value=True),
        allow=st.booleans(),
        protocol=st.sampled_from(["6", "-1", "17"]),
        ports=_PORTS,
        cidr=_BLOCKS,
    ),
    max_size=6,
    unique_by=lambda one: one.number,
)


def _lets(rules: Sequence[AclRule], address: IPv4Address, port: int) -> bool:
    for one in sorted(rules, key=lambda one: one.number):
        is_port = one.protocol == "-1" or (one.protocol == "6" and port in one.ports)
        if is_port and one.cidr is not None and address in one.cidr:
            return one.allow
    return False


@given(rules=_RULES, block=_BLOCKS, ports=_PORTS)
def test_an_acl_is_read_as_packet_by_packet(rules: list[AclRule], block: IPv4Network, ports: range) -> None:
    by_port = [[_lets(rules, address, port) for address in block] for port in ports]

    passage = acl_passes(Acl(id="acl-1", rules=rules), egress=True, ports=ports, block=block)

    if all(map(all, by_port)):
        assert passage is ALL
    elif all(map(any, by_port)):
        assert passage is SOME
    else:
        assert passage is NONE


@pytest.mark.parametrize(
    ("rules", "admitted"),
    [
        pytest.param(admits("10.8.0.0/16"), True, id="the VPC's block"),
        pytest.param(admits("10.8.1.0/25", "10.8.1.128/25"), True, id="both halves"),
        pytest.param(admits("10.8.1.0/25"), False, id="one half"),
        pytest.param(admits("10.9.0.0/16"), False, id="another block"),
        pytest.param(admits("10.8.0.0/16", ports=range(8443, 8444)), False, id="another port"),
        pytest.param(admits("10.8.0.0/16", ports=range(65536)), True, id="all ports"),
        pytest.param([GroupRule(protocol="-1", ports=range(65536), cidrs=[ANYWHERE])], True, id="all protocols"),
        pytest.param([GroupRule(protocol="udp", ports=HTTPS, cidrs=[ANYWHERE])], False, id="UDP"),
        pytest.param([], False, id="no rule"),
    ],
)
def test_groups(rules: Sequence[GroupRule], *, admitted: bool) -> None:
    assert group_admits(rules, BLOCK) is admitted


def test_the_longest_route_that_holds_a_block() -> None:
    wide, narrow = Route(to=ANYWHERE, target="nat-1"), Route(to=IPv4Network("10.0.0.0/8"), target="tgw-1")
    part = Route(to=IPv4Network("10.8.1.0/25"), target="pcx-1")

    assert way_to([wide, narrow, part], BLOCK) == narrow
    assert way_to([narrow, wide], ANYWHERE) == wide
    assert way_to([part, Route(to=None, target="igw-1")], BLOCK) is None
