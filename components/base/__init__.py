"""What every room leans on: Region, way to Systems Manager, needs of sessions, how a setting is read or refused."""

from components.base.document_names import DEFAULT_DOCUMENT
from components.base.errors import ConfigError, one_message
from components.base.needs import NO_NEEDS, SessionNeeds
from components.base.path import AgentPath, EndpointGroup, Endpoints, Internet
from components.base.region import Region
from components.base.targets import PrefixListTarget, SecurityGroupTarget

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
