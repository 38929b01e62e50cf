"""Exoscale: rules of security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening

_PEERS = ("userSecurityGroupId", "userSecurityGroup", "publicSecurityGroup")


def group_rule(props: Node) -> Iterator[Opening]:
    """A rule of a group, which allows only."""
    inbound = says(props["type"], "ingress")
    if inbound is False:
        return
    yield from entries(
        props,
        protocol=carrying_tcp(props["protocol"]),
        ports=(values.ports(props["startPort"], props["endPort"]),),
        sources=(*values.networks(props["cidr"]), *values.peers(*(props[key] for key in _PEERS))),
        unless=inbound,
    )


def group_rules(props: Node) -> Iterator[Opening]:
    """All rules of a group in one resource. Deprecated, and its SDK doesn't say what is in a rule."""
    for rule in props["ingresses"].each():
        yield from entries(
            rule,
            protocol=carrying_tcp(rule["protocol"]),
            ports=port_texts(rule["ports"]),
            sources=(*values.networks(rule["cidrLists"]), *values.peers(rule["userSecurityGroupLists"])),
        )


_GROUP = "exoscale:index/securityGroup:SecurityGroup"
_RULE = "exoscale:index/securityGroupRule:SecurityGroupRule"
_RULES = "exoscale:index/securityGroupRules:SecurityGroupRules"

CLOUD = Cloud(
    name="exoscale",
    prefixes=("exoscale",),
    readers={_RULE: group_rule, _RULES: group_rules},
    remedy="Take it out, and name the addresses or the group that may come in, or connect over a VPN.",
    rule_sets=(
        RuleSet(
            sets=(_GROUP,),
            rules={_RULE: ("securityGroupId", "securityGroup"), _RULES: ("securityGroupId", "securityGroup")},
        ),
    ),
    terraform={
        "exoscale_security_group": _GROUP,
        "exoscale_security_group_rule": _RULE,
        "exoscale_security_group_rules": _RULES,
    },
)
