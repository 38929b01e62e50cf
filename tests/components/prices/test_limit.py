"""A dearer stack is refused, with its bill and what costs less; one that nobody can price too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.base.errors import ConfigError
from components.instance.settings import InstanceSettings
from components.network import ExistingVpc
from components.network.routes import Variant
from components.prices import plan_stack, require_within_limit
from components.settings import Settings
from tests.components.prices.test_lines import ENCRYPTED, IGW, NAT

IN_ZONE_2 = (InstanceSettings(name="main", zone=2),)
PER_ZONE = replace(NAT, nat_per_zone=True)


def check(settings: Settings, limit: int, region: str) -> None:
    limited = replace(settings, monthly_limit=limit)
    require_within_limit(limited, plan_stack(limited), region)


@pytest.mark.parametrize(
    ("settings", "limit", "region"),
    [
        pytest.param(Settings(), 0, "us-east-1", id="no limit"),
        pytest.param(Settings(), 0, "eu-south-2", id="no limit, where nobody knows"),
        pytest.param(Settings(), 30, "us-east-1", id="29.20 of 30"),
        pytest.param(ENCRYPTED, 60, "us-east-1", id="59.40 of 60"),
        pytest.param(NAT, 49, "ap-northeast-1", id="48.91 of 49"),
        pytest.param(replace(IGW, instances=()), 1, "us-east-1", id="nothing is billed"),
        pytest.param(IGW, 4, "eu-south-2", id="all that there is has a price"),
    ],
)
def test_a_stack_within_its_limit_is_made(settings: Settings, limit: int, region: str) -> None:
    check(settings, limit, region)


def test_of_a_network_that_is_there_only_what_is_added_counts() -> None:
    network = ExistingVpc(vpc="vpc-0123456789abcdef0", subnet_tags={"tier": "private"})
    limited = Settings(network=network, monthly_limit=10)

    require_within_limit(limited, plan_stack(limited, new_endpoints=1), "us-east-1")
    with pytest.raises(ConfigError, match=r"the stack costs \$14\.60 a month.*: 2 x interface endpoint in one zone"):
        require_within_limit(limited, plan_stack(limited, new_endpoints=2), "us-east-1")


@pytest.mark.parametrize(
    ("settings", "limit", "region", "message"),
    [
        pytest.param(
            Settings(),
            29,
            "us-east-1",
            "ssm-only:monthlyLimit is 29: the stack costs $29.20 a month in us-east-1 (prices of 2026-09-20): 4 x "
            "interface endpoint in one zone is $29.20. Raise the limit, or take what costs less: variant igw $3.65, "
            "zones 1 $14.60.",
            id="other variants and fewer zones",
        ),
        pytest.param(
            replace(Settings(), instances=IN_ZONE_2),
            29,
            "us-east-1",
            "ssm-only:monthlyLimit is 29: the stack costs $29.20 a month in us-east-1 (prices of 2026-09-20): 4 x "
            "interface endpoint in one zone is $29.20. Raise the limit, or take what costs less: variant igw $3.65.",
            id="an instance needs its zone",
        ),
        pytest.param(
            PER_ZONE,
            40,
            "eu-west-1",
            "ssm-only:monthlyLimit is 40: the stack costs $77.38 a month in eu-west-1 (prices of 2026-10-02): 2 x NAT "
            "gateway is $70.08; 2 x public IPv4 address is $7.30. Raise the limit, or take what costs less: variant "
            "igw $3.65, variant privatelink $32.12, natPerZone false $38.69.",
            id="one gateway for all zones",
        ),
        pytest.param(
            IGW,
            3,
            "us-east-1",
            "ssm-only:monthlyLimit is 3: the stack costs $3.65 a month in us-east-1 (prices of 2026-10-16): 1 x "
            "public IPv4 address is $3.65. Raise the limit.",
            id="nothing costs less",
        ),
        pytest.param(
            NAT,
            3,
            "eu-south-2",
            "ssm-only:monthlyLimit is 3: the stack costs at least $3.65 a month in eu-south-2 (prices of 2026-10-16): "
            "1 x NAT gateway at an unknown price; 1 x public IPv4 address is $3.65. Raise the limit.",
            id="what is known of it is too much already",
        ),
        pytest.param(
            Settings(),
            1_000,
            "eu-south-2",
            "ssm-only:monthlyLimit is 1000: the stack's cost is unknown for eu-south-2: no price of interface endpoint "
            "in one zone is known there, so the limit cannot be judged. Remove it, or take a variant or a Region whose "
            "prices are known: docs/variants.md has them.",
            id="nobody can judge it",
        ),
    ],
)
def test_a_stack_beyond_its_limit_is_refused(settings: Settings, limit: int, region: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(settings, limit, region)

    assert str(caught.value) == message


def test_what_is_recommended_is_no_contradiction() -> None:
    """natPerZone is nat's alone, and goes with it."""
    with pytest.raises(ConfigError, match="variant privatelink"):
        check(PER_ZONE, 1, "us-east-1")
    with pytest.raises(ConfigError, match="only nat has NAT gateways"):
        Settings.parse({"variant": Variant.PRIVATELINK.value, "natPerZone": "true"})
