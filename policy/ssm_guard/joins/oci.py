"""Subnets of Oracle Cloud that name no security list: their VCN's default one lets SSH in from everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.node import Doubt
from ssm_guard.readers.oci import DEFAULT, default_list
from ssm_guard.values import true
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.joins.rules import RuleSets
    from ssm_guard.node import Node

SUBNET = "oci:Core/subnet:Subnet"
VCN = "oci:Core/vcn:Vcn"


def untouched_default_lists(sets: RuleSets) -> Iterator[Finding]:
    """The default list of every VCN of the stack whose subnets use it, unless the stack manages that list."""
    stack = sets.stack
    managed = {
        target.urn
        for resource in stack.of([DEFAULT])
        for target in stack.targets(resource, stack.properties(resource)["manageDefaultResourceId"], [VCN])
    }
    for subnet in stack.of([SUBNET]):
        properties = stack.properties(subnet)
        lists = properties["securityListIds"]
        if isinstance(lists.value, Doubt) or next(lists.each(), None) is not None or _is_private(properties):
            continue
        vcns = stack.targets(subnet, properties["vcnId"], [VCN])
        if len(vcns) == 1 and vcns[0].urn not in managed:
            for violation in judge([default_list(properties)], sets.settings).violations:
                yield Finding(violation, subnet.urn, SUBNET)


def _is_private(subnet: Node) -> bool:
    """Whether no address of the internet reaches it: for all its interfaces, or by its own word."""
    return any(true(subnet[key]) is True for key in ("prohibitInternetIngress", "prohibitPublicIpOnVnic"))
