"""A private VPC, and each of the ways out that it must not get; beside each the neighbour that may have it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssm_guard.privatelink_stays_private import PRIVATELINK_STAYS_PRIVATE
from tests.policy.judging import UNKNOWN, Made, ask_stack_function
from tests.policy.shapes import WHEN, outputs

EC2 = "aws:ec2"
IN_VPC: dict[str, object] = {"vpcId": UNKNOWN}
VPC = Made(f"{EC2}/vpc:Vpc", "vpc")
OTHER = Made(f"{EC2}/vpc:Vpc", "other")
ENDPOINT = Made(
    f"{EC2}/vpcEndpoint:VpcEndpoint",
    "ssm",
    {**IN_VPC, "serviceName": "com.amazonaws.eu-west-1.ssm"},
    {"vpcId": ("vpc",)},
)
SUBNET = Made(f"{EC2}/subnet:Subnet", "subnet", IN_VPC, {"vpcId": ("vpc",)})
ELSEWHERE = replace(SUBNET, needs={"vpcId": ("other",)})
GATEWAY = Made(f"{EC2}/internetGateway:InternetGateway", "igw", IN_VPC, {"vpcId": ("vpc",)})
TABLE = Made(f"{EC2}/routeTable:RouteTable", "table", IN_VPC, {"vpcId": ("vpc",)})
ROUTE = Made(
    f"{EC2}/route:Route",
    "route",
    {"gatewayId": UNKNOWN, "routeTableId": UNKNOWN},
    {"gatewayId": ("igw",), "routeTableId": ("table",)},
)
NAT = Made(f"{EC2}/natGateway:NatGateway", "nat", {"subnetId": UNKNOWN}, {"subnetId": ("subnet",)})
INSTANCE = Made(f"{EC2}/instance:Instance", "app", {"subnetId": UNKNOWN}, {"subnetId": ("subnet",)})
ADDRESS = Made(f"{EC2}/eip:Eip", "ip", {"instance": UNKNOWN}, {"instance": ("app",)})
PRIVATE = (VPC, OTHER, ENDPOINT)


@pytest.mark.parametrize(
    ("stack", "reported"),
    [
        pytest.param((*PRIVATE, SUBNET, INSTANCE, TABLE), [], id="nothing but private parts"),
        pytest.param((*PRIVATE, GATEWAY), ["igw"], id="an internet gateway"),
        pytest.param((*PRIVATE, replace(GATEWAY, needs={"vpcId": ("other",)})), [], id="another VPC's gateway"),
        pytest.param((VPC, OTHER, GATEWAY), [], id="a VPC without the endpoint"),
        pytest.param((*PRIVATE, GATEWAY, TABLE, ROUTE), [], id="a VPC with an internet route, as igw and nat have"),
        pytest.param(
            (*PRIVATE, GATEWAY, replace(TABLE, props={**IN_VPC, "routes": [{"gatewayId": "igw-1"}]})),
            [],
            id="an internet route inside the table",
        ),
        pytest.param(
            (*PRIVATE, GATEWAY, TABLE, replace(ROUTE, props={"gatewayId": "vgw-1"}, needs={})),
            ["igw"],
            id="a route to a VPN is no internet route",
        ),
        pytest.param((*PRIVATE, SUBNET, NAT), ["nat"], id="a NAT gateway"),
        pytest.param((*PRIVATE, ELSEWHERE, NAT), [], id="another VPC's NAT gateway"),
        pytest.param(
            (*PRIVATE, SUBNET, replace(NAT, props={**NAT.props, "connectivityType": "private"})),
            [],
            id="a NAT gateway that is private itself",
        ),
        pytest.param(
            (*PRIVATE, replace(SUBNET, props={**IN_VPC, "mapPublicIpOnLaunch": True})),
            ["subnet"],
            id="a subnet that gives public addresses",
        ),
        pytest.param(
            (*PRIVATE, SUBNET, replace(INSTANCE, props={**INSTANCE.props, "associatePublicIpAddress": True})),
            ["app"],
            id="an instance with a public address",
        ),
        pytest.param(
            (*PRIVATE, SUBNET, replace(INSTANCE, props={**INSTANCE.props, "associatePublicIpAddress": UNKNOWN})),
            [],
            id="an address that AWS has yet to decide on",
        ),
        pytest.param((*PRIVATE, SUBNET, INSTANCE, ADDRESS), ["ip"], id="an Elastic IP"),
        pytest.param((*PRIVATE, ELSEWHERE, INSTANCE, ADDRESS), [], id="an Elastic IP in another VPC"),
        pytest.param((replace(ENDPOINT, needs={}), replace(GATEWAY, needs={})), [], id="VPCs that nothing names"),
    ],
)
@pytest.mark.parametrize("when", ["as it is written", *WHEN])
def test_verdict(stack: tuple[Made, ...], reported: list[str], when: str) -> None:
    said = ask_stack_function(PRIVATELINK_STAYS_PRIVATE, outputs(stack, when))

    assert reported == [name for name, _ in said]
    assert all(text.startswith("The VPC vpc is private, and gets ") for _, text in said)
