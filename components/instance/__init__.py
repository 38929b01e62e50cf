"""An instance with no inbound rule: its image, role, group and boot check; and a fleet of such."""

from components.instance.default_host_management import DefaultHostManagement, DefaultHostManagementArgs
from components.instance.egress import Egress, Protocol
from components.instance.fleet import SsmFleet, SsmFleetArgs
from components.instance.fleet_plan import Scaling
from components.instance.hardware import CpuCredits, Interruption, Placement, Spot, Tenancy
from components.instance.images import Image, find_image, with_root_device
from components.instance.instance import SsmInstance, SsmInstanceArgs
from components.instance.platforms import Architecture, Family, Platform
from components.instance.proxy import Proxy
from components.instance.references import find_volume_key, require_burstable, require_closed_group
from components.instance.rights import Rights
from components.instance.volumes import Volume, VolumeKind, VolumeType

__all__ = [
    "Architecture",
    "CpuCredits",
    "DefaultHostManagement",
    "DefaultHostManagementArgs",
    "Egress",
    "Family",
    "Image",
    "Interruption",
    "Placement",
    "Platform",
    "Protocol",
    "Proxy",
    "Rights",
    "Scaling",
    "Spot",
    "SsmFleet",
    "SsmFleetArgs",
    "SsmInstance",
    "SsmInstanceArgs",
    "Tenancy",
    "Volume",
    "VolumeKind",
    "VolumeType",
    "find_image",
    "find_volume_key",
    "require_burstable",
    "require_closed_group",
    "with_root_device",
]
