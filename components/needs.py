"""What the session preferences ask of the network and of the instances."""

from dataclasses import dataclass, fields, replace

import pulumi

from components.rights import Rights
from components.session_settings import KeyMode, SessionSettings


@dataclass(frozen=True, kw_only=True)
class SessionNeeds:
    """Whether a part is there is plain, since it decides which resources exist; its name or ARN may be an Output.

    The names are those of `Rights`.

    Attributes:
        bucket: name of the bucket of session logs.
        bucket_prefix: what the keys of the logs begin with.
        bucket_key_arn: KMS key of that bucket, if it has one.
        log_group_arn: of the group of session logs, without the `:*` at its end.
        session_key_arn: KMS key that encrypts what passes between a person and an instance.
    """

    bucket: pulumi.Input[str] | None = None
    bucket_prefix: str = ""
    bucket_key_arn: pulumi.Input[str] | None = None
    log_group_arn: pulumi.Input[str] | None = None
    session_key_arn: pulumi.Input[str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether neither network nor instances have anything to do for them."""
        return self.bucket is None and self.log_group_arn is None and self.session_key_arn is None

    def add_to(self, rights: Rights) -> pulumi.Output[Rights]:
        """The same rights and those that sessions of these preferences need, once all names are known."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        return pulumi.Output.all(**parts).apply(lambda known: replace(rights, **known))


NO_NEEDS = SessionNeeds()


def planned_needs(sessions: SessionSettings | None) -> SessionNeeds:
    """Whether each part will be there is all that endpoints, and so user data, depend on."""
    if sessions is None:
        return NO_NEEDS
    return SessionNeeds(
        bucket="" if sessions.s3 else None,
        log_group_arn="" if sessions.cloudwatch else None,
        session_key_arn=None if sessions.key is KeyMode.NONE else "",
    )
