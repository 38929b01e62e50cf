"""Everything in a VPC that can stand between an agent and Systems Manager, asked once for all its instances."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from botocore import xform_name

from doctor import names
from doctor.errors import DoctorError
from doctor.facts import HostedZone, Network, PrefixList, PublicAccess, Unknown
from doctor.world import OF_AWS, is_of_endpoint
from reachability.model import World
from reachability.names import answers_for, service_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mypy_boto3_ec2.type_defs import InstanceTypeDef, VpcTypeDef

    from doctor.asking import Asker
    from doctor.aws import Clients

_OFF = "off"
# What an agent may ask for, itself or for the preferences of sessions: no other name of a zone counts.
_SERVICES = ("ssm", "ssmmessages", "ec2messages", "kms", "logs", "s3")
# States of an exclusion from VPC Block Public Access that holds no longer, or never did.
_ENDED = ("create-failed", "delete-in-progress", "delete-complete", "disable-in-progress", "disable-complete")


class NetworkSurveyor:
    """Asks for each VPC once."""

    def __init__(self, clients: Clients, asker: Asker) -> None:
        """Asks nothing yet."""
        self._clients, self._ask = clients, asker.ask
        self._network = cache(self._ask_network)
        self._public_access = cache(self._ask_public_access)
        self._shared_by = cache(_shared_by)
        self._list_names = cache(self._ask_list_names)

    def of(self, instance: InstanceTypeDef) -> Network:
        """The VPC as the instance's account sees it: of one that another account shares, it sees no endpoints.

        Raises:
            ClientError: AWS refuses the credentials.
            KeyError: EC2 does not say which VPC it is.
        """
        network = self._network(instance["VpcId"])
        if isinstance(network.subnets, Unknown):
            return network
        owner = network.subnets.get(instance["SubnetId"], {}).get("OwnerId")
        own = {one.get("OwnerId", owner) for one in instance.get("NetworkInterfaces", [])}
        return network if owner is None or own <= {owner} else self._shared_by(owner, network)

    def whole(self, vpc_id: str, account: str | Unknown) -> Network:
        """The VPC as an account sees it, whoever is in it.

        Raises:
            ClientError: AWS refuses the credentials.
            DoctorError: it is not there, or nobody may ask whether it is.
        """
        ec2, region = self._clients.ec2, self._clients.region
        filters: Any = [{"Name": "vpc-id", "Values": [vpc_id]}]
        owners = self._ask(
            "ec2:DescribeVpcs", lambda: [one.get("OwnerId") for one in ec2.describe_vpcs(Filters=filters)["Vpcs"]]
        )
        if isinstance(owners, Unknown):
            raise DoctorError(f"whether there is a VPC {vpc_id} could not be asked: {owners.why}")
        if not owners:
            raise DoctorError(
                f"{region} has no VPC {vpc_id} that these credentials see; check the id, --region and the account"
            )
        network = self._network(vpc_id)
        # A stack's own rules may name any.
        network = replace(network, prefix_lists={**self._prefix_lists(self._list_names()), **network.prefix_lists})
        if isinstance(account, Unknown):
            # Whoever is given a share of a VPC is told of no endpoints, as where there are none.
            return replace(network, endpoints=network.endpoints or account)
        return network if owners[0] in (None, account) else _shared_by(owners[0], network)

    def _ask_network(self, vpc_id: str) -> Network:
        groups = self._by_id(vpc_id, "DescribeSecurityGroups", "SecurityGroups", "GroupId")
        tables = self._in_vpc(vpc_id, "DescribeRouteTables", "RouteTables")
        return Network(
            vpc_id=vpc_id,
            region=self._clients.region,
            name_servers=self._name_servers(vpc_id),
            zones=self._ask("route53:ListHostedZonesByVPC", lambda: self._zones(vpc_id)),
            public_access=self._public_access(),
            dns_support=self._attribute(vpc_id, "EnableDnsSupport"),
            dns_hostnames=self._attribute(vpc_id, "EnableDnsHostnames"),
            endpoints=self._in_vpc(vpc_id, "DescribeVpcEndpoints", "VpcEndpoints"),
            subnets=self._by_id(vpc_id, "DescribeSubnets", "Subnets", "SubnetId"),
            groups=groups,
            route_tables=tables,
            nat_gateways=self._by_id(vpc_id, "DescribeNatGateways", "NatGateways", "NatGatewayId"),
            acls=self._in_vpc(vpc_id, "DescribeNetworkAcls", "NetworkAcls"),
            prefix_lists=self._prefix_lists(_lists_of(groups, tables)),
        )

    def _attribute(self, vpc_id: str, name: Literal["EnableDnsSupport", "EnableDnsHostnames"]) -> bool | Unknown:
        # The one name is spelt in two ways: `enableDnsSupport` in the question, `EnableDnsSupport` in the answer.
        asked: Any = name[0].lower() + name[1:]
        return self._ask(
            "ec2:DescribeVpcAttribute",
            lambda: self._clients.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=asked)[name]["Value"],
        )

    def _name_servers(self, vpc_id: str) -> Sequence[str] | Unknown:
        def vpc() -> VpcTypeDef:
            return self._clients.ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Vpcs"][0]

        there = self._ask("ec2:DescribeVpcs", vpc)
        if isinstance(there, Unknown):
            return there
        pages = self._clients.ec2.get_paginator("describe_dhcp_options").paginate(
            Filters=[{"Name": "dhcp-options-id", "Values": [there.get("DhcpOptionsId", "default")]}]
        )
        return self._ask("ec2:DescribeDhcpOptions", lambda: names.foreign_servers(there, listed(pages, "DhcpOptions")))

    def _zones(self, vpc_id: str) -> Sequence[HostedZone]:
        """Zones that an endpoint's private DNS makes belong to a service of AWS, and are told by the endpoint."""
        route53 = self._clients.route53
        region: Any = self._clients.region
        zones: list[HostedZone] = []
        more: Any = {}
        while True:
            page = route53.list_hosted_zones_by_vpc(VPCId=vpc_id, VPCRegion=region, **more)
            zones += [
                HostedZone(
                    id=one["HostedZoneId"], name=one["Name"], records=self._records(one["HostedZoneId"], one["Name"])
                )
                for one in page["HostedZoneSummaries"]
                if "OwningService" not in one["Owner"]
            ]
            if not (token := page.get("NextToken")):
                return zones
            more = {"NextToken": token}

    def _records(self, zone_id: str, domain: str) -> Sequence[Any] | Unknown:
        """A zone's records, where an agent asks it for a name: another one may have ten thousand."""
        world = World(region=self._clients.region)
        asked = [service_name(world, one, dual_stack=both) for one in _SERVICES for both in (False, True)]
        if not any(answers_for(domain, name) for name in asked):
            return Unknown(why="no agent asks it for a name")
        pages = self._clients.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
        return self._ask("route53:ListResourceRecordSets", lambda: listed(pages, "ResourceRecordSets"))

    def _prefix_lists(self, ids: Iterable[str]) -> Mapping[str, PrefixList]:
        # Nothing is asked where no list is named. Without the name of one of AWS's own, its entries tell as much.
        return {
            one: PrefixList(name=name, cidrs=self._entries(one, name))
            for one in ids
            for name in [self._list_names().get(one, "")]
        }

    def _ask_list_names(self) -> Mapping[str, str]:
        """The names of the account's lists, of AWS's own, and of those that others share with it."""
        pages = self._clients.ec2.get_paginator("describe_managed_prefix_lists").paginate()
        found = self._ask("ec2:DescribeManagedPrefixLists", lambda: listed(pages, "PrefixLists"))
        there = [] if isinstance(found, Unknown) else found
        return {one["PrefixListId"]: one.get("PrefixListName", "") for one in there if "PrefixListId" in one}

    def _entries(self, list_id: str, name: str) -> Sequence[str] | Unknown:
        if name.startswith(OF_AWS):
            return Unknown(why="its name tells whose addresses they are")
        pages = self._clients.ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=list_id)
        return self._ask("ec2:GetManagedPrefixListEntries", lambda: [one["Cidr"] for one in listed(pages, "Entries")])

    def _ask_public_access(self) -> PublicAccess | Unknown:
        ec2 = self._clients.ec2
        mode = self._ask(
            "ec2:DescribeVpcBlockPublicAccessOptions",
            lambda: ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"].get(
                "InternetGatewayBlockMode", _OFF
            ),
        )
        if isinstance(mode, Unknown) or mode == _OFF:
            return mode if isinstance(mode, Unknown) else PublicAccess(mode=mode, excluded=())
        # An account and Region has 50 of them at most, unless AWS raises that (VPC quotas).
        excluded = self._ask(
            "ec2:DescribeVpcBlockPublicAccessExclusions",
            lambda: [
                one["ResourceArn"]
                for one in ec2.describe_vpc_block_public_access_exclusions(MaxResults=1000)[
                    "VpcBlockPublicAccessExclusions"
                ]
                if one.get("State", "") not in _ENDED
            ],
        )
        return excluded if isinstance(excluded, Unknown) else PublicAccess(mode=mode, excluded=excluded)

    def _in_vpc(self, vpc_id: str, operation: str, key: str) -> list[Any] | Unknown:
        """What one of EC2's describe operations lists for the VPC."""
        paginator: Any = self._clients.ec2.get_paginator(xform_name(operation))  # type: ignore[call-overload]
        pages = paginator.paginate(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
        return self._ask(f"ec2:{operation}", lambda: listed(pages, key))

    def _by_id(self, vpc_id: str, operation: str, key: str, name: str) -> dict[str, Any] | Unknown:
        listed = self._in_vpc(vpc_id, operation, key)
        return listed if isinstance(listed, Unknown) else {one[name]: one for one in listed if name in one}


def _shared_by(owner: str, network: Network) -> Network:
    unseen = Unknown(why=f"only account {owner}, which shares the VPC, sees its endpoints and what blocks them")
    return replace(network, endpoints=unseen, public_access=unseen)


def _lists_of(groups: Mapping[str, Any] | Unknown, tables: Sequence[Any] | Unknown) -> dict[str, None]:
    """The prefix lists that rules and routes name. Of an endpoint's own route the endpoint tells the service."""
    of_groups = [] if isinstance(groups, Unknown) else groups.values()
    of_tables = [] if isinstance(tables, Unknown) else tables
    rules = [
        rule for one in of_groups for side in ("IpPermissions", "IpPermissionsEgress") for rule in one.get(side, [])
    ]
    routes = [route for one in of_tables for route in one.get("Routes", [])]
    named = [one["PrefixListId"] for rule in rules for one in rule.get("PrefixListIds", [])]
    named += [route["DestinationPrefixListId"] for route in routes if "DestinationPrefixListId" in route]
    told = {route["DestinationPrefixListId"] for route in routes if is_of_endpoint(route)}
    return {one: None for one in named if one not in told}


def listed(pages: Iterable[Any], key: str) -> list[Any]:
    """What all pages of an answer list.

    Raises:
        KeyError: one of them lists nothing of that name, as AWS's do where there is nothing.
    """
    return [one for page in pages for one in page[key]]
