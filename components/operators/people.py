"""The groups, users and roles that settings name, asked of IAM before any resource exists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..base.answers import is_denied, is_missing
from ..base.errors import NAMESPACE, ConfigError
from ..base.region import Region
from .settings import KEY, OperatorSettings


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody whom a setting names.

    Attributes:
        key: where the setting says so.
        value: how it says it.
        kind: group, user or role.
        name: by which IAM knows them.
        arn: which they have to have, where the setting gives one.
    """

    key: str
    value: str
    kind: str
    name: str
    arn: str | None = None


def require_people(region: Region, settings: OperatorSettings, opts: pulumi.InvokeOptions | None = None) -> None:
    """Make sure that IAM has everybody who gets the policy or is trusted with the role, as far as it may be asked.

    Raises:
        ConfigError: somebody does not exist. IAM would refuse the attachment or the role in the middle of an update.
    """
    unknown = [f"{NAMESPACE}:{one.key}" for one in _named(region, settings) if not _is_there(one, opts)]
    if unknown:
        pulumi.log.warn(
            f"AWS does not let this program look whether these exist: {', '.join(unknown)}. If one does not, the "
            "update fails in the middle. It asks with iam:GetGroup, iam:GetUser and iam:GetRole."
        )


def _named(region: Region, settings: OperatorSettings) -> Iterator[Named]:
    for kind, names in (("group", settings.groups), ("user", settings.users), ("role", settings.roles)):
        for index, name in enumerate(names):
            yield Named(key=f"{KEY}.{kind}s[{index}]", value=name, kind=kind, name=name)
    trust: Sequence[str] = settings.role.trust if settings.role else ()
    for index, arn in enumerate(trust):
        *_, account, resource = arn.split(":")
        kind, _, path = resource.partition("/")
        # Another account's IAM answers nobody here.
        if kind in _ASK and account == region.account:
            name = path.rsplit("/", 1)[-1]
            yield Named(key=f"{KEY}.role.trust[{index}]", value=arn, kind=kind, name=name, arn=arn)


def _is_there(one: Named, opts: pulumi.InvokeOptions | None) -> bool:
    """Whether it is; False where IAM may not be asked."""
    try:
        found = _ASK[one.kind](one.name, opts)
    except Exception as error:
        if is_missing(error):
            raise ConfigError(one.key, one.value, f"this account has no such {one.kind}. {_advice(one)}") from error
        if is_denied(error):
            return False
        raise
    if one.arn not in (None, found):
        raise ConfigError(one.key, one.value, f"this account has that {one.kind} as {found}. Use this ARN.")
    return True


def _advice(one: Named) -> str:
    if one.kind == "role":
        return "Make it first, or name another."
    return f"Make it first (aws iam create-{one.kind} --{one.kind}-name {one.name}), or name another."


_ASK: Mapping[str, Callable[[str, pulumi.InvokeOptions | None], str]] = {
    "group": lambda name, opts: aws.iam.get_group(group_name=name, opts=opts).arn,
    "user": lambda name, opts: aws.iam.get_user(user_name=name, opts=opts).arn,
    "role": lambda name, opts: aws.iam.get_role(name=name, opts=opts).arn,
}
