"""What several resources of one template open together: a prefix list and its rule, a listener and its balancer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node, Why, first_doubt
from ssm_guard.opening import EVERYONE, Kind, Opening, PrefixList, Protocol, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX_LIST = "AWS::EC2::PrefixList"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"


@dataclass(frozen=True)
class Declared:
    """A resource of a template that CloudFormation would make."""

    type: str
    properties: Node


def _of_type(declared: Mapping[str, Declared], where: Node, type_name: str) -> Node | None:
    """The properties of the resource that `Ref` or `Fn::GetAtt` points to here, if it is one of this type."""
    name = where.refers_to
    found = declared.get(name) if isinstance(name, str) else None
    return found.properties if found and found.type == type_name else None


def listed(opening: Opening, declared: Mapping[str, Declared]) -> Opening:
    """The opening with what is in the prefix lists that it names; a list of another stack is out of sight."""
    if not any(isinstance(source.origin, PrefixList) for source in opening.sources):
        return opening
    sources = (inner for source in opening.sources for inner in _entries(source, declared))
    return replace(opening, sources=tuple(sources))


def _entries(source: Source, declared: Mapping[str, Declared]) -> tuple[Source, ...]:
    if not isinstance(source.origin, PrefixList):
        return (source,)
    name = source.origin.id
    if name is None:
        return (replace(source, origin=Doubt(Why.UNKNOWN, source.where, "which prefix list")),)
    found = declared.get(name)
    if found is None or found.type != PREFIX_LIST:
        return (replace(source, origin=Doubt(Why.OPAQUE, source.where, f"the prefix list {name}")),)
    return values.networks(*(entry["cidr"] for entry in found.properties["entries"].each()))


def public_listeners(declared: Mapping[str, Declared]) -> Iterator[Opening]:
    """What the world reaches through a load balancer of the template that is not internal."""
    for listener in (one.properties for one in declared.values() if one.type == LISTENER):
        protocol = listener["protocol"]
        balancer = _of_type(declared, listener["loadBalancerArn"], BALANCER)
        if values.word(protocol) == "udp" or (balancer and _keeps_out(balancer)):
            continue
        for port in (listener["port"], *_targets(listener, declared)):
            unseen = Doubt(Why.OPAQUE, port.where, "whether the load balancer is internal")
            unsure = first_doubt(protocol.value, balancer["scheme"].value if balancer else unseen)
            if port.value is not None:
                yield Opening(
                    protocol=unsure or Protocol.TCP,
                    ports=values.port(port),
                    sources=(Source(EVERYONE, port.path),),
                    path=port.path,
                    kind=Kind.LOAD_BALANCER,
                    group=port.where,
                    note="The load balancer is not internal.",
                )


def _keeps_out(balancer: Node) -> bool:
    """Whether it is internal, or has security groups: these decide who comes in, and are judged by themselves."""
    return values.word(balancer["scheme"]) == "internal" or any(balancer["securityGroups"].each())


def _targets(listener: Node, declared: Mapping[str, Declared]) -> Iterator[Node]:
    """The ports that a listener forwards to."""
    for action in listener["defaultActions"].each():
        weighted = (item["targetGroupArn"] for item in action["forwardConfig"]["targetGroups"].each())
        for arn in (action["targetGroupArn"], *weighted):
            group = _of_type(declared, arn, TARGETS)
            if group:
                yield group["port"]
                yield from (target["port"] for target in group["targets"].each())
