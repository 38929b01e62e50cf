"""VPC Block Public Access: an account, or its organisation, closes the internet gateways of a Region's VPCs."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from ..base.errors import NAMESPACE, ConfigError
from ..base.outputs import value_of
from ..base.region import Region
from ..base.state import left_of
from .routes import ALLOW_EGRESS, WAYS, Variant

OFF = "off"
# EC2's words.
_BOTH_WAYS, _INWARD = "block-bidirectional", "block-ingress"

_VPC = "aws:ec2/vpc:Vpc"
_NETWORK = "ssm-only:components:SsmNetwork"


def ask_mode(name: str, region: Region, opts: pulumi.InvokeOptions | None) -> str:
    """Which way the account is closed in the Region, in EC2's words.

    The provider has no function for it, so it is read as Pulumi reads a resource that is not its own, which a preview
    does too. It stands in the stack's state as external, where neither `up` nor `destroy` touches it. Cloud Control
    would leave no trace there, but whoever deploys would need rights to a service that nothing else here asks.

    Args:
        name: of the network.
        region: the Region that the provider is set to.
        opts: with a provider, if it is not the default one.
    """
    read = aws.ec2.VpcBlockPublicAccessOptions.get(f"{name}-public-access-options", region.name, opts=to_read(opts))
    return value_of(read.internet_gateway_block_mode.future()) or OFF


def to_read(opts: pulumi.InvokeOptions | None) -> pulumi.ResourceOptions:
    """What a resource is read with that asks as a function with these options would."""
    return pulumi.ResourceOptions(parent=opts.parent, provider=opts.provider) if opts else pulumi.ResourceOptions()


def stops(mode: str, needed: str | None) -> bool:
    """Whether packets are stopped for which an exclusion would have to allow this; None is no packet at all.

    "Block public access to VPCs and subnets", VPC user guide: `block-ingress` lets pass what goes through NAT gateways
    and egress-only internet gateways, whose answers are nobody else's.
    """
    if needed is None:
        return False
    return mode == _BOTH_WAYS or (mode == _INWARD and needed != ALLOW_EGRESS)


def require_public_access(
    name: str,
    region: Region,
    variant: Variant,
    *,
    nat_instance: bool = False,
    excluded: bool = False,
    opts: pulumi.InvokeOptions | None = None,
) -> None:
    """Make sure that the account lets a network's packets through its internet gateway, before the network is made.

    Only a VPC that is there can have been excluded by somebody else, which no function tells: that is a warning.

    Args:
        name: of the network.
        region: the Region that the provider is set to.
        variant: how packets get to Systems Manager.
        nat_instance: whether an instance does NAT.
        excluded: whether the network makes its own exclusion.
        opts: with a provider, if it is not the default one.

    Raises:
        ConfigError: they would be stopped, and no agent would ever come online.
    """
    needed = WAYS[variant].exclusion_mode(nat_instance=nat_instance)
    if excluded or needed is None or not stops(mode := ask_mode(name, region, opts), needed):
        return
    said = (
        f"VPC Block Public Access of {region.name} is {mode} in this account, and no agent comes online through a "
        f"gateway that it closes. Set ssm-only:publicAccessExclusion to true, which excludes this VPC alone "
        f"({needed}); or use {' or '.join(_not_stopped(mode))}."
    )
    if not any(one.is_in(_NETWORK) and one.name == f"{name}-vpc" for one in left_of(_VPC)):
        raise ConfigError("variant", variant.value, said)
    pulumi.log.warn(
        f"{NAMESPACE}:variant is {variant.value!r}: {said} Whether somebody has excluded the VPC cannot be told from "
        "here."
    )


def _not_stopped(mode: str) -> Sequence[str]:
    """The variants whose packets this mode lets through."""
    through = [variant for variant, way in WAYS.items() if not stops(mode, way.exclusion_mode())]
    return ["nat with a NAT gateway" if variant is Variant.NAT else variant.value for variant in through]
