"""Which subnets a network has, and which addresses each gets. Plain values in, plain values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from ..base.errors import ConfigError
from .routes import Tier, Way

# AWS takes blocks of these lengths for a VPC and for a subnet alike (VPC user guide, "VPC CIDR blocks").
LARGEST_BLOCK = 16
SMALLEST_BLOCK = 28

# 16 subnets: enough for a private and a public one in each zone of us-east-1, which has the most zones (6).
_BITS_FOR_SUBNETS = 4


@dataclass(frozen=True, kw_only=True)
class SubnetPlan:
    """One subnet, before it exists."""

    tier: Tier
    zone: str
    cidr: IPv4Network


def count_subnets(way: Way, zones: int, *, nat_per_zone: bool) -> Mapping[Tier, int]:
    """How many subnets each tier has: one per zone, but a tier that only holds NAT gateways has one per gateway."""
    return {tier: zones if tier is way.instances or nat_per_zone else 1 for tier in way.default_routes}


def plan_subnets(cidr: IPv4Network, zones: Sequence[str], counts: Mapping[Tier, int]) -> tuple[SubnetPlan, ...]:
    """Give every subnet its addresses; public subnets come first.

    A block's size depends on the VPC's alone. Private subnets take blocks from the front, public ones from the back:
    a zone that is added later, or another variant, moves no subnet that is there already.

    Raises:
        ConfigError: the VPC's block has too few addresses for that many subnets.
    """
    length = min(cidr.prefixlen + _BITS_FOR_SUBNETS, SMALLEST_BLOCK)
    blocks = list(cidr.subnets(new_prefix=length))
    wanted = sum(counts.values())
    if wanted > len(blocks):
        enough = SMALLEST_BLOCK - (wanted - 1).bit_length()
        raise ConfigError(
            "cidr",
            str(cidr),
            f"it has room for {len(blocks)} of the {wanted} subnets that are needed (AWS's smallest is "
            f"/{SMALLEST_BLOCK}). Use a /{enough} or larger, or fewer zones.",
        )
    in_order = {Tier.PUBLIC: blocks[::-1], Tier.PRIVATE: blocks}
    return tuple(
        SubnetPlan(tier=tier, zone=zone, cidr=block)
        for tier in in_order
        for zone, block in zip(zones[: counts.get(tier, 0)], in_order[tier], strict=False)
    )


def number_in_vpc(cidr: IPv4Network) -> int:
    """Where a subnet's block is among those of its VPC, as far as their order goes: they are 1/16 of it, or more."""
    return int(cidr.network_address) // cidr.num_addresses % (1 << _BITS_FOR_SUBNETS)
