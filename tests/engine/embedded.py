"""Runs localaws as a person does, and asks the AWS API, not Pulumi, what is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psutil

from localaws import golang, places, processes, provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_ssm import SSMClient

ROOT = Path(__file__).resolve().parent.parent.parent
# The machine's own, as a person has it: localaws goes into its virtual environment by itself.
PYTHON = str(Path(sys.base_prefix) / "bin" / "python3")
PROGRAMS = ROOT / "tests" / "engine" / "programs"
# Another team's program, small and quick.
YAML = ("-C", str(PROGRAMS / "yaml"), "-s", "dev")
REGION = "us-east-1"
# What is waited for comes within seconds on an idle machine. Six workers on two cores make none.
PATIENCE_SECONDS = 600


class Cloud:
    """One AWS on this machine, with its own backend and Pulumi home."""

    def __init__(self, folder: Path) -> None:
        self.place = folder
        self.folder = folder / "localaws"
        self._clients: dict[tuple[str, str], Any] = {}
        self._outputs: dict[tuple[str, bytes], str] = {}
        self._session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")

    def localaws(
        self, *words: str, code: int | None = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs `python3 -m localaws`; a code of None takes any exit code."""
        done = subprocess.run(
            [PYTHON, "-m", "localaws", *words],
            cwd=ROOT,
            env={**os.environ, "LOCALAWS_CLOUD": str(self.place), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    def start(self) -> None:
        """Makes sure that it runs: with the quickest of the commands that start it."""
        self.localaws("sh", "-c", ":")

    def pulumi(self, *words: str, code: int | None = 0) -> str:
        """Runs `pulumi` without a prompt; gives all that it said."""
        done = self.localaws("pulumi", "--non-interactive", *words, code=code)
        return done.stdout + done.stderr

    def up(self, *words: str, code: int | None = 0) -> str:
        return self.pulumi("up", "--yes", "--skip-preview", *words, code=code)

    def destroy(self, *words: str) -> str:
        return self.pulumi("destroy", "--yes", "--skip-preview", *words)

    def changes(self, *words: str) -> dict[str, int]:
        """What a preview would do: operation -> number of resources, those that stay as they are left out."""
        summary = json.loads(self.localaws("pulumi", "preview", "--json", *words).stdout)["changeSummary"]
        return {operation: count for operation, count in summary.items() if operation != "same"}

    def outputs(self, stack: str) -> dict[str, Any]:
        """What Pulumi says of a stack of this project; it is asked again once the stack's state has changed."""
        state = (self.folder / "state" / ".pulumi" / "stacks" / "ssm-only" / f"{stack}.json").read_bytes()
        if (stack, state) not in self._outputs:
            self._outputs[stack, state] = self.localaws("pulumi", "stack", "output", "--json", "-s", stack).stdout
        outputs: dict[str, Any] = json.loads(self._outputs[stack, state])
        return outputs

    def status(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.localaws("status", "--json").stdout)
        return facts

    @cached_property
    def endpoint(self) -> str:
        return str(self.status()["endpoint"])

    def adapter_environment(self) -> dict[str, str]:
        """What the plugin needs, where `pulumi` is started without localaws."""
        return {
            "LOCALAWS_BRIDGE": str(places.ENGINE / golang.BRIDGE.binary),
            "LOCALAWS_PROVIDER": json.dumps(provider.arguments()),
            "PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH": "true",
        }

    def client(self, service: Any, region: str = REGION) -> Any:
        """One of each, kept: to make one costs boto3 more than most questions do."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self._session.client(
                service, region_name=region, endpoint_url=self.endpoint
            )
        return self._clients[service, region]

    @property
    def autoscaling(self) -> AutoScalingClient:
        client: AutoScalingClient = self.client("autoscaling")
        return client

    @property
    def ec2(self) -> EC2Client:
        return self.ec2_in(REGION)

    def ec2_in(self, region: str) -> EC2Client:
        client: EC2Client = self.client("ec2", region)
        return client

    @property
    def iam(self) -> IAMClient:
        client: IAMClient = self.client("iam")
        return client

    @property
    def route53(self) -> Route53Client:
        client: Route53Client = self.client("route53")
        return client

    @property
    def ssm(self) -> SSMClient:
        client: SSMClient = self.client("ssm")
        return client

    def account(self, region: str = REGION) -> dict[str, list[str]]:
        """The ids of everything in the account that a program of ours could leave behind in a Region."""
        ec2, iam = self.ec2_in(region), self.iam
        scaled = self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        live: Any = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
        usable: Any = [{"Name": "state", "Values": ["pending", "available"]}]
        present: Any = [{"Name": "vpc-endpoint-state", "Values": ["pending", "available"]}]
        found: dict[str, list[str]] = {
            "addresses": [one["AllocationId"] for one in ec2.describe_addresses()["Addresses"]],
            # moto keeps the default one of a VPC that is gone.
            "acls": [one["NetworkAclId"] for one in ec2.describe_network_acls()["NetworkAcls"] if not one["IsDefault"]],
            "endpoints": [one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints(Filters=present)["VpcEndpoints"]],
            "exclusions": [
                one["ExclusionId"]
                for one in ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
            ],
            "flow logs": [one["FlowLogId"] for one in ec2.describe_flow_logs()["FlowLogs"]],
            "gateways": [one["InternetGatewayId"] for one in ec2.describe_internet_gateways()["InternetGateways"]],
            "hosted zones": [one["Id"] for one in self.route53.list_hosted_zones()["HostedZones"]],
            "groups": [one["GroupId"] for one in ec2.describe_security_groups()["SecurityGroups"]],
            "instance connect endpoints": [
                one["InstanceConnectEndpointId"]
                for one in ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
            ],
            "instances": [
                instance["InstanceId"]
                for reservation in ec2.describe_instances(Filters=live)["Reservations"]
                for instance in reservation["Instances"]
            ],
            "key pairs": [one["KeyName"] for one in ec2.describe_key_pairs()["KeyPairs"]],
            "launch templates": [one["LaunchTemplateId"] for one in ec2.describe_launch_templates()["LaunchTemplates"]],
            "nat gateways": [one["NatGatewayId"] for one in ec2.describe_nat_gateways(Filters=usable)["NatGateways"]],
            "peerings": [
                one["VpcPeeringConnectionId"]
                for one in ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
                if one["Status"]["Code"] != "deleted"
            ],
            "profiles": [one["InstanceProfileName"] for one in iam.list_instance_profiles()["InstanceProfiles"]],
            "roles": [one["RoleName"] for one in iam.list_roles()["Roles"]],
            "route tables": [one["RouteTableId"] for one in ec2.describe_route_tables()["RouteTables"]],
            "scaling groups": [one["AutoScalingGroupName"] for one in scaled],
            "subnets": [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]],
            "volumes": [one["VolumeId"] for one in ec2.describe_volumes()["Volumes"]],
            "vpcs": [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]],
        }
        return {kind: sorted(ids) for kind, ids in found.items()}


def marked(cloud: Cloud) -> list[psutil.Process]:
    """The cloud's processes, found without localaws."""
    return [process for process in psutil.process_iter() if mark(process) == str(cloud.folder)]


def mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(processes.MARK)
    except psutil.Error:
        return None


def start(cloud: Cloud, *words: str) -> subprocess.Popen[str]:
    """localaws in the background, as the leader of a process group, as a shell starts it."""
    return subprocess.Popen(
        [PYTHON, "-m", "localaws", *words],
        cwd=ROOT,
        env={**os.environ, "LOCALAWS_CLOUD": str(cloud.place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def start_up(cloud: Cloud) -> subprocess.Popen[str]:
    """An `up` of our own stack in the background."""
    return start(cloud, "pulumi", "--non-interactive", "up", "-y", "-f", "-s", "dev")


def wait_for(cloud: Cloud, name: str) -> None:
    """Until a process of the cloud with this in its command line runs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any(name in " ".join(command(process)) for process in marked(cloud)):
        assert time.monotonic() < deadline, f"{name} never ran"
        time.sleep(0.1)


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
