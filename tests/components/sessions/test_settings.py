"""The `sessions` key: what is read from it, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.document_names import DEFAULT_DOCUMENT
from components.base.errors import ConfigError
from components.sessions.settings import (
    CloudWatchLogs,
    DocumentMode,
    KeyMode,
    RunAs,
    S3Logs,
    SessionSettings,
    ShellProfile,
    read_sessions,
)

KEY = "arn:aws-cn:kms:cn-north-1:123456789012:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"


def read(given: Any) -> SessionSettings:
    return read_sessions("sessions", json.dumps(given))


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        pytest.param({}, SessionSettings(), id="all defaults"),
        pytest.param({"document": "adopt"}, SessionSettings(document=DocumentMode.ADOPT), id="adopt"),
        pytest.param(
            {"document": "named", "name": "team-b_1.0"},
            SessionSettings(document=DocumentMode.NAMED, name="team-b_1.0"),
            id="a name of one's own",
        ),
        pytest.param({"s3": {}}, SessionSettings(s3=S3Logs()), id="a bucket with all defaults"),
        pytest.param(
            {
                "s3": {
                    "prefix": "dev/web",
                    "expireDays": 365,
                    "objectLockDays": 365,
                }
            },
            SessionSettings(s3=S3Logs(prefix="dev/web", expire_days=365, object_lock_days=365)),
            id="a bucket with everything that goes with a lock",
        ),
        pytest.param(
            {"s3": {"expireDays": 1, "deleteWithContent": True}},
            SessionSettings(s3=S3Logs(expire_days=1, delete_with_content=True)),
            id="a bucket that goes with its logs",
        ),
        pytest.param(
            {"s3": {"bucket": "our-logs.2026", "bucketKey": KEY}},
            SessionSettings(s3=S3Logs(bucket="our-logs.2026", bucket_key=KEY)),
            id="an own bucket with its key",
        ),
        pytest.param(
            {"cloudwatch": {"retentionDays": "90", "streaming": False}},
            SessionSettings(cloudwatch=CloudWatchLogs(retention_days=90, streaming=False)),
            id="a log group",
        ),
        pytest.param(
            {"cloudwatch": {"group": "/our/logs#1"}},
            SessionSettings(cloudwatch=CloudWatchLogs(group="/our/logs#1")),
            id="an own log group",
        ),
        pytest.param(
            {"document": "skip", "cloudwatch": '{"group":"g","streaming":true}'},
            SessionSettings(document=DocumentMode.SKIP, cloudwatch=CloudWatchLogs(group="g")),
            id="a map as `pulumi config set --path` leaves it, as text",
        ),
        pytest.param({"key": "create"}, SessionSettings(key=KeyMode.CREATE), id="a key"),
        pytest.param(
            {"idleMinutes": 15, "maxMinutes": 15},
            SessionSettings(idle_minutes=15, max_minutes=15),
            id="an idle time as long as a session",
        ),
        pytest.param({"key": KEY}, SessionSettings(key=KEY), id="an own key"),
        pytest.param(
            {"idleMinutes": 1, "maxMinutes": "1440"},
            SessionSettings(idle_minutes=1, max_minutes=1440),
            id="limits at the ends of their ranges",
        ),
        pytest.param({"runAs": {}}, SessionSettings(run_as=RunAs()), id="Run As by tag alone"),
        pytest.param({"runAs": {"user": "CORP\\ops"}}, SessionSettings(run_as=RunAs(user="CORP\\ops")), id="Run As"),
        pytest.param(
            {"shellProfile": {"linux": "x" * 512, "windows": "y"}},
            SessionSettings(shell_profile=ShellProfile(linux="x" * 512, windows="y")),
            id="profiles as long as they may be",
        ),
        pytest.param(
            {"document": "skip", "s3": {"bucket": "logs", "prefix": "p"}, "cloudwatch": {"group": "g"}, "key": KEY},
            SessionSettings(
                document=DocumentMode.SKIP,
                s3=S3Logs(bucket="logs", prefix="p"),
                cloudwatch=CloudWatchLogs(group="g"),
                key=KEY,
            ),
            id="skip with what the account's document uses",
        ),
    ],
)
def test_what_is_read(given: Any, settings: SessionSettings) -> None:
    assert read(given) == settings


SKIPPED = "sessions.document is skip, which writes no document, so"
UNUSED = "so this would change nothing. Remove it."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            [],
            "ssm-only:sessions is '[]': use a map, for example {idleMinutes: 15, s3: {expireDays: 90}}.",
            id="no map",
        ),
        pytest.param(
            {"idle": 5},
            "ssm-only:sessions.idle is 5: there is no such key. Keys are document, name, s3, cloudwatch, key, "
            "idleMinutes, maxMinutes, runAs, shellProfile.",
            id="an unknown key",
        ),
        pytest.param(
            {"s3": {"expiredays": 5}},
            "ssm-only:sessions.s3.expiredays is 5: there is no such key. Did you mean expireDays? Keys are bucket, "
            "bucketKey, requireEncryption, prefix, expireDays, objectLockDays, deleteWithContent.",
            id="a misspelt key further down",
        ),
        pytest.param(
            {"document": "overwrite"},
            "ssm-only:sessions.document is 'overwrite': use one of create, adopt, named, skip.",
            id="no such mode",
        ),
        pytest.param(
            {"document": "named"},
            f"ssm-only:sessions.document is 'named': set sessions.name too. {DEFAULT_DOCUMENT} is the account's.",
            id="named without a name",
        ),
        pytest.param(
            {"name": "team-b"},
            "ssm-only:sessions.name is 'team-b': sessions.document is create. Set it to named, or remove this.",
            id="a name for the account's document",
        ),
        pytest.param(
            {"document": "named", "name": "AWS-Sessions"},
            "ssm-only:sessions.name is 'AWS-Sessions': AWS keeps names that begin with aws, amazon, amzn for itself.",
            id="a name of AWS",
        ),
        pytest.param(
            {"document": "named", "name": "a b"},
            "ssm-only:sessions.name is 'a b': use 3 to 128 letters, digits, dots, hyphens and underscores.",
            id="a name with a blank",
        ),
        pytest.param(
            {"idleMinutes": 0},
            "ssm-only:sessions.idleMinutes is 0: use a whole number from 1 to 60.",
            id="no idle time",
        ),
        pytest.param(
            {"idleMinutes": 61},
            "ssm-only:sessions.idleMinutes is 61: use a whole number from 1 to 60.",
            id="too long an idle time",
        ),
        pytest.param(
            {"maxMinutes": 1441},
            "ssm-only:sessions.maxMinutes is 1441: use a whole number from 1 to 1440.",
            id="longer than a day",
        ),
        pytest.param(
            {"shellProfile": {"linux": "x" * 513}},
            "ssm-only:sessions.shellProfile.linux is 'xxxxxxxxxxxxxxxxxxxx…': AWS takes 512 characters, and this has "
            "513. Put the rest into a file on the instances, and run that.",
            id="too long a profile",
        ),
        pytest.param(
            {"runAs": {"user": "ops; reboot"}},
            "ssm-only:sessions.runAs.user is 'ops; reboot': use the name of a user on the instances.",
            id="no name of a user",
        ),
        pytest.param(
            {"runAs": "ops"},
            "ssm-only:sessions.runAs is 'ops': use a map, for example {user: ops}; {} takes the tag SSMSessionRunAs "
            "alone.",
            id="a user without a map",
        ),
        pytest.param(
            {"s3": {"bucket": "Logs"}},
            "ssm-only:sessions.s3.bucket is 'Logs': use the name of a bucket.",
            id="no name of a bucket",
        ),
        pytest.param(
            {"s3": {"prefix": "dev/"}},
            "ssm-only:sessions.s3.prefix is 'dev/': use up to 256 of S3's safe characters, no slash first or last.",
            id="a prefix with a slash too many",
        ),
        pytest.param(
            {"s3": {"bucket": "logs", "expireDays": 9}},
            f"ssm-only:sessions.s3.expireDays is 9: the bucket is your own, {UNUSED}",
            id="a lifecycle for an own bucket",
        ),
        pytest.param(
            {"s3": {"bucketKey": KEY}},
            f"ssm-only:sessions.s3.bucketKey is '{KEY}': a bucket that is made gets the key of sessions, {UNUSED}",
            id="a key of no bucket",
        ),
        pytest.param(
            {"s3": {"expireDays": 9, "objectLockDays": 10}},
            "ssm-only:sessions.s3.expireDays is 9: sessions.s3.objectLockDays is 10, and a locked log stays. Use that "
            "number or more.",
            id="logs that end before their lock",
        ),
        pytest.param(
            {"s3": {"deleteWithContent": True, "objectLockDays": 10}},
            "ssm-only:sessions.s3.deleteWithContent is true: sessions.s3.objectLockDays is 10, and a locked log stays. "
            "Remove one of the two.",
            id="a bucket that is to go with logs that are locked",
        ),
        pytest.param(
            {"cloudwatch": {"retentionDays": 10}},
            "ssm-only:sessions.cloudwatch.retentionDays is 10: CloudWatch Logs takes one of 1, 3, 5, 7, 14, 30, 60, "
            "90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.",
            id="a retention that CloudWatch Logs does not have",
        ),
        pytest.param(
            {"cloudwatch": {"retentionDays": True}},
            "ssm-only:sessions.cloudwatch.retentionDays is true: CloudWatch Logs takes one of 1, 3, 5, 7, 14, 30, 60, "
            "90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.",
            id="a switch where there are days",
        ),
        pytest.param(
            {"cloudwatch": {"group": "g", "retentionDays": 30}},
            f"ssm-only:sessions.cloudwatch.retentionDays is 30: the log group is your own, {UNUSED}",
            id="retention for an own group",
        ),
        pytest.param(
            {"cloudwatch": {"group": "a b"}},
            "ssm-only:sessions.cloudwatch.group is 'a b': use the name of a log group.",
            id="no name of a group",
        ),
        pytest.param(
            {"key": "alias/sessions"},
            "ssm-only:sessions.key is 'alias/sessions': use none, create, or the ARN of a KMS key.",
            id="an alias, which CloudWatch Logs does not take",
        ),
        pytest.param(
            {"document": "skip", "idleMinutes": 5},
            f"ssm-only:sessions.idleMinutes is 5: {SKIPPED} this would change nothing. Remove it.",
            id="skip with a limit",
        ),
        pytest.param(
            {"document": "skip", "cloudwatch": '{"group": "g", "streaming": false}'},
            f"ssm-only:sessions.cloudwatch.streaming is false: {SKIPPED} this would change nothing. Remove it.",
            id="skip with streaming",
        ),
        pytest.param(
            {"document": "skip", "s3": {}},
            f"ssm-only:sessions.s3 is 'a new bucket': {SKIPPED} no session would use a new one. Name the one in use.",
            id="skip with a new bucket",
        ),
        pytest.param(
            {"document": "skip", "cloudwatch": {"retentionDays": 30}},
            f"ssm-only:sessions.cloudwatch is 'a new log group': {SKIPPED} no session would use a new one. Name "
            "the one in use.",
            id="skip with a new group",
        ),
        pytest.param(
            {"document": "skip", "key": "create"},
            f"ssm-only:sessions.key is 'create': {SKIPPED} no session would use a new one. Name the one in use.",
            id="skip with a new key",
        ),
        pytest.param(
            {"document": "skip"},
            "ssm-only:sessions.document is 'skip': alone it changes nothing. Name the bucket, the log group or the key "
            "of the account's document, or remove sessions.",
            id="skip alone",
        ),
        pytest.param(
            {"document": "skip", "cloudwatch": {"group": "g"}, "runAs": {}},
            f'ssm-only:sessions.runAs is {{"user": ""}}: {SKIPPED} this would change nothing. Remove it.',
            id="skip with Run As",
        ),
        pytest.param(
            {"document": "skip", "cloudwatch": {"group": "g"}, "shellProfile": {"windows": "date"}},
            f"ssm-only:sessions.shellProfile.windows is 'date': {SKIPPED} this would change nothing. Remove it.",
            id="skip with a profile",
        ),
        pytest.param(
            {"idleMinutes": 30, "maxMinutes": "15"},
            "ssm-only:sessions.idleMinutes is 30: sessions.maxMinutes is 15, which ends every session before. Use that "
            "number or less.",
            id="a session that ends before it is idle",
        ),
        pytest.param(
            {"idleMinutes": "soon"},
            "ssm-only:sessions.idleMinutes is 'soon': use a whole number from 1 to 60.",
            id="no number",
        ),
        pytest.param(
            {"idleMinutes": True},
            "ssm-only:sessions.idleMinutes is true: use a whole number from 1 to 60.",
            id="a switch, which Python counts with",
        ),
    ],
)
def test_what_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(given)

    assert str(error.value) == message


@given(st.text(min_size=513))
def test_no_profile_is_longer_than_aws_takes(profile: str) -> None:
    """A blank one is refused for that."""
    with pytest.raises(ConfigError):
        read({"shellProfile": {"windows": profile}})


@pytest.mark.parametrize(
    ("make", "key"),
    [
        pytest.param(lambda: SessionSettings(idle_minutes=61), "idleMinutes", id="idle"),
        pytest.param(lambda: SessionSettings(max_minutes=0), "maxMinutes", id="longest"),
        pytest.param(lambda: SessionSettings(name="team-b"), "name", id="a name without named"),
        pytest.param(lambda: SessionSettings(document=DocumentMode.NAMED), "document", id="named without a name"),
        pytest.param(lambda: SessionSettings(document=DocumentMode.SKIP), "document", id="skip alone"),
        pytest.param(lambda: SessionSettings(key="alias/a"), "key", id="no key"),
        pytest.param(lambda: S3Logs(bucket="own", expire_days=1), "s3.expireDays", id="of an own bucket"),
        pytest.param(lambda: S3Logs(object_lock_days=0), "s3.objectLockDays", id="no days"),
        pytest.param(lambda: S3Logs(prefix="/a"), "s3.prefix", id="a prefix"),
        pytest.param(lambda: CloudWatchLogs(retention_days=10), "cloudwatch.retentionDays", id="retention"),
        pytest.param(lambda: RunAs(user="a b"), "runAs.user", id="a user"),
        pytest.param(lambda: ShellProfile(linux="x" * 513), "shellProfile.linux", id="a profile"),
    ],
)
def test_settings_that_a_program_makes_are_checked_too(make: Callable[[], object], key: str) -> None:
    with pytest.raises(ConfigError, match=f"ssm-only:sessions.{key} is "):
        make()
