"""What stands in place of a stack's NAT gateways, from its settings."""

from collections.abc import Sequence
from ipaddress import IPv4Network

import pulumi

from .base.errors import ConfigError
from .base.targets import PrefixListTarget, Target
from .instance.egress import ANYWHERE
from .instance.images import find_image
from .instance.platforms import Architecture, Platform
from .network.nat_instance import NatInstance, NatWay
from .settings import NatKind, Settings

# "Security groups" quotas, VPC user guide: inbound rules, and as many outbound ones.
_MOST_RULES = 60


def find_nat_instance(settings: Settings, opts: pulumi.InvokeOptions | None = None) -> NatInstance | None:
    """Ask AWS for the image of the NAT instances; None is a stack that has none.

    Raises:
        ConfigError: EC2 has no such type, its processors are others, or its group would have too many rules.
    """
    if settings.nat_kind is NatKind.GATEWAY:
        return None
    key, wanted = "natInstanceType", settings.nat_instance_type
    try:
        image = find_image(wanted, Platform.AMAZON_LINUX_2023, opts=opts)
    except ConfigError as error:
        raise ConfigError(key, wanted, error.advice) from error
    if not image.label.endswith(Architecture.ARM64.value):
        # With one kind of image, which an instance keeps, a change of the type never is one of the image.
        raise ConfigError(key, wanted, "a NAT instance is arm64, and this type is not. Use t4g.nano, or another such.")
    return NatInstance(
        image_id=image.id,
        instance_type=wanted,
        ways=_ways_out(settings),
        replace_on_new_image=settings.replace_on_new_image,
    )


def _ways_out(settings: Settings) -> Sequence[NatWay]:
    """What instances may reach outside of the network, beside port 443. IPv6 needs no NAT."""
    asked = [entry for instance in settings.machines.values() for entry in settings.egress_of(instance)]
    ways = tuple(
        dict.fromkeys(
            NatWay(port=entry.port, to=to, protocol=entry.protocol.value)
            for entry in asked
            if (to := _outside(entry.to)) is not None and not to.subnet_of(settings.cidr)
        )
    )
    inbound = settings.zone_count * (1 + len({(way.protocol, way.port) for way in ways}))
    if max(inbound, 1 + len(ways)) > _MOST_RULES:
        raise ConfigError(
            "natKind",
            settings.nat_kind.value,
            f"its group would need {inbound} inbound and {1 + len(ways)} outbound rules for what egress asks for, and "
            f"EC2 takes {_MOST_RULES} of each. Use fewer entries or zones, or gateway.",
        )
    return ways


def _outside(target: Target) -> IPv4Network | None:
    """Where a target may be, if not in the VPC: what is in a prefix list only AWS knows, and a group is of the VPC."""
    if isinstance(target, PrefixListTarget):
        return ANYWHERE
    return target if isinstance(target, IPv4Network) else None
