"""Vultr: rules of firewall groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node, Why, first_doubt
from ssm_guard.opening import Source
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, is_absent, port_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.opening import Opening


def firewall_rule(props: Node) -> Iterator[Opening]:
    """A rule of a group, which allows only. Its block stands in two properties."""
    yield from entries(
        props,
        protocol=carrying_tcp(props["protocol"], missing=None),
        ports=port_texts(props["port"]),
        # `cloudflare`, or a load balancer's id: those addresses and no others.
        sources=_block(props) if is_absent(props["source"]) else values.peers(props["source"]),
    )


def _block(props: Node) -> tuple[Source, ...]:
    subnet, size = props["subnet"], values.whole_number(props["subnetSize"])
    if isinstance(subnet.value, str) and size is not None:
        return values.networks(Node(f"{subnet.value.strip()}/{size}", subnet.path))
    unsure: Doubt = first_doubt(subnet.value, props["subnetSize"].value) or subnet.doubt(Why.MALFORMED)
    return (Source(unsure, subnet.path),)


_RULE = "vultr:index/firewallRule:FirewallRule"
_GROUP = "vultr:index/firewallGroup:FirewallGroup"

CLOUD = Cloud(
    name="vultr",
    prefixes=("vultr",),
    readers={_RULE: firewall_rule},
    remedy="Take it out, and name the addresses that may come in, or connect over a VPN.",
    rule_sets=(RuleSet(sets=(_GROUP,), rules={_RULE: ("firewallGroupId",)}),),
    terraform={"vultr_firewall_group": _GROUP, "vultr_firewall_rule": _RULE},
)
