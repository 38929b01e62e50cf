"""What rules of security groups are for, which moto 5.2.5 tells of those for addresses alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models.security_groups import SecurityGroupRule

if TYPE_CHECKING:
    from collections.abc import Callable

_init: Callable[..., None] = SecurityGroupRule.__init__


def init(rule: SecurityGroupRule, *parts: Any, **more: Any) -> None:  # noqa: ANN401 - as moto calls it
    """A rule, which keeps what is said of a prefix list."""
    _init(rule, *parts, **more)
    lists = [one for one in (*parts, *more.values()) if isinstance(one, dict) and "PrefixListId" in one]
    vars(rule)["said_of_list"] = lists[0].get("Description") if lists else None


def description(rule: SecurityGroupRule) -> str | None:
    """Wherever it stands."""
    return rule.ip_range.get("Description") or rule.source_group.get("Description") or vars(rule).get("said_of_list")
