"""The planner of addresses, over every block and number of zones that AWS has."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ConfigError
from components.network.routes import WAYS, Tier, Variant
from components.network.subnets import SubnetPlan, count_subnets, plan_subnets

ZONES = tuple(f"us-east-1{letter}" for letter in "abcdef")

blocks = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(16, 28),
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What someone could ask for."""

    cidr: IPv4Network
    zones: int
    variant: Variant
    nat_per_zone: bool

    def counts(self) -> Mapping[Tier, int]:
        return count_subnets(WAYS[self.variant], self.zones, nat_per_zone=self.nat_per_zone)

    def plan(self) -> tuple[SubnetPlan, ...]:
        return plan_subnets(self.cidr, ZONES[: self.zones], self.counts())

    def fits(self) -> bool:
        """The smallest subnet is a /28."""
        return sum(self.counts().values()) <= 1 << (28 - self.cidr.prefixlen)

    def with_one_more_zone(self) -> "Wish":
        return dataclasses.replace(self, zones=self.zones + 1)


def wishes(most_zones: int = 6) -> st.SearchStrategy[Wish]:
    return st.builds(
        Wish,
        cidr=blocks,
        zones=st.integers(1, most_zones),
        variant=st.sampled_from(Variant),
        nat_per_zone=st.booleans(),
    )


@given(wishes())
def test_a_plan_exists_exactly_where_the_subnets_fit(wish: Wish) -> None:
    if wish.fits():
        assert wish.plan()
    else:
        with pytest.raises(ConfigError):
            wish.plan()


@given(wishes().filter(Wish.fits))
def test_subnets_are_disjoint_and_inside_the_block_and_of_a_size_that_aws_takes(wish: Wish) -> None:
    cidrs = [subnet.cidr for subnet in wish.plan()]

    assert all(cidr.subnet_of(wish.cidr) and 16 <= cidr.prefixlen <= 28 for cidr in cidrs)
    assert not any(one.overlaps(other) for index, one in enumerate(cidrs) for other in cidrs[:index])


@given(wishes(most_zones=5).filter(lambda wish: wish.with_one_more_zone().fits()))
def test_one_more_zone_moves_no_subnet(wish: Wish) -> None:
    assert set(wish.plan()) < set(wish.with_one_more_zone().plan())


@given(wishes().filter(Wish.fits))
def test_every_zone_has_a_subnet_for_instances(wish: Wish) -> None:
    inside = [subnet.zone for subnet in wish.plan() if subnet.tier is WAYS[wish.variant].instances]

    assert inside == list(ZONES[: wish.zones])


@pytest.mark.parametrize("length", [28, 27])
def test_the_message_says_what_would_do(length: int) -> None:
    wish = Wish(cidr=IPv4Network(f"10.0.0.0/{length}"), zones=2, variant=Variant.NAT, nat_per_zone=True)
    with pytest.raises(ConfigError) as caught:
        wish.plan()

    assert str(caught.value) == (
        f"ssm-only:cidr is '10.0.0.0/{length}': it has room for {2 ** (28 - length)} of the 4 subnets that are needed "
        "(AWS's smallest is /28). Use a /26 or larger, or fewer zones."
    )
    assert dataclasses.replace(wish, cidr=IPv4Network("10.0.0.0/26")).plan()
