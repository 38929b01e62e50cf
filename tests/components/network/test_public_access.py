"""What VPC Block Public Access of an account stops, and when a person is told."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.base.errors import ConfigError
from components.network import Variant
from components.network.public_access import require_public_access, stops
from components.network.routes import WAYS
from tests.components.graph import STATE, US_EAST_1, Answer, deploy

IGW, NAT, PRIVATELINK = Variant
# "Block public access to VPCs and subnets", VPC user guide.
OFF, INGRESS, BOTH = "off", "block-ingress", "block-bidirectional"
VPC = "urn:pulumi:test::ssm-only::ssm-only:components:SsmNetwork$aws:ec2/vpc:Vpc::net-vpc"
OTHERS_VPC = "urn:pulumi:test::ssm-only::aws:ec2/vpc:Vpc::net-vpc"


@pytest.mark.parametrize(
    ("mode", "variant", "nat_instance", "stopped"),
    [
        pytest.param(OFF, IGW, False, False, id="igw, and nothing is blocked"),
        pytest.param(INGRESS, IGW, False, True, id="igw: answers come in through the internet gateway"),
        pytest.param(BOTH, IGW, False, True, id="igw, and nothing passes"),
        pytest.param(OFF, NAT, False, False, id="nat, and nothing is blocked"),
        pytest.param(INGRESS, NAT, False, False, id="nat: a NAT gateway still opens connections"),
        pytest.param(INGRESS, NAT, True, True, id="a NAT instance is an instance with a public address"),
        pytest.param(BOTH, NAT, False, True, id="nat, and nothing passes"),
        pytest.param(BOTH, NAT, True, True, id="a NAT instance, and nothing passes"),
        pytest.param(INGRESS, PRIVATELINK, False, False, id="privatelink passes no gateway"),
        pytest.param(BOTH, PRIVATELINK, False, False, id="privatelink, and nothing passes"),
    ],
)
def test_what_a_mode_stops(mode: str, variant: Variant, *, nat_instance: bool, stopped: bool) -> None:
    assert stops(mode, WAYS[variant].exclusion_mode(nat_instance=nat_instance)) is stopped


def ask(mode: str, variant: Variant, left: str = "", **changed: Any) -> None:
    """A network that is about to be made, in an account with this mode; the last update left this VPC."""
    state: Mapping[str, Any] = {left: {"type": "aws:ec2/vpc:Vpc", "outputs": {}}} if left else {}
    answers: Mapping[str, Answer] = {
        US_EAST_1.name: lambda _: {"internetGatewayBlockMode": mode},
        STATE: lambda _: {"outputs": state},
    }
    deploy(lambda: require_public_access("net", US_EAST_1, variant, **changed), answers=answers)


@pytest.mark.parametrize(
    ("mode", "variant", "nat_instance", "said"),
    [
        pytest.param(
            INGRESS,
            IGW,
            False,
            "ssm-only:variant is 'igw': VPC Block Public Access of us-east-1 is block-ingress in this account, and no "
            "agent comes online through a gateway that it closes. Set ssm-only:publicAccessExclusion to true, which "
            "excludes this VPC alone (allow-bidirectional); or use nat with a NAT gateway or privatelink.",
            id="answers are stopped",
        ),
        pytest.param(BOTH, NAT, False, "this VPC alone (allow-egress); or use privatelink.", id="all is stopped"),
        pytest.param(
            INGRESS,
            NAT,
            True,
            "(allow-bidirectional); or use nat with a NAT gateway or",
            id="answers to a NAT instance",
        ),
    ],
)
@pytest.mark.parametrize("left", ["", OTHERS_VPC], ids=["a new stack", "the VPC of something else"])
def test_a_new_network_is_refused(mode: str, variant: Variant, left: str, said: str, *, nat_instance: bool) -> None:
    with pytest.raises(ConfigError) as caught:
        ask(mode, variant, left, nat_instance=nat_instance)

    assert said in str(caught.value)


def test_a_network_that_is_there_may_be_excluded_by_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    ask(INGRESS, IGW, VPC)

    (line,) = warned
    assert line.startswith("ssm-only:variant is 'igw': VPC Block Public Access of us-east-1 is block-ingress")
    assert line.endswith("Whether somebody has excluded the VPC cannot be told from here.")


@pytest.mark.parametrize(
    ("mode", "variant", "changed"),
    [
        pytest.param(OFF, IGW, {}, id="nothing is blocked"),
        pytest.param(INGRESS, NAT, {}, id="a NAT gateway passes"),
        pytest.param(BOTH, PRIVATELINK, {}, id="no gateway"),
        pytest.param(BOTH, IGW, {"excluded": True}, id="the network makes its exclusion"),
    ],
)
def test_nothing_is_said(
    mode: str, variant: Variant, changed: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    ask(mode, variant, **changed)

    assert warned == []
