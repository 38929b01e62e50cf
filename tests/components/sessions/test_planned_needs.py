"""What is planned for is at least as long as what AWS and Pulumi make of it."""

import pytest

from components.base.buckets import BUCKET_NAME
from components.base.needs import NO_NEEDS, SessionNeeds
from components.sessions.planned_needs import planned_needs
from components.sessions.settings import CloudWatchLogs, KeyMode, S3Logs, SessionSettings
from tests.components.graph import US_GOV_WEST_1

OWN_KEY = "arn:aws:kms:us-east-1:123456789012:key/own"


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        pytest.param(None, NO_NEEDS, id="no sessions"),
        pytest.param(SessionSettings(idle_minutes=5), NO_NEEDS, id="sessions that need nothing"),
        pytest.param(SessionSettings(key=OWN_KEY), SessionNeeds(session_key_arn=OWN_KEY), id="an own key"),
        pytest.param(
            SessionSettings(s3=S3Logs(bucket="logs", bucket_key=OWN_KEY, prefix="dev")),
            SessionNeeds(bucket="logs", bucket_prefix="dev", bucket_key_arn=OWN_KEY),
            id="an own bucket",
        ),
    ],
)
def test_what_has_a_name_has_it_already(sessions: SessionSettings | None, expected: SessionNeeds) -> None:
    assert planned_needs(sessions) == expected


def test_what_has_none_yet_is_as_long_as_it_can_get() -> None:
    needs = planned_needs(SessionSettings(key=KeyMode.CREATE, s3=S3Logs(), cloudwatch=CloudWatchLogs()))
    key = US_GOV_WEST_1.arn("kms", f"key/mrk-{'0' * 32}")
    group = US_GOV_WEST_1.arn("logs", f"log-group:/{'p' * 40}/{'s' * 40}/main")

    assert BUCKET_NAME.fullmatch(str(needs.bucket))
    assert not BUCKET_NAME.fullmatch(f"{needs.bucket}x")
    assert needs.session_key_arn == needs.bucket_key_arn
    assert len(str(needs.session_key_arn)) >= len(key)
    assert len(str(needs.log_group_arn)) >= len(group)
