"""What the pack costs, against packs that do nothing, in one run: `python -m tests.bench.bench_pack`.

Two yardsticks, because the SDK decodes a resource anew for every policy: a pack of one policy that does nothing, and a
pack of as many policies of the same kinds as ours. The first ratio is what a team pays, the second what our code costs.
Nothing here is asserted: a figure says something only beside the other one of the same run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
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
from pulumi_policy import StackValidationPolicy

from ssm_guard import POLICIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OURS = Path(__file__).parents[2] / "policy"
STACK_POLICIES = [policy.name for policy in POLICIES if isinstance(policy, StackValidationPolicy)]
STARTS, ROUNDS, CALLS, SIZES = 7, 6, 200, (2_500, 5_000, 10_000)
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
    started: float  # seconds from the start of the process to its first answer
    process: psutil.Process
    peak: float = 0.0  # MiB, known once it has ended


@contextmanager
def served(folder: Path) -> Iterator[Pack]:
    """Serves the pack in a folder, as the engine does."""
    begin = time.perf_counter()
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
    assert process.stdout is not None
    with process.stdout, grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}", NO_LIMIT) as channel:
        stub = analyzer_pb2_grpc.AnalyzerStub(channel)
        stub.GetAnalyzerInfo(Empty())
        pack = Pack(stub, time.perf_counter() - begin, psutil.Process(process.pid))
        yield pack
    process.terminate()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    pack.peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


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
    """Median seconds to the first answer, for each pack; taken in turns, so that a slow moment hits all of them."""
    taken: list[list[float]] = [[] for _ in folders]
    for _ in range(STARTS):
        for folder, times in zip(folders, taken, strict=True):
            with served(folder) as pack:
                times.append(pack.started)
    return [statistics.median(times) for times in taken]


def per_resource(folders: list[Path]) -> list[float]:
    """Median microseconds of one Analyze call over the mixture, for each pack."""
    requests = [
        proto.AnalyzeRequest(type=one.type, urn=one.urn, name=one.name, properties=one.properties)
        for one in resources(len(MIX))
    ]
    taken: list[list[float]] = [[] for _ in folders]
    with served(folders[0]) as first, served(folders[1]) as second, served(folders[2]) as third:
        for _ in range(ROUNDS):
            for pack, times in zip((first, second, third), taken, strict=True):
                for number in range(CALLS):
                    begin = time.perf_counter()
                    pack.stub.Analyze(requests[number % len(requests)])
                    times.append(time.perf_counter() - begin)
    return [statistics.median(times) * 1e6 for times in taken]


def whole_stack(folder: Path, count: int, only: str | None) -> tuple[float, float]:
    """Seconds of one AnalyzeStack call and the pack's peak memory in MiB, with one stack policy on, or with all."""
    with served(folder) as pack:
        off = {
            policy.name: proto.PolicyConfig(enforcementLevel=proto.DISABLED)
            for policy in POLICIES
            if only and policy.name != only
        }
        pack.stub.Configure(proto.ConfigureAnalyzerRequest(policyConfig=off))
        request = proto.AnalyzeStackRequest(resources=resources(count))
        begin = time.perf_counter()
        pack.stub.AnalyzeStack(request)
        taken = time.perf_counter() - begin
    return taken, pack.peak


def slow(token: str, props: dict[str, Any]) -> tuple[float, float]:
    """CPU seconds of Analyze and AnalyzeStack for one resource, and the pack's peak memory in MiB."""
    one = proto.AnalyzerResource(type=token, urn=f"urn:pulumi:dev::bench::{token}::slow", name="slow")
    one.properties.update(props)
    request = proto.AnalyzeRequest(type=one.type, urn=one.urn, name=one.name, properties=one.properties)
    with served(OURS) as pack:
        begin = sum(pack.process.cpu_times()[:2])
        pack.stub.Analyze(request)
        pack.stub.AnalyzeStack(proto.AnalyzeStackRequest(resources=[one]))
        taken = sum(pack.process.cpu_times()[:2]) - begin
    return taken, pack.peak


def lines(folders: list[Path]) -> Iterator[str]:
    """The table, row by row: start-up and one resource against both idle packs, then whole stacks."""
    for what, unit, (ours, one, same) in (
        ("start-up", "s", starts(folders)),
        ("a resource", "us", per_resource(folders)),
    ):
        yield (
            f"{what}: {ours:.3g} {unit}; one idle policy {one:.3g}, ratio {ours / one:.2f}; "
            f"as many idle policies {same:.3g}, ratio {ours / same:.2f}"
        )
    for name in (*STACK_POLICIES, None):
        for size in SIZES:
            taken, peak = whole_stack(OURS, size, name)
            yield f"{name or 'all stack policies'}: {size:,} resources in {taken:.2f} s, peak {peak:.0f} MiB"
    taken, peak = whole_stack(folders[1], SIZES[-1], None)
    yield f"one idle stack policy: {SIZES[-1]:,} resources in {taken:.2f} s, peak {peak:.0f} MiB"
    for name, case in SLOW.items():
        taken, peak = slow(*case())
        yield f"{name}: {taken:.2f} s of CPU, peak {peak:.0f} MiB"


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
