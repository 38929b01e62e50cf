"""`monthlyLimit`: a stack that would cost more is refused before anything is made."""

from collections.abc import Mapping
from dataclasses import replace

from ..base.errors import ConfigError
from ..network.routes import Variant
from ..settings import NatKind, Settings
from .estimate import explain_unknown
from .lines import Bill, bill, in_dollars
from .plan import Plan, plan_stack

_KEY = "monthlyLimit"
# Of ways that cost less, enough to choose from.
_SHOWN = 3


def require_within_limit(settings: Settings, plan: Plan, region: str) -> None:
    """Compare what is billed whatever passes through with the stack's limit.

    Where a price is not known the limit cannot be judged, and whoever sets one wants it kept: refused too, with the
    reason. Where the known part alone is more than the limit, that is said instead.

    Raises:
        ConfigError: it costs more, or nobody knows what it costs.
    """
    limit, here = settings.monthly_limit, bill(plan, region)
    if not limit:
        return
    if here.known > limit:
        raise ConfigError(_KEY, limit, f"{_explain(here)}. {_advise(settings, plan, region)}")
    if here.unknown:
        raise ConfigError(
            _KEY,
            limit,
            f"the stack's cost is {explain_unknown(here)}, so the limit cannot be judged. Remove it, or take a variant "
            "or a Region whose prices are known: docs/variants.md has them.",
        )


def _explain(here: Bill) -> str:
    at_least = "at least " if here.unknown else ""
    parts = "; ".join(
        f"{line.count} x {line.item.value} "
        + ("at an unknown price" if line.monthly is None else f"is {in_dollars(line.monthly)}")
        for line in here.lines
    )
    return (
        f"the stack costs {at_least}{in_dollars(here.known)} a month in {here.region} (prices of {here.read}): {parts}"
    )


def _advise(settings: Settings, plan: Plan, region: str) -> str:
    mine = bill(plan, region).known
    costs = {name: bill(plan_stack(other), region).total for name, other in _others(settings).items()}
    cheaper = sorted((cost, name) for name, cost in costs.items() if cost is not None)
    shown = [f"{name} {in_dollars(cost)}" for cost, name in cheaper if cost < mine][:_SHOWN]
    return f"Raise the limit{', or take what costs less: ' + ', '.join(shown) if shown else ''}."


def _others(settings: Settings) -> Mapping[str, Settings]:
    """What else the stack could be, by what there is to set for it; of a network that is there nobody knows."""
    if settings.network is not None:
        return {}
    others = {
        f"variant {one.value}": replace(settings, variant=one, nat_per_zone=False, nat_kind=NatKind.GATEWAY)
        for one in Variant
    }
    # Fewer zones leave no instance without its zone.
    needed = max((instance.zone for instance in settings.instances), default=1)
    others |= {f"zones {zones}": replace(settings, zones=zones) for zones in range(needed, settings.zone_count)}
    if settings.nat_per_zone:
        others["natPerZone false"] = replace(settings, nat_per_zone=False)
    return others
