"""EC2 instances that are reached through AWS Systems Manager Session Manager, as Pulumi components.

base         what every room leans on; it knows none of them
network      a VPC from which Systems Manager is reached: one of its own, or one that is there
instance     an instance with no inbound rule; it knows base alone, as network, sessions and operators do
sessions     what all sessions of an account have in common
operators    who may open which sessions, and with which lines

Beside them stands what joins them for a stack of this project: settings (all keys), networks (which one a stack has),
instances (of a stack), checks (what is refused before anything is made), prices, updates (who gets security updates).
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
    LINUX_PORTS,
    WINDOWS_PORTS,
    EndpointSource,
    ExistingNetwork,
    ExistingNetworkArgs,
    ExistingVpc,
    SsmNetwork,
    SsmNetworkArgs,
    Variant,
    find_existing,
    find_zones,
)
from components.operators import (
    OperatorAccess,
    OperatorAccessArgs,
    OperatorRole,
    OperatorSettings,
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
    "LINUX_PORTS",
    "NO_NEEDS",
    "WINDOWS_PORTS",
    "AgentPath",
    "Architecture",
    "CloudWatchLogs",
    "ConfigError",
    "DefaultHostManagement",
    "DefaultHostManagementArgs",
    "DocumentMode",
    "Egress",
    "EndpointSource",
    "Endpoints",
    "ExistingNetwork",
    "ExistingNetworkArgs",
    "ExistingVpc",
    "Family",
    "Image",
    "Internet",
    "KeyMode",
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
    "Variant",
    "Ways",
    "find_existing",
    "find_image",
    "find_zones",
    "one_message",
    "ready_lines",
]
