"""Readers for GameLift fleets, whose instances take players, and on Linux SSH, from the ranges that a fleet allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node


def fleet(fleet: Node) -> Iterator[Opening]:
    """`aws:gamelift/fleet:Fleet`, `AWS::GameLift::Fleet` and, under another key, `AWS::GameLift::ContainerFleet`."""
    for key in ("ec2InboundPermissions", "instanceInboundPermissions"):
        for rule in fleet[key].each():
            yield Opening(
                protocol=values.protocol(rule["protocol"]),
                ports=values.ports(rule["fromPort"], rule["toPort"]),
                sources=values.networks(rule["ipRange"]),
                path=rule.path,
            )
