"""Who may open which sessions: the operators' policy and role, and the ready lines that they paste."""

from components.operators.access import OperatorAccess, OperatorAccessArgs
from components.operators.console import Ways, ready_lines
from components.operators.documents import Tunnel
from components.operators.remote_hosts import RemoteHost
from components.operators.settings import OperatorRole, OperatorSettings

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
