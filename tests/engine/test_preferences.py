"""The session preferences on the real engine: what AWS has then, and what it still has when another was there first."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from localaws import places
from tests.engine.embedded import PROGRAMS, REGION, ROOT, Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = str(PROGRAMS / "preferences")
PACK = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(ROOT / "policy" / "ssm-only.json"))
ACCOUNTS = "SSM-SessionManagerRunShell"
# As a person types it: blanks, a quote, a variable, and lines.
THEIRS = """{
  "schemaVersion": "1.0",
  "description": "theirs",
  "sessionType": "Standard_Stream",
  "inputs": {"idleSessionTimeout": "20", "shellProfile": {"linux": "echo \\"it's $HOME\\"", "windows": ""}}
}
"""


def stack(name: str, sessions: dict[str, Any] | None = None) -> tuple[str, ...]:
    """The program with these settings, or with those of its last run."""
    settings = ("-c", f"preferences:sessions={json.dumps(sessions)}") if sessions is not None else ()
    return ("-C", PROGRAM, "-s", name, *settings)


def outputs(cloud: Cloud, name: str) -> Any:
    return json.loads(cloud.localaws("pulumi", "stack", "output", "--json", *stack(name)).stdout)


def documents(cloud: Cloud) -> dict[str, Any]:
    """Of each of the account's own: content and number of the latest version, number of the default, and tags."""
    ssm = cloud.client("ssm")
    mine = [{"Key": "Owner", "Values": ["Self"]}]
    names = [one["Name"] for one in ssm.list_documents(Filters=mine)["DocumentIdentifiers"]]
    found = {}
    for name in names:
        told = ssm.describe_document(Name=name)["Document"]
        latest = ssm.get_document(Name=name, DocumentVersion="$LATEST")
        tags = ssm.list_tags_for_resource(ResourceType="Document", ResourceId=name)["TagList"]
        found[name] = (latest["Content"], latest["DocumentVersion"], told["DefaultVersion"], tags)
    return found


def account(cloud: Cloud) -> dict[str, Any]:
    """Everything that preferences could have made."""
    kms = cloud.client("kms")
    keys = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
    aliases = [one["AliasName"] for one in kms.list_aliases()["Aliases"]]
    return {
        "documents": documents(cloud),
        "buckets": [one["Name"] for one in cloud.client("s3").list_buckets()["Buckets"]],
        "keys": [key["Arn"] for key in keys if key["KeyState"] == "Enabled"],
        "aliases": [alias for alias in aliases if not alias.startswith("alias/aws/")],
        "groups": [one["logGroupName"] for one in cloud.client("logs").describe_log_groups()["logGroups"]],
    }


NOTHING: dict[str, Any] = {"documents": {}, "buckets": [], "keys": [], "aliases": [], "groups": []}


@pytest.fixture(scope="class")
def own_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An account of the class's own: its one document is the account's."""
    cloud = Cloud(tmp_path_factory.mktemp("account"))
    cloud.start()
    assert account(cloud) == NOTHING
    yield cloud
    cloud.localaws("stop")


def guarded(said: str) -> str:
    """What an update or a preview said, under the pack, which has nothing to say of it."""
    assert "ssm-guard" in said
    assert "[mandatory]" not in said
    assert "[advisory]" not in said
    return said


EVERYTHING: dict[str, Any] = {
    "key": "create",
    "s3": {"prefix": "dev", "objectLockDays": 30, "expireDays": 365},
    "cloudwatch": {"retentionDays": 90},
    "idleMinutes": 15,
    "runAs": {"user": "ops"},
    "shellProfile": {"linux": 'echo "it\'s $HOME" #1', "windows": "date"},
}


@pytest.fixture(scope="class")
def needs(own_account: Cloud) -> dict[str, str]:
    guarded(own_account.up(*stack("one", EVERYTHING), *PACK))
    needs: dict[str, str] = outputs(own_account, "one")["needs"]
    return needs


class TestCreate:
    """An account without a document, then a second stack in it."""

    def test_the_document_names_what_is_there(self, own_account: Cloud, needs: dict[str, str]) -> None:
        (group,) = own_account.client("logs").describe_log_groups()["logGroups"]
        (key,) = account(own_account)["keys"]
        (bucket,) = account(own_account)["buckets"]
        content, *_ = documents(own_account)[ACCOUNTS]

        assert json.loads(content)["inputs"] == {
            "s3BucketName": bucket,
            "s3KeyPrefix": "dev",
            "s3EncryptionEnabled": True,
            "cloudWatchLogGroupName": group["logGroupName"],
            "cloudWatchEncryptionEnabled": True,
            "cloudWatchStreamingEnabled": True,
            "idleSessionTimeout": "15",
            "maxSessionDuration": "",
            "kmsKeyId": key,
            "runAsEnabled": True,
            "runAsDefaultUser": "ops",
            "shellProfile": {"linux": 'echo "it\'s $HOME" #1', "windows": "date"},
        }
        assert needs == {
            "bucket": bucket,
            "bucket_key": key,
            "log_group": group["arn"].removesuffix(":*"),
            "session_key": key,
        }

    def test_the_log_group(self, own_account: Cloud, needs: dict[str, str]) -> None:
        (group,) = own_account.client("logs").describe_log_groups()["logGroups"]

        assert (group["kmsKeyId"], group["retentionInDays"]) == (needs["session_key"], 90)

    def test_the_key(self, own_account: Cloud, needs: dict[str, str]) -> None:
        kms, key = own_account.client("kms"), needs["session_key"]
        statements = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])["Statement"]

        assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
        assert account(own_account)["aliases"] == ["alias/preferences/one/main"]
        assert [statement["Sid"] for statement in statements] == ["Account", "Logs"]
        assert statements[0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
        assert statements[1]["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": needs["log_group"]}}

    def test_the_bucket(self, own_account: Cloud, needs: dict[str, str]) -> None:
        s3, name = own_account.client("s3"), {"Bucket": needs["bucket"]}

        assert settings_of(s3, needs["bucket"]) == {
            "versioning": "Enabled",
            "ownership": "BucketOwnerEnforced",
            "private": {True},
            "encryption": ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": needs["bucket_key"]}, True),
        }
        lock = s3.get_object_lock_configuration(**name)["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        assert (lock["Mode"], lock["Days"]) == ("GOVERNANCE", 30)
        (rule,) = s3.get_bucket_lifecycle_configuration(**name)["Rules"]
        assert rule == {
            "ID": "logs",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": 365},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
        # This AWS is reached without TLS.
        with pytest.raises(s3.exceptions.ClientError, match="Forbidden"):
            s3.put_object(**name, Key="a.log", Body=b"")

    def test_it_settles_and_another_stack_takes_nothing_from_it(
        self, own_account: Cloud, needs: dict[str, str]
    ) -> None:
        """The last of the class: it takes the stacks down."""
        cloud, bucket = own_account, needs["bucket"]
        assert cloud.changes(*stack("one"), *PACK) == {}
        cloud.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes", *stack("one"))
        before = account(cloud)

        # Another wants the account's document too, with everything that belongs to it.
        said = cloud.up(*stack("two", EVERYTHING), code=1)
        assert "ssm-only:sessions.document is 'create': this account has a document SSM-SessionManagerRunShell" in said
        assert "Traceback" not in said
        assert account(cloud) == before

        guarded(cloud.up(*stack("two", {"document": "named", "name": "team-b", "s3": {"bucket": bucket}}), *PACK))
        assert {name: held for name, held in documents(cloud).items() if name != "team-b"} == before["documents"]
        assert json.loads(documents(cloud)["team-b"][0])["inputs"]["s3BucketName"] == bucket
        cloud.destroy(*stack("two"))
        assert account(cloud) == before

        # A bucket with logs stays, as it is, and so does the key without which nobody could read them.
        s3 = cloud.client("s3")
        settings, policy = settings_of(s3, bucket), s3.get_bucket_policy(Bucket=bucket)["Policy"]
        s3.delete_bucket_policy(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="dev/a.log", Body=b"")
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
        said = cloud.pulumi("destroy", "--yes", "--skip-preview", *stack("one"), code=1)
        assert "BucketNotEmpty" in said
        assert settings_of(s3, bucket) == settings
        assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
        assert account(cloud) == {**NOTHING, "buckets": [bucket], "keys": [needs["session_key"]]}

        s3.delete_bucket_policy(Bucket=bucket)
        for version in s3.list_object_versions(Bucket=bucket)["Versions"]:
            which = {"Key": version["Key"], "VersionId": version["VersionId"]}
            s3.delete_object(Bucket=bucket, **which, BypassGovernanceRetention=True)
        cloud.destroy(*stack("one"))
        assert account(cloud) == NOTHING


def settings_of(s3: Any, bucket: str) -> dict[str, Any]:
    name = {"Bucket": bucket}
    (rule,) = s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"]
    (owner,) = s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"]
    return {
        "versioning": s3.get_bucket_versioning(**name)["Status"],
        "ownership": owner["ObjectOwnership"],
        "private": set(s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"].values()),
        "encryption": (rule["ApplyServerSideEncryptionByDefault"], rule["BucketKeyEnabled"]),
    }


class TestAdopt:
    """An account whose document another team has written, from its first day to its last with us."""

    def test_a_document_comes_back_as_it_was(self, own_account: Cloud) -> None:
        cloud, ssm = own_account, own_account.client("ssm")
        adopt = stack("one", {"document": "adopt", "idleMinutes": 5, "s3": {"deleteWithContent": True}})
        tags = [{"Key": "team", "Value": "other"}]

        said = cloud.pulumi("preview", *adopt, code=1)
        assert "this account has no SSM-SessionManagerRunShell in this Region. Set it to create." in said

        # As the user guide does it: the update leaves the default version behind.
        kind = {"DocumentType": "Session", "DocumentFormat": "JSON"}
        ssm.create_document(Name=ACCOUNTS, Content=THEIRS.replace("20", "19"), VersionName="golden", Tags=tags, **kind)
        ssm.update_document(Name=ACCOUNTS, Content=THEIRS, DocumentVersion="$LATEST")
        said = cloud.pulumi("preview", *adopt, code=1)
        advice = f"aws ssm update-document-default-version --region {REGION} --name {ACCOUNTS} --document-version 2"
        assert advice in said
        self.paste(cloud, advice)
        before = documents(cloud)
        assert before == {ACCOUNTS: (THEIRS, "2", "2", tags)}

        said = guarded(cloud.up(*adopt, *PACK))
        assert "is taken over as it is, version 2. The next `pulumi up` writes the preferences" in said
        assert documents(cloud) == before

        assert cloud.changes(*adopt, *PACK) == {"update": 1}
        guarded(cloud.up(*adopt, *PACK))
        content, *rest = documents(cloud)[ACCOUNTS]
        (bucket,) = account(cloud)["buckets"]
        assert rest == ["3", "3", tags]
        ours = "Managed by Pulumi: preferences/one/main. Before this stack, it was version 2. Replaces version 2."
        assert json.loads(content)["description"] == ours
        assert json.loads(content)["inputs"]["s3BucketName"] == bucket
        assert cloud.changes(*adopt, "--refresh", *PACK) == {}

        told = outputs(cloud, "one")
        arn = f"arn:aws:ssm:{REGION}:123456789012:document/{ACCOUNTS}"
        assert told["previous"] == {"name": ACCOUNTS, "arn": arn, "version": "2", "content": THEIRS}
        said = cloud.pulumi("preview", *stack("one", {"document": "create"}), code=1)
        assert "this stack adopted SSM-SessionManagerRunShell" in said

        cloud.destroy(*stack("one"))
        assert account(cloud) == {**NOTHING, "documents": {ACCOUNTS: (content, "3", "3", tags)}}
        # More than once, since whoever wants to be sure of it tries it.
        for version in ("4", "5"):
            self.paste(cloud, told["restore"])
            restored, *rest = documents(cloud)[ACCOUNTS]
            assert rest == [version, version, tags]
            assert (restored.rstrip(), json.loads(restored)) == (THEIRS.rstrip(), json.loads(THEIRS))

    def test_a_stack_that_no_longer_adopts_leaves_it_where_it_is(self, own_account: Cloud) -> None:
        """After the test above, as a team would go on with the account."""
        cloud = own_account
        before = documents(cloud)
        cloud.up(*stack("two", {"document": "adopt"}))
        said = cloud.up(*stack("two", {"document": "named", "name": "team-b"}))
        assert f"{ACCOUNTS} is no longer this stack's." in said
        assert "--document-version 5 --document-format JSON" in said
        assert documents(cloud).keys() == {ACCOUNTS, "team-b"}
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="theirs")
        said = cloud.up(*stack("two", {"document": "skip", "s3": {"bucket": "theirs"}}))
        assert "no longer" not in said

        assert account(cloud) == {**NOTHING, "documents": before, "buckets": ["theirs"]}
        cloud.destroy(*stack("two"))
        s3.delete_bucket(Bucket="theirs")

    @staticmethod
    def paste(cloud: Cloud, line: str) -> None:
        """Runs a line as a person does, in a shell with the AWS CLI."""
        tools = f"{places.VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        environment = {**os.environ, **keys, "AWS_ENDPOINT_URL": cloud.endpoint, "PATH": tools}
        subprocess.run(["sh", "-c", line], env=environment, check=True, capture_output=True)


class TestBack:
    """A setting goes back to what it was, and somebody else writes into the stack's document."""

    def test_an_earlier_value_comes_back(self, own_account: Cloud) -> None:
        for version, minutes in enumerate((15, 20, 15), start=1):
            own_account.up(*stack("one", {"idleMinutes": minutes}))

            assert self.minutes(own_account) == [(str(version), str(minutes))] * 2
            assert own_account.changes(*stack("one"), "--refresh") == {}

    def test_a_version_by_hand_is_replaced(self, own_account: Cloud) -> None:
        """After the test above: the text of version 3 must not be sent once more."""
        cloud, ssm = own_account, own_account.client("ssm")
        ssm.update_document(Name=ACCOUNTS, Content=THEIRS, DocumentVersion="$LATEST")
        said = cloud.pulumi("preview", *stack("one"), code=1)
        assert "the default version of SSM-SessionManagerRunShell is 3, and sessions take the latest, 4." in said

        ssm.update_document_default_version(Name=ACCOUNTS, DocumentVersion="4")
        assert cloud.changes(*stack("one"), "--refresh") == {"update": 1}
        assert self.minutes(cloud) == [("4", "20")] * 2
        said = cloud.up(*stack("one"), "--refresh")
        assert "SSM-SessionManagerRunShell is not as this stack's state has it" in said
        assert self.minutes(cloud) == [("5", "15")] * 2
        said = cloud.pulumi("preview", "--expect-no-changes", *stack("one"))
        assert "not as this stack's state" not in said

    def test_what_aws_refused_is_written_after_a_refresh(self, own_account: Cloud) -> None:
        """After the test above."""
        cloud, ssm = own_account, own_account.client("ssm")
        ssm.update_document(Name=ACCOUNTS, Content=THEIRS + " ", DocumentVersion="$LATEST")
        ssm.update_document_default_version(Name=ACCOUNTS, DocumentVersion="6")
        said = cloud.up(*stack("one", {"idleMinutes": 20}), code=1)
        assert "InvalidDocumentVersion" in said
        assert self.minutes(cloud) == [("6", "20")] * 2

        cloud.up(*stack("one", {"idleMinutes": 15}), "--refresh")
        assert self.minutes(cloud) == [("7", "15")] * 2
        ssm.delete_document(Name=ACCOUNTS)
        cloud.up(*stack("one"), "--refresh")
        assert self.minutes(cloud) == [("1", "15")] * 2
        assert cloud.changes(*stack("one"), "--refresh") == {}
        cloud.destroy(*stack("one"))
        assert account(cloud) == NOTHING

    @staticmethod
    def minutes(cloud: Cloud) -> list[tuple[str, str]]:
        """Version and idle time of what sessions take, and of what the console shows."""
        ssm = cloud.client("ssm")
        found = [ssm.get_document(Name=ACCOUNTS, **which) for which in ({"DocumentVersion": "$LATEST"}, {})]
        return [(one["DocumentVersion"], json.loads(one["Content"])["inputs"]["idleSessionTimeout"]) for one in found]


class TestOwn:
    """What a person brings along, and what changes under logs that are there."""

    def test_what_is_not_there_or_of_no_use_is_said_before_anything_is_made(self, own_account: Cloud) -> None:
        cloud, kms = own_account, own_account.client("kms")
        where = {"LocationConstraint": "eu-west-1"}
        s3 = cloud.client("s3", "eu-west-1")
        s3.create_bucket(Bucket="abroad", CreateBucketConfiguration=where)
        key = kms.create_key()["KeyMetadata"]["Arn"]
        key_id = key.rpartition("/")[2]
        kms.disable_key(KeyId=key_id)
        before = account(cloud)
        none = f"{key.rpartition('/')[0]}/6b0de2b1-7a1c-4c2e-9d3f-0a1b2c3d4e5f"

        for sessions, message in (
            ({"s3": {"bucket": "nowhere"}}, "sessions.s3.bucket is 'nowhere': there is no such bucket."),
            ({"s3": {"bucket": "abroad"}}, "sessions.s3.bucket is 'abroad': it is in eu-west-1, and"),
            ({"key": none}, f"sessions.key is '{none}': there is no such key."),
            ({"key": key}, f"sessions.key is '{key}': its state is Disabled."),
        ):
            said = cloud.up(*stack("one", sessions), code=1)
            assert message in said
            assert "Traceback" not in said
            assert account(cloud) == before

        kms.enable_key(KeyId=key_id)
        cloud.up(*stack("one", {"key": key}))
        assert outputs(cloud, "one")["needs"]["session_key"] == key
        cloud.destroy(*stack("one"))
        s3.delete_bucket(Bucket="abroad")
        kms.schedule_key_deletion(KeyId=key_id)

    def test_a_lock_comes_and_goes_and_the_bucket_stays(self, own_account: Cloud) -> None:
        """The bucket's own argument for it would replace the bucket, and the logs with it."""
        cloud = own_account
        cloud.up(*stack("one", {"s3": {}}))
        (bucket,) = account(cloud)["buckets"]
        locked = stack("one", {"s3": {"objectLockDays": 3}})

        assert cloud.changes(*locked) == {"create": 1}
        cloud.up(*locked)
        lock = cloud.client("s3").get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        assert lock["Rule"]["DefaultRetention"]["Days"] == 3
        assert cloud.changes(*locked, "--refresh") == {}
        assert cloud.changes(*stack("one", {"s3": {}})) == {"delete": 1}
        cloud.destroy(*stack("one"))

    def test_a_bucket_goes_with_its_logs_if_told_so(self, own_account: Cloud) -> None:
        cloud, s3 = own_account, own_account.client("s3")
        before = account(cloud)["buckets"]
        cloud.up(*stack("one", {"s3": {"deleteWithContent": True}}))
        (bucket,) = set(account(cloud)["buckets"]) - set(before)
        # This AWS is reached without TLS.
        s3.delete_bucket_policy(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="a.log", Body=b"")
        cloud.destroy(*stack("one"))

        assert account(cloud)["buckets"] == before


def test_a_stack_without_sessions_is_told_what_the_accounts_document_asks(fresh_cloud: Cloud) -> None:
    before = fresh_cloud.pulumi("preview", "-s", "igw")
    inputs = {"s3BucketName": "their-logs", "kmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    fresh_cloud.client("ssm").create_document(
        Name=ACCOUNTS, DocumentType="Session", DocumentFormat="JSON", Content=json.dumps(content)
    )
    after = fresh_cloud.pulumi("preview", "-s", "igw")

    assert ACCOUNTS not in before
    assert (
        'ssm-only:sessions: {"document": "skip", "s3": {"bucket": "their-logs"}, '
        '"key": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}'
    ) in after
