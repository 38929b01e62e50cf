"""From which traffic on one of two ways out is the cheaper one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

_Name = TypeVar("_Name")


@dataclass(frozen=True, kw_only=True)
class Cost(Generic[_Name]):
    """What a way out costs.

    Attributes:
        name: by which a person knows it.
        fixed: US dollars a month.
        gigabyte: US dollars for each gigabyte.
    """

    name: _Name
    fixed: Decimal
    gigabyte: Decimal


@dataclass(frozen=True, kw_only=True)
class BreakEven(Generic[_Name]):
    """Which of two costs less.

    Attributes:
        below: the cheaper one while little passes.
        above: the cheaper one when much does.
        gigabytes: a month in which both cost the same; None where it makes no difference how much passes.
    """

    below: _Name
    above: _Name
    gigabytes: Decimal | None


def break_even(first: Cost[_Name], second: Cost[_Name]) -> BreakEven[_Name]:
    """Compare two ways; of two that cost the same it is the first."""
    little = min(first, second, key=lambda cost: (cost.fixed, cost.gigabyte))
    much = min(first, second, key=lambda cost: (cost.gigabyte, cost.fixed))
    crossing = None if little is much else (much.fixed - little.fixed) / (little.gigabyte - much.gigabyte)
    return BreakEven(below=little.name, above=much.name, gigabytes=crossing)
