"""A network that somebody else made."""

import pulumi

import components
from components.base.errors import ConfigError
from components.base.path import Endpoints
from plugin.kinds import ExistingVpc
from plugin.network import AnyNetworkArgs, plan, read_settings, s3_of


class ExistingNetworkArgs(AnyNetworkArgs):
    """Which network, and what it is completed with."""

    network: ExistingVpc
    """Which VPC and subnets, and what may be done to them."""


class ExistingNetwork(pulumi.ComponentResource):
    """What is added to a VPC that is there, so that SSM agents reach Systems Manager from it.

    It is looked at first: what is there is used, what is missing is made, what stands in the way is told. A destroy
    takes away what was added. Its outputs are inputs of SsmInstance and SsmFleet, by the same names.
    """

    vpc_id: str
    """The VPC."""
    subnet_ids: list[str]
    """The instances' subnets, one for each zone, in the zones' order."""
    variant: str
    """How its instances get to Systems Manager."""
    public_address: bool
    """Whether an instance asks for a public address itself."""
    zones: list[str]
    """Names of its zones; an instance's zone is a number in this list."""
    services: list[str]
    """AWS's names of what the agent reaches from here."""
    endpoint_group_id: pulumi.Output[str] | None
    """The security group of the interface endpoints that were made, if any was."""
    found_group_ids: list[str]
    """Security groups of the interface endpoints that were there."""
    endpoint_cidrs: list[str]
    """Where a hub's endpoints are."""
    s3_prefix_list_id: str | None
    """The addresses of S3 in this Region, in privatelink."""
    zone_ids: pulumi.Output[dict[str, str]] | None
    """With shareEndpoints: ids of the private hosted zones, by the name that each answers to."""
    hub_cidrs: list[str] | None
    """With shareEndpoints: where packets of the other VPCs to the endpoints go."""

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, look at what is there, then make the rest."""
        settings = read_settings(args)
        if settings.network is None:
            raise ConfigError("network", {}, "name the VPC that is there, by vpc or by tags.")
        super().__init__("ssm-only:index:ExistingNetwork", name, {}, opts)
        planned = plan(self, name, settings, args)
        assert isinstance(planned, components.ExistingNetworkArgs)  # noqa: S101 - for mypy: a network is named
        made = components.ExistingNetwork(name, planned, pulumi.ResourceOptions(parent=self))
        self.vpc_id, self.subnet_ids = made.vpc_id, list(made.subnet_ids)
        self.variant, self.public_address = settings.variant.value, made.path.public_address
        self.zones, self.services = list(planned.zones), list(made.path.services)
        self.endpoint_group_id = made.endpoints_group_id
        self.found_group_ids = [group.id for group in planned.plan.groups]
        https_to = made.path.https_to
        self.endpoint_cidrs = [str(block) for block in https_to.cidrs] if isinstance(https_to, Endpoints) else []
        self.s3_prefix_list_id = s3_of(made.path)
        shared = made.shared
        self.zone_ids = pulumi.Output.all(**shared.zone_ids) if shared else None
        self.hub_cidrs = [str(one.cidr) for one in planned.plan.subnets if one.cidr] if shared else None
        self.register_outputs({})
