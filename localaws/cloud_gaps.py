"""What moto does not answer, or not as AWS does: answered as in an account where no machine has ever run."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.ec2.responses import instances
from moto.ec2.utils import parse_user_data as _parse_user_data
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.responses import IamResponse
from moto.ssm.exceptions import SSMException
from moto.ssm.responses import SimpleSystemManagerResponse

if TYPE_CHECKING:
    from moto.core.types import Base64EncodedString

# Settings of an account in a Region, and what they are as long as nobody has set them.
_DEFAULTS = {"/ssm/managed-instance/default-ec2-instance-management-role": "$None"}
_SET: dict[tuple[str, str, str], str] = {}

_SETTINGS = re.compile(r"arn:[a-z-]+:ssm:[a-z0-9-]+:\d{12}:servicesetting")


def fill() -> None:
    """Gives this process's moto the methods that it looks up by an operation's name, and a function that is mended."""
    settings = (get_service_setting, update_service_setting, reset_service_setting)
    for owner, functions in (
        (SimpleSystemManagerResponse, (describe_instance_information, *settings)),
        (IamResponse, (simulate_principal_policy,)),
        (instances, (parse_user_data,)),
    ):
        for function in functions:
            setattr(owner, function.__name__, function)


def describe_instance_information(_: SimpleSystemManagerResponse) -> ActionResult:
    """No agent ever registered."""
    return ActionResult({"InstanceInformationList": []})


def get_service_setting(asked: SimpleSystemManagerResponse) -> ActionResult:
    """What was set, or else the default.

    Raises:
        SSMException: not one of those that are known here.
    """
    setting = _setting(asked)
    value = _SET.get(_place(asked, setting), _DEFAULTS[setting])
    return _described(asked, setting, value)


def update_service_setting(asked: SimpleSystemManagerResponse) -> ActionResult:
    """Set it, for the account in this Region."""
    _SET[_place(asked, _setting(asked))] = asked._get_param("SettingValue")  # noqa: SLF001 - moto's own way to read a parameter
    return ActionResult({})


def reset_service_setting(asked: SimpleSystemManagerResponse) -> ActionResult:
    """Put the default back, and say what it is then."""
    setting = _setting(asked)
    _SET.pop(_place(asked, setting), None)
    return _described(asked, setting, _DEFAULTS[setting])


def _setting(asked: SimpleSystemManagerResponse) -> str:
    """AWS takes the id alone, or in an ARN."""
    given: str = asked._get_param("SettingId")  # noqa: SLF001 - moto's own way to read a parameter
    setting = _SETTINGS.sub("", given)
    if setting not in _DEFAULTS:
        raise SSMException("ServiceSettingNotFound", f"{setting} is not a service setting that localaws knows.")
    return setting


def _place(asked: SimpleSystemManagerResponse, setting: str) -> tuple[str, str, str]:
    return asked.current_account, asked.region, setting


def _described(asked: SimpleSystemManagerResponse, setting: str, value: str) -> ActionResult:
    status = "Default" if value == _DEFAULTS[setting] else "Customized"
    arn = f"arn:aws:ssm:{asked.region}:{asked.current_account}:servicesetting{setting}"
    return ActionResult({"ServiceSetting": {"SettingId": setting, "SettingValue": value, "Status": status, "ARN": arn}})


def parse_user_data(value: str | bytes | None) -> Base64EncodedString | None:
    """User data as moto keeps it: base64.

    RunInstances hands it over as such, a string; ModifyInstanceAttribute as a blob, which moto 5.2.5 has decoded by
    then, and decodes once more.

    Raises:
        InvalidUserDataError: a string is no base64.
    """
    if isinstance(value, bytes):
        value = base64.b64encode(value).decode()
    return _parse_user_data(value)


def simulate_principal_policy(asked: IamResponse) -> ActionResult:
    """What a role's policies allow, judged by moto's own evaluator, which knows no conditions and no boundaries."""
    backend, parameter = asked.backend, asked._get_param  # noqa: SLF001 - moto's own way to read a parameter
    role = backend.get_role_by_arn(parameter("PolicySourceArn"))
    inline = [backend.get_role_policy(role.name, name)[1] for name in backend.list_role_policies(role.name)]
    attached, _ = backend.list_attached_role_policies(role.name)
    policies = [IAMPolicy(policy) for policy in (*inline, *attached)]
    results = [
        {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": _decide(policies, action, resource)}
        for action in parameter("ActionNames")
        for resource in parameter("ResourceArns", ["*"])
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _decide(policies: list[IAMPolicy], action: str, resource: str) -> str:
    verdicts: set[Any] = {policy.is_action_permitted(action, resource) for policy in policies}
    if PermissionResult.DENIED in verdicts:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in verdicts else "implicitDeny"
