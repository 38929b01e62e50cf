"""Oracle Cloud Infrastructure: security lists, and rules of network security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node, first_doubt
from ssm_guard.opening import EVERY_PORT, EVERYONE, Opening, Ports, Protocol, Source
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, says

if TYPE_CHECKING:
    from collections.abc import Iterator

_SSH = 22
_DEFAULT_LIST = "This is the VCN's default security list, as Oracle makes it."


def security_list(props: Node) -> Iterator[Opening]:
    """A security list; its rules allow only."""
    for rule in props["ingressSecurityRules"].each():
        yield from _rule(rule, rule["tcpOptions"])


def group_rule(props: Node) -> Iterator[Opening]:
    """A rule of a network security group, whose ports lie a level deeper than in a list."""
    inbound = says(props["direction"], "ingress")
    if inbound is not False:
        yield from _rule(props, props["tcpOptions"]["destinationPortRange"], unless=inbound)


def _rule(rule: Node, ports: Node, *, unless: bool | Doubt = False) -> Iterator[Opening]:
    # A group or a service of Oracle's as the source is not the world.
    by_block = says(rule["sourceType"], "cidr_block", missing=True)
    yield from entries(
        rule,
        protocol=carrying_tcp(rule["protocol"], missing=None),
        ports=(_ports(ports),),
        sources=values.peers(rule["source"]) if by_block is False else values.networks(rule["source"]),
        unless=first_doubt(unless, by_block) or False,
    )


def _ports(node: Node) -> Ports:
    return EVERY_PORT if node.value is None else values.ports(node["min"], node["max"])


def default_list(subnet: Node) -> Opening:
    """What the default security list of a VCN lets in, as Oracle makes it (its guide, "Security Lists")."""
    return Opening(
        protocol=Protocol.TCP,
        ports=Ports(_SSH, _SSH),
        sources=(Source(EVERYONE, subnet["securityListIds"].path),),
        path=subnet.path,
        note=_DEFAULT_LIST,
    )


_LIST = "oci:Core/securityList:SecurityList"
DEFAULT = "oci:Core/defaultSecurityList:DefaultSecurityList"
_GROUP = "oci:Core/networkSecurityGroup:NetworkSecurityGroup"
_GROUP_RULE = "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule"

CLOUD = Cloud(
    name="oci",
    prefixes=("oci",),
    readers={_LIST: security_list, DEFAULT: security_list, _GROUP_RULE: group_rule},
    remedy="Take it out, and connect through a session of OCI Bastion: it needs no rule for the internet.",
    rule_sets=(RuleSet(sets=(_GROUP,), rules={_GROUP_RULE: ("networkSecurityGroupId",)}),),
    terraform={
        "oci_core_security_list": _LIST,
        "oci_core_default_security_list": DEFAULT,
        "oci_core_network_security_group": _GROUP,
        "oci_core_network_security_group_security_rule": _GROUP_RULE,
        "oci_core_subnet": "oci:Core/subnet:Subnet",
        "oci_core_vcn": "oci:Core/vcn:Vcn",
    },
)
