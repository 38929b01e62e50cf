"""What is said of each hop, of each missing link with its mend, and of what is not known: one place for all texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reachability import identity
from reachability.findings import Hop, Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reachability.model import Unknown
    from reachability.ways import Step


class Text(NamedTuple):
    """What is said of a cause, with the link's names in braces.

    Attributes:
        broken: what does not hold.
        mend: the smallest change that makes it hold, as a request.
        code: AWS's own for it ("Reachability Analyzer explanation codes", VPC user guide); empty if it has none.
    """

    broken: str
    mend: str
    code: str = ""


_ACL_CODE = "SUBNET_ACL_RESTRICTION"

LINKS: Mapping[str, Text] = {
    **{cause: Text(*texts) for cause, texts in identity.TEXTS.items()},
    "no-agent": Text(
        "the image of {host} has no SSM agent, and its user data installs none",
        "install amazon-ssm-agent in the user data of {host}, or take an image that has it",
    ),
    "agent-too-old": Text(
        "the agent of {host}, {version}, is older than Session Manager", "take a newer image for {host}"
    ),
    "metadata-off": Text(
        "the metadata service of {host} is off, so its agent gets no credentials",
        "turn the metadata service of {host} on",
    ),
    "hop-limit": Text(
        "the metadata service of {host} answers with a hop limit below 1, so no answer arrives",
        "set the hop limit of {host} to 1 or more",
    ),
    "ipv6-only": Text(
        "{host} has no IPv4 address, and its agent is not told to use names that have IPv6",
        "set UseDualStackEndpoint in the agent's configuration on {host}, or give it an IPv4 address",
    ),
    "no-address": Text("{host} has no address", "put {host} into a subnet with addresses"),
    "dns-support-off": Text(
        "{vpc} has enableDnsSupport off, so no name is answered", "turn enableDnsSupport of {vpc} on"
    ),
    "dns-hostnames-off": Text(
        "{vpc} has enableDnsHostnames off, so the services' names do not lead to its endpoints",
        "turn enableDnsHostnames of {vpc} on",
    ),
    "private-dns-off": Text(
        "{endpoint} has private DNS off, so the service's name does not lead to it",
        "turn private DNS of {endpoint} on",
    ),
    "zone-without-record": Text(
        "the private hosted zone {zone} has no record {name}, and nobody else is asked for it",
        "add an alias record {name} for the endpoint to {zone}",
    ),
    "zone-not-associated": Text(
        "the private hosted zone {zone} is not associated with {vpc}", "associate {zone} with {vpc}"
    ),
    "endpoint-missing": Text(
        "{vpc} has no endpoint for {service}, and no other way leads there",
        "add an interface endpoint for {service} with private DNS to {vpc}",
        "NO_POSSIBLE_DESTINATION",
    ),
    "endpoint-without-subnets": Text(
        "{endpoint} is in no subnet, so it has no address", "add a subnet to {endpoint}", "NO_POSSIBLE_DESTINATION"
    ),
    "endpoint-without-family": Text(
        "{endpoint} has no {family} addresses", "give {endpoint} the address type that has {family}"
    ),
    "endpoint-not-available": Text("{endpoint} is not available", "replace {endpoint}", "BAD_STATE"),
    "endpoint-policy": Text(
        "the policy of {endpoint} does not let {actions} through", "allow {actions} in the policy of {endpoint}"
    ),
    "egress-closed": Text(
        "no rule of {group} lets tcp 443 out to {peer}",
        "add an egress rule for tcp 443 from {first} to {peer}",
        "ENI_SG_RULES_MISMATCH",
    ),
    "ingress-closed": Text(
        "no rule of {group} lets tcp 443 in from {peer}",
        "add an ingress rule for tcp 443 to {first} from {peer}",
        "ENI_SG_RULES_MISMATCH",
    ),
    "acl-out": Text(
        "{acl} lets no tcp {ports} out of {subnet} to {peer}",
        "add an egress entry that allows tcp {ports} to {peer} to {acl}, before those that deny it",
        _ACL_CODE,
    ),
    "acl-in": Text(
        "{acl} lets no tcp {ports} into {subnet} from {peer}",
        "add an ingress entry that allows tcp {ports} from {peer} to {acl}, before those that deny it",
        _ACL_CODE,
    ),
    "acl-answer-out": Text(
        "{acl} lets no answer out of {subnet} to {peer}: those go to ports {ports}",
        "add an egress entry that allows tcp {ports} to {peer} to {acl}, before those that deny it",
        _ACL_CODE,
    ),
    "acl-answer-in": Text(
        "{acl} lets no answer into {subnet} from {peer}: those come to ports {ports}",
        "add an ingress entry that allows tcp {ports} from {peer} to {acl}, before those that deny it",
        _ACL_CODE,
    ),
    "no-route": Text(
        "{table} has no route from {subnet} to the internet",
        "add a route {destination} to {gateway} to {table}",
        "NO_ROUTE_TO_DESTINATION",
    ),
    "blackhole-route": Text(
        "the route {destination} of {table} leads to {to}, which is gone",
        "lead {destination} of {table} to {gateway}",
        "BAD_STATE_ROUTE",
    ),
    "route-to-peering": Text(
        "the route {destination} of {table} leads to {to}, and a peering connection leads to no internet",
        "lead {destination} of {table} to {gateway}",
        "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR",
    ),
    "nat-without-internet": Text(
        "{origin} is in {subnet}, which has no route to the internet",
        "add a route {destination} to {gateway} for {subnet}, or put {origin} into a public subnet",
        "NO_ROUTE_TO_DESTINATION",
    ),
    "nat-loop": Text(
        "{origin} is in {subnet}, whose route table {table} leads back to it",
        "put {origin} into a public subnet, as {public} is",
        "NO_ROUTE_TO_DESTINATION",
    ),
    "gateway-endpoint-not-in-table": Text(
        "{table} has no route to {peer}, and {endpoint} is not associated with it",
        "associate {endpoint} with {table}",
        "NO_ROUTE_TO_DESTINATION",
    ),
    "gateway-endpoint-missing": Text(
        "{table} has no route to {peer}, and its VPC has no gateway endpoint for it",
        "add {endpoint} and associate it with {table}",
        "NO_ROUTE_TO_DESTINATION",
    ),
    "gateway-detached": Text("{gateway} is not attached to {vpc}", "attach {gateway} to {vpc}", "BAD_STATE_ATTACHMENT"),
    "no-public-address": Text(
        "the way out is {gateway}, and {host} has no public address",
        "give {host} a public address, or lead its subnet through a NAT gateway",
        "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    ),
    "public-access-blocked": Text(
        "VPC Block Public Access ({mode}) lets nothing of {subnet} through {gateway}",
        "exclude {subnet} from VPC Block Public Access",
        "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    ),
    "nat-not-available": Text("{nat} is not available", "replace {nat}", "BAD_STATE"),
    "nat-private": Text(
        "{nat} is a private NAT gateway, and what it sends an internet gateway drops", "make {nat} a public one"
    ),
    "nat-without-address": Text(
        "{nat} has no Elastic IP address",
        "give {nat} an Elastic IP address",
        "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    ),
    "source-dest-check": Text(
        "{nat} checks source and destination, so it takes no packets that are not for itself",
        "turn the source/destination check of {nat} off",
        "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    ),
    "no-route-inside": Text(
        "{table} has no route to {peer}", "add a route to {peer} to {table}", "NO_ROUTE_TO_DESTINATION"
    ),
    "blackhole-inside": Text(
        "the route of {table} to {peer} leads to what is gone",
        "change the route to {peer} in {table}",
        "BAD_STATE_ROUTE",
    ),
    "peering-not-active": Text("{peering} is not active", "accept {peering}", "BAD_STATE"),
}

HOPS: Mapping[str, str] = {
    **identity.STEPS,
    "agent": "{host} has an agent",
    "metadata": "the metadata service of {host} gives it credentials",
    "name-public": "{name} is answered by AWS, with public addresses",
    "name-endpoint": "{name} is answered with the addresses of {endpoint}, by private DNS",
    "name-zone": "{name} is answered with the addresses of {endpoint}, by the private hosted zone {zone}",
    "group-out": "{group} lets tcp 443 out to {peer}: {rule}",
    "group-in": "{group} lets tcp 443 in from {peer}: {rule}",
    "acl-out": "{acl} lets tcp {ports} out of {subnet}: {entry}",
    "acl-in": "{acl} lets tcp {ports} into {subnet}: {entry}",
    "acl-answer-out": "{acl} lets the answer, to ports {ports}, out of {subnet}: {entry}",
    "acl-answer-in": "{acl} lets the answer, to ports {ports}, into {subnet}: {entry}",
    "route": "{table} leads {destination} to {gateway}",
    "route-local": "{table} leads to {peer} inside the VPC",
    "route-peering": "{table} leads to {peer} over {peering}",
    "endpoint-policy": "the policy of {endpoint} lets the agent's calls through",
    "arrives": "{service} is reached on the internet",
}


def hop_text(hop: Hop) -> str:
    """What holds."""
    return HOPS[hop.step].format(**dict(hop.names))


def broken_text(link: Link) -> str:
    """What is missing."""
    return LINKS[link.cause].broken.format(**dict(link.names))


def mend_text(link: Link) -> str:
    """The smallest change that mends it."""
    return LINKS[link.cause].mend.format(**dict(link.names))


def code_of(link: Link) -> str:
    """AWS's explanation code for it; empty if it has none."""
    return LINKS[link.cause].code


def unknown_text(unknown: Unknown) -> str:
    """What is not known, and where it would come from."""
    return f"{unknown.what}: {unknown.source}" if unknown.source else unknown.what


def step_text(step: Step) -> str:
    """What is said of a step, whatever it is."""
    if isinstance(step, Hop):
        return hop_text(step)
    if isinstance(step, Link):
        return f"{broken_text(step)}; {mend_text(step)}"
    return f"not known: {unknown_text(step)}"
