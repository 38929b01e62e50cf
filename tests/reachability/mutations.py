"""One broken link each, in a network that works: the variant, what is done to it, and what has to be said."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reachability.model import AclEntry, Platform, Protocol, PublicAccess, Route, Target, Unknown, World
from tests.reachability.worlds import ANYWHERE, changed, gone, out, route

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Mutation:
    """What is done to a variant, and the sentence that names it.

    Attributes:
        name: a sentence on what is done.
        variant: a key of `VARIANTS`.
        breaks: does it.
        says: the one broken link.
        needs: the services that the agent has to reach.
        hides: whether the packet takes another way then, so that what else is broken on this one matters no more.
    """

    name: str
    variant: str
    breaks: Callable[[World], World]
    says: str
    needs: tuple[str, ...] = ("ssm", "ssmmessages")
    hides: bool = False


def sets(things: str, key: str, **values: Any) -> Callable[[World], World]:
    return lambda world: changed(world, things, key, **values)


def table(key: str, *routes: Route) -> Callable[[World], World]:
    return sets("tables", key, routes=routes)


def more_routes(key: str, *routes: Route) -> Callable[[World], World]:
    return lambda world: changed(world, "tables", key, routes=(*world.tables[key].routes, *routes))


def denies(
    key: str, *, egress: bool, number: int = 1, cidr: str | Unknown = ANYWHERE, **more: Any
) -> Callable[[World], World]:
    entry = AclEntry(number=number, egress=egress, allow=False, cidr=cidr, **more)
    return lambda world: changed(world, "acls", key, entries=(*world.acls[key].entries, entry))


def answers_only(key: str, ports: tuple[int, int], *, egress: bool) -> Callable[[World], World]:
    """The entries for answers get other ports."""

    def breaks(world: World) -> World:
        entries = tuple(
            replace(one, ports=ports) if one.egress == egress and one.ports == (1024, 65535) else one
            for one in world.acls[key].entries
        )
        return changed(world, "acls", key, entries=entries)

    return breaks


def every_endpoint(**values: Any) -> Callable[[World], World]:
    def breaks(world: World) -> World:
        for key in ("ssm", "ssmmessages"):
            world = changed(world, "endpoints", key, **values)
        return world

    return breaks


def policy(effect: str, action: str) -> str:
    return json.dumps({"Statement": [{"Effect": effect, "Principal": "*", "Action": action, "Resource": "*"}]})


def two_halves(key: str) -> Callable[[World], World]:
    """Routes that are longer than the one that works, and lead nowhere."""
    halves = [route(Target.NAT_GATEWAY, "gone", cidr) for cidr in ("0.0.0.0/1", "128.0.0.0/1")]
    return more_routes(key, *(replace(one, blackhole=True) for one in halves))


MUTATIONS = (
    # The host.
    Mutation("the image has no agent", "igw", sets("hosts", "host", agent=False),
             "the image of web has no SSM agent, and its user data installs none"),
    Mutation("the agent is too old for sessions", "igw", sets("hosts", "host", agent_version=(2, 2, 0, 0)),
             "the agent of web, 2.2.0.0, is older than Session Manager"),
    Mutation("the metadata service is off", "igw", sets("hosts", "host", metadata=False),
             "the metadata service of web is off, so its agent gets no credentials"),
    Mutation("the metadata service's answers may make no hop", "igw", sets("hosts", "host", hop_limit=0),
             "the metadata service of web answers with a hop limit below 1, so no answer arrives"),
    # The internet gateway.
    Mutation("no route out", "igw", table("out"), "main-out has no route from main-public to the internet"),
    Mutation("a route to what is gone", "igw",
             table("out", replace(route(Target.INTERNET_GATEWAY, "gateway"), blackhole=True)),
             "the route 0.0.0.0/0 of main-out leads to gateway, which is gone"),
    Mutation("a route for another destination alone", "igw",
             table("out", route(Target.INTERNET_GATEWAY, "gateway", "192.168.0.0/16")),
             "main-out has no route from main-public to the internet"),
    Mutation("a route to a peered VPC", "igw", table("out", route(Target.PEERING, "peering")),
             "the route 0.0.0.0/0 of main-out leads to peering, and a peering connection leads to no internet"),
    Mutation("the subnet is on the main table, which has local routes alone", "igw",
             sets("subnets", "public", table=None),
             "the main route table of main has no route from main-public to the internet", hides=True),
    Mutation("the gateway is attached to nothing", "igw", sets("internet_gateways", "gateway", vpc=None),
             "main-gateway is not attached to main"),
    Mutation("the gateway is attached to another VPC", "igw", sets("internet_gateways", "gateway", vpc="other"),
             "main-gateway is not attached to main", hides=True),
    Mutation("the subnet gives no public addresses", "igw", sets("subnets", "public", maps_public_ip=False),
             "the way out is main-gateway, and web has no public address"),
    Mutation("the instance wants no public address", "igw", sets("hosts", "host", public_ip=False),
             "the way out is main-gateway, and web has no public address"),
    Mutation("public access is blocked", "igw", sets("subnets", "public", public_access=PublicAccess.NAT_ONLY),
             "VPC Block Public Access (block-ingress) lets nothing of main-public through main-gateway"),
    Mutation("the VPC answers no names", "igw", sets("vpcs", "vpc", dns_support=False),
             "main has enableDnsSupport off, so no name is answered"),
    Mutation("the group has no egress rule", "igw", sets("groups", "web", egress=()),
             "no rule of main-web lets tcp 443 out to the internet"),
    Mutation("the group lets another port out", "igw",
             sets("groups", "web", egress=(replace(out(cidrs=(ANYWHERE,)), ports=(80, 80)),)),
             "no rule of main-web lets tcp 443 out to the internet"),
    Mutation("the group lets udp out", "igw",
             sets("groups", "web", egress=(replace(out(cidrs=(ANYWHERE,)), protocol=Protocol.OTHER),)),
             "no rule of main-web lets tcp 443 out to the internet"),
    Mutation("the group lets IPv6 out alone", "igw", sets("groups", "web", egress=(out(cidrs=("::/0",)),)),
             "no rule of main-web lets tcp 443 out to the internet"),
    Mutation("the group lets out into the VPC alone", "igw",
             sets("groups", "web", egress=(out(cidrs=("10.0.0.0/8",)),)),
             "no rule of main-web lets tcp 443 out to the internet"),
    Mutation("the group names a group", "igw", sets("groups", "web", egress=(out(groups=("web",)),)),
             "no rule of main-web lets tcp 443 out to the internet"),
    Mutation("the ACL denies what is asked", "igw", denies("acl-public", egress=True, number=50, ports=(443, 443)),
             "acl-public lets no tcp 443 out of main-public to the internet"),
    Mutation("the ACL denies all by its first entry", "igw", denies("acl-public", egress=True),
             "acl-public lets no tcp 443 out of main-public to the internet"),
    Mutation("the ACL denies the answers", "igw", denies("acl-public", egress=False, number=50),
             "acl-public lets no answer into main-public from the internet: those come to ports 32768-60999"),
    Mutation("the ACL lets answers come to other ports", "igw", answers_only("acl-public", (1024, 32767), egress=False),
             "acl-public lets no answer into main-public from the internet: those come to ports 32768-60999"),
    Mutation("the ACL is empty in one direction", "igw",
             lambda world: changed(world, "acls", "acl-public", entries=world.acls["acl-public"].entries[:1]),
             "acl-public lets no answer into main-public from the internet: those come to ports 32768-60999"),
    # The NAT gateway.
    Mutation("no route to the NAT gateway", "nat", table("inner"),
             "main-inner has no route from main-private to the internet"),
    Mutation("the NAT gateway was deleted", "nat",
             table("inner", replace(route(Target.NAT_GATEWAY, "old"), blackhole=True)),
             "the route 0.0.0.0/0 of main-inner leads to old, which is gone"),
    Mutation("longer prefixes shadow the route", "nat", two_halves("inner"),
             "the route 0.0.0.0/1 of main-inner leads to gone, which is gone / "
             "the route 128.0.0.0/1 of main-inner leads to gone, which is gone"),
    Mutation("a private subnet on the public table", "nat", sets("subnets", "private", table="out"),
             "the way out is main-gateway, and web has no public address", hides=True),
    Mutation("the NAT gateway is in a private subnet", "nat", sets("nat_gateways", "nat", subnet="private"),
             "main-nat is in main-private, whose route table main-inner leads back to it"),
    Mutation("the NAT gateway's subnet has no way out", "nat", table("out"),
             "main-nat is in main-public, which has no route to the internet"),
    Mutation("the NAT gateway's way out is gone", "nat",
             table("out", replace(route(Target.INTERNET_GATEWAY, "gateway"), blackhole=True)),
             "main-nat is in main-public, which has no route to the internet"),
    Mutation("the NAT gateway is a private one", "nat", sets("nat_gateways", "nat", public=False),
             "main-nat is a private NAT gateway, and what it sends an internet gateway drops"),
    Mutation("the NAT gateway has no address", "nat", sets("nat_gateways", "nat", has_address=False),
             "main-nat has no Elastic IP address"),
    Mutation("the NAT gateway failed", "nat", sets("nat_gateways", "nat", available=False),
             "main-nat is not available"),
    Mutation("all public access is blocked", "nat", sets("subnets", "public", public_access=PublicAccess.CLOSED),
             "VPC Block Public Access (block-bidirectional) lets nothing of main-public through main-gateway"),
    Mutation("the public subnet's ACL lets nothing in", "nat",
             denies("acl-public", egress=False, cidr="10.0.0.0/8", ports=(443, 443)),
             "acl-public lets no tcp 443 into main-public from main-private"),
    Mutation("the public subnet's ACL lets no answer to the NAT gateway", "nat",
             denies("acl-public", egress=False, number=99),
             "acl-public lets no tcp 443 into main-public from main-private / "
             "acl-public lets no answer into main-public from the internet: those come to ports 1024-65535",
             hides=True),
    Mutation("the public subnet's ACL lets no answer on", "nat", denies("acl-public", egress=True, cidr="10.0.0.0/8"),
             "acl-public lets no answer out of main-public to main-private: those go to ports 32768-60999"),
    Mutation("the regional NAT gateway failed", "regional nat", sets("nat_gateways", "nat", available=False),
             "main-nat is not available"),
    # The NAT instance.
    Mutation("the NAT instance checks source and destination", "nat instance",
             sets("hosts", "nat", source_dest_check=True),
             "main-nat checks source and destination, so it takes no packets that are not for itself"),
    Mutation("the NAT instance lets nobody in", "nat instance", sets("groups", "nat", ingress=()),
             "no rule of main-nat lets tcp 443 in from main-web"),
    Mutation("the NAT instance lets nothing out", "nat instance", sets("groups", "nat", egress=()),
             "no rule of main-nat lets tcp 443 out to the internet"),
    Mutation("the NAT instance has no public address", "nat instance", sets("hosts", "nat", public_ip=False),
             "the way out is main-gateway, and main-nat has no public address"),
    Mutation("the NAT instance is in a private subnet", "nat instance", sets("hosts", "nat", subnet="private"),
             "main-nat is in main-private, whose route table main-inner leads back to it"),
    # PrivateLink.
    Mutation("no endpoint for ssmmessages", "privatelink", lambda world: gone(world, "endpoints", "ssmmessages"),
             "main has no endpoint for ssmmessages, and no other way leads there"),
    Mutation("an endpoint in no subnet", "privatelink", sets("endpoints", "ssm", subnets=()),
             "main-ssm is in no subnet, so it has no address"),
    Mutation("an endpoint without private DNS", "privatelink", sets("endpoints", "ssm", private_dns=False),
             "main-ssm has private DNS off, so the service's name does not lead to it"),
    Mutation("DNS host names are off", "privatelink", sets("vpcs", "vpc", dns_hostnames=False),
             "main has enableDnsHostnames off, so the services' names do not lead to its endpoints"),
    Mutation("DNS is off", "privatelink", sets("vpcs", "vpc", dns_support=False),
             "main has enableDnsSupport off, so no name is answered"),
    Mutation("an endpoint that failed", "privatelink", sets("endpoints", "ssm", available=False),
             "main-ssm is not available"),
    Mutation("endpoints for IPv6 alone", "privatelink", sets("endpoints", "ssm", ipv4=False, ipv6=True),
             "main-ssm has no IPv4 addresses"),
    Mutation("443 into the endpoints was forgotten", "privatelink", sets("groups", "endpoints", ingress=()),
             "no rule of main-endpoints lets tcp 443 in from main-web"),
    Mutation("443 out to the endpoints was forgotten", "privatelink", sets("groups", "web", egress=()),
             "no rule of main-web lets tcp 443 out to main-endpoints"),
    Mutation("the endpoints have another group", "privatelink", every_endpoint(groups=("web",)),
             "no rule of main-web lets tcp 443 out to main-web / no rule of main-web lets tcp 443 in from main-web",
             hides=True),
    Mutation("the endpoints' ACL denies what is asked", "privatelink", denies("acl-ends", egress=False),
             "acl-ends lets no tcp 443 into main-ends from main-private"),
    Mutation("the endpoints' ACL denies the answers", "privatelink", denies("acl-ends", egress=True, number=50),
             "acl-ends lets no answer out of main-ends to main-private: those go to ports 32768-60999"),
    Mutation("the host's ACL denies what it asks", "privatelink",
             denies("acl-private", egress=True, cidr="10.0.0.0/16"),
             "acl-private lets no tcp 443 out of main-private to main-ends"),
    Mutation("the host's ACL denies the endpoints' answers", "privatelink",
             denies("acl-private", egress=False, cidr="10.0.2.0/24"),
             "acl-private lets no answer into main-private from main-ends: those come to ports 32768-60999"),
    Mutation("a Windows host behind an ACL for Linux", "privatelink",
             lambda world: answers_only("acl-ends", (1024, 49151), egress=True)(
                 changed(world, "hosts", "host", platform=Platform.WINDOWS)),
             "acl-ends lets no answer out of main-ends to main-private: those go to ports 49152-65535", hides=True),
    Mutation("a longer prefix leads to what is gone", "privatelink",
             more_routes("inner", replace(route(Target.FIREWALL, "firewall", "10.0.2.0/24"), blackhole=True)),
             "the route of main-inner to main-ends leads to what is gone"),
    Mutation("the endpoint's policy denies the agent", "privatelink",
             sets("endpoints", "ssm", policy=policy("Deny", "ssm:Update*")),
             "the policy of main-ssm does not let ssm:UpdateInstanceInformation through"),
    Mutation("the endpoint's policy is for something else", "privatelink",
             sets("endpoints", "ssm", policy=policy("Allow", "ssm:GetParameter")),
             "the policy of main-ssm does not let ssm:UpdateInstanceInformation through"),
    # S3.
    Mutation("the gateway endpoint is on another table", "privatelink", sets("endpoints", "s3", tables=("ends",)),
             "main-inner has no route to S3, and main-s3 is not associated with it", needs=("s3",)),
    Mutation("no gateway endpoint", "privatelink", lambda world: gone(world, "endpoints", "s3"),
             "main-inner has no route to S3, and its VPC has no gateway endpoint for it", needs=("s3",)),
    Mutation("the group does not name S3's prefix list", "privatelink",
             sets("groups", "web", egress=(out(groups=("endpoints",)),)),
             "no rule of main-web lets tcp 443 out to S3", needs=("s3",)),
    Mutation("the ACL keeps S3 out", "privatelink", denies("acl-private", egress=True, number=250),
             "acl-private lets no tcp 443 out of main-private to S3", needs=("s3",)),
    # IPv6.
    Mutation("an agent that is not told of IPv6", "dual stack", sets("hosts", "host", dual_stack=False),
             "web has no IPv4 address, and its agent is not told to use names that have IPv6"),
    Mutation("no IPv6 route", "dual stack", table("inner", route(Target.EGRESS_ONLY_GATEWAY, "outward", ANYWHERE)),
             "main-inner has no route from main-private to the internet"),
    Mutation("the egress-only gateway is gone", "dual stack",
             table("inner", replace(route(Target.EGRESS_ONLY_GATEWAY, "old", "::/0"), blackhole=True)),
             "the route ::/0 of main-inner leads to old, which is gone"),
    Mutation("the group has IPv4 rules alone", "dual stack", sets("groups", "web", egress=(out(cidrs=(ANYWHERE,)),)),
             "no rule of main-web lets tcp 443 out to the internet"),
    Mutation("the ACL has no IPv6 entry for answers", "dual stack", denies("acl-six", egress=False, cidr="::/0"),
             "acl-six lets no answer into main-private from the internet: those come to ports 32768-60999"),
    # Private hosted zones.
    Mutation("a zone without its record", "own zone", sets("zones", "zone-ssm", records=()),
             "the private hosted zone ssm.eu-west-1.amazonaws.com has no record ssm.eu-west-1.amazonaws.com, and "
             "nobody else is asked for it"),
    Mutation("a hub's zone without the spoke", "hub", sets("zones", "zone-ssm", vpcs=("vpc",)),
             "the private hosted zone ssm.eu-west-1.amazonaws.com is not associated with spoke"),
    Mutation("no route to the hub", "hub", table("away"), "spoke-away has no route to main-ends"),
    Mutation("no route back from the hub", "hub", table("ends"), "main-ends has no route to spoke-away"),
    Mutation("a peering that nobody accepted", "hub", sets("peerings", "peering", active=False),
             "main-peering is not active"),
    Mutation("the hub lets its own VPC in alone", "hub",
             sets("groups", "endpoints", ingress=(out(cidrs=("10.0.0.0/16",)),)),
             "no rule of main-endpoints lets tcp 443 in from spoke-web"),
    # The role.
    Mutation("no instance profile", "nat", sets("hosts", "host", profile=None),
             "web has no instance profile, and Default Host Management is not set up here", hides=True),
    Mutation("a profile without a role", "nat", sets("profiles", "profile", role=None),
             "the instance profile web-profile has no role"),
)  # fmt: skip
