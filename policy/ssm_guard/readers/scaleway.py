"""Scaleway: security groups of instances, and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import carrying_tcp, default_policy, entries, everyone, is_absent, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening

# A group has far fewer rules; the default policy comes after all of them, wherever they are written.
_LAST = 1_000_000
_DEFAULT = "The default policy lets in what no rule drops, and it is `accept` where nothing is set."


def security_group(props: Node) -> Iterator[Opening]:
    """A group with its rules: the first that fits decides, and the default policy where none does."""
    yield from security_group_rules(props)
    policy = props["inboundDefaultPolicy"]
    accepts = says(policy, "accept", missing=True)
    # With external rules another resource says what is dropped first.
    alone = values.true(props["externalRules"]) is False
    yield from default_policy(policy, accepts=accepts, order=_LAST, alone=alone, note=_DEFAULT)


def security_group_rules(props: Node) -> Iterator[Opening]:
    """The rules of a group, inside it or as a resource of their own."""
    for number, rule in enumerate(props["inboundRules"].each()):
        addresses = [node for node in (rule["ip"], rule["ipRange"]) if not is_absent(node)]
        # Outputs write 0 for a port that isn't set.
        ports = [
            node for node in (rule["port"], rule["portRange"]) if not is_absent(node) and values.whole_number(node) != 0
        ]
        yield from entries(
            rule,
            protocol=carrying_tcp(rule["protocol"]),
            ports=port_texts(*ports),
            sources=values.networks(*addresses) or everyone(rule["ipRange"]),
            allows=says(rule["action"], "accept"),
            order=number,
        )


_GROUP = "scaleway:instance/securityGroup:SecurityGroup"
_RULES = "scaleway:instance/securityGroupRules:SecurityGroupRules"

CLOUD = Cloud(
    name="scaleway",
    prefixes=("scaleway",),
    readers={_GROUP: security_group, _RULES: security_group_rules},
    remedy=(
        "Set `inboundDefaultPolicy` to drop and name the addresses that may come in, or connect through the bastion of "
        "a Public Gateway."
    ),
    rule_sets=(RuleSet(sets=(_GROUP,), rules={_RULES: ("securityGroupId",)}),),
    renamed={
        "scaleway:index/instanceSecurityGroup:InstanceSecurityGroup": _GROUP,
        "scaleway:index/instanceSecurityGroupRules:InstanceSecurityGroupRules": _RULES,
    },
    terraform={"scaleway_instance_security_group": _GROUP, "scaleway_instance_security_group_rules": _RULES},
)
