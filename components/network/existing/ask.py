"""Asks EC2 and Route 53 about a network that is there, through Pulumi's provider, and so with the caller's rights.

Nothing here makes anything. Three facts have no function of the provider:

- The rules of a network ACL are read as Pulumi reads a resource that is not its own (`NetworkAcl.get`). The ACL stands
  in the stack's state as external: neither `up` nor `destroy` touches it.
- So is VPC Block Public Access (`ask_mode`), but which VPCs are excluded from it is not told.
- Several endpoints of one service are found by their network interfaces, in whose description AWS writes the endpoint's
  id. Gateway endpoints have none: those that were found at the last update are asked for by id, and of any other is
  only known that a route leads to it.

What the provider leaves out is not seen: routes that a virtual private gateway propagates, and hosted zones of another
account.
"""

from __future__ import annotations

import re
from functools import partial
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi_aws as aws

from ...base.answers import is_missing
from ...base.errors import ConfigError
from ...base.outputs import value_of
from ...base.state import left_of
from ..endpoints import GATEWAY_SERVICE
from ..public_access import OFF, ask_mode, to_read
from ..zones import Deployed, ask_offers
from .facts import (
    Acl,
    AclRule,
    Endpoint,
    GroupRule,
    Kept,
    Kind,
    NatGateway,
    Route,
    RouteTable,
    Subnet,
    Survey,
    Vpc,
    ZoneState,
)
from .packets import ANYWHERE, way_to

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import pulumi

    from .wanted import Wanted

COMPONENT = "ssm-only:components:ExistingNetwork"
_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_ZONE = "aws:route53/zone:Zone"
_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

# All but deleted ones, which are described for a while ("DescribeVpcEndpoints", EC2 API reference).
_STATES = ("pendingAcceptance", "pending", "available", "deleting", "rejected", "failed", "expired", "partial")
_SEVERAL = re.compile(r"multiple|too many results")
_ENDPOINT_OF_INTERFACE = re.compile(r"VPC Endpoint Interface (vpce-[0-9a-f]+)")
_ALL_PORTS = range(65_536)

_Answer = TypeVar("_Answer")


def read_kept(name: str) -> Kept:
    """What the stack has of the network of this name, from its state."""
    left = left_of(COMPONENT, _ENDPOINT, _ZONE, _RULE)
    network: Mapping[str, Any] = next((one.outputs for one in left if one.type == COMPONENT and one.name == name), {})
    made = [one for one in left if one.is_in(COMPONENT)]
    endpoints = [one.outputs for one in made if one.type == _ENDPOINT and one.name.startswith(f"{name}-")]
    return Kept(
        vpc_id=network.get("vpc_id", ""),
        subnet_ids=network.get("subnet_ids", ()),
        services={
            one["serviceName"]: one.get("subnetIds", ())
            for one in endpoints
            if one.get("vpcEndpointType") == Kind.INTERFACE.value
        },
        endpoint_ids={one["arn"].split("/")[-1] for one in endpoints},
        table_ids={id_ for one in endpoints for id_ in one.get("routeTableIds", ())},
        found=network.get("found_gateway_ids", ()),
        zone_names={one.outputs.get("name", "").rstrip(".") for one in made if one.type == _ZONE},
        rule_ids={one.outputs.get("securityGroupRuleId") for one in made if one.type == _RULE},
        types=Deployed.read(name).types,
    )


def make_survey(name: str, wanted: Wanted, kept: Kept, opts: pulumi.InvokeOptions | None) -> Survey:
    """Ask all that a plan depends on.

    Raises:
        ConfigError: there is no such VPC, or more than one.
    """
    ask = _Asking(name=name, wanted=wanted, kept=kept, opts=opts)
    vpc = ask.vpc()
    matched = list(wanted.vpc.subnets) or ask.subnets_with_tags(vpc.id)
    endpoints = [endpoint for service in wanted.services for endpoint in ask.endpoints(vpc.id, service, Kind.INTERFACE)]
    prefix_list = ""
    if wanted.is_closed:
        endpoints += ask.endpoints(vpc.id, GATEWAY_SERVICE, Kind.GATEWAY)
        prefix_list = aws.ec2.get_prefix_list(name=wanted.name_of(GATEWAY_SERVICE), opts=opts).id
    subnets = ask.subnets({*matched, *(id_ for endpoint in endpoints for id_ in endpoint.subnet_ids)})
    ours = [subnets[id_] for id_ in matched if id_ in subnets and subnets[id_].vpc_id == vpc.id]
    tables = ask.tables(vpc.id, [subnet.id for subnet in ours], prefix_list)
    nats = ask.nat_gateways(tables.values())
    subnets |= ask.subnets({one.subnet_id for one in nats.values() if one.subnet_id} - subnets.keys())
    tables |= ask.tables(vpc.id, {one.subnet_id for one in nats.values() if one.subnet_id} - tables.keys(), prefix_list)
    types = {number: set(types) for number, types in wanted.types_in.items()}
    there = {one.service for one in endpoints if one.private_dns}
    missing = [service for service in wanted.services if wanted.name_of(service) not in there]
    return Survey(
        vpc=vpc,
        subnets=subnets,
        matched=matched,
        tables=tables,
        acls=ask.acls(vpc.id, [id_ for id_, subnet in subnets.items() if subnet.vpc_id == vpc.id]),
        internet_gateways=() if wanted.is_closed else ask.internet_gateways(vpc.id),
        block_mode=OFF if wanted.is_closed else ask_mode(name, wanted.region, opts),
        nat_gateways=nats,
        endpoints=endpoints,
        rules={id_: ask.rules(id_) for id_ in sorted({id_ for one in endpoints for id_ in one.group_ids})},
        hosted_zones={wanted.name_of(one): ask.hosted_zone(vpc.id, one) for one in missing},
        offers=ask_offers(
            wanted.region,
            () if wanted.vpc.is_shared else missing,
            types,
            kept.services,
            opts,
            endpoints=wanted.endpoints,
        ),
        s3_prefix_list_id=prefix_list,
    )


class _Asking:
    """The questions, each of one kind of thing."""

    def __init__(self, *, name: str, wanted: Wanted, kept: Kept, opts: pulumi.InvokeOptions | None) -> None:
        self._name, self._wanted, self._kept, self._opts = name, wanted, kept, opts

    def vpc(self) -> Vpc:
        """The one that was meant."""
        wanted, region = self._wanted.vpc, self._wanted.region.name
        ids = [wanted.vpc] if wanted.vpc else aws.ec2.get_vpcs(tags=wanted.tags, opts=self._opts).ids
        if len(ids) > 1:
            advice = f"{', '.join(sorted(ids))} have these tags in {region}. Add a tag that one alone has, or set vpc."
            raise ConfigError("network.tags", wanted.tags, advice)
        found = _or_none(lambda: aws.ec2.get_vpc(id=ids[0], opts=self._opts)) if ids else None
        if found is None:
            said = wanted.vpc or wanted.tags
            raise ConfigError(
                wanted.vpc_key, said, f"{region} has no such VPC in this account. Look at aws:region too."
            )
        return Vpc(
            id=found.id,
            cidrs=[IPv4Network(one.cidr_block) for one in found.cidr_block_associations],
            dns_support=found.enable_dns_support,
            dns_hostnames=found.enable_dns_hostnames,
        )

    def subnets_with_tags(self, vpc_id: str) -> Sequence[str]:
        """Ids of those of the VPC."""
        in_vpc = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc_id])
        return sorted(aws.ec2.get_subnets(filters=[in_vpc], tags=self._wanted.vpc.subnet_tags, opts=self._opts).ids)

    def subnets(self, ids: Iterable[str]) -> dict[str, Subnet]:
        """Those of these that there are."""
        found = [_or_none(partial(aws.ec2.get_subnet, id=id_, opts=self._opts)) for id_ in sorted(ids)]
        return {
            one.id: Subnet(
                id=one.id,
                vpc_id=one.vpc_id,
                zone=one.availability_zone,
                cidr=IPv4Network(one.cidr_block) if one.cidr_block else None,
                free=one.available_ip_address_count,
                owner=one.owner_id,
            )
            for one in found
            if one is not None
        }

    def tables(self, vpc_id: str, subnet_ids: Collection[str], s3_prefix_list: str) -> dict[str, RouteTable]:
        """The route table of each subnet."""
        if not subnet_ids:
            return {}
        gone = self._tables_where(vpc_id, "route.state", "blackhole")
        to_s3 = self._tables_where(vpc_id, "route.destination-prefix-list-id", s3_prefix_list) if s3_prefix_list else ()
        tables: dict[str, RouteTable] = {}
        for id_ in sorted(subnet_ids):
            found = self._table_of(vpc_id, id_)
            tables[id_] = RouteTable(
                id=found.id,
                routes=[Route(to=_block(one.cidr_block), target=_target(one)) for one in found.routes],
                has_blackhole=found.id in gone,
                leads_to_s3=found.id in to_s3,
            )
        return tables

    def _tables_where(self, vpc_id: str, filter_: str, value: str) -> Collection[str]:
        filters = [aws.ec2.GetRouteTablesFilterArgs(name=filter_, values=[value])]
        return aws.ec2.get_route_tables(vpc_id=vpc_id, filters=filters, opts=self._opts).ids

    def _table_of(self, vpc_id: str, subnet_id: str) -> aws.ec2.GetRouteTableResult:
        own = _or_none(lambda: aws.ec2.get_route_table(subnet_id=subnet_id, opts=self._opts))
        if own is not None:
            return own
        # A subnet that is associated with none uses the VPC's main one.
        main = [aws.ec2.GetRouteTableFilterArgs(name="association.main", values=["true"])]
        return aws.ec2.get_route_table(vpc_id=vpc_id, filters=main, opts=self._opts)

    def nat_gateways(self, tables: Iterable[RouteTable]) -> Mapping[str, NatGateway]:
        """Those that default routes lead to."""
        ways = [route for table in tables if (route := way_to(table.routes, ANYWHERE)) is not None]
        ids = {way.target for way in ways if way.target.startswith("nat-")} if not self._wanted.is_closed else set()
        found = [_or_none(partial(aws.ec2.get_nat_gateway, id=id_, opts=self._opts)) for id_ in sorted(ids)]
        return {
            one.id: NatGateway(
                id=one.id,
                state=one.state,
                is_public=one.connectivity_type != "private",
                subnet_id=one.subnet_id or "",
            )
            for one in found
            if one is not None
        }

    def internet_gateways(self, vpc_id: str) -> Collection[str]:
        """A VPC has one at most."""
        attached = [aws.ec2.GetInternetGatewayFilterArgs(name="attachment.vpc-id", values=[vpc_id])]
        found = _or_none(lambda: aws.ec2.get_internet_gateway(filters=attached, opts=self._opts))
        return {found.internet_gateway_id} if found else ()

    def acls(self, vpc_id: str, subnet_ids: Sequence[str]) -> Mapping[str, Acl]:
        """The ACL of each subnet."""
        of_subnets = aws.ec2.GetNetworkAclsFilterArgs(name="association.subnet-id", values=subnet_ids)
        is_default = aws.ec2.GetNetworkAclsFilterArgs(name="default", values=["true"])
        ids = aws.ec2.get_network_acls(vpc_id=vpc_id, filters=[of_subnets], opts=self._opts).ids if subnet_ids else ()
        defaults = aws.ec2.get_network_acls(vpc_id=vpc_id, filters=[is_default], opts=self._opts).ids
        acls: dict[str, Acl] = {}
        for id_ in sorted(ids):
            read = self._read_acl(id_, is_default=id_ in defaults)
            rules = [
                *(_acl_rule(one, egress=False) for one in value_of(read.ingress.future()) or ()),
                *(_acl_rule(one, egress=True) for one in value_of(read.egress.future()) or ()),
            ]
            acls |= {subnet: Acl(id=id_, rules=rules) for subnet in value_of(read.subnet_ids.future()) or ()}
        return acls

    def _read_acl(self, id_: str, *, is_default: bool) -> aws.ec2.NetworkAcl | aws.ec2.DefaultNetworkAcl:
        # The provider reads neither kind as the other.
        kind = aws.ec2.DefaultNetworkAcl if is_default else aws.ec2.NetworkAcl
        return kind.get(f"{self._name}-{id_}", id_, opts=to_read(self._opts))

    def endpoints(self, vpc_id: str, service: str, kind: Kind) -> Sequence[Endpoint]:
        """Those of a service and a kind, without this stack's own."""
        name = self._wanted.name_of(service)

        def ask(id_: str | None) -> aws.ec2.GetVpcEndpointResult | None:
            filters = {"vpc-endpoint-state": _STATES, "vpc-endpoint-type": [kind.value]}
            args = [aws.ec2.GetVpcEndpointFilterArgs(name=key, values=values) for key, values in filters.items()]
            return _or_none(
                lambda: aws.ec2.get_vpc_endpoint(
                    id=id_, vpc_id=vpc_id, service_name=name, filters=args, opts=self._opts
                )
            )

        try:
            found = [ask(None)]
        except Exception as error:
            # The function gives exactly one.
            if not _SEVERAL.search(str(error)):
                raise
            ids = self._kept.found if kind is Kind.GATEWAY else self._interfaces_endpoints(vpc_id)
            found = [ask(id_) for id_ in ids if id_ not in self._kept.endpoint_ids]
        return [_endpoint(one) for one in found if one is not None and one.id not in self._kept.endpoint_ids]

    def _interfaces_endpoints(self, vpc_id: str) -> Sequence[str]:
        """The ids of all interface endpoints of the VPC."""
        filters = {"vpc-id": vpc_id, "description": "VPC Endpoint Interface *"}
        args = [aws.ec2.GetNetworkInterfacesFilterArgs(name=key, values=[value]) for key, value in filters.items()]
        interfaces = aws.ec2.get_network_interfaces(filters=args, opts=self._opts).ids
        described = [aws.ec2.get_network_interface(id=id_, opts=self._opts).description for id_ in sorted(interfaces)]
        return sorted({id_ for text in described for id_ in _ENDPOINT_OF_INTERFACE.findall(text)})

    def rules(self, group_id: str) -> Sequence[GroupRule]:
        """The inbound rules of a group that name addresses, without ours: those go when nothing needs them."""
        of_group = aws.vpc.GetSecurityGroupRulesFilterArgs(name="group-id", values=[group_id])
        # None, unlike other functions' empty list, where a group has no rule.
        ids = aws.vpc.get_security_group_rules(filters=[of_group], opts=self._opts).ids or ()
        theirs = {*ids}.difference(self._kept.rule_ids)
        asked = [aws.vpc.get_security_group_rule(security_group_rule_id=id_, opts=self._opts) for id_ in sorted(theirs)]
        inbound = [rule for rule in asked if not rule.is_egress]
        return [
            GroupRule(
                protocol=rule.ip_protocol,
                ports=_ALL_PORTS if rule.ip_protocol == "-1" else range(rule.from_port, rule.to_port + 1),
                cidrs=[block for text in self._addresses(rule) if (block := _block(text))],
            )
            for rule in inbound
        ]

    def _addresses(self, rule: aws.vpc.GetSecurityGroupRuleResult) -> Sequence[str]:
        if rule.prefix_list_id:
            entries = aws.ec2.get_managed_prefix_list(id=rule.prefix_list_id, opts=self._opts).entries
            return [entry.cidr for entry in entries]
        return [rule.cidr_ipv4] if rule.cidr_ipv4 else []

    def hosted_zone(self, vpc_id: str, service: str) -> ZoneState:
        """Whether a private zone of somebody else's answers to a service's public name here."""
        name = self._wanted.public_name_of(service)
        if name in self._kept.zone_names:
            return ZoneState.NONE
        if _or_none(lambda: aws.route53.get_zone(name=name, vpc_id=vpc_id, opts=self._opts)):
            return ZoneState.ASSOCIATED
        try:
            elsewhere = _or_none(lambda: aws.route53.get_zone(name=name, private_zone=True, opts=self._opts))
        except Exception as error:
            if not _SEVERAL.search(str(error)):
                raise
            return ZoneState.ELSEWHERE
        return ZoneState.ELSEWHERE if elsewhere else ZoneState.NONE


def _or_none(asked: Callable[[], _Answer]) -> _Answer | None:
    try:
        return asked()
    except Exception as error:
        if is_missing(error):
            return None
        raise


def _block(text: str | None) -> IPv4Network | None:
    return IPv4Network(text) if text and ":" not in text else None


def _target(route: Any) -> str:  # noqa: ANN401 - pulumi-aws has no common type for it
    """The one next hop that a route has."""
    targets = (
        route.gateway_id,
        route.nat_gateway_id,
        route.network_interface_id,
        route.instance_id,
        route.transit_gateway_id,
        route.vpc_peering_connection_id,
        route.vpc_endpoint_id,
        route.carrier_gateway_id,
        route.local_gateway_id,
        route.core_network_arn,
        route.egress_only_gateway_id,
    )
    return next((target for target in targets if target), "")


def _acl_rule(rule: Any, *, egress: bool) -> AclRule:  # noqa: ANN401 - the same
    return AclRule(
        number=rule.rule_no,
        egress=egress,
        allow=rule.action.lower() == "allow",
        protocol=rule.protocol,
        ports=range(rule.from_port, rule.to_port + 1),
        cidr=_block(rule.cidr_block),
    )


def _endpoint(found: aws.ec2.GetVpcEndpointResult) -> Endpoint:
    return Endpoint(
        id=found.id,
        service=found.service_name,
        kind=Kind(found.vpc_endpoint_type),
        state=found.state,
        private_dns=found.private_dns_enabled,
        subnet_ids=sorted(found.subnet_ids),
        group_ids=sorted(found.security_group_ids),
        table_ids=sorted(found.route_table_ids),
        policy=found.policy,
    )
