"""When a source is the world: by itself, or together with others."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ssm_guard.opening import Network
    from ssm_guard.settings import Settings

# IANA has given out no public IPv6 address outside this block, so it is the world although it isn't ::/0.
PUBLIC_IPV6 = IPv6Network("2000::/3")


def is_world(network: Network, settings: Settings) -> bool:
    """Whether this block holds every public address of its family, or is as wide as the limit that is set."""
    if network.version not in settings.families:
        return False
    if isinstance(network, IPv4Network):
        return network.prefixlen <= settings.world_prefix_ipv4
    return network.prefixlen <= settings.world_prefix_ipv6 or PUBLIC_IPV6.subnet_of(network)


def worlds_in(networks: Collection[Network], settings: Settings) -> Iterator[Network]:
    """The blocks of the world that these add up to: 0.0.0.0/1 and 128.0.0.0/1 are 0.0.0.0/0."""
    v4 = (network for network in networks if isinstance(network, IPv4Network))
    v6 = (network for network in networks if isinstance(network, IPv6Network))
    merged: tuple[Network, ...] = (*collapse_addresses(v4), *collapse_addresses(v6))
    return (network for network in merged if is_world(network, settings))


def lies_in(network: Network, block: Network) -> bool:
    """Whether all of `network` is in `block`; never across families."""
    if isinstance(network, IPv4Network):
        return isinstance(block, IPv4Network) and network.subnet_of(block)
    return isinstance(block, IPv6Network) and network.subnet_of(block)
