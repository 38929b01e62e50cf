"""A VPC from which an SSM agent reaches Systems Manager: one that is made, or one that is there (`existing`)."""

from components.network.existing import (
    LINUX_PORTS,
    WINDOWS_PORTS,
    EndpointSource,
    ExistingNetwork,
    ExistingNetworkArgs,
    ExistingVpc,
    find_existing,
)
from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.routes import Variant
from components.network.zones import find_zones

__all__ = [
    "LINUX_PORTS",
    "WINDOWS_PORTS",
    "EndpointSource",
    "ExistingNetwork",
    "ExistingNetworkArgs",
    "ExistingVpc",
    "SsmNetwork",
    "SsmNetworkArgs",
    "Variant",
    "find_existing",
    "find_zones",
]
