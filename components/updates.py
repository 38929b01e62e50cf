"""Which instances get security updates: where the mirrors of their platform are, and whether a way leads there."""

from collections.abc import Mapping, Sequence

from .base.errors import NAMESPACE
from .instance.egress import EXAMPLE, HTTPS, Protocol
from .instance.platforms import PLATFORMS, Platform
from .instance.settings import InstanceSettings
from .network.routes import WAYS
from .settings import Settings

_HTTP = 80

# The TCP ports of what a platform's own configuration fetches updates from. Amazon Linux has its repositories in S3, to
# which every variant leads. docs/instance.md has this as a table, docs/claims.md how sure it is.
PORTS: Mapping[Platform, frozenset[int]] = {
    Platform.AMAZON_LINUX_2023: frozenset(),
    Platform.AMAZON_LINUX_2023_MINIMAL: frozenset(),
    Platform.AMAZON_LINUX_2: frozenset(),
    Platform.UBUNTU_24_04: frozenset({_HTTP}),
    Platform.UBUNTU_22_04: frozenset({_HTTP}),
    Platform.DEBIAN_13: frozenset({HTTPS}),
    Platform.DEBIAN_12: frozenset({HTTPS}),
    Platform.WINDOWS_2022: frozenset({_HTTP, HTTPS}),
    Platform.WINDOWS_2019: frozenset({_HTTP, HTTPS}),
}


def missing_updates(settings: Settings) -> Sequence[str]:
    """A line for each instance that no security update reaches. Of an image of a person's own nothing is known."""
    return [
        _warning(settings, key, wanted)
        for key, wanted in settings.machines.items()
        if wanted.platform in PLATFORMS and not PORTS[wanted.platform] <= _open(settings, wanted)
    ]


def _open(settings: Settings, wanted: InstanceSettings) -> frozenset[int]:
    """The ports on which an instance reaches some other host; in a closed network that may be a mirror of its own."""
    asked = {entry.port for entry in settings.egress_of(wanted) if entry.protocol is Protocol.TCP}
    return frozenset(asked if WAYS[settings.variant].is_closed else asked | {HTTPS})


def _warning(settings: Settings, key: str, wanted: InstanceSettings) -> str:
    variant = settings.variant
    what = "no security updates, so patching finds none" if settings.patching else "no security updates"
    how = f"It fetches them on port {_HTTP}, which is closed. Add {NAMESPACE}:egress: [{EXAMPLE}]."
    if WAYS[variant].is_closed:
        how = f"{variant.value} does not lead to the internet. Use nat, Amazon Linux, or a mirror in the VPC."
    return f"{NAMESPACE}:{key}.platform is {wanted.platform.value!r}: it gets {what}. {how}"
