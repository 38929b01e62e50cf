"""Security groups that a resource of its own gives to an interface."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reachability.model import OneOf, Unknown
from ssm_guard.reach import types
from ssm_guard.reach.look import looks
from ssm_guard.reach.rules import group_refs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reachability.model import Ref
    from ssm_guard.stack import Stack


def attached_groups(stack: Stack, firsts: Mapping[str, str]) -> dict[str, list[Ref]]:
    """What each instance gets beside its own groups, by its URN.

    Args:
        stack: all its resources.
        firsts: the instance of each first interface, by the interface's resource and by its id.
    """
    found: dict[str, list[Ref]] = defaultdict(list)
    for one in looks(stack, [types.GROUP_ATTACHMENT]):
        refs = group_refs(one, one["securityGroupId"])
        interface = one.ref(one["networkInterfaceId"], [types.INTERFACE, *types.INSTANCES])
        if isinstance(interface, str):
            found[firsts.get(interface, interface)] += (refs,) if isinstance(refs, Unknown) else refs
        elif isinstance(interface, OneOf):
            doubt = Unknown(f"whose group {one.label} adds", interface.source)
            for key in interface.ids:
                found[firsts.get(key, key)].append(doubt)
    return found


def with_attached(own: tuple[Ref, ...] | Unknown, added: Sequence[Ref], name: str) -> tuple[Ref, ...] | Unknown:
    """An interface's own groups and the added ones. The VPC's default group stays, where it has no other."""
    if isinstance(own, Unknown) or not added:
        return own
    default = Unknown(f"which group {name} has beside", "it names none, so it has the VPC's default one too")
    return tuple(dict.fromkeys((*(own or (default,)), *added)))
