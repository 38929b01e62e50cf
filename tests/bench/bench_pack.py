"""What the pack costs, against packs that do nothing, in one run: `python -m tests.bench.bench_pack`.

Two yardsticks, because the SDK decodes a resource anew for every policy: a pack of one policy that does nothing, and a
pack of as many policies of the same kinds as ours. The first ratio is what a team pays, the second what our code costs.
Times are CPU seconds of the pack's process. Nothing here is asserted: a figure says something only beside the other one
of the same run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import psutil
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN
from pulumi_policy import StackValidationPolicy

from ssm_guard import POLICIES
from tests.policy.judging import stack_request
from tests.policy.session_manager_stacks import many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OURS = Path(__file__).parents[2] / "policy"
STACK_POLICIES = [policy.name for policy in POLICIES if isinstance(policy, StackValidationPolicy)]
STARTS, ROUNDS, CALLS, SIZES = 7, 6, 200, (2_500, 5_000, 10_000)
INSTANCES = (250, 500, 1_000)
NO_LIMIT = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]

IDLE = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy, StackValidationPolicy
def nothing(args, report_violation): pass
PolicyPack("idle", policies=[
    *(ResourceValidationPolicy(name=f"r{{n}}", description="d", validate=nothing) for n in range({resource})),
    *(StackValidationPolicy(name=f"s{{n}}", description="d", validate=nothing) for n in range({stack})),
])
"""

GROUP = {
    "description": "Managed by Pulumi",
    "ingress": [
        {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": ["10.0.0.0/8", "192.168.0.0/16"]}
        for port in (22, 443, 8443)
    ],
    "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}],
    "tags": {"Name": "web", "team": "payments"},
    "vpcId": "vpc-0123456789abcdef0",
}
BUCKET = {"bucket": "logs", "forceDestroy": False, "tags": {"Name": "logs", "team": "payments"}}
INSTANCE = {
    "ami": "ami-0123456789abcdef0",
    "instanceType": "t4g.small",
    "metadataOptions": {"httpTokens": "required"},
    "vpcSecurityGroupIds": ["sg-0123456789abcdef0"],
    "tags": {"Name": "app", "team": "payments"},
}
# What a stack is made of, more or less: most of it is none of the pack's business.
MIX: list[tuple[str, dict[str, Any]]] = [
    ("aws:s3/bucket:Bucket", BUCKET),
    ("aws:ec2/securityGroup:SecurityGroup", GROUP),
    ("aws:iam/role:Role", {"name": "app", "assumeRolePolicy": "{}"}),
    ("aws:ec2/instance:Instance", INSTANCE),
    ("aws:cloudwatch/logGroup:LogGroup", {"name": "app", "retentionInDays": 30}),
]

HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}

STACK = "aws:cloudformation/stack:Stack"
CONTROL = "aws:cloudcontrol/resource:Resource"


def template(source: object) -> dict[str, Any]:
    """A stack whose one rule has this source."""
    rule = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"IpProtocol": "-1", "CidrIp": source}}
    return {"templateBody": json.dumps({"Resources": {"Rule": rule}})}


def doubled(levels: int) -> object:
    """A text that is twice as long at each level."""
    text: object = "a"
    for _ in range(levels):
        text = {"Fn::Sub": ["${A}${A}", {"A": text}]}
    return text


def nested(levels: int) -> str:
    """A template in a template in a template, as texts."""
    text = "Resources: {}"
    for _ in range(levels):
        body = "".join(f"\n         {line}" for line in text.splitlines())
        text = (
            f"Resources:\n  In:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      TemplateBody: |{body}"
        )
    return text


CIDR = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
# What kept a reader busy, or its memory full. Made when asked for: the measured process begins as a copy of this one.
SLOW: dict[str, Callable[[], tuple[str, dict[str, Any]]]] = {
    "Fn::Sub, 10,000 names that nobody closed": lambda: (STACK, template({"Fn::Sub": "${" * 10_000})),
    "Fn::Sub, 60 levels that double": lambda: (STACK, template(doubled(60))),
    "Fn::Join, 100,000 times a long text": lambda: (STACK, template({"Fn::Join": ["x" * 500_000, ["a"] * 100_000]})),
    "a template of 1 MB in YAML": lambda: (STACK, {"templateBody": "A: [" + "{b: c}, " * 130_000 + "]"}),
    "a template of 1 MB in JSON": lambda: (STACK, {"templateBody": '{"A": [' + "{}, " * 260_000 + "{}]}"}),
    "a template 10,000 levels deep in YAML": lambda: (STACK, {"templateBody": "A: " + "[" * 10_000 + "]" * 10_000}),
    "a template 10,000 levels deep in JSON": lambda: (STACK, {"templateBody": '{"a":' * 10_000 + "1" + "}" * 10_000}),
    "templates within each other, 200 levels": lambda: (STACK, {"templateBody": nested(200)}),
    "a desiredState of 50 MB": lambda: (
        CONTROL,
        {"typeName": "AWS::EC2::SecurityGroup", "desiredState": "[" * 50_000_000},
    ),
    "a CIDR of 50 MB": lambda: (CIDR, {"ipProtocol": "-1", "cidrIpv4": "1" * 50_000_000}),
    "50 MB that no policy reads": lambda: ("aws:s3/bucketObjectv2:BucketObjectv2", {"content": "1" * 50_000_000}),
}


@dataclass
class Pack:
    """A pack that is being served."""

    stub: analyzer_pb2_grpc.AnalyzerStub
    process: psutil.Process
    started: float  # seconds of CPU from the start of the process to its first answer
    memory: float = 0.0  # MiB at the most, known once it has ended

    def cpu(self) -> float:
        """Seconds of CPU that it has taken: what else the machine does makes them no more."""
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def served(folder: Path) -> Iterator[Pack]:
    """Serves the pack in a folder, as the engine does."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
    assert process.stdout is not None
    with process.stdout, grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}", NO_LIMIT) as channel:
        stub = analyzer_pb2_grpc.AnalyzerStub(channel)
        stub.GetAnalyzerInfo(Empty())
        pack = Pack(stub, psutil.Process(process.pid), 0.0)
        pack.started = pack.cpu()
        yield pack
    process.terminate()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    pack.memory = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def resources(count: int) -> list[proto.AnalyzerResource]:
    """A stack of this many resources, in the mixture."""
    made = []
    for number in range(count):
        token, props = MIX[number % len(MIX)]
        urn = f"urn:pulumi:dev::bench::{token}::r{number}"
        made.append(
            proto.AnalyzerResource(type=token, urn=urn, name=f"r{number}", properties=ParseDict(props, Struct()))
        )
    return made


def starts(folders: list[Path]) -> list[float]:
    """Median seconds of CPU to the first answer, for each pack, taken in turns."""
    taken: list[list[float]] = [[] for _ in folders]
    for _ in range(STARTS):
        for folder, times in zip(folders, taken, strict=True):
            with served(folder) as pack:
                times.append(pack.started)
    return [statistics.median(times) for times in taken]


def asked(token: str, props: dict[str, Any]) -> proto.AnalyzeRequest:
    """One resource, as the engine asks about it."""
    urn = f"urn:pulumi:dev::bench::{token}::it"
    return proto.AnalyzeRequest(type=token, urn=urn, name="it", properties=ParseDict(props, Struct()))


def per_resource(folders: list[Path], mix: list[tuple[str, dict[str, Any]]]) -> list[float]:
    """Median microseconds of CPU of one Analyze call over a mixture, for each pack."""
    requests = [asked(token, props) for token, props in mix]
    taken: list[list[float]] = [[] for _ in folders]
    with served(folders[0]) as first, served(folders[1]) as second, served(folders[2]) as third:
        for _ in range(ROUNDS):
            for pack, times in zip((first, second, third), taken, strict=True):
                begin = pack.cpu()
                for number in range(CALLS):
                    pack.stub.Analyze(requests[number % len(requests)])
                times.append((pack.cpu() - begin) / CALLS)
    return [statistics.median(times) * 1e6 for times in taken]


def whole_stack(folder: Path, stack: list[proto.AnalyzerResource], only: str | None) -> tuple[float, float]:
    """Seconds of CPU of one AnalyzeStack call and its most memory in MiB, with one stack policy on, or with all."""
    with served(folder) as pack:
        off = {
            policy.name: proto.PolicyConfig(enforcementLevel=proto.DISABLED)
            for policy in POLICIES
            if only and policy.name != only
        }
        on = {only: proto.PolicyConfig(enforcementLevel=proto.MANDATORY)} if only else {}
        pack.stub.Configure(proto.ConfigureAnalyzerRequest(policyConfig=off | on))
        request = proto.AnalyzeStackRequest(resources=stack)
        begin = pack.cpu()
        pack.stub.AnalyzeStack(request)
        taken = pack.cpu() - begin
    return taken, pack.memory


def part(token: str, name: str, props: dict[str, Any], **needs: tuple[str, str]) -> proto.AnalyzerResource:
    """A resource at preview: what comes of another one is not known, and the engine says of which."""
    urn = "urn:pulumi:dev::bench::{}::{}"
    unknown = {key: [UNKNOWN] if key.endswith("Ids") else UNKNOWN for key in needs}
    return proto.AnalyzerResource(
        type=token,
        urn=urn.format(token, name),
        name=name,
        properties=ParseDict(props | unknown, Struct()),
        propertyDependencies={
            key: proto.AnalyzerPropertyDependencies(urns=[urn.format(*of)]) for key, of in needs.items()
        },
    )


def network(*, opened: bool) -> Iterator[proto.AnalyzerResource]:
    """A VPC with endpoints, and a role that may register; its endpoints let the instances in, or nobody."""
    ends, vpc, subnet = (SECURITY_GROUP, "ends"), (VPC, "vpc"), (SUBNET, "subnet")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    yield part(VPC, "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True})
    yield part(SUBNET, "subnet", {"cidrBlock": "10.0.0.0/20"}, vpcId=vpc)
    yield part(SECURITY_GROUP, "ends", {"ingress": [HTTPS] if opened else [], "egress": []}, vpcId=vpc)
    for service in ("ssm", "ssmmessages"):
        props = {"serviceName": f"com.amazonaws.eu-west-1.{service}", "vpcEndpointType": "Interface"}
        yield part(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            service,
            props | {"privateDnsEnabled": True},
            vpcId=vpc,
            subnetIds=subnet,
            securityGroupIds=ends,
        )
    yield part(ROLE, "role", {"assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [trust]})})
    core = {"policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}
    yield part("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "core", core, role=(ROLE, "role"))
    yield part(PROFILE, "profile", {}, role=(ROLE, "role"))


def managed(count: int, *, opened: bool) -> list[proto.AnalyzerResource]:
    """Instances that have to answer in Session Manager, each with a group of its own, in one stack."""
    groups = [
        part(SECURITY_GROUP, f"g{number}", {"egress": [HTTPS], "ingress": []}, vpcId=(VPC, "vpc"))
        for number in range(count)
    ]
    instances = [
        part(
            "aws:ec2/instance:Instance",
            f"i{number}",
            {"ami": "ami-0123456789abcdef0", "instanceType": "t4g.small"},
            subnetId=(SUBNET, "subnet"),
            vpcSecurityGroupIds=(SECURITY_GROUP, f"g{number}"),
            iamInstanceProfile=(PROFILE, "profile"),
        )
        for number in range(count)
    ]
    return [*network(opened=opened), *groups, *instances]


def rule(**sources: object) -> dict[str, Any]:
    """An inline rule for SSH."""
    return {"protocol": "tcp", "fromPort": 22, "toPort": 22, **sources}


def made(token: str, name: str, props: dict[str, Any], **needs: str) -> proto.AnalyzerResource:
    """A resource of a stack, with the one that each property depends on."""
    urn = "urn:pulumi:dev::bench::{}::{}"
    return proto.AnalyzerResource(
        type=token,
        urn=urn.format(token, name),
        name=name,
        properties=ParseDict(props, Struct()),
        propertyDependencies={
            key: proto.AnalyzerPropertyDependencies(urns=[urn.format(SECURITY_GROUP, other)])
            for key, other in needs.items()
        },
    )


VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
ROLE, PROFILE = "aws:iam/role:Role", "aws:iam/instanceProfile:InstanceProfile"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
FIREWALL = "gcp:compute/firewall:Firewall"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"


def heavy_resources() -> Iterator[tuple[str, proto.AnalyzeRequest]]:
    """Single resources that a judgement which compares each with each takes minutes for."""
    pieces = [f"{number // 64}.{number % 64 * 4}.0.0/14" for number in range(16_384)]
    yield "16,384 networks that add up", asked(SECURITY_GROUP, {"ingress": [rule(cidrBlocks=pieces)]})
    blocks = [f"{number // 256}.{number % 256}.0.0/16" for number in range(65_536)]
    yield "65,536 networks", asked(SECURITY_GROUP, {"ingress": [rule(cidrBlocks=blocks)]})
    worlds = [rule(cidrBlocks=["0.0.0.0/0"]) for _ in range(10_000)]
    yield "10,000 rules for the world", asked(SECURITY_GROUP, {"ingress": worlds})


def heavy_stacks() -> Iterator[tuple[str, proto.AnalyzeStackRequest]]:
    """The same of whole stacks."""
    entries = [{"cidr": f"{number // 250 + 1}.{number % 250}.0.0/16"} for number in range(1_000)]
    ranges = [{**rule(prefixListIds=["pl-1"]), "toPort": 22 + number} for number in range(1_000)]
    yield (
        "1,000 rules that name a list of 1,000",
        proto.AnalyzeStackRequest(
            resources=[
                made(PREFIX_LIST, "list", {"id": "pl-1", "entries": entries}),
                made(SECURITY_GROUP, "web", {"ingress": ranges}),
            ]
        ),
    )
    firewall = {"allows": [{"protocol": "tcp", "ports": ["22", "443"]}], "network": "n", "priority": 1000}
    yield (
        "10,000 firewalls of one network of Google's",
        proto.AnalyzeStackRequest(
            resources=[
                made(
                    FIREWALL, f"f{number}", {**firewall, "sourceRanges": [f"{number % 200 + 1}.{number // 200}.0.0/16"]}
                )
                for number in range(10_000)
            ]
        ),
    )
    yield "1,000 instances that Session Manager is to reach", stack_request(many(1_000))
    yield (
        "2,000 groups with 20 rules each",
        proto.AnalyzeStackRequest(
            resources=[
                one
                for group in range(2_000)
                for one in (
                    made(SECURITY_GROUP, f"g{group}", {"id": f"sg-{group}"}),
                    *(
                        made(
                            INGRESS_RULE,
                            f"g{group}r{number}",
                            {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "securityGroupId": f"sg-{group}"}
                            | {"cidrIpv4": f"10.{number}.0.0/16"},
                            securityGroupId=f"g{group}",
                        )
                        for number in range(20)
                    ),
                )
            ]
        ),
    )


def heavy(folders: list[Path]) -> Iterator[str]:
    """What each heavy case costs beside a pack of as many idle policies: the SDK decodes it anew for every policy."""
    for name, request in (*heavy_resources(), *heavy_stacks()):
        taken, memories, said = [], [], []
        for folder in folders:
            with served(folder) as pack:
                ask = pack.stub.Analyze if isinstance(request, proto.AnalyzeRequest) else pack.stub.AnalyzeStack
                begin = pack.cpu()
                diagnostics = ask(request).diagnostics
                taken.append(pack.cpu() - begin)
                said.append(sum(len(diagnostic.message) for diagnostic in diagnostics))
            memories.append(pack.memory)
        yield (
            f"{name}: {taken[0]:.2f} s, {memories[0]:.0f} MiB, {said[0]:,} characters said; "
            f"as many idle policies {taken[1]:.2f} s, {memories[1]:.0f} MiB"
        )


def slow(token: str, props: dict[str, Any]) -> tuple[float, float]:
    """CPU seconds of Analyze and AnalyzeStack for one resource, and the pack's peak memory in MiB."""
    one = proto.AnalyzerResource(type=token, urn=f"urn:pulumi:dev::bench::{token}::slow", name="slow")
    one.properties.update(props)
    request = proto.AnalyzeRequest(type=one.type, urn=one.urn, name=one.name, properties=one.properties)
    with served(OURS) as pack:
        begin = pack.cpu()
        pack.stub.Analyze(request)
        pack.stub.AnalyzeStack(proto.AnalyzeStackRequest(resources=[one]))
        taken = pack.cpu() - begin
    return taken, pack.memory


def lines(folders: list[Path]) -> Iterator[str]:
    """The table, row by row: start-up and one resource against both idle packs, then whole stacks."""
    for what, unit, (ours, one, same) in (
        ("start-up", "s", starts(folders)),
        ("a resource", "us", per_resource(folders, MIX)),
        ("a resource that no reader knows", "us", per_resource(folders, MIX[:1])),
    ):
        yield (
            f"{what}: {ours:.3g} {unit}; one idle policy {one:.3g}, ratio {ours / one:.2f}; "
            f"as many idle policies {same:.3g}, ratio {ours / same:.2f}"
        )
    for name in (*STACK_POLICIES, None):
        for size in SIZES:
            taken, memory = whole_stack(OURS, resources(size), name)
            yield f"{name or 'all stack policies'}: {size:,} resources in {taken:.2f} s, {memory:.0f} MiB"
    for opened, what in ((True, "that answer"), (False, "behind endpoints that let nobody in")):
        for size in INSTANCES:
            taken, memory = whole_stack(OURS, managed(size, opened=opened), "session-manager-reachable")
            yield f"session-manager-reachable: {size:,} instances {what} in {taken:.2f} s, {memory:.0f} MiB"
    for name, folder in (("one idle stack policy", folders[1]), ("as many idle stack policies", folders[2])):
        taken, memory = whole_stack(folder, resources(SIZES[-1]), None)
        yield f"{name}: {SIZES[-1]:,} resources in {taken:.2f} s, {memory:.0f} MiB"
    yield from heavy([folders[0], folders[2]])
    for name, case in SLOW.items():
        taken, memory = slow(*case())
        yield f"{name}: {taken:.2f} s, {memory:.0f} MiB"


def main() -> None:
    """Prints the table."""
    idle = {"one": (1, 1), "as-many": (len(POLICIES) - len(STACK_POLICIES), len(STACK_POLICIES))}
    with tempfile.TemporaryDirectory() as scratch:
        for name, (resource, stack) in idle.items():
            folder = Path(scratch, name)
            folder.mkdir()
            (folder / "__main__.py").write_text(IDLE.format(resource=resource, stack=stack), encoding="utf-8")
        for line in lines([OURS, *(Path(scratch, name) for name in idle)]):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
