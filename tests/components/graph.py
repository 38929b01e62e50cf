"""Runs a program on Pulumi's mocks and records what it asked the engine for."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import get_root_resource
from pulumi.runtime.stack import Stack

from components.base.region import Region

US_EAST_1 = Region(
    name="us-east-1",
    partition="aws",
    dns_suffix="amazonaws.com",
    account="123456789012",
    zones=("us-east-1a", "us-east-1b", "us-east-1c"),
    zone_ids={"us-east-1a": "use1-az6", "us-east-1b": "use1-az1", "us-east-1c": "use1-az2"},
)
CN_NORTH_1 = Region(
    name="cn-north-1",
    partition="aws-cn",
    dns_suffix="amazonaws.com.cn",
    account="123456789012",
    zones=("cn-north-1a", "cn-north-1b"),
    zone_ids={"cn-north-1a": "cnn1-az1", "cn-north-1b": "cnn1-az2"},
)
US_GOV_WEST_1 = Region(
    name="us-gov-west-1",
    partition="aws-us-gov",
    dns_suffix="amazonaws.com",
    account="123456789012",
    zones=("us-gov-west-1a", "us-gov-west-1b"),
    zone_ids={"us-gov-west-1a": "usgw1-az1", "us-gov-west-1b": "usgw1-az3"},
)

# What EC2 says; im4gn and a1 are arm64 without a g after a digit in the family's name, or without any g.
ARCHITECTURES = {
    "t4g.micro": ["arm64"],
    "t4g.nano": ["arm64"],
    "t3.micro": ["x86_64"],
    "t3.small": ["x86_64"],
    "im4gn.large": ["arm64"],
    "a1.medium": ["arm64"],
    "g4dn.xlarge": ["x86_64"],
    "t2.micro": ["i386", "x86_64"],
    "mac1.metal": ["x86_64_mac"],
}

# What EC2 says of images of a person's own: architecture, and a platform if it is Windows.
IMAGES = {
    "ami-00000000000000001": {"architecture": "arm64", "platform": ""},
    "ami-00000000000000002": {"architecture": "x86_64", "platform": ""},
    "ami-00000000000000003": {"architecture": "x86_64", "platform": "windows"},
}
# The outputs of a stack that is a hub, for who refers to it.
HUB = {
    "network": {
        "vpc_id": "hub-vpc",
        "shared": {
            "zone_ids": {f"{service}.us-east-1.amazonaws.com": f"{service}-zone" for service in ("ssm", "ssmmessages")},
            "endpoint_cidrs": ["10.0.0.0/20"],
            "route_table_ids": ["hub-table"],
        },
    }
}
# Of their root volumes: the second disk of an image does not count.
_DISKS = [
    {"deviceName": "/dev/sdb", "ebs": {"volume_size": "500"}},
    {"deviceName": "/dev/xvda", "ebs": {"volume_size": "10"}},
]

GROUP = "aws:autoscaling/group:Group"
# A group of a person's own that lets somebody in, and the addresses of S3.
OPEN_GROUP, S3_PREFIXES = "sg-0aaaaaaaaaaaaaaaa", "pl-63a5400a"

DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EGRESS_ONLY_GATEWAY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
EIP = "aws:ec2/eip:Eip"
INSTANCE = "aws:ec2/instance:Instance"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
IPV6_BLOCK = "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
AUTHORIZATION = "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"
BUCKET = "aws:s3/bucket:Bucket"
DOCUMENT = "aws:ssm/document:Document"
STASH = "pulumi:index:Stash"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PARAMETER = "aws:ssm/parameter:Parameter"
SERVICE_SETTING = "aws:ssm/serviceSetting:ServiceSetting"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
VOLUME = "aws:ebs/volume:Volume"
VOLUME_ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One resource, as the engine was asked for it."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    secret: frozenset[str]
    waits_for: frozenset[str]
    ignores: frozenset[str]
    replaced_on: frozenset[str]
    known_as: frozenset[str]
    trigger: Any
    imports: str
    retained: bool
    deleted_first: bool | None
    deleted_with: str


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Everything that a program registered, and what it exported."""

    resources: Mapping[str, Registered]
    exports: Mapping[str, Any]

    def __iter__(self) -> Iterator[Registered]:
        """All resources of AWS, in no order."""
        return (resource for resource in self.resources.values() if resource.type.startswith("aws:"))

    def names(self) -> set[tuple[str, str]]:
        """Type and name of every one."""
        return {(resource.type, resource.name) for resource in self}

    def of(self, type_: str) -> Mapping[str, Mapping[str, Any]]:
        """The inputs of all resources of a type, by name."""
        return {resource.name: resource.inputs for resource in self if resource.type == type_}

    def one(self, type_: str, name: str) -> Registered:
        """The resource of this type and name."""
        (found,) = (resource for resource in self if (resource.type, resource.name) == (type_, name))
        return found

    def made_before(self, resource: Registered) -> set[tuple[str, str]]:
        """Everything that the engine must have made before it starts with this resource, near or far."""
        seen: set[str] = set()
        todo = set(resource.waits_for)
        while todo:
            urn = todo.pop()
            seen.add(urn)
            todo |= self.resources[urn].waits_for - seen
        return {(self.resources[urn].type, self.resources[urn].name) for urn in seen}


# Of an instance.
IPV6_ADDRESSES: Sequence[str] = ["2001:db8:0:100::4"]

STATE = "pulumi:pulumi:readStackResourceOutputs"


def state_after(graph: Graph, region: Region = US_EAST_1) -> Mapping[str, Any]:
    """What the engine's state says of a program's resources: of a subnet and an instance also what only AWS knows."""
    zones = {f"{name}-id": inputs["availabilityZone"] for name, inputs in graph.of(SUBNET).items()}

    def known(one: Registered) -> Mapping[str, Any]:
        if one.type == SUBNET:
            id_ = region.zone_ids[one.inputs["availabilityZone"]]
            return {"arn": region.arn("ec2", f"subnet/{one.name}"), "availabilityZoneId": id_}
        if one.type == GROUP:
            return {"availabilityZones": [zones[subnet] for subnet in one.inputs["vpcZoneIdentifiers"]]}
        return {"availabilityZone": zones[one.inputs["subnetId"]]} if one.type == INSTANCE else {}

    return {one.urn: {"type": one.type, "outputs": {**one.inputs, **known(one)}} for one in graph}


class RefusedError(Exception):
    """AWS does not have what was asked for."""


def _get_zones(region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    assert args["filters"] == [{"name": "zone-type", "values": ["availability-zone"]}]
    names = [*reversed(region.zones)]
    return {"id": region.name, "names": names, "zoneIds": [region.zone_ids[name] for name in names]}


def _get_offerings(region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    """Every type in every zone, as where nothing is missing."""
    assert args["locationType"] == "availability-zone"
    offers = [(type_, zone) for type_ in _filtered(args, "instance-type") for zone in region.zones]
    return {"instanceTypes": [type_ for type_, _ in offers], "locations": [zone for _, zone in offers]}


# "Interfaces" that begin with the country in China: aws-cdk-lib lists them (vpc-endpoint.ts), and none is the agent's.
_OF_CHINA = {"ec2", "ecr.api", "ecr.dkr", "monitoring", "sts"}


def _get_service(region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    """Every service in every zone; `nowhere` is no service, and `old` one that takes no policy."""
    assert args["serviceType"] == "Interface"
    named = re.fullmatch(r"(?P<prefix>[a-z.]+)\.(?P<where>[a-z]+(-[a-z]+)+-\d)\.(?P<service>.+)", args["serviceName"])
    assert named
    prefix, where, service = named["prefix"], named["where"], named["service"]
    of_china = where.startswith("cn-") and service in _OF_CHINA
    if service == "nowhere" or prefix != ("cn.com.amazonaws" if of_china else "com.amazonaws"):
        raise RefusedError("reading EC2 VPC Endpoint Services: couldn't find resource")
    first = ".".join(reversed(service.split(".")))
    below = "*." if service == "ecr.dkr" else ""
    return {
        "availabilityZones": [*region.zones],
        "privateDnsNames": [f"{below}{first}.{where}.amazonaws.com{'.cn' if where.startswith('cn-') else ''}"],
        "vpcEndpointPolicySupported": service != "old",
        "supportedIpAddressTypes": ["ipv4", "ipv6"],
    }


def _get_parameter(_region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    if "debian/release/12" in args["name"]:
        raise RefusedError("ParameterNotFound")
    return {"insecureValue": f"image of {args['name']}"}


def _get_ami(_region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    (ami,) = _filtered(args, "image-id")
    assert args["includeDeprecated"]
    if ami.startswith("image of /aws/service/"):
        return {"imageId": ami, "rootDeviceName": "/dev/xvda", "blockDeviceMappings": _DISKS}
    if ami not in IMAGES:
        raise RefusedError("Your query returned no results")
    return {**IMAGES[ami], "imageId": ami, "rootDeviceName": "/dev/xvda", "blockDeviceMappings": _DISKS}


def _get_types(_region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    return {"instanceTypes": [name for name in _filtered(args, "instance-type") if name in ARCHITECTURES]}


def _iam(region: Region, kind: str, name: str) -> dict[str, Any]:
    if name.startswith("nobody"):
        raise RefusedError(f"NoSuchEntity: The {kind} with name {name} cannot be found.")
    return {"arn": f"arn:{region.partition}:iam::{region.account}:{kind}/{name}"}


def _get_group(_region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    if args["id"].startswith("sg-00000000"):
        raise RefusedError("no matching EC2 Security Group found")
    return {"id": args["id"], "vpcId": "vpc"}


def _get_prefix_list(region: Region, args: Mapping[str, Any]) -> dict[str, Any]:
    if args["id"].startswith("pl-00000000"):
        raise RefusedError("no matching EC2 Managed Prefix List found")
    return {"id": args["id"], "name": f"com.amazonaws.{region.name}.s3" if args["id"] == S3_PREFIXES else "office"}


def _no_document(name: str) -> dict[str, Any]:
    raise RefusedError(f"reading SSM Document ({name}): InvalidDocument: The specified document does not exist.")


def _filtered(args: Mapping[str, Any], name: str) -> Sequence[str]:
    (values,) = (one["values"] for one in args["filters"] if one["name"] == name)
    return list(values)


_ANSWERS: Mapping[str, Callable[[Region, Mapping[str, Any]], dict[str, Any]]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": _get_zones,
    "aws:index/getPartition:getPartition": lambda region, _: {
        "partition": region.partition,
        "dnsSuffix": region.dns_suffix,
    },
    "aws:index/getCallerIdentity:getCallerIdentity": lambda region, _: {"accountId": region.account},
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _get_offerings,
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": _get_service,
    # A stack that is new.
    STATE: lambda *_: {"outputs": {}},
    "aws:ssm/getParameter:getParameter": _get_parameter,
    "aws:ec2/getAmi:getAmi": _get_ami,
    "aws:ec2/getInstanceTypes:getInstanceTypes": _get_types,
    "aws:ec2/getInstanceType:getInstanceType": lambda _, args: {
        "supportedArchitectures": ARCHITECTURES[args["instanceType"]],
        "burstablePerformanceSupported": args["instanceType"].startswith("t"),
    },
    "aws:ec2/getSecurityGroup:getSecurityGroup": _get_group,
    # Two rules, both outbound but in the group that is open.
    "aws:vpc/getSecurityGroupRules:getSecurityGroupRules": lambda _, args: {
        "ids": [f"sgr-{_filtered(args, 'group-id')[0]}-{number}" for number in (1, 2)]
    },
    "aws:vpc/getSecurityGroupRule:getSecurityGroupRule": lambda _, args: {
        "isEgress": not args["securityGroupRuleId"].endswith(f"{OPEN_GROUP}-2"),
        "cidrIpv4": "10.0.0.0/8",
    },
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _get_prefix_list,
    "aws:ec2/getSubnet:getSubnet": lambda region, _: {"availabilityZone": region.zones[0]},
    # The account has no Session document, and the stack's last update left nothing.
    "aws:ssm/getDocument:getDocument": lambda _, args: _no_document(args["name"]),
    "pulumi:pulumi:readStackResourceOutputs": lambda _, __: {"outputs": {}},
    "aws:iam/getGroup:getGroup": lambda region, args: _iam(region, "group", args["groupName"]),
    "aws:iam/getUser:getUser": lambda region, args: _iam(region, "user", args["userName"]),
    "aws:iam/getRole:getRole": lambda region, args: _iam(region, "role", args["name"]),
}


class _Cloud(mocks.Mocks):
    """Answers as AWS would; every id tells what it is of."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        name = args.name
        if args.typ == "pulumi:pulumi:StackReference":
            return name, {"outputs": HUB, **args.inputs}
        outputs = {
            "name": f"{name}-name",
            "arn": f"{name}-arn",
            "prefixListId": f"{name}-prefix-list",
            "privateIp": "10.0.0.4",
            "zoneId": f"{name}-zone",
            "dnsEntries": [
                {"dnsName": f"{name}.example", "hostedZoneId": f"{name}-entry"},
                {"dnsName": f"{name}-a.example", "hostedZoneId": f"{name}-entry"},
            ],
            "primaryNetworkInterfaceId": f"{name}-interface",
            "ipv6Addresses": IPV6_ADDRESSES,
            **({"ipv6CidrBlock": "2001:db8:0:100::/56"} if args.typ == IPV6_BLOCK else {}),
            **args.inputs,
        }
        return f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        try:
            return _ANSWERS[args.token](self._region, args.args), []
        except RefusedError as refused:
            return {}, [("", str(refused))]


# What a function of AWS or of the engine says to these arguments; text is the error that it fails with. Under the id of
# a resource that a program reads, what that is like.
Answer = Callable[[Mapping[str, Any]], dict[str, Any] | str]


class _Account(_Cloud):
    """Answers what a test says first."""

    def __init__(self, region: Region, answers: Mapping[str, Answer]) -> None:
        super().__init__(region)
        self._answers = answers

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        id_, outputs = super().new_resource(args)
        if args.resource_id is not None and args.resource_id in self._answers:
            read = self._answers[args.resource_id](args.inputs)
            assert not isinstance(read, str)
            return args.resource_id, read
        made = {"arn": f"{args.name}-arn", "bucket": f"{args.name}-bucket", "output": args.inputs.get("input")}
        return id_, {**made, **outputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token not in self._answers:
            return super().call(args)
        answer = self._answers[args.token](args.args)
        return ({}, [("", answer)]) if isinstance(answer, str) else (answer, [])


class _Recorder(mocks.MockMonitor):
    """Pulumi tells its mocks no dependencies, but the requests that reach its mock engine have them."""

    def __init__(self, cloud: _Cloud) -> None:
        super().__init__(cloud)
        self.registered: dict[str, Registered] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name, and no stubs for its types
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            assert response.urn not in self.registered, f"two resources are called {response.urn}"
            inputs = rpc.deserialize_properties(request.object)
            self.registered[response.urn] = Registered(
                urn=response.urn,
                type=request.type,
                name=request.name,
                inputs={name: rpc.unwrap_rpc_secret(value) for name, value in inputs.items()},
                secret=frozenset(name for name, value in inputs.items() if rpc.is_rpc_secret(value)),
                waits_for=frozenset(request.dependencies),
                ignores=frozenset(request.ignoreChanges),
                replaced_on=frozenset(request.replaceOnChanges),
                known_as=frozenset(alias.spec.name for alias in request.aliases),
                trigger=json_format.MessageToDict(request.replacement_trigger)
                if request.HasField("replacement_trigger")
                else None,
                imports=request.importId,
                retained=request.retainOnDelete,
                deleted_first=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
                deleted_with=request.deletedWith,
            )
        return response


@contextmanager
def _event_loops() -> Iterator[None]:
    """Close what Pulumi leaves open: it starts an event loop in every thread that makes a call for it."""
    loops: list[asyncio.AbstractEventLoop] = []

    def start() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    start()
    try:
        with ThreadPoolExecutor(initializer=start) as threads:
            loops[0].set_default_executor(threads)
            yield
    finally:
        asyncio.set_event_loop(None)
        for loop in loops:
            loop.close()


def deploy(
    program: Callable[[], object], *, region: Region = US_EAST_1, answers: Mapping[str, Answer] | None = None
) -> Graph:
    """Run the program until every resource is registered and every export known."""
    recorder = _Recorder(_Account(region, answers or {}))
    exports: dict[str, Any] = {}

    def run() -> pulumi.Output[None]:
        stack = get_root_resource()
        assert isinstance(stack, Stack)
        # The stack of the process's last program is there still, with what that one exported.
        stack.outputs.clear()
        program()
        return pulumi.Output.from_input(dict(stack.outputs)).apply(exports.update)

    with _event_loops():
        pulumi.runtime.set_mocks(
            recorder.mocks, project="ssm-only", stack="test", organization="acme", monitor=recorder
        )
        pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]
    return Graph(resources=recorder.registered, exports=exports)
