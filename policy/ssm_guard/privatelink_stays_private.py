"""`privatelink-stays-private`: a VPC that needs no internet to reach Systems Manager gets no way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from ssm_guard.reporting import About, report_stack, stack_settings
from ssm_guard.settings import EXEMPTIONS_ONLY
from ssm_guard.stack import Stack
from ssm_guard.values import true, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_policy import PolicyResource

    from ssm_guard.node import Node

NAME = "privatelink-stays-private"
REMEDY = "Take it out; or give the VPC a route to the internet on purpose, and it is judged as private no more."

VPCS = ("aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc")
SUBNETS = ("aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet")
TABLES = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
INSTANCE = "aws:ec2/instance:Instance"
# What a VPC is given by naming it.
ATTACHED = {
    GATEWAY: "an internet gateway",
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": "an internet gateway",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "an egress-only internet gateway",
}
ADDRESSES = {"aws:ec2/eip:Eip": "instance", "aws:ec2/eipAssociation:EipAssociation": "instanceId"}


def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    """Reports every gateway, NAT and public address in a VPC that has the `ssm` endpoint and no internet route."""
    settings = stack_settings(args, EXEMPTIONS_ONLY, report_violation)
    report_stack(NAME, _found(Stack(args.resources)), settings, report_violation)


def _found(stack: Stack) -> Iterator[About]:
    # An empty name is a VPC that nothing names: it is not known to be private.
    private = set(_with_endpoint(stack)) - set(_with_internet_route(stack)) - {""}
    for vpc, resource, what in _ways_out(stack) if private else ():
        if vpc in private:
            owner = stack.at(vpc)
            name = stack.label(owner) if owner else vpc
            text = f"The VPC {name} is private, and gets {what}. {REMEDY}"
            yield About(text, resource.urn, stack.token(resource))


def _vpc(stack: Stack, resource: PolicyResource) -> str:
    return stack.key(resource, stack.properties(resource)["vpcId"], VPCS) or ""


def _vpcs_of_subnet(stack: Stack, resource: PolicyResource, where: Node) -> set[str]:
    return {_vpc(stack, subnet) for subnet in stack.targets(resource, where, SUBNETS)}


def _with_endpoint(stack: Stack) -> Iterator[str]:
    for endpoint in stack.of(["aws:ec2/vpcEndpoint:VpcEndpoint"]):
        if word(stack.properties(endpoint)["serviceName"]).endswith(".ssm"):
            yield _vpc(stack, endpoint)


def _with_internet_route(stack: Stack) -> Iterator[str]:
    for table in stack.of(TABLES):
        routes = stack.properties(table)["routes"]
        gateways = [route["gatewayId"] for route in routes.each()]
        if any(_is_internet(stack, table, gateway) for gateway in gateways):
            yield _vpc(stack, table)
    for route in stack.of(["aws:ec2/route:Route"]):
        properties = stack.properties(route)
        if _is_internet(stack, route, properties["gatewayId"]):
            yield from (_vpc(stack, table) for table in stack.targets(route, properties["routeTableId"], TABLES))


def _is_internet(stack: Stack, resource: PolicyResource, gateway: Node) -> bool:
    return word(gateway).startswith("igw-") or bool(stack.targets(resource, gateway, [GATEWAY]))


def _ways_out(stack: Stack) -> Iterator[tuple[str, PolicyResource, str]]:
    for gateway in stack.of(ATTACHED):
        yield _vpc(stack, gateway), gateway, ATTACHED[stack.token(gateway)]
    for nat in stack.of(["aws:ec2/natGateway:NatGateway"]):
        # A private NAT gateway leads to other private networks only.
        if word(stack.properties(nat)["connectivityType"]) != "private":
            for vpc in _vpcs_of_subnet(stack, nat, stack.properties(nat)["subnetId"]):
                yield vpc, nat, "a NAT gateway"
    for subnet in stack.of(SUBNETS):
        if true(stack.properties(subnet)["mapPublicIpOnLaunch"]) is True:
            yield _vpc(stack, subnet), subnet, "public addresses for whatever starts in this subnet"
    yield from _public_instances(stack)


def _public_instances(stack: Stack) -> Iterator[tuple[str, PolicyResource, str]]:
    homes = {
        instance.urn: _vpcs_of_subnet(stack, instance, stack.properties(instance)["subnetId"])
        for instance in stack.of([INSTANCE])
    }
    for instance in stack.of([INSTANCE]):
        if true(stack.properties(instance)["associatePublicIpAddress"]) is True:
            yield from ((vpc, instance, "an instance with a public address") for vpc in homes[instance.urn])
    for address in stack.of(ADDRESSES):
        named = stack.properties(address)[ADDRESSES[stack.token(address)]]
        for instance in stack.targets(address, named, [INSTANCE]):
            yield from ((vpc, address, "an Elastic IP for an instance") for vpc in homes[instance.urn])


PRIVATELINK_STAYS_PRIVATE = StackValidationPolicy(
    name=NAME,
    display_name="A private VPC stays private",
    description="A VPC with an endpoint for Systems Manager and no internet route gets no way to the internet.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.HIGH,
    config_schema=EXEMPTIONS_ONLY,
    tags=["aws", "vpc", "network", "privatelink"],
    remediation_steps=REMEDY,
    url="https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html",
    validate=validate,
)
