"""An instance with no inbound rule: its image, role, group and boot check; and a fleet of such."""

from components.instance.default_host_management import DefaultHostManagement, DefaultHostManagementArgs
from components.instance.egress import Egress, Protocol
from components.instance.fleet import SsmFleet, SsmFleetArgs
from components.instance.fleet_plan import Scaling
from components.instance.images import Image, find_image, with_root_device
from components.instance.instance import SsmInstance, SsmInstanceArgs
from components.instance.platforms import Architecture, Family, Platform
from components.instance.rights import Rights

__all__ = [
    "Architecture",
    "DefaultHostManagement",
    "DefaultHostManagementArgs",
    "Egress",
    "Family",
    "Image",
    "Platform",
    "Protocol",
    "Rights",
    "Scaling",
    "SsmFleet",
    "SsmFleetArgs",
    "SsmInstance",
    "SsmInstanceArgs",
    "find_image",
    "with_root_device",
]
