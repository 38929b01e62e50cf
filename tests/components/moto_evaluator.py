"""Whether a policy lets a request through, as moto's own evaluator of IAM policies sees it."""

from moto.iam.access_control import IAMPolicy, PermissionResult


def permits(policy: str, action: str, resource: str) -> bool:
    """The verdict on one request, of nobody in particular."""
    verdict = IAMPolicy(policy).is_action_permitted(action, resource)
    return verdict is PermissionResult.PERMITTED
