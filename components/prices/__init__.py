"""What a stack's network costs a month, whatever passes through it.

items, table                what AWS bills, and its prices by Region, each with its day
plan, lines                 from settings to the number of each item, and from there to a bill
estimate                    the output `monthly_cost`
limit                       `monthlyLimit` refuses a dearer plan
compare, break_even         the three variants side by side
stack_file, layout          of `make compare`, which has neither Pulumi nor AWS
"""

from .estimate import estimate
from .limit import require_within_limit
from .lines import Bill, Line, bill, lines
from .plan import Plan, plan_stack
from .table import EVERYWHERE, PRICES, Price, find_price

__all__ = [
    "EVERYWHERE",
    "PRICES",
    "Bill",
    "Line",
    "Plan",
    "Price",
    "bill",
    "estimate",
    "find_price",
    "lines",
    "plan_stack",
    "require_within_limit",
]
