"""What all sessions of an account have in common: the preferences document, and the targets and key that it names."""

from components.sessions.preferences import SessionPreferences, SessionPreferencesArgs
from components.sessions.settings import (
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
