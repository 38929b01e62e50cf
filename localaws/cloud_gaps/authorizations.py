"""Which VPCs of other accounts a private hosted zone may be given to, which moto 5.2.5 lacks.

It is told, and not asked for: in moto a zone is of one account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.route53.responses import Route53

if TYPE_CHECKING:
    from collections.abc import Callable

# moto looks an operation up by the path that it is asked at.
PATHS: dict[str, Callable[..., Any]] = {
    f"{{0}}/(?P<api_version>[\\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/{name}/?$": Route53.dispatch
    for name in ("authorizevpcassociation", "deauthorizevpcassociation")
}

# By the zone's id, which no other zone has.
_MADE: dict[str, list[dict[str, str]]] = {}


class NoAuthorizationError(ServiceException):
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteVPCAssociationAuthorization.html."""

    code = "VPCAssociationAuthorizationNotFound"


def create_vpc_association_authorization(asked: Route53) -> ActionResult:
    """Once more changes nothing."""
    zone, vpc = _asked(asked)
    there = _MADE.setdefault(zone, [])
    if vpc not in there:
        there.append(vpc)
    return ActionResult({"HostedZoneId": zone, "VPC": vpc})


def list_vpc_association_authorizations(asked: Route53) -> ActionResult:
    """All on one page."""
    zone = _zone(asked)
    return ActionResult({"HostedZoneId": zone, "VPCs": _MADE.get(zone, [])})


def delete_vpc_association_authorization(asked: Route53) -> ActionResult:
    """Gone at once; the association that was made by it stays.

    Raises:
        NoAuthorizationError: there is none.
    """
    zone, vpc = _asked(asked)
    if vpc not in _MADE.get(zone, []):
        raise NoAuthorizationError(f"The VPC {vpc['VPCId']} is not authorized for the hosted zone {zone}.")
    _MADE[zone].remove(vpc)
    return ActionResult({})


def _asked(asked: Route53) -> tuple[str, dict[str, str]]:
    return _zone(asked), {key: _param(asked, f"VPC.{key}") for key in ("VPCRegion", "VPCId")}


def _zone(asked: Route53) -> str:
    """The id of a zone that is there. These operations tell it without what comes before it in those of zones."""
    found: str = asked.backend.get_hosted_zone(_param(asked, "HostedZoneId")).id
    return found.removeprefix("/hostedzone/")


def _param(asked: Route53, name: str) -> str:
    return str(asked._get_param(name))  # noqa: SLF001 - moto's own way to read a parameter
