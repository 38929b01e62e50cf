"""Alibaba Cloud: rules of security groups, network ACLs, Edge Node Service, Simple Application Server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.opening import Kind, Protocol
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import carrying_tcp, entries, out_of_sight, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening
    from ssm_guard.readers.cloud import Reader

_DEFAULT_PRIORITY = 1
_ACL = "A network ACL is a second lock beside the security groups."


def security_group_rule(props: Node) -> Iterator[Opening]:
    """A rule of a group. The lowest priority decides, and at the same one a denial."""
    inbound = says(props["type"], "ingress")
    if inbound is False:
        return
    yield from entries(
        props,
        protocol=carrying_tcp(props["ipProtocol"], missing=None),
        ports=port_texts(props["portRange"]),
        sources=(
            *values.networks(props["cidrIp"], props["ipv6CidrIp"]),
            *values.peers(props["sourceSecurityGroupId"]),
            *out_of_sight("the prefix list", props["prefixListId"]),
        ),
        unless=inbound,
        allows=says(props["policy"], "accept", missing=True),
        order=values.order(props["priority"], missing=_DEFAULT_PRIORITY),
        alone=False,
    )


def edge_group(props: Node) -> Iterator[Opening]:
    """A security group of Edge Node Service, with its rules."""
    for rule in props["permissions"].each():
        inbound = says(rule["direction"], "ingress")
        if inbound is False:
            continue
        yield from entries(
            rule,
            protocol=carrying_tcp(rule["ipProtocol"], missing=None),
            ports=port_texts(rule["portRange"]),
            sources=values.networks(rule["sourceCidrIp"], rule["ipv6SourceCidrIp"]),
            unless=inbound,
            allows=says(rule["policy"], "accept", missing=True),
            order=values.order(rule["priority"], missing=_DEFAULT_PRIORITY),
        )


def simple_server_rule(props: Node) -> Iterator[Opening]:
    """A rule of a Simple Application Server: there is no source to name, so it is for everybody."""
    yield from entries(
        props,
        protocol=carrying_tcp(props["ruleProtocol"], "tcpandudp", missing=None),
        ports=port_texts(props["port"]),
        sources=values.everyone(props["port"]),
    )


def network_acl(props: Node) -> Iterator[Opening]:
    """A network ACL with its entries: the first that fits decides."""
    for number, entry in enumerate(props["ingressAclEntries"].each()):
        yield from _acl_entry(entry, number)


def network_acl_entries(props: Node) -> Iterator[Opening]:
    """The entries of an ACL as a resource of their own."""
    for number, entry in enumerate(props["ingresses"].each()):
        yield from _acl_entry(entry, number)


def _acl_entry(entry: Node, number: int) -> Iterator[Opening]:
    every = says(entry["protocol"], "all") is True
    # The source may also be the id of a prefix list.
    source = entry["sourceCidrIp"]
    is_list = values.word(source).startswith("pl-")
    yield from entries(
        entry,
        protocol=Protocol.TCP if every else carrying_tcp(entry["protocol"], missing=None),
        ports=port_texts(entry["port"]),
        sources=out_of_sight("the prefix list", source) if is_list else values.networks(source),
        allows=says(entry["policy"], "accept"),
        order=number,
        kind=Kind.NETWORK_ACL_ALLOW_ALL if every else Kind.NETWORK_ACL,
        note=_ACL,
    )


_GROUP = "alicloud:ecs/securityGroup:SecurityGroup"
_RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
_NETWORK_ACL = "alicloud:vpc/networkAcl:NetworkAcl"
_NETWORK_ACL_ENTRIES = "alicloud:vpc/networkAclEntries:NetworkAclEntries"

_READERS: Mapping[str, Reader] = {
    _RULE: security_group_rule,
    "alicloud:ens/securityGroup:SecurityGroup": edge_group,
    "alicloud:simpleapplicationserver/firewallRule:FirewallRule": simple_server_rule,
    _NETWORK_ACL: network_acl,
    _NETWORK_ACL_ENTRIES: network_acl_entries,
}

CLOUD = Cloud(
    name="alicloud",
    prefixes=("alicloud",),
    readers=_READERS,
    remedy="Take it out, and connect with Session Manager of Cloud Assistant: it needs no inbound rule.",
    rule_sets=(RuleSet(sets=(_GROUP,), rules={_RULE: ("securityGroupId",)}),),
    terraform={
        "alicloud_security_group": _GROUP,
        "alicloud_security_group_rule": _RULE,
        "alicloud_ens_security_group": "alicloud:ens/securityGroup:SecurityGroup",
        "alicloud_simple_application_server_firewall_rule": (
            "alicloud:simpleapplicationserver/firewallRule:FirewallRule"
        ),
        "alicloud_network_acl": _NETWORK_ACL,
        "alicloud_network_acl_entries": _NETWORK_ACL_ENTRIES,
    },
)
