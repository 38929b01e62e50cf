"""EC2 instances that are reached through AWS Systems Manager Session Manager, as Pulumi components.

base         what every room leans on; it knows none of them
network      a VPC from which Systems Manager is reached
instance     an instance with no inbound rule; it knows base alone, as network, sessions and operators do
sessions     what all sessions of an account have in common
operators    who may open which sessions, and with which lines

Beside them stands what joins them for a stack of this project: settings (all keys), instances (of a stack), checks
(what is refused before anything is made), nat (what stands in place of NAT gateways), prices (what it costs),
replacements (which settings make other instances of those that are there), updates (who gets security updates).
"""

from components.base import (
    DEFAULT_DOCUMENT,
    NO_NEEDS,
    AgentPath,
    ConfigError,
    Endpoints,
    Internet,
    Region,
    SessionNeeds,
    one_message,
)
from components.instance import (
    Architecture,
    DefaultHostManagement,
    DefaultHostManagementArgs,
    Egress,
    Family,
    Image,
    Platform,
    Protocol,
    Rights,
    SsmInstance,
    SsmInstanceArgs,
    find_image,
)
from components.network import (
    FlowLogs,
    LogTarget,
    NatInstance,
    NatWay,
    SsmNetwork,
    SsmNetworkArgs,
    Traffic,
    Variant,
    WayOut,
    find_zones,
)
from components.operators import (
    OperatorAccess,
    OperatorAccessArgs,
    OperatorRole,
    OperatorSettings,
    Tunnel,
    Ways,
    ready_lines,
)
from components.sessions import (
    CloudWatchLogs,
    DocumentMode,
    KeyMode,
    RunAs,
    S3Logs,
    SessionPreferences,
    SessionPreferencesArgs,
    SessionSettings,
    ShellProfile,
)

__all__ = [
    "DEFAULT_DOCUMENT",
    "NO_NEEDS",
    "AgentPath",
    "Architecture",
    "CloudWatchLogs",
    "ConfigError",
    "DefaultHostManagement",
    "DefaultHostManagementArgs",
    "DocumentMode",
    "Egress",
    "Endpoints",
    "Family",
    "FlowLogs",
    "Image",
    "Internet",
    "KeyMode",
    "LogTarget",
    "NatInstance",
    "NatWay",
    "OperatorAccess",
    "OperatorAccessArgs",
    "OperatorRole",
    "OperatorSettings",
    "Platform",
    "Protocol",
    "Region",
    "Rights",
    "RunAs",
    "S3Logs",
    "SessionNeeds",
    "SessionPreferences",
    "SessionPreferencesArgs",
    "SessionSettings",
    "ShellProfile",
    "SsmInstance",
    "SsmInstanceArgs",
    "SsmNetwork",
    "SsmNetworkArgs",
    "Traffic",
    "Tunnel",
    "Variant",
    "WayOut",
    "Ways",
    "find_image",
    "find_zones",
    "one_message",
    "ready_lines",
]
