"""DigitalOcean: firewalls of Droplets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.readers.cloud import Cloud, Repair
from ssm_guard.readers.rules import carrying_tcp, entries, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening

_OWN = ("sourceTags", "sourceDropletIds", "sourceLoadBalancerUids", "sourceKubernetesIds")


def firewall(props: Node) -> Iterator[Opening]:
    """A firewall. What it names beside addresses are resources of one's own."""
    for rule in props["inboundRules"].each():
        yield from entries(
            rule,
            protocol=carrying_tcp(rule["protocol"], missing=None),
            ports=port_texts(rule["portRange"]),
            sources=(*values.networks(rule["sourceAddresses"]), *values.peers(*(rule[key] for key in _OWN))),
            allows=says(rule["action"], "allow", missing=True),
        )


_FIREWALL = "digitalocean:index/firewall:Firewall"

CLOUD = Cloud(
    name="digitalocean",
    prefixes=("digitalocean",),
    readers={_FIREWALL: firewall},
    remedy="Take it out, and name the addresses that may come in, or connect over a VPN.",
    # A firewall without any rule is refused.
    repairs={_FIREWALL: Repair(needs_a_rule=True)},
    terraform={"digitalocean_firewall": _FIREWALL},
)
