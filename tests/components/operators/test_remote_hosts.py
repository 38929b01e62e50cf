"""Remote hosts one by one: what a line names, and where the rule for it leads."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from components.base.errors import ConfigError
from components.base.targets import PrefixListTarget, SecurityGroupTarget, Target
from components.operators.remote_hosts import EXAMPLE, RemoteHost, read_remote_hosts

GROUP, LIST = "sg-0123456789abcdef0", "pl-63a5400a"
REST = {"port": 5432, "why": "orders"}
DB = "db.example.internal"


@pytest.mark.parametrize(
    ("entry", "host", "to"),
    [
        pytest.param({"host": "10.0.3.4"}, "10.0.3.4", IPv4Network("10.0.3.4/32"), id="an address"),
        pytest.param({"to": "10.0.3.4"}, "10.0.3.4", IPv4Network("10.0.3.4/32"), id="an address as the target"),
        pytest.param({"host": DB, "to": "10.0.3.0/24"}, DB, IPv4Network("10.0.3.0/24"), id="a name in a block"),
        pytest.param({"host": DB, "to": LIST}, DB, PrefixListTarget(name=LIST, id=LIST), id="a name in a list"),
        pytest.param({"host": DB, "to": GROUP}, DB, SecurityGroupTarget(name=GROUP, id=GROUP), id="a name in a group"),
        pytest.param(
            {"host": DB, "to": GROUP, "addRule": True},
            DB,
            SecurityGroupTarget(name=GROUP, id=GROUP, takes_rules=True),
            id="in a group that gets our rule",
        ),
    ],
)
def test_it_is_read(entry: dict[str, Any], host: str, to: Target) -> None:
    read = read_remote_hosts("operators.remoteHosts", [{**REST, **entry}])

    assert read == (RemoteHost(host=host, port=5432, to=to, why="orders"),)


@pytest.mark.parametrize("switch", [True, False])
def test_it_is_a_switch_too(switch: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    assert read_remote_hosts("operators.remoteHosts", switch) is switch


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param("db", " is 'db': use true or false.", id="neither a switch nor a list"),
        pytest.param(
            [{"port": 5432, "why": "x"}],
            f'[0] is {{"port": 5432, "why": "x"}}: a remote host is a map with host or to, port and why, for example '
            f"{EXAMPLE}.",
            id="no host",
        ),
        pytest.param(
            [{"host": DB, "port": 5432}],
            f'[0] is {{"host": "{DB}", "port": 5432}}: a remote host is a map with host or to, port and why, for '
            f"example {EXAMPLE}.",
            id="no reason",
        ),
        pytest.param(
            [{**REST, "host": DB}],
            f"[0].host is '{DB}': a security group knows no names. Say to too: an address, a block, sg-… or pl-….",
            id="a name alone",
        ),
        pytest.param(
            [{**REST, "to": GROUP}],
            f"[0].to is '{GROUP}': it is no single address. Say which host the line is to name too.",
            id="a group alone",
        ),
        pytest.param(
            [{**REST, "to": "10.0.0.0/24"}],
            "[0].to is '10.0.0.0/24': it is no single address. Say which host the line is to name too.",
            id="a block alone",
        ),
        pytest.param(
            [{**REST, "to": "instance/db"}],
            "[0].to is 'instance/db': nothing comes in to an instance of this stack, not even from another one. "
            "Forward to it directly: portForwarding, and its own port_forward line.",
            id="an instance of the stack",
        ),
        pytest.param(
            [{**REST, "to": "10.0.3.4", "addRule": True}],
            "[0].addRule is true: a rule is added to a security group, and 10.0.3.4/32 is none.",
            id="a rule for an address",
        ),
        pytest.param(
            [{**REST, "host": "db;reboot", "to": GROUP}],
            "[0].host is 'db;reboot': use a host's name or address, for example db.example.internal.",
            id="what no host is called",
        ),
        pytest.param(
            [{**REST, "host": "10.0.3.4"}, {**REST, "host": "10.0.3.4", "why": "again"}],
            "[1] is '10.0.3.4:5432': it stands above already. Remove one of the two.",
            id="twice",
        ),
        pytest.param(
            [{**REST, "host": "10.0.3.4", "prot": 1}],
            "[0].prot is 1: there is no such key. Did you mean port? Keys are host, to, port, why, addRule.",
            id="a misspelt key",
        ),
    ],
)
def test_it_is_refused(entries: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_remote_hosts("operators.remoteHosts", entries)

    assert str(caught.value) == f"ssm-only:operators.remoteHosts{message}"


def test_a_hand_made_one_is_checked_too() -> None:
    with pytest.raises(ConfigError, match="use a host's name"):
        RemoteHost(host="a b c", port=1, to=IPv4Network("10.0.0.1/32"), why="x")
    with pytest.raises(ConfigError, match="what it is for"):
        RemoteHost(host="abc", port=1, to=IPv4Network("10.0.0.1/32"), why="")
