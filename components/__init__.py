"""EC2 instances that are reached through AWS Systems Manager Session Manager, as Pulumi components.

base         what every room leans on; it knows none of them
network      a VPC from which Systems Manager is reached
instance     an instance with no inbound rule; it knows base alone, as network, commands, sessions and operators do
commands     scripts that run on instances as a part of an update
sessions     what all sessions of an account have in common
operators    who may open which sessions, and with which lines

Beside them stands what joins them for a stack of this project: settings (all keys), instances and scripts (of a
stack), checks (what is refused before anything is made), prices, updates (who gets security updates).
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
from components.commands import (
    CommandError,
    Instances,
    LastRuns,
    Shell,
    SsmCommand,
    SsmCommandArgs,
    Tagged,
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
    SsmNetwork,
    SsmNetworkArgs,
    Variant,
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
    "NO_NEEDS",
    "AgentPath",
    "Architecture",
    "CloudWatchLogs",
    "CommandError",
    "ConfigError",
    "DefaultHostManagement",
    "DefaultHostManagementArgs",
    "DocumentMode",
    "Egress",
    "Endpoints",
    "Family",
    "Image",
    "Instances",
    "Internet",
    "KeyMode",
    "LastRuns",
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
    "Shell",
    "ShellProfile",
    "SsmCommand",
    "SsmCommandArgs",
    "SsmInstance",
    "SsmInstanceArgs",
    "SsmNetwork",
    "SsmNetworkArgs",
    "Tagged",
    "Variant",
    "Ways",
    "find_image",
    "find_zones",
    "one_message",
    "ready_lines",
]
