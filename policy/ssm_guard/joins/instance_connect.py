"""EC2 Instance Connect Endpoints: a way into instances that IAM opens for one person at a time, as a session's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins.interfaces import attached_groups, groups_at
from ssm_guard.opening import Peer, Protocol

if TYPE_CHECKING:
    from pulumi_policy import PolicyResource

    from ssm_guard.node import Node, Path
    from ssm_guard.opening import Opening
    from ssm_guard.stack import Stack

ENDPOINT = "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint"

# An endpoint connects to no other ports: those of SSH and RDP.
_LOGINS = (22, 3389)


def endpoint_groups(stack: Stack) -> set[str]:
    """The security groups that hold such endpoints, and no instance or interface of the stack."""
    held = {
        group
        for endpoint in stack.of([ENDPOINT])
        for group in groups_at(stack, endpoint, stack.properties(endpoint)["securityGroupIds"])
    }
    return held - attached_groups(stack) if held else held


def lets_endpoint_in(stack: Stack, resource: PolicyResource, opening: Opening, endpoints: set[str]) -> bool:
    """Whether a rule of this resource lets these groups log in, and nobody else do anything."""
    return (
        opening.protocol is Protocol.TCP
        and opening.ports.low == opening.ports.high
        and opening.ports.low in _LOGINS
        and bool(opening.sources)
        and all(
            isinstance(source.origin, Peer) and _names(stack, resource, source.path, endpoints)
            for source in opening.sources
        )
    )


def _names(stack: Stack, resource: PolicyResource, path: Path, endpoints: set[str]) -> bool:
    named = set(groups_at(stack, resource, _at(stack.properties(resource), path)))
    return bool(named) and named <= endpoints


def _at(node: Node, path: Path) -> Node:
    for step in path:
        node = node[step] if isinstance(step, str) else next(one for one in node.each() if one.path[-1] == step)
    return node
