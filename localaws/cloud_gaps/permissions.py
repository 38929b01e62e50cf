"""What a role may do, judged by moto's own evaluator, which knows no conditions and no boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult

if TYPE_CHECKING:
    from moto.iam.responses import IamResponse


def simulate_principal_policy(asked: IamResponse) -> ActionResult:
    """What a role's policies allow."""
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
