"""Policies of the key and of the bucket of session logs, for every partition."""

from collections.abc import Mapping

from ..base.iam_documents import Statement, allow, document, with_conditions
from ..base.region import Region

# What a log group does with its key; AWS's page "Encrypt log data in CloudWatch Logs" has the list.
_LOGS_ACTIONS = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")


def key_policy(region: Region, log_group: str | None) -> str:
    """Who may use the key of sessions and logs. Instances and operators may by IAM policies of their own.

    Args:
        region: where the key is.
        log_group: name of the one log group that CloudWatch Logs encrypts with it.
    """
    # With it IAM policies decide, and without it nobody could change the key any more.
    statements = [_allow("Account", {"AWS": f"arn:{region.partition}:iam::{region.account}:root"}, "kms:*")]
    if log_group is not None:
        logs = _allow("Logs", {"Service": f"logs.{region.name}.{region.dns_suffix}"}, *_LOGS_ACTIONS)
        context = {"kms:EncryptionContext:aws:logs:arn": region.arn("logs", f"log-group:{log_group}")}
        statements.append(with_conditions(logs, {"ArnEquals": context}))
    return document(statements)


def bucket_policy(bucket_arn: str) -> str:
    """Refuse whoever comes without TLS. Who may come at all, the instances' own policies say."""
    return document(
        [
            {
                "Sid": "OnlyTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    )


def _allow(sid: str, principal: Mapping[str, str], *actions: str) -> Statement:
    # A key's policy is about that key, which "*" means there.
    return {**allow(sid, actions, "*"), "Principal": principal}
