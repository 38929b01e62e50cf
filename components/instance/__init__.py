"""An instance with no inbound rule: its image, role, group and boot check."""

from components.instance.default_host_management import DefaultHostManagement, DefaultHostManagementArgs
from components.instance.egress import Egress, Protocol
from components.instance.images import Image, find_image
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
    "SsmInstance",
    "SsmInstanceArgs",
    "find_image",
]
