"""The ways out that a person writes down: what EC2 takes, and what is one in name only."""

import json
import string
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.base.targets import PrefixListTarget, SecurityGroupTarget
from components.instance.egress import Egress, Protocol, read_egress, require_useful, with_more

ENTRY = {"port": 80, "to": "10.0.0.0/16", "why": "package mirrors"}
GROUP, LIST = "sg-0123456789abcdef0", "pl-63a5400a"
# IpRange.Description, EC2 API reference.
ALLOWED = {*string.ascii_letters, *string.digits, *" ._-:/()#,@[]+=&;{}!$*"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, {}, id="an entry as the guide shows it"),
        pytest.param({"port": "80"}, {}, id="a port in quotes"),
        pytest.param({"port": 65535}, {"port": 65535}, id="the last port"),
        pytest.param({"to": "10.0.0.5"}, {"to": IPv4Network("10.0.0.5/32")}, id="one address"),
        pytest.param({"to": "0.0.0.0/0"}, {"to": IPv4Network("0.0.0.0/0")}, id="every address"),
        pytest.param({"to": "2001:DB8::/32"}, {"to": IPv6Network("2001:db8::/32")}, id="IPv6"),
        pytest.param({"to": GROUP}, {"to": SecurityGroupTarget(name=GROUP, id=GROUP)}, id="a security group"),
        pytest.param({"to": LIST}, {"to": PrefixListTarget(name=LIST, id=LIST)}, id="a prefix list"),
        pytest.param({"protocol": "udp"}, {"protocol": Protocol.UDP}, id="UDP"),
        pytest.param({"why": "x" * 255}, {"why": "x" * 255}, id="the longest description"),
    ],
)
def test_it_is_read(changed: dict[str, Any], expected: dict[str, Any]) -> None:
    plain = {"port": 80, "to": IPv4Network("10.0.0.0/16"), "why": "package mirrors"}

    assert read_egress("egress", json.dumps([{**ENTRY, **changed}])) == (Egress(**{**plain, **expected}),)


BLOCK = (
    "use a block of IPv4 or IPv6 addresses, for example 10.0.0.0/16, or the id of a security group (sg-…) or of a "
    "prefix list (pl-…)."
)
EXAMPLE = "{port: 80, to: 0.0.0.0/0, why: package mirrors}"
WHY = (
    "say in 1 to 255 letters, digits, blanks and ._-:/()#,@[]+=&;{}!$* what it is for: it becomes the rule's "
    "description, and EC2 takes no others."
)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"port": 0}, "port is 0: use a whole number from 1 to 65535.", id="no port"),
        pytest.param({"port": "8000-8010"}, "port is '8000-8010': use a whole number from 1 to 65535.", id="a range"),
        pytest.param({"port": True}, "port is true: use a whole number from 1 to 65535.", id="true"),
        pytest.param({"to": "db.example.com"}, f"to is 'db.example.com': {BLOCK}", id="a name"),
        pytest.param({"to": "sg-web"}, f"to is 'sg-web': {BLOCK}", id="a security group's name"),
        pytest.param({"to": "vpc-0123456789abcdef0"}, f"to is 'vpc-0123456789abcdef0': {BLOCK}", id="a VPC"),
        pytest.param({"to": 10}, f"to is 10: {BLOCK}", id="a number, which Python takes for an address"),
        pytest.param(
            {"to": "10.0.0.5/16"},
            "to is '10.0.0.5/16': the address must be the block's first. Did you mean 10.0.0.0/16?",
            id="an address in a block",
        ),
        pytest.param({"protocol": "icmp"}, "protocol is 'icmp': use one of tcp, udp.", id="what has no ports"),
        pytest.param({"why": ""}, f"why is '': {WHY}", id="no reason"),
        pytest.param({"why": " mirrors"}, f"why is ' mirrors': {WHY}", id="a blank in front"),
        pytest.param({"why": "Ann's"}, f'why is "Ann\'s": {WHY}', id="an apostrophe"),
        pytest.param({"why": "a\n"}, f"why is 'a\\n': {WHY}", id="a new line"),
        pytest.param({"why": "x" * 256}, f"why is '{'x' * 119}… (258 characters): {WHY}", id="too long a reason"),
        pytest.param(
            {"from": 80},
            "from is 80: there is no such key. Keys are port, to, why, protocol.",
            id="a key that is none",
        ),
    ],
)
def test_it_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_egress("egress", [{**ENTRY, **changed}])

    assert str(caught.value) == f"ssm-only:egress[0].{message}"


@pytest.mark.parametrize("missing", ENTRY)
def test_nothing_is_guessed(missing: str) -> None:
    with pytest.raises(ConfigError, match="a way out is a map with port, to and why"):
        read_egress("egress", [{key: value for key, value in ENTRY.items() if key != missing}])


@given(st.text(min_size=1, max_size=300))
def test_a_reason_has_the_characters_that_ec2_takes(why: str) -> None:
    good = set(why) <= ALLOWED and len(why) <= 255 and why == why.strip(" ")

    try:
        Egress(port=80, to=IPv4Network("10.0.0.0/16"), why=why)
    except ConfigError:
        assert not good
    else:
        assert good


ENTRIES = st.builds(
    Egress,
    port=st.sampled_from([53, 80, 8080]),
    to=st.sampled_from(
        [
            *(ip_network(to) for to in ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "::/0", "::/1")),
            SecurityGroupTarget(name="db", id="sg-1"),
            SecurityGroupTarget(name="cache", id="sg-2"),
            PrefixListTarget(name="db", id="pl-1"),
        ]
    ),
    why=st.just("x"),
    protocol=st.sampled_from(Protocol),
)


@given(ENTRIES, ENTRIES)
def test_two_entries_have_one_name_only_if_they_are_the_same(one: Egress, other: Egress) -> None:
    assert (one.name == other.name) == (one == other)
    # What ends the parts of a URN.
    assert "::" not in one.name


@pytest.mark.parametrize("name", ["", "a::b", "a b", "x" * 65, "d\u00f6"])
@pytest.mark.parametrize("kind", [SecurityGroupTarget, PrefixListTarget])
def test_a_target_has_a_name_that_a_urn_can_hold(kind: type[SecurityGroupTarget | PrefixListTarget], name: str) -> None:
    with pytest.raises(ConfigError, match="use 1 to 64 letters, digits"):
        kind(name=name, id="sg-1")


INSIDE = IPv4Network("10.0.0.0/16")


@pytest.mark.parametrize(
    ("to", "inside", "refused"),
    [
        pytest.param(GROUP, INSIDE, None, id="a group in a closed network"),
        pytest.param(LIST, INSIDE, None, id="a list in a closed network"),
        pytest.param("10.0.7.0/24", INSIDE, None, id="a part of a closed network"),
        pytest.param("10.1.0.0/24", INSIDE, "no route of privatelink leads out", id="another block"),
        pytest.param("fd00::/64", INSIDE, "no route of privatelink leads out", id="IPv6"),
        pytest.param("10.1.0.0/24", None, None, id="another block, in an open network"),
    ],
)
def test_where_a_route_leads(to: str, inside: IPv4Network | None, refused: str | None) -> None:
    (entry,) = read_egress("egress", [{**ENTRY, "to": to}])

    if refused is None:
        require_useful({"egress[0]": entry}, inside=inside)
    else:
        with pytest.raises(ConfigError, match=refused):
            require_useful({"egress[0]": entry}, inside=inside)


@pytest.mark.parametrize("to", [GROUP, LIST])
def test_a_group_or_a_list_twice_is_refused(to: str) -> None:
    one, two = read_egress("egress", [{**ENTRY, "to": to}, {**ENTRY, "to": to, "why": "again"}])

    with pytest.raises(ConfigError, match=r"egress\[0\] has it already"):
        require_useful({"egress[0]": one, "egress[1]": two}, inside=None)


def to_group(why: str, *, takes_rules: bool) -> Egress:
    return Egress(port=5432, to=SecurityGroupTarget(name="db", id="sg-1", takes_rules=takes_rules), why=why)


OTHER = Egress(port=80, to=IPv4Network("10.0.0.0/16"), why="other")
HTTPS = Egress(port=443, to=IPv4Network("0.0.0.0/0"), why="web")


@pytest.mark.parametrize(
    ("ways", "more", "is_closed", "expected"),
    [
        pytest.param([OTHER], [], True, [OTHER], id="nothing more"),
        pytest.param([OTHER], [OTHER], True, [OTHER], id="what is open already"),
        pytest.param(
            [to_group("a", takes_rules=False)],
            [to_group("b", takes_rules=True)],
            True,
            [to_group("a", takes_rules=True)],
            id="a group that now takes our rule",
        ),
        pytest.param(
            [],
            [to_group("a", takes_rules=True), to_group("b", takes_rules=False)],
            True,
            [to_group("a", takes_rules=True)],
            id="two hosts behind one group",
        ),
        pytest.param([], [HTTPS], False, [], id="what every instance of an open network has"),
        pytest.param([], [HTTPS], True, [HTTPS], id="which in a closed one is more"),
    ],
)
def test_what_more_is_opened(ways: list[Egress], more: list[Egress], is_closed: bool, expected: list[Egress]) -> None:  # noqa: FBT001 - pytest passes them by name
    assert [*with_more(ways, more, is_closed=is_closed)] == expected


@given(st.lists(ENTRIES), st.lists(ENTRIES), st.booleans())
def test_no_way_is_opened_twice_and_none_is_lost(ways: list[Egress], more: list[Egress], is_closed: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    names = [one.name for one in with_more(ways, more, is_closed=is_closed)]

    assert len(names) == len(set(names))
    assert {one.name for one in (*ways, *more)} - set(names) <= {HTTPS.name}
