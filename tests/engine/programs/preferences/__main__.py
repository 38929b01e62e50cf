"""The session preferences alone, as a program of someone's own uses them."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from components.base.errors import one_message
from components.base.region import Region
from components.sessions.preferences import SessionPreferences, SessionPreferencesArgs
from components.sessions.settings import read_sessions

with one_message():
    sessions = read_sessions("sessions", pulumi.Config().require("sessions"))
    made = SessionPreferences("main", SessionPreferencesArgs(region=Region.ask(), sessions=sessions))
    pulumi.export("document", made.document_name)
    pulumi.export("previous", made.previous)
    pulumi.export("restore", made.restore_command)
    pulumi.export(
        "needs",
        {
            "bucket": made.needs.bucket,
            "bucket_key": made.needs.bucket_key_arn,
            "log_group": made.needs.log_group_arn,
            "session_key": made.needs.session_key_arn,
        },
    )
