"""What a VPC comes with, and what other services do to its ways and names, as far as a stack tells."""

from __future__ import annotations

import pytest

from tests.policy.judging import UNKNOWN
from tests.policy.session_manager_stacks import (
    BASE,
    EC2,
    GATEWAY,
    PUBLIC,
    ROUTE,
    Stack,
    changed,
    depending,
    joined,
    made,
    without,
)
from tests.policy.test_session_manager_shapes import DEFAULT_GROUP, DEFAULT_TABLE, WORLD, check

EMPTIED = made(DEFAULT_GROUP, "emptied", {"ingress": [], "egress": []}, vpcId="vpc")
[MAIN] = depending(
    (
        made(
            DEFAULT_TABLE,
            "main",
            {"routes": [{"cidrBlock": WORLD, "gatewayId": UNKNOWN}]},
            defaultRouteTableId="vpc",
        ),
    ),
    "main",
    routes="gateway",
)
# The account's own VPC and one of its subnets, as a program adopts them.
DEFAULT = (
    made(f"{EC2}/defaultVpc:DefaultVpc", "vpc"),
    made(f"{EC2}/defaultSubnet:DefaultSubnet", "subnet", {"availabilityZone": "us-east-1a"}, vpcId="vpc"),
    *without(BASE, "vpc", "subnet", "table", "association"),
)
NAMED_DEFAULT = joined(without(PUBLIC, "egress"), "web", vpcSecurityGroupIds="vpc")


DEFAULTS = [
    pytest.param(DEFAULT, "?the main route table of vpc: the stack does not make", id="the default VPC"),
    pytest.param(without(DEFAULT, "egress"), "no rule of group lets", id="the default VPC and a closed group"),
    pytest.param((*DEFAULT, GATEWAY, MAIN), "?what else is in vpc", id="the default VPC with its table adopted"),
    pytest.param(
        (*DEFAULT, GATEWAY, *joined((ROUTE,), "route", routeTableId="vpc")),
        "?the main route table of vpc",
        id="the default VPC with a route more",
    ),
    pytest.param(
        changed(DEFAULT, "web", vpcSecurityGroupIds=None),
        "?the default security group of vpc",
        id="the default VPC's default group",
    ),
    pytest.param(NAMED_DEFAULT, None, id="the default group, by its id"),
    pytest.param(
        (*NAMED_DEFAULT, EMPTIED), "no rule of emptied lets", id="the default group, by its id and emptied by another"
    ),
    pytest.param(
        (*joined(without(PUBLIC, "table", "route"), "association", routeTableId="vpc"), MAIN),
        None,
        id="the main table, by its id and adopted by another",
    ),
    pytest.param(
        joined(without(PUBLIC, "table", "route"), "association", routeTableId="vpc"),
        "the main route table of vpc has no route",
        id="the main table, by its id",
    ),
]


@pytest.mark.parametrize(("stack", "said"), DEFAULTS)
def test_what_a_vpc_comes_with_is_read(stack: Stack, said: str | None) -> None:
    check(stack, said)
