"""The session preferences on Pulumi's mocks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import pulumi
import pulumi_aws
import pytest
from pulumi_aws.provider import Provider

from components.base.document_names import DEFAULT_DOCUMENT
from components.base.errors import ConfigError
from components.base.needs import SessionNeeds
from components.base.region import Region
from components.sessions.account_document import Held
from components.sessions.log_documents import bucket_policy, key_policy
from components.sessions.preferences import SessionPreferences, SessionPreferencesArgs
from components.sessions.settings import (
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
GET_KEY = "aws:kms/getKey:getKey"
GET_BUCKET = "aws:s3/getBucket:getBucket"
OWN_KEY = "arn:aws:kms:us-east-1:123456789012:key/own"
THEIRS = '{"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {}}'
ARN = f"arn:aws:ssm:us-east-1:123456789012:document/{DEFAULT_DOCUMENT}"
HELD = Held(name=DEFAULT_DOCUMENT, arn=ARN, version="3", content=THEIRS)
BEFORE = f"main-{ARN}:3"
EVERYTHING = SessionSettings(
    s3=S3Logs(prefix="dev", expire_days=365, object_lock_days=30),
    cloudwatch=CloudWatchLogs(retention_days=90),
    key=KeyMode.CREATE,
)


def of_state(*made: str | Held, component: str = "main", latest: str | None = HELD.version) -> Mapping[str, Any]:
    """What the stack's last update left: documents by ARN, and what was stashed."""
    resources: dict[str, Any] = {"urn::other": {"type": STASH, "outputs": {"output": "another component's"}}}
    outputs: dict[str, Any]
    for one in made:
        if isinstance(one, Held):
            urn, type_, outputs = f"urn::{component}-{one.arn}:{one.version}", STASH, {"output": asdict(one)}
        else:
            urn, type_ = f"urn::{one}", DOCUMENT
            outputs = {"name": DEFAULT_DOCUMENT, "arn": one, "latestVersion": latest}
        resources[urn] = {"type": type_, "outputs": outputs}
    return resources


class Account:
    """What the stack's state and the account hold before the program runs."""

    def __init__(
        self,
        *,
        documents: Mapping[str, str] | None = None,
        state: Mapping[str, Any] | None = None,
        groups: str = "",
        group_key: str | None = "",
        key: Mapping[str, Any] | str | None = None,
        bucket: Mapping[str, Any] | str | None = None,
    ) -> None:
        """What the account has and says; the group `own` has this key, and None is one that it does not tell."""
        self._documents, self._state = documents or {}, state or of_state()
        self._groups: Mapping[str, Any] | str = groups or {"logGroupNames": ["own", "own-2"], "arns": []}
        denied = "reading CloudWatch Logs Log Group (own): AccessDeniedException: not authorized"
        self._group: Mapping[str, Any] | str = denied if group_key is None else {"kmsKeyId": group_key}
        self._key = key or {"enabled": True, "keyState": "Enabled"}
        self._bucket = bucket or {"bucketRegion": "us-east-1", "region": "us-east-1"}

    @property
    def answers(self) -> Mapping[str, Answer]:
        return {
            STATE: self._stack,
            GET_DOCUMENT: self._document,
            "aws:cloudwatch/getLogGroups:getLogGroups": lambda _: self._of(self._groups, asked=True),
            "aws:cloudwatch/getLogGroup:getLogGroup": lambda _: self._of(self._group, asked=True),
            GET_KEY: lambda asked: self._of(self._key, asked == {"keyId": OWN_KEY}),
            GET_BUCKET: lambda asked: self._of(self._bucket, asked == {"bucket": "own"}),
        }

    @staticmethod
    def _of(answer: Mapping[str, Any] | str, asked: bool) -> dict[str, Any] | str:  # noqa: FBT001 - of a lambda
        assert asked
        return answer if isinstance(answer, str) else dict(answer)

    def _stack(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        assert asked == {"stackName": "acme/ssm-only/test"}
        return {"outputs": self._state}

    def _document(self, asked: Mapping[str, Any]) -> dict[str, Any] | str:
        assert asked.get("documentVersion", "$LATEST") == "$LATEST"
        if asked["name"] not in self._documents:
            return "GetDocument, InvalidDocument: The specified document does not exist."
        return {"content": self._documents[asked["name"]], "documentVersion": HELD.version}


NEW = Account()
THERE = {DEFAULT_DOCUMENT: THEIRS}
TAKEN = Account(documents=THERE)
OURS = Account(documents=THERE, state=of_state(ARN))
ADOPTED = Account(documents=THERE, state=of_state(ARN, HELD))


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
    graph, told = deploy_preferences(EVERYTHING)

    assert graph.of(KEY)["main-sessions"] == {
        "description": "Sessions and their logs, ssm-only/test/main",
        "policy": key_policy(US_EAST_1, "/ssm-only/test/main"),
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


def test_rival_defect_the_document_names_another_log_group() -> None:
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
                own_bucket=True,
                log_group_arn="arn:aws:logs:us-east-1:123456789012:log-group:own",
                session_key_arn=OWN_KEY,
            ),
            id="all brought along: the bucket has a key only if that is said",
        ),
        pytest.param(
            SessionSettings(s3=S3Logs(bucket="own", bucket_key=OWN_KEY)),
            SessionNeeds(bucket="own", own_bucket=True, bucket_key_arn=OWN_KEY),
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


@pytest.mark.parametrize(
    ("logs", "asked"),
    [
        pytest.param(S3Logs(), True, id="the stack's bucket is encrypted"),
        pytest.param(S3Logs(bucket="own"), False, id="an own one may be another account's, and answer nobody"),
        pytest.param(S3Logs(bucket="own", require_encryption=True), True, id="an own one that is to be asked"),
    ],
)
def test_the_agent_asks_for_the_encryption_of_a_bucket_that_answers(logs: S3Logs, *, asked: bool) -> None:
    """Else no session starts."""
    graph, _ = deploy_preferences(SessionSettings(s3=logs))

    assert document(graph)["inputs"]["s3EncryptionEnabled"] is asked


def test_a_group_without_a_key_is_not_called_encrypted() -> None:
    graph, _ = deploy_preferences(SessionSettings(cloudwatch=CloudWatchLogs()))

    assert "kmsKeyId" not in graph.of(LOG_GROUP)["main-session-logs"]
    assert document(graph)["inputs"]["cloudWatchEncryptionEnabled"] is False


@pytest.mark.parametrize(
    ("region", "partition"),
    [(US_EAST_1, "aws"), (CN_NORTH_1, "aws-cn"), (US_GOV_WEST_1, "aws-us-gov")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rival_defect_the_partition_is_hard_coded(region: Region, partition: str) -> None:
    graph, told = deploy_preferences(EVERYTHING, region=region)

    assert told["needs"]["log_group_arn"].startswith(f"arn:{partition}:logs:{region.name}:")
    assert graph.of(KEY)["main-sessions"]["policy"] == key_policy(region, "/ssm-only/test/main")


def test_the_accounts_document_is_made_and_says_by_whom() -> None:
    graph, told = deploy_preferences(SessionSettings())
    made = graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell")

    assert {**made.inputs, "content": ""} == {
        "name": DEFAULT_DOCUMENT,
        "documentType": "Session",
        "documentFormat": "JSON",
        "content": "",
        "tags": {"team": "platform", "Name": "main-SSM-SessionManagerRunShell"},
    }
    assert document(graph)["description"] == "Managed by Pulumi: ssm-only/test/main."
    assert (made.imports, made.retained, made.ignores) == ("", False, frozenset())
    assert told["document_name"] == DEFAULT_DOCUMENT
    assert told["previous"] is told["restore_command"] is None


def test_a_document_of_another_name_leaves_the_accounts_alone() -> None:
    graph, told = deploy_preferences(SessionSettings(document=DocumentMode.NAMED, name="team-b"), TAKEN)

    assert {name: inputs["name"] for name, inputs in graph.of(DOCUMENT).items()} == {"main-team-b": "team-b"}
    assert told["document_name"] == "team-b"


def test_skip_makes_no_document() -> None:
    settings = SessionSettings(document=DocumentMode.SKIP, s3=S3Logs(bucket="own"), key=OWN_KEY)
    graph, told = deploy_preferences(settings, TAKEN)

    assert graph.names() == set()
    assert told["needs"] == asdict(SessionNeeds(bucket="own", own_bucket=True, session_key_arn=OWN_KEY))
    assert told["document_name"] == DEFAULT_DOCUMENT


ADOPT = SessionSettings(document=DocumentMode.ADOPT, idle_minutes=5)


def test_a_document_is_first_taken_over_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, _: warned.append(message))
    graph, told = deploy_preferences(ADOPT, TAKEN)
    made = graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell")

    assert (made.imports, made.retained) == (DEFAULT_DOCUMENT, True)
    assert made.ignores == {"content", "documentFormat", "permissions", "tags", "targetType", "versionName"}
    ((stash, name),) = ((urn, resource.name) for urn, resource in graph.resources.items() if resource.type == STASH)
    assert name == BEFORE
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
    graph, told = deploy_preferences(ADOPT, ADOPTED)
    made = graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell")

    assert (made.imports, made.retained, made.ignores) == ("", True, frozenset({"permissions", "tags"}))
    assert "tags" not in made.inputs
    assert document(graph)["inputs"]["idleSessionTimeout"] == "5"
    assert document(graph)["description"] == (
        "Managed by Pulumi: ssm-only/test/main. Before this stack, it was version 3. Replaces version 3."
    )
    assert told["previous"] == asdict(HELD)
    assert warned == []


def test_a_document_that_says_the_same_already_stays_as_it_is() -> None:
    """Key by key: the text differs."""
    graph, _ = deploy_preferences(SessionSettings(idle_minutes=5))
    same = json.dumps(document(graph), indent=1, sort_keys=True)
    account = Account(documents={DEFAULT_DOCUMENT: same}, state=of_state(ARN))

    for sessions, kept in ((SessionSettings(idle_minutes=5), True), (SessionSettings(idle_minutes=6), False)):
        graph, _ = deploy_preferences(sessions, account)
        (inputs,) = graph.of(DOCUMENT).values()

        assert (inputs["content"] == same) is kept


@pytest.mark.parametrize(
    ("account", "warns"),
    [
        pytest.param(OURS, False, id="as the state has it"),
        pytest.param(ADOPTED, False, id="so of one that was adopted"),
        pytest.param(NEW, False, id="none at all"),
        pytest.param(Account(state=of_state(ARN)), True, id="gone from the account"),
        pytest.param(Account(documents=THERE, state=of_state(ARN, latest="2")), True, id="a newer version"),
        pytest.param(Account(documents=THERE, state=of_state(ARN, latest=None)), True, id="an update failed"),
    ],
)
def test_who_deploys_is_told_of_a_document_that_another_changed(
    account: Account, *, warns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, _: warned.append(message))
    deploy_preferences(ADOPT if account is ADOPTED else SessionSettings(), account)

    assert ["`pulumi up --refresh`" in one for one in warned] == [True] * warns


def test_an_older_stash_that_an_update_left_is_not_what_goes_back() -> None:
    older = replace(HELD, version="2", content="{}")
    for state in (of_state(ARN, HELD, older), of_state(ARN, older, HELD)):
        graph, told = deploy_preferences(ADOPT, Account(documents=THERE, state=state))

        assert told["previous"] == asdict(HELD)
        assert "--document-version 3 " in told["restore_command"]
        assert document(graph)["description"].endswith(" Before this stack, it was version 3. Replaces version 3.")


def test_what_is_taken_over_again_is_kept_under_its_own_version() -> None:
    """A Stash keeps its first value, so that of an earlier adoption must not be the same resource."""
    account = Account(documents=THERE, state=of_state(replace(HELD, version="2", content="{}")))
    graph, told = deploy_preferences(ADOPT, account)

    assert [resource.name for resource in graph.resources.values() if resource.type == STASH] == [BEFORE]
    assert told["previous"] == asdict(HELD)
    assert "--document-version 3 " in told["restore_command"]
    assert graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell").imports == DEFAULT_DOCUMENT


@pytest.mark.parametrize("elsewhere", ["us-west-2:123456789012", "us-east-1:999999999999"])
def test_a_document_of_another_region_or_account_is_not_this_one(elsewhere: str) -> None:
    arn = ARN.replace("us-east-1:123456789012", elsewhere)
    account = Account(documents=THERE, state=of_state(arn, replace(HELD, arn=arn)))

    def program() -> None:
        with pytest.raises(ConfigError, match="this stack did not make it"):
            SessionPreferences("main", SessionPreferencesArgs(region=US_EAST_1, sessions=SessionSettings()))

    assert deploy(program, answers=account.answers).resources == {}
    graph, _ = deploy_preferences(ADOPT, account)
    assert graph.one(DOCUMENT, "main-SSM-SessionManagerRunShell").imports == DEFAULT_DOCUMENT


NAMED = SessionSettings(document=DocumentMode.NAMED, name="team-b")
OWN_BUCKET = SessionSettings(s3=S3Logs(bucket="own"))
SKIP = SessionSettings(document=DocumentMode.SKIP, s3=S3Logs(bucket="own"))


@pytest.mark.parametrize(
    ("settings", "state", "warns"),
    [
        pytest.param(NAMED, of_state(ARN, HELD), True, id="named after adopt"),
        pytest.param(SKIP, of_state(ARN, HELD), True, id="skip after adopt"),
        pytest.param(NAMED, of_state(ARN), False, id="named after create"),
        pytest.param(NAMED, of_state(HELD), False, id="the stash alone, of an update that failed"),
        pytest.param(NAMED, of_state(ARN, HELD, component="other"), False, id="another component adopted it"),
    ],
)
def test_who_leaves_adopt_is_told_how_to_go_back(
    settings: SessionSettings, state: Mapping[str, Any], *, warns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outputs that say so are gone after that update."""
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, _: warned.append(message))
    deploy_preferences(settings, Account(state=state))

    assert ["--document-version 3 " in one for one in warned] == [True] * warns


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
        pytest.param(
            OWN_BUCKET,
            Account(bucket="reading S3 Bucket (own): couldn't find resource"),
            "ssm-only:sessions.s3.bucket is 'own': there is no such bucket. Make it first, or remove the key to have",
            id="an own bucket that does not exist",
        ),
        pytest.param(
            OWN_BUCKET,
            Account(bucket={"bucketRegion": "eu-west-1", "region": "us-east-1"}),
            "ssm-only:sessions.s3.bucket is 'own': it is in eu-west-1, and the instances are in us-east-1. Use a",
            id="an own bucket in another Region",
        ),
        pytest.param(
            OWN_BUCKET,
            Account(
                bucket="reading S3 Bucket (own): operation error S3: HeadBucket, https response error StatusCode: 301, "
                "RequestID: ABC, HostID: abc, api error MovedPermanently: Moved Permanently"
            ),
            "ssm-only:sessions.s3.bucket is 'own': it is in another Region, and the instances are in us-east-1. Use a",
            id="so, as S3 answers where the provider asks no further",
        ),
        pytest.param(
            OWN_BUCKET,
            Account(bucket={"region": "eu-west-1"}),
            "ssm-only:sessions.s3.bucket is 'own': it is in eu-west-1",
            id="so, as version 6 of the provider says it",
        ),
        pytest.param(
            SessionSettings(key=OWN_KEY),
            Account(key="reading KMS Key: NotFoundException: Key does not exist"),
            f"ssm-only:sessions.key is '{OWN_KEY}': there is no such key. Make it first, or use another.",
            id="an own key that does not exist",
        ),
        pytest.param(
            SessionSettings(key=OWN_KEY),
            Account(key={"enabled": False, "keyState": "PendingDeletion"}),
            "its state is PendingDeletion. Enable it",
            id="an own key that is about to go",
        ),
        pytest.param(
            SessionSettings(s3=S3Logs(bucket="own", bucket_key=OWN_KEY)),
            Account(key={"enabled": False, "keyState": "Disabled"}),
            f"ssm-only:sessions.s3.bucketKey is '{OWN_KEY}': its state is Disabled",
            id="an own bucket's key that is disabled",
        ),
        pytest.param(
            SessionSettings(key=OWN_KEY.replace("us-east-1", "us-west-2")),
            NEW,
            "it is in us-west-2 .partition aws., and the instances are in us-east-1 .partition aws.. Use a key that is",
            id="an own key of another Region",
        ),
        pytest.param(
            SessionSettings(key=OWN_KEY.replace("aws", "aws-cn")),
            NEW,
            "it is in us-east-1 .partition aws-cn., and the instances are in us-east-1 .partition aws.",
            id="an own key of another partition",
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


@pytest.mark.parametrize(
    ("settings", "account", "key"),
    [
        pytest.param(
            OWN_BUCKET,
            Account(bucket="reading S3 Bucket (own): operation error S3: HeadBucket, StatusCode: 403"),
            "sessions.s3.bucket",
            id="a bucket",
        ),
        pytest.param(
            SessionSettings(key=OWN_KEY),
            Account(key="reading KMS Key: AccessDeniedException: not authorized to perform: kms:DescribeKey"),
            "sessions.key",
            id="a key",
        ),
        pytest.param(
            SessionSettings(cloudwatch=CloudWatchLogs(group="own")),
            Account(
                groups="reading CloudWatch Logs Log Groups: AccessDeniedException: not authorized to perform: logs:…"
            ),
            "sessions.cloudwatch.group",
            id="a log group",
        ),
        pytest.param(
            SessionSettings(cloudwatch=CloudWatchLogs(group="own")),
            Account(group_key=None),
            "sessions.cloudwatch.group",
            id="the key of a log group",
        ),
    ],
)
def test_what_another_account_does_not_show_is_taken_as_it_is(
    settings: SessionSettings, account: Account, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    graph, _ = deploy_preferences(settings, account)

    assert graph.names() == {(DOCUMENT, "main-SSM-SessionManagerRunShell")}
    assert [one.split(" is ")[0] for one in warned] == [f"ssm-only:{key}"]
    # Where the document says so of a group that has no key, no session opens.
    assert document(graph)["inputs"]["cloudWatchEncryptionEnabled"] is False


@pytest.mark.parametrize(
    ("settings", "account"),
    [
        pytest.param(SessionSettings(key=OWN_KEY), Account(key="ThrottlingException"), id="of a key"),
        pytest.param(OWN_BUCKET, Account(bucket="StatusCode: 503"), id="of a bucket"),
    ],
)
def test_another_error_is_not_passed_over(settings: SessionSettings, account: Account) -> None:
    def program() -> None:
        with pytest.raises(Exception, match=r"Throttling|503"):
            SessionPreferences("main", SessionPreferencesArgs(region=US_EAST_1, sessions=settings))

    assert deploy(program, answers=account.answers).resources == {}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(lambda east: pulumi.ResourceOptions(provider=east), id="provider"),
        pytest.param(lambda east: pulumi.ResourceOptions(providers=[east]), id="a list of providers"),
        pytest.param(lambda east: pulumi.ResourceOptions(providers={"aws": east}), id="a map of providers"),
    ],
)
def test_aws_is_asked_through_the_components_provider(
    options: Callable[[pulumi.ProviderResource], pulumi.ResourceOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default provider may be of another Region or account."""
    asked: list[Any] = []
    get_document = pulumi_aws.ssm.get_document

    def get(*, opts: pulumi.InvokeOptions, **args: Any) -> Any:
        asked.append(opts.provider)
        return get_document(opts=opts, **args)

    monkeypatch.setattr(pulumi_aws.ssm, "get_document", get)
    made: list[pulumi.ProviderResource] = []

    def program() -> None:
        made.append(Provider("east", region="us-east-1"))
        args = SessionPreferencesArgs(region=US_EAST_1, sessions=SessionSettings())
        SessionPreferences("main", args, options(made[0]))

    deploy(program, answers=NEW.answers)

    assert asked == made


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
