"""The network of a stack: one of its own, or one that is there."""

from collections.abc import Sequence
from dataclasses import replace

from components.base.needs import SessionNeeds
from components.base.region import Region
from components.checks import NETWORK, choose_zones
from components.instance.platforms import Family, Platform
from components.instance.settings import ZONES
from components.network import (
    LINUX_PORTS,
    WINDOWS_PORTS,
    ExistingNetwork,
    ExistingNetworkArgs,
    ExistingVpc,
    SsmNetwork,
    SsmNetworkArgs,
    find_existing,
)
from components.sessions.planned_needs import planned_needs
from components.settings import Settings

_AMAZON_LINUX = (Platform.AMAZON_LINUX_2023, Platform.AMAZON_LINUX_2023_MINIMAL, Platform.AMAZON_LINUX_2)


def plan_network(settings: Settings, region: Region) -> SsmNetworkArgs | ExistingNetworkArgs:
    """Decide all of it before anything is made.

    Raises:
        ConfigError: the zones lack something, or something stands in the way in the VPC that is there.
    """
    if settings.network is not None:
        return _plan_existing(settings, settings.network, region)
    return SsmNetworkArgs(
        variant=settings.variant,
        region=region,
        zones=choose_zones(settings, region),
        cidr=settings.cidr,
        nat_per_zone=settings.nat_per_zone,
        ec2messages=settings.ec2messages,
        buckets=settings.buckets,
        tags=settings.all_tags,
    )


def make_network(planned: SsmNetworkArgs | ExistingNetworkArgs, needs: SessionNeeds) -> SsmNetwork | ExistingNetwork:
    """Make what was planned, with what the session preferences turned out to need."""
    if isinstance(planned, ExistingNetworkArgs):
        return ExistingNetwork(NETWORK, replace(planned, needs=needs))
    return SsmNetwork(NETWORK, replace(planned, needs=needs))


def new_endpoints(planned: SsmNetworkArgs | ExistingNetworkArgs) -> int | None:
    """How many zones endpoints are made in, counted for each endpoint, where the network itself is not made."""
    return planned.plan.new_endpoints if isinstance(planned, ExistingNetworkArgs) else None


def _plan_existing(settings: Settings, vpc: ExistingVpc, region: Region) -> ExistingNetworkArgs:
    plan = find_existing(
        NETWORK,
        vpc,
        region=region,
        variant=settings.variant,
        instance_types={
            number: {one.instance_type for one in settings.instances if one.zone == number} for number in ZONES
        },
        needs=planned_needs(settings.sessions),
        ec2messages=settings.ec2messages,
        buckets=settings.buckets,
        return_ports=_return_ports(settings),
        amazon_linux=any(one.platform in _AMAZON_LINUX for one in settings.instances),
    )
    return ExistingNetworkArgs(
        plan=plan,
        region=region,
        ec2messages=settings.ec2messages,
        buckets=settings.buckets,
        tags=settings.all_tags,
    )


def _return_ports(settings: Settings) -> Sequence[range]:
    families = {one.family for one in settings.instances}
    ports = {WINDOWS_PORTS if family is Family.WINDOWS else LINUX_PORTS for family in families}
    return sorted(ports, key=lambda one: one.start)
