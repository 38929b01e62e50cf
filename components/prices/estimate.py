"""A stack's output `monthly_cost`, as a person should read it."""

from .items import Item
from .lines import Bill, bill, in_dollars
from .plan import Plan, traffic_item
from .table import find_price

# Everything has a price there.
REFERENCE = "us-east-1"


def estimate(plan: Plan, region: str) -> str:
    """The monthly cost with what it covers, where, and how old the prices are."""
    here = bill(plan, region)
    covered = "the network and the key of sessions" if plan.keys else "the network"
    if here.total is not None:
        cost = f"{in_dollars(here.total)} for {covered} ({_dated(here)})"
    else:
        cost = f"{explain_unknown(here)} (for {covered} in {_there(bill(plan, REFERENCE))})"
    return f"{cost}; instances, disks and {_traffic(plan, region)} come on top"


def explain_unknown(here: Bill) -> str:
    """What a bill with unknown parts can say."""
    items = " or ".join(item.value for item in here.unknown)
    rest = f", the rest is {in_dollars(here.known)}" if here.known else ""
    return f"unknown for {here.region}: no price of {items} is known there{rest}"


def _there(reference: Bill) -> str:
    return f"{reference.region} it would be {in_dollars(reference.known)}, prices of {reference.read}"


def _dated(here: Bill) -> str:
    return f"{here.region}, prices of {here.read}" if here.read else here.region


def _traffic(plan: Plan, region: str) -> str:
    if traffic_item(plan) is not Item.NAT_GIGABYTE:
        return "traffic"
    price = find_price(region, Item.NAT_GIGABYTE)
    each = "an unknown price" if price is None else f"${price.dollars}"
    return f"traffic ({each} a GB through NAT)"
