"""What the rule sets of one network interface let in together: AWS adds up the rules of all its security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.readers.aws import SECURITY_GROUPS
from ssm_guard.verdict import judge
from ssm_guard.world import smallest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_policy import PolicyResource

    from ssm_guard.joins.rules import RuleSets
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack

# Where a resource names the groups of its interface; `[]` steps into each of a list.
ATTACHMENTS: Mapping[str, tuple[str, ...]] = {
    "aws:ec2/instance:Instance": ("vpcSecurityGroupIds", "securityGroups"),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("securityGroups",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("vpcSecurityGroupIds", "networkInterfaces[].securityGroups"),
    "aws:ec2/networkInterface:NetworkInterface": ("securityGroups",),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("vpcSecurityGroupIds", "securityGroups"),
    "aws-native:ec2:Instance": ("securityGroupIds", "securityGroups", "networkInterfaces[].groupSet"),
    "aws-native:ec2:NetworkInterface": ("groupSet",),
}


def shared_interfaces(sets: RuleSets) -> Iterator[Finding]:
    """Worlds that two groups of one interface add up to, each group set once."""
    seen: set[frozenset[str]] = set()
    for resource, node in _attached(sets.stack):
        keys = frozenset(key for key in groups_at(sets.stack, resource, node) if key in sets.rules)
        if len(keys) > 1 and keys not in seen:
            seen.add(keys)
            yield from _together(sets, sorted(keys), resource)


def attached_groups(stack: Stack) -> set[str]:
    """Every group of an instance or an interface."""
    return {group for resource, node in _attached(stack) for group in groups_at(stack, resource, node)}


def _attached(stack: Stack) -> Iterator[tuple[PolicyResource, Node]]:
    """Each list of groups, and whose it is."""
    for resource in stack.of(ATTACHMENTS):
        for path in ATTACHMENTS[stack.token(resource)]:
            for node in _lists(stack.properties(resource), path):
                yield resource, node


def _lists(properties: Node, path: str) -> Iterator[Node]:
    outer, nested, inner = path.partition("[].")
    node = properties[outer]
    return (item[inner] for item in node.each()) if nested else iter([node])


def groups_at(stack: Stack, resource: PolicyResource, node: Node) -> Iterator[str]:
    """The security groups that a list names: before their ids exist, all that the property depends on."""
    for item in node.each():
        targets = stack.targets(resource, item, SECURITY_GROUPS.sets)
        yield from (target.urn for target in targets)
        if not targets and isinstance(item.value, str):
            yield item.value


def _together(sets: RuleSets, keys: list[str], resource: PolicyResource) -> Iterator[Finding]:
    groups = [sets.resolved(key) for key in keys]
    if not any(
        sum(group.sizes[version] for group in groups) >= smallest(version, sets.settings)
        for version in sets.settings.families
    ):
        return
    for violation in judge((opening for group in groups for opening in group.openings), sets.settings).violations:
        places = {source.path for source in violation.sources}
        if sum(bool(places & group.owners.keys()) for group in groups) > 1:
            yield Finding(violation, resource.urn, sets.stack.token(resource))
