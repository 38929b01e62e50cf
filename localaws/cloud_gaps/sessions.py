"""Agents and sessions, as in an account where no machine has ever run; and the account's own settings of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from moto.core.responses import ActionResult
from moto.ssm.exceptions import SSMException

if TYPE_CHECKING:
    from moto.ssm.responses import SimpleSystemManagerResponse

# Settings of an account in a Region, and what they are as long as nobody has set them.
_DEFAULTS = {"/ssm/managed-instance/default-ec2-instance-management-role": "$None"}
_SET: dict[tuple[str, str, str], str] = {}

_SETTINGS = re.compile(r"arn:[a-z-]+:ssm:[a-z0-9-]+:\d{12}:servicesetting")


def describe_instance_information(_: SimpleSystemManagerResponse) -> ActionResult:
    """No agent ever registered."""
    return ActionResult({"InstanceInformationList": []})


def get_connection_status(asked: SimpleSystemManagerResponse) -> ActionResult:
    """Of a machine without an agent."""
    return ActionResult({"Target": asked._get_param("Target"), "Status": "notconnected"})  # noqa: SLF001 - moto's own way to read a parameter


def start_session(asked: SimpleSystemManagerResponse) -> NoReturn:
    """Refused, as AWS refuses it: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html.

    Raises:
        SSMException: always.
    """
    target = asked._get_param("Target")  # noqa: SLF001 - moto's own way to read a parameter
    raise SSMException("TargetNotConnected", f"{target} is not connected: no machine runs on this AWS.")


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
