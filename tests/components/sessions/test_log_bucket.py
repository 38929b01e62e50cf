"""The name of a bucket that is made: S3's rules, whatever the component is called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.sessions.log_bucket import bucket_prefix

# "General purpose bucket naming rules", S3 user guide; what pulumi-aws adds is digits and letters a to f, 26 of them.
TAKEN = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{0,36}")


@pytest.mark.parametrize(
    ("component", "prefix"),
    [
        pytest.param("main", "main-session-logs-", id="as stacks that are there have it"),
        pytest.param("a" * 23, f"{'a' * 23}-session-logs-", id="the longest"),
        pytest.param("a" * 24, f"{'a' * 23}-session-logs-", id="longer than S3 takes"),
        pytest.param("Team_B sessions", "team-b-sessions-session-logs-", id="characters that S3 does not take"),
        pytest.param("会议", "session-logs-", id="none that it takes"),
    ],
)
def test_the_name_begins_with_the_components(component: str, prefix: str) -> None:
    assert bucket_prefix(component) == prefix


@given(st.text(min_size=1))
def test_s3_takes_what_any_component_gives(component: str) -> None:
    assert TAKEN.fullmatch(bucket_prefix(component))
