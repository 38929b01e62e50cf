"""Readers for Lightsail, whose instances have a firewall of their own that starts with SSH open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt
from ssm_guard.opening import Opening, Ports, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node

SSH = 22
RDP = 3389

DEFAULT_NOTE = "Lightsail's default firewall lets every address in by SSH (RDP on Windows) until ports are declared."


def public_ports(resource: Node) -> Iterator[Opening]:
    """`aws:lightsail/instancePublicPorts:InstancePublicPorts`, which closes every port that it doesn't name."""
    for rule in resource["portInfos"].each():
        yield _opening(rule)


def native_instance(instance: Node) -> Iterator[Opening]:
    """`AWS::Lightsail::Instance`, which writes its firewall inline."""
    networking = instance["networking"]
    if networking.value is None:
        yield default_opening(instance)
    for rule in networking["ports"].each():
        if values.word(rule["accessDirection"]) != "outbound":
            yield _opening(rule)


def default_opening(instance: Node) -> Opening:
    """What an instance lets in whose ports nobody declares: SSH, or RDP on a Windows blueprint."""
    blueprint = instance["blueprintId"]
    port = RDP if values.word(blueprint).startswith("windows") else SSH
    return Opening(
        protocol=blueprint.value if isinstance(blueprint.value, Doubt) else Protocol.TCP,
        ports=Ports(port, port),
        sources=values.everyone(instance["networking"]),
        path=instance.path,
        note=DEFAULT_NOTE,
    )


def _opening(rule: Node) -> Opening:
    named = values.networks(rule["cidrs"], rule["ipv6Cidrs"])
    aliases = values.peers(rule["cidrListAliases"])
    # AWS fills in a missing `cidrs` by itself, and the console shows that as "any IPv4 address".
    assumed = () if named or aliases else values.everyone(rule["cidrs"])
    return Opening(
        protocol=values.protocol(rule["protocol"], missing=Protocol.TCP),
        ports=values.ports(rule["fromPort"], rule["toPort"]),
        sources=(*named, *aliases, *assumed),
        path=rule.path,
        note="Lightsail lets every address in where no `cidrs` are given." if assumed else "",
    )
