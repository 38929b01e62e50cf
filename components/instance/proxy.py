"""The proxy through which an instance's agent gets to Systems Manager, where no other way leads there."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, ip_network

from ..base.errors import ConfigError
from ..base.reading import Reader, read_fields, read_json, read_list
from ..base.targets import PORTS
from .egress import Egress

# Of the address nothing but what a shell, systemd (% begins a specifier) and PowerShell take as it is.
_URL = re.compile(r"http://(?P<host>[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(?P<port>[1-9]\d{0,4})")
_DIRECT = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(/\d{1,2})?")

# The instance metadata service. Through a proxy the agent would get the proxy's role, or none ("Configure SSM Agent to
# use a proxy on Linux nodes", Systems Manager user guide).
METADATA = "169.254.169.254"

EXAMPLE = "{https: http://proxy.example.internal:3128}"


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A proxy for HTTP and HTTPS.

    Attributes:
        https: its URL; a TLS connection to the proxy itself is not for Session Manager (as above).
        no_proxy: names, domains (``.example.com``), addresses and blocks that are reached without it.

    Raises:
        ConfigError: it is none.
    """

    https: str
    no_proxy: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check here too, for programs that make one by hand: the text goes into a shell's environment."""
        _read_url("proxy.https", self.https)
        for direct in self.no_proxy:
            _read_direct("proxy.noProxy", direct)

    @property
    def direct(self) -> str:
        """All that is reached without it, as the environment has it."""
        return ",".join((METADATA, *self.no_proxy))

    @property
    def port(self) -> int:
        """Of the proxy."""
        return int(self.https.rsplit(":", maxsplit=1)[1])

    @property
    def way(self) -> Egress | None:
        """The way out to it, if it is named by its address: a rule knows no names."""
        host = self.https.removeprefix("http://").rsplit(":", maxsplit=1)[0]
        with suppress(ValueError):
            return Egress(port=self.port, to=ip_network(IPv4Address(host)), why="proxy")
        return None


def read_proxy(key: str, raw: object) -> Proxy:
    """Read a map.

    Raises:
        ConfigError: the agent takes no such proxy.
    """
    given = read_json(dict, f"a map, for example {EXAMPLE}", key, raw)
    if "https" not in given:
        raise ConfigError(key, raw, f"say where it is, for example {EXAMPLE}.")
    return Proxy(**read_fields(_READERS, f"{key}.", given))


def _read_url(key: str, raw: object) -> str:
    found = _URL.fullmatch(raw) if isinstance(raw, str) else None
    if found is None or int(found["port"]) not in PORTS:
        raise ConfigError(
            key,
            raw,
            "use http://, a name or an IPv4 address, and a port, for example http://proxy.example.internal:3128. No "
            "user and password: user data would show them.",
        )
    return found[0]


def _read_direct(key: str, raw: object) -> str:
    if not isinstance(raw, str) or not _DIRECT.fullmatch(raw):
        raise ConfigError(key, raw, "use a name, a domain with a dot in front, an address or a block.")
    return raw


_READERS: Mapping[str, Reader] = {
    "https": _read_url,
    "noProxy": partial(read_list, _read_direct, "a list, for example [.example.internal]"),
}
