"""Whom a VPC's instances ask for names: pure, over what DescribeVpcs and DHCP options say."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_ec2.type_defs import DhcpOptionsTypeDef, VpcTypeDef

# The VPC's own resolver, in DHCP options and as every VPC reaches it ("Amazon DNS server", VPC user guide).
_AMAZON = {"AmazonProvidedDNS", "169.254.169.253"}
# The same one's address in the VPC: the base of its block, plus two (the same page).
_RESOLVER = 2


def foreign_servers(vpc: VpcTypeDef, options: Iterable[DhcpOptionsTypeDef]) -> Sequence[str]:
    """The name servers that the VPC's instances are told of; none if the VPC's own resolver is one of them.

    Raises:
        KeyError: the answer leaves out a part.
    """
    servers = [
        value["Value"]
        for one in options
        for entry in one.get("DhcpConfigurations", [])
        if entry.get("Key") == "domain-name-servers"
        for value in entry.get("Values", [])
    ]
    own = _AMAZON | ({str(IPv4Network(vpc["CidrBlock"])[_RESOLVER])} if servers else set())
    return [] if own & set(servers) else servers
