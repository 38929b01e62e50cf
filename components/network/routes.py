"""The one table of this library: for each variant, how a packet gets from an instance to Systems Manager."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

# What an exclusion from VPC Block Public Access can allow, in EC2's words.
ALLOW_EGRESS, ALLOW_BOTH_WAYS = "allow-egress", "allow-bidirectional"


class Variant(str, Enum):
    """The three networks that a person can ask for."""

    IGW = "igw"
    NAT = "nat"
    PRIVATELINK = "privatelink"


class Tier(str, Enum):
    """A subnet is public when its default route is an internet gateway, else private (the VPC guide's words)."""

    PUBLIC = "public"
    PRIVATE = "private"


class NextHop(Enum):
    """What a default route can point at."""

    INTERNET_GATEWAY = "internet gateway"
    NAT_GATEWAY = "NAT gateway"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the agent's packets leave: the subnets that exist, and where the default route of each points.

    Attributes:
        instances: the tier of subnets that instances are in.
        default_routes: every tier that the network has, with the next hop of its default route; None is no such route.
    """

    instances: Tier
    default_routes: Mapping[Tier, NextHop | None]

    def has(self, hop: NextHop) -> bool:
        """Whether the network needs this gateway."""
        return hop in self.default_routes.values()

    @property
    def is_closed(self) -> bool:
        """Whether nothing leads out, so that Systems Manager must come in as VPC endpoints."""
        return self.default_routes[self.instances] is None

    def exclusion_mode(self, *, nat_instance: bool = False) -> str | None:
        """What an exclusion from VPC Block Public Access has to allow; None where no packet passes a gateway.

        EC2's words. An answer that comes through an internet gateway by itself is inbound to it, one that comes through
        NAT is not ("Block public access to VPCs and subnets", VPC user guide).
        """
        if self.is_closed:
            return None
        # Answers to a NAT instance come through the internet gateway by themselves, as an instance's own do.
        through_gateway = self.has(NextHop.NAT_GATEWAY) and not nat_instance
        return ALLOW_EGRESS if through_gateway else ALLOW_BOTH_WAYS


WAYS: Mapping[Variant, Way] = {
    Variant.IGW: Way(
        instances=Tier.PUBLIC,
        default_routes={Tier.PUBLIC: NextHop.INTERNET_GATEWAY},
    ),
    Variant.NAT: Way(
        instances=Tier.PRIVATE,
        default_routes={Tier.PUBLIC: NextHop.INTERNET_GATEWAY, Tier.PRIVATE: NextHop.NAT_GATEWAY},
    ),
    Variant.PRIVATELINK: Way(
        instances=Tier.PRIVATE,
        default_routes={Tier.PRIVATE: None},
    ),
}
