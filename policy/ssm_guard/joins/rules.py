"""Rules of one group that are resources of their own, and prefix lists that rules name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.node import Doubt, Node, Why, path_text
from ssm_guard.opening import Opening, PrefixList, Source
from ssm_guard.readers import READERS
from ssm_guard.values import networks
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_policy import PolicyResource

    from ssm_guard.node import Path
    from ssm_guard.settings import Settings
    from ssm_guard.stack import Stack
    from ssm_guard.verdict import Violation

GROUPS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws-native:ec2:SecurityGroup",
)
# Rules that are resources, and the property that names their group.
RULES = {
    "aws:ec2/securityGroupRule:SecurityGroupRule": "securityGroupId",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "securityGroupId",
    "aws-native:ec2:SecurityGroupIngress": "groupId",
}
LISTS = ("aws:ec2/managedPrefixList:ManagedPrefixList", "aws-native:ec2:PrefixList")
LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"


@dataclass
class _Group:
    """The openings of one security group, who wrote each source, and the prefix lists that may be another."""

    openings: list[Opening] = field(default_factory=list)
    owners: dict[Path, set[str]] = field(default_factory=dict)
    unsure: list[Doubt] = field(default_factory=list)


def rules_by_group(stack: Stack) -> dict[str, list[tuple[PolicyResource, Opening]]]:
    """Every opening of each security group, by the group's URN, or by its id where it is another stack's.

    After a refresh a group's own `ingress` repeats the rules that are resources, those included that the program has
    just dropped: next to separate rules it says nothing about the program, and is left out.
    """
    rules: dict[str, list[tuple[PolicyResource, Opening]]] = defaultdict(list)
    for rule in stack.of(RULES):
        named = stack.properties(rule)[RULES[rule.resource_type]]
        # Where nothing says which group, the rule is judged by itself.
        rules[stack.key(rule, named, GROUPS) or rule.urn] += _openings(stack, rule)
    for group in stack.of(GROUPS):
        if group.urn not in rules:
            rules[group.urn] += _openings(stack, group)
    return rules


def _openings(stack: Stack, resource: PolicyResource) -> list[tuple[PolicyResource, Opening]]:
    return [(resource, opening) for opening in READERS[resource.resource_type](stack.properties(resource))]


def worlds_across_resources(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Worlds that need more than one resource: halves in two rules, a rule and the prefix list that it names."""
    entries = _entries(stack)
    for key, rules in rules_by_group(stack).items():
        group = _Group()
        for resource, opening in rules:
            _add(stack, group, resource, opening, entries)
        owner = stack.at(key) or (rules[0][0] if rules else None)
        if owner:
            for found in _findings(group, settings):
                yield Finding(found, owner.urn, owner.resource_type)


def _findings(group: _Group, settings: Settings) -> Iterator[Violation | Doubt]:
    verdict = judge(group.openings, settings)
    for violation in verdict.violations:
        if len(set().union(*(group.owners[source.path] for source in violation.sources))) > 1:
            yield violation
    yield from (doubt for doubt in group.unsure if doubt in verdict.doubts)


def _add(
    stack: Stack,
    group: _Group,
    resource: PolicyResource,
    opening: Opening,
    entries: dict[str, list[tuple[Source, str]]],
) -> None:
    """Adds an opening under its resource's name, with every prefix list replaced by what is in it."""
    label, sources = stack.label(resource), []
    for source in opening.sources:
        for inner, owner in _resolved(stack, group, resource, source, entries):
            sources.append(Source(inner.origin, (label, *source.path, *inner.path)))
            group.owners[sources[-1].path] = {resource.urn, owner}
    group.openings.append(replace(opening, sources=tuple(sources), group=None))


def _resolved(
    stack: Stack, group: _Group, resource: PolicyResource, source: Source, entries: dict[str, list[tuple[Source, str]]]
) -> list[tuple[Source, str]]:
    """What is in the prefix list that a source names; any other source as it is."""
    if not isinstance(source.origin, PrefixList):
        return [(Source(source.origin, ()), resource.urn)]
    targets = stack.targets(resource, Node(source.origin.id, source.path), LISTS)
    if len(targets) == 1:
        return entries[targets[0].urn]
    if not targets and source.origin.id:
        return []  # of another stack: `opaque-ingress` says so
    where = path_text((stack.label(resource), *source.path))
    group.unsure.append(Doubt(Why.UNKNOWN, where, "which prefix list"))
    return [(Source(group.unsure[-1], ()), resource.urn)]


def _entries(stack: Stack) -> dict[str, list[tuple[Source, str]]]:
    """What is in each prefix list of the stack, with the resource that says so."""
    found: dict[str, list[tuple[Source, str]]] = defaultdict(list)
    for entry in stack.of([LIST_ENTRY]):
        properties = stack.properties(entry)
        for prefix_list in stack.targets(entry, properties["prefixListId"], LISTS)[:1]:
            found[prefix_list.urn] += _labelled(stack, entry, properties)
    for prefix_list in stack.of(LISTS):
        for item in stack.properties(prefix_list)["entries"].each():
            found[prefix_list.urn] += _labelled(stack, prefix_list, item)
    return found


def _labelled(stack: Stack, resource: PolicyResource, entry: Node) -> list[tuple[Source, str]]:
    label = stack.label(resource)
    return [(replace(source, path=(label, *source.path)), resource.urn) for source in networks(entry["cidr"])]


def foreign_prefix_lists(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Prefix lists that a rule for our ports names and that are none of this stack's."""
    for resource in stack.of((*GROUPS, *RULES)):
        for opening in READERS[resource.resource_type](stack.properties(resource)):
            if not any(opening.carries_tcp(port) is True for port in settings.ports):
                continue
            for source in opening.sources:
                name = source.origin.id if isinstance(source.origin, PrefixList) else None
                if name and not stack.targets(resource, Node(name, source.path), LISTS):
                    doubt = Doubt(Why.OPAQUE, source.where, f"the prefix list {name}")
                    yield Finding(doubt, resource.urn, resource.resource_type)
