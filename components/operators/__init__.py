"""Who may open which sessions: the operators' policy and role, and the ready lines that they paste."""

from .access import OperatorAccess, OperatorAccessArgs
from .console import Ways, ready_lines
from .documents import Tunnel
from .remote_hosts import RemoteHost
from .settings import OperatorRole, OperatorSettings

__all__ = [
    "OperatorAccess",
    "OperatorAccessArgs",
    "OperatorRole",
    "OperatorSettings",
    "RemoteHost",
    "Tunnel",
    "Ways",
    "ready_lines",
]
