"""OpenStack: rules of security groups, and of its firewall service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.opening import EVERY_PORT, Ports
from ssm_guard.readers.cloud import Cloud, RuleSet
from ssm_guard.readers.rules import (
    carrying_tcp,
    entries,
    everyone_in,
    is_absent,
    is_on,
    out_of_sight,
    port_texts,
    says,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.node import Node
    from ssm_guard.opening import Opening, Source


def security_group_rule(props: Node) -> Iterator[Opening]:
    """A rule of a group. Without a remote side it lets in every address of its ether type; groups allow only."""
    yield from group_rule(props, ether_type="ethertype")


def group_rule(rule: Node, *, ether_type: str) -> Iterator[Opening]:
    """The rule, whatever the key of its family is called."""
    inbound = says(rule["direction"], "ingress")
    if inbound is False:
        return
    yield from entries(
        rule,
        protocol=carrying_tcp(rule["protocol"]),
        ports=(_ports(rule["portRangeMin"], rule["portRangeMax"]),),
        sources=_remote(rule, rule[ether_type]),
        unless=inbound,
    )


def _ports(low: Node, high: Node) -> Ports:
    """The range; from 0 to 0 is how the provider writes every port (its documentation of `port_range_min`)."""
    bounds = (values.whole_number(low), values.whole_number(high))
    return EVERY_PORT if bounds == (0, 0) else values.ports(low, high)


def _remote(rule: Node, family: Node) -> tuple[Source, ...]:
    prefix, group, addresses = rule["remoteIpPrefix"], rule["remoteGroupId"], rule["remoteAddressGroupId"]
    found = (
        *(() if is_absent(prefix) else values.networks(prefix)),
        *(() if is_absent(group) else values.peers(group)),
        *(() if is_absent(addresses) else out_of_sight("the address group", addresses)),
    )
    return found or everyone_in(prefix, family)


def firewall_rule(props: Node) -> Iterator[Opening]:
    """A rule of the firewall service, judged by itself: which rules come before it, a policy says."""
    enabled, allows = is_on(props["enabled"]), says(props["action"], "allow")
    if enabled is False or allows is False:
        return
    source = props["sourceIpAddress"]
    everybody = everyone_in(source, props["ipVersion"], missing="4")
    yield from entries(
        props,
        protocol=carrying_tcp(props["protocol"]),
        ports=port_texts(props["destinationPort"]),
        sources=everybody if is_absent(source) else values.networks(source),
        unless=enabled,
        allows=allows,
    )


_RULE = "openstack:networking/secGroupRule:SecGroupRule"
_GROUP = "openstack:networking/secGroup:SecGroup"
_FIREWALL_RULE = "openstack:firewall/ruleV2:RuleV2"

CLOUD = Cloud(
    name="openstack",
    prefixes=("openstack",),
    readers={_RULE: security_group_rule, _FIREWALL_RULE: firewall_rule},
    remedy="Take it out, and name the addresses or the group that may come in, or connect over a VPN.",
    rule_sets=(RuleSet(sets=(_GROUP,), rules={_RULE: ("securityGroupId",)}),),
    terraform={
        "openstack_networking_secgroup_v2": _GROUP,
        "openstack_networking_secgroup_rule_v2": _RULE,
        "openstack_fw_rule_v2": _FIREWALL_RULE,
    },
)
