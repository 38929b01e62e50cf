"""The ways out that a person writes down: what EC2 takes, and what is one in name only."""

import json
import string
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.instance.egress import Egress, Protocol, read_egress

ENTRY = {"port": 80, "to": "10.0.0.0/16", "why": "package mirrors"}
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
        pytest.param({"protocol": "udp"}, {"protocol": Protocol.UDP}, id="UDP"),
        pytest.param({"why": "x" * 255}, {"why": "x" * 255}, id="the longest description"),
    ],
)
def test_it_is_read(changed: dict[str, Any], expected: dict[str, Any]) -> None:
    plain = {"port": 80, "to": IPv4Network("10.0.0.0/16"), "why": "package mirrors"}

    assert read_egress("egress", json.dumps([{**ENTRY, **changed}])) == (Egress(**{**plain, **expected}),)


BLOCK = "use a block of IPv4 or IPv6 addresses, for example 10.0.0.0/16."
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
    to=st.sampled_from([ip_network(to) for to in ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "::/0", "::/1")]),
    why=st.just("x"),
    protocol=st.sampled_from(Protocol),
)


@given(ENTRIES, ENTRIES)
def test_two_entries_have_one_name_only_if_they_are_the_same(one: Egress, other: Egress) -> None:
    assert (one.name == other.name) == (one == other)
    # What ends the parts of a URN.
    assert "::" not in one.name
