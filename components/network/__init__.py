"""A VPC from which an SSM agent reaches Systems Manager: one that is made, or one that is there (`existing`)."""

from components.network.acls import WayOut
from components.network.existing import (
    LINUX_PORTS,
    WINDOWS_PORTS,
    EndpointSource,
    ExistingNetwork,
    ExistingNetworkArgs,
    ExistingVpc,
    find_existing,
)
from components.network.flow_logs import FlowLogs, LogTarget, Traffic
from components.network.nat_instance import NatInstance, NatWay
from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.public_access import require_public_access
from components.network.routes import Variant
from components.network.zones import find_zones

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
