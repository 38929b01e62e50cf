"""The part of a stack's network that costs the same every month, whatever passes through it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from components.base.needs import NO_NEEDS, SessionNeeds
from components.network.endpoints import interface_services
from components.network.routes import WAYS, NextHop, Tier
from components.network.subnets import count_subnets
from components.settings import Settings

REGION = "us-east-1"
READ_ON = date(2026, 9, 20)  # from AWS's price pages for VPC and PrivateLink

# US dollars an hour. A gateway endpoint and an internet gateway cost nothing.
HOURLY: Mapping[str, Decimal] = {
    "interface endpoint in one zone": Decimal("0.01"),
    "NAT gateway": Decimal("0.045"),
    "public IPv4 address": Decimal("0.005"),
}
# And for each gigabyte through a NAT gateway, whether it goes to S3 or elsewhere.
NAT_GIGABYTE = Decimal("0.045")
HOURS_A_MONTH = 730  # AWS's own figure in its calculator


def monthly_cost(settings: Settings, needs: SessionNeeds = NO_NEEDS, *, endpoints: int | None = None) -> Decimal:
    """US dollars a month for the network in us-east-1, without instances, disks and traffic.

    What sessions need has a part in it: a closed network has endpoints for their logs and their key.

    Args:
        settings: of the stack.
        needs: what the session preferences ask of the network.
        endpoints: how many zones the interface endpoints are in, counted for each, that are made in a network that is
            there; what it had before is on nobody's new bill. None for a network of the stack's own.
    """
    way = WAYS[settings.variant]
    subnets = count_subnets(way, settings.zone_count, nat_per_zone=settings.nat_per_zone)
    services = interface_services(needs, ec2messages=settings.ec2messages) if way.is_closed else ()
    nat_gateways = subnets[Tier.PUBLIC] if way.has(NextHop.NAT_GATEWAY) and endpoints is None else 0
    public_instances = len(settings.instances) if way.instances is Tier.PUBLIC else 0
    bill = {
        "interface endpoint in one zone": len(services) * settings.zone_count if endpoints is None else endpoints,
        "NAT gateway": nat_gateways,
        "public IPv4 address": nat_gateways + public_instances,
    }
    return HOURS_A_MONTH * sum((HOURLY[item] * count for item, count in bill.items()), Decimal(0))


def estimate(settings: Settings, needs: SessionNeeds = NO_NEEDS, *, endpoints: int | None = None) -> str:
    """The monthly cost as a person should read it: with what it covers, where, and how old the prices are."""
    cost = monthly_cost(settings, needs, endpoints=endpoints)
    has_nat = WAYS[settings.variant].has(NextHop.NAT_GATEWAY)
    traffic = f"traffic (${NAT_GIGABYTE} a GB through NAT, S3's too)" if has_nat else "traffic"
    return f"${cost:.2f} for the network ({REGION}, prices of {READ_ON}); instances, disks and {traffic} come on top"
