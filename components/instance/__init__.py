"""An instance with no inbound rule: its image, role, group and boot check; and a fleet of such."""

from .default_host_management import DefaultHostManagement, DefaultHostManagementArgs
from .egress import Egress, Protocol
from .fleet import SsmFleet, SsmFleetArgs
from .fleet_plan import Scaling
from .hardware import CpuCredits, Interruption, Placement, Spot, Tenancy
from .images import Image, find_image, with_root_device
from .instance import SsmInstance, SsmInstanceArgs
from .platforms import Architecture, Family, Platform
from .proxy import Proxy
from .references import find_volume_key, require_burstable, require_closed_group
from .rights import Rights
from .volumes import Volume, VolumeKind, VolumeType

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
