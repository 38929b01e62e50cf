"""Questions that moto has no answer to, answered as AWS does in an account where no machine has ever run."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.responses import IamResponse
from moto.ssm.exceptions import SSMException
from moto.ssm.responses import SimpleSystemManagerResponse

# Settings of an account, and what they are as long as nobody has set them.
_SETTINGS = {"/ssm/managed-instance/default-ec2-instance-management-role": "$None"}


def fill() -> None:
    """Gives this process's moto the methods that it looks up by an operation's name."""
    for response, methods in (
        (SimpleSystemManagerResponse, (describe_instance_information, get_service_setting)),
        (IamResponse, (simulate_principal_policy,)),
    ):
        for method in methods:
            setattr(response, method.__name__, method)


def describe_instance_information(_: SimpleSystemManagerResponse) -> ActionResult:
    """No agent ever registered."""
    return ActionResult({"InstanceInformationList": []})


def get_service_setting(asked: SimpleSystemManagerResponse) -> ActionResult:
    """A setting that nobody has changed.

    Raises:
        SSMException: not one of those that are known here.
    """
    setting = asked._get_param("SettingId")  # noqa: SLF001 - moto's own way to read a parameter
    if setting not in _SETTINGS:
        raise SSMException("ServiceSettingNotFound", f"{setting} is not a service setting that localaws knows.")
    return ActionResult(
        {"ServiceSetting": {"SettingId": setting, "SettingValue": _SETTINGS[setting], "Status": "Default"}}
    )


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
