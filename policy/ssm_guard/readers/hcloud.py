"""Hetzner Cloud: firewalls of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.readers.cloud import Cloud, Repair
from ssm_guard.readers.rules import carrying_tcp, entries, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening


def firewall(props: Node) -> Iterator[Opening]:
    """A firewall, whose rules allow only."""
    for rule in props["rules"].each():
        inbound = says(rule["direction"], "in")
        if inbound is False:
            continue
        yield from entries(
            rule,
            protocol=carrying_tcp(rule["protocol"], missing=None),
            ports=port_texts(rule["port"]),
            sources=values.networks(rule["sourceIps"]),
            unless=inbound,
        )


_FIREWALL = "hcloud:index/firewall:Firewall"

CLOUD = Cloud(
    name="hcloud",
    prefixes=("hcloud",),
    readers={_FIREWALL: firewall},
    remedy="Take it out, and name the addresses that may come in, or connect over a VPN.",
    repairs={_FIREWALL: Repair()},
    terraform={"hcloud_firewall": _FIREWALL},
)
