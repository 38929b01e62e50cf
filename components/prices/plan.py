"""How many of each billed thing a stack has. Plain values in, plain values out."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..network.endpoints import interface_services
from ..network.routes import WAYS, NextHop, Tier, Variant
from ..sessions.planned_needs import planned_needs
from ..sessions.settings import KeyMode
from ..settings import NatKind, Settings
from .items import Item

# GB of a NAT instance's disk: components/network/nat_instance.py makes it of as many GiB.
_NAT_DISK = 8


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What of a stack is billed, with nothing of AWS in it.

    Attributes:
        variant: of the network.
        zones: in how many zones each endpoint has an address.
        services: those that have an interface endpoint.
        endpoints: how many zones these are billed in, counted for each.
        nats: how many NAT gateways or NAT instances there are, each with a public address.
        nat_kind: which of the two.
        has_nano: whether a NAT instance is a t4g.nano, the one type whose price is known.
        nat_disk: GB of each NAT instance's disk.
        public_instances: how many instances have a public address.
        keys: how many KMS keys are made.
        hosted_zones: how many private hosted zones are made.
    """

    variant: Variant
    zones: int
    services: frozenset[str] = frozenset()
    endpoints: int = 0
    nats: int = 0
    nat_kind: NatKind = NatKind.GATEWAY
    has_nano: bool = True
    nat_disk: int = 0
    public_instances: int = 0
    keys: int = 0
    hosted_zones: int = 0


def plan_stack(settings: Settings, *, new_endpoints: int | None = None) -> Plan:
    """Count what a stack with these settings has.

    Args:
        settings: of the stack.
        new_endpoints: in a network that is there, how many zones endpoints are made in, counted for each; None where
            the network is the stack's own, or nobody has looked: as many as there can be then. Its way out is there
            already.
    """
    way, needs = WAYS[settings.variant], planned_needs(settings.sessions)
    wanted = interface_services(needs, ec2messages=settings.ec2messages, fips=settings.fips, more=settings.endpoints)
    services = frozenset(wanted if way.is_closed else ())
    zones = _zones(settings)
    is_of_hub = settings.network is not None and settings.network.is_shared
    most = 0 if is_of_hub else len(services) * zones
    machines = len(settings.instances) + sum(fleet.scaling.start for fleet in settings.fleets)
    makes_nats = settings.network is None and new_endpoints is None and way.has(NextHop.NAT_GATEWAY)
    return Plan(
        variant=settings.variant,
        zones=zones,
        services=services,
        endpoints=most if new_endpoints is None else new_endpoints,
        nats=(settings.zone_count if settings.nat_per_zone else 1) if makes_nats else 0,
        nat_kind=settings.nat_kind,
        has_nano=settings.nat_instance_type == Settings.nat_instance_type,
        nat_disk=_NAT_DISK,
        public_instances=machines if way.instances is Tier.PUBLIC else 0,
        keys=1 if settings.sessions is not None and settings.sessions.key is KeyMode.CREATE else 0,
        hosted_zones=len(services) if settings.share_endpoints else 0,
    )


def _zones(settings: Settings) -> int:
    """In how many zones the network is. How many subnets have the tags that somebody named only AWS knows."""
    named = settings.network.subnets if settings.network is not None else ()
    return len(named) or settings.zone_count


def traffic_item(plan: Plan) -> Item | None:
    """The gigabyte that traffic is billed by, beside the usual price out.

    None is for an instance's own public address and for a NAT instance, which cost nothing more.
    """
    if WAYS[plan.variant].is_closed:
        return Item.ENDPOINT_GIGABYTE
    has_gateway = WAYS[plan.variant].has(NextHop.NAT_GATEWAY) and plan.nat_kind is NatKind.GATEWAY
    return Item.NAT_GIGABYTE if has_gateway else None


def count_items(plan: Plan) -> Mapping[Item, int]:
    """How many of each item are billed, whatever passes through them; only what there is, in the order of the bill."""
    has_gateways = plan.nat_kind is NatKind.GATEWAY
    counts = {
        Item.ENDPOINT: plan.endpoints,
        Item.NAT_GATEWAY: plan.nats if has_gateways else 0,
        Item.NAT_INSTANCE if plan.has_nano else Item.OTHER_NAT_INSTANCE: 0 if has_gateways else plan.nats,
        Item.NAT_DISK: 0 if has_gateways else plan.nats * plan.nat_disk,
        Item.ADDRESS: plan.nats + plan.public_instances,
        Item.KEY: plan.keys,
        Item.HOSTED_ZONE: plan.hosted_zones,
    }
    return {item: count for item, count in counts.items() if count}
