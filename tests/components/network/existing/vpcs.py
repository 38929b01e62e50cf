"""VPCs that somebody made, as EC2 would tell of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from components.network.existing.facts import (
    Acl,
    AclRule,
    Endpoint,
    GroupRule,
    Kind,
    Route,
    RouteTable,
    Subnet,
    Survey,
    Vpc,
)
from components.network.existing.settings import ExistingVpc
from components.network.existing.wanted import Wanted
from components.network.routes import Variant
from components.network.zones import Offers
from tests.components.graph import US_EAST_1

A, B, C = (f"us-east-1{letter}" for letter in "abc")
EVERYWHERE = IPv4Network("0.0.0.0/0")
SSM, MESSAGES, KMS, S3 = (f"com.amazonaws.us-east-1.{one}" for one in ("ssm", "ssmmessages", "kms", "s3"))
VPC = Vpc(id="vpc-1", cidrs=[IPv4Network("10.8.0.0/16")])


def subnet(id_: str, zone: str, cidr: str | None, **changed: Any) -> Subnet:
    block = None if cidr is None else IPv4Network(cidr)
    return replace(Subnet(id=id_, vpc_id="vpc-1", zone=zone, cidr=block, owner=US_EAST_1.account), **changed)


IN_A = subnet("subnet-a", A, "10.8.0.0/24")
IN_B = subnet("subnet-b", B, "10.8.1.0/24")
ELSEWHERE = subnet("subnet-e", C, "10.8.9.0/24")

OPEN = [AclRule(number=100, egress=egress, allow=True, cidr=EVERYWHERE) for egress in (False, True)]
OPEN_ACL = Acl(id="acl-1", rules=OPEN)


def rule(number: int, *, egress: bool, allow: bool, ports: range, cidr: str = "0.0.0.0/0") -> AclRule:
    return AclRule(number=number, egress=egress, allow=allow, protocol="6", ports=ports, cidr=IPv4Network(cidr))


def admits(*cidrs: str, ports: range = range(443, 444)) -> Sequence[GroupRule]:
    return [GroupRule(protocol="tcp", ports=ports, cidrs=[IPv4Network(cidr) for cidr in cidrs])]


def endpoint(service: str, **changed: Any) -> Endpoint:
    found = Endpoint(
        id=f"vpce-{service.rsplit('.', maxsplit=1)[-1]}", service=service, subnet_ids=["subnet-a"], group_ids=["sg-1"]
    )
    return replace(found, **changed)


def gateway(**changed: Any) -> Endpoint:
    found = Endpoint(id="vpce-s3", service=S3, kind=Kind.GATEWAY, private_dns=False, table_ids=["rtb-1"])
    return replace(found, **changed)


def survey(
    *subnets: Subnet, matched: Sequence[str] | None = None, table: RouteTable | None = None, **changed: Any
) -> Survey:
    """A VPC with these subnets, all of one route table and one ACL that lets everything through."""
    there = subnets or (IN_A, IN_B)
    offers = Offers(
        services=dict.fromkeys((SSM, MESSAGES, KMS), (A, B, C)),
        types={"t4g.micro": (A, B)},
    )
    found = Survey(
        vpc=VPC,
        subnets={one.id: one for one in there},
        matched=[one.id for one in there] if matched is None else matched,
        tables={one.id: table or RouteTable(id="rtb-1") for one in there},
        acls={one.id: OPEN_ACL for one in there},
        offers=offers,
        s3_prefix_list_id="pl-s3",
    )
    return replace(found, **changed)


def wanted(variant: Variant = Variant.PRIVATELINK, vpc: Mapping[str, Any] | None = None, **changed: Any) -> Wanted:
    said = {"vpc": "vpc-1", "subnets": ["subnet-a", "subnet-b"], **(vpc or {})}
    return replace(Wanted(vpc=ExistingVpc(**said), variant=variant, region=US_EAST_1), **changed)


BY_TAGS: Mapping[str, Any] = {"subnets": (), "subnet_tags": {"tier": "private"}}


def default_route(target: str, **changed: Any) -> RouteTable:
    return replace(RouteTable(id="rtb-1", routes=[Route(to=EVERYWHERE, target=target)]), **changed)
