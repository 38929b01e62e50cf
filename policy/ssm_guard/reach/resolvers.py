"""Who else answers names in a VPC of a stack: name servers of one's own, and what Route 53 asks for it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from reachability.blocks import block
from reachability.model import Unknown
from reachability.names import answers_for
from ssm_guard.reach import types
from ssm_guard.reach.look import Look, looks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.stack import Stack

# The VPC's own resolver has these names in every VPC ("Amazon DNS server", VPC user guide).
_AWS_RESOLVERS = ("AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253")
# Beneath these an agent asks; the Region may be any.
_ASKED = tuple(f"{one}.REGION.{above}" for one in ("ssm", "ssmmessages") for above in ("amazonaws.com", "api.aws"))


def name_servers(stack: Stack) -> dict[str, tuple[str, ...] | Unknown]:
    """The name servers by which DHCP options replace a VPC's own resolver, by VPC."""
    found: dict[str, tuple[str, ...] | Unknown] = {}
    for one in looks(stack, [types.DHCP_ASSOCIATION]):
        vpc, options = one.ref(one["vpcId"], types.VPCS), one.ref(one["dhcpOptionsId"], types.DHCP_OPTIONS)
        resource = stack.at(options) if isinstance(options, str) else None
        if not isinstance(vpc, str):
            continue
        if resource is None:
            found[vpc] = one.unknown(one["dhcpOptionsId"])
            continue
        servers = Look(stack, resource).texts(Look(stack, resource)["domainNameServers"])
        unknown = next((server for server in servers if isinstance(server, Unknown)), None)
        own = {*_AWS_RESOLVERS, _address_of_resolver(stack, vpc)}
        named = tuple(server for server in servers if isinstance(server, str) and server not in own)
        found[vpc] = unknown or named
    return found


def _address_of_resolver(stack: Stack, vpc: str) -> str:
    """The one that it has in the VPC itself: the base of the first block plus two."""
    owner = stack.at(vpc)
    found = block(Look(stack, owner)["cidrBlock"].value) if owner else None
    return str(ip_address(found.span[0] + 2)) if found else ""


def forwarded(stack: Stack) -> dict[str, Unknown]:
    """What Route 53 profiles and forwarding rules may answer in a VPC, by VPC."""
    return dict(_forwarded(stack))


def _forwarded(stack: Stack) -> Iterator[tuple[str, Unknown]]:
    for one in looks(stack, [types.DNS_PROFILE]):
        vpc = one.ref(one["resourceId"], types.VPCS)
        if isinstance(vpc, str):
            yield vpc, Unknown(f"which names the Route 53 profile of {one.label} answers", "its zones are not read")
    for one in looks(stack, [types.RESOLVER_RULE_ASSOCIATION]):
        vpc, rule = one.ref(one["vpcId"], types.VPCS), one.ref(one["resolverRuleId"], [types.RESOLVER_RULE])
        owner = stack.at(rule) if isinstance(rule, str) else None
        if isinstance(vpc, str) and (owner is None or _is_about_services(Look(stack, owner))):
            yield vpc, Unknown(f"what is answered to names that the rule of {one.label} forwards", "others answer them")


def _is_about_services(rule: Look) -> bool:
    domain, kind = rule.text(rule["domainName"]), rule.text(rule["ruleType"])
    if kind == "SYSTEM":  # the VPC's resolver itself
        return False
    asked = domain.rstrip(".") if isinstance(domain, str) else ""
    return not asked or any(answers_for(asked, name) for name in _ASKED)
