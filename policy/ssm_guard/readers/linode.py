"""Linode (Akamai): Cloud Firewalls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.opening import EVERY_PORT, Protocol
from ssm_guard.readers.cloud import Cloud
from ssm_guard.readers.rules import carrying_tcp, default_policy, entries, everyone, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening

_DISABLED = "The firewall is disabled, so none of its rules holds."
_POLICY = "The policy lets in what no rule drops."


def firewall(props: Node) -> Iterator[Opening]:
    """A firewall: the first rule that fits decides, and the policy where none does. No ports are all ports."""
    off = values.true(props["disabled"])
    if off is not False:
        yield from entries(
            props["disabled"],
            protocol=Protocol.TCP,
            ports=(EVERY_PORT,),
            sources=everyone(props["disabled"]),
            unless=off,
            note=_DISABLED,
        )
    if off is True:
        return
    rules = list(props["inbounds"].each())
    for number, rule in enumerate(rules):
        yield from entries(
            rule,
            protocol=carrying_tcp(rule["protocol"], missing=None),
            ports=port_texts(rule["ports"]),
            sources=values.networks(rule["ipv4s"], rule["ipv6s"]),
            allows=says(rule["action"], "accept"),
            order=number,
        )
    policy = props["inboundPolicy"]
    yield from default_policy(policy, accepts=says(policy, "accept"), order=len(rules), note=_POLICY)


_FIREWALL = "linode:index/firewall:Firewall"

CLOUD = Cloud(
    name="linode",
    prefixes=("linode",),
    readers={_FIREWALL: firewall},
    remedy="Set `inboundPolicy` to DROP and name the addresses that may come in, or connect over a VPN.",
    terraform={"linode_firewall": _FIREWALL},
)
