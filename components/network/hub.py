"""Endpoints that serve other VPCs too: private hosted zones, which those can be given, in place of private DNS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from ..base.errors import ConfigError
from ..base.state import left_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from ipaddress import IPv4Network

    from .make_endpoints import EndpointPlace, InterfaceEndpoint

_ZONE = "aws:route53/zone:Zone"
_BELOW = "*."


@dataclass(frozen=True, kw_only=True)
class SharedEndpoints:
    """What other VPCs need of a hub.

    Attributes:
        zone_ids: of the private hosted zones, by the name that each answers to.
        ready: what must exist before an agent in the hub's own VPC starts.
    """

    zone_ids: Mapping[str, pulumi.Output[str]]
    ready: Sequence[pulumi.Resource]


def require_other_vpcs(key: str, cidrs: Sequence[IPv4Network], own: IPv4Network) -> None:
    """Make sure that these are the addresses of other VPCs, which have a way to a hub.

    Raises:
        ConfigError: one overlaps the hub's own block.
    """
    for index, cidr in enumerate(cidrs):
        if cidr.overlaps(own):
            raise ConfigError(
                f"{key}[{index}]",
                str(cidr),
                f"it overlaps this network's own block, {own}, so no route leads from there to here. Use the blocks "
                "of the other VPCs.",
            )


def require_private_dns(network: str) -> None:
    """Make sure that the endpoints of a network that is no hub can have private DNS.

    EC2 refuses it in a VPC that has a zone of the name, and Pulumi deletes what a program no longer has after it has
    changed the rest. It asks the stack's state, so call it before the first resource.

    Raises:
        ConfigError: the network was a hub at the stack's last update.
    """
    zones = [one for one in left_of(_ZONE) if one.name == f"{network}-{one.outputs.get('name', '').rstrip('.')}"]
    if zones:
        raise ConfigError(
            "shareEndpoints",
            [],
            "this network is a hub, and EC2 gives its endpoints private DNS only once the private hosted zones are "
            "gone. Put it back; or take both away with variant nat, and then go on with privatelink.",
        )


def share_endpoints(
    place: EndpointPlace,
    endpoints: Sequence[InterfaceEndpoint],
    *,
    spoke_vpcs: Sequence[str] = (),
) -> SharedEndpoints:
    """Make what gives other VPCs the endpoints' names; `admit` lets them in.

    The zones are those of the names that private DNS would answer to, as EC2 tells these, so a VPC that has them
    resolves what it would resolve with endpoints of its own.

    Args:
        place: of the endpoints.
        endpoints: with private DNS off: a zone and private DNS cannot have one name in one VPC.
        spoke_vpcs: ids of VPCs of other accounts, which may then be given the zones there.
    """
    zones: dict[str, aws.route53.Zone] = {}
    records: list[pulumi.Resource] = []
    for endpoint in endpoints:
        for name in endpoint.private_names:
            zone = name.removeprefix(_BELOW)
            if zone not in zones:
                zones[zone] = _make_zone(place, zone, endpoint.resource)
                records += _authorize(place, zone, zones[zone], spoke_vpcs)
            records.append(_lead_to(place, name, zones[zone], endpoint.resource))
    return SharedEndpoints(zone_ids={name: zone.zone_id for name, zone in zones.items()}, ready=records)


def _make_zone(place: EndpointPlace, name: str, endpoint: aws.ec2.VpcEndpoint) -> aws.route53.Zone:
    label = f"{place.name}-{name}"
    # The other VPCs come by ZoneAssociation, and are in the list too as soon as they do. An endpoint that had private
    # DNS has it off by then: no VPC can have both for one name.
    own = pulumi.ResourceOptions(ignore_changes=["vpcs"], depends_on=[endpoint])
    return aws.route53.Zone(
        label,
        name=name,
        comment="Interface endpoints that several VPCs share",
        vpcs=[aws.route53.ZoneVpcArgs(vpc_id=place.vpc_id)],
        tags=place.tagged(label),
        opts=pulumi.ResourceOptions.merge(place.child, own),
    )


def _lead_to(
    place: EndpointPlace, name: str, zone: aws.route53.Zone, endpoint: aws.ec2.VpcEndpoint
) -> aws.route53.Record:
    # The first of an endpoint's own names is that of all its zones ("DnsEntries", EC2 API reference).
    entry = endpoint.dns_entries[0]
    return aws.route53.Record(
        f"{place.name}-{name.replace(_BELOW, 'below-')}",
        zone_id=zone.zone_id,
        name=name,
        # An apex takes no CNAME.
        type="A",
        aliases=[
            aws.route53.RecordAliasArgs(
                name=entry["dns_name"], zone_id=entry["hosted_zone_id"], evaluate_target_health=False
            )
        ],
        opts=place.child,
    )


def _authorize(
    place: EndpointPlace, name: str, zone: aws.route53.Zone, vpcs: Sequence[str]
) -> Iterator[pulumi.Resource]:
    for vpc in vpcs:
        yield aws.route53.VpcAssociationAuthorization(
            f"{place.name}-{name}-{vpc}",
            zone_id=zone.zone_id,
            vpc_id=vpc,
            vpc_region=place.region.name,
            opts=place.child,
        )
