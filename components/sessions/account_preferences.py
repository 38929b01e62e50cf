"""What the account's own Session document asks of instances, where this stack leaves it alone.

It holds for every session of account and Region. A key, a bucket or a log group that it names is nothing that an
instance may use by itself: no shell opens, or its log is lost, while the instance is online.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_aws as aws

from ..base.answers import is_denied
from ..base.document_names import DEFAULT_DOCUMENT
from ..base.errors import NAMESPACE
from ..base.region import Region
from .account_document import Situation
from .settings import KEY, SessionSettings

_KEY_ID = re.compile(r"(mrk-)?[0-9a-f-]{32,36}")


@dataclass(frozen=True, kw_only=True)
class AccountPreferences:
    """What a Session document names; empty text is nothing.

    Attributes:
        bucket: gets the logs.
        prefix: what their keys begin with.
        group: log group that gets them.
        key: encrypts sessions: an id, an alias, or the ARN of either.
        run_as: the user of sessions, where the document turns Run As on.
    """

    bucket: str = ""
    prefix: str = ""
    group: str = ""
    key: str = ""
    run_as: str = ""

    @classmethod
    def of(cls, content: str) -> "AccountPreferences":
        """Read a document's text; what is no JSON, or of another form, names nothing that is known here."""
        try:
            inputs = json.loads(content)["inputs"]
            text = {name: value for name, value in inputs.items() if isinstance(value, str)}
        except (ValueError, LookupError, TypeError, AttributeError):
            return cls()
        return cls(
            bucket=text.get("s3BucketName", ""),
            prefix=text.get("s3KeyPrefix", "").strip("/") if text.get("s3BucketName") else "",
            group=text.get("cloudWatchLogGroupName", ""),
            key=text.get("kmsKeyId", ""),
            run_as=text.get("runAsDefaultUser", "") if str(inputs.get("runAsEnabled")).lower() == "true" else "",
        )

    def settings(self) -> dict[str, Any]:
        """The `sessions` key that lets instances serve them."""
        given: dict[str, Any] = {"document": "skip"}
        if self.bucket:
            given["s3"] = {"bucket": self.bucket, **({"prefix": self.prefix} if self.prefix else {})}
        if self.group:
            given["cloudwatch"] = {"group": self.group}
        if self.key:
            given["key"] = self.key
        return given

    def are_served_by(self, sessions: SessionSettings | None) -> bool:
        """Whether instances with these settings may use all of it."""
        if sessions is None:
            return not (self.bucket or self.group or self.key)
        bucket = sessions.s3 and (sessions.s3.bucket, sessions.s3.prefix)
        group = sessions.cloudwatch and sessions.cloudwatch.group
        return (
            (not self.bucket or bucket == (self.bucket, self.prefix))
            and (not self.group or group == self.group)
            and (not self.key or sessions.key == self.key)
        )


def look_at_account_preferences(
    region: Region, sessions: SessionSettings | None, opts: pulumi.InvokeOptions | None = None
) -> AccountPreferences:
    """Read the account's document, and warn of what it names that these settings do not serve.

    Args:
        region: of the instances.
        sessions: what the stack says of a document that is not its own (`skip`), if it says anything.
        opts: for a provider that is not the default.
    """
    try:
        situation = Situation.ask(region, DEFAULT_DOCUMENT, opts)
    except Exception as error:
        if not is_denied(error):
            raise
        pulumi.log.info(
            f"AWS does not let this program read {DEFAULT_DOCUMENT} (ssm:GetDocument). If the account has it, and it "
            "names a bucket, a log group or a key, instances need `sessions` with `document: skip`: docs/sessions.md."
        )
        return AccountPreferences()
    if situation.found is None or (situation.in_state and situation.before is None):
        # None, or one of this stack's own making, which goes with this update.
        return AccountPreferences()
    named = AccountPreferences.of(situation.found.held.content)
    named, unknown = _with_key_arn(region, named, opts)
    if not named.are_served_by(sessions):
        pulumi.log.warn(_advice(named) + unknown)
    return named


def _with_key_arn(
    region: Region, named: AccountPreferences, opts: pulumi.InvokeOptions | None
) -> tuple[AccountPreferences, str]:
    """The same with the ARN of the key, and what is to be said where it is not to be had."""
    if _KEY_ID.fullmatch(named.key):
        return replace(named, key=region.arn("kms", f"key/{named.key}")), ""
    if "alias/" not in named.key:
        return named, ""
    try:
        found = aws.kms.get_key(key_id=named.key, opts=opts)
    except Exception:  # noqa: BLE001 - whatever it is, the person can look
        return named, f" AWS does not tell this program the ARN of {named.key}: put that in its place."
    return replace(named, key=found.arn), ""


def _advice(named: AccountPreferences) -> str:
    parts = {"bucket": named.bucket, "log group": named.group, "key": named.key}
    listed = ", ".join(f"{kind} {name}" for kind, name in parts.items() if name)
    bucket_key = " If the bucket has a KMS key, add its ARN as s3.bucketKey." if named.bucket else ""
    return (
        f"{DEFAULT_DOCUMENT}, the account's preferences for every session in this Region, names {listed}. Without "
        "rights to all of it, and in privatelink endpoints for it, sessions on these instances do not open or are not "
        f"logged. This line below `config:` gives both:\n  {NAMESPACE}:{KEY}: {json.dumps(named.settings())}\n"
        f"docs/sessions.md says more.{bucket_key}"
    )
