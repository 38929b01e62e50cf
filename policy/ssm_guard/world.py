"""When addresses are the world: a block by itself, or stretches that narrower blocks add up to."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from ssm_guard.intervals import Stretch, aligned_blocks, common, merged, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssm_guard.opening import Network
    from ssm_guard.settings import Settings

BITS = {4: 32, 6: 128}

# IANA's registries of special-purpose IPv4 addresses: what is not globally reachable, multicast and the blocks that are
# kept for the future. A list of CIDRs that leaves these out, as the usual "all public addresses" does, is the world.
_NOT_PUBLIC_IPV4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/3",),
)


def stretch_of(network: Network) -> Stretch:
    """The first and the last address of a block."""
    low = int(network.network_address)
    return low, low + (1 << (BITS[network.version] - network.prefixlen)) - 1


def addresses(network: Network) -> int:
    """How many addresses a block has; `ipaddress` makes two more objects to tell."""
    return 1 << (BITS[network.version] - network.prefixlen)


def _between(stretches: Iterable[Stretch], last: int) -> Iterator[Stretch]:
    position = 0
    for low, high in stretches:
        if position < low:
            yield position, low - 1
        position = high + 1
    if position <= last:
        yield position, last


# IANA has given out no public IPv6 address outside 2000::/3, so that is the world although it isn't ::/0.
PUBLIC: Mapping[int, Sequence[Stretch]] = {
    4: tuple(_between(merged(sorted(stretch_of(IPv4Network(text)) for text in _NOT_PUBLIC_IPV4)), 2**32 - 1)),
    6: (stretch_of(IPv6Network("2000::/3")),),
}
_PUBLIC_SIZE = {version: size(stretches) for version, stretches in PUBLIC.items()}


@dataclass(frozen=True)
class World:
    """Addresses that count as the world: a block of a family, or all that is public of it where there is no block."""

    version: int
    block: Network | None = None

    def stretch(self) -> Stretch:
        """From the first address to the last."""
        return (
            (PUBLIC[self.version][0][0], PUBLIC[self.version][-1][1]) if self.block is None else stretch_of(self.block)
        )


def limit(version: int, settings: Settings) -> int:
    """The longest prefix that counts as the world in this family."""
    return settings.world_prefix_ipv4 if version == 4 else settings.world_prefix_ipv6  # noqa: PLR2004 - the family's name


def smallest(version: int, settings: Settings) -> int:
    """How many addresses it takes at the least to be the world."""
    return min(1 << (BITS[version] - limit(version, settings)), _PUBLIC_SIZE[version])


def is_world(network: Network, settings: Settings) -> bool:
    """Whether this block holds every public address of its family, or is as wide as the limit that is set."""
    if network.version not in settings.families:
        return False
    return network.prefixlen <= limit(network.version, settings) or _holds_public(stretch_of(network), network.version)


def _holds_public(stretch: Stretch, version: int) -> bool:
    return stretch[0] <= PUBLIC[version][0][0] and stretch[1] >= PUBLIC[version][-1][1]


def worlds_in(stretches: Sequence[Stretch], version: int, settings: Settings) -> list[World]:
    """The worlds that these hold: 0.0.0.0/1 and 128.0.0.0/1 are 0.0.0.0/0, and so is all of it that is public."""
    kind = IPv4Network if version == 4 else IPv6Network  # noqa: PLR2004 - the family's name
    enough = [stretch for stretch in stretches if size([stretch]) >= smallest(version, settings)]
    blocks = (kind(block) for stretch in enough for block in aligned_blocks(stretch, BITS[version]))
    found = [World(version, block) for block in blocks if is_world(block, settings)]
    whole = any(world.block is not None and _holds_public(world.stretch(), version) for world in found)
    if not whole and size(common(stretches, PUBLIC[version])) == _PUBLIC_SIZE[version]:
        found.append(World(version))
    return found


def measure_of(network: Network) -> Stretch:
    """Where to measure how much of a network is left: of ::/0 what is public, for seven eighths of it are nobody's."""
    stretch = stretch_of(network)
    return PUBLIC[6][0] if network.version == 6 and _holds_public(stretch, 6) else stretch  # noqa: PLR2004 - the family
