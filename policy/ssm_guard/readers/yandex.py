"""Yandex Cloud: security groups and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Doubt, Node
    from ssm_guard.opening import Opening, Ports


def security_group(props: Node) -> Iterator[Opening]:
    """A group with its rules, which allow only."""
    for rule in props["ingresses"].each():
        yield from _rule(rule)


def security_group_rule(props: Node) -> Iterator[Opening]:
    """A rule that is a resource of its own."""
    inbound = says(props["direction"], "ingress")
    if inbound is not False:
        yield from _rule(props, unless=inbound)


def _rule(rule: Node, *, unless: bool | Doubt = False) -> Iterator[Opening]:
    yield from entries(
        rule,
        protocol=carrying_tcp(rule["protocol"]),
        ports=(_ports(rule),),
        sources=(
            *values.networks(rule["v4CidrBlocks"], rule["v6CidrBlocks"]),
            *values.peers(rule["securityGroupId"], rule["predefinedTarget"]),
        ),
        unless=unless,
    )


def _ports(rule: Node) -> Ports:
    """One port, or a range; where neither is set, or -1, every port."""
    one = rule["port"]
    return values.ports(rule["fromPort"], rule["toPort"]) if one.value in (None, -1) else values.port(one)


_GROUP = "yandex:index/vpcSecurityGroup:VpcSecurityGroup"
_DEFAULT = "yandex:index/vpcDefaultSecurityGroup:VpcDefaultSecurityGroup"
_RULE = "yandex:index/vpcSecurityGroupRule:VpcSecurityGroupRule"

CLOUD = Cloud(
    name="yandex",
    prefixes=("yandex",),
    readers={_GROUP: security_group, _DEFAULT: security_group, _RULE: security_group_rule},
    remedy="Take it out, and name the addresses or the group that may come in, or connect over a VPN.",
    rule_sets=(RuleSet(sets=(_GROUP, _DEFAULT), rules={_RULE: ("securityGroupBinding",)}),),
    terraform={
        "yandex_vpc_security_group": _GROUP,
        "yandex_vpc_default_security_group": _DEFAULT,
        "yandex_vpc_security_group_rule": _RULE,
    },
)
