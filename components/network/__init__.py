"""A VPC from which an SSM agent reaches Systems Manager: subnets, routes, endpoints, the way to S3."""

from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.routes import Variant
from components.network.zones import find_zones

__all__ = [
    "SsmNetwork",
    "SsmNetworkArgs",
    "Variant",
    "find_zones",
]
