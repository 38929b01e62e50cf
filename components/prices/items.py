"""What a stack's network is billed by, whatever passes through it, and what a gigabyte through it is billed by."""

from enum import Enum

HOURS_A_MONTH = 730  # AWS's own figure in its calculator


class Item(Enum):
    """One thing on AWS's bill, by the name that a person reads.

    What costs nothing has no item: an internet gateway, an egress-only internet gateway, a gateway endpoint, an EC2
    Instance Connect Endpoint, the bucket and the log group of session logs while nothing is in them.
    """

    ENDPOINT = "interface endpoint in one zone"
    NAT_GATEWAY = "NAT gateway"
    NAT_INSTANCE = "NAT instance (t4g.nano)"
    OTHER_NAT_INSTANCE = "NAT instance of another type"
    NAT_DISK = "GB of a NAT instance's disk (gp3)"
    ADDRESS = "public IPv4 address"
    # Each of a key's first two yearly rotations adds the same again (KMS pricing page).
    KEY = "KMS key"
    HOSTED_ZONE = "private hosted zone"
    ENDPOINT_GIGABYTE = "GB through an interface endpoint"
    NAT_GIGABYTE = "GB through a NAT gateway"


# The others are billed by the hour.
BY_THE_MONTH = frozenset({Item.NAT_DISK, Item.KEY, Item.HOSTED_ZONE})


def units_a_month(item: Item) -> int:
    """How often a month has the unit by which AWS bills a fixed item."""
    return 1 if item in BY_THE_MONTH else HOURS_A_MONTH
