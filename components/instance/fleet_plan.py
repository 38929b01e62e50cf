"""How many instances a fleet has, on what terms, and how a new template reaches them: plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .platforms import Family

# EC2 Auto Scaling's own default is 90 %, which ends the only instance of a small fleet before another is there.
ALL_HEALTHY = 100


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """What a fleet has beside what each of its instances has.

    Attributes:
        minimum: of instances.
        maximum: of instances.
        desired: how many there are to be. None leaves it to whatever scales the fleet, which begins with the minimum.
        zones: numbers of the network's zones, 1 is the first; empty are all.
        other_types: EC2 types that may be taken in place of the instance's own, which comes first.
        on_demand_base: how many instances are on demand before any is a spot instance.
        on_demand_percentage: of the instances above these, how many of a hundred are on demand; the others are spot.
        refresh: whether a change of the template replaces the instances. Else only new ones have it.
        min_healthy_percentage: of the desired number, what a refresh leaves in service. At 100 a new instance is there
            before an old one goes.
    """

    minimum: int = 1
    maximum: int = 1
    desired: int | None = None
    zones: Sequence[int] = ()
    other_types: Sequence[str] = ()
    on_demand_base: int = 0
    on_demand_percentage: int = 100
    refresh: bool = False
    min_healthy_percentage: int = ALL_HEALTHY

    @property
    def start(self) -> int:
        """How many there are in the beginning."""
        return self.minimum if self.desired is None else self.desired

    @property
    def has_spot(self) -> bool:
        """Whether any is a spot instance."""
        return self.on_demand_percentage < 100  # noqa: PLR2004 - of a hundred

    @property
    def max_healthy_percentage(self) -> int:
        """How much there may be during a refresh: a tenth more, at least one, where none may be missing."""
        return 110 if self.min_healthy_percentage == ALL_HEALTHY else 100


@dataclass(frozen=True, kw_only=True)
class Boot:
    """Seconds from an instance's launch to the end of its boot check.

    Attributes:
        usual: when the agent is online as a rule.
        longest: when the check has said that something is wrong, and what.
    """

    usual: int
    longest: int


# linux.sh pauses up to 75 s in each of three steps (install, start, check), windows.ps1 up to 135 s. The rest is the
# boot, and one try of each that takes all the time it is given.
_LINUX = Boot(usual=180, longest=720)
BOOTS: Mapping[Family, Boot] = {
    Family.RPM: _LINUX,
    Family.DEB: _LINUX,
    # The first boot of a Windows image prepares it, and starts Windows again.
    Family.WINDOWS: Boot(usual=600, longest=1200),
}


def zones_of(scaling: Scaling, count: int) -> Sequence[int]:
    """The numbers of the zones that a fleet is in, of a network that has so many."""
    return scaling.zones or range(1, count + 1)
