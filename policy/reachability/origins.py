"""What sends packets out of a subnet, and how the other end sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reachability.blocks import EVERYWHERE, common, spans_of
from reachability.findings import Change
from reachability.model import Platform, Unknown
from reachability.peers import Peer

if TYPE_CHECKING:
    from reachability.findings import Mend
    from reachability.model import Host, Role, Subnet, Vpc
    from reachability.view import View
    from reachability.ways import Step

# Where answers arrive ("Ephemeral ports", VPC user guide, and Linux' own default).
_ANSWERS = {Platform.LINUX: (32768, 60999), Platform.WINDOWS: (49152, 65535)}
_EITHER = (32768, 65535)
NAT_ANSWERS = (1024, 65535)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What sends packets out of a subnet.

    Attributes:
        things: the field of `World` that has it.
        key: its key there.
        name: what a message calls it.
        vpc: where it is.
        subnet: where it is.
        peer: how the other end sees it.
        answers: the ports that answers go to.
        public: whether it has a public address of the packets' family.
        to_be_public: what gives it one.
        lacks: what else keeps it from an internet gateway.
        role: what signs the calls.
        before: what sent the packets, if this forwards them.
        passed: keys of the subnets, the tables and what else forwarded the packets on the way to here.
    """

    things: str
    key: str
    name: str
    vpc: Vpc
    subnet: Subnet
    peer: Peer
    answers: tuple[int, int]
    public: bool | Unknown
    to_be_public: Mend
    role: Role
    lacks: tuple[Step, ...] = ()
    before: Origin | None = None
    passed: frozenset[str] = frozenset()

    @property
    def forwards(self) -> bool:
        """Whether the packets come from elsewhere."""
        return self.before is not None


def answers_of(host: Host) -> tuple[int, int]:
    """The ports that answers to a host go to."""
    return _EITHER if isinstance(host.platform, Unknown) else _ANSWERS[host.platform]


def host_origin(view: View, host: Host, family: int, *, role: Role) -> Origin | Unknown:
    """A host as what sends packets."""
    subnet = view.find(view.world.subnets, host.subnet)
    if isinstance(subnet, Unknown):
        return subnet
    vpc = view.vpc_of(subnet)
    if isinstance(vpc, Unknown):
        return vpc
    keys = view.group_keys(host.groups, vpc)
    first = next((group for key in keys if not isinstance(group := view.group(key, vpc), Unknown)), None)
    address = host.address if family == 4 else host.address_v6  # noqa: PLR2004 - the family's name
    peer = subnet_peer(subnet, vpc, family, address=address, groups=keys, group_name=first.name if first else "")
    public = subnet.maps_public_ip if host.public_ip is None else host.public_ip
    return Origin(
        things="hosts",
        key=host.id,
        name=host.name,
        vpc=vpc,
        subnet=subnet,
        peer=peer,
        answers=answers_of(host),
        # Amazon's IPv6 addresses are public ones.
        public=public if family == 4 else host.ipv6,  # noqa: PLR2004 - the family's name
        to_be_public=(Change("hosts", host.id, "public_ip", True),),  # noqa: FBT003 - the value
        role=role,
    )


def subnet_peer(
    subnet: Subnet,
    vpc: Vpc,
    family: int,
    *,
    address: str = "",
    groups: tuple[str | Unknown, ...] = (),
    group_name: str = "",
) -> Peer:
    """Something in a subnet. As long as its address is not known it may have any of the subnet, or of the VPC."""
    cidr = subnet.cidr if family == 4 else subnet.cidr_v6  # noqa: PLR2004 - the family's name
    block = next((one for one in (cidr, *vpc.cidrs) if isinstance(one, str) and spans_of([one], family)), None)
    known = block or EVERYWHERE[family]
    own = cidr if cidr == block else None
    spans = spans_of([own] if own else vpc.cidrs, family)
    given = spans_of([address], family)
    # An address that is none of the subnet's is a mistake of whoever told it.
    spans = (common(given, spans) if spans else given) or spans
    return Peer(
        name=subnet.name,
        family=family,
        spans=spans or spans_of([EVERYWHERE[family]], family),
        cidr=known,
        groups=groups,
        group_name=group_name,
        vpc=vpc.id,
    )
