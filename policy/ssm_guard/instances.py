"""The types that start EC2 instances, and where each of them writes its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssm_guard.node import Node

# aws-native nests a launch template's settings one level down; everybody else writes them on top.
_UNDER: Mapping[str, str | None] = {
    "aws:ec2/instance:Instance": None,
    "aws:ec2/launchConfiguration:LaunchConfiguration": None,
    "aws:ec2/launchTemplate:LaunchTemplate": None,
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": None,
    "aws-native:ec2:Instance": None,
    "aws-native:ec2:LaunchTemplate": "launchTemplateData",
}
TYPES = frozenset(_UNDER)


def settings_of(token: str, properties: Node) -> Node:
    """Where the settings of the instances begin."""
    under = _UNDER[token]
    return properties if under is None else properties[under]
