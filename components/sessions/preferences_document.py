"""The Session document: what Session Manager reads at the start of every session."""

import json
import re
from dataclasses import dataclass

from .account_document import Held
from .settings import CloudWatchLogs, S3Logs, SessionSettings

# The end of a description: what makes the text of each version another one.
_NOTE = re.compile(r" Replaces version [0-9]+\.\Z")


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What a document names, once AWS has answered.

    Attributes:
        bucket: name of the bucket of logs; empty for none.
        log_group: name of the group of logs; empty for none.
        log_group_encrypted: whether the group has a KMS key. Where the document says so and the group has none, the
            agent starts no session ("encryption is not set up", aws/amazon-ssm-agent#198).
        key_arn: of the KMS key of sessions; empty for none.
    """

    bucket: str = ""
    log_group: str = ""
    log_group_encrypted: bool = False
    key_arn: str = ""


def session_document(sessions: SessionSettings, targets: Targets, description: str) -> str:
    """Write the document, as JSON.

    "Session document schema", Systems Manager user guide, has the fields. Numbers are text there, and empty text
    stands for a default.
    """
    s3, cloudwatch = sessions.s3 or S3Logs(), sessions.cloudwatch or CloudWatchLogs()
    run_as = sessions.run_as
    inputs = {
        "s3BucketName": targets.bucket,
        "s3KeyPrefix": s3.prefix,
        # Since 2023-01-05 S3 encrypts whatever is written, so false loses nothing; true makes the agent ask before each
        # session, and refuse it without an answer that it knows (agent/session/shell/shell.go, agent/s3util/s3util.go).
        # What encryption a person's own bucket has no function of the provider tells (terraform-provider-aws#43469).
        "s3EncryptionEnabled": bool(targets.bucket) and (s3.bucket is None or s3.require_encryption),
        "cloudWatchLogGroupName": targets.log_group,
        "cloudWatchEncryptionEnabled": targets.log_group_encrypted,
        "cloudWatchStreamingEnabled": bool(targets.log_group) and cloudwatch.streaming,
        "idleSessionTimeout": _minutes(sessions.idle_minutes),
        "maxSessionDuration": _minutes(sessions.max_minutes),
        "kmsKeyId": targets.key_arn,
        "runAsEnabled": run_as is not None,
        "runAsDefaultUser": run_as.user if run_as else "",
        "shellProfile": {"linux": sessions.shell_profile.linux, "windows": sessions.shell_profile.windows},
    }
    return json.dumps(
        {"schemaVersion": "1.0", "description": description, "sessionType": "Standard_Stream", "inputs": inputs}
    )


def next_version(document: str, latest: Held | None) -> str:
    """Give the text to register: the account's own where it says the same already, else one that no version has.

    UpdateDocument refuses the text of any version that there is (DuplicateDocumentContent). The provider makes the
    latest version the default then, and reports success (internal/service/ssm/document.go): a setting that goes
    back to an earlier value would change nothing. Versions are counted up, so the number is a new one each time.

    Args:
        document: what `session_document` wrote.
        latest: the version that the account has now; None where it has no such document.
    """
    if latest is None:
        return document
    wanted = json.loads(document)
    if _without_note(latest.content) == wanted:
        return latest.content
    wanted["description"] += f" Replaces version {latest.version}."
    return json.dumps(wanted)


def _without_note(content: str) -> object:
    try:
        document = json.loads(content)
    except ValueError:
        # Somebody's YAML.
        return None
    if isinstance(document, dict) and isinstance(document.get("description"), str):
        document["description"] = _NOTE.sub("", document["description"])
    return document


def restore_command(region: str, name: str, version: str) -> str:
    """The line for a shell that gives a document the content of an earlier version of it.

    Sessions take the latest version (aws/session-manager-plugin#112) and the console shows the default one, so this
    adds a version and makes it the default. UpdateDocument refuses content that a version has already; as many
    blanks at the end as there are versions make it another text each time, and the same document.
    """
    at = f"--region {region} --name {name}"
    old = f"aws ssm get-document {at} --document-version {version} --document-format JSON --query Content --output text"
    number = f"aws ssm describe-document {at} --query Document.LatestVersion --output text"
    blanks = f"printf \"%$({number})s\" ''"
    update = (
        f"aws ssm update-document {at} --document-version '$LATEST' --content \"$({old})$({blanks})\""
        " --query DocumentDescription.DocumentVersion --output text"
    )
    return f'aws ssm update-document-default-version {at} --document-version "$({update})"'


def _minutes(number: int | None) -> str:
    return "" if number is None else str(number)
