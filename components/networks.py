"""The network of a stack: one of its own, or one that is there."""

from collections.abc import Sequence
from dataclasses import replace

from .base.fips import require_fips
from .base.needs import SessionNeeds
from .base.region import Region
from .base.state import left_of
from .checks import NETWORK, Asking, choose_zones
from .instance.platforms import Family, Platform
from .instances import connect_ports, ways_out
from .nat import find_nat_instance
from .network import (
    LINUX_PORTS,
    WINDOWS_PORTS,
    ExistingNetwork,
    ExistingNetworkArgs,
    ExistingVpc,
    SsmNetwork,
    SsmNetworkArgs,
    find_existing,
    require_public_access,
)
from .settings import NatKind, Settings

_AMAZON_LINUX = (Platform.AMAZON_LINUX_2023, Platform.AMAZON_LINUX_2023_MINIMAL, Platform.AMAZON_LINUX_2)


def plan_network(
    settings: Settings,
    region: Region,
    asking: Asking = Asking(),  # noqa: B008 - it is frozen
) -> SsmNetworkArgs | ExistingNetworkArgs:
    """Decide all of it before anything is made.

    Raises:
        ConfigError: the zones lack something, the account stops the packets, or something stands in the way in the VPC
            that is there.
    """
    if settings.fips:
        require_fips(region)
    if settings.network is not None:
        return _plan_existing(settings, settings.network, region, asking)
    require_public_access(
        asking.name,
        region,
        settings.variant,
        nat_instance=settings.nat_kind is NatKind.INSTANCE,
        excluded=settings.public_access_exclusion,
        opts=asking.opts,
    )
    return SsmNetworkArgs(
        variant=settings.variant,
        region=region,
        zones=choose_zones(settings, region, asking),
        cidr=settings.cidr,
        dual_stack=settings.dual_stack,
        nat_per_zone=settings.nat_per_zone,
        nat_instance=find_nat_instance(settings, asking.opts),
        ec2messages=settings.ec2messages,
        fips=settings.fips,
        endpoints=settings.endpoints,
        endpoint_accounts=settings.endpoint_accounts,
        share_endpoints=settings.share_endpoints,
        spoke_vpcs=settings.spoke_vpcs,
        buckets=settings.buckets,
        network_acls=settings.network_acls,
        ways_out=ways_out(settings),
        flow_logs=settings.flow_logs,
        instance_connect_ports=connect_ports(settings),
        public_access_exclusion=settings.public_access_exclusion,
        permissions_boundary=settings.permissions_boundary,
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


def vpc_of(planned: SsmNetworkArgs | ExistingNetworkArgs) -> str:
    """The id of the VPC, as far as there is one before the update: empty where it is still to be made."""
    if isinstance(planned, ExistingNetworkArgs):
        return planned.plan.vpc_id
    left = [one for one in left_of("aws:ec2/vpc:Vpc") if one.is_in("ssm-only:components:SsmNetwork")]
    # With another block it is another VPC.
    return next((one.id for one in left if one.outputs.get("cidrBlock") == str(planned.cidr)), "")


def _plan_existing(settings: Settings, vpc: ExistingVpc, region: Region, asking: Asking) -> ExistingNetworkArgs:
    plan = find_existing(
        asking.name,
        vpc,
        region=region,
        variant=settings.variant,
        instance_types=asking.types_in(settings),
        needs=asking.needs_of(settings),
        ec2messages=settings.ec2messages,
        fips=settings.fips,
        endpoints=settings.endpoints,
        buckets=settings.buckets,
        return_ports=_return_ports(settings),
        amazon_linux=any(one.platform in _AMAZON_LINUX for one in settings.machines.values()),
        opts=asking.opts,
    )
    if settings.share_endpoints:
        plan.require_shareable(settings.share_endpoints)
    return ExistingNetworkArgs(
        plan=plan,
        region=region,
        ec2messages=settings.ec2messages,
        endpoints=settings.endpoints,
        endpoint_accounts=settings.endpoint_accounts,
        share_endpoints=settings.share_endpoints,
        spoke_vpcs=settings.spoke_vpcs,
        buckets=settings.buckets,
        tags=settings.all_tags,
    )


def _return_ports(settings: Settings) -> Sequence[range]:
    families = {one.family for one in settings.machines.values()}
    ports = {WINDOWS_PORTS if family is Family.WINDOWS else LINUX_PORTS for family in families}
    return sorted(ports, key=lambda one: one.start)
