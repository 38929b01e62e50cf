"""Whether packets of the instances get where they must, by the route tables and the network ACLs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from ..public_access import stops
from ..routes import ALLOW_BOTH_WAYS, ALLOW_EGRESS, Variant
from .facts import Acl, NatGateway, Route, RouteTable, Subnet, Survey
from .packets import ANYWHERE, HTTPS, Passage, acl_passes, way_to
from .wanted import Findings, Wanted

# What a NAT gateway takes for the connections that it opens ("NAT gateway basics", VPC user guide).
_NAT_PORTS = range(1_024, 65_536)

# By the beginning of its id.
_KINDS = {
    "igw": "internet gateway",
    "nat": "NAT gateway",
    "eni": "network interface",
    "i": "instance",
    "tgw": "transit gateway",
    "pcx": "peering connection",
    "vgw": "virtual private gateway",
    "vpce": "firewall's endpoint",
    "cagw": "carrier gateway",
    "lgw": "local gateway",
    "arn": "core network",
}
_HOP_OF = {Variant.IGW: "igw", Variant.NAT: "nat"}

# What an exclusion from VPC Block Public Access has to allow, by the kind of next hop: an instance that does NAT gets
# its answers through the internet gateway by itself. Behind the others is another VPC, or another account's.
_EXCLUDED_FOR = {"igw": ALLOW_BOTH_WAYS, "nat": ALLOW_EGRESS, "i": ALLOW_BOTH_WAYS, "eni": ALLOW_BOTH_WAYS}


def check_way_out(survey: Survey, wanted: Wanted, subnets: Sequence[Subnet], findings: Findings) -> None:
    """Make sure that the default route of each subnet is the one that the variant is called after, and works."""
    nats: dict[str, Subnet] = {}
    for subnet in subnets:
        table = survey.tables[subnet.id]
        route = way_to(table.routes, ANYWHERE)
        problem = _refusal(survey, wanted, table, route)
        if problem:
            findings.refuse(wanted.vpc.subnets_key, subnet.id, f"its route table {table.id} {problem}")
        elif route and _kind(route) not in ("igw", "nat"):
            findings.warn(
                wanted.vpc.subnets_key,
                subnet.id,
                f"the default route of its route table {table.id} leads to {_named(route)}. Whether that leads on to "
                "Systems Manager cannot be told from here.",
            )
        elif route and route.target in survey.nat_gateways:
            nats |= {one: survey.subnets[one] for one in [survey.nat_gateways[route.target].subnet_id] if one}
    check_acls(survey, wanted, subnets, findings, blocks=[ANYWHERE])
    _check_acls_of_nat(survey, wanted, subnets, nats.values(), findings)
    _check_block(survey, wanted, subnets, findings)


def _check_block(survey: Survey, wanted: Wanted, subnets: Sequence[Subnet], findings: Findings) -> None:
    """Warn where the account stops what the default routes lead to: who is excluded from that no function tells."""
    routes = [way_to(survey.tables[subnet.id].routes, ANYWHERE) for subnet in subnets]
    needed = {_EXCLUDED_FOR.get(_kind(route)) for route in routes if route}
    stopped = {one for one in needed if stops(survey.block_mode, one)}
    if not stopped:
        return
    exclusion = ALLOW_BOTH_WAYS if ALLOW_BOTH_WAYS in stopped else ALLOW_EGRESS
    findings.warn(
        wanted.vpc.vpc_key,
        wanted.vpc.vpc or wanted.vpc.tags,
        f"VPC Block Public Access of {wanted.region.name} is {survey.block_mode} in this account. Unless "
        f"{survey.vpc.id} or its subnets are excluded, which cannot be told from here, no agent comes online. Whoever "
        "owns it excludes it: `aws ec2 create-vpc-block-public-access-exclusion --vpc-id "
        f"{survey.vpc.id} --internet-gateway-exclusion-mode {exclusion}`; or use privatelink.",
    )


def _refusal(survey: Survey, wanted: Wanted, table: RouteTable, route: Route | None) -> str | None:
    """What is wrong with the default route, as the end of a sentence about its table."""
    hop = _HOP_OF[wanted.variant]
    if route is None:
        return (
            f"has no default route ({ANYWHERE}), and variant is {wanted.variant.value}. Add one to an available "
            f"{_KINDS[hop]}, name other subnets, or use privatelink."
        )
    kind, target = _kind(route), route.target
    if kind in ("igw", "nat") and kind != hop:
        other = next(variant.value for variant, its_hop in _HOP_OF.items() if its_hop == kind)
        return f"leads to {_named(route)}, and variant is {wanted.variant.value}. Use {other}, or name other subnets."
    if kind == "nat":
        return _refusal_of_nat(survey, target)
    if kind == "igw" and target not in survey.internet_gateways:
        return f"leads to {target}, which is not attached to the VPC. Attach it, or lead the route elsewhere."
    if table.has_blackhole and len(table.routes) == 1:
        return f"leads to {_named(route)}, which is gone (the route is a blackhole). Lead the route elsewhere."
    return None if kind == "igw" else _refusal_of_other(wanted, route)


def _refusal_of_other(wanted: Wanted, route: Route) -> str | None:
    """Where a route leads to neither kind of gateway, which serves a NAT further on, if at all."""
    if wanted.variant is Variant.IGW:
        return f"leads to {_named(route)}, and variant is igw. Use nat, or name other subnets."
    if _kind(route) == "pcx":
        # "Unsupported VPC peering configurations", VPC peering guide.
        return f"leads to {_named(route)}, through which no VPC reaches another's gateways. Lead it to a NAT gateway."
    return None


def _refusal_of_nat(survey: Survey, target: str) -> str | None:
    gateway = survey.nat_gateways.get(target)
    if gateway is None:
        return f"leads to {target}, which is gone (the route is a blackhole). Lead the route to a NAT gateway."
    return _refusal_of_state(gateway) or _refusal_of_place(survey, gateway)


def _refusal_of_state(gateway: NatGateway) -> str | None:
    target = gateway.id
    if gateway.state != "available":
        return f"leads to {target}, which is {gateway.state}. Wait until it is available, or lead the route elsewhere."
    if not gateway.is_public:
        return (
            f"leads to {target}, a private NAT gateway, which leads to no internet. Use a public one, or privatelink."
        )
    return None


def _refusal_of_place(survey: Survey, gateway: NatGateway) -> str | None:
    if not gateway.subnet_id:
        return None
    table = survey.tables[gateway.subnet_id]
    route = way_to(table.routes, ANYWHERE)
    if route is None or route.target not in survey.internet_gateways:
        return (
            f"leads to {gateway.id}, whose own subnet {gateway.subnet_id} has no default route to an attached internet "
            f"gateway (route table {table.id}). Add that route."
        )
    return None


def check_way_to_hub(survey: Survey, wanted: Wanted, subnets: Sequence[Subnet], findings: Findings) -> None:
    """Make sure that a route of each subnet leads to the hub's endpoints."""
    for block in wanted.vpc.endpoint_cidrs:
        if any(block.subnet_of(own) for own in survey.vpc.cidrs):
            continue
        for subnet in subnets:
            table = survey.tables[subnet.id]
            route = way_to(table.routes, block)
            if route is None or _kind(route) in ("igw", "nat"):
                leads = f"leads to {_named(route)} for" if route else "has no route to"
                findings.refuse(
                    "network.endpointCidrs",
                    str(block),
                    f"the route table {table.id} of {subnet.id} {leads} it. Add a route to a transit gateway or a "
                    "peering connection, and one back in the hub's route tables.",
                )
            elif table.has_blackhole and len(table.routes) == 1:
                findings.refuse(
                    "network.endpointCidrs",
                    str(block),
                    f"the route table {table.id} of {subnet.id} leads there through {_named(route)}, which is gone "
                    "(the route is a blackhole). Lead the route elsewhere.",
                )
    check_acls(survey, wanted, subnets, findings, blocks=wanted.vpc.endpoint_cidrs)


@dataclass(frozen=True, kw_only=True)
class _Passing:
    """Packets that an ACL must let through: out of its subnet or into it, to these ports, between it and a block."""

    subnet: Subnet
    egress: bool
    ports: range
    block: IPv4Network


def check_acls(
    survey: Survey,
    wanted: Wanted,
    subnets: Sequence[Subnet],
    findings: Findings,
    *,
    others: Iterable[Subnet] = (),
    blocks: Sequence[IPv4Network] = (),
) -> None:
    """Make sure that no network ACL stops port 443 or the answers.

    Args:
        survey: has the ACLs.
        wanted: where answers come back to.
        subnets: the instances' subnets.
        findings: get what is stopped.
        others: subnets of endpoints, whose own ACLs count too. Within a subnet none does.
        blocks: addresses elsewhere, whose ACLs are not ours to see.
    """
    passings: list[_Passing] = []
    for subnet in subnets:
        far = [other for other in others if other.id != subnet.id]
        for block in (*blocks, *(other.cidr for other in far if other.cidr)):
            passings += _calls(subnet, block, wanted.return_ports)
        for other in far:
            passings += _answers(other, subnet.cidr or ANYWHERE, wanted.return_ports)
    _report(survey, wanted, passings, findings)


def _check_acls_of_nat(
    survey: Survey, wanted: Wanted, subnets: Sequence[Subnet], nats: Iterable[Subnet], findings: Findings
) -> None:
    passings: list[_Passing] = []
    for nat in nats:
        passings += _calls(nat, ANYWHERE, [_NAT_PORTS])
        for subnet in subnets:
            passings += _answers(nat, subnet.cidr or ANYWHERE, wanted.return_ports) if subnet.id != nat.id else []
    _report(survey, wanted, passings, findings)


def _calls(subnet: Subnet, block: IPv4Network, back: Sequence[range]) -> list[_Passing]:
    """A connection that is opened in this subnet."""
    out = _Passing(subnet=subnet, egress=True, ports=HTTPS, block=block)
    return [out, *(_Passing(subnet=subnet, egress=False, ports=ports, block=block) for ports in back)]


def _answers(subnet: Subnet, block: IPv4Network, back: Sequence[range]) -> list[_Passing]:
    """A connection that ends in this subnet."""
    into = _Passing(subnet=subnet, egress=False, ports=HTTPS, block=block)
    return [into, *(_Passing(subnet=subnet, egress=True, ports=ports, block=block) for ports in back)]


def _report(survey: Survey, wanted: Wanted, passings: Iterable[_Passing], findings: Findings) -> None:
    # An ACL may be that of several subnets, and stop the same packets for each.
    said: set[tuple[str, bool, range, IPv4Network]] = set()
    for one in passings:
        acl = survey.acls.get(one.subnet.id)
        if acl is None:
            continue
        rule = (acl.id, one.egress, one.ports, one.block)
        passage = acl_passes(acl, egress=one.egress, ports=one.ports, block=one.block)
        if passage is Passage.ALL or rule in said:
            continue
        said.add(rule)
        way = "out to" if one.egress else "in from"
        ports = f"TCP port{'' if len(one.ports) == 1 else 's'} {_ports(one.ports)}"
        if passage is Passage.SOME:
            text = f"network ACL {acl.id} of {one.subnet.id} stops some of {ports} {way} {one.block}."
            findings.warn(wanted.vpc.subnets_key, one.subnet.id, text)
            continue
        text = f"network ACL {acl.id} of {one.subnet.id} stops {ports} {way} {one.block}. Its owner lets it through: "
        findings.refuse(wanted.vpc.subnets_key, one.subnet.id, f"{text}{_command(acl, one)}")


def _command(acl: Acl, one: _Passing) -> str:
    numbers = [rule.number for rule in acl.rules if rule.egress is one.egress]
    # The first rule that fits decides.
    number = max(min(numbers, default=101) - 1, 1)
    return (
        f"`aws ec2 create-network-acl-entry --network-acl-id {acl.id} --{'e' if one.egress else 'in'}gress "
        f"--rule-number {number} --protocol tcp --port-range From={one.ports.start},To={one.ports.stop - 1} "
        f"--cidr-block {one.block} --rule-action allow`."
    )


def _ports(ports: range) -> str:
    return str(ports.start) if len(ports) == 1 else f"{ports.start}-{ports.stop - 1}"


def _kind(route: Route) -> str:
    return route.target.replace(":", "-").split("-")[0]


def _named(route: Route) -> str:
    kind = _KINDS.get(_kind(route), "next hop")
    return f"the {kind} {route.target}"
