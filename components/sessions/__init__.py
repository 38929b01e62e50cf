"""What all sessions of an account have in common: the preferences document, and the targets and key that it names."""

from .preferences import SessionPreferences, SessionPreferencesArgs
from .settings import (
    CloudWatchLogs,
    DocumentMode,
    KeyMode,
    RunAs,
    S3Logs,
    SessionSettings,
    ShellProfile,
)

__all__ = [
    "CloudWatchLogs",
    "DocumentMode",
    "KeyMode",
    "RunAs",
    "S3Logs",
    "SessionPreferences",
    "SessionPreferencesArgs",
    "SessionSettings",
    "ShellProfile",
]
