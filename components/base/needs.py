"""What the session preferences ask of the network and of the instances."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class SessionNeeds:
    """Whether a part is there is plain, since it decides which resources exist; its name or ARN may be an Output.

    The names are those of the same parts in an instance's rights.

    Attributes:
        bucket: name of the bucket of session logs.
        bucket_prefix: what the keys of the logs begin with.
        own_bucket: whether it is a person's own, and so perhaps another account's.
        bucket_key_arn: KMS key of that bucket, if it has one.
        log_group_arn: of the group of session logs, without the `:*` at its end.
        session_key_arn: KMS key that encrypts what passes between a person and an instance.
    """

    bucket: pulumi.Input[str] | None = None
    bucket_prefix: str = ""
    own_bucket: bool = False
    bucket_key_arn: pulumi.Input[str] | None = None
    log_group_arn: pulumi.Input[str] | None = None
    session_key_arn: pulumi.Input[str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether neither network nor instances have anything to do for them."""
        return self.bucket is None and self.log_group_arn is None and self.session_key_arn is None


NO_NEEDS = SessionNeeds()
