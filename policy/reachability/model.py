"""A VPC and what stands in it, as data: the names are EC2's, the meaning is what EC2 does with them.

A world is filled by a loader. What the loader cannot tell is an `Unknown` in that very place, which the reasoning
carries on; where it is one of a few things, a `OneOf`. Addresses are text, as they were written; text that is no
address counts as not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


@dataclass(frozen=True)
class Unknown:
    """A value that is not known.

    Attributes:
        what: the value, as a person calls it: "the groups of web".
        source: where it would come from: "securityGroups of web, which is known after the update". Empty if nobody can
            tell.
    """

    what: str
    source: str = ""


@dataclass(frozen=True)
class OneOf:
    """One of several things; which one is not known. A verdict counts if it is the same for each.

    Attributes:
        what: the value, as a person calls it: "the subnet of web". The same text means the same choice.
        ids: keys of the world.
        source: as that of `Unknown`.
    """

    what: str
    ids: tuple[str, ...]
    source: str = ""


# The key of something in the world.
Ref: TypeAlias = str | OneOf | Unknown
# The text of an IAM policy document.
Document: TypeAlias = str | Unknown


class Protocol(Enum):
    """What a rule is about, as far as https cares."""

    TCP = "tcp"
    ALL = "all"
    OTHER = "other"


class Target(Enum):
    """What a route leads to."""

    LOCAL = "local"
    INTERNET_GATEWAY = "internet gateway"
    EGRESS_ONLY_GATEWAY = "egress-only internet gateway"
    NAT_GATEWAY = "NAT gateway"
    # A network interface that is the first one of a host: a NAT instance.
    HOST = "instance"
    GATEWAY_ENDPOINT = "gateway endpoint"
    PEERING = "VPC peering connection"
    # From here on the world has no more than the name of what stands there, in `World.elsewhere`.
    TRANSIT_GATEWAY = "transit gateway"
    FIREWALL = "firewall endpoint"
    INTERFACE = "network interface"
    VPN_GATEWAY = "virtual private gateway"
    LOCAL_GATEWAY = "local gateway"
    CARRIER_GATEWAY = "carrier gateway"
    CORE_NETWORK = "core network"


class EndpointKind(Enum):
    """How an endpoint gets its packets."""

    INTERFACE = "Interface"
    GATEWAY = "Gateway"


class Platform(Enum):
    """Which ports a system takes for its own end of a connection."""

    LINUX = "linux"
    WINDOWS = "windows"


class PublicAccess(Enum):
    """What VPC Block Public Access leaves a subnet, with its exclusions ("VPC BPA basics", VPC user guide)."""

    OPEN = "open"
    # What comes from inside and goes through a NAT gateway or an egress-only internet gateway.
    NAT_ONLY = "block-ingress"
    CLOSED = "block-bidirectional"


EVERY_PORT = (0, 65535)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What every thing in the world has.

    Attributes:
        id: its key in the world: an id of AWS's or a URN.
        name: what a message calls it: a resource's logical name, or its id.
    """

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Vpc(Thing):
    """A VPC.

    Attributes:
        cidrs: its blocks of both families; the local routes lead there.
        dns_support: `enableDnsSupport`.
        dns_hostnames: `enableDnsHostnames`.
        name_servers: of its DHCP options, where they are others than the VPC's own resolver.
        main_table: the table of subnets that have no other; None is the one that EC2 makes, with local routes alone.
        default_acl: the ACL of subnets that have no other; None is the one that EC2 makes, which lets all through.
        default_group: the group of interfaces that have no other; None is the one that EC2 makes: all out, itself in.
        gaps: what may stand in it, endpoints and zones, and does not show in the world. None if all does.
    """

    cidrs: tuple[str | Unknown, ...]
    dns_support: bool | Unknown = True
    dns_hostnames: bool | Unknown = True
    name_servers: tuple[str, ...] | Unknown = ()
    main_table: Ref | None = None
    default_acl: Ref | None = None
    default_group: Ref | None = None
    gaps: Unknown | None = None


@dataclass(frozen=True, kw_only=True)
class Subnet(Thing):
    """A subnet.

    Attributes:
        vpc: where it is.
        cidr: its IPv4 block; None if it is for IPv6 alone.
        cidr_v6: its IPv6 block; None if it has none.
        table: its route table; None is the VPC's main one.
        acl: its network ACL; None is the VPC's default one.
        maps_public_ip: whether interfaces get a public IPv4 address where they do not say.
        dns64: whether its resolver answers names that have IPv4 alone with IPv6 addresses, which lead to NAT64.
        public_access: what VPC Block Public Access leaves it.
    """

    vpc: Ref
    cidr: str | Unknown | None
    cidr_v6: str | Unknown | None = None
    table: Ref | None = None
    acl: Ref | None = None
    maps_public_ip: bool | Unknown = False
    dns64: bool | Unknown = False
    public_access: PublicAccess = PublicAccess.OPEN


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route; the VPC's local ones need not be there.

    Attributes:
        destination: a block of either family, or the key of a prefix list.
        kind: of what it leads to.
        target: the key of that. Kinds without a thing of their own have their name in `World.elsewhere`.
        blackhole: whether what it leads to is gone.
    """

    destination: Ref
    kind: Target | Unknown
    target: Ref = ""
    blackhole: bool | Unknown = False


@dataclass(frozen=True, kw_only=True)
class RouteTable(Thing):
    """A route table.

    Attributes:
        vpc: where it is.
        routes: in any order: the longest prefix decides. Those of gateway endpoints need not be there.
        gaps: what other routes there may be. None if there are none.
    """

    vpc: Ref
    routes: tuple[Route, ...] = ()
    gaps: Unknown | None = None


@dataclass(frozen=True, kw_only=True)
class AclEntry:
    """An entry of a network ACL.

    Attributes:
        number: the lowest that fits decides; of an entry that is yet to be added it has none.
        egress: whether it is about what leaves the subnet.
        allow: whether it lets through.
        cidr: the other end, of either family.
        protocol: of the packets.
        ports: those that the packets go to, first and last.
    """

    number: int
    egress: bool
    allow: bool | Unknown
    cidr: str | Unknown
    protocol: Protocol | Unknown = Protocol.ALL
    ports: tuple[int, int] | Unknown = EVERY_PORT


@dataclass(frozen=True, kw_only=True)
class NetworkAcl(Thing):
    """A network ACL; what no entry fits does not pass.

    Attributes:
        entries: in any order.
        gaps: what other entries there may be. None if there are none.
    """

    entries: tuple[AclEntry, ...]
    gaps: Unknown | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of a security group: what it lets through, to or from all of these.

    Attributes:
        name: what a message calls it; empty if it is a part of its group.
        protocol: of the packets.
        ports: those that the packets go to, first and last.
        cidrs: blocks of either family.
        groups: whose members' private addresses count. A group that names itself has its own key here.
        prefix_lists: whose entries count.
    """

    name: str = ""
    protocol: Protocol | Unknown = Protocol.ALL
    ports: tuple[int, int] | Unknown = EVERY_PORT
    cidrs: tuple[str | Unknown, ...] = ()
    groups: tuple[Ref, ...] = ()
    prefix_lists: tuple[Ref, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group(Thing):
    """A security group.

    Attributes:
        ingress: what it lets in.
        egress: what it lets out.
        gaps: what other rules there may be. None if there are none.
    """

    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    gaps: Unknown | None = None


@dataclass(frozen=True, kw_only=True)
class PrefixList(Thing):
    """A prefix list.

    Attributes:
        entries: blocks of one family.
        service: for a list of AWS's own, the service whose addresses it has: `s3`. Its entries need not be known then.
    """

    entries: tuple[str, ...] | Unknown = ()
    service: str = ""


@dataclass(frozen=True, kw_only=True)
class InternetGateway(Thing):
    """An internet gateway, or one for IPv6 that only lets out.

    Attributes:
        vpc: what it is attached to; None if to nothing.
    """

    vpc: Ref | None


@dataclass(frozen=True, kw_only=True)
class NatGateway(Thing):
    """A NAT gateway.

    Attributes:
        vpc: where it is.
        subnet: where it is; None if it is a regional one, which has a way to the internet of its own.
        public: whether it is for the internet.
        has_address: whether it has an Elastic IP address; a regional one takes its own.
        available: whether it works.
    """

    vpc: Ref
    subnet: Ref | None
    public: bool | Unknown = True
    has_address: bool | Unknown = True
    available: bool | Unknown = True


@dataclass(frozen=True, kw_only=True)
class Peering(Thing):
    """A VPC peering connection.

    Attributes:
        vpcs: both ends. One that the world does not have is an Unknown.
        active: whether it was accepted.
    """

    vpcs: tuple[Ref, Ref]
    active: bool | Unknown = True


@dataclass(frozen=True, kw_only=True)
class Endpoint(Thing):
    """A VPC endpoint.

    Attributes:
        service: `ssm` of `com.amazonaws.eu-west-1.ssm`.
        kind: interface or gateway.
        vpc: where it is.
        available: whether it works.
        subnets: where an interface endpoint has an address.
        addresses: private ones, of either family, as far as they are known.
        groups: of an interface endpoint; none is the VPC's default one.
        private_dns: whether the service's public name leads to it in its VPC.
        ipv4: whether it has IPv4 addresses.
        ipv6: whether it has IPv6 addresses.
        tables: that have a gateway endpoint's route.
        policy: None is AWS's own, which lets all through.
    """

    service: str | Unknown
    kind: EndpointKind = EndpointKind.INTERFACE
    vpc: Ref
    available: bool | Unknown = True
    subnets: tuple[Ref, ...] | Unknown = ()
    addresses: tuple[str, ...] = ()
    groups: tuple[Ref, ...] | Unknown = ()
    private_dns: bool | Unknown = False
    ipv4: bool | Unknown = True
    ipv6: bool | Unknown = False
    tables: tuple[Ref, ...] | Unknown = ()
    policy: Document | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """An alias or address record of a private hosted zone.

    Attributes:
        name: in full, without a dot at the end: `ssm.eu-west-1.amazonaws.com`; may begin with `*.`.
        endpoint: what it leads to.
    """

    name: str | Unknown
    endpoint: Ref


@dataclass(frozen=True, kw_only=True)
class Zone(Thing):
    """A private hosted zone.

    Attributes:
        domain: its name, without a dot at the end.
        vpcs: that it answers in.
        records: that lead to endpoints.
        gaps: what other VPCs or records there may be. None if there are none.
    """

    domain: str | Unknown
    vpcs: tuple[Ref, ...] = ()
    records: tuple[Record, ...] = ()
    gaps: Unknown | None = None


@dataclass(frozen=True, kw_only=True)
class Role(Thing):
    """An IAM role.

    Attributes:
        arn: of the role, where it is known.
        trust: who may assume it.
        documents: of its policies that were written out: inline ones, and managed ones of the world.
        managed: ARNs of managed policies that the world does not have.
        simulated: the actions that IAM's own simulator allows it, of each list of them that it was asked about.
        boundary: its permissions boundary: a document, or the ARN of a managed policy. None if it has none.
        gaps: what other policies it may have. None if there are none.
    """

    arn: str | Unknown
    trust: Document
    documents: tuple[Document, ...] = ()
    managed: tuple[str | Unknown, ...] = ()
    simulated: tuple[tuple[str, ...] | Unknown, ...] = ()
    boundary: Document | None = None
    gaps: Unknown | None = None


@dataclass(frozen=True, kw_only=True)
class Profile(Thing):
    """An instance profile.

    Attributes:
        role: of the profile; None if it has none.
    """

    role: Ref | None


@dataclass(frozen=True, kw_only=True)
class Host(Thing):
    """An EC2 instance with its first network interface, or those that a launch template makes in one subnet.

    Attributes:
        subnet: where it is.
        groups: of its first interface; none is the VPC's default one.
        address: its private IPv4 address, if it is known; empty if not.
        address_v6: its IPv6 address, if it is known; empty if not.
        public_ip: whether it has a public or Elastic IPv4 address; None is what the subnet says.
        ipv4: whether it has an IPv4 address at all.
        ipv6: whether it has an IPv6 address.
        source_dest_check: whether it refuses what is not for itself, as a NAT instance must not.
        platform: of its image.
        metadata: whether the metadata service is on.
        hop_limit: of the metadata service's answers.
        agent: whether an agent is there: the image has it, or the user data sees to it.
        agent_version: of the agent, if the image tells: (3, 3, 2299, 0).
        dual_stack: whether the agent is told to use the services' dual-stack names, and so IPv6.
        proxy: what its agent's calls go through, whose way is not known; None if they go straight.
        profile: its instance profile; None if it has none.
    """

    subnet: Ref
    groups: tuple[Ref, ...] | Unknown = ()
    address: str = ""
    address_v6: str = ""
    public_ip: bool | Unknown | None = None
    ipv4: bool | Unknown = True
    ipv6: bool | Unknown = False
    source_dest_check: bool | Unknown = True
    platform: Platform | Unknown = Platform.LINUX
    metadata: bool | Unknown = True
    hop_limit: int | Unknown = 1
    agent: bool | Unknown = True
    agent_version: tuple[int, ...] | None = None
    dual_stack: bool | Unknown = False
    proxy: Unknown | None = None
    profile: Ref | None = None


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What the preferences document asks of an agent, SSM-SessionManagerRunShell.

    Attributes:
        log_group: name of the CloudWatch log group that gets sessions; empty for none.
        bucket: name of the bucket that gets them; empty for none.
        prefix: what the keys of its objects begin with.
        key: KMS key of sessions, as ARN, id or alias; empty for none.
    """

    log_group: str | Unknown = ""
    bucket: str | Unknown = ""
    prefix: str = ""
    key: str | Unknown = ""


@dataclass(frozen=True, kw_only=True)
class World:
    """All that is known, each thing by its key.

    Attributes:
        region: that all of it is in.
        account: that it was read with, or is for; empty if it is not known.
        elsewhere: the names of what routes lead to and the world has no more of: transit gateways, firewalls.
        addresses: a service's blocks on the internet, of either family; without them any public address may be its.
        default_host_management: the role of Default Host Management, where the world sets it.
        preferences: of sessions in the account and Region; None if the world does not set them.
    """

    region: str | Unknown = field(default_factory=lambda: Unknown("the Region"))
    account: str = ""
    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    tables: Mapping[str, RouteTable] = field(default_factory=dict)
    acls: Mapping[str, NetworkAcl] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    prefix_lists: Mapping[str, PrefixList] = field(default_factory=dict)
    internet_gateways: Mapping[str, InternetGateway] = field(default_factory=dict)
    egress_only_gateways: Mapping[str, InternetGateway] = field(default_factory=dict)
    nat_gateways: Mapping[str, NatGateway] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    default_host_management: Ref | None = None
    preferences: Preferences | Unknown | None = None
