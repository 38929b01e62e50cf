"""Readers for what brings the world to port 22 without a security group's rule. Each has a switch; see `Kind`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import first_doubt
from ssm_guard.opening import EVERY_PORT, EVERYONE, Kind, Opening, Ports, Protocol, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Doubt, Node


def _public(
    node: Node, ports: Ports, kind: Kind, note: str, *, unless: bool | Doubt | None = None
) -> Iterator[Opening]:
    """The one opening of what has a public address, unless that isn't so."""
    if unless is not True:
        yield Opening(
            protocol=first_doubt(unless) or Protocol.TCP,
            ports=ports,
            sources=(Source(EVERYONE, node.path),),
            path=node.path,
            kind=kind,
            note=note,
        )


def classic_load_balancer(balancer: Node) -> Iterator[Opening]:
    """`aws:elb/loadBalancer:LoadBalancer` and `AWS::ElasticLoadBalancing::LoadBalancer`."""
    for listener in balancer["listeners"].each():
        yield from classic_listener(balancer, listener)


def guarded_load_balancer(balancer: Node) -> Iterator[Opening]:
    """The same where it is a resource of the stack: the stack policy sees what its security groups let in."""
    for opening in classic_load_balancer(balancer):
        yield replace(opening, alone=not has_groups(balancer))


def has_groups(balancer: Node) -> bool:
    """Whether a load balancer names security groups of its own."""
    return balancer["securityGroups"].value not in (None, [])


def classic_listener(balancer: Node, listener: Node) -> Iterator[Opening]:
    """What one listener of a classic load balancer takes in, and leads to its instances."""
    internal = first_doubt(balancer["scheme"].value) or values.true(balancer["internal"])
    if values.word(balancer["scheme"]) == "internal":
        return
    front, back = front_port(listener), listener["instancePort"]
    for port in (front,) if front.value == back.value else (front, back):
        note = "The load balancer is not internal."
        yield from _public(port, values.port(port), Kind.LOAD_BALANCER, note, unless=internal)


def front_port(listener: Node) -> Node:
    """The port that a listener of a classic load balancer listens on, in the spelling of either provider."""
    return listener["loadBalancerPort"] if listener["lbPort"].value is None else listener["lbPort"]


def accelerator_listener(listener: Node) -> Iterator[Opening]:
    """Listeners of AWS Global Accelerator, which is public by nature."""
    if values.word(listener["protocol"]) == "udp":
        return
    note = "An accelerator takes in the whole internet."
    doubt = first_doubt(listener["protocol"].value)
    for node in listener["portRanges"].each():
        ports = values.ports(node["fromPort"], node["toPort"])
        yield from _public(node, ports, Kind.GLOBAL_ACCELERATOR, note, unless=doubt)


def accelerator_endpoints(group: Node) -> Iterator[Opening]:
    """Endpoint groups of AWS Global Accelerator that lead other ports, or ranges of them, to port 22."""
    note = "An accelerator takes in the whole internet and leads it to this port."
    for override in group["portOverrides"].each():
        port = override["endpointPort"]
        yield from _public(port, values.port(port), Kind.GLOBAL_ACCELERATOR, note)
    for destination in group["destinationConfigurations"].each():
        if [values.word(protocol) for protocol in destination["protocols"].each()] != ["udp"]:
            ports = values.ports(destination["fromPort"], destination["toPort"])
            yield from _public(destination, ports, Kind.GLOBAL_ACCELERATOR, note)


def transfer_server(server: Node) -> Iterator[Opening]:
    """`AWS::Transfer::Server`: public, and SFTP on port 22, unless it says otherwise."""
    endpoint, protocols = server["endpointType"], list(server["protocols"].each())
    doubt = first_doubt(endpoint.value, *(protocol.value for protocol in protocols))
    serves_sftp = not protocols or any(values.word(protocol) == "sftp" for protocol in protocols)
    if values.word(endpoint) in {"vpc", "vpc_endpoint"} or not (serves_sftp or doubt):
        return
    note = 'A server with a public endpoint serves SFTP to everybody: set endpointType to "VPC".'
    yield from _public(endpoint, Ports(22, 22), Kind.TRANSFER_SERVER, note, unless=doubt)


def emr_public_access(guard: Node) -> Iterator[Opening]:
    """EMR's account-wide guard against public security groups, where it is off or spares a port."""
    note = "EMR then accepts clusters whose security groups let every address in."
    blocks = guard["blockPublicSecurityGroupRules"]
    if blocks.value is not None:
        yield from _public(blocks, EVERY_PORT, Kind.EMR_PUBLIC_ACCESS, note, unless=values.true(blocks))
    for spared in guard["permittedPublicSecurityGroupRuleRanges"].each():
        ports = values.ports(spared["minRange"], spared["maxRange"])
        yield from _public(spared, ports, Kind.EMR_PUBLIC_ACCESS, note)


def prefix_list(node: Node) -> Iterator[Opening]:
    """A managed prefix list with `entries`, or one entry of it: no rule, but what a rule may name."""
    for entry in (*node["entries"].each(), node):
        sources = values.networks(entry["cidr"])
        if sources:
            yield Opening(
                protocol=Protocol.TCP,
                ports=EVERY_PORT,
                sources=sources,
                path=entry.path,
                kind=Kind.PREFIX_LIST,
                note="Every rule that names this prefix list lets these addresses in.",
            )
