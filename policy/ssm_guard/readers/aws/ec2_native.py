"""Readers for security groups as CloudFormation, CloudControl and aws-native write them: one source a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Doubt, Node


def security_group(group: Node) -> Iterator[Opening]:
    """`AWS::EC2::SecurityGroup`."""
    for rule in group["securityGroupIngress"].each():
        yield _opening(rule, group=None)


def security_group_ingress(rule: Node) -> Iterator[Opening]:
    """`AWS::EC2::SecurityGroupIngress`."""
    yield _opening(rule, group=rule["groupId"].refers_to or rule["groupName"].refers_to)


def _opening(rule: Node, group: str | Doubt | None) -> Opening:
    return Opening(
        protocol=values.protocol(rule["ipProtocol"]),
        ports=values.ports(rule["fromPort"], rule["toPort"]),
        sources=(
            *values.networks(rule["cidrIp"], rule["cidrIpv6"]),
            *values.prefix_lists(rule["sourcePrefixListId"]),
            *values.peers(rule["sourceSecurityGroupId"], rule["sourceSecurityGroupName"]),
        ),
        path=rule.path,
        group=group,
    )
