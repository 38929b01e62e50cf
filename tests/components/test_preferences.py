"""The session preferences on Pulumi's mocks."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pulumi
import pytest

from components.account_document import Held
from components.errors import ConfigError
from components.log_documents import bucket_policy, key_policy
from components.needs import SessionNeeds
from components.preferences import SessionPreferences, SessionPreferencesArgs
from components.region import Region
from components.session_settings import (
    ACCOUNT_DOCUMENT,
    CloudWatchLogs,
    DocumentMode,
    KeyMode,
    S3Logs,
    SessionSettings,
)
from tests.components.graph import (
    BUCKET,
    CN_NORTH_1,
    DOCUMENT,
    KEY,
    LOG_GROUP,
    STASH,
    US_EAST_1,
    US_GOV_WEST_1,
    Answer,
    Graph,
    deploy,
)

ALIAS = "aws:kms/alias:Alias"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PRIVATE = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
SETTINGS = {ENCRYPTION, OWNERSHIP, POLICY, PRIVATE, VERSIONING}

STATE = "pulumi:pulumi:readStackResourceOutputs"
GET_DOCUMENT = "aws:ssm/getDocument:getDocument"
OWN_KEY = "arn:aws:kms:us-east-1:123456789012:key/own"
THEIRS = '{"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {}}'
HELD = Held(name=ACCOUNT_DOCUMENT, version="3", content=THEIRS)
EVERYTHING = SessionSettings(
    s3=S3Logs(prefix="dev", expire_days=365, object_lock_days=30),
    cloudwatch=CloudWatchLogs(retention_days=90),
    key=KeyMode.CREATE,
)


class Account:
    """What the stack's state and the account hold before the program runs."""

    def __init__(
        self, *, documents: Mapping[str, str] | None = None, adopted: bool = False, group_key: str = ""
    ) -> None:
        """Args: the account's documents; whether this stack adopted the account's; the key of the group `own`."""
        self._documents, self._adopted, self._group_key = documents or {}, adopted, group_key

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            STATE: self._state,
            GET_DOCUMENT: self._document,
            "aws:cloudwatch/getLogGroups:getLogGroups": lambda _: {"logGroupNames": ["own", "own-2"], "arns": []},
            "aws:cloudwatch/getLogGroup:getLogGroup": lambda _: {"kmsKeyId": self._group_key},
        }

    def _state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        assert asked == {"stackName": "acme/ssm-only/test"}
        other = {"type": STASH, "outputs": {"output": "another component's"}}
        document = {"type": DOCUMENT, "outputs": {"name": ACCOUNT_DOCUMENT}}
        stash = {"type": STASH, "outputs": {"output": asdict(HELD)}}
        return {"outputs": {"o": other, **({"d": document, "s": stash} if self._adopted else {})}}

    def _document(self, asked: Mapping[str, Any]) -> dict[str, Any] | str:
        assert asked.get("documentVersion", "$LATEST") == "$LATEST"
        if asked["name"] not in self._documents:
            return "GetDocument, InvalidDocument: The specified document does not exist."
        return {"content": self._documents[asked["name"]], "documentVersion": HELD.version}


NEW = Account()
TAKEN = Account(documents={ACCOUNT_DOCUMENT: THEIRS})


def deploy_preferences(
    sessions: SessionSettings, account: Account = NEW, region: Region = US_EAST_1, **args: Any
) -> tuple[Graph, Mapping[str, Any]]:
    """The resources, and what the component tells the rest of a program."""

    def program() -> None:
        made = SessionPreferences(
            "main", SessionPreferencesArgs(region=region, sessions=sessions, tags={"team": "platform"}, **args)
        )
        for name in ("document_name", "session_key_arn", "previous", "restore_command"):
            pulumi.export(name, getattr(made, name))
        pulumi.export("needs", vars(made.needs))

    graph = deploy(program, region=region, answers=account.answers)
    return graph, graph.exports


def document(graph: Graph) -> Mapping[str, Any]:
    """What the one document says."""
    (inputs,) = graph.of(DOCUMENT).values()
    return dict(json.loads(inputs["content"]))


def test_everything() -> None:
    graph, _ = deploy_preferences(EVERYTHING)

    assert graph.names() == {
        (KEY, "main-sessions"),
        (ALIAS, "main-sessions"),
        (LOG_GROUP, "main-session-logs"),
        (BUCKET, "main-session-logs"),
        *((setting, "main-session-logs") for setting in SETTINGS | {LIFECYCLE, LOCK}),
        (DOCUMENT, "main-SSM-SessionManagerRunShell"),
    }


def test_without_logs_and_key_there_is_the_document_alone() -> None:
    graph, told = deploy_preferences(SessionSettings(idle_minutes=5))

    assert graph.names() == {(DOCUMENT, "main-SSM-SessionManagerRunShell")}
    assert told["needs"] == asdict(SessionNeeds())
    assert told["session_key_arn"] is None


def test_the_key() -> None:
    graph, told = deploy_preferences(EVERYTHING, instance_role_arns=["role"], operator_arns=["person"])

    assert graph.of(KEY)["main-sessions"] == {
        "description": "Sessions and their logs, ssm-only/test/main",
        "policy": key_policy(US_EAST_1, "/ssm-only/test/main", ["role"], ["person"]),
        "enableKeyRotation": True,
        "deletionWindowInDays": 30,
        "tags": {"team": "platform", "Name": "main-sessions"},
    }
    assert graph.of(ALIAS)["main-sessions"]["name"] == "alias/ssm-only/test/main"
    assert told["session_key_arn"] == "main-sessions-arn"


def test_the_log_group() -> None:
    graph, _ = deploy_preferences(EVERYTHING)

    assert graph.of(LOG_GROUP)["main-session-logs"] == {
        "name": "/ssm-only/test/main",
        "kmsKeyId": "main-sessions-arn",
        "retentionInDays": 90,
        "tags": {"team": "platform", "Name": "main-session-logs"},
    }
    # CloudWatch Logs tries a key as soon as it is told of it, and the key's policy is one with the key.
    assert (KEY, "main-sessions") in graph.made_before(graph.one(LOG_GROUP, "main-session-logs"))


def test_the_document_names_what_was_made() -> None:
    """A module of this kind names another log group in its document than the one that it makes."""
    graph, _ = deploy_preferences(EVERYTHING)
    (group,) = graph.of(LOG_GROUP).values()

    assert document(graph)["inputs"] == {
        "s3BucketName": "main-session-logs-bucket",
        "s3KeyPrefix": "dev",
        "s3EncryptionEnabled": True,
        "cloudWatchLogGroupName": group["name"],
        "cloudWatchEncryptionEnabled": True,
        "cloudWatchStreamingEnabled": True,
        "idleSessionTimeout": "",
        "maxSessionDuration": "",
        "kmsKeyId": "main-sessions-arn",
        "runAsEnabled": False,
        "runAsDefaultUser": "",
        "shellProfile": {"linux": "", "windows": ""},
    }


def test_the_document_comes_last() -> None:
    graph, _ = deploy_preferences(EVERYTHING)
    made = graph.made_before(graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell"))
    logs = {(setting, "main-session-logs") for setting in {BUCKET, LOG_GROUP, LIFECYCLE, LOCK, *SETTINGS}}

    assert made >= {(KEY, "main-sessions"), *logs}


def test_the_bucket() -> None:
    graph, _ = deploy_preferences(EVERYTHING)
    made = {type_: graph.of(type_)["main-session-logs"] for type_ in {BUCKET, LIFECYCLE, LOCK, *SETTINGS}}
    of_bucket = {"bucket": "main-session-logs-id"}
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "main-sessions-arn"}
    rule = {
        "id": "logs",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": 365},
        "noncurrentVersionExpiration": {"noncurrentDays": 1},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    }

    assert made == {
        BUCKET: {
            "bucketPrefix": "main-session-logs-",
            "forceDestroy": False,
            "objectLockEnabled": True,
            "tags": {"team": "platform", "Name": "main-session-logs"},
        },
        PRIVATE: {
            **of_bucket,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        OWNERSHIP: {**of_bucket, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        VERSIONING: {**of_bucket, "versioningConfiguration": {"status": "Enabled"}},
        ENCRYPTION: {**of_bucket, "rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]},
        POLICY: {**of_bucket, "policy": bucket_policy("main-session-logs-arn")},
        LIFECYCLE: {**of_bucket, "rules": [rule]},
        LOCK: {**of_bucket, "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}}},
    }


def test_a_bucket_without_a_customer_key_has_the_key_of_s3() -> None:
    graph, told = deploy_preferences(SessionSettings(s3=S3Logs(delete_with_content=True)))
    (rule,) = graph.of(ENCRYPTION)["main-session-logs"]["rules"]

    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": False}
    assert {type_ for type_, _ in graph.names()} == {BUCKET, DOCUMENT, *SETTINGS}
    assert graph.of(BUCKET)["main-session-logs"]["forceDestroy"]
    assert not graph.of(BUCKET)["main-session-logs"]["objectLockEnabled"]
    assert told["needs"]["bucket_key_arn"] is None


def test_a_bucket_that_cannot_be_deleted_keeps_its_settings_and_its_key() -> None:
    graph, _ = deploy_preferences(EVERYTHING)
    bucket = graph.one(BUCKET, "main-session-logs")

    for setting in SETTINGS | {LIFECYCLE, LOCK}:
        assert graph.one(setting, "main-session-logs").deleted_with == bucket.urn
    assert (KEY, "main-sessions") in graph.made_before(bucket)


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        pytest.param(
            EVERYTHING,
            SessionNeeds(
                bucket="main-session-logs-bucket",
                bucket_prefix="dev",
                bucket_key_arn="main-sessions-arn",
                log_group_arn="arn:aws:logs:us-east-1:123456789012:log-group:/ssm-only/test/main",
                session_key_arn="main-sessions-arn",
            ),
            id="all of our own making",
        ),
        pytest.param(
            SessionSettings(s3=S3Logs(bucket="own"), cloudwatch=CloudWatchLogs(group="own"), key=OWN_KEY),
            SessionNeeds(
                bucket="own",
                log_group_arn="arn:aws:logs:us-east-1:123456789012:log-group:own",
                session_key_arn=OWN_KEY,
            ),
            id="all brought along: the bucket has a key only if that is said",
        ),
        pytest.param(
            SessionSettings(s3=S3Logs(bucket="own", bucket_key=OWN_KEY)),
            SessionNeeds(bucket="own", bucket_key_arn=OWN_KEY),
            id="an own bucket with a key",
        ),
        pytest.param(
            SessionSettings(s3=S3Logs(), key=OWN_KEY),
            SessionNeeds(bucket="main-session-logs-bucket", bucket_key_arn=OWN_KEY, session_key_arn=OWN_KEY),
            id="a bucket with an own key",
        ),
    ],
)
def test_what_network_and_instances_have_to_give(settings: SessionSettings, needs: SessionNeeds) -> None:
    assert deploy_preferences(settings)[1]["needs"] == asdict(needs)


def test_nothing_of_what_is_brought_along_is_managed() -> None:
    own = SessionSettings(s3=S3Logs(bucket="own"), cloudwatch=CloudWatchLogs(group="own"), key=OWN_KEY)
    graph, _ = deploy_preferences(own)

    assert graph.names() == {(DOCUMENT, "main-SSM-SessionManagerRunShell")}


@pytest.mark.parametrize(
    ("group_key", "encrypted"),
    [pytest.param("", False, id="without a key"), pytest.param(OWN_KEY, True, id="with a key")],
)
def test_the_document_says_encrypted_of_an_own_group_that_is(group_key: str, *, encrypted: bool) -> None:
    """Else no session starts: the agent looks."""
    settings = SessionSettings(cloudwatch=CloudWatchLogs(group="own"), key=OWN_KEY)
    graph, _ = deploy_preferences(settings, Account(group_key=group_key))

    assert document(graph)["inputs"]["cloudWatchEncryptionEnabled"] is encrypted


def test_a_group_without_a_key_is_not_called_encrypted() -> None:
    graph, _ = deploy_preferences(SessionSettings(cloudwatch=CloudWatchLogs()))

    assert "kmsKeyId" not in graph.of(LOG_GROUP)["main-session-logs"]
    assert document(graph)["inputs"]["cloudWatchEncryptionEnabled"] is False


@pytest.mark.parametrize(
    ("region", "partition"),
    [(US_EAST_1, "aws"), (CN_NORTH_1, "aws-cn"), (US_GOV_WEST_1, "aws-us-gov")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_partition(region: Region, partition: str) -> None:
    graph, told = deploy_preferences(EVERYTHING, region=region)

    assert told["needs"]["log_group_arn"].startswith(f"arn:{partition}:logs:{region.name}:")
    assert graph.of(KEY)["main-sessions"]["policy"] == key_policy(region, "/ssm-only/test/main")


def test_the_accounts_document_is_made_and_says_by_whom() -> None:
    graph, told = deploy_preferences(SessionSettings())
    made = graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell")

    assert {**made.inputs, "content": ""} == {
        "name": ACCOUNT_DOCUMENT,
        "documentType": "Session",
        "documentFormat": "JSON",
        "content": "",
        "tags": {"team": "platform", "Name": "main-SSM-SessionManagerRunShell"},
    }
    assert document(graph)["description"] == "Managed by Pulumi: ssm-only/test/main."
    assert (made.imports, made.retained, made.ignores) == ("", False, frozenset())
    assert told["document_name"] == ACCOUNT_DOCUMENT
    assert told["previous"] is told["restore_command"] is None


def test_a_document_of_another_name_leaves_the_accounts_alone() -> None:
    graph, told = deploy_preferences(SessionSettings(document=DocumentMode.NAMED, name="team-b"), TAKEN)

    assert {name: inputs["name"] for name, inputs in graph.of(DOCUMENT).items()} == {"main-team-b": "team-b"}
    assert told["document_name"] == "team-b"


def test_skip_makes_no_document() -> None:
    settings = SessionSettings(document=DocumentMode.SKIP, s3=S3Logs(bucket="own"), key=OWN_KEY)
    graph, told = deploy_preferences(settings, TAKEN)

    assert graph.names() == set()
    assert told["needs"] == asdict(SessionNeeds(bucket="own", session_key_arn=OWN_KEY))
    assert told["document_name"] == ACCOUNT_DOCUMENT


ADOPT = SessionSettings(document=DocumentMode.ADOPT, idle_minutes=5)


def test_a_document_is_first_taken_over_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, _: warned.append(message))
    graph, told = deploy_preferences(ADOPT, TAKEN)
    made = graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell")

    assert (made.imports, made.retained) == (ACCOUNT_DOCUMENT, True)
    assert made.ignores == {"content", "documentFormat", "permissions", "tags", "targetType", "versionName"}
    (stash,) = (urn for urn, resource in graph.resources.items() if resource.type == STASH)
    assert stash in made.waits_for
    assert told["previous"] == asdict(HELD)
    assert "--document-version 3 " in told["restore_command"]
    (said,) = warned
    assert said == (
        "SSM-SessionManagerRunShell is taken over as it is, version 3. The next `pulumi up` writes the preferences of "
        "this stack into it."
    )


def test_then_it_gets_the_preferences_and_still_stays_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, _: warned.append(message))
    graph, told = deploy_preferences(ADOPT, Account(adopted=True))
    made = graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell")

    assert (made.imports, made.retained, made.ignores) == ("", True, frozenset({"permissions", "tags"}))
    assert "tags" not in made.inputs
    assert document(graph)["inputs"]["idleSessionTimeout"] == "5"
    assert document(graph)["description"] == "Managed by Pulumi: ssm-only/test/main. Before, it was version 3."
    assert told["previous"] == asdict(HELD)
    assert warned == []


@pytest.mark.parametrize(
    ("settings", "account", "message"),
    [
        pytest.param(EVERYTHING, TAKEN, "sessions.document is 'create'", id="create where there is one"),
        pytest.param(ADOPT, NEW, "sessions.document is 'adopt'", id="adopt where there is none"),
        pytest.param(
            SessionSettings(s3=S3Logs(), cloudwatch=CloudWatchLogs(group="ow")),
            NEW,
            "ssm-only:sessions.cloudwatch.group is 'ow': there is no such log group in us-east-1. Make it first, or "
            "remove the key to have one made.",
            id="an own log group that does not exist, though its name begins that of one",
        ),
    ],
)
def test_a_contradiction_is_said_before_anything_is_made(
    settings: SessionSettings, account: Account, message: str
) -> None:
    def program() -> None:
        with pytest.raises(ConfigError, match=message):
            SessionPreferences("main", SessionPreferencesArgs(region=US_EAST_1, sessions=settings))

    assert deploy(program, answers=account.answers).resources == {}


def test_another_error_of_aws_is_not_taken_for_a_missing_document() -> None:
    def denied(_asked: Mapping[str, Any]) -> str:
        return "GetDocument, AccessDeniedException: not authorized to perform: ssm:GetDocument"

    def program() -> None:
        with pytest.raises(Exception, match="AccessDenied"):
            SessionPreferences("main", SessionPreferencesArgs(region=US_EAST_1, sessions=SessionSettings()))

    assert deploy(program, answers={**NEW.answers, GET_DOCUMENT: denied}).resources == {}


def test_two_in_one_stack_do_not_meet() -> None:
    def program() -> None:
        second = SessionSettings(document=DocumentMode.NAMED, name="team-b", cloudwatch=CloudWatchLogs())
        for name, settings in (("a", EVERYTHING), ("b", second)):
            SessionPreferences(name, SessionPreferencesArgs(region=US_EAST_1, sessions=settings))

    graph = deploy(program, answers=NEW.answers)

    assert {group["name"] for group in graph.of(LOG_GROUP).values()} == {"/ssm-only/test/a", "/ssm-only/test/b"}
