"""A whole stack, as a stack policy sees it: which resource a property points to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ssm_guard.node import Node, root
from ssm_guard.readers import READERS, known_as

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pulumi_policy import PolicyResource

    from ssm_guard.opening import Opening

# The outputs by which one resource names another.
_IDS = (
    *("id", "arn", "groupId", "prefixListId", "loadBalancerArn", "targetGroupArn", "networkAclId", "identifier"),
    *("selfLink", "spotInstanceId"),
)
# What another resource may say instead, such as `groupName`; it counts where only one resource of the type has it.
_NAMES = ("name", "groupName")


class Stack:
    """The resources of a stack by type, and by the ids that AWS gave them.

    An id is unknown until its resource exists. Until then the engine's own record of which property depends on which
    resource stands in for it.
    """

    def __init__(self, resources: Sequence[PolicyResource]) -> None:
        """Looks at every resource once, and reads the properties of those only that are asked for."""
        self._by_type: dict[str, list[PolicyResource]] = {}
        self._by_urn = {resource.urn: resource for resource in resources}
        for resource in resources:
            self._by_type.setdefault(self.token(resource), []).append(resource)
        self._names = Counter(resource.name for resource in resources)
        self._nodes: dict[str, Node] = {}
        self._openings: dict[str, Sequence[Opening]] = {}
        self._having: dict[tuple[str, ...], Mapping[str, PolicyResource]] = {}
        self._ids: dict[tuple[str, ...], dict[str, list[PolicyResource]]] = {}

    def token(self, resource: PolicyResource) -> str:
        """The resource's type under the name that the pack's tables know."""
        return known_as(resource.resource_type).token

    def of(self, types: Collection[str]) -> Iterator[PolicyResource]:
        """The resources of these types."""
        return (resource for token in types for resource in self._by_type.get(token, ()))

    def at(self, urn: str) -> PolicyResource | None:
        """The resource with this URN."""
        return self._by_urn.get(urn)

    def having(self, types: Collection[str], key: str) -> Mapping[str, PolicyResource]:
        """The resources of these types by the text that a property of theirs has."""
        place = (*types, key)
        if place not in self._having:
            pairs = ((self.properties(resource)[key].value, resource) for resource in self.of(types))
            self._having[place] = {value: resource for value, resource in pairs if isinstance(value, str)}
        return self._having[place]

    def parents(self, resource: PolicyResource) -> Iterator[str]:
        """The URNs of the components that a resource is a part of, from the innermost outwards."""
        seen = set[str]()
        above = resource.parent
        while above is not None and above.urn not in seen:
            seen.add(above.urn)
            yield above.urn
            above = above.parent

    def properties(self, resource: PolicyResource) -> Node:
        """The outputs of a resource; in a preview, what is known of them."""
        if resource.urn not in self._nodes:
            self._nodes[resource.urn] = root(resource.props, known_as(resource.resource_type).node)
        return self._nodes[resource.urn]

    def openings(self, resource: PolicyResource) -> Sequence[Opening]:
        """What the reader of its type finds in a resource; nothing for a type without one."""
        if resource.urn not in self._openings:
            reader = READERS.get(self.token(resource))
            self._openings[resource.urn] = list(reader(self.properties(resource))) if reader else []
        return self._openings[resource.urn]

    def label(self, resource: PolicyResource) -> str:
        """The resource's name; with its type where another one has the same."""
        shared = self._names[resource.name] > 1
        return f"{resource.name} ({resource.resource_type})" if shared else resource.name

    def targets(
        self, resource: PolicyResource, where: Node, types: Collection[str], scope: Sequence[str] = ()
    ) -> list[PolicyResource]:
        """The resources of these types that the value at `where` may point to: one where its id is known.

        `scope` names the properties in which both have to agree.
        """
        named = self._with_id(tuple(types)).get(where.value, ()) if isinstance(where.value, str) else ()
        found = [target for target in named if self._agree(resource, target, scope)]
        if len(found) == 1:
            return found
        dependencies = resource.property_dependencies.get(str(where.path[0]), ()) if where.path else ()
        candidates = [dependency for dependency in dependencies if self.token(dependency) in types]
        # A resource that has an id, and not this one, is not what the value points to.
        return [target for target in candidates if not (isinstance(where.value, str) and self._texts(target, _IDS))]

    def key(
        self, resource: PolicyResource, where: Node, types: Collection[str], scope: Sequence[str] = ()
    ) -> str | None:
        """What stands for the one resource that a value points to: its URN here, its id in another stack."""
        targets = self.targets(resource, where, types, scope)
        if len(targets) == 1:
            return targets[0].urn
        if not isinstance(where.value, str):
            return None
        return " in ".join((where.value, *(self._within(resource, name) for name in scope)))

    def _agree(self, one: PolicyResource, other: PolicyResource, scope: Sequence[str]) -> bool:
        pairs = ((self._within(one, name), self._within(other, name)) for name in scope)
        return not any(ours and theirs and ours != theirs for ours, theirs in pairs)

    def _within(self, resource: PolicyResource, name: str) -> str:
        """The project or the resource group that a resource is in: until its name is known, what it depends on."""
        node = self.properties(resource)[name]
        if isinstance(node.value, str):
            return node.value.lower()
        return " ".join(one.urn for one in resource.property_dependencies.get(name, ()))

    def _with_id(self, types: tuple[str, ...]) -> dict[str, list[PolicyResource]]:
        if types not in self._ids:
            resources = list(self.of(types))
            found: dict[str, list[PolicyResource]] = {}
            for resource in resources:
                for name in set(self._texts(resource, _NAMES)):
                    found.setdefault(name, []).append(resource)
            found |= {value: [resource] for resource in resources for value in self._texts(resource, _IDS)}
            self._ids[types] = found
        return self._ids[types]

    def _texts(self, resource: PolicyResource, keys: Sequence[str]) -> list[str]:
        # A provider that Pulumi runs by Terraform's own schema has no output `id`, but one with the type's name in it.
        own = f"{self.token(resource).split(':')[1].rpartition('/')[2]}Id" if keys is _IDS else ""
        named = (self.properties(resource)[key].value for key in (*keys, own) if key)
        values = [value for value in named if isinstance(value, str) and value]
        # Of what has neither, the ARN ends with the id.
        return [*values, *(value.rpartition("/")[2] for value in values if value.startswith("arn:"))]
