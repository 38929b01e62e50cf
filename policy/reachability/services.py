"""The way from a host to one service: by name, by endpoint or over the internet, in the families that both have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reachability.blocks import EVERYWHERE, PUBLIC, block, common, spans_of
from reachability.endpoint_policies import endpoint_works, role_of
from reachability.findings import Change, Kind
from reachability.groups import groups_let, nothing_out
from reachability.inside import inside
from reachability.model import Endpoint, Group, Protocol, Rule, Subnet, Target, Unknown
from reachability.names import Answer, answers, endpoints_for, interface_endpoints, other_zones
from reachability.origins import Origin, host_origin, subnet_peer
from reachability.outside import outside
from reachability.peers import HTTPS, Peer
from reachability.ways import Way, best, each, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.findings import Link, Mend
    from reachability.model import Host, Vpc
    from reachability.view import View
    from reachability.ways import Step

# So many of the internet's addresses do not count: a /16 of IPv4, and what is as little of IPv6.
_FEW = {4: 2**16, 6: 2**96}


def way_to(view: View, host: Host, service: str) -> Way:
    """To a service and back. An agent asks over IPv6 only if its configuration says so."""
    if isinstance(host.dual_stack, Unknown):
        told = [way_to(view, replace(host, dual_stack=value), service) for value in (False, True)]
        return each(told, host.dual_stack)
    if isinstance(host.ipv4, Unknown) or isinstance(host.ipv6, Unknown):
        unknown = host.ipv4 if isinstance(host.ipv4, Unknown) else host.ipv6
        sides = [
            replace(host, ipv4=v4, ipv6=v6)
            for v4 in ([False, True] if isinstance(host.ipv4, Unknown) else [host.ipv4])
            for v6 in ([False, True] if isinstance(host.ipv6, Unknown) else [host.ipv6])
        ]
        return each([way_to(view, side, service) for side in sides], _unknown(unknown))
    if not host.ipv4 and not host.dual_stack:
        return _by_ipv6_alone(view, host, service)
    families = [family for family, has in ((4, host.ipv4), (6, host.ipv6 and host.dual_stack)) if has]
    if not families:
        return Way((link("no-address", (), host=host.name),))
    return best([_unless_closed(view, host, service, family) for family in families])


def _by_ipv6_alone(view: View, host: Host, service: str) -> Way:
    """An agent without an IPv4 address that asks for names which have IPv4 alone: DNS64 leads those to NAT64."""
    subnet = view.find(view.world.subnets, host.subnet)
    if isinstance(subnet, Subnet) and subnet.dns64 is not False:
        return Way((Unknown(f"where NAT64 leads {host.name}", f"{subnet.name} has DNS64, and that is not followed"),))
    mend = (Change("hosts", host.id, "dual_stack", True),)  # noqa: FBT003 - the value
    missing = Way((link("ipv6-only", mend, host=host.name),))
    return missing.then(way_to(view, replace(host, dual_stack=True), service))


def _unknown(value: object) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown("the address of the host")


def _unless_closed(view: View, host: Host, service: str, family: int) -> Way:
    """Where it is not known which way packets take, groups that let none out are missing on each of them."""
    way = _by_family(view, host, service, family)
    closed = nothing_out(view, host.groups, family) if way.kind is Kind.UNDETERMINED else None
    return way.then(Way((closed,))) if closed else way


def _by_family(view: View, host: Host, service: str, family: int) -> Way:
    origin = host_origin(view, host, family, role=role_of(view, host))
    if isinstance(origin, Unknown):
        return Way((origin,))
    dual_stack = host.dual_stack is True
    found = answers(view, origin.vpc, service, dual_stack=dual_stack)
    way = _by_answer(view, host, origin, service, found[0])
    for one in found[1:]:
        if one.doubt is not None:
            way = each([way, _by_answer(view, host, origin, service, one)], one.doubt)
    if way.kind is Kind.UNREACHABLE and found[0].endpoint is None:
        about = Way(tuple(step for step in found[0].steps if _matters_anyway(step)))
        others = [about.then(one) for one in _others(view, host, origin, service, dual_stack=dual_stack)]
        new = [about.then(one) for one in _with_new_endpoint(view, host, origin, service)]
        # Where it is as little work, what is there is mended before something is added.
        return best([*others, way, *new])
    return way


def _matters_anyway(step: Step) -> bool:
    return getattr(step, "cause", "") == "dns-support-off"


def _by_answer(view: View, host: Host, origin: Origin, service: str, answer: Answer) -> Way:
    named = Way(answer.steps)
    if answer.endpoint is not None:
        return named.then(_to_endpoint(view, host, origin, answer.endpoint))
    if any(isinstance(step, Unknown) for step in answer.steps):
        return named
    peer = service_peer(view, service, origin.peer.family)
    out = groups_let(view, origin.vpc, view.group_keys(host.groups, origin.vpc), peer, egress=True)
    return named.then(Way((out,)), outside(view, origin, peer))


def service_peer(view: View, service: str, family: int) -> Peer:
    """A service on the internet, with all the addresses that it may have."""
    listed = next((one for one in view.world.prefix_lists.values() if one.service == service), None)
    known = spans_of(view.world.addresses.get(service, ()), family)
    return Peer(
        name=listed.name if listed else "the internet",
        family=family,
        spans=known or PUBLIC[family],
        cidr=EVERYWHERE[family],
        service=service,
        prefix_list=listed.id if listed else "",
        few=0 if known else _FEW[family],
    )


def _to_endpoint(view: View, host: Host, origin: Origin, endpoint: Endpoint) -> Way:
    vpc = view.find(view.world.vpcs, endpoint.vpc)
    if isinstance(vpc, Unknown):
        return Way((vpc,))
    if isinstance(endpoint.subnets, Unknown):
        return Way((endpoint.subnets,))
    steps = [*_has_family(endpoint, origin.peer.family)]
    refs = endpoint.subnets
    if not refs:
        # In another VPC there is no subnet that would be the right one.
        mend = (Change("endpoints", endpoint.id, "subnets", origin.subnet.id, adds=True),)
        here = vpc.id == origin.vpc.id
        steps.append(link("endpoint-without-subnets", mend if here else (), endpoint=endpoint.name))
        refs = (origin.subnet.id,) if here else ()
    steps += endpoint_works(view, endpoint, origin.role)
    ways = []
    for ref in refs:
        subnet = view.find(view.world.subnets, ref)
        ways.append(
            Way((subnet,)) if isinstance(subnet, Unknown) else _to_address(view, host, origin, endpoint, subnet)
        )
    return (best(ways) if ways else Way()).then(Way(tuple(steps)))


def _has_family(endpoint: Endpoint, family: int) -> Iterator[Step]:
    has = endpoint.ipv4 if family == 4 else endpoint.ipv6  # noqa: PLR2004 - the family's name
    if isinstance(has, Unknown):
        yield has
    elif not has:
        mend = (Change("endpoints", endpoint.id, f"ipv{family}", True),)  # noqa: FBT003 - the value
        yield link("endpoint-without-family", mend, endpoint=endpoint.name, family=f"IPv{family}")


def _to_address(view: View, host: Host, origin: Origin, endpoint: Endpoint, subnet: Subnet) -> Way:
    """To the endpoint's address in one of its subnets. The agent tries them all, so one is enough."""
    vpc = view.vpc_of(subnet)
    if isinstance(vpc, Unknown):
        return Way((vpc,))
    family = origin.peer.family
    cidr = subnet.cidr if family == 4 else subnet.cidr_v6  # noqa: PLR2004 - the family's name
    block_of = spans_of([cidr], family)
    own = [one for one in endpoint.addresses if (at := block(one)) and common([at.span], block_of)]
    keys = view.group_keys(endpoint.groups, vpc)
    first = next((group for key in keys if not isinstance(group := view.group(key, vpc), Unknown)), None)
    peer = subnet_peer(
        subnet, vpc, family, address=own[0] if own else "", groups=keys, group_name=first.name if first else ""
    )
    out = groups_let(view, origin.vpc, view.group_keys(host.groups, origin.vpc), peer, egress=True)
    into = groups_let(view, vpc, keys, origin.peer, egress=False)
    return Way((out,)).then(inside(view, origin, subnet, vpc, peer), Way((into,)))


def _others(view: View, host: Host, origin: Origin, service: str, *, dual_stack: bool) -> Iterator[Way]:
    """The ways that a change of names would open, where the name leads to the internet and nothing leads there."""
    vpc = origin.vpc
    for endpoint in endpoints_for(view, vpc, service):
        missing = []
        if endpoint.private_dns is False:
            mend = (Change("endpoints", endpoint.id, "private_dns", True),)  # noqa: FBT003 - the value
            missing.append(link("private-dns-off", mend, endpoint=endpoint.name))
        missing += _host_names(vpc)
        if missing:
            yield Way(tuple(missing)).then(_to_endpoint(view, host, origin, endpoint))
    for zone, endpoint in other_zones(view, vpc, service, dual_stack=dual_stack):
        mend = (Change("zones", zone.id, "vpcs", vpc.id, adds=True),)
        missing = [link("zone-not-associated", mend, zone=zone.name, vpc=vpc.name)]
        yield Way(tuple(missing)).then(_to_endpoint(view, host, origin, endpoint))


def _with_new_endpoint(view: View, host: Host, origin: Origin, service: str) -> Iterator[Way]:
    new = _new_endpoint(view, origin, service)
    if new is not None:
        endpoint, made = new
        missing = [link("endpoint-missing", made, service=service, vpc=origin.vpc.name)]
        missing += _host_names(origin.vpc)
        changed = view.changed(tuple(change for one in missing for change in one.mend))
        yield Way(tuple(missing)).then(_to_endpoint(changed, host, origin, endpoint))


def _host_names(vpc: Vpc) -> Iterator[Link]:
    if vpc.dns_hostnames is False:
        mend = (Change("vpcs", vpc.id, "dns_hostnames", True),)  # noqa: FBT003 - the value
        yield link("dns-hostnames-off", mend, vpc=vpc.name)


def _goes_out(view: View, vpc: Vpc) -> bool:
    """Whether somebody means the VPC to have a way to the internet."""
    world = view.world
    gateways = (*world.internet_gateways.values(), *world.egress_only_gateways.values())
    return any(one.vpc == vpc.id for one in gateways) or any(
        route.kind is not Target.LOCAL
        for table in world.tables.values()
        if table.vpc == vpc.id
        for route in table.routes
    )


def _new_endpoint(view: View, origin: Origin, service: str) -> tuple[Endpoint, Mend] | None:
    """An endpoint that would do, where the VPC goes by endpoints, or by nothing yet."""
    vpc = origin.vpc
    others = interface_endpoints(view, vpc)
    # S3's gateway endpoint costs nothing, and is no matter of names.
    if service == "s3" or endpoints_for(view, vpc, service) or (not others and _goes_out(view, vpc)):
        return None
    made: Mend = ()
    groups = others[0].groups if others else ()
    if not groups:
        https = Rule(protocol=Protocol.TCP, ports=HTTPS, cidrs=tuple(one for one in vpc.cidrs if isinstance(one, str)))
        group = Group(id=f"{vpc.id}/endpoints", name=f"a new group in {vpc.name}", ingress=(https,))
        groups, made = (group.id,), (Change("groups", group.id, "", group),)
    endpoint = Endpoint(
        id=f"{vpc.id}/{service}",
        name=f"a new endpoint for {service}",
        service=service,
        vpc=vpc.id,
        subnets=(origin.subnet.id,),
        groups=groups,
        private_dns=True,
        ipv6=origin.peer.family == 6,  # noqa: PLR2004 - the family's name
    )
    return endpoint, (*made, Change("endpoints", endpoint.id, "", endpoint))
