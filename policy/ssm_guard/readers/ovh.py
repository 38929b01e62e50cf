"""OVHcloud: security groups of Public Cloud, and the firewall in front of an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.openstack import group_rule
from ssm_guard.readers.rules import carrying_tcp, entries, is_absent, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening


def security_group(props: Node) -> Iterator[Opening]:
    """A group with its rules, which are OpenStack's."""
    for rule in props["rules"].each():
        yield from group_rule(rule, ether_type="ethernetType")


def edge_rule(props: Node) -> Iterator[Opening]:
    """A rule of the firewall in front of an address. Without a source it is for every IPv4 address."""
    source = props["source"]
    everybody = is_absent(source) or values.word(source) == "any"
    yield from entries(
        props,
        protocol=carrying_tcp(props["protocol"], "ipv4"),
        ports=port_texts(props["destinationPort"]),
        sources=values.everyone(source) if everybody else values.networks(source),
        allows=says(props["action"], "permit"),
        order=values.order(props["sequence"], missing=0),
        alone=False,
    )


_GROUP = "ovh:index/cloudSecurityGroup:CloudSecurityGroup"
_EDGE_RULE = "ovh:Ip/firewallRule:FirewallRule"
_EDGE = "ovh:Ip/firewall:Firewall"

CLOUD = Cloud(
    name="ovh",
    prefixes=("ovh",),
    readers={_GROUP: security_group, _EDGE_RULE: edge_rule},
    remedy="Take it out, and name the addresses that may come in, or connect over a VPN.",
    rule_sets=(RuleSet(sets=(_EDGE,), rules={_EDGE_RULE: ("ipOnFirewall",)}),),
    terraform={
        "ovh_cloud_security_group": _GROUP,
        "ovh_ip_firewall": _EDGE,
        "ovh_ip_firewall_rule": _EDGE_RULE,
    },
)
