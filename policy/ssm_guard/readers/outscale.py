"""3DS Outscale: rules of security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.opening import Protocol
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import entries, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Doubt, Node
    from ssm_guard.opening import Opening


def security_group_rule(props: Node) -> Iterator[Opening]:
    """Rules of a group, one at the top or several in a list; they allow only, as on EC2."""
    inbound = says(props["flow"], "inbound")
    if inbound is False:
        return
    for rule in (props, *props["rules"].each()):
        yield from _rule(rule, unless=inbound)


def _rule(rule: Node, *, unless: bool | Doubt) -> Iterator[Opening]:
    yield from entries(
        rule,
        protocol=values.protocol(rule["ipProtocol"], missing=Protocol.ALL),
        ports=(values.ports(rule["fromPortRange"], rule["toPortRange"]),),
        sources=(
            *values.networks(rule["ipRange"], rule["ipRanges"]),
            *values.peers(rule["securityGroupsMembers"], rule["serviceIds"]),
        ),
        unless=unless,
    )


_GROUP = "outscale:index/securityGroup:SecurityGroup"
_RULE = "outscale:index/securityGroupRule:SecurityGroupRule"

CLOUD = Cloud(
    name="outscale",
    prefixes=("outscale",),
    readers={_RULE: security_group_rule},
    remedy="Take it out, and name the addresses or the group that may come in, or connect over a VPN.",
    rule_sets=(RuleSet(sets=(_GROUP,), rules={_RULE: ("securityGroupId",)}),),
    terraform={"outscale_security_group": _GROUP, "outscale_security_group_rule": _RULE},
)
