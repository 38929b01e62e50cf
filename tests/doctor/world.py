"""A small account as AWS describes it: one instance that is right, in each of the three kinds of network.

A test changes one thing. The same world gives the plain facts, and the answers of a recorded API.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from doctor import preferences
from doctor.console import last_report
from doctor.facts import (
    SESSION_ACTIONS,
    Facts,
    HostedZone,
    Network,
    PrefixList,
    Profile,
    PublicAccess,
    Refused,
    Running,
    Session,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ID = "i-0123456789abcdef0"
REGION = "eu-west-1"
VPC = "vpc-1"
LAUNCHED = datetime(2026, 11, 22, 6, 0, tzinfo=timezone.utc)
WORLD = "0.0.0.0/0"
PROFILE_ARN = "arn:aws-cn:iam::123456789012:instance-profile/team/web"
ROLE_ARN = "arn:aws-cn:iam::123456789012:role/team/web"


def https(**to: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **to}


def to_cidr(cidr: str) -> dict[str, Any]:
    return {"IpRanges": [{"CidrIp": cidr}]}


def to_group(group: str) -> dict[str, Any]:
    return {"UserIdGroupPairs": [{"GroupId": group}]}


def to_list(prefix_list: str) -> dict[str, Any]:
    return {"PrefixListIds": [{"PrefixListId": prefix_list}]}


def entry(number: int, action: str, *, egress: bool, cidr: str = WORLD, ports: tuple[int, int] | None = None) -> Any:
    """One rule of a network ACL; without ports, for every protocol."""
    rule = {"RuleNumber": number, "RuleAction": action, "Egress": egress, "CidrBlock": cidr}
    if ports is None:
        return {**rule, "Protocol": "-1"}
    return {**rule, "Protocol": "6", "PortRange": {"From": ports[0], "To": ports[1]}}


def open_acl(name: str, *subnets: str) -> dict[str, Any]:
    """What a VPC's own ACL holds."""
    entries = [entry(number, action, egress=egress) for egress in (True, False) for number, action in RULES]
    return {"NetworkAclId": name, "Associations": [{"SubnetId": one} for one in subnets], "Entries": entries}


RULES = ((100, "allow"), (32767, "deny"))


def table(name: str, subnet: str, *routes: dict[str, Any]) -> dict[str, Any]:
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
    return {"RouteTableId": name, "Associations": [{"SubnetId": subnet}], "Routes": [local, *routes]}


def default_route(**target: str) -> dict[str, Any]:
    return {"DestinationCidrBlock": WORLD, "State": "active", **target}


def endpoint(service: str) -> dict[str, Any]:
    return {
        "VpcEndpointId": f"vpce-{service}",
        "VpcEndpointType": "Interface",
        "ServiceName": f"com.amazonaws.{REGION}.{service}",
        "State": "available",
        "PrivateDnsEnabled": True,
        "SubnetIds": ["subnet-ends"],
        "Groups": [{"GroupId": "sg-ends"}],
    }


def online(instance_id: str = ID) -> dict[str, Any]:
    """Systems Manager's word of an instance that is heard."""
    seen = LAUNCHED + timedelta(minutes=4)
    return {"InstanceId": instance_id, "PingStatus": "Online", "LastPingDateTime": seen, "AgentVersion": "3.3.2299.0"}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error in place of an answer."""

    code: str
    message: str = "as the service puts it"
    status: int = 400


@dataclass
class World:
    """What there is, in AWS's own words. Changed freely by a test."""

    instance: dict[str, Any] | None = field(
        default_factory=lambda: {
            "InstanceId": ID,
            "ImageId": "ami-1",
            "LaunchTime": LAUNCHED,
            "State": {"Name": "running"},
            "VpcId": VPC,
            "SubnetId": "subnet-web",
            "PrivateIpAddress": "10.0.1.5",
            "SecurityGroups": [{"GroupId": "sg-web"}],
            "IamInstanceProfile": {"Arn": PROFILE_ARN},
            "MetadataOptions": {"HttpEndpoint": "enabled"},
        }
    )
    managed: dict[str, Any] | None = None
    connection: str = "connected"
    profile: dict[str, Any] | None = field(
        default_factory=lambda: {
            "InstanceProfileName": "web",
            "InstanceProfileId": "AIPA1234567890123456",
            "Path": "/team/",
            "Arn": PROFILE_ARN,
            "CreateDate": LAUNCHED,
            "Roles": [
                {
                    "RoleName": "web",
                    "RoleId": "AROA1234567890123456",
                    "Path": "/team/",
                    "Arn": ROLE_ARN,
                    "CreateDate": LAUNCHED,
                    "AssumeRolePolicyDocument": {"Statement": [{"Principal": {"Service": "ec2.amazonaws.com.cn"}}]},
                }
            ],
        }
    )
    refused: list[str] = field(default_factory=list)
    profile_since: datetime | None = LAUNCHED + timedelta(seconds=2)
    default_management: str | None = "$None"
    image_name: str = "al2023-ami-2023.9.20261110.0-kernel-6.12-arm64"
    console: str = "Linux version 6.12\r\n"
    dns_support: bool = True
    dns_hostnames: bool = True
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    subnets: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"SubnetId": "subnet-web", "CidrBlock": "10.0.1.0/24"},
            {"SubnetId": "subnet-ends", "CidrBlock": "10.0.2.0/24"},
        ]
    )
    egress: list[dict[str, Any]] = field(default_factory=lambda: [https(**to_cidr(WORLD))])
    endpoint_ingress: list[dict[str, Any]] = field(default_factory=lambda: [https(**to_group("sg-web"))])
    tables: list[dict[str, Any]] = field(default_factory=list)
    nats: list[dict[str, Any]] = field(default_factory=list)
    acls: list[dict[str, Any]] = field(default_factory=lambda: [open_acl("acl-1", "subnet-web", "subnet-ends")])
    name_servers: list[str] = field(default_factory=lambda: ["AmazonProvidedDNS"])
    zones: list[str] = field(default_factory=list)
    # Of all the zones; None where nobody may ask.
    records: list[Any] | None = None
    # Entries, or the name of one of AWS's own.
    prefix_lists: dict[str, list[str] | str] = field(default_factory=dict)
    public_access: str = "off"
    excluded: list[str] = field(default_factory=list)
    preferences: dict[str, Any] | None = None
    denied: list[str] = field(default_factory=list)

    @property
    def it(self) -> dict[str, Any]:
        """The instance, where a test has not taken it away."""
        assert self.instance is not None
        return self.instance

    def reports(self, **result: Any) -> None:
        """Adds the check's two lines to the console."""
        self.console += f"ssm-only: something for a person\r\n[  31.4] ssm-only: {json.dumps(result)}\r\n"

    @property
    def groups(self) -> list[dict[str, Any]]:
        return [
            {"GroupId": "sg-web", "IpPermissions": [], "IpPermissionsEgress": self.egress},
            {"GroupId": "sg-ends", "IpPermissions": self.endpoint_ingress, "IpPermissionsEgress": []},
        ]

    def facts(self) -> Facts:
        runs = self.instance is not None and self.instance["State"]["Name"] == "running"
        any_: dict[str, Any] = {"managed": self.managed, "instance": self.instance}
        return Facts(id=ID, region=REGION, running=self._running() if runs else None, **any_)

    def session_facts(self) -> Facts:
        """Those of an instance that is online, in an account that has preferences."""
        wanted = preferences.read(json.dumps({"inputs": self.preferences}))
        refused: list[Refused] | Unknown = Unknown(why="no role")
        if self.profile is not None:
            (role,) = self.profile["Roles"]
            refused = [
                Refused(role=role, actions=some, resource=resource, explicitly=bool({*some} & {*self.denied}))
                for actions, resource in wanted.needs(ROLE_ARN, REGION)
                if (some := tuple(one for one in actions if one in [*self.refused, *self.denied]))
            ]
        any_: dict[str, Any] = {"instance": self.instance}
        session = Session(preferences=wanted, network=self._network(), refused=refused, **any_)
        return Facts(id=ID, region=REGION, session=session, **any_)

    def _network(self) -> Network:
        network: dict[str, Any] = {
            "endpoints": self.endpoints,
            "subnets": {one["SubnetId"]: one for one in self.subnets},
            "groups": {one["GroupId"]: one for one in self.groups},
            "route_tables": self.tables,
            "nat_gateways": {one["NatGatewayId"]: one for one in self.nats},
            "acls": self.acls,
            "name_servers": [] if "AmazonProvidedDNS" in self.name_servers else self.name_servers,
            "zones": [
                HostedZone(
                    id=f"Z{number}",
                    name=one,
                    records=Unknown(why="needs the right to ask") if self.records is None else self.records,
                )
                for number, one in enumerate(self.zones)
            ],
            "prefix_lists": {
                key: PrefixList(name="", cidrs=one)
                if isinstance(one, list)
                else PrefixList(name=one, cidrs=Unknown(why="its name tells whose addresses they are"))
                for key, one in self.prefix_lists.items()
            },
            "public_access": PublicAccess(mode=self.public_access, excluded=self.excluded),
        }
        return Network(
            vpc_id=VPC, region=REGION, dns_support=self.dns_support, dns_hostnames=self.dns_hostnames, **network
        )

    def _running(self) -> Running:
        any_: dict[str, Any] = {"instance": self.instance}
        return Running(
            network=self._network(),
            profile=self._profile() if "IamInstanceProfile" in self.it else None,
            default_management=Unknown(why="needs ssm:GetServiceSetting")
            if self.default_management is None
            else self.default_management != "$None",
            image_name=self.image_name,
            report=last_report(self.console),
            **any_,
        )

    def _profile(self) -> Profile:
        if self.profile is None:
            return Profile(arn=PROFILE_ARN, exists=False, since=self.profile_since)
        roles: list[Any] = self.profile["Roles"]
        return Profile(
            arn=PROFILE_ARN, role=roles[0] if roles else None, refused=self.refused, since=self.profile_since
        )

    def answers(self) -> dict[str, Any]:
        """The same as a recorded API: operation -> answer, in the form that botocore's Stubber checks."""
        instances = [{"Instances": [self.instance]}] if self.instance else []
        return {
            "DescribeInstanceInformation": {"InstanceInformationList": [self.managed] if self.managed else []},
            "GetConnectionStatus": {"Target": ID, "Status": self.connection},
            "GetServiceSetting": {"ServiceSetting": {"SettingValue": self.default_management}},
            "DescribeInstances": {"Reservations": instances},
            "DescribeVpcAttribute": {
                "VpcId": VPC,
                "EnableDnsSupport": {"Value": self.dns_support},
                "EnableDnsHostnames": {"Value": self.dns_hostnames},
            },
            "DescribeVpcEndpoints": {"VpcEndpoints": self.endpoints},
            "DescribeSubnets": {"Subnets": self.subnets},
            "DescribeSecurityGroups": {"SecurityGroups": self.groups},
            "DescribeRouteTables": {"RouteTables": self.tables},
            "DescribeNatGateways": {"NatGateways": self.nats},
            "DescribeNetworkAcls": {"NetworkAcls": self.acls},
            "DescribeImages": {"Images": [{"Name": self.image_name}]},
            "GetConsoleOutput": {"Output": base64.b64encode(self.console.encode()).decode()},
            "DescribeIamInstanceProfileAssociations": {
                "IamInstanceProfileAssociations": [{"Timestamp": self.profile_since}] if self.profile_since else [{}]
            },
            "GetInstanceProfile": {"InstanceProfile": as_text(self.profile)},
            "SimulatePrincipalPolicy": self._simulated({"ActionNames": SESSION_ACTIONS})
            if self.preferences is None
            else self._simulated,
            "DescribeVpcs": {"Vpcs": [{"VpcId": VPC, "CidrBlock": "10.0.0.0/16", "DhcpOptionsId": "dopt-1"}]},
            "DescribeDhcpOptions": {
                "DhcpOptions": [
                    {
                        "DhcpOptionsId": "dopt-1",
                        "DhcpConfigurations": [
                            {"Key": "domain-name", "Values": [{"Value": "internal"}]},
                            {"Key": "domain-name-servers", "Values": [{"Value": one} for one in self.name_servers]},
                        ],
                    }
                ]
            },
            "ListHostedZonesByVPC": {
                "HostedZoneSummaries": [
                    {"HostedZoneId": f"Z{number}", "Name": one, "Owner": {"OwningAccount": "999999999999"}}
                    for number, one in enumerate(self.zones)
                ],
                "MaxItems": "100",
            },
            "DescribeVpcBlockPublicAccessOptions": {
                "VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": self.public_access}
            },
            "DescribeVpcBlockPublicAccessExclusions": {
                "VpcBlockPublicAccessExclusions": [
                    {"ResourceArn": one, "State": "create-complete"} for one in self.excluded
                ]
            },
            "ListResourceRecordSets": Refusal(code="AccessDenied", status=403)
            if self.records is None
            else {"ResourceRecordSets": self.records, "IsTruncated": False, "MaxItems": "300"},
            "DescribeManagedPrefixLists": {
                "PrefixLists": [
                    {"PrefixListId": key, "PrefixListName": one if isinstance(one, str) else "offices"}
                    for key, one in self.prefix_lists.items()
                ]
            },
            "GetManagedPrefixListEntries": self._entries,
            "GetDocument": NO_DOCUMENT
            if self.preferences is None
            else {"Content": json.dumps({"schemaVersion": "1.0", "inputs": self.preferences})},
        }

    def _entries(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"Entries": [{"Cidr": one} for one in self.prefix_lists[asked["PrefixListId"]]]}

    def _simulated(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        decisions = dict.fromkeys(self.refused, "implicitDeny") | dict.fromkeys(self.denied, "explicitDeny")
        return {
            "EvaluationResults": [
                {"EvalActionName": one, "EvalDecision": decisions.get(one, "allowed")} for one in asked["ActionNames"]
            ]
        }


NO_DOCUMENT = Refusal(code="InvalidDocument")


def as_text(profile: dict[str, Any] | None) -> dict[str, Any] | None:
    """IAM sends a role's trust policy as text, which botocore parses."""
    if profile is None:
        return None
    roles = [
        {**role, "AssumeRolePolicyDocument": json.dumps(role["AssumeRolePolicyDocument"])} for role in profile["Roles"]
    ]
    return {**profile, "Roles": roles}


def privatelink() -> World:
    """Endpoints, and no way out."""
    s3 = {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active"}
    return World(
        endpoints=[endpoint("ssm"), endpoint("ssmmessages")],
        egress=[https(**to_group("sg-ends")), https(**to_list("pl-s3"))],
        tables=[table("rtb-web", "subnet-web", s3), table("rtb-ends", "subnet-ends", s3)],
    )


def igw() -> World:
    """An internet gateway and a public address."""
    world = World(tables=[table("rtb-web", "subnet-web", default_route(GatewayId="igw-1"))])
    world.it["PublicIpAddress"] = "198.51.100.7"
    return world


def nat() -> World:
    """A NAT gateway in a public subnet."""
    return World(
        tables=[
            table("rtb-web", "subnet-web", default_route(NatGatewayId="nat-1")),
            table("rtb-public", "subnet-public", default_route(GatewayId="igw-1")),
        ],
        nats=[{"NatGatewayId": "nat-1", "State": "available", "SubnetId": "subnet-public"}],
    )
