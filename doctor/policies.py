"""What an endpoint's policy lets through, as far as its text alone decides."""

from __future__ import annotations

from reachability.iam import Answer, Call, read_document, rule
from reachability.patterns import SOME

# A session's caller is the role of its instance, in whatever account.
_CALLER = f"arn:{SOME}:iam::{SOME}:role/{SOME}"


def allows(policy: str, action: str) -> bool:
    """Whether a call of this action may pass.

    What hangs on the caller, the resource or a condition is taken to fit: a cause that is none costs a person more than
    one that is missing. So is a policy that can't be read.
    """
    call = Call(action, principals={"AWS": _CALLER})
    return rule([read_document("the policy", policy)], call).answer is not Answer.DENY
