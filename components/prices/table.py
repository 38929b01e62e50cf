"""AWS's prices by Region, each with the day on which it was read and where.

AWS publishes them without an account, one file for each service and Region:
https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonVPC/current/REGION/index.csv for endpoints and addresses,
AmazonEC2 in place of AmazonVPC for NAT gateways, instances and disks. The figures are those of these files and of AWS's
price pages as public documents quote them; docs/claims.md has the lines that prove them. What nobody was found to quote
with its day is not here: it is unknown, never guessed from another Region.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .items import Item

# Partitions with prices, and in China a currency, of their own. The rest is `aws`, whose prices of EVERYWHERE hold.
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")


@dataclass(frozen=True, kw_only=True)
class Price:
    """What one unit costs.

    Attributes:
        dollars: US dollars, without tax and discounts; of what has tiers, the first.
        read: the day on which the source said so.
        source: a price list of AWS, by its service, or what else said so.
    """

    dollars: Decimal
    read: date
    source: str


def _price(dollars: str, read: str, source: str) -> Price:
    return Price(dollars=Decimal(dollars), read=date.fromisoformat(read), source=source)


# The same in each Region of the partition `aws`.
EVERYWHERE: Mapping[Item, Price] = {
    Item.ADDRESS: _price("0.005", "2026-10-16", "VPC price page: in use or not, since 2024-02-01"),
    Item.KEY: _price("1.00", "2026-10-06", "awskms"),
    Item.HOSTED_ZONE: _price("0.50", "2026-10-06", "AmazonRoute53: each of the first 25"),
    Item.ENDPOINT_GIGABYTE: _price("0.01", "2026-09-20", "PrivateLink price page: up to 1 PB a month"),
}

# By Region, in the order of the alphabet.
PRICES: Mapping[str, Mapping[Item, Price]] = {
    "ap-northeast-1": {
        Item.ENDPOINT: _price("0.014", "2026-09-25", "AmazonVPC"),
        Item.NAT_GATEWAY: _price("0.062", "2026-09-25", "AmazonEC2"),
        Item.NAT_GIGABYTE: _price("0.062", "2026-09-25", "AmazonEC2"),
        Item.NAT_DISK: _price("0.096", "2026-10-01", "AmazonEC2"),
    },
    "ap-northeast-2": {
        Item.ENDPOINT: _price("0.013", "2026-10-01", "AmazonVPC, published 2026-09-17"),
        Item.NAT_GATEWAY: _price("0.059", "2026-10-01", "AmazonEC2, published 2026-09-25"),
        Item.NAT_GIGABYTE: _price("0.059", "2026-10-01", "AmazonEC2, published 2026-09-25"),
        Item.NAT_DISK: _price("0.0912", "2026-09-10", "AmazonEC2, published 2026-09-09"),
    },
    "ap-south-1": {
        Item.ENDPOINT: _price("0.013", "2026-08-31", "AmazonVPC"),
        Item.NAT_GATEWAY: _price("0.056", "2026-08-31", "a bill of August 2026, by its hours"),
        Item.NAT_GIGABYTE: _price("0.056", "2026-08-31", "a bill of August 2026"),
        Item.NAT_DISK: _price("0.0912", "2026-08-31", "a bill of August 2026"),
    },
    "ap-southeast-1": {
        Item.ENDPOINT: _price("0.013", "2026-08-21", "AmazonVPC"),
        Item.NAT_GATEWAY: _price("0.059", "2026-08-21", "AmazonEC2"),
        Item.NAT_GIGABYTE: _price("0.059", "2026-08-12", "AmazonEC2"),
        Item.NAT_INSTANCE: _price("0.0053", "2026-09-08", "AmazonEC2"),
        Item.NAT_DISK: _price("0.096", "2026-09-08", "AmazonEC2"),
    },
    "ap-southeast-2": {
        Item.ENDPOINT: _price("0.013", "2026-09-26", "AmazonVPC"),
        Item.NAT_INSTANCE: _price("0.0053", "2026-09-26", "AmazonEC2"),
    },
    "ca-central-1": {
        Item.ENDPOINT: _price("0.011", "2026-10-01", "AmazonVPC, in October 2026"),
        Item.NAT_GATEWAY: _price("0.05", "2026-10-01", "AmazonEC2, in October 2026"),
        Item.NAT_GIGABYTE: _price("0.05", "2026-10-01", "AmazonEC2, in October 2026"),
        Item.NAT_INSTANCE: _price("0.0046", "2026-10-01", "AmazonEC2, in October 2026"),
        Item.NAT_DISK: _price("0.088", "2026-10-01", "AmazonEC2, in October 2026"),
    },
    "eu-central-1": {
        Item.ENDPOINT: _price("0.012", "2026-09-22", "AmazonVPC"),
        Item.NAT_GATEWAY: _price("0.052", "2026-08-31", "a bill of August 2026, by its hours"),
        Item.NAT_GIGABYTE: _price("0.052", "2026-09-22", "a break-even of that day, worked back"),
        Item.NAT_DISK: _price("0.0952", "2026-09-04", "AmazonEC2, published 2026-09-03"),
    },
    "eu-west-1": {
        Item.ENDPOINT: _price("0.011", "2026-09-14", "AmazonVPC"),
        Item.NAT_GATEWAY: _price("0.048", "2026-10-02", "AmazonEC2, published 2026-09-25"),
        Item.NAT_GIGABYTE: _price("0.048", "2026-10-02", "AmazonEC2, published 2026-09-25"),
        Item.NAT_DISK: _price("0.088", "2026-09-14", "AmazonEC2, published 2026-09-10"),
    },
    "eu-west-2": {
        Item.ENDPOINT: _price("0.011", "2026-10-06", "AmazonVPC, published 2026-09-17"),
        Item.NAT_GATEWAY: _price("0.05", "2026-10-05", "AmazonEC2, published 2026-09-25"),
        Item.NAT_GIGABYTE: _price("0.05", "2026-10-05", "AmazonEC2, published 2026-09-25"),
        Item.NAT_DISK: _price("0.0928", "2026-10-05", "AmazonEC2, published 2026-09-25"),
    },
    "us-east-1": {
        Item.ENDPOINT: _price("0.01", "2026-09-20", "PrivateLink price page"),
        Item.NAT_GATEWAY: _price("0.045", "2026-09-20", "VPC price page"),
        Item.NAT_GIGABYTE: _price("0.045", "2026-09-20", "VPC price page"),
        Item.NAT_INSTANCE: _price("0.0042", "2026-09-24", "AmazonEC2"),
        Item.NAT_DISK: _price("0.08", "2026-08-12", "AmazonEC2"),
    },
    "us-west-2": {
        Item.ENDPOINT: _price("0.01", "2026-10-06", "AmazonVPC"),
        Item.NAT_GATEWAY: _price("0.045", "2026-10-04", "AmazonEC2"),
        Item.NAT_DISK: _price("0.08", "2026-10-04", "AmazonEC2"),
    },
}


def find_price(region: str, item: Item) -> Price | None:
    """What a unit costs in a Region, or None where it is not known."""
    own = PRICES.get(region, {}).get(item)
    return own if own or region.startswith(_OTHER_PARTITIONS) else EVERYWHERE.get(item)
