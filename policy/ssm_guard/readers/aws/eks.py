"""Readers for EKS node groups, which open SSH by themselves when they are given a key and no source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import first_doubt
from ssm_guard.opening import Opening, Ports, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node


def node_group(group: Node) -> Iterator[Opening]:
    """`aws:eks/nodeGroup:NodeGroup` (`sourceSecurityGroupIds`), `AWS::EKS::Nodegroup` (`sourceSecurityGroups`)."""
    access = group["remoteAccess"]
    key = access["ec2SshKey"]
    sources = (access["sourceSecurityGroupIds"].value, access["sourceSecurityGroups"].value)
    # Terraform's way to leave a text out is an empty one.
    if key.value in (None, "") or any(isinstance(source, list) and source for source in sources):
        return
    ami = group["amiType"]
    port = 3389 if values.word(ami).startswith("windows") else 22
    yield Opening(
        protocol=first_doubt(*sources, ami.value) or Protocol.TCP,
        ports=Ports(port, port),
        sources=values.everyone(key),
        path=access.path,
        note="A key without source security groups makes EKS let every address in: name the groups, or drop the key.",
    )
