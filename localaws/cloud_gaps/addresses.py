"""Public addresses of network interfaces, which moto 5.2.5 tells of where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface

if TYPE_CHECKING:
    from collections.abc import Callable

_association: Callable[[NetworkInterface], dict[str, Any]] = vars(NetworkInterface)["association"].fget


def association(interface: NetworkInterface) -> dict[str, Any] | None:
    """What ties an interface to its public address; nothing, and no empty element, where it has none.

    The provider reads the element itself as `associatePublicIpAddress: true`.
    """
    return _association(interface) or None
