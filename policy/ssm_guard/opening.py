"""The one record of the pack: an entry of a rule set, read from any resource type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Network

from ssm_guard.node import Doubt, Path, path_text

Network = IPv4Network | IPv6Network


class Protocol(Enum):
    """What a permission lets in, as far as SSH is concerned."""

    TCP = "tcp"
    ALL = "all"  # every protocol on every port, whatever the ports beside it say
    OTHER = "other"  # udp, icmp, …: carries no SSH


@dataclass(frozen=True)
class Ports:
    """The ports from `low` to `high`, both included."""

    low: int | Doubt
    high: int | Doubt

    def hold(self, port: int) -> bool | Doubt:
        """Whether `port` is one of them; a doubt where that hangs on a bound which can't be judged."""
        if isinstance(self.low, int) and port < self.low:
            return False
        if isinstance(self.high, int) and port > self.high:
            return False
        if isinstance(self.low, Doubt):
            return self.low
        return self.high if isinstance(self.high, Doubt) else True


EVERY_PORT = Ports(0, 65535)


class Kind(Enum):
    """What an opening is part of. Its value is the name of the switch in the configuration of `no-world-ssh`."""

    RULE = ""  # a rule that opens the port by itself: has no switch
    BEANSTALK_DEFAULT_GROUP = "beanstalkDefaultGroup"
    EMR_PUBLIC_ACCESS = "emrPublicAccess"
    GLOBAL_ACCELERATOR = "globalAccelerators"
    LOAD_BALANCER = "loadBalancers"
    NETWORK_ACL = "networkAcls"
    NETWORK_ACL_ALLOW_ALL = "networkAclsAllowAll"
    PREFIX_LIST = "prefixLists"
    TRANSFER_SERVER = "transferServers"


@dataclass(frozen=True)
class PrefixList:
    """A managed prefix list: addresses that are written elsewhere. The id is None until AWS has given one."""

    id: str | None


@dataclass(frozen=True)
class Peer:
    """A source that is never the world: a security group, the group itself, a named AWS service."""


@dataclass(frozen=True)
class Source:
    """One of the places that a permission lets in, and where it was written."""

    origin: Network | PrefixList | Peer | Doubt
    path: Path

    @property
    def where(self) -> str:
        """The path as a person writes it."""
        return path_text(self.path)


EVERYONE = IPv4Network("0.0.0.0/0")
EVERYONE_IPV6 = IPv6Network("::/0")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An entry of a rule set: who may, or may not, reach which ports with which protocol, and where it was written.

    `allows` is False for a denial. `order` says when it counts: for each address the lowest decides, and at the same
    order a denial does, so that rules without an order need none. `group` names the rule set (a security group, an
    ACL) where one resource writes the rules of several, or one set's rules are several resources; None is the resource.
    `alone` is False where other resources may hold entries of the set that decide first: only the whole stack tells.
    `note` is what a reader must know to believe the verdict.
    """

    protocol: Protocol | Doubt
    ports: Ports
    sources: tuple[Source, ...]
    path: Path
    kind: Kind = Kind.RULE
    allows: bool | Doubt = True
    order: int | Doubt = 0
    group: str | Doubt | None = None
    alone: bool = True
    note: str = ""

    def carries_tcp(self, port: int) -> bool | Doubt:
        """Whether TCP to `port` may pass; a doubt where that can't be told."""
        if self.protocol is Protocol.ALL:
            return True
        if self.protocol is Protocol.OTHER:
            return False
        held = self.ports.hold(port)
        if held is False:
            # -1 ignores the ports, so an unknown protocol may still reach past them.
            return self.protocol if isinstance(self.protocol, Doubt) else False
        return self.protocol if isinstance(self.protocol, Doubt) else held


def unreadable(doubt: Doubt, path: Path) -> Opening:
    """What stands for permissions that can't be seen: a template elsewhere, a text that is no JSON."""
    return Opening(protocol=doubt, ports=EVERY_PORT, sources=(Source(doubt, path),), path=path)
