"""What is planned for is at least as long as what AWS and Pulumi make of it."""

from dataclasses import asdict

import pytest

from components.base.buckets import BUCKET_NAME
from components.base.needs import NO_NEEDS, SessionNeeds
from components.sessions.planned_needs import planned_needs
from components.sessions.settings import CloudWatchLogs, KeyMode, S3Logs, SessionSettings
from tests.components.graph import US_GOV_WEST_1
from tests.components.sessions.test_preferences import OWN_KEY, deploy_preferences


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        pytest.param(None, NO_NEEDS, id="no sessions"),
        pytest.param(SessionSettings(idle_minutes=5), NO_NEEDS, id="sessions that need nothing"),
        pytest.param(SessionSettings(key=OWN_KEY), SessionNeeds(session_key_arn=OWN_KEY), id="an own key"),
        pytest.param(
            SessionSettings(s3=S3Logs(bucket="logs", bucket_key=OWN_KEY, prefix="dev")),
            SessionNeeds(bucket="logs", bucket_prefix="dev", own_bucket=True, bucket_key_arn=OWN_KEY),
            id="an own bucket",
        ),
    ],
)
def test_what_has_a_name_has_it_already(sessions: SessionSettings | None, expected: SessionNeeds) -> None:
    assert planned_needs(sessions) == expected


@pytest.mark.parametrize(
    "sessions",
    [
        pytest.param(SessionSettings(idle_minutes=5), id="nothing"),
        pytest.param(SessionSettings(key=KeyMode.CREATE, s3=S3Logs(), cloudwatch=CloudWatchLogs()), id="ours"),
        pytest.param(SessionSettings(s3=S3Logs(bucket="own")), id="an own bucket"),
        pytest.param(SessionSettings(key=OWN_KEY, s3=S3Logs(bucket="own", bucket_key=OWN_KEY)), id="an own key"),
    ],
)
def test_what_is_planned_for_is_what_the_component_needs_in_the_end(sessions: SessionSettings) -> None:
    _, told = deploy_preferences(sessions)
    planned = asdict(planned_needs(sessions))

    assert {part: bool(value) for part, value in planned.items()} == {
        part: bool(value) for part, value in told["needs"].items()
    }


def test_what_has_none_yet_is_as_long_as_it_can_get() -> None:
    needs = planned_needs(SessionSettings(key=KeyMode.CREATE, s3=S3Logs(), cloudwatch=CloudWatchLogs()))
    key = US_GOV_WEST_1.arn("kms", f"key/mrk-{'0' * 32}")
    group = US_GOV_WEST_1.arn("logs", f"log-group:/{'p' * 40}/{'s' * 40}/main")

    assert BUCKET_NAME.fullmatch(str(needs.bucket))
    assert not BUCKET_NAME.fullmatch(f"{needs.bucket}x")
    assert needs.session_key_arn == needs.bucket_key_arn
    assert len(str(needs.session_key_arn)) >= len(key)
    assert len(str(needs.log_group_arn)) >= len(group)
