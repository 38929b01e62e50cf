"""What is made in a network that is there, and what is used of it. Plain values in, plain values out.

Everything is decided here, before the first resource. What stands in the way is told at once, each with the resource,
the fact and what mends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from ...base.errors import ConfigError, ProblemsError
from ..hub import require_other_vpcs
from ..routes import Variant
from .facts import Kept, Subnet, Survey
from .gateway import plan_gateway
from .services import GroupPlan, plan_services
from .wanted import Findings, Wanted
from .ways import check_way_out


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """What there is, and what is made.

    Attributes:
        vpc_id: the VPC.
        vpc_cidrs: its IPv4 blocks.
        variant: how packets get to Systems Manager.
        subnets: the instances' subnets, one in each zone.
        made: the services that get an endpoint of ours, with the subnets that it is in.
        reused: the services that are reached at an endpoint that is there, with its id.
        hub: the services that are reached at a hub's endpoint.
        hub_cidrs: where that is.
        groups: security groups of the endpoints that are there.
        s3_table_ids: the route tables that get a gateway endpoint of ours.
        s3_found: ids of the gateway endpoints that are there.
        s3_prefix_list_id: the addresses of S3 in this Region.
        warnings: what a person should know, each a line.
    """

    vpc_id: str
    vpc_cidrs: Sequence[IPv4Network]
    variant: Variant
    subnets: Sequence[Subnet]
    made: Mapping[str, Sequence[str]]
    reused: Mapping[str, str]
    hub: Sequence[str]
    hub_cidrs: Sequence[IPv4Network]
    groups: Sequence[GroupPlan]
    s3_table_ids: Sequence[str]
    s3_found: Sequence[str]
    s3_prefix_list_id: str
    warnings: Sequence[str]

    def require_shareable(self, cidrs: Sequence[IPv4Network]) -> None:
        """Make sure that the endpoints can serve other VPCs.

        Raises:
            ConfigError: some are somebody else's, or a block is this network's own.
        """
        for own in self.vpc_cidrs:
            require_other_vpcs("shareEndpoints", cidrs, own)
        if self.reused:
            raise ConfigError(
                "shareEndpoints",
                [str(cidr) for cidr in cidrs],
                f"{self.vpc_id} has endpoints of {', '.join(self.reused)} already, and their private DNS answers in "
                "this VPC alone. Share those of another network; or have them deleted, and this stack makes its own.",
            )

    @property
    def zones(self) -> Sequence[str]:
        """Names of the zones, in the order of an instance's number."""
        return [subnet.zone for subnet in self.subnets]

    @property
    def new_endpoints(self) -> int:
        """How many zones the endpoints of ours are in, counted for each: that is what AWS bills."""
        return sum(map(len, self.made.values()))


def plan_existing(survey: Survey, wanted: Wanted, kept: Kept) -> NetworkPlan:
    """Decide everything.

    Raises:
        ProblemsError: something stands in the way; each problem is a line.
    """
    findings = Findings()
    subnets = choose_subnets(survey, wanted, kept, findings)
    if findings.problems:
        # What is wrong with the ways of other subnets is of no use to anyone.
        raise ProblemsError(findings.problems)
    _check_types(survey, wanted, kept, subnets, findings)
    if not wanted.is_closed:
        check_way_out(survey, wanted, subnets, findings)
    services = plan_services(survey, wanted, kept, subnets, findings) if wanted.is_closed else None
    gateway = plan_gateway(survey, wanted, kept, subnets, findings) if wanted.is_closed else None
    if findings.problems:
        raise ProblemsError(findings.problems)
    return NetworkPlan(
        vpc_id=survey.vpc.id,
        vpc_cidrs=survey.vpc.cidrs,
        variant=wanted.variant,
        subnets=subnets,
        made=services.made if services else {},
        reused=services.reused if services else {},
        hub=services.hub if services else (),
        hub_cidrs=wanted.vpc.endpoint_cidrs if services and services.hub else (),
        groups=services.groups if services else (),
        s3_table_ids=gateway.table_ids if gateway else (),
        s3_found=gateway.found if gateway else (),
        s3_prefix_list_id=survey.s3_prefix_list_id,
        warnings=findings.warnings,
    )


def choose_subnets(survey: Survey, wanted: Wanted, kept: Kept, findings: Findings) -> Sequence[Subnet]:
    """The subnet of each zone.

    Named ones are in their own order. Of those that were found by tags, the ones that the stack is in stay in front, in
    the order that they have; other zones come behind, by the alphabet, each with the subnet of the lowest addresses.
    """
    found = [subnet for id_ in survey.matched if (subnet := _usable(survey, wanted, id_, findings))]
    if wanted.vpc.subnets:
        _check_one_in_each_zone(found, findings)
        return found
    if not survey.matched:
        findings.refuse(
            "network.subnetTags",
            wanted.vpc.subnet_tags,
            f"no subnet of {survey.vpc.id} has these tags. Use others, or name the subnets: subnets: [subnet-…].",
        )
    in_order = sorted(found, key=lambda one: (one.zone, one.cidr is not None and int(one.cidr.network_address)))
    # In another VPC it is not yet.
    there = kept.subnet_ids if kept.vpc_id == survey.vpc.id else ()
    first = [subnet for id_ in there for subnet in found if subnet.id == id_]
    chosen: dict[str, Subnet] = {}
    for subnet in (*first, *in_order):
        chosen.setdefault(subnet.zone, subnet)
    _check_none_is_lost(survey, wanted, there, list(chosen.values()), findings)
    return list(chosen.values())


def _check_none_is_lost(
    survey: Survey, wanted: Wanted, there: Sequence[str], chosen: Sequence[Subnet], findings: Findings
) -> None:
    """Tags move nobody unseen: neither where a subnet lost them, nor where the settings name others."""
    key, tags = "network.subnetTags", wanted.vpc.subnet_tags
    stay = [id_ for id_ in there if id_ in survey.matched]
    if there and chosen and not stay:
        others = ", ".join(one.id for one in chosen)
        findings.refuse(
            key,
            tags,
            f"this stack is in {', '.join(there)}, and none of these has the tags. Set the tags of these subnets; or "
            f"name the subnets, and all instances are made anew there: subnets: [{others}].",
        )
        return
    for id_ in there:
        if id_ not in stay:
            findings.refuse(
                key,
                tags,
                f"this stack is in {id_}, which has these tags no more. Give it back its tags; or say which subnets "
                f"are to stay, in this order, and what is in {id_} moves: subnets: [{', '.join(stay)}].",
            )


def _usable(survey: Survey, wanted: Wanted, id_: str, findings: Findings) -> Subnet | None:
    subnet = survey.subnets.get(id_)
    if subnet is None:
        findings.refuse(wanted.vpc.subnets_key, id_, f"{wanted.region.name} has no such subnet in this account.")
    elif subnet.vpc_id != survey.vpc.id:
        findings.refuse(
            wanted.vpc.subnets_key,
            id_,
            f"it is in {subnet.vpc_id}, and network's VPC is {survey.vpc.id}. Use one there.",
        )
    elif subnet.cidr is None:
        findings.refuse(
            wanted.vpc.subnets_key, id_, "it has no IPv4 addresses, and instances get one. Use a subnet that has them."
        )
    else:
        return subnet
    return None


def _check_one_in_each_zone(subnets: Sequence[Subnet], findings: Findings) -> None:
    seen: dict[str, str] = {}
    for subnet in subnets:
        if subnet.zone in seen:
            # Also EC2: "DuplicateSubnetsInSameZone" for an endpoint.
            findings.refuse(
                "network.subnets",
                subnet.id,
                f"it is in {subnet.zone}, as {seen[subnet.zone]} before it is, and an endpoint is in one subnet of a "
                "zone. Remove one of the two.",
            )
        seen.setdefault(subnet.zone, subnet.id)


def _check_types(survey: Survey, wanted: Wanted, kept: Kept, subnets: Sequence[Subnet], findings: Findings) -> None:
    zones = [subnet.zone for subnet in subnets]
    for number, types in wanted.types_in.items():
        if types and number > len(zones):
            findings.refuse(
                wanted.vpc.subnets_key,
                [subnet.id for subnet in subnets],
                f"an instance is to be in zone {number}, and they are in {len(zones)}: {', '.join(zones)}. Name a "
                "subnet of one zone more, or give the instance a zone of these.",
            )
            continue
        for type_ in sorted(types):
            zone, offered = zones[number - 1], survey.offers.types.get(type_, ())
            if zone in offered or (zone, type_) in kept.types:
                continue
            findings.refuse(
                wanted.vpc.subnets_key,
                subnets[number - 1].id,
                f"it is in zone {number}, {zone}, which has no {type_}; {', '.join(sorted(offered)) or 'no zone'} has. "
                "Use another zone or instanceType for the instance, or other subnets.",
            )
