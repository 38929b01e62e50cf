"""Rule sets whose rules are resources of their own, and prefix lists that rules name."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ssm_guard.joins import Finding
from ssm_guard.node import Doubt, Node, Why, path_text
from ssm_guard.opening import Network, Opening, Peer, PrefixList, Source
from ssm_guard.readers import RULE_SETS
from ssm_guard.values import networks
from ssm_guard.verdict import judge
from ssm_guard.world import addresses, smallest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_policy import PolicyResource

    from ssm_guard.node import Path
    from ssm_guard.readers.cloud import RuleSet
    from ssm_guard.settings import Settings
    from ssm_guard.stack import Stack
    from ssm_guard.verdict import Violation

LISTS = ("aws:ec2/managedPrefixList:ManagedPrefixList", "aws-native:ec2:PrefixList")
LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"


class Rule(NamedTuple):
    """An opening, and the resource that it is written in."""

    resource: PolicyResource
    opening: Opening


@dataclass
class Resolved:
    """The openings of a rule set with the addresses of its prefix lists, and which resources wrote each source."""

    openings: list[Opening] = field(default_factory=list)
    owners: dict[Path, frozenset[str]] = field(default_factory=dict)
    # Sources that the verdict hangs on although their rule is known: which of two prefix lists is meant.
    unsure: set[Doubt] = field(default_factory=set)

    @cached_property
    def sizes(self) -> Mapping[int, int]:
        """How many addresses of each family all sources have together: no union is larger."""
        found: Counter[int] = Counter()
        for opening in self.openings:
            for source in opening.sources:
                if isinstance(source.origin, Network):
                    found[source.origin.version] += addresses(source.origin)
        return found


def rules_by_set(stack: Stack) -> dict[str, list[Rule]]:
    """Every opening of each rule set, by the set's URN, or by its id where it is another stack's."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule_set in RULE_SETS:
        separate: dict[str, list[Rule]] = defaultdict(list)
        for resource in stack.of(rule_set.rules):
            sets: dict[str | Doubt | None, str] = {}
            for opening in stack.openings(resource):
                if opening.group not in sets:
                    sets[opening.group] = _set_of(stack, resource, opening, rule_set)
                separate[sets[opening.group]].append(Rule(resource, opening))
        for resource in stack.of([token for token in rule_set.sets if token not in rule_set.rules]):
            # After a refresh a security group's own `ingress` repeats the rules that are resources, those included
            # that the program has just dropped: next to separate rules it says nothing about the program.
            is_silent = rule_set.exclusive and resource.urn in separate
            found[resource.urn] += [] if is_silent else [Rule(resource, o) for o in stack.openings(resource)]
        for key, rules in separate.items():
            found[key] += rules
    return found


def _set_of(stack: Stack, resource: PolicyResource, opening: Opening, rule_set: RuleSet) -> str:
    """What stands for the set of a rule; the rule itself where nothing says which."""
    properties = stack.properties(resource)
    named = [properties[name] for name in rule_set.rules[stack.token(resource)]]
    if opening.group:
        # Written inside a text or under another key: the property's dependencies are still the engine's.
        named = [Node(opening.group, node.path) for node in named]
    elif stack.token(resource) in rule_set.sets:
        return resource.urn
    # Outputs write "" for what isn't set.
    where = next((node for node in named if node.value not in (None, "")), None)
    return (where and stack.key(resource, where, rule_set.sets, rule_set.scope)) or resource.urn


class RuleSets:
    """The rule sets of a stack, with what is in a prefix list in place of the list. Each is put together once."""

    def __init__(self, stack: Stack, settings: Settings) -> None:
        """Reads the rules and the prefix lists of the stack."""
        self.stack, self.settings, self.rules = stack, settings, rules_by_set(stack)
        self._entries = _entries(stack)
        self._resolved: dict[tuple[str, Sequence[int]], Resolved] = {}

    def resolved(self, key: str, ports: Sequence[int] | None = None) -> Resolved:
        """The openings of one set that carry TCP to these ports, or to ours, each under its resource's name."""
        ports = self.settings.ports if ports is None else ports
        if (key, ports) not in self._resolved:
            into, named = Resolved(), set[object]()
            for rule in self.rules.get(key, ()):
                self._add(into, named, rule, ports)
            self._resolved[key, ports] = into
        return self._resolved[key, ports]

    def _add(self, into: Resolved, named: set[object], rule: Rule, ports: Sequence[int]) -> None:
        resource, opening = rule
        reached = tuple(opening.carries_tcp(port) for port in ports)
        if not any(reached):
            return
        label, sources = self.stack.label(resource), []
        for source in opening.sources:
            # All of the rule is unknown, as a preview has it for a group without rules: no list is named there.
            if isinstance(source.origin, PrefixList) and source.path == opening.path:
                continue
            for inner, owner in self._inner(into, named, (reached, opening.allows, opening.order), resource, source):
                path = (label, *source.path, *inner.path)
                sources.append(Source(inner.origin, path))
                into.owners[path] = frozenset((resource.urn, owner))
        into.openings.append(replace(opening, sources=tuple(sources), group=None))

    def _inner(
        self, into: Resolved, named: set[object], effect: object, resource: PolicyResource, source: Source
    ) -> list[tuple[Source, str]]:
        """What is in the prefix list that a source names; any other source as it is."""
        if not isinstance(source.origin, PrefixList):
            return [(Source(source.origin, ()), resource.urn)]
        targets = self.stack.targets(resource, Node(source.origin.id, source.path), LISTS)
        if len(targets) == 1:
            # A second rule for the same ports lets nobody else in, and a list may hold a thousand entries.
            key = (targets[0].urn, effect)
            entries = [] if key in named else self._entries[targets[0].urn]
            named.add(key)
            return entries
        if not targets and source.origin.id:
            return []  # of another stack: `opaque-ingress` says so
        doubt = Doubt(Why.UNKNOWN, path_text((self.stack.label(resource), *source.path)), "which prefix list")
        into.unsure.add(doubt)
        return [(Source(doubt, ()), resource.urn)]


def worlds_across_resources(sets: RuleSets) -> Iterator[Finding]:
    """Worlds that need more than one resource: halves in two rules, a rule and the prefix list that it names."""
    for key, rules in sets.rules.items():
        if rules and _may_cross(rules, sets.settings):
            owner = sets.stack.at(key) or rules[0].resource
            for found in _findings(sets.resolved(key), sets.settings):
                yield Finding(found, owner.urn, sets.stack.token(owner))


def _may_cross(rules: Sequence[Rule], settings: Settings) -> bool:
    """Whether these may come to more than each resource by itself: most groups of a big stack hold a few offices."""
    sizes: Counter[int] = Counter()
    for _, opening in rules:
        for source in opening.sources:
            if isinstance(source.origin, Network):
                sizes[source.origin.version] += addresses(source.origin)
            elif not isinstance(source.origin, Peer):
                return True
        if not opening.alone:
            return True
    return any(sizes[version] >= smallest(version, settings) for version in settings.families)


def _findings(rules: Resolved, settings: Settings) -> Iterator[Violation | Doubt]:
    """What no resource shows by itself. A rule that other resources may come before is judged only here."""
    verdict = judge(rules.openings, settings)
    apart = {source.path for opening in rules.openings if not opening.alone for source in opening.sources}
    for violation in verdict.violations:
        paths = {source.path for source in violation.sources}
        if len(frozenset[str]().union(*(rules.owners[path] for path in paths))) > 1 or paths & apart:
            yield violation
    yield from (doubt for doubt in verdict.doubts if apart or doubt in rules.unsure)


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


def foreign_prefix_lists(sets: RuleSets) -> Iterator[Finding]:
    """Prefix lists that a rule for our ports names and that are none of this stack's."""
    stack = sets.stack
    for resource, opening in (rule for rules in sets.rules.values() for rule in rules):
        if not any(opening.carries_tcp(port) is True for port in sets.settings.ports):
            continue
        for source in opening.sources:
            name = source.origin.id if isinstance(source.origin, PrefixList) else None
            if name and not stack.targets(resource, Node(name, source.path), LISTS):
                doubt = Doubt(Why.OPAQUE, source.where, f"the prefix list {name}")
                yield Finding(doubt, resource.urn, stack.token(resource))
