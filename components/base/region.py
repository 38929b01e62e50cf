"""What only AWS can say, asked before any resource exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class Region:
    """The Region that the provider is set to.

    Attributes:
        name: for example ``us-east-1``.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
        dns_suffix: of the partition, for example ``amazonaws.com``.
        account: the number of the account, 12 digits.
        zones: the Availability Zones that this account can use today, in alphabetical order.
        zone_ids: their ids, for example ``use1-az4``. The same letter is another zone in another account, an id is not.
    """

    name: str
    partition: str
    dns_suffix: str
    account: str
    zones: Sequence[str]
    zone_ids: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def ask(cls, opts: pulumi.InvokeOptions | None = None) -> "Region":
        """Ask the provider; one that is not the default goes into opts."""
        # Local Zones and Wavelength Zones are in the same list, but have no interface endpoints.
        ordinary = aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
        zones = aws.get_availability_zones(state="available", filters=[ordinary], opts=opts)
        partition = aws.get_partition(opts=opts)
        return cls(
            # The provider documents this id as the Region's name. getRegion has no field
            # for it that is there before version 7 and not deprecated since.
            name=zones.id,
            partition=partition.partition,
            dns_suffix=partition.dns_suffix,
            account=aws.get_caller_identity(opts=opts).account_id,
            zones=tuple(sorted(zones.names)),
            zone_ids=dict(zip(zones.names, zones.zone_ids, strict=True)),
        )

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something that is in this Region and account."""
        return f"arn:{self.partition}:{service}:{self.name}:{self.account}:{resource}"


def up_to(most: int) -> str:
    """The numbers that a person may choose."""
    return f"a number from 1 to {most}" if most > 1 else "1"
