"""VPC Block Public Access, where a stack sets it for its account and Region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reachability.model import PublicAccess
from ssm_guard.reach import types
from ssm_guard.reach.look import looks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reachability.model import Ref
    from ssm_guard.stack import Stack

_MODES = {"block-bidirectional": PublicAccess.CLOSED, "block-ingress": PublicAccess.NAT_ONLY}
_EXCLUSIONS = {"allow-bidirectional": PublicAccess.OPEN, "allow-egress": PublicAccess.NAT_ONLY}


def blocked(stack: Stack) -> tuple[PublicAccess, Mapping[Ref, PublicAccess]]:
    """What the account leaves every subnet, and what it leaves the subnets and the VPCs that are excluded."""
    modes = [str(one["internetGatewayBlockMode"].value) for one in looks(stack, [types.PUBLIC_ACCESS])]
    # Of two each has a Region of its own.
    mode = _MODES.get(modes[0], PublicAccess.OPEN) if len(modes) == 1 else PublicAccess.OPEN
    excluded: dict[Ref, PublicAccess] = {}
    for one in looks(stack, [types.PUBLIC_ACCESS_EXCLUSION]):
        ref = one.ref(one["subnetId"], types.SUBNETS) or one.ref(one["vpcId"], types.VPCS)
        if ref is not None:
            excluded[ref] = _EXCLUSIONS.get(str(one["internetGatewayExclusionMode"].value), PublicAccess.OPEN)
    return mode, excluded
