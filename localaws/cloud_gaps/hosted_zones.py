"""Private hosted zones, which moto 5.2.5 makes public where a request does as the provider does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.route53.responses import Route53

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.core.responses import ActionResult

_create_hosted_zone: Callable[[Route53], ActionResult] = Route53.create_hosted_zone


def create_hosted_zone(asked: Route53) -> ActionResult:
    """CreateHostedZone: a zone that is made with a VPC is private, whether or not the request says so too.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
    """
    params: dict[str, Any] = asked.params
    if params.get("VPC"):
        params["HostedZoneConfig"] = {**params.get("HostedZoneConfig", {}), "PrivateZone": True}
    return _create_hosted_zone(asked)
