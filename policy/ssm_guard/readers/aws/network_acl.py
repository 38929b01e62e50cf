"""Readers for network ACLs: numbered entries, of which the lowest that matches decides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node
from ssm_guard.opening import Kind, Opening, Ports, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "A network ACL opens nothing without a security group, and is the second lock behind it."


def network_acl(acl: Node) -> Iterator[Opening]:
    """`aws:ec2/networkAcl:NetworkAcl` and `aws:ec2/defaultNetworkAcl:DefaultNetworkAcl`."""
    for entry in acl["ingress"].each():
        ports = values.ports(entry["fromPort"], entry["toPort"])
        yield _opening(entry, ports, number=entry["ruleNo"], action=entry["action"])


def network_acl_rule(rule: Node) -> Iterator[Opening]:
    """`aws:ec2/networkAclRule:NetworkAclRule`, whose missing ports the provider sends as 0."""
    low, high = (node if node.value is not None else Node(0, node.path) for node in (rule["fromPort"], rule["toPort"]))
    for opening in _inbound(rule, values.ports(low, high)):
        yield replace(opening, alone=False)


def network_acl_entry(entry: Node) -> Iterator[Opening]:
    """`AWS::EC2::NetworkAclEntry`, which nests its ports."""
    ports = entry["portRange"]
    yield from _inbound(entry, values.ports(ports["from"], ports["to"]))


def _inbound(rule: Node, ports: Ports) -> Iterator[Opening]:
    egress = values.true(rule["egress"])
    if egress is not True:
        opening = _opening(rule, ports, number=rule["ruleNumber"], action=rule["ruleAction"])
        yield replace(opening, protocol=egress) if isinstance(egress, Doubt) else opening


def _opening(entry: Node, ports: Ports, number: Node, action: Node) -> Opening:
    protocol = values.protocol(entry["protocol"])
    return Opening(
        protocol=protocol,
        ports=ports,
        sources=values.networks(entry["cidrBlock"], entry["ipv6CidrBlock"]),
        path=entry.path,
        kind=Kind.NETWORK_ACL_ALLOW_ALL if protocol is Protocol.ALL else Kind.NETWORK_ACL,
        allows=action.value if isinstance(action.value, Doubt) else values.word(action) != "deny",
        order=values.order(number),
        group=entry["networkAclId"].refers_to,
        note=NOTE,
    )
