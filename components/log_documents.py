"""Policies of the key and of the bucket of session logs, for every partition."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.region import Region

_VERSION = "2012-10-17"


def key_policy(
    region: Region, log_group: str | None, instance_roles: Sequence[str] = (), operators: Sequence[str] = ()
) -> str:
    """Who may use the key of sessions and logs.

    Args:
        region: where the key is.
        log_group: name of the one log group that CloudWatch Logs encrypts with it.
        instance_roles: ARNs of roles that need no IAM policy for it: they read sessions and write logs.
        operators: ARNs of users and roles that need no IAM policy for it: they open sessions.
    """
    # With it IAM policies decide, and without it nobody could change the key any more.
    account = _allow("Account", {"AWS": f"arn:{region.partition}:iam::{region.account}:root"}, "kms:*")
    statements = [account]
    if log_group is not None:
        logs = _allow(
            "Logs",
            {"Service": f"logs.{region.name}.{region.dns_suffix}"},
            "kms:Encrypt*",
            "kms:Decrypt*",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:Describe*",
        )
        context = {"kms:EncryptionContext:aws:logs:arn": region.arn("logs", f"log-group:{log_group}")}
        statements.append({**logs, "Condition": {"ArnEquals": context}})
    if instance_roles:
        # Decrypt is for the session, GenerateDataKey for an object in the bucket.
        statements.append(_allow("Instances", {"AWS": instance_roles}, "kms:Decrypt", "kms:GenerateDataKey"))
    if operators:
        statements.append(_allow("Operators", {"AWS": operators}, "kms:GenerateDataKey"))
    return _document(statements)


def bucket_policy(bucket_arn: str) -> str:
    """Refuse whoever comes without TLS. Who may come at all, the instances' own policies say."""
    return _document(
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


def _allow(sid: str, principal: Mapping[str, Any], *actions: str) -> dict[str, Any]:
    # A key's policy is about that key, which "*" means there.
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": _VERSION, "Statement": statements})
