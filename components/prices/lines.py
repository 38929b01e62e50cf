"""The bill of a plan, line by line, at the prices of a Region."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .items import Item, units_a_month
from .plan import Plan, count_items
from .table import Price, find_price


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item of a bill.

    Attributes:
        item: what it is.
        count: how many there are of it.
        price: of one unit (an hour, for most); None where it is not known.
    """

    item: Item
    count: int
    price: Price | None

    @property
    def monthly(self) -> Decimal | None:
        """US dollars a month, or None where the price is not known."""
        return None if self.price is None else self.count * units_a_month(self.item) * self.price.dollars


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a plan costs a month in a Region, without traffic, instances and their disks.

    Attributes:
        region: whose prices they are.
        lines: what there is. A plan of nothing has none, and costs nothing.
    """

    region: str
    lines: Sequence[Line]

    @property
    def unknown(self) -> Sequence[Item]:
        """What has no known price here."""
        return [line.item for line in self.lines if line.price is None]

    @property
    def known(self) -> Decimal:
        """US dollars a month of what has a known price: with unknown parts, it costs more than that."""
        return sum((line.monthly for line in self.lines if line.monthly is not None), Decimal(0))

    @property
    def total(self) -> Decimal | None:
        """US dollars a month, or None where a part is not known."""
        return None if self.unknown else self.known

    @property
    def read(self) -> date | None:
        """The day of its oldest price."""
        return min((line.price.read for line in self.lines if line.price), default=None)


def lines(plan: Plan, region: str) -> Sequence[Line]:
    """What a plan is billed for in a Region."""
    return [Line(item=item, count=count, price=find_price(region, item)) for item, count in count_items(plan).items()]


def bill(plan: Plan, region: str) -> Bill:
    """What a plan costs in a Region."""
    return Bill(region=region, lines=lines(plan, region))


def in_dollars(amount: Decimal) -> str:
    """An amount as a person reads it."""
    return f"${amount:.2f}"
