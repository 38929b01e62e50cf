"""A network of one's own, and what it has in common with one that is there."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pulumi
from typing_extensions import NotRequired

import components
from components.base.errors import ConfigError
from components.base.path import AgentPath, Endpoints
from components.base.reading import read_choice, read_list, read_text
from components.base.region import Region
from components.checks import Asking, require_network
from components.instance import Platform
from components.network import Variant
from components.network.hub import require_private_dns
from components.network.routes import WAYS
from components.networks import plan_network
from components.settings import READERS, NatKind, Settings
from plugin.kinds import Egress, FlowLogs
from plugin.reading import Given, parse, read_plain
from plugin.session import SessionArgs, plain_needs, read_needs


class AnyNetworkArgs(SessionArgs):
    """What every network takes."""

    variant: NotRequired[Variant]
    """How instances get to Systems Manager: igw (public subnets), nat (private subnets) or privatelink (interface
    endpoints, nothing leads out). privatelink, unless said. docs/variants.md helps to choose."""
    ec2messages: NotRequired[bool]
    """Only privatelink. An endpoint for ec2messages too, which SSM agents older than 3.3.40.0 need."""
    fips: NotRequired[bool]
    """FIPS endpoints for the agents, in the Regions that have them. Not for Windows."""
    endpoints: NotRequired[list[str]]
    """Only privatelink. Further services that get an interface endpoint, by AWS's short names, for example ecr.api."""
    endpointAccounts: NotRequired[list[str]]
    """Only privatelink. Accounts beside this one whose principals the interface endpoints let through."""
    shareEndpoints: NotRequired[list[str]]
    """Only privatelink. Blocks of other VPCs that use these endpoints. docs/hub.md has what those VPCs need."""
    spokeVpcs: NotRequired[list[str]]
    """Only with shareEndpoints. VPCs of other accounts that may be given the private hosted zones."""
    buckets: NotRequired[list[str]]
    """Only privatelink. Names of your own buckets that instances may reach through the S3 endpoint."""
    platforms: NotRequired[list[str]]
    """Platforms of the instances that will be there, as SsmInstance names them: amazon-linux-2023, unless said."""
    instanceTypes: NotRequired[list[str]]
    """EC2 types of the instances that will be there. A zone that lacks one is passed over, or told."""
    tags: NotRequired[dict[str, str]]
    """Tags for everything that takes tags."""


class SsmNetworkArgs(AnyNetworkArgs):
    """What a network is made from."""

    zones: NotRequired[Any]
    """How many Availability Zones: 2, unless said; or a list of them, by name or id."""
    cidr: NotRequired[str]
    """The VPC's IPv4 block, from /16 to /28: 10.0.0.0/16, unless said."""
    dualStack: NotRequired[bool]
    """IPv6 beside IPv4. Nothing comes in."""
    natPerZone: NotRequired[bool]
    """Only nat. A NAT gateway in each zone, instead of one for all."""
    natKind: NotRequired[NatKind]
    """Only nat. gateway, unless said; or instance, a small EC2 instance in place of each NAT gateway."""
    natInstanceType: NotRequired[str]
    """The EC2 type of NAT instances, on arm64: t4g.nano, unless said."""
    replaceOnNewImage: NotRequired[bool]
    """Whether a newer image is another NAT instance; otherwise it keeps the image it has."""
    networkAcls: NotRequired[bool]
    """Network ACLs for the subnets, which let through what the agents and egress need."""
    egress: NotRequired[list[Egress]]
    """Where instances may connect to beside Systems Manager, as far as network ACLs and NAT instances have to know."""
    flowLogs: NotRequired[FlowLogs]
    """What the network's interfaces write down of connections; nothing, unless said."""
    instanceConnect: NotRequired[bool]
    """An EC2 Instance Connect Endpoint, a way in for when an agent is dead."""
    publicAccessExclusion: NotRequired[bool]
    """Only igw and nat. Exclude the VPC from the account's VPC Block Public Access."""
    permissionsBoundary: NotRequired[str]
    """ARN of the policy that the role of flow logs can never go beyond."""


class SsmNetwork(pulumi.ComponentResource):
    """A VPC from which SSM agents reach Systems Manager, and into which nothing comes.

    Its outputs are inputs of SsmInstance and SsmFleet, by the same names. docs/variants.md has every setting.
    """

    vpc_id: pulumi.Output[str]
    """The VPC."""
    subnet_ids: pulumi.Output[list[str]]
    """The instances' subnets, one for each zone, in the zones' order."""
    variant: str
    """How its instances get to Systems Manager."""
    cidr: str
    """The VPC's block."""
    dual_stack: bool
    """Whether instances have IPv6 too."""
    zones: list[str]
    """Names of its zones; an instance's zone is a number in this list."""
    services: list[str]
    """AWS's names of what the agent reaches from here."""
    endpoint_group_id: pulumi.Output[str] | None
    """The security group of the interface endpoints, in privatelink."""
    s3_prefix_list_id: pulumi.Output[str] | None
    """The addresses of S3 in this Region, in privatelink."""
    connect_group_id: pulumi.Output[str] | None
    """The group of the EC2 Instance Connect Endpoint, if there is one."""
    connect_endpoint_arn: pulumi.Output[str] | None
    """The EC2 Instance Connect Endpoint, for OperatorAccess."""
    zone_ids: pulumi.Output[dict[str, str]] | None
    """With shareEndpoints: ids of the private hosted zones, by the name that each answers to."""
    hub_cidrs: list[str] | None
    """With shareEndpoints: where packets of the other VPCs to the endpoints go."""
    route_table_ids: pulumi.Output[list[str]] | None
    """With shareEndpoints: where the way back to the other VPCs belongs."""

    def __init__(self, name: str, args: SsmNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, ask AWS, then make it."""
        settings = read_settings(args)
        super().__init__("ssm-only:index:SsmNetwork", name, {}, opts)
        planned = plan(self, name, settings, args)
        assert isinstance(planned, components.SsmNetworkArgs)  # noqa: S101 - for mypy: no network is named
        require_network(settings, planned.zones)
        if WAYS[settings.variant].is_closed and not settings.share_endpoints:
            require_private_dns(name)
        made = components.SsmNetwork(name, planned, pulumi.ResourceOptions(parent=self))
        self.vpc_id, self.subnet_ids = made.vpc_id, pulumi.Output.all(*made.subnet_ids)
        self.variant, self.cidr = settings.variant.value, str(settings.cidr)
        self.dual_stack, self.zones = settings.dual_stack, list(planned.zones)
        self.services = list(made.path.services)
        self.endpoint_group_id = made.endpoints_group_id
        self.s3_prefix_list_id = s3_of(made.path)
        connect = made.instance_connect
        self.connect_group_id = connect.group_id if connect else None
        self.connect_endpoint_arn = connect.endpoint_arn if connect else None
        shared: Any = made.outputs.get("shared", {})
        self.zone_ids = pulumi.Output.all(**shared["zone_ids"]) if shared else None
        self.hub_cidrs = shared.get("endpoint_cidrs")
        self.route_table_ids = pulumi.Output.all(*shared["route_table_ids"]) if shared else None
        self.register_outputs({})


def s3_of(path: AgentPath) -> Any:  # noqa: ANN401 - an Input
    """The addresses of S3, where instances reach nothing but endpoints; None elsewhere."""
    return path.https_to.s3_prefix_list_id if isinstance(path.https_to, Endpoints) else None


def read_settings(args: Mapping[str, Any]) -> Settings:
    """What a network's settings are, with an instance of each platform that will be there.

    Raises:
        ConfigError: a value cannot be deployed.
    """
    given = read_plain(args, [key for key in args if key in READERS])
    instances = [{"name": f"instance-{n}", "platform": one} for n, one in enumerate(_platforms(args))]
    return parse(Given(values={**given.values, "instances": instances}, secrets=given.secrets))


def plan(
    parent: pulumi.Resource, name: str, settings: Settings, args: Mapping[str, Any]
) -> components.SsmNetworkArgs | components.ExistingNetworkArgs:
    """Ask AWS for what it is made from, with all that the session preferences ask for.

    Raises:
        ConfigError: the zones lack something, or something stands in the way in the VPC that is there.
    """
    needs, ask = read_needs(args), pulumi.InvokeOptions(parent=parent)
    types = read_plain(args, ["instanceTypes"]).values.get("instanceTypes", [])
    asking = Asking(
        name=name,
        needs=plain_needs(needs),
        instance_types=read_list(read_text, "a list of EC2 types, for example [t4g.micro]", "instanceTypes", types),
        opts=ask,
    )
    return replace(plan_network(settings, Region.ask(ask), asking), needs=needs)


def _platforms(args: Mapping[str, Any]) -> list[str]:
    given = read_plain(args, ["platforms"]).values.get("platforms", [Platform.AMAZON_LINUX_2023.value])
    example = "a list of platforms, for example [debian-13]"
    platforms = read_list(partial(read_choice, Platform), example, "platforms", given)
    for n, one in enumerate(platforms):
        if one is Platform.CUSTOM:
            raise ConfigError(f"platforms[{n}]", one.value, "name the platform that the image is most like.")
    return [one.value for one in platforms]
