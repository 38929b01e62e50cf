"""The network ACLs of a network, as children of its component."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

import pulumi
import pulumi_aws as aws

from .acls import Acl, Entry
from .make_endpoints import EndpointPlace
from .routes import Tier

_Rule = TypeVar("_Rule", aws.ec2.NetworkAclIngressArgs, aws.ec2.NetworkAclEgressArgs)

# EC2 takes names, and answers with numbers.
_PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}

# A rule's number is its place. EC2's own console begins and goes on like this.
_FIRST, _STEP = 100, 10


def make_acl(
    place: EndpointPlace, tier: Tier, acl: Acl, *, subnet_ids: Sequence[pulumi.Input[str]]
) -> aws.ec2.NetworkAcl:
    """Make the ACL of these subnets. Its rules are a part of it: one that somebody adds shows up as a difference."""
    label = f"{place.name}-{tier.value}"
    return aws.ec2.NetworkAcl(
        label,
        vpc_id=place.vpc_id,
        subnet_ids=subnet_ids,
        ingress=_rules(aws.ec2.NetworkAclIngressArgs, acl.ingress),
        egress=_rules(aws.ec2.NetworkAclEgressArgs, acl.egress),
        tags=place.tagged(label),
        opts=place.child,
    )


def _rules(kind: type[_Rule], entries: Sequence[Entry]) -> list[_Rule]:
    return [_rule(kind, _FIRST + _STEP * place, entry) for place, entry in enumerate(entries)]


def _rule(kind: type[_Rule], number: int, entry: Entry) -> _Rule:
    is_icmp = entry.code is not None
    # What a rule has not is zero, as the provider reads it back.
    return kind(
        rule_no=number,
        action="allow",
        protocol=_PROTOCOLS[entry.protocol],
        from_port=0 if is_icmp else entry.ports.start,
        to_port=0 if is_icmp else entry.ports.stop - 1,
        icmp_type=entry.ports.start if is_icmp else 0,
        icmp_code=entry.code or 0,
        cidr_block=str(entry.cidr) if isinstance(entry.cidr, IPv4Network) else None,
        ipv6_cidr_block=str(entry.cidr) if isinstance(entry.cidr, IPv6Network) else None,
    )
