"""The Session document, whole, and the line that puts an earlier one back."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.sessions.account_document import Held
from components.sessions.preferences_document import Targets, next_version, restore_command, session_document
from components.sessions.settings import CloudWatchLogs, RunAs, S3Logs, SessionSettings, ShellProfile

NOTHING = {
    "s3BucketName": "",
    "s3KeyPrefix": "",
    "s3EncryptionEnabled": False,
    "cloudWatchLogGroupName": "",
    "cloudWatchEncryptionEnabled": False,
    "cloudWatchStreamingEnabled": False,
    "idleSessionTimeout": "",
    "maxSessionDuration": "",
    "kmsKeyId": "",
    "runAsEnabled": False,
    "runAsDefaultUser": "",
    "shellProfile": {"linux": "", "windows": ""},
}
KEY = "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/1"


@pytest.mark.parametrize(
    ("sessions", "targets", "inputs"),
    [
        pytest.param(SessionSettings(), Targets(), {}, id="nothing asked for"),
        pytest.param(
            SessionSettings(s3=S3Logs(prefix="dev")),
            Targets(bucket="logs"),
            {"s3BucketName": "logs", "s3KeyPrefix": "dev", "s3EncryptionEnabled": True},
            id="a bucket, which is always encrypted",
        ),
        pytest.param(
            SessionSettings(cloudwatch=CloudWatchLogs()),
            Targets(log_group="/logs"),
            {"cloudWatchLogGroupName": "/logs", "cloudWatchStreamingEnabled": True},
            id="a log group without a key of its own counts as not encrypted",
        ),
        pytest.param(
            SessionSettings(cloudwatch=CloudWatchLogs(streaming=False)),
            Targets(log_group="/logs", log_group_encrypted=True, key_arn=KEY),
            {"cloudWatchLogGroupName": "/logs", "cloudWatchEncryptionEnabled": True, "kmsKeyId": KEY},
            id="a log group with a key, at the end of a session",
        ),
        pytest.param(
            SessionSettings(idle_minutes=15, max_minutes=480),
            Targets(),
            {"idleSessionTimeout": "15", "maxSessionDuration": "480"},
            id="limits, which are text there",
        ),
        pytest.param(
            SessionSettings(run_as=RunAs(user="ops")),
            Targets(),
            {"runAsEnabled": True, "runAsDefaultUser": "ops"},
            id="Run As with a user for all",
        ),
        pytest.param(SessionSettings(run_as=RunAs()), Targets(), {"runAsEnabled": True}, id="Run As by tag alone"),
    ],
)
def test_the_document(sessions: SessionSettings, targets: Targets, inputs: dict[str, Any]) -> None:
    assert json.loads(session_document(sessions, targets, "of this stack")) == {
        "schemaVersion": "1.0",
        "description": "of this stack",
        "sessionType": "Standard_Stream",
        "inputs": {**NOTHING, **inputs},
    }


@given(linux=st.text(max_size=512), windows=st.text(max_size=512))
def test_rival_defect_the_shell_profile_never_reaches_the_document(linux: str, windows: str) -> None:
    """A module of this kind has an inverted condition there, and its document never has the profile."""
    sessions = SessionSettings(shell_profile=ShellProfile(linux=linux, windows=windows))

    document = json.loads(session_document(sessions, Targets(), ""))

    assert document["inputs"]["shellProfile"] == {"linux": linux, "windows": windows}


OURS = "Managed by Pulumi: p/s/main."


def of_minutes(minutes: int, description: str = OURS) -> str:
    return session_document(SessionSettings(idle_minutes=minutes), Targets(), description)


def held(content: str, version: int = 7) -> Held:
    return Held(name="d", arn="arn:aws:ssm:us-east-1:123456789012:document/d", version=str(version), content=content)


@pytest.mark.parametrize(
    "latest",
    [
        pytest.param(of_minutes(5), id="the same text"),
        pytest.param(of_minutes(5, f"{OURS} Replaces version 6."), id="but for the note"),
        pytest.param(json.dumps(json.loads(of_minutes(5)), indent=1, sort_keys=True) + "\n", id="but for white space"),
    ],
)
def test_a_version_that_says_the_same_stays(latest: str) -> None:
    assert next_version(of_minutes(5), held(latest)) == latest


@pytest.mark.parametrize(
    "latest",
    [
        pytest.param(of_minutes(6), id="another setting"),
        pytest.param(of_minutes(5, "theirs"), id="another description"),
        pytest.param(of_minutes(5, f"{OURS} Replaces version 6. By hand."), id="more after the note"),
        pytest.param("schemaVersion: '1.0'", id="YAML"),
        pytest.param("[]", id="no map"),
        pytest.param('{"description": 1}', id="no text for a description"),
    ],
)
def test_a_version_that_says_something_else_is_replaced(latest: str) -> None:
    wanted = of_minutes(5, f"{OURS} Replaces version 7.")

    assert json.loads(next_version(of_minutes(5), held(latest))) == json.loads(wanted)


def test_the_first_version_replaces_none() -> None:
    assert next_version(of_minutes(5), None) == of_minutes(5)


@given(st.lists(st.integers(1, 3) | st.sampled_from(["{}", "a: b", of_minutes(1), of_minutes(2)]) | st.text()))
def test_every_update_arrives_and_the_next_has_nothing_to_do(updates: list[int | str]) -> None:
    """Numbers are this program's updates, text is what somebody writes by hand."""
    versions: list[str] = []

    def update(content: str) -> None:
        """UpdateDocument as the provider uses it: AWS's refusal is no error."""
        if content not in versions:
            versions.append(content)

    def latest() -> Held | None:
        return held(versions[-1], len(versions)) if versions else None

    for one in updates:
        update(one if isinstance(one, str) else next_version(of_minutes(one), latest()))
        if isinstance(one, int):
            assert json.loads(versions[-1])["inputs"]["idleSessionTimeout"] == str(one)
            assert json.loads(versions[-1])["description"].startswith(OURS)
            assert next_version(of_minutes(one), latest()) == versions[-1]


def test_the_line_that_puts_an_earlier_version_back() -> None:
    line = restore_command("cn-north-1", "SSM-SessionManagerRunShell", "3")
    at = "--region cn-north-1 --name SSM-SessionManagerRunShell"

    assert line == (
        f"aws ssm update-document-default-version {at} --document-version"
        f" \"$(aws ssm update-document {at} --document-version '$LATEST' --content"
        f' "$(aws ssm get-document {at} --document-version 3 --document-format JSON --query Content --output text)'
        f'$(printf "%$(aws ssm describe-document {at} --query Document.LatestVersion --output text)s" \'\')"'
        ' --query DocumentDescription.DocumentVersion --output text)"'
    )
    assert shlex.split(line)[:3] == ["aws", "ssm", "update-document-default-version"]


def test_the_guide_has_the_line_for_who_lost_it() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "sessions.md").read_text()

    assert f"\n{restore_command('us-east-1', 'SSM-SessionManagerRunShell', '3')}\n" in guide
