"""Who answers a service's name in a VPC: an endpoint with private DNS, a private hosted zone, else AWS in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from reachability.findings import Change
from reachability.model import EndpointKind, Record, Unknown
from reachability.ways import hop, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.model import Endpoint, Vpc, World, Zone
    from reachability.view import View
    from reachability.ways import Step

# A name from its end on; None is the Region's label while the Region is not known.
Labels: TypeAlias = tuple["str | None", ...]


@dataclass(frozen=True)
class Answer:
    """What a name may lead to.

    Attributes:
        endpoint: that it leads to; None is the internet.
        steps: how.
        doubt: why it is not known whether it does.
    """

    endpoint: Endpoint | None
    steps: tuple[Step, ...]
    doubt: Unknown | None = None


def service_name(world: World, service: str, *, dual_stack: bool) -> str:
    """The name that the agent asks for ("Systems Manager endpoints and quotas", AWS general reference)."""
    region = world.region if isinstance(world.region, str) else "REGION"
    china = region.startswith("cn-")
    if not dual_stack:
        return f"{service}.{region}.amazonaws.com" + (".cn" if china else "")
    if service == "s3":
        return f"s3.dualstack.{region}.amazonaws.com" + (".cn" if china else "")
    return f"{service}.{region}.api.{'amazonwebservices.com.cn' if china else 'aws'}"


def answers_for(domain: str, name: str) -> bool:
    """Whether a zone of this domain is the one to ask for a name: it is the name itself, or above it."""
    return _is_below(_labels(name), _labels(domain))


def _labels(name: str) -> Labels:
    return tuple(None if one == "REGION" else one.lower() for one in reversed(name.rstrip(".").split(".")))


def _is_below(name: Labels, domain: Labels) -> bool:
    return len(domain) <= len(name) and all(
        one is None or other is None or one == other for one, other in zip(domain, name, strict=False)
    )


def answers(view: View, vpc: Vpc, service: str, *, dual_stack: bool) -> tuple[Answer, ...]:
    """What the name leads to: first what is so as far as all is known, then what may be so instead."""
    return view.once(
        ("answers", vpc.id, service, dual_stack), lambda: tuple(_answers(view, vpc, service, dual_stack=dual_stack))
    )


def _answers(view: View, vpc: Vpc, service: str, *, dual_stack: bool) -> Iterator[Answer]:
    name = service_name(view.world, service, dual_stack=dual_stack)
    about = _about(vpc)
    zones = [*_zones(view, vpc, name)]
    sure = _sure(view, vpc, service, name, [zone for zone, doubt in zones if doubt is None])
    perhaps = [
        *(
            Answer(one, (hop("name-endpoint", name=name, endpoint=one.name),), one.private_dns)
            for one in endpoints_for(view, vpc, service)
            if isinstance(one.private_dns, Unknown)
        ),
        *(_by_zone(view, zone, name, doubt) for zone, doubt in zones if doubt is not None),
        *(Answer(None, (doubt,), doubt) for doubt in _hidden(view, vpc, service)),
    ]
    private = not vpc.dns_support or sure.steps[0] != hop("name-public", name=name) or bool(perhaps)
    if private and isinstance(vpc.name_servers, Unknown):
        about = (*about, vpc.name_servers)
    elif private and vpc.name_servers and not isinstance(vpc.name_servers, Unknown):
        asked = f"what {', '.join(vpc.name_servers)} answer to {name}"
        about = (*about, Unknown(asked, f"the DHCP options of {vpc.name} name them in place of the VPC's resolver"))
    for one in (sure, *perhaps):
        yield Answer(one.endpoint, (*about, *one.steps), one.doubt)
    if vpc.gaps is not None and sure.endpoint is None:
        yield Answer(None, (vpc.gaps,), vpc.gaps)


def _about(vpc: Vpc) -> tuple[Step, ...]:
    if isinstance(vpc.dns_support, Unknown):
        return (vpc.dns_support,)
    # It is the VPC's own resolver that is off then: others may answer.
    if vpc.dns_support or vpc.name_servers:
        return ()
    mend = (Change("vpcs", vpc.id, "dns_support", True),)  # noqa: FBT003 - the value
    return (link("dns-support-off", mend, vpc=vpc.name),)


def _sure(view: View, vpc: Vpc, service: str, name: str, zones: list[Zone]) -> Answer:
    for one in endpoints_for(view, vpc, service):
        if one.private_dns is True and vpc.dns_hostnames is not False:
            found = (hop("name-endpoint", name=name, endpoint=one.name),)
            return Answer(one, (vpc.dns_hostnames,) if isinstance(vpc.dns_hostnames, Unknown) else found)
    if zones:
        return _by_zone(view, max(zones, key=lambda zone: len(str(zone.domain))), name, None)
    return Answer(None, (hop("name-public", name=name),))


def endpoints_for(view: View, vpc: Vpc, service: str) -> list[Endpoint]:
    """The VPC's interface endpoints for a service."""
    return [one for one in _interfaces(view) if one.service == service and view.key(one.vpc) == vpc.id]


def interface_endpoints(view: View, vpc: Vpc) -> list[Endpoint]:
    """The VPC's interface endpoints that are known to be its."""
    return [one for one in _interfaces(view) if one.vpc == vpc.id]


def _interfaces(view: View) -> list[Endpoint]:
    return [one for one in view.world.endpoints.values() if one.kind is EndpointKind.INTERFACE]


def _hidden(view: View, vpc: Vpc, service: str) -> Iterator[Unknown]:
    """What is not known of endpoints that may be the VPC's for the service."""
    for one in _interfaces(view):
        if one.private_dns is not False and (isinstance(one.service, Unknown) or one.service == service):
            key = view.key(one.vpc)
            if isinstance(key, Unknown):
                yield key
            elif isinstance(one.service, Unknown) and key == vpc.id:
                yield one.service


def _zones(view: View, vpc: Vpc, name: str) -> Iterator[tuple[Zone, Unknown | None]]:
    """The private hosted zones that answer here, and those that may."""
    for zone in view.world.zones.values():
        if isinstance(zone.domain, str) and not answers_for(zone.domain, name):
            continue
        keys = [view.key(ref) for ref in zone.vpcs]
        unknown = next((key for key in keys if isinstance(key, Unknown)), zone.gaps)
        here = vpc.id in keys
        if isinstance(zone.domain, Unknown):
            if here:
                yield zone, zone.domain
        elif here or unknown is not None:
            yield zone, None if here else unknown


def other_zones(view: View, vpc: Vpc, service: str, *, dual_stack: bool) -> Iterator[tuple[Zone, Endpoint]]:
    """Zones with the name of a service that do not answer in the VPC, and what they lead to."""
    name = service_name(view.world, service, dual_stack=dual_stack)
    for zone in view.world.zones.values():
        if isinstance(zone.domain, str) and vpc.id not in zone.vpcs and answers_for(zone.domain, name):
            found = _by_zone(view, zone, name, None).endpoint
            if found is not None:
                yield zone, found


def _by_zone(view: View, zone: Zone, name: str, doubt: Unknown | None) -> Answer:
    """What a zone's record leads to. A zone that has none says that there is no such name: nobody else is asked."""
    labels = _labels(name)
    for record in zone.records:
        if isinstance(record.name, Unknown):
            return Answer(None, (record.name,), doubt)
        wild = record.name.startswith("*.")
        wanted = _labels(record.name.removeprefix("*."))
        if _is_below(labels, wanted) and (len(wanted) < len(labels) if wild else len(wanted) == len(labels)):
            endpoint = view.find(view.world.endpoints, record.endpoint)
            if isinstance(endpoint, Unknown):
                return Answer(None, (endpoint,), doubt)
            return Answer(endpoint, (hop("name-zone", name=name, zone=zone.name, endpoint=endpoint.name),), doubt)
    if zone.gaps is not None:
        return Answer(None, (zone.gaps,), doubt)
    service = name.split(".", maxsplit=1)[0]
    target = next((one for one in view.world.endpoints.values() if one.service == service), None)
    mend = (Change("zones", zone.id, "records", Record(name=name, endpoint=target.id), adds=True),) if target else ()
    return Answer(target, (link("zone-without-record", mend, zone=zone.name, name=name),), doubt)
