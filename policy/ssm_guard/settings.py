"""What a team may set about `no-world-ssh`, with the defaults."""

from __future__ import annotations

from dataclasses import dataclass

from ssm_guard.opening import Kind


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The limits that openings are judged by.

    A network counts as the world when its prefix is no longer than the limit of its family.
    """

    ports: tuple[int, ...] = (22,)
    families: frozenset[int] = frozenset({4, 6})
    world_prefix_ipv4: int = 0
    world_prefix_ipv6: int = 0
    kinds: frozenset[Kind] = frozenset(
        {
            Kind.RULE,
            Kind.BEANSTALK_DEFAULT_GROUP,
            Kind.GLOBAL_ACCELERATOR,
            Kind.LOAD_BALANCER,
            Kind.NETWORK_ACL,
        }
    )
