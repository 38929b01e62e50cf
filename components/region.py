"""What only AWS can say, asked before any resource exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import pulumi
import pulumi_aws as aws

from components.errors import ConfigError


class Architecture(str, Enum):
    """EC2's names of the two processor families."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


@dataclass(frozen=True, kw_only=True)
class Region:
    """The Region that the provider is set to.

    Attributes:
        name: for example ``us-east-1``.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
        dns_suffix: of the partition, for example ``amazonaws.com``.
        account: the number of the account, 12 digits.
        zones: the Availability Zones that this account can use, in alphabetical order.
    """

    name: str
    partition: str
    dns_suffix: str
    account: str
    zones: Sequence[str]

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
        )

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something that is in this Region and account."""
        return f"arn:{self.partition}:{service}:{self.name}:{self.account}:{resource}"

    def first_zones(self, count: int) -> Sequence[str]:
        """The zones that a network of so many uses.

        Raises:
            ConfigError: the Region has fewer.
        """
        if count > len(self.zones):
            raise ConfigError(
                "zones",
                count,
                f"this account can use {len(self.zones)} in {self.name} ({', '.join(self.zones)}). "
                f"Use a number from 1 to {len(self.zones)}.",
            )
        return self.zones[:count]


def require_architecture(
    instance_type: str, architecture: Architecture, opts: pulumi.InvokeOptions | None = None
) -> None:
    """Make sure that EC2 runs this type on this architecture. Letters do not say it: im4gn and a1 are arm64 too.

    Raises:
        ConfigError: EC2 does not have the type in this Region, or it is of another architecture.
    """
    # getInstanceType fails for a type that does not exist, and the provider logs that as an error beside ours.
    named = aws.ec2.GetInstanceTypesFilterArgs(name="instance-type", values=[instance_type])
    if instance_type not in aws.ec2.get_instance_types(filters=[named], opts=opts).instance_types:
        raise ConfigError(
            "instanceType",
            instance_type,
            "EC2 does not have this type in this Region. "
            "`aws ec2 describe-instance-types --query InstanceTypes[].InstanceType` lists those that it has.",
        )
    supported = aws.ec2.get_instance_type(instance_type=instance_type, opts=opts).supported_architectures
    if architecture.value not in supported:
        raise ConfigError(
            "instanceType",
            instance_type,
            f"EC2 runs it on {' and '.join(supported)}, and ssm-only:architecture is {architecture.value}. "
            f"Change one of the two (t4g.micro is arm64, t3.micro is x86_64).",
        )
