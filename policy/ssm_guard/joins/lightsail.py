"""Lightsail instances whose ports nobody declares: their default firewall lets SSH in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.readers.aws.lightsail import default_opening
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.joins.rules import RuleSets

INSTANCE = "aws:lightsail/instance:Instance"
PORTS = "aws:lightsail/instancePublicPorts:InstancePublicPorts"


def undeclared_ports(sets: RuleSets) -> Iterator[Finding]:
    """The default opening of every instance that no `InstancePublicPorts` names."""
    stack = sets.stack
    named: set[str] = set()
    for ports in stack.of([PORTS]):
        name = stack.properties(ports)["instanceName"].value
        named |= {name} if isinstance(name, str) else set()
        named |= {target.urn for target in ports.property_dependencies.get("instanceName", ())}
    for resource in stack.of([INSTANCE]):
        properties = stack.properties(resource)
        name = properties["name"].value
        if resource.urn not in named and not (isinstance(name, str) and name in named):
            for violation in judge([default_opening(properties)], sets.settings).violations:
                yield Finding(violation, resource.urn, INSTANCE)
