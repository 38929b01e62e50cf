"""The three variants side by side, for the settings that a stack has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_UP, Decimal

from ..network.routes import WAYS, NextHop, Variant
from ..settings import NatKind, Settings
from .break_even import Cost, break_even
from .items import Item
from .lines import Bill, bill, in_dollars
from .plan import Plan, plan_stack, traffic_item
from .table import find_price

_UNKNOWN = "unknown"


def plan_variants(settings: Settings) -> Mapping[Variant, Plan]:
    """What the stack would have in each variant, with all else as it is."""
    # A setting that only one variant has is without effect in a plan of the others.
    return {variant: plan_stack(replace(settings, variant=variant)) for variant in Variant}


def compare(settings: Settings, region: str) -> Sequence[Sequence[str]]:
    """A table, its heading first: what is public, which endpoints there are, what it costs."""
    plans = plan_variants(settings)
    bills = {variant: bill(plan, region) for variant, plan in plans.items()}
    return [
        ["", *(variant.value for variant in plans)],
        ["What is public", *map(_public, plans.values())],
        ["Interface endpoints", *map(_endpoints, plans.values())],
        ["What is billed whatever passes", *map(_parts, bills.values())],
        ["Fixed cost a month", *(_fixed(settings, plan, bills[variant]) for variant, plan in plans.items())],
        ["Traffic", *(_traffic(plan, region) for plan in plans.values())],
    ]


def explain(settings: Settings, region: str) -> str:
    """What the table does not say: where two variants break even, or what is unknown of a network that is there."""
    if settings.network is None:
        return explain_break_even(settings, region)
    plan = plan_stack(replace(settings, variant=Variant.PRIVATELINK))
    unknown = "" if settings.network.subnets else ", and only AWS knows how many have the tags"
    counted = (
        f"endpoints that it has are counted as if they were made, in {_in_zones(plan)}{unknown}"
        if plan.endpoints
        else "endpoints are the hub's"
    )
    return (
        f"The network is there already, and nobody is asked about it here: {counted}. Its gateways are no cost of this "
        "stack. monthlyLimit and the output monthly_cost count what is added, and nothing else."
    )


def explain_break_even(settings: Settings, region: str) -> str:
    """Between nat and privatelink: from which traffic on which of the two costs less."""
    plans = plan_variants(settings)
    costs = [_cost(plans[variant], region) for variant in (Variant.NAT, Variant.PRIVATELINK)]
    nat, closed = costs
    if nat is None or closed is None:
        return f"Where nat and privatelink break even is unknown: {region} lacks prices for it."
    found = break_even(nat, closed)
    if found.gigabytes is None:
        return f"{found.below} costs less than {_other(found.below)}, however much passes."
    whole = found.gigabytes.quantize(Decimal(1), rounding=ROUND_UP)
    return f"{found.below} costs less than {found.above} up to {whole:,} GB a month; above that it is {found.above}."


def _other(name: str) -> str:
    return Variant.PRIVATELINK.value if name == Variant.NAT.value else Variant.NAT.value


def _cost(plan: Plan, region: str) -> Cost[str] | None:
    item, fixed = traffic_item(plan), bill(plan, region).total
    price = None if item is None else find_price(region, item)
    if fixed is None or (item is not None and price is None):
        return None
    return Cost(name=plan.variant.value, fixed=fixed, gigabyte=Decimal(0) if price is None else price.dollars)


def _public(plan: Plan) -> str:
    if plan.nats:
        what = Item.NAT_GATEWAY.value if plan.nat_kind is NatKind.GATEWAY else "NAT instance"
        return f"the address of the {what}" if plan.nats == 1 else f"the addresses of {plan.nats} {what}s"
    if WAYS[plan.variant].has(NextHop.NAT_GATEWAY):
        return "nothing of this stack"
    count = plan.public_instances
    if count == 1:
        return "the address of the instance"
    return f"the addresses of {count} instances" if count else "nothing"


def _endpoints(plan: Plan) -> str:
    if not plan.services:
        return "none"
    where = f"each in {_in_zones(plan)}" if plan.endpoints else "none of this stack"
    return f"{', '.join(sorted(plan.services))}; {where}"


def _in_zones(plan: Plan) -> str:
    return "one zone" if plan.zones == 1 else f"{plan.zones} zones"


def _parts(of: Bill) -> str:
    return ", ".join(f"{line.count} x {line.item.value}" for line in of.lines) or "nothing"


def _fixed(settings: Settings, plan: Plan, of: Bill) -> str:
    if of.total is not None:
        at_most = "at most " if settings.network is not None and plan.endpoints else ""
        return f"{at_most}{in_dollars(of.total)}"
    return f"{_UNKNOWN}, {in_dollars(of.known)} of it known" if of.known else _UNKNOWN


def _traffic(plan: Plan, region: str) -> str:
    item = traffic_item(plan)
    if item is None:
        return "the usual price out"
    price = find_price(region, item)
    each = f"{_UNKNOWN} a GB" if price is None else f"${price.dollars} a GB"
    return f"{each} through the endpoints; S3 is free" if item is Item.ENDPOINT_GIGABYTE else f"{each}"
