"""Civo: firewalls of networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Why
from ssm_guard.opening import EVERYONE, Source, unreadable
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening


def firewall(props: Node) -> Iterator[Opening]:
    """A firewall with its rules, and with those that Civo makes unless it is told not to."""
    defaults = props["createDefaultRules"]
    if defaults.value is None or values.true(defaults) is True:
        yield unreadable(Doubt(Why.OPAQUE, defaults.where, "what Civo's default rules let in"), defaults.path)
    for rule in props["ingressRules"].each():
        yield from entries(
            rule,
            protocol=carrying_tcp(rule["protocol"]),
            ports=port_texts(rule["portRange"]),
            sources=_sources(rule),
            allows=says(rule["action"], "allow", missing=True),
        )


def firewall_rule(props: Node) -> Iterator[Opening]:
    """A rule that is a resource of its own, as older versions have it."""
    inbound = says(props["direction"], "ingress", missing=True)
    if inbound is False:
        return
    start, end = props["startPort"], props["endPort"]
    yield from entries(
        props,
        protocol=carrying_tcp(props["protocol"]),
        ports=(values.ports(start, start if end.value is None else end),),
        sources=_sources(props),
        unless=inbound,
        allows=says(props["action"], "allow", missing=True),
    )


def _sources(rule: Node) -> tuple[Source, ...]:
    """The SDK's own example writes the world as a bare 0.0.0.0."""
    nodes = list(rule["cidrs"].each())
    bare = [node for node in nodes if values.word(node) == "0.0.0.0"]  # noqa: S104 - it is read, not bound to
    return (
        *(Source(EVERYONE, node.path) for node in bare),
        *values.networks(*(node for node in nodes if node not in bare)),
    )


_FIREWALL = "civo:index/firewall:Firewall"
_RULE = "civo:index/firewallRule:FirewallRule"

CLOUD = Cloud(
    name="civo",
    prefixes=("civo",),
    readers={_FIREWALL: firewall, _RULE: firewall_rule},
    remedy="Take it out, and name the addresses that may come in, or connect over a VPN.",
    rule_sets=(RuleSet(sets=(_FIREWALL,), rules={_RULE: ("firewallId",)}),),
    renamed={"civo:index/vpcFirewall:VpcFirewall": _FIREWALL},
    terraform={"civo_firewall": _FIREWALL, "civo_firewall_rule": _RULE},
)
