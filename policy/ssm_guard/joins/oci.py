"""Subnets of Oracle Cloud that use their VCN's default security list, which lets SSH in from everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.node import Doubt
from ssm_guard.readers.oci import DEFAULT, default_list
from ssm_guard.values import true
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_policy import PolicyResource

    from ssm_guard.joins.rules import RuleSets
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack

SUBNET = "oci:Core/subnet:Subnet"
VCN = "oci:Core/vcn:Vcn"


def untouched_default_lists(sets: RuleSets) -> Iterator[Finding]:
    """The default list of every VCN of the stack whose subnets use it, unless the stack manages that list."""
    stack = sets.stack
    managed = {
        vcn.urn
        for resource in stack.of([DEFAULT])
        for vcn in stack.of([VCN])
        if _names_default(stack, resource, stack.properties(resource)["manageDefaultResourceId"], vcn)
    }
    for subnet in stack.of([SUBNET]):
        properties = stack.properties(subnet)
        lists = properties["securityListIds"]
        vcns = stack.targets(subnet, properties["vcnId"], [VCN])
        if len(vcns) != 1 or vcns[0].urn in managed or _is_private(properties):
            continue
        if next(lists.each(), None) is None or _names_default(stack, subnet, lists, vcns[0]):
            for violation in judge([default_list(properties)], sets.settings).violations:
                yield Finding(violation, subnet.urn, SUBNET)


def _names_default(stack: Stack, resource: PolicyResource, where: Node, vcn: PolicyResource) -> bool:
    """Whether a VCN's default list is named here; outputs name it for a subnet that names none."""
    own, given = stack.properties(vcn)["defaultSecurityListId"].value, [item.value for item in where.each()]
    if isinstance(own, str):
        return own in given
    depends = vcn in resource.property_dependencies.get(str(where.path[0]), ())
    return depends and any(isinstance(value, Doubt) for value in given)


def _is_private(subnet: Node) -> bool:
    """Whether no address of the internet reaches it: for all its interfaces, or by its own word."""
    return any(true(subnet[key]) is True for key in ("prohibitInternetIngress", "prohibitPublicIpOnVnic"))
