"""What EC2 and Route 53 say of a network that somebody else made: plain values, by AWS's own names and ids."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network

from ..public_access import OFF
from ..zones import Offers


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """The VPC.

    Attributes:
        id: of it.
        cidrs: its IPv4 blocks, between which packets need no route.
        dns_support: whether Amazon's resolver answers in it (enableDnsSupport).
        dns_hostnames: enableDnsHostnames, without which no private name of an endpoint or hosted zone is answered.
    """

    id: str
    cidrs: Sequence[IPv4Network] = ()
    dns_support: bool = True
    dns_hostnames: bool = True


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet.

    Attributes:
        id: of it.
        vpc_id: its VPC.
        zone: name of its Availability Zone.
        cidr: its IPv4 addresses; None if it has none.
        free: how many of them nobody has.
        owner: the account that made it; another one than ours where it is shared with us.
    """

    id: str
    vpc_id: str
    zone: str
    cidr: IPv4Network | None
    free: int = 251
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route that somebody wrote; the VPC's own and those of gateway endpoints are not among them.

    Attributes:
        to: its destination; None where that is IPv6 or a prefix list.
        target: the id of its next hop: igw-…, nat-…, eni-…, tgw-…, pcx-… and so on.
    """

    to: IPv4Network | None
    target: str


@dataclass(frozen=True, kw_only=True)
class RouteTable:
    """A route table.

    Attributes:
        id: of it.
        routes: those that somebody wrote.
        has_blackhole: whether the target of one of them is gone.
        leads_to_s3: whether a gateway endpoint has put a route to S3 into it.
    """

    id: str
    routes: Sequence[Route] = ()
    has_blackhole: bool = False
    leads_to_s3: bool = False


@dataclass(frozen=True, kw_only=True)
class NatGateway:
    """A NAT gateway that a default route leads to.

    Attributes:
        id: of it.
        state: available, or why it does not work.
        is_public: whether it has a public address: a private one leads to no internet.
        subnet_id: where it is; empty for a regional one.
    """

    id: str
    state: str = "available"
    is_public: bool = True
    subnet_id: str = ""


@dataclass(frozen=True, kw_only=True)
class AclRule:
    """A rule of a network ACL. They are read in the order of their numbers, and the first that fits decides.

    Attributes:
        number: of the rule.
        egress: whether it is for what leaves the subnet.
        allow: whether it lets through.
        protocol: a number as text; -1 is all.
        ports: of the destination.
        cidr: the addresses on the other side; None where they are IPv6.
    """

    number: int
    egress: bool
    allow: bool
    protocol: str = "-1"
    ports: range = range(65_536)
    cidr: IPv4Network | None


@dataclass(frozen=True, kw_only=True)
class Acl:
    """A network ACL, which decides over every packet into and out of its subnets."""

    id: str
    rules: Sequence[AclRule]


class Kind(str, Enum):
    """Of an endpoint; a gateway endpoint is a route, an interface endpoint has addresses."""

    INTERFACE = "Interface"
    GATEWAY = "Gateway"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A VPC endpoint.

    Attributes:
        id: of it.
        service: AWS's name of the service.
        kind: interface or gateway.
        state: available, or why it does not work.
        private_dns: whether the service's public name leads to it.
        subnet_ids: where an interface endpoint has addresses.
        group_ids: the security groups of those.
        table_ids: the route tables that a gateway endpoint is in.
        policy: what it lets through, as JSON.
    """

    id: str
    service: str
    kind: Kind = Kind.INTERFACE
    state: str = "available"
    private_dns: bool = True
    subnet_ids: Sequence[str] = ()
    group_ids: Sequence[str] = ()
    table_ids: Sequence[str] = ()
    policy: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupRule:
    """An inbound rule of a security group that names addresses.

    One that names a group lets in nobody who is not there yet, so it is not among them.

    Attributes:
        protocol: tcp, or -1 for all.
        ports: of the destination.
        cidrs: the addresses that it lets in; several where it names a prefix list.
    """

    protocol: str
    ports: range
    cidrs: Sequence[IPv4Network]


class ZoneState(Enum):
    """Whether a private hosted zone of a service's public name answers in the VPC."""

    NONE = "this account has no such zone"
    ELSEWHERE = "this account has one, for other VPCs"
    ASSOCIATED = "it answers in the VPC"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """All that is asked before anything is decided.

    Attributes:
        vpc: the one that was meant.
        subnets: the subnets that were named or found, and those of the endpoints, by id.
        matched: the ids of those that were named or found: named ones in their order.
        tables: the route table of each subnet, by the subnet's id: its own, or else the VPC's main one.
        acls: the network ACL of each subnet, by the subnet's id, as far as they are seen.
        internet_gateways: ids of those that are attached to the VPC.
        block_mode: which way VPC Block Public Access closes internet gateways in this account and Region.
        nat_gateways: those that default routes lead to, by id.
        endpoints: those of the services that are needed, without this stack's own.
        rules: the inbound rules of the endpoints' groups, by the group's id.
        hosted_zones: by AWS's name of the service.
        offers: which zones have the endpoint services and instance types.
        s3_prefix_list_id: the addresses of S3 in this Region.
    """

    vpc: Vpc
    subnets: Mapping[str, Subnet]
    matched: Sequence[str]
    tables: Mapping[str, RouteTable]
    acls: Mapping[str, Acl] = field(default_factory=dict)
    internet_gateways: Collection[str] = ()
    block_mode: str = OFF
    nat_gateways: Mapping[str, NatGateway] = field(default_factory=dict)
    endpoints: Sequence[Endpoint] = ()
    rules: Mapping[str, Sequence[GroupRule]] = field(default_factory=dict)
    hosted_zones: Mapping[str, ZoneState] = field(default_factory=dict)
    offers: Offers = field(default_factory=Offers)
    s3_prefix_list_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What this stack has of the network already, as far as its state knows.

    Attributes:
        vpc_id: the VPC that it is in.
        subnet_ids: the subnets that its instances are in, in the zones' order.
        services: the subnets of each interface endpoint that it made, by AWS's name of the service.
        endpoint_ids: ids of all endpoints that it made.
        table_ids: the route tables that its own gateway endpoint is in.
        found: ids of the gateway endpoints that it found at its last update.
        rule_ids: ids of the rules that it added to groups.
        zone_names: names of the private hosted zones that it made, as a hub.
        types: which instance types are in which zone, as pairs of zone and type.
    """

    vpc_id: str = ""
    subnet_ids: Sequence[str] = ()
    services: Mapping[str, Collection[str]] = field(default_factory=dict)
    endpoint_ids: Collection[str] = ()
    table_ids: Collection[str] = ()
    found: Sequence[str] = ()
    rule_ids: Collection[str | None] = ()
    zone_names: Collection[str] = ()
    types: Collection[tuple[str | None, str | None]] = ()


NOTHING_KEPT = Kept()
