"""What the account's own document names is said, with the line that serves it."""

from __future__ import annotations

import json
import re
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.base.document_names import DEFAULT_DOCUMENT
from components.sessions.account_preferences import AccountPreferences, look_at_account_preferences
from components.sessions.planned_needs import planned_needs
from components.sessions.settings import SessionSettings, read_sessions
from components.settings import Settings
from tests.components.graph import US_EAST_1, deploy
from tests.components.sessions.test_preferences import (
    ARN,
    GET_DOCUMENT,
    GET_KEY,
    HELD,
    Account,
    of_state,
)

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:us-east-1:123456789012:key/{KEY_ID}"


def preferences(**inputs: Any) -> str:
    """As the console writes them: everything is there, and what is off is empty."""
    empty = {
        "s3BucketName": "",
        "s3KeyPrefix": "",
        "s3EncryptionEnabled": True,
        "cloudWatchLogGroupName": "",
        "cloudWatchEncryptionEnabled": True,
        "kmsKeyId": "",
        "runAsEnabled": False,
        "runAsDefaultUser": "",
    }
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {**empty, **inputs}})


def look(
    content: str | None,
    monkeypatch: pytest.MonkeyPatch,
    *,
    sessions: SessionSettings | None = None,
    state: Any = None,
    key: str | None = KEY,
) -> tuple[list[str], AccountPreferences]:
    """What is said, and what is found."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    found: list[AccountPreferences] = []
    account = Account(documents={} if content is None else {DEFAULT_DOCUMENT: content}, state=state)
    answers = {**account.answers, GET_KEY: lambda _: "AccessDeniedException" if key is None else {"arn": key}}
    deploy(lambda: found.append(look_at_account_preferences(US_EAST_1, sessions)), answers=answers)
    return said, found[0]


def pasted(warning: str) -> Settings:
    """The line that a person takes from the warning into the stack's file, read as Pulumi hands it over."""
    (line,) = re.findall(r"^  ssm-only:.*$", warning, re.MULTILINE)
    config = yaml.safe_load(f"config:\n{line}")["config"]
    return Settings.parse({key.removeprefix("ssm-only:"): json.dumps(value) for key, value in config.items()})


@pytest.mark.parametrize(
    ("inputs", "named", "needs"),
    [
        pytest.param({"kmsKeyId": KEY}, f"key {KEY}.", {"session_key_arn"}, id="a key"),
        pytest.param({"kmsKeyId": KEY_ID}, f"key {KEY}.", {"session_key_arn"}, id="a key by its id"),
        pytest.param({"kmsKeyId": "alias/sessions"}, f"key {KEY}.", {"session_key_arn"}, id="a key by its alias"),
        pytest.param({"s3BucketName": "logs"}, "bucket logs.", {"bucket"}, id="a bucket"),
        pytest.param({"s3BucketName": "logs", "s3KeyPrefix": "a/b/"}, "bucket logs.", {"bucket"}, id="and a prefix"),
        pytest.param({"cloudWatchLogGroupName": "/logs"}, "log group /logs.", {"log_group_arn"}, id="a log group"),
        pytest.param(
            {"s3BucketName": "logs", "cloudWatchLogGroupName": "/logs", "kmsKeyId": KEY},
            f"bucket logs, log group /logs, key {KEY}.",
            {"bucket", "log_group_arn", "session_key_arn"},
            id="all of it",
        ),
    ],
)
def test_what_it_names_is_said_and_the_line_serves_it(
    inputs: dict[str, str], named: str, needs: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (warning,), _ = look(preferences(**inputs), monkeypatch)
    settings = pasted(warning)

    assert f" names {named} " in warning
    assert {part for part in needs | {"bucket"} if getattr(planned_needs(settings.sessions), part) is not None} == needs
    # With the line there is nothing left to say.
    assert look(preferences(**inputs), monkeypatch, sessions=settings.sessions)[0] == []


@pytest.mark.parametrize(
    ("content", "state"),
    [
        pytest.param(None, None, id="there is none"),
        pytest.param(preferences(idleSessionTimeout="5", s3KeyPrefix="left over"), None, id="it names nothing"),
        pytest.param("schemaVersion: '1.0'\ninputs: {kmsKeyId: x}", None, id="it is no JSON"),
        pytest.param('["inputs"]', None, id="it is of another form"),
        pytest.param(preferences(kmsKeyId=KEY), of_state(ARN), id="it is the stack's own, and goes with this update"),
    ],
)
def test_otherwise_nothing_is_said(content: str | None, state: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(content, monkeypatch, state=state) == ([], AccountPreferences())


def test_one_that_the_stack_adopted_stays_and_so_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(look(preferences(kmsKeyId=KEY), monkeypatch, state=of_state(ARN, HELD))[0]) == 1


@pytest.mark.parametrize(
    "sessions",
    [
        pytest.param({"s3": {"bucket": "logs"}, "key": KEY}, id="the group is missing"),
        pytest.param({"s3": {"bucket": "other"}, "cloudwatch": {"group": "/logs"}, "key": KEY}, id="another bucket"),
        pytest.param({"s3": {"bucket": "logs"}, "cloudwatch": {"group": "/logs"}, "key": f"{KEY}0"}, id="another key"),
    ],
)
def test_settings_that_serve_a_part_of_it_are_said_too(
    sessions: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = preferences(s3BucketName="logs", cloudWatchLogGroupName="/logs", kmsKeyId=KEY)
    given_settings = read_sessions("sessions", json.dumps({"document": "skip", **sessions}))

    assert len(look(content, monkeypatch, sessions=given_settings)[0]) == 1


def test_an_alias_that_aws_does_not_tell_is_the_persons_to_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    (warning,), _ = look(preferences(kmsKeyId="alias/sessions"), monkeypatch, key=None)

    assert warning.endswith("AWS does not tell this program the ARN of alias/sessions: put that in its place.")


@pytest.mark.parametrize(
    ("enabled", "user"), [pytest.param(True, "ops", id="on"), pytest.param(False, "", id="off, with a user left over")]
)
def test_run_as_is_told(enabled: object, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said, found = look(preferences(runAsEnabled=enabled, runAsDefaultUser="ops"), monkeypatch)

    assert (said, found.run_as) == ([], user)


def test_without_the_right_to_read_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    denied = "reading SSM Document: AccessDeniedException: not authorized to perform: ssm:GetDocument"
    deploy(lambda: look_at_account_preferences(US_EAST_1, None), answers={GET_DOCUMENT: lambda _: denied})

    assert [one.split(". ")[0] for one in told] == [
        "AWS does not let this program read SSM-SessionManagerRunShell (ssm:GetDocument)"
    ]


def test_another_error_is_not_passed_over() -> None:
    def program() -> None:
        with pytest.raises(Exception, match="Throttling"):
            look_at_account_preferences(US_EAST_1, None)

    deploy(program, answers={GET_DOCUMENT: lambda _: "ThrottlingException"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("inputs"), inner),
    )
)
def test_no_text_of_a_document_ends_the_program(content: Any) -> None:
    AccountPreferences.of(json.dumps(content))
