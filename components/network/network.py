"""A VPC from which an SSM agent reaches Systems Manager, in one of three ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from ..base.needs import NO_NEEDS, SessionNeeds
from ..base.path import AgentPath, EndpointGroup, Endpoints, Internet
from ..base.region import Region
from .acls import WayOut, plan_acls
from .endpoints import IMAGE_SERVICE, agent_services, interface_services
from .flow_logs import FlowLogs
from .gateway_policy import require_buckets
from .hub import SharedEndpoints, require_other_vpcs, share_endpoints
from .ipv6 import make_block, make_egress_only_gateway, make_route, part_of
from .make_acls import make_acl
from .make_endpoints import (
    EndpointPlace,
    admit,
    make_endpoint_group,
    make_gateway_endpoint,
    make_interface_endpoints,
    make_open_gateway_endpoint,
)
from .make_flow_logs import make_flow_logs
from .make_instance_connect import InstanceConnect, make_instance_connect
from .nat_instance import NatInstance, NatPlace, make_nat_instances
from .routes import WAYS, NextHop, Tier, Variant
from .subnets import SubnetPlan, count_subnets, plan_subnets

_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class SsmNetworkArgs:
    """What a network is made from.

    Attributes:
        variant: how packets get to Systems Manager.
        region: the Region that the provider is set to.
        zones: names of the Availability Zones to use; a zone that is added at the end moves nothing.
        cidr: the VPC's addresses, /16 to /28.
        dual_stack: IPv6 beside IPv4, for the instances' subnets.
        nat_per_zone: a NAT gateway in each zone (dearer, and no zone depends on another) instead of one for all.
        nat_instance: what stands in place of each NAT gateway.
        ec2messages: an endpoint for this retiring service too, which agents before 3.3.40.0 need.
        fips: whether the agent's services have FIPS endpoints in a closed network.
        endpoints: AWS's names of further services that a closed network has interface endpoints for, such as ecr.api.
        endpoint_accounts: numbers of accounts beside this one whose principals the interface endpoints let through.
        share_endpoints: addresses of other VPCs that a closed network's endpoints serve too. Private DNS is off then,
            and private hosted zones answer in its place, which those VPCs can be given.
        spoke_vpcs: ids of VPCs of other accounts that may be given these zones.
        needs: what the session preferences ask for; a closed network gets the endpoints and the way to the bucket.
        buckets: names of buckets of one's own that a closed network reaches beside AWS's, to read, write and list.
        network_acls: an ACL for each tier of subnets, which lets through what the agent and `ways_out` need.
        ways_out: what instances may connect to beside Systems Manager, as far as ACLs have to know.
        flow_logs: what is written down of connections; None is nothing.
        instance_connect_ports: TCP ports of instances that an EC2 Instance Connect Endpoint is to reach; without any
            there is no endpoint.
        public_access_exclusion: the VPC is excluded from VPC Block Public Access, as far as an open variant needs it.
        permissions_boundary: ARN of the policy that the role of flow logs can never go beyond; empty is none.
        tags: on everything that takes tags.
    """

    variant: Variant
    region: Region
    zones: Sequence[str]
    cidr: IPv4Network
    dual_stack: bool = False
    nat_per_zone: bool = False
    nat_instance: NatInstance | None = None
    ec2messages: bool = False
    fips: bool = False
    endpoints: Sequence[str] = ()
    endpoint_accounts: Sequence[str] = ()
    share_endpoints: Sequence[IPv4Network] = ()
    spoke_vpcs: Sequence[str] = ()
    needs: SessionNeeds = NO_NEEDS
    buckets: Sequence[str] = ()
    network_acls: bool = False
    ways_out: Sequence[WayOut] = ()
    flow_logs: FlowLogs | None = None
    instance_connect_ports: Sequence[int] = ()
    public_access_exclusion: bool = False
    permissions_boundary: pulumi.Input[str] = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Subnet:
    """A subnet that has been made, with the route table that is its alone."""

    plan: SubnetPlan
    label: str
    id: pulumi.Output[str]
    table_id: pulumi.Output[str]


class SsmNetwork(pulumi.ComponentResource):
    """The VPC, its subnets and routes, and whatever the variant needs beside them.

    Attributes:
        path: all that an instance has to know.
        vpc_id: of the VPC, for what else is to be in it.
        subnet_ids: the instances' subnets, one for each zone, in the zones' order.
        endpoints_group_id: the security group of the interface endpoints, or None where there are none. It lets the
            VPC's addresses in; who has others adds a rule that lets port 443 in.
        shared: what other VPCs need of its endpoints, or None where these are for this VPC alone.
        instance_connect: the EC2 Instance Connect Endpoint, or None.

    Raises:
        ConfigError: the addresses do not suffice or are to be shared with themselves, no bucket has such a name, or
            ACLs would have too many rules; nothing is created then.
    """

    path: AgentPath
    vpc_id: pulumi.Output[str]
    subnet_ids: Sequence[pulumi.Output[str]]
    endpoints_group_id: pulumi.Output[str] | None
    shared: SharedEndpoints | None
    instance_connect: InstanceConnect | None

    def __init__(self, name: str, args: SsmNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Plan everything, then make it."""
        way = WAYS[args.variant]
        counts = count_subnets(way, len(args.zones), nat_per_zone=args.nat_per_zone)
        plans = plan_subnets(args.cidr, args.zones, counts)
        require_buckets(args.buckets)
        require_other_vpcs("shareEndpoints", args.share_endpoints, args.cidr)
        acls = (
            plan_acls(way, args.cidr, args.ways_out, ports_in=args.instance_connect_ports, ipv6=args.dual_stack)
            if args.network_acls
            else {}
        )

        super().__init__("ssm-only:components:SsmNetwork", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        self._ready: list[pulumi.Resource] = []
        self.vpc_id = self._make_vpc()
        self._ipv6 = make_block(f"{name}-ipv6", self.vpc_id, self._child) if args.dual_stack else None
        subnets = [self._make_subnet(plan, instances=way.instances) for plan in plans]
        public = [subnet for subnet in subnets if subnet.plan.tier is Tier.PUBLIC]
        inside = [subnet for subnet in subnets if subnet.plan.tier is way.instances]

        if way.has(NextHop.INTERNET_GATEWAY):
            gateway = self._lead_through_internet_gateway(public)
            if way.has(NextHop.NAT_GATEWAY):
                self._lead_through_nat(inside, public, gateway)
            if args.dual_stack:
                self._lead_ipv6_out(inside, gateway)
            self._lead_to_s3(inside)
        mode = way.exclusion_mode(nat_instance=args.nat_instance is not None)
        if args.public_access_exclusion and mode is not None:
            self._exclude_from_block(mode)
        self.endpoints_group_id = self.shared = None
        self._inside = inside
        https_to = self._make_endpoints(inside) if way.is_closed else Internet()
        for tier, acl in acls.items():
            subnet_ids = [subnet.id for subnet in subnets if subnet.plan.tier is tier]
            self._ready.append(make_acl(self._place, tier, acl, subnet_ids=subnet_ids))
        if args.flow_logs is not None:
            make_flow_logs(self._place, args.flow_logs, args.permissions_boundary)
        self.instance_connect = None
        if args.instance_connect_ports:
            self.instance_connect = make_instance_connect(self._place, subnet_id=inside[0].id)

        self.subnet_ids = [subnet.id for subnet in inside]
        self.path = AgentPath(
            vpc_id=self.vpc_id,
            subnet_ids=self.subnet_ids,
            # The first zone stays the first, and its subnet is another one in another VPC and in another tier.
            settled_in=self.subnet_ids[:1],
            https_to=https_to,
            dual_stack=args.dual_stack,
            services=agent_services(args.needs, ec2messages=args.ec2messages),
            ready=tuple(self._ready),
            connect_group_id=self.instance_connect.group_id if self.instance_connect else None,
        )
        self.register_outputs(dict(self.outputs))

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
        """Whoever connects a VPC needs all of it: names, where its packets go, and the way back."""
        return {
            "zone_ids": shared.zone_ids,
            "endpoint_cidrs": [str(subnet.plan.cidr) for subnet in self._inside],
            "route_table_ids": [subnet.table_id for subnet in self._inside],
        }

    def _tags(self, label: str) -> dict[str, str]:
        return {**self._args.tags, "Name": label}

    def _make_vpc(self) -> pulumi.Output[str]:
        label = f"{self._name}-vpc"
        vpc = aws.ec2.Vpc(
            label,
            cidr_block=str(self._args.cidr),
            # An endpoint answers to its service's public name only where both are on.
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags(label),
            # It is read of the VPC as soon as there is a block, which another resource is: to put it right would be to
            # take the block away.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["assign_generated_ipv6_cidr_block"]),
        )
        # AWS makes it with every VPC, open within itself, and nothing here uses it. Empty lists mean: keep it empty.
        label = f"{self._name}-default"
        aws.ec2.DefaultSecurityGroup(
            label, vpc_id=vpc.id, ingress=[], egress=[], tags=self._tags(label), opts=self._child
        )
        return vpc.id

    def _make_subnet(self, plan: SubnetPlan, *, instances: Tier) -> _Subnet:
        label = f"{self._name}-{plan.tier.value}-{plan.zone}"
        block = None
        if self._ipv6 is not None and plan.tier is instances:
            block = part_of(self._ipv6, plan.tier, self._args.zones.index(plan.zone))
        subnet = aws.ec2.Subnet(
            label,
            vpc_id=self.vpc_id,
            availability_zone=plan.zone,
            cidr_block=str(plan.cidr),
            ipv6_cidr_block=block,
            assign_ipv6_address_on_creation=None if block is None else True,
            map_public_ip_on_launch=instances is Tier.PUBLIC,
            tags=self._tags(label),
            opts=self._child,
        )
        table = aws.ec2.RouteTable(label, vpc_id=self.vpc_id, tags=self._tags(label), opts=self._child)
        self._ready.append(
            aws.ec2.RouteTableAssociation(label, subnet_id=subnet.id, route_table_id=table.id, opts=self._child)
        )
        return _Subnet(plan=plan, label=label, id=subnet.id, table_id=table.id)

    def _lead_through_internet_gateway(self, public: Sequence[_Subnet]) -> aws.ec2.InternetGateway:
        label = f"{self._name}-internet"
        gateway = aws.ec2.InternetGateway(label, vpc_id=self.vpc_id, tags=self._tags(label), opts=self._child)
        self._ready += [
            aws.ec2.Route(
                subnet.label,
                route_table_id=subnet.table_id,
                destination_cidr_block=_ANYWHERE,
                gateway_id=gateway.id,
                opts=self._child,
            )
            for subnet in public
        ]
        return gateway

    def _lead_ipv6_out(self, inside: Sequence[_Subnet], internet_gateway: aws.ec2.InternetGateway) -> None:
        gateways: dict[str, pulumi.Output[str]] = {"gateway_id": internet_gateway.id}
        if inside[0].plan.tier is Tier.PRIVATE:
            label = f"{self._name}-egress-only"
            gateways = {
                "egress_only_gateway_id": make_egress_only_gateway(label, self.vpc_id, self._args.tags, self._child)
            }
        # A route names no part of the VPC's block, so EC2 would be asked for it before there is one.
        after = pulumi.ResourceOptions(parent=self, depends_on=self._ipv6)
        self._ready += [make_route(subnet.label, subnet.table_id, after, **gateways) for subnet in inside]

    def _lead_through_nat(
        self, private: Sequence[_Subnet], public: Sequence[_Subnet], internet_gateway: aws.ec2.InternetGateway
    ) -> None:
        wanted = self._args.nat_instance
        gateways: Mapping[str, pulumi.Output[str]] = {}
        interfaces: Mapping[str, pulumi.Output[str]] = {}
        if wanted:
            interfaces = self._make_nat_instances(wanted, private, public, internet_gateway)
        else:
            gateways = {subnet.plan.zone: self._make_nat_gateway(subnet, internet_gateway) for subnet in public}
        self._ready += [
            aws.ec2.Route(
                subnet.label,
                route_table_id=subnet.table_id,
                destination_cidr_block=_ANYWHERE,
                nat_gateway_id=_nearest(gateways, subnet.plan.zone),
                network_interface_id=_nearest(interfaces, subnet.plan.zone),
                opts=self._child,
            )
            for subnet in private
        ]

    def _make_nat_instances(
        self,
        wanted: NatInstance,
        private: Sequence[_Subnet],
        public: Sequence[_Subnet],
        internet_gateway: aws.ec2.InternetGateway,
    ) -> Mapping[str, pulumi.Output[str]]:
        place = NatPlace(
            name=self._name,
            vpc_id=self.vpc_id,
            cidr=self._args.cidr,
            private={subnet.plan.zone: subnet.plan.cidr for subnet in private},
            tags=self._args.tags,
            after=[internet_gateway, *self._ready],
            parent=self,
        )
        made = make_nat_instances(place, wanted, {subnet.plan.zone: subnet.id for subnet in public})
        self._ready += made.ready
        return made.interfaces

    def _make_nat_gateway(self, subnet: _Subnet, internet_gateway: aws.ec2.InternetGateway) -> pulumi.Output[str]:
        label = f"{self._name}-nat-{subnet.plan.zone}"
        # EC2 refuses both in a VPC whose internet gateway is not attached yet, and neither names it.
        after = pulumi.ResourceOptions(parent=self, depends_on=[internet_gateway])
        address = aws.ec2.Eip(label, domain="vpc", tags=self._tags(label), opts=after)
        # In another VPC it is another one, and an address is one gateway's at a time: the old one goes first.
        alone = pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(delete_before_replace=True))
        gateway = aws.ec2.NatGateway(
            label, allocation_id=address.id, subnet_id=subnet.id, tags=self._tags(label), opts=alone
        )
        return gateway.id

    def _exclude_from_block(self, mode: str) -> None:
        """The account's block can come before the network or after it; an exclusion holds in either case."""
        label = f"{self._name}-public-access"
        self._ready.append(
            aws.ec2.VpcBlockPublicAccessExclusion(
                label,
                vpc_id=self.vpc_id,
                internet_gateway_exclusion_mode=mode,
                tags=self._tags(label),
                opts=self._child,
            )
        )

    @property
    def _place(self) -> EndpointPlace:
        args = self._args
        return EndpointPlace(
            name=self._name,
            region=args.region,
            vpc_id=self.vpc_id,
            accounts=args.endpoint_accounts,
            tags=args.tags,
            child=self._child,
        )

    def _lead_to_s3(self, subnets: Sequence[_Subnet]) -> None:
        """It costs nothing, and a NAT gateway bills each gigabyte.

        Instances wait for it: a new route to S3 cuts the connections that are open.
        """
        tables = [subnet.table_id for subnet in subnets]
        self._ready.append(make_open_gateway_endpoint(self._place, route_table_ids=tables))

    def _make_endpoints(self, subnets: Sequence[_Subnet]) -> Endpoints:
        args, place = self._args, self._place
        group = make_endpoint_group(place)
        others = {str(cidr): cidr for cidr in args.share_endpoints}
        admitted = admit(
            place, group.id, {"vpc": args.cidr, **others}, self._ipv6.ipv6_cidr_block if self._ipv6 else None
        )
        interfaces = make_interface_endpoints(
            place,
            interface_services(args.needs, ec2messages=args.ec2messages, fips=args.fips, more=args.endpoints),
            subnet_ids=[subnet.id for subnet in subnets],
            group_ids=[group.id],
            admitted=admitted,
            private_dns=not args.share_endpoints,
            dual_stack=args.dual_stack,
        )
        s3 = make_gateway_endpoint(
            place,
            args.needs,
            args.buckets,
            route_table_ids=[subnet.table_id for subnet in subnets],
            images=IMAGE_SERVICE in args.endpoints,
        )
        self._ready += [*admitted, *(one.resource for one in interfaces.values()), s3]
        if args.share_endpoints:
            self.shared = share_endpoints(place, [*interfaces.values()], spoke_vpcs=args.spoke_vpcs)
            self._ready += self.shared.ready
        self.endpoints_group_id = group.id
        return Endpoints(groups=[EndpointGroup(name="endpoints", id=group.id)], s3_prefix_list_id=s3.prefix_list_id)


def _nearest(hops: Mapping[str, pulumi.Output[str]], zone: str) -> pulumi.Output[str] | None:
    """That of the zone, or the one for all; nothing where there is none at all."""
    return hops.get(zone, next(iter(hops.values()), None))
