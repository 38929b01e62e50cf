"""A VPC from which an SSM agent reaches Systems Manager: subnets, routes, endpoints, NAT, the way to S3."""

from components.network.acls import WayOut
from components.network.flow_logs import FlowLogs, LogTarget, Traffic
from components.network.nat_instance import NatInstance, NatWay
from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.routes import Variant
from components.network.zones import find_zones

__all__ = [
    "FlowLogs",
    "LogTarget",
    "NatInstance",
    "NatWay",
    "SsmNetwork",
    "SsmNetworkArgs",
    "Traffic",
    "Variant",
    "WayOut",
    "find_zones",
]
