"""Other teams' programs in the shapes that they have: the same is said of each instance before an update and after."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.embedded import ROOT, Cloud
from tests.engine.explaining import explained, explained_by_the_doctor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
WORLD = "0.0.0.0/0"
INSTANCE = "aws:ec2/instance:Instance"
HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
TAGGED = {"StringEquals": {"aws:ResourceTag/team": "web"}}


def resource(token: str, **properties: Any) -> dict[str, Any]:
    return {"type": token, "properties": properties}


def network(name: str, **subnet: Any) -> dict[str, Any]:
    """A VPC with a subnet, a table and a group that lets https out."""
    dns = {"enableDnsSupport": True, "enableDnsHostnames": True}
    return {
        f"{name}-vpc": resource("aws:ec2:Vpc", cidrBlock="10.0.0.0/16", **dns),
        f"{name}-subnet": resource("aws:ec2:Subnet", vpcId=f"${{{name}-vpc.id}}", cidrBlock="10.0.0.0/24", **subnet),
        f"{name}-table": resource("aws:ec2:RouteTable", vpcId=f"${{{name}-vpc.id}}"),
        f"{name}-association": resource(
            "aws:ec2:RouteTableAssociation",
            subnetId=f"${{{name}-subnet.id}}",
            routeTableId=f"${{{name}-table.id}}",
        ),
        f"{name}-group": resource(
            "aws:ec2:SecurityGroup", vpcId=f"${{{name}-vpc.id}}", egress=[{**HTTPS, "cidrBlocks": [WORLD]}]
        ),
    }


def instance(name: str, subnet: str = "subnet", profile: str = "profile") -> dict[str, Any]:
    return {
        name: resource(
            "aws:ec2:Instance",
            ami="ami-12c6146b",
            instanceType="t3.micro",
            subnetId=f"${{{name}-{subnet}.id}}",
            vpcSecurityGroupIds=[f"${{{name}-group.id}}"],
            iamInstanceProfile=f"${{{profile}.name}}",
        )
    }


def gateway(name: str, table: str = "table") -> dict[str, Any]:
    return {
        f"{name}-gateway": resource("aws:ec2:InternetGateway", vpcId=f"${{{name}-vpc.id}}"),
        f"{name}-out": resource(
            "aws:ec2:Route",
            routeTableId=f"${{{name}-{table}.id}}",
            destinationCidrBlock=WORLD,
            gatewayId=f"${{{name}-gateway.id}}",
        ),
    }


def nat(name: str) -> dict[str, Any]:
    """A NAT gateway in a subnet of its own."""
    vpc = f"${{{name}-vpc.id}}"
    return {
        f"{name}-outer": resource("aws:ec2:Subnet", vpcId=vpc, cidrBlock="10.0.1.0/24"),
        f"{name}-outer-table": resource("aws:ec2:RouteTable", vpcId=vpc),
        f"{name}-outer-association": resource(
            "aws:ec2:RouteTableAssociation",
            subnetId=f"${{{name}-outer.id}}",
            routeTableId=f"${{{name}-outer-table.id}}",
        ),
        **gateway(name, "outer-table"),
        f"{name}-address": resource("aws:ec2:Eip", domain="vpc"),
        f"{name}-nat": resource(
            "aws:ec2:NatGateway", subnetId=f"${{{name}-outer.id}}", allocationId=f"${{{name}-address.id}}"
        ),
        f"{name}-in": resource(
            "aws:ec2:Route",
            routeTableId=f"${{{name}-table.id}}",
            destinationCidrBlock=WORLD,
            natGatewayId=f"${{{name}-nat.id}}",
        ),
    }


def endpoints(name: str, ingress: list[dict[str, Any]], **properties: Any) -> dict[str, Any]:
    """PrivateLink for the agent, by a group with these rules."""
    own = {
        "vpcId": f"${{{name}-vpc.id}}",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": [f"${{{name}-subnet.id}}"],
        "securityGroupIds": [f"${{{name}-endpoints.id}}"],
        **properties,
    }
    return {
        f"{name}-endpoints": resource("aws:ec2:SecurityGroup", vpcId=f"${{{name}-vpc.id}}", ingress=ingress),
        **{
            f"{name}-{service}": resource(
                "aws:ec2:VpcEndpoint", serviceName=f"com.amazonaws.us-east-1.{service}", **own
            )
            for service in ("ssm", "ssmmessages")
        },
    }


def role(name: str, **properties: Any) -> dict[str, Any]:
    return {
        f"{name}-role": resource("aws:iam:Role", assumeRolePolicy=TRUST, **properties),
        name: resource("aws:iam:InstanceProfile", role=f"${{{name}-role.name}}"),
    }


FROM_VPC = [{**HTTPS, "cidrBlocks": ["10.0.0.0/16"]}]
RESOURCES = {
    **role("profile"),
    "attachment": resource("aws:iam:RolePolicyAttachment", role="${profile-role.name}", policyArn=CORE),
    **role("tagged"),
    "inline": resource(
        "aws:iam:RolePolicy",
        role="${tagged-role.name}",
        policy=document(
            {
                "Effect": "Allow",
                "Action": ["ssm:UpdateInstanceInformation", "ssmmessages:*"],
                "Resource": "*",
                "Condition": TAGGED,
            }
        ),
    ),
    **network("public", mapPublicIpOnLaunch=True),
    **gateway("public"),
    **instance("public"),
    **network("unaddressed"),
    **gateway("unaddressed"),
    **instance("unaddressed"),
    **network("behind-nat"),
    **nat("behind-nat"),
    **instance("behind-nat"),
    **network("private"),
    **endpoints("private", FROM_VPC),
    **instance("private"),
    **network("forgotten"),
    **endpoints("forgotten", []),
    **instance("forgotten"),
    **network("nameless"),
    **endpoints("nameless", FROM_VPC, privateDnsEnabled=False),
    **instance("nameless"),
    **network("nowhere"),
    **endpoints("nowhere", FROM_VPC, subnetIds=[]),
    **instance("nowhere"),
    **network("conditional", mapPublicIpOnLaunch=True),
    **gateway("conditional"),
    **instance("conditional", profile="tagged"),
}
MISSING = {
    "unaddressed": ["no-public-address"],
    "forgotten": ["ingress-closed"],
    "nameless": ["private-dns-off", "private-dns-off"],
    "nowhere": ["endpoint-without-subnets", "endpoint-without-subnets"],
}
UNTOLD = ["conditional"]
VERDICTS = {
    name: "unreachable" if name in MISSING else "undetermined" if name in UNTOLD else "reachable"
    for name in ("public", "unaddressed", "behind-nat", "private", "forgotten", "nameless", "nowhere", "conditional")
}


class Program:
    """All shapes in one program, and what is said of them before and after its update."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        facts = {"name": "shapes-of-others", "runtime": "yaml", "resources": RESOURCES}
        # JSON is YAML, and Pulumi takes none of the aliases that YAML's own writer makes of what is the same.
        (folder / "Pulumi.yaml").write_text(json.dumps(facts))
        (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
        config = folder / "config.json"
        # What is not known stops nothing, whatever a team asks for: the update below goes through.
        config.write_text(json.dumps({"session-manager-undetermined": "mandatory"}))
        where = ("--cwd", str(folder), "--stack", "dev")
        pack = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(config))
        preview = cloud.localaws("pulumi", "preview", "--json", *where).stdout
        self.said = {"preview": cloud.pulumi("preview", *where, *pack), "up": cloud.up(*where, *pack)}
        state = cloud.localaws("pulumi", "stack", "export", *where).stdout
        made = json.loads(state)["deployment"]["resources"]
        names = {one["id"]: one["urn"].rpartition("::")[2] for one in made if one["type"] == INSTANCE}
        self.found = {
            "preview": explained(preview),
            "state": explained(state),
            "doctor": {names[key]: one for key, one in explained_by_the_doctor(cloud, names).items()},
        }


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    yield Program(cloud, tmp_path_factory.mktemp("program"))
    cloud.localaws("stop")


@pytest.mark.parametrize("when", ["preview", "state", "doctor"])
def test_the_same_is_explained_before_the_update_and_after_it(program: Program, when: str) -> None:
    found = program.found[when]
    # IAM's own simulator tells the doctor what a condition comes to.
    told = [*UNTOLD] if when == "doctor" else []

    verdicts = {name: one["verdict"] for name, one in found.items() if name not in told}
    assert verdicts == {name: verdict for name, verdict in VERDICTS.items() if name not in told}
    missing = {name: [link["cause"] for link in found[name]["missing"]] for name in verdicts if found[name]["missing"]}
    assert missing == MISSING


@pytest.mark.parametrize("when", ["preview", "up"])
def test_the_policies_say_it_of_those_alone(program: Program, when: str) -> None:
    said = program.said[when]
    found = re.findall(r"^ +- \[(\w+)\].*?(session-manager-\S+)  \(\S+: (\S+)\)$", said, re.MULTILINE)

    assert sorted(found, key=lambda one: one[2]) == sorted(
        [
            *(("advisory", "session-manager-reachable", name) for name in MISSING),
            *(("advisory", "session-manager-undetermined", name) for name in UNTOLD),
        ],
        key=lambda one: one[2],
    )
    assert "add an ingress rule for tcp 443 to forgotten-endpoints" in said
    assert "the condition on aws:ResourceTag/team cannot be told" in said
