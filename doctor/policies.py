"""What the policy of an endpoint lets through, as far as its text alone decides."""

from __future__ import annotations

import json
import re
from typing import Any

_EVERYBODY: tuple[object, ...] = ("*", ["*"], {"AWS": "*"}, {"AWS": ["*"]})


def allows(policy: str, action: str) -> bool:
    """Whether a call of this action may pass.

    Principals, resources and conditions of what is allowed are taken to fit: a cause that is none costs a person more
    than one that is missing. So is a policy that can't be read.
    """
    try:
        statements = json.loads(policy)["Statement"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return True
    listed = [one for one in (statements if isinstance(statements, list) else [statements]) if isinstance(one, dict)]
    fitting = [one for one in listed if _names(one, action)]
    if any(one.get("Effect") == "Deny" and _is_for_all(one) for one in fitting):
        return False
    return any(one.get("Effect") == "Allow" for one in fitting)


def _names(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_fits(one, action) for one in _listed(statement["NotAction"]))
    return any(_fits(one, action) for one in _listed(statement.get("Action")))


def _is_for_all(statement: dict[str, Any]) -> bool:
    unlimited = not {"Condition", "NotPrincipal", "NotResource"} & statement.keys()
    return unlimited and statement.get("Principal") in _EVERYBODY and "*" in _listed(statement.get("Resource"))


def _listed(value: object) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _fits(pattern: str, action: str) -> bool:
    """IAM's `*` and `?`, in any case of letters ("IAM JSON policy elements: Action", IAM user guide)."""
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(text, action, re.IGNORECASE) is not None
