"""Where each service that an agent needs is reached: at an endpoint that is there, at one of ours, or at a hub's."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ...base.fips import SUFFIX
from .facts import Endpoint, Kept, Kind, Subnet, Survey, ZoneState
from .packets import group_admits
from .policies import Call, Verdict, judge_all
from .wanted import Findings, Wanted
from .ways import check_acls, check_way_to_hub

# What an agent calls at each (components/instance/rights.py has the rights to it).
_ACTIONS = {
    "ssm": ("ssm:UpdateInstanceInformation",),
    "ssmmessages": (
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ),
    "ec2messages": ("ec2messages:GetMessages",),
    "logs": ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    "kms": ("kms:Decrypt",),
}


@dataclass(frozen=True, kw_only=True)
class GroupPlan:
    """The security group of endpoints that are there.

    Attributes:
        id: of it.
        closed_to: the subnets that its endpoints let in by no rule, and that are to get one here.
    """

    id: str
    closed_to: Sequence[Subnet] = ()


@dataclass(frozen=True, kw_only=True)
class ServicePlan:
    """Where the services are reached.

    Attributes:
        made: the services that get an endpoint of ours, with the subnets that each is in.
        reused: the services that are reached at an endpoint that is there, with its id.
        hub: the services that are reached at a hub's endpoint.
        groups: those of the endpoints that are there, so few that each endpoint has one of them.
    """

    made: Mapping[str, Sequence[str]]
    reused: Mapping[str, str]
    hub: Sequence[str]
    groups: Sequence[GroupPlan]


def plan_services(
    survey: Survey, wanted: Wanted, kept: Kept, subnets: Sequence[Subnet], findings: Findings
) -> ServicePlan:
    """Decide it for each service. One has an endpoint with private DNS already, or gets one, or a hub has it."""
    _check_names(survey, wanted, findings)
    there = {service: one for service in wanted.services if (one := _there(survey, wanted.name_of(service)))}
    missing = [service for service in wanted.services if service not in there]
    hub = missing if wanted.vpc.is_shared else []
    made = {} if hub else {service: _subnets_of(survey, wanted, kept, service, subnets) for service in missing}

    for service, endpoint in there.items():
        _check_endpoint(wanted, service, endpoint, findings)
        _check_zones(survey, wanted, endpoint, subnets, findings)
    for service, ids in made.items():
        _check_new(survey, wanted, service, ids, findings)
    _check_owner(survey, wanted, made, subnets, findings)
    _check_addresses(wanted, kept, made, subnets, findings)
    for service in hub:
        _check_zone(survey, wanted, kept, service, findings)
    if hub:
        check_way_to_hub(survey, wanted, subnets, findings)
    reached = {id_ for endpoint in there.values() for id_ in endpoint.subnet_ids} | {
        id_ for ids in made.values() for id_ in ids
    }
    check_acls(
        survey,
        wanted,
        subnets,
        findings,
        others=[survey.subnets[id_] for id_ in sorted(reached & survey.subnets.keys())],
    )
    return ServicePlan(
        made=made,
        reused={service: endpoint.id for service, endpoint in there.items()},
        hub=hub,
        groups=_plan_groups(survey, wanted, there, subnets, findings),
    )


def _there(survey: Survey, name: str) -> Endpoint | None:
    """The endpoint that has the service's public name. A VPC has one at most: EC2 refuses a second.

    One without private DNS is passed by: it can have another with private DNS beside it.
    """
    return next(
        (one for one in survey.endpoints if one.kind is Kind.INTERFACE and one.service == name and one.private_dns),
        None,
    )


def _check_names(survey: Survey, wanted: Wanted, findings: Findings) -> None:
    attributes = {"enableDnsSupport": survey.vpc.dns_support, "enableDnsHostnames": survey.vpc.dns_hostnames}
    for attribute, is_on in attributes.items():
        if not is_on:
            option = "--enable-dns-support" if attribute == "enableDnsSupport" else "--enable-dns-hostnames"
            findings.refuse(
                wanted.vpc.vpc_key,
                survey.vpc.id,
                f"its {attribute} is off, so that no private name is answered in it, and agents look for Systems "
                f"Manager at its public addresses. Its owner turns it on: `aws ec2 modify-vpc-attribute --vpc-id "
                f"{survey.vpc.id} {option}`.",
            )


def _check_endpoint(wanted: Wanted, service: str, endpoint: Endpoint, findings: Findings) -> None:
    """Whether an endpoint that is there works, and lets an agent's calls through."""
    name = wanted.name_of(service)
    key, value = wanted.vpc.vpc_key, wanted.vpc.vpc or wanted.vpc.tags
    if endpoint.state.lower() != "available":
        findings.refuse(
            key,
            value,
            f"its endpoint {endpoint.id} for {name} is {endpoint.state}, and no second one can have that name. Wait "
            "until it is available, or have it accepted, or deleted.",
        )
    if not endpoint.subnet_ids:
        findings.refuse(
            key,
            value,
            f"its endpoint {endpoint.id} for {name} is in no subnet, so that the name leads nowhere. Its owner adds "
            f"one: `aws ec2 modify-vpc-endpoint --vpc-endpoint-id {endpoint.id} --add-subnet-ids …`.",
        )
    actions = _ACTIONS.get(service.removesuffix(SUFFIX), ())
    calls = [Call(action=action, account=wanted.region.account) for action in actions]
    judged = judge_all(endpoint.policy, calls)
    if stopped := judged[Verdict.STOPS]:
        findings.refuse(
            key,
            value,
            f"the policy of its endpoint {endpoint.id} stops {_actions(stopped)}. Its owner lets it through: a "
            'statement with Effect Allow, Principal "*", these actions, Resource "*", and no Deny for them.',
        )
    if unknown := judged[Verdict.UNKNOWN]:
        findings.warn(
            key,
            value,
            f"the policy of its endpoint {endpoint.id} lets {_actions(unknown)} through under conditions that cannot "
            "be told from here.",
        )


def _check_zones(
    survey: Survey, wanted: Wanted, endpoint: Endpoint, subnets: Sequence[Subnet], findings: Findings
) -> None:
    """An endpoint serves all of its VPC, so one that is elsewhere works: at the price of traffic between zones."""
    its = {survey.subnets[id_].zone for id_ in endpoint.subnet_ids if id_ in survey.subnets}
    ours = {subnet.zone for subnet in subnets}
    if its and its.isdisjoint(ours):
        findings.warn(
            wanted.vpc.subnets_key,
            [subnet.id for subnet in subnets],
            f"the endpoint {endpoint.id} for {endpoint.service} is in {', '.join(sorted(its))}, and they are in "
            f"{', '.join(sorted(ours))}. It serves them from there: AWS bills what crosses zones, and no agent is "
            "online while its zones fail.",
        )


def _check_new(survey: Survey, wanted: Wanted, service: str, ids: Sequence[str], findings: Findings) -> None:
    name = wanted.name_of(service)
    if not ids:
        offered = ", ".join(sorted(survey.offers.services.get(name, ()))) or "no zone of this Region"
        findings.refuse(
            wanted.vpc.subnets_key,
            [*survey.matched],
            f"{name} is offered in {offered}, and none of the subnets is there. Add one that is.",
        )
    if survey.hosted_zones.get(name) is ZoneState.ASSOCIATED:
        # "private-dns-enabled cannot be set because there is already a conflicting DNS domain".
        findings.refuse(
            "network.endpoints",
            wanted.vpc.endpoints.value,
            f"the private hosted zone {wanted.public_name_of(service)} is associated with {survey.vpc.id}, and AWS "
            "makes no endpoint of that name beside it. Set it to shared, with endpointCidrs, if the zone leads to a "
            "hub's endpoint; else have the zone taken from the VPC.",
        )


def _check_owner(
    survey: Survey, wanted: Wanted, made: Collection[str], subnets: Sequence[Subnet], findings: Findings
) -> None:
    foreign = [subnet for subnet in subnets if subnet.owner not in ("", wanted.region.account)]
    if made and foreign:
        # "Shared subnets", PrivateLink guide.
        findings.refuse(
            wanted.vpc.subnets_key,
            foreign[0].id,
            f"it is shared with this account by {foreign[0].owner}, and only the owner makes endpoints in it, or sees "
            f"those that are there. Once the owner has made {', '.join(map(wanted.name_of, made))}, set "
            f"endpoints: shared and endpointCidrs: [{', '.join(map(str, survey.vpc.cidrs))}].",
        )


def _check_addresses(
    wanted: Wanted, kept: Kept, made: Mapping[str, Sequence[str]], subnets: Sequence[Subnet], findings: Findings
) -> None:
    there = {service: kept.services.get(wanted.name_of(service), ()) for service in made}
    for subnet in subnets:
        needed = sum(subnet.id in ids and subnet.id not in there[service] for service, ids in made.items())
        if needed > subnet.free:
            findings.refuse(
                wanted.vpc.subnets_key,
                subnet.id,
                f"it has {subnet.free} free addresses, and {needed} endpoints take one each. Use a larger subnet.",
            )


def _check_zone(survey: Survey, wanted: Wanted, kept: Kept, service: str, findings: Findings) -> None:
    """Whether the hub's name is answered in this VPC, as far as this account can see."""
    name, zone = wanted.name_of(service), wanted.public_name_of(service)
    state = survey.hosted_zones.get(name, ZoneState.NONE)
    if state is ZoneState.ELSEWHERE and name not in kept.services:
        findings.refuse(
            "network.endpoints",
            wanted.vpc.endpoints.value,
            f"the private hosted zone {zone} is not associated with {survey.vpc.id}, so that the name leads to the "
            "internet. Associate it: `aws route53 associate-vpc-with-hosted-zone --hosted-zone-id … --vpc "
            f"VPCRegion={wanted.region.name},VPCId={survey.vpc.id}`.",
        )
    elif state is not ZoneState.ASSOCIATED:
        findings.warn(
            "network.endpoints",
            wanted.vpc.endpoints.value,
            f"this account sees no private hosted zone {zone} in {survey.vpc.id}. That is right where the hub's "
            "account has it, or a Route 53 profile; else the name leads to the internet, and no agent comes online.",
        )


def _subnets_of(survey: Survey, wanted: Wanted, kept: Kept, service: str, subnets: Sequence[Subnet]) -> Sequence[str]:
    """Those in whose zones the service is offered. From the others its name leads across zones."""
    name = wanted.name_of(service)
    offered, there = survey.offers.services.get(name, ()), kept.services.get(name, ())
    return [subnet.id for subnet in subnets if subnet.zone in offered or subnet.id in there]


def _plan_groups(
    survey: Survey, wanted: Wanted, there: Mapping[str, Endpoint], subnets: Sequence[Subnet], findings: Findings
) -> Sequence[GroupPlan]:
    """Few groups, each of which many endpoints have: a rule of an instance leads to a group."""
    closed_to = {
        service: [subnet for subnet in subnets if not _admits(survey, endpoint, subnet)]
        for service, endpoint in there.items()
    }
    if not wanted.vpc.endpoint_rules:
        _refuse_closed(there, closed_to, findings)
    plans: list[GroupPlan] = []
    left = dict(there)
    while groups := Counter(id_ for endpoint in left.values() for id_ in endpoint.group_ids):
        chosen = min(groups, key=lambda id_: (-groups[id_], id_))
        through = {service for service, endpoint in left.items() if chosen in endpoint.group_ids}
        closed = {subnet.id: subnet for service in through for subnet in closed_to[service]}
        plans.append(GroupPlan(id=chosen, closed_to=[closed[id_] for id_ in sorted(closed)]))
        left = {service: endpoint for service, endpoint in left.items() if service not in through}
    return plans


def _admits(survey: Survey, endpoint: Endpoint, subnet: Subnet) -> bool:
    rules = [rule for id_ in endpoint.group_ids for rule in survey.rules.get(id_, ())]
    return subnet.cidr is not None and group_admits(rules, subnet.cidr)


def _refuse_closed(
    there: Mapping[str, Endpoint], closed_to: Mapping[str, Sequence[Subnet]], findings: Findings
) -> None:
    """Once for endpoints that have the same groups: one rule opens them all."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for service, endpoint in there.items():
        if closed_to[service] and endpoint.group_ids:
            alike.setdefault(tuple(endpoint.group_ids), []).append(service)
    for groups, services in alike.items():
        blocks = [str(subnet.cidr) for subnet in closed_to[services[0]]]
        ranges = ",".join(f"{{CidrIp={block}}}" for block in blocks)
        findings.refuse(
            "network.endpointRules",
            False,  # noqa: FBT003 - the value as a person would have set it
            f"{' and '.join(groups)}, of {' and '.join(_endpoint(there[one]) for one in services)}, let no TCP port "
            f"443 in from {' and '.join(blocks)}. Set it to true, and the stack adds a rule for each subnet; or the "
            f"owner adds one: `aws ec2 authorize-security-group-ingress --group-id {groups[0]} --ip-permissions "
            f"'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{ranges}]'`.",
        )


def _endpoint(endpoint: Endpoint) -> str:
    return f"the endpoint {endpoint.id} for {endpoint.service}"


def _actions(calls: Sequence[Call]) -> str:
    return ", ".join(call.action for call in calls)
