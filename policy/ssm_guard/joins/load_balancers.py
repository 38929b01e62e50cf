"""Listeners on port 22, or that forward to it, of load balancers that the world reaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssm_guard.joins import Finding
from ssm_guard.joins.interfaces import groups_at
from ssm_guard.node import Doubt, Why, path_text
from ssm_guard.opening import EVERYONE, Kind, Opening, Protocol, Source
from ssm_guard.readers.aws import edges
from ssm_guard.values import port, true, whole_number, word
from ssm_guard.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_policy import PolicyResource

    from ssm_guard.joins.rules import RuleSets
    from ssm_guard.node import Node
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
CLASSIC = ("aws:elb/loadBalancer:LoadBalancer", "aws-native:elasticloadbalancing:LoadBalancer")


def public_listeners(sets: RuleSets) -> Iterator[Finding]:
    """What lets the world reach our ports through a load balancer; a doubt where the balancer isn't in the stack."""
    stack = sets.stack
    attached: dict[str, list[tuple[PolicyResource, Node]]] = {}
    for attachment in stack.of(ATTACHMENTS):
        properties = stack.properties(attachment)
        for group in stack.targets(attachment, properties["targetGroupArn"], TARGETS):
            attached.setdefault(group.urn, []).append((attachment, properties["port"]))
    for listener in stack.of(LISTENERS):
        properties = stack.properties(listener)
        targets = stack.targets(listener, properties["loadBalancerArn"], BALANCERS)
        # SSH is TCP, which neither of these listens for.
        if word(properties["protocol"]) in {"udp", "quic"} or (
            targets and all(_is_internal(stack, t) for t in targets)
        ):
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
        for violation in judge(openings, sets.settings).violations:
            opaque = Doubt(Why.OPAQUE, violation.sources[0].where, "whether the load balancer is internal")
            guards = [_guard(sets, target, properties["port"]) for target in targets] or [opaque]
            for found in dict.fromkeys(guards):
                if found is not False:
                    yield Finding(violation if found is True else found, listener.urn, stack.token(listener))


def classic_load_balancers(sets: RuleSets) -> Iterator[Finding]:
    """The same for classic load balancers that have security groups: those without are judged by themselves."""
    for balancer in sets.stack.of(CLASSIC):
        properties, token = sets.stack.properties(balancer), sets.stack.token(balancer)
        if edges.has_groups(properties):
            for listener in properties["listeners"].each():
                for violation in judge(edges.classic_listener(properties, listener), sets.settings).violations:
                    found = _guard(sets, balancer, edges.front_port(listener))
                    if found is not False:
                        yield Finding(violation if found is True else found, balancer.urn, token)


def _guard(sets: RuleSets, balancer: PolicyResource, front: Node) -> bool | Doubt:
    """Whether the world reaches a load balancer's own port: True where no security group is in its way."""
    if _is_internal(sets.stack, balancer):
        return False
    listed = sets.stack.properties(balancer)["securityGroups"]
    keys = dict.fromkeys(groups_at(sets.stack, balancer, listed))
    if not keys:
        return True
    number = whole_number(front)
    settings = sets.settings if number is None else replace(sets.settings, ports=(number,))
    known = [sets.resolved(key, settings.ports) for key in keys if key in sets.rules]
    verdict = judge((opening for group in known for opening in group.openings), settings)
    if verdict.violations:
        return True
    if len(known) < len(keys):
        return Doubt(Why.OPAQUE, path_text((sets.stack.label(balancer), *listed.path)), "a group of another stack")
    return next(iter(verdict.doubts), False)


def _is_internal(stack: Stack, balancer: PolicyResource) -> bool:
    properties = stack.properties(balancer)
    return true(properties["internal"]) is True or word(properties["scheme"]) == "internal"


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
