"""What every room leans on: Region, way to Systems Manager, needs of sessions, how a setting is read or refused."""

from .document_names import DEFAULT_DOCUMENT
from .errors import ConfigError, one_message
from .needs import NO_NEEDS, SessionNeeds
from .path import AgentPath, EndpointGroup, Endpoints, Internet
from .region import Region
from .targets import PrefixListTarget, SecurityGroupTarget

__all__ = [
    "DEFAULT_DOCUMENT",
    "NO_NEEDS",
    "AgentPath",
    "ConfigError",
    "EndpointGroup",
    "Endpoints",
    "Internet",
    "PrefixListTarget",
    "Region",
    "SecurityGroupTarget",
    "SessionNeeds",
    "one_message",
]
