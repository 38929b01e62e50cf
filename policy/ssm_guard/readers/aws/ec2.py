"""Readers for the types of the classic AWS provider that declare a security group's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node
from ssm_guard.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator


def inline_rules(group: Node) -> Iterator[Opening]:
    """`aws:ec2/securityGroup:SecurityGroup` and `aws:ec2/defaultSecurityGroup:DefaultSecurityGroup`."""
    for rule in group["ingress"].each():
        yield Opening(
            protocol=values.protocol(rule["protocol"]),
            ports=values.ports(rule["fromPort"], rule["toPort"]),
            sources=(
                *values.networks(rule["cidrBlocks"], rule["ipv6CidrBlocks"]),
                *values.prefix_lists(rule["prefixListIds"]),
                *values.peers(rule["securityGroups"], rule["self"]),
            ),
            path=rule.path,
        )


def single_rule(rule: Node) -> Iterator[Opening]:
    """`aws:ec2/securityGroupRule:SecurityGroupRule`, which is an egress rule too."""
    direction = rule["type"].value
    if direction == "egress":
        return
    yield Opening(
        protocol=direction if isinstance(direction, Doubt) else values.protocol(rule["protocol"]),
        ports=values.ports(rule["fromPort"], rule["toPort"]),
        sources=(
            *values.networks(rule["cidrBlocks"], rule["ipv6CidrBlocks"]),
            *values.prefix_lists(rule["prefixListIds"]),
            *values.peers(rule["sourceSecurityGroupId"], rule["self"]),
        ),
        path=rule.path,
    )


def ingress_rule(rule: Node) -> Iterator[Opening]:
    """`aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule`: one source a resource, scalars throughout."""
    yield Opening(
        protocol=values.protocol(rule["ipProtocol"]),
        ports=values.ports(rule["fromPort"], rule["toPort"]),
        sources=(
            *values.networks(rule["cidrIpv4"], rule["cidrIpv6"]),
            *values.prefix_lists(rule["prefixListId"]),
            *values.peers(rule["referencedSecurityGroupId"]),
        ),
        path=rule.path,
    )
