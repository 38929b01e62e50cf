"""A VPC from which an SSM agent reaches Systems Manager: one that is made, or one that is there (`existing`)."""

from .acls import WayOut
from .existing import (
    LINUX_PORTS,
    WINDOWS_PORTS,
    EndpointSource,
    ExistingNetwork,
    ExistingNetworkArgs,
    ExistingVpc,
    find_existing,
)
from .flow_logs import FlowLogs, LogTarget, Traffic
from .nat_instance import NatInstance, NatWay
from .network import SsmNetwork, SsmNetworkArgs
from .public_access import require_public_access
from .routes import Variant
from .zones import find_zones

__all__ = [
    "LINUX_PORTS",
    "WINDOWS_PORTS",
    "EndpointSource",
    "ExistingNetwork",
    "ExistingNetworkArgs",
    "ExistingVpc",
    "FlowLogs",
    "LogTarget",
    "NatInstance",
    "NatWay",
    "SsmNetwork",
    "SsmNetworkArgs",
    "Traffic",
    "Variant",
    "WayOut",
    "find_existing",
    "find_zones",
    "require_public_access",
]
