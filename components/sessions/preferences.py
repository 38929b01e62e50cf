"""What all sessions have in common: where their logs go, which key they have, how long they last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from ..base.needs import SessionNeeds
from .account_document import DocumentPlan, Situation, adopted_by, plan_document
from .log_bucket import make_log_bucket
from .log_documents import key_policy
from .own_targets import ask_own
from .preferences_document import Targets, next_version, restore_command, session_document
from .settings import DocumentMode, KeyMode, SessionSettings

if TYPE_CHECKING:
    from ..base.region import Region

# What someone may have added to a document before it was adopted, and that stays theirs.
_OF_THE_OWNER = ("permissions", "tags")
# The rest of what a document has. It is taken over as it is; the next update writes it.
_OF_THE_VERSION = ("content", "documentFormat", "targetType", "versionName")

# The longest that KMS takes: logs that are still needed can't be read without the key.
_KEY_DELETION_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class SessionPreferencesArgs:
    """What the preferences are made from.

    Attributes:
        region: the Region that the provider is set to.
        sessions: the preferences.
        tags: on everything that takes tags, but an adopted document.
        secret: Pulumi keeps the document's text encrypted. Whoever may ask Systems Manager for it can read it.
    """

    region: Region
    sessions: SessionSettings
    tags: Mapping[str, str] = field(default_factory=dict)
    secret: bool = False


@dataclass(frozen=True, kw_only=True)
class _LogGroup:
    """A log group, made or a person's own."""

    name: pulumi.Input[str]
    arn: str
    encrypted: bool


class SessionPreferences(pulumi.ComponentResource):
    """The Session document, and the bucket, the log group and the key that it names.

    Attributes:
        document_name: of the Session document. For any but the account's, `aws ssm start-session` needs
            `--document-name`.
        needs: what the network and the instances have to give sessions of these preferences.
        session_key_arn: KMS key of sessions, on which operators need `kms:GenerateDataKey`; None for none.
        previous: what an adopted document held (name, version, content); None if it was not adopted.
        restore_command: the line for a shell that puts this back; None if it was not adopted.
        outputs: what a stack hands on of it, whether it was adopted or not.

    Raises:
        ConfigError: AWS has what the settings say it has not, or the reverse; nothing is created then.
    """

    document_name: str
    needs: SessionNeeds
    session_key_arn: pulumi.Input[str] | None
    previous: pulumi.Output[Mapping[str, str]] | None
    restore_command: str | None
    outputs: Mapping[str, pulumi.Input[object] | None]

    def __init__(self, name: str, args: SessionPreferencesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Ask AWS first, then make the key, the bucket and the group, and last the document that names them."""
        sessions = args.sessions
        region, asking = args.region, _asking(opts)
        plan = None
        if sessions.document is not DocumentMode.SKIP:
            plan = plan_document(sessions.document, sessions.name, Situation.ask(region, sessions.name, asking))
        left = None if sessions.document is DocumentMode.ADOPT else adopted_by(name)
        own_group = ask_own(region, sessions, asking)

        super().__init__("ssm-only:components:SessionPreferences", name, None, opts)
        self._name, self._args, self._child = name, args, pulumi.ResourceOptions(parent=self)
        # Two stacks of an account must not meet, and the key's policy names the log group before it is there.
        self._place = f"{pulumi.get_project()}/{pulumi.get_stack()}/{name}"
        self._ready: list[pulumi.Resource] = []
        if left is not None:
            pulumi.log.warn(
                f"{left.name} is no longer this stack's. It stays in the account as it is, and the outputs that say "
                "how to go back end with this update. The content from before comes back with: "
                f"{restore_command(left.region, left.name, left.version)}",
                self,
            )
        key = self._choose_key()
        self.session_key_arn = key.arn if isinstance(key, aws.kms.Key) else key
        bucket = self._choose_bucket(key)
        group = self._make_group()
        if own_group:
            arn = region.arn("logs", f"log-group:{own_group.name}")
            group = _LogGroup(name=own_group.name, arn=arn, encrypted=own_group.encrypted)

        self.document_name = sessions.name
        own_bucket = sessions.s3 is not None and sessions.s3.bucket is not None
        self.needs = SessionNeeds(
            bucket=bucket,
            bucket_prefix=sessions.s3.prefix if sessions.s3 else "",
            own_bucket=own_bucket,
            bucket_key_arn=sessions.s3.bucket_key if sessions.s3 and own_bucket else bucket and self.session_key_arn,
            log_group_arn=group.arn if group else None,
            session_key_arn=self.session_key_arn,
        )
        self.previous = self.restore_command = None
        if plan:
            self._make_document(plan, bucket, group)
        self.outputs = {
            "document_name": self.document_name,
            "bucket": bucket,
            "log_group": group.name if group else None,
            "session_key_arn": self.session_key_arn,
        }
        self.register_outputs({**self.outputs, "previous": self.previous, "restore_command": self.restore_command})

    def _tags(self, label: str) -> dict[str, str]:
        return {**self._args.tags, "Name": label}

    @property
    def _group_name(self) -> str | None:
        """Of the log group that is made."""
        cloudwatch = self._args.sessions.cloudwatch
        return f"/{self._place}" if cloudwatch and not cloudwatch.group else None

    def _choose_key(self) -> aws.kms.Key | str | None:
        choice = self._args.sessions.key
        if choice is KeyMode.CREATE:
            return self._make_key()
        return None if choice is KeyMode.NONE else choice

    def _make_key(self) -> aws.kms.Key:
        label = f"{self._name}-sessions"
        key = aws.kms.Key(
            label,
            description=f"Sessions and their logs, {self._place}",
            policy=key_policy(self._args.region, self._group_name),
            enable_key_rotation=True,
            deletion_window_in_days=_KEY_DELETION_DAYS,
            tags=self._tags(label),
            opts=self._child,
        )
        # A stack's name may have dots, an alias may not.
        alias = re.sub(r"[^A-Za-z0-9/_-]", "-", self._place)
        aws.kms.Alias(label, name=f"alias/{alias}", target_key_id=key.key_id, opts=self._child)
        return key

    def _choose_bucket(self, key: aws.kms.Key | str | None) -> pulumi.Input[str] | None:
        logs = self._args.sessions.s3
        if logs is None:
            return None
        if logs.bucket is not None:
            return logs.bucket
        made = make_log_bucket(self._name, logs, key, self._args.tags, self)
        self._ready += made.ready
        return made.name

    def _make_group(self) -> _LogGroup | None:
        logs = self._args.sessions.cloudwatch
        if logs is None or self._group_name is None:
            return None
        label = f"{self._name}-session-logs"
        group = aws.cloudwatch.LogGroup(
            label,
            name=self._group_name,
            kms_key_id=self.session_key_arn,
            retention_in_days=logs.retention_days,
            tags=self._tags(label),
            opts=self._child,
        )
        return _LogGroup(
            name=group.name,
            arn=self._args.region.arn("logs", f"log-group:{self._group_name}"),
            encrypted=self.session_key_arn is not None,
        )

    def _make_document(self, plan: DocumentPlan, bucket: pulumi.Input[str] | None, group: _LogGroup | None) -> None:
        sessions = self._args.sessions
        if plan.is_behind:
            pulumi.log.warn(
                f"{sessions.name} is not as this stack's state has it: someone changed or deleted it, or an update "
                "failed. `pulumi up --refresh` writes the preferences again; without --refresh AWS may refuse to.",
                self,
            )
        names = {
            "bucket": bucket or "",
            "log_group": group.name if group else "",
            "key_arn": self.session_key_arn or "",
        }
        encrypted, description = group is not None and group.encrypted, f"Managed by Pulumi: {self._place}."
        if plan.adopted:
            # It outlives the stack and its outputs, and so does this.
            description += f" Before this stack, it was version {plan.adopted.version}."
        content: pulumi.Output[str] = pulumi.Output.all(**names).apply(
            lambda known: next_version(
                session_document(sessions, Targets(**known, log_group_encrypted=encrypted), description), plan.latest
            )
        )
        if self._args.secret:
            content = pulumi.Output.secret(content)
        label = f"{self._name}-{sessions.name}"
        aws.ssm.Document(
            # A document of another name is another resource: none is replaced, since that deletes the old one.
            label,
            name=sessions.name,
            document_type="Session",
            document_format="JSON",
            content=content,
            tags=None if plan.adopted else self._tags(label),
            opts=self._document_options(plan),
        )

    def _document_options(self, plan: DocumentPlan) -> pulumi.ResourceOptions:
        if plan.adopted is None:
            return pulumi.ResourceOptions(parent=self, depends_on=self._ready)
        # In the state before the document is: an update that fails in between loses nothing.
        held = plan.adopted
        before = pulumi.Stash(held.stash_name(self._name), input=asdict(held), opts=self._child)
        self.previous = before.output
        self.restore_command = restore_command(held.region, held.name, held.version)
        if plan.takes_over:
            pulumi.log.warn(
                f"{held.name} is taken over as it is, version {held.version}. The next `pulumi up` writes the "
                "preferences of this stack into it.",
                self,
            )
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=[*self._ready, before],
            import_=held.name if plan.takes_over else None,
            ignore_changes=[*_OF_THE_OWNER, *(_OF_THE_VERSION if plan.takes_over else ())],
            # Others' sessions need it when this stack is gone.
            retain_on_delete=True,
        )


def _asking(opts: pulumi.ResourceOptions | None) -> pulumi.InvokeOptions | None:
    """Ask through the provider that the component's children get."""
    if opts is None:
        return None
    listed = opts.providers or ()
    candidates = [opts.provider, *(listed.values() if isinstance(listed, Mapping) else listed)]
    provider = next((one for one in candidates if one and one.package == "aws"), None)
    return pulumi.InvokeOptions(parent=opts.parent, provider=provider)
