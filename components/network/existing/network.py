"""A VPC that is there, and what a stack adds to it so that an SSM agent reaches Systems Manager."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from ...base.needs import NO_NEEDS, SessionNeeds
from ...base.path import AgentPath, EndpointGroup, Endpoints, Internet
from ...base.region import Region
from ..endpoints import IMAGE_SERVICE, agent_services
from ..gateway_policy import require_buckets
from ..hub import SharedEndpoints, share_endpoints
from ..make_endpoints import (
    EndpointPlace,
    InterfaceEndpoint,
    admit,
    make_endpoint_group,
    make_gateway_endpoint,
    make_interface_endpoints,
)
from ..routes import WAYS, Variant
from ..services import ask_names
from .ask import COMPONENT, make_survey, read_kept
from .plan import NetworkPlan, plan_existing
from .settings import ExistingVpc
from .wanted import LINUX_PORTS, Wanted


@dataclass(frozen=True, kw_only=True)
class ExistingNetworkArgs:
    """What is used of a network, and what is added.

    Attributes:
        plan: which subnets, which endpoints; `find_existing` makes it.
        region: the Region that the provider is set to.
        ec2messages: as in the plan.
        endpoints: as in the plan.
        endpoint_accounts: numbers of accounts beside this one whose principals our endpoints let through.
        share_endpoints: addresses of other VPCs that these endpoints serve too, as for a network of one's own.
        spoke_vpcs: ids of VPCs of other accounts that may be given the private hosted zones.
        needs: what the session preferences ask for, as in the plan; names and ARNs may be Outputs by now.
        buckets: names of buckets of one's own that a gateway endpoint of ours leads to, to read, write and list.
        tags: on everything that takes tags.
    """

    plan: NetworkPlan
    region: Region
    ec2messages: bool = False
    endpoints: Sequence[str] = ()
    endpoint_accounts: Sequence[str] = ()
    share_endpoints: Sequence[IPv4Network] = ()
    spoke_vpcs: Sequence[str] = ()
    needs: SessionNeeds = NO_NEEDS
    buckets: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def zones(self) -> Sequence[str]:
        """Names of the zones, in the order of an instance's number."""
        return self.plan.zones


def find_existing(
    name: str,
    vpc: ExistingVpc,
    *,
    region: Region,
    variant: Variant,
    instance_types: Mapping[int, Collection[str]] | None = None,
    needs: SessionNeeds = NO_NEEDS,
    ec2messages: bool = False,
    fips: bool = False,
    endpoints: Sequence[str] = (),
    buckets: Sequence[str] = (),
    return_ports: Sequence[range] = (LINUX_PORTS,),
    amazon_linux: bool = True,
    opts: pulumi.InvokeOptions | None = None,
) -> NetworkPlan:
    """Look at a network that is there, and decide what is used of it and what is added. Nothing is changed.

    What a person should know, but need not mend, is logged as warnings.

    Args:
        name: of the network.
        vpc: which VPC and subnets.
        region: the Region that the provider is set to.
        variant: what must be true of the subnets (igw, nat), or what is completed (privatelink).
        instance_types: what is to be in which zone, by the zone's number; 1 is the first.
        needs: what the session preferences ask of the network, in plain values.
        ec2messages: whether agents need that service.
        fips: whether agents go by FIPS endpoints.
        endpoints: AWS's names of further services that instances reach at endpoints, such as ecr.api.
        buckets: names of one's own that instances are to reach in a closed network.
        return_ports: where answers come back to; Windows and Linux differ.
        amazon_linux: whether an instance gets its packages from Amazon Linux's buckets.
        opts: with a provider, if it is not the default one.

    Raises:
        ConfigError: the VPC cannot be found, or something stands in the way: each problem is a line.
    """
    require_buckets(buckets)
    wanted = Wanted(
        vpc=vpc,
        variant=variant,
        region=region,
        types_in=instance_types or {},
        needs=needs,
        ec2messages=ec2messages,
        fips=fips,
        endpoints=endpoints,
        buckets=buckets,
        return_ports=return_ports,
        amazon_linux=amazon_linux,
    )
    wanted = replace(wanted, names=ask_names(region.name, wanted.services, opts))
    kept = read_kept(name)
    plan = plan_existing(make_survey(name, wanted, kept, opts), wanted, kept)
    for warning in plan.warnings:
        pulumi.log.warn(warning)
    return plan


class ExistingNetwork(pulumi.ComponentResource):
    """What a stack adds to a network that is there; `pulumi destroy` takes just that away.

    Attributes:
        path: all that an instance has to know.
        vpc_id: of the VPC, for what else is to be in it.
        subnet_ids: the instances' subnets, one for each zone, in the zones' order.
        endpoints_group_id: the security group of the interface endpoints that were added, or None where none was.
            It lets the VPC's addresses in; who has others adds a rule that lets port 443 in.
        shared: what other VPCs need of its endpoints, or None where these are for this VPC alone.
        instance_connect: an EC2 Instance Connect Endpoint is made in networks of one's own only.

    Raises:
        ConfigError: endpoints are to be shared that are not this network's; nothing is created then.
    """

    path: AgentPath
    vpc_id: str
    subnet_ids: Sequence[str]
    endpoints_group_id: pulumi.Output[str] | None
    shared: SharedEndpoints | None
    instance_connect: None = None

    def __init__(self, name: str, args: ExistingNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make what the plan says, and nothing else."""
        plan = args.plan
        if args.share_endpoints:
            plan.require_shareable(args.share_endpoints)
        super().__init__(COMPONENT, name, None, opts)
        self._args = args
        self._place = EndpointPlace(
            name=name,
            region=args.region,
            vpc_id=plan.vpc_id,
            accounts=args.endpoint_accounts,
            tags=args.tags,
            child=pulumi.ResourceOptions(parent=self),
        )
        self.vpc_id, self.subnet_ids = plan.vpc_id, [subnet.id for subnet in plan.subnets]
        group = make_endpoint_group(self._place) if plan.made else None
        self.endpoints_group_id = group.id if group else None
        admitted = self._admit(group)
        interfaces = list(self._make_interfaces(group, admitted))
        self.shared = None
        if args.share_endpoints:
            self.shared = share_endpoints(self._place, interfaces, spoke_vpcs=args.spoke_vpcs)
        names = self.shared.ready if self.shared else ()
        ready = [*admitted, *(one.resource for one in interfaces), *names, *self._make_gateway()]
        self.path = AgentPath(
            vpc_id=self.vpc_id,
            subnet_ids=self.subnet_ids,
            # Any of them: its owner keeps it, but the rule that lets it in to our endpoints goes.
            settled_in=sorted(self.subnet_ids),
            https_to=self._endpoints(group) if WAYS[plan.variant].is_closed else Internet(),
            services=agent_services(args.needs, ec2messages=args.ec2messages),
            ready=ready,
            # Whether the subnets give one may change, and an instance would be replaced.
            public_address=plan.variant is Variant.IGW,
        )
        # The gateways are what no function finds beside one of ours.
        self.register_outputs({**self.outputs, "found_gateway_ids": plan.s3_found})

    @property
    def outputs(self) -> Mapping[str, object]:
        """What a stack hands on of it."""
        return {
            "vpc_id": self.vpc_id,
            "subnet_ids": self.subnet_ids,
            "endpoints_group_id": self.endpoints_group_id,
            **({"shared": self._shared_outputs(self.shared)} if self.shared else {}),
        }

    def _shared_outputs(self, shared: SharedEndpoints) -> Mapping[str, object]:
        """Names, and where packets to them go. The way back is a route in tables that are not this stack's."""
        blocks = [str(subnet.cidr) for subnet in self._args.plan.subnets if subnet.cidr is not None]
        return {"zone_ids": shared.zone_ids, "endpoint_cidrs": blocks}

    def _admit(self, group: aws.ec2.SecurityGroup | None) -> Sequence[pulumi.Resource]:
        """The rules that let the VPC in to our endpoints, and the instances' subnets to those that are there.

        To ours the names of their services lead from all of the VPC, with others' agents in it.
        """
        plan = self._args.plan
        blocks = {subnet.id: subnet.cidr for subnet in plan.subnets if subnet.cidr is not None}
        all_ = {str(cidr): cidr for cidr in [*plan.vpc_cidrs, *self._args.share_endpoints]}
        rules = [*admit(self._place, group.id, all_)] if group else []
        for theirs in plan.groups:
            # EC2 refuses a rule that is there already.
            closed = {f"{one.id}-in-{theirs.id}": blocks[one.id] for one in theirs.closed_to if one.id in blocks}
            rules += admit(self._place, theirs.id, closed)
        return rules

    def _make_interfaces(
        self, group: aws.ec2.SecurityGroup | None, admitted: Sequence[pulumi.Resource]
    ) -> Iterator[InterfaceEndpoint]:
        for service, subnet_ids in self._args.plan.made.items():
            yield from make_interface_endpoints(
                self._place,
                [service],
                subnet_ids=subnet_ids,
                group_ids=[group.id] if group else [],
                admitted=admitted,
                private_dns=not self._args.share_endpoints,
            ).values()

    def _make_gateway(self) -> Sequence[pulumi.Resource]:
        args = self._args
        if not args.plan.s3_table_ids:
            return []
        return [
            make_gateway_endpoint(
                self._place,
                args.needs,
                args.buckets,
                route_table_ids=args.plan.s3_table_ids,
                images=IMAGE_SERVICE in args.endpoints,
            )
        ]

    def _endpoints(self, group: aws.ec2.SecurityGroup | None) -> Endpoints:
        plan = self._args.plan
        own = [EndpointGroup(name="endpoints", id=group.id)] if group else []
        theirs = [EndpointGroup(name=f"endpoints-{one.id}", id=one.id) for one in plan.groups]
        return Endpoints(groups=[*own, *theirs], cidrs=plan.hub_cidrs, s3_prefix_list_id=plan.s3_prefix_list_id)
