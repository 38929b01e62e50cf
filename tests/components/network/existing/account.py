"""An account with a VPC in it, which answers as the provider's functions do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.components.graph import US_EAST_1, Answer

VPC, OTHER_VPC = "vpc-0000000000000000a", "vpc-0000000000000000b"
IN_A, IN_B = "subnet-0000000000000000a", "subnet-0000000000000000b"
ACL = "acl-1"
SSM, MESSAGES, S3 = (f"com.amazonaws.us-east-1.{one}" for one in ("ssm", "ssmmessages", "s3"))
ANYTHING = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'

_NONE = "no matching EC2 {} found"
_SEVERAL = "multiple EC2 {}s matched; use additional constraints to reduce matches to a single EC2 {}"


def endpoint(id_: str, service: str, **changed: Any) -> dict[str, Any]:
    kind = {
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": [IN_A],
        "securityGroupIds": ["sg-1"],
    }
    there = {"id": id_, "serviceName": service, "state": "available", "policy": ANYTHING, "routeTableIds": []}
    return {**there, **kind, **changed}


def gateway(id_: str, *tables: str) -> dict[str, Any]:
    kind = {"vpcEndpointType": "Gateway", "privateDnsEnabled": False, "subnetIds": [], "securityGroupIds": []}
    return endpoint(id_, S3, **kind, routeTableIds=list(tables))


@dataclass(frozen=True, kw_only=True)
class Account:
    """What is in it; subnets by id, with zone and block."""

    vpcs: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {VPC: {"team": "web"}, OTHER_VPC: {}})
    subnets: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {IN_A: ("us-east-1a", "10.8.0.0/24"), IN_B: ("us-east-1b", "10.8.1.0/24")}
    )
    endpoints: Sequence[Mapping[str, Any]] = ()
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    gateways: Sequence[str] = ()
    nat_gateways: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zones: Mapping[str, Sequence[str]] = field(default_factory=dict)
    default_acl: bool = True
    s3_tables: Sequence[str] = ()
    blackholes: Sequence[str] = ()

    @property
    def answers(self) -> Mapping[str, Answer]:
        """By token, and for the ACL that is read by its id."""
        functions = {
            "ec2/getVpcs": self._get_vpcs,
            "ec2/getVpc": self._get_vpc,
            "ec2/getSubnets": lambda args: (
                {"ids": sorted(self.subnets)} if _of(args, "vpc-id") == [VPC] else {"ids": []}
            ),
            "ec2/getSubnet": self._get_subnet,
            "ec2/getVpcEndpoint": self._get_endpoint,
            "ec2/getPrefixList": lambda args: {"id": f"pl of {args['name']}"},
            "ec2/getManagedPrefixList": lambda args: {"entries": [{"cidr": args["id"].removeprefix("pl-")}]},
            "ec2/getRouteTables": self._get_tables,
            "ec2/getRouteTable": self._get_table,
            "ec2/getInternetGateway": lambda _: (
                {"internetGatewayId": self.gateways[0]} if self.gateways else _NONE.format("Internet Gateway")
            ),
            "ec2/getNatGateway": self._get_nat,
            "ec2/getNetworkAcls": lambda args: {"ids": [ACL] if self.default_acl or _of(args, "default") == [] else []},
            "ec2/getNetworkInterfaces": lambda _: {"ids": [one["id"] for one in self._interfaces]},
            "ec2/getNetworkInterface": lambda args: {"description": f"VPC Endpoint Interface {args['id']}"},
            "vpc/getSecurityGroupRules": lambda args: {
                "ids": [id_ for id_, rule in self.rules.items() if [rule["group"]] == _of(args, "group-id")] or None
            },
            "vpc/getSecurityGroupRule": lambda args: dict(self.rules[args["securityGroupRuleId"]]),
            "route53/getZone": self._get_zone,
        }
        tokens = {f"aws:{name}:{name.split('/')[1]}": answer for name, answer in functions.items()}
        return {**tokens, ACL: lambda _: self._acl}

    @property
    def _interfaces(self) -> Sequence[Mapping[str, Any]]:
        return [one for one in self.endpoints if one["vpcEndpointType"] == "Interface"]

    @property
    def _acl(self) -> dict[str, Any]:
        let = {"action": "allow", "protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlock": "0.0.0.0/0", "ruleNo": 100}
        return {"ingress": [let], "egress": [let], "subnetIds": sorted(self.subnets)}

    def _get_vpcs(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {"ids": [id_ for id_, tags in self.vpcs.items() if args["tags"].items() <= tags.items()]}

    def _get_vpc(self, args: Mapping[str, Any]) -> dict[str, Any] | str:
        if args["id"] not in self.vpcs:
            return _NONE.format("VPC")
        blocks = [{"cidrBlock": "10.8.0.0/16"}]
        facts = {"enableDnsSupport": True, "enableDnsHostnames": True, "cidrBlockAssociations": blocks}
        return {"id": args["id"], **facts}

    def _get_subnet(self, args: Mapping[str, Any]) -> dict[str, Any] | str:
        if args["id"] not in self.subnets:
            return _NONE.format("Subnet")
        zone, block = self.subnets[args["id"]]
        place = {"vpcId": VPC, "availabilityZone": zone, "ownerId": US_EAST_1.account}
        return {"id": args["id"], **place, "cidrBlock": block, "availableIpAddressCount": 200}

    def _get_endpoint(self, args: Mapping[str, Any]) -> dict[str, Any] | str:
        assert args["vpcId"] == VPC
        assert "deleted" not in _of(args, "vpc-endpoint-state")
        found = [
            one
            for one in self.endpoints
            if args["serviceName"] == one["serviceName"]
            and args.get("id") in (None, one["id"])
            and [one["vpcEndpointType"]] == _of(args, "vpc-endpoint-type")
        ]
        if len(found) != 1:
            return _SEVERAL.format("VPC Endpoint", "VPC Endpoint") if found else _NONE.format("VPC Endpoint")
        return dict(found[0])

    def _get_tables(self, args: Mapping[str, Any]) -> dict[str, Any]:
        is_s3 = bool(_of(args, "route.destination-prefix-list-id"))
        assert is_s3 or _of(args, "route.state") == ["blackhole"]
        return {"ids": list(self.s3_tables if is_s3 else self.blackholes)}

    def _get_table(self, args: Mapping[str, Any]) -> dict[str, Any] | str:
        if "subnetId" in args and args["subnetId"] not in self.tables:
            return "query returned no results. Please change your search criteria and try again"
        id_ = self.tables[args["subnetId"]] if "subnetId" in args else "rtb-main"
        assert "subnetId" in args or _of(args, "association.main") == ["true"]
        return {"id": id_, "routes": [dict(route) for route in self.routes.get(id_, ())]}

    def _get_nat(self, args: Mapping[str, Any]) -> dict[str, Any] | str:
        if args["id"] not in self.nat_gateways:
            return _NONE.format("NAT Gateway")
        return {"id": args["id"], "state": "available", "connectivityType": "public", **self.nat_gateways[args["id"]]}

    def _get_zone(self, args: Mapping[str, Any]) -> dict[str, Any] | str:
        vpcs = self.zones.get(args["name"])
        there = vpcs is not None and (args.get("privateZone") or args.get("vpcId") in vpcs)
        return {"zoneId": "Z1"} if there else "no matching Route 53 Hosted Zone found"


def _of(args: Mapping[str, Any], name: str) -> list[str]:
    return next((list(one["values"]) for one in args.get("filters", ()) if one["name"] == name), [])
