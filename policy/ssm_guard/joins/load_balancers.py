"""Listeners on port 22, or that forward to it, of load balancers that are not internal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.node import Doubt, Why
from ssm_guard.opening import EVERYONE, Kind, Opening, Protocol, Source
from ssm_guard.values import port, true, word
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_policy import PolicyResource

    from ssm_guard.node import Node
    from ssm_guard.settings import Settings
    from ssm_guard.stack import Stack

# The classic provider has each type under two names.
LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener", "aws-native:elasticloadbalancingv2:Listener")
BALANCERS = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws-native:elasticloadbalancingv2:LoadBalancer",
)
TARGETS = (
    "aws:lb/targetGroup:TargetGroup",
    "aws:alb/targetGroup:TargetGroup",
    "aws-native:elasticloadbalancingv2:TargetGroup",
)
ATTACHMENTS = (
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    "aws:alb/targetGroupAttachment:TargetGroupAttachment",
)


def public_listeners(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """What lets the world reach our ports through a load balancer; a doubt where the balancer isn't in the stack."""
    attached: dict[str, list[tuple[PolicyResource, Node]]] = {}
    for attachment in stack.of(ATTACHMENTS):
        properties = stack.properties(attachment)
        for group in stack.targets(attachment, properties["targetGroupArn"], TARGETS):
            attached.setdefault(group.urn, []).append((attachment, properties["port"]))
    for listener in stack.of(LISTENERS):
        balancer = stack.properties(listener)["loadBalancerArn"]
        targets = stack.targets(listener, balancer, BALANCERS)
        if targets and all(_is_internal(stack.properties(target)) for target in targets):
            continue
        openings = [
            Opening(
                protocol=Protocol.TCP,
                ports=port(node),
                sources=(Source(EVERYONE, (stack.label(owner), *node.path)),),
                path=node.path,
                kind=Kind.LOAD_BALANCER,
                note="The load balancer is not internal.",
            )
            for owner, node in _ports(stack, listener, attached)
        ]
        for violation in judge(openings, settings).violations:
            opaque = Doubt(Why.OPAQUE, violation.sources[0].where, "whether the load balancer is internal")
            yield Finding(violation if targets else opaque, listener.urn, listener.resource_type)


def _is_internal(balancer: Node) -> bool:
    return true(balancer["internal"]) is True or word(balancer["scheme"]) == "internal"


def _ports(
    stack: Stack, listener: PolicyResource, attached: dict[str, list[tuple[PolicyResource, Node]]]
) -> Iterator[tuple[PolicyResource, Node]]:
    """The listener's own port, and those that it forwards to; a port that is missing opens nothing here."""
    properties = stack.properties(listener)
    found = [(listener, properties["port"])]
    for action in properties["defaultActions"].each():
        arns = [action["targetGroupArn"], *(item["arn"] for item in action["forward"]["targetGroups"].each())]
        for group in (target for arn in arns for target in stack.targets(listener, arn, TARGETS)):
            found += [(group, stack.properties(group)["port"]), *attached.get(group.urn, ())]
    return (
        (owner, node) for owner, node in {(o.urn, n.path): (o, n) for o, n in found}.values() if node.value is not None
    )
